"""What people decide and answer: reasons, digests of what they saw, answers, kinds."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import days
from accounts.models import User
from accounts.plain_text import MultilineField, PlainTextField
from notifications.models import NOTE_LENGTH
from requests_app.models import Channel, OverrideKind, RowKind
from requests_app.services.commenting import MAX_LENGTH

REASON_LENGTH = 2000
"""Characters of a reason; long enough to explain, short enough to be read."""


class ReasonForm(forms.Form):
    """A reason in somebody's own words; whether it is required is the table's word."""

    reason = MultilineField(
        label=_("Reason"), required=False, max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class BounceForm(forms.Form):
    """An address from which mail comes back."""

    address = PlainTextField(label=_("Mail address"), max_length=254)
    reason = MultilineField(
        label=_("Reason"), required=False, max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class CommentForm(forms.Form):
    """A remark for the people of a request and the registrars."""

    text = MultilineField(label=_("Your comment"), max_length=MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 3}))


class PortalCommentForm(forms.Form):
    """The same on the portal's pages, where no address is taken."""

    text = MultilineField(
        label=_("Your comment"),
        addresses=False,
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The others are told by mail that it waits; the mail does not carry it."),
    )


class PortalReasonForm(ReasonForm):
    """The same on the portal's pages, where no address is taken; a registrar at the desk may name one."""

    reason = MultilineField(
        label=_("Reason"),
        required=False,
        addresses=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RequiredReasonForm(PortalReasonForm):
    """The same where nothing is done without a reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True


class DigestForm(forms.Form):
    """The digest of what the page showed."""

    digest = forms.RegexField(regex=r"^[0-9a-f]{64}$", widget=forms.HiddenInput)


class DecisionForm(ReasonForm, DigestForm):
    """A decision about what the page showed, with a reason where one is needed."""


class OverrideForm(DecisionForm):
    """A registrar's word about one point of one name."""

    name = PlainTextField(max_length=64, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("What is decided"), choices=OverrideKind.choices, widget=forms.HiddenInput)


class AnswerForm(PortalReasonForm):
    """The answer of a zone administrator, or of the holder of a certificate: each is asked something else."""

    field_order = ("answer", "reason", "grant_until")

    answer = forms.ChoiceField(label=_("Your answer"), widget=forms.RadioSelect)
    grant_until = forms.DateField(
        label=_("A yes also for renewals, until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_(
            "Only if you wish: renewals for exactly this name, these people and this purpose then ask nobody until "
            "that day, at most 180 days ahead. You can withdraw it at any time under “My zones”."
        ),
    )

    def __init__(self, *args: Any, asks_holder: bool, may_grant: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_grant:
            del self.fields["grant_until"]
        yes = _("Yes, they may have one, too") if asks_holder else _("Yes, it exists and they are responsible for it")
        self.fields["answer"].choices = (("yes", yes), ("no", _("No")))  # type: ignore[attr-defined]


class AbsenceForm(forms.Form):
    """The days on which a zone administrator is away."""

    from_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class ToldForm(ReasonForm):
    """An answer that somebody who is asked gave to a registrar outside the portal."""

    field_order = ("question", "person", "answer", "channel", "said_on", "said_time", "reason")

    question = forms.IntegerField(widget=forms.HiddenInput)
    person = forms.TypedChoiceField(label=_("Who said it"), coerce=int)
    answer = forms.ChoiceField(
        label=_("What they said"), choices=(("yes", _("Yes")), ("no", _("No"))), widget=forms.RadioSelect
    )
    channel = forms.ChoiceField(
        label=_("How"), choices=[choice for choice in Channel.choices if choice[0] != Channel.PORTAL]
    )
    said_on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    said_time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(one.pk, str(one)) for one in people]  # type: ignore[attr-defined]
        self.fields["reason"].help_text = _("Needed for a no: the applicant reads it.")

    def said_at(self) -> datetime:
        """Return the Tokyo moment that a valid form names."""
        return datetime.combine(self.cleaned_data["said_on"], self.cleaned_data["said_time"], days.TOKYO)


class KindForm(ReasonForm):
    """A registrar's word on 発行 or 更新."""

    field_order = ("kind", "serial", "reason")

    kind = forms.ChoiceField(label=_("Kind"), choices=RowKind.choices, widget=forms.RadioSelect)
    serial = MultilineField(
        label=_("Serial number of the certificate replaced (for 更新)"),
        required=False,
        max_length=16 * 1024,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Decimal, or hexadecimal with 0x; or paste the certificate itself (PEM)."),
    )


def is_digest(text: str) -> bool:
    """Tell whether a text has the form of a SHA-256."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None
