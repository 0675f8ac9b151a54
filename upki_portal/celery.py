"""Celery: argument-less sweeps over due rows. State lives in the database; a lost queue loses nothing (house.md)."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings

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
