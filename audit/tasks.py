"""The sweep of the audit trail."""

from celery import shared_task

from audit import checkpoints


@shared_task
def make_checkpoint() -> None:
    """Fix what moved and repeat the newest checkpoint to the log outside."""
    checkpoints.make()
    checkpoints.deliver()
