"""Celery: argument-less sweeps over due rows. State lives in the database; a lost queue loses nothing (house.md)."""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upki_portal.settings")

app = Celery("upki_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

if settings.BROKER_URL.startswith("filesystem:"):
    # kombu's filesystem transport does not make its folders.
    for folder in ("queue", "control"):
        Path(settings.BROKER_FOLDER, folder).mkdir(parents=True, exist_ok=True)
