"""Completing requests whose certificate, or what it replaced, ended while nobody was looking."""

from django.db import transaction

from requests_app import transitions
from requests_app.steps import completing


@transaction.atomic(durable=True)
def complete(request_id: int) -> None:
    """Complete a request if nothing is open any more; the sweep calls it. May run twice."""
    completing.complete_if_done(transitions.lock(request_id))
