"""Celery: argument-less sweeps over due rows. State lives in the database; a lost queue loses nothing (house.md)."""

import os
from pathlib import Path
from typing import Any

from celery import Celery, signals
from django.conf import settings

from upki_portal import heartbeats

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upki_portal.settings")

app = Celery("upki_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def make_broker_folders(sender: Celery, **kwargs: Any) -> None:
    """Make the folders of the embedded broker: kombu's filesystem transport does not.

    Not at import: `upki_portal.settings` imports this package, so there are no settings yet.
    """
    if settings.BROKER_URL.startswith("filesystem:"):
        for folder in ("queue", "control"):
            Path(settings.BROKER_FOLDER, folder).mkdir(parents=True, exist_ok=True)


@signals.task_success.connect
def note_success(sender: Any = None, **kwargs: Any) -> None:
    """A sweep ended well."""
    heartbeats.note_run(sender.name, succeeded=True)


@signals.task_failure.connect
def note_failure(sender: Any = None, **kwargs: Any) -> None:
    """A sweep raised: it ran, and its work is not done."""
    heartbeats.note_run(sender.name, succeeded=False)


@signals.after_task_publish.connect
def note_published(**kwargs: Any) -> None:
    """Beat published a sweep; nobody else publishes."""
    heartbeats.note_published()


@signals.beat_init.connect
def note_start(**kwargs: Any) -> None:
    """Beat was started."""
    heartbeats.note_start()
