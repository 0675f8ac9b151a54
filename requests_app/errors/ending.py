"""Saying that a certificate need not be renewed, and taking that back."""

from django.utils.translation import gettext_lazy as _

from requests_app.errors.broken import RequestError


class NotNeededStands(RequestError):
    code = "ending.not_needed_stands"
    text = _("%(person)s has already said that this certificate is not needed any more. Nothing was changed.")


class NotNeededNotSaid(RequestError):
    code = "ending.not_needed_not_said"
    text = _("Nobody says at present that this certificate is not needed any more. Nothing was changed.")


class NothingToRemindOf(RequestError):
    code = "ending.nothing_to_remind_of"
    text = _("This certificate has ended, was revoked, or its end is not known, so nobody is reminded of it.")
