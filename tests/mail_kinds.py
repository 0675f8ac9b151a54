"""Two kinds of mail for the tests, and short ways to enqueue them. Their texts are in tests/mail_texts."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction

from notifications import kinds, outbox, rendering
from notifications.models import OutboxMessage
from notifications.outbox import Recipient

TEXTS = Path(__file__).parent / "mail_texts"

TARO = Recipient(7, "taro@example.ac.jp", "ja", "電通 太郎", "DENTSU Taro")


@pytest.fixture(name="mail_kinds")
def mail_kinds_fixture(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Register example_note and example_question for one test."""
    templates = deepcopy(django_settings.TEMPLATES)
    templates[0]["DIRS"] = [TEXTS, *templates[0]["DIRS"]]
    settings.TEMPLATES = templates
    monkeypatch.setattr(kinds, "_registered", dict(kinds._registered))
    kinds.register(kinds.Kind("example_note"), kinds.Kind("example_question"))
    rendering._engine.cache_clear()
    yield
    rendering._engine.cache_clear()


def enqueue_note(
    key: str = "k", *, recipient: Recipient = TARO, name: str = "www.example.jp", reason: str = ""
) -> bool:
    """Put a mail without a link into the outbox."""
    with transaction.atomic():
        return outbox.enqueue("example_note", key=key, recipient=recipient, context={"name": name, "reason": reason})


def enqueue_question(key: str = "k", *, recipient: Recipient = TARO, link: str = "/confirmations/5/") -> OutboxMessage:
    """Put a mail with a link into the outbox and return its row."""
    with transaction.atomic():
        outbox.enqueue("example_question", key=key, recipient=recipient, context={"name": "www.example.jp"}, link=link)
    return OutboxMessage.objects.get(key=key)
