"""Wiring: settings, addresses, checks, background work."""

from upki_portal.celery import app as celery_app

__all__ = ["celery_app"]
