"""A person's own settings that act on every session: sign out everywhere, language."""

from django.conf import settings
from django.db import transaction

from accounts.errors import NotPermitted
from accounts.models import User
from audit.actors import Actor
from audit.recording import record


@transaction.atomic(durable=True)
def sign_out_everywhere(*, actor: Actor) -> None:
    """End every session of the actor at its next request. Raises NotPermitted for the system."""
    if actor.person_id is None:
        raise NotPermitted
    person = User.objects.select_for_update(no_key=True).get(pk=actor.person_id)
    person.session_epoch += 1
    person.save(update_fields=["session_epoch"])
    record(f"person:{person.pk}", "signed_out_everywhere", actor=actor, payload={})


@transaction.atomic(durable=True)
def choose_language(language: str, *, actor: Actor) -> None:
    """Keep the language for pages and mails. Raises ValueError for an unknown one, NotPermitted for the system."""
    if language not in {code for code, _name in settings.LANGUAGES}:
        raise ValueError(language)
    if actor.person_id is None:
        raise NotPermitted
    User.objects.filter(pk=actor.person_id).update(language=language)
