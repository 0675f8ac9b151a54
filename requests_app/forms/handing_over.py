"""Asking somebody to take something over."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.plain_text import MultilineField, PlainTextField
from requests_app.forms.decisions import REASON_LENGTH


class HandOverForm(forms.Form):
    """Who is asked, and why."""

    account = PlainTextField(
        label=_("Successor (UEC account)"),
        max_length=100,
        help_text=_("A full-time member of faculty or staff. They are asked by mail and decide themselves."),
    )
    reason = MultilineField(
        label=_("Reason"),
        required=False,
        addresses=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever is asked reads it. Registrars have to give one."),
    )
