"""The sweeps of the outbox, in the queue "mail" (settings route them)."""

from celery import shared_task

from notifications import delivery, retention


@shared_task
def deliver_pending() -> int:
    """Send what is due."""
    return delivery.deliver_pending()


@shared_task
def remove_old_bodies() -> int:
    """Remove texts at the end of their retention."""
    return retention.remove_old_bodies()
