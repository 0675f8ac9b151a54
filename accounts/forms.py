"""The shape of what people send to this app."""

import base64
import binascii
import zlib

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.choices import FULL_TIME, EmploymentKind, Role
from accounts.plain_text import MultilineField, PlainTextField
from accounts.services.employment import MAX_NOTE

MAX_ROSTER_BYTES = 1024 * 1024
"""Of the CSV; some 8,000 people. Below the limit of a request's body, in which it travels twice."""


def _day(label: object, *, required: bool = True, help_text: object = "") -> forms.DateField:
    return forms.DateField(
        label=label,  # type: ignore[arg-type]  # lazy texts are labels; the stubs name another promise type
        required=required,
        help_text=help_text,  # type: ignore[arg-type]  # as above
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class LanguageForm(forms.Form):
    """A language that the portal has."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)


class QuestionForm(forms.Form):
    """What helps ITC to find out about somebody's employment."""

    note = MultilineField(
        label=_("What should the Information Technology Center know?"),
        help_text=_("For example your department and since when you are employed there."),
        max_length=MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class EvidenceForm(forms.Form):
    """A registrar's confirmation that somebody is full-time."""

    kind = forms.ChoiceField(
        label=_("Employment"), choices=[(kind.value, kind.label) for kind in EmploymentKind if kind in FULL_TIME]
    )
    evidence = PlainTextField(
        label=_("What shows it?"),
        help_text=_("For example: letter of appointment seen on 1 April."),
        max_length=MAX_NOTE,
        required=False,
    )
    until_on = _day(_("Last day"), required=False, help_text=_("Empty: until further notice."))


class OfferForm(forms.Form):
    """A role for somebody until a day."""

    account = PlainTextField(label=_("UEC account"), max_length=100)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    until_on = _day(_("Last day"), help_text=_("At most one year from today."))


class RosterUploadForm(forms.Form):
    """The roster as a file, for a dry run."""

    roster = forms.FileField(
        label=_("Roster (CSV)"),
        help_text=_("UTF-8 or Shift_JIS, at most 1 MiB. First you see the difference; nothing is changed yet."),
    )

    def clean_roster(self) -> bytes:
        """The bytes of the file."""
        upload = self.cleaned_data["roster"]
        if upload.size > MAX_ROSTER_BYTES:
            raise forms.ValidationError(_("The file is larger than 1 MiB."))
        return bytes(upload.read())


class RosterApplyForm(forms.Form):
    """The file that was shown, packed, and the digest of the difference that was shown."""

    packed = forms.CharField(widget=forms.HiddenInput)
    digest = forms.RegexField(r"[0-9a-f]{64}", widget=forms.HiddenInput)
    end_absent = forms.BooleanField(
        label=_("End the people who are not in the file: they are signed out and can no longer sign in"), required=False
    )

    def clean_packed(self) -> bytes:
        """The bytes of the file again. Whatever isn't one is refused; the digest decides the rest."""
        try:
            unpacker = zlib.decompressobj()
            content = unpacker.decompress(
                base64.b64decode(self.cleaned_data["packed"], validate=True), MAX_ROSTER_BYTES
            )
        except (binascii.Error, zlib.error) as fault:
            raise forms.ValidationError(_("Please choose the file again.")) from fault
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise forms.ValidationError(_("Please choose the file again."))
        return content


def packed(content: bytes) -> str:
    """The bytes of a file for the hidden field of `RosterApplyForm`."""
    return base64.b64encode(zlib.compress(content)).decode("ascii")
