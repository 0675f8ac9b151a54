"""The shape of what people send to this app."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.choices import FULL_TIME, EmploymentKind, Role
from accounts.services.employment import MAX_NOTE


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

    note = forms.CharField(
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
    evidence = forms.CharField(
        label=_("What shows it?"),
        help_text=_("For example: letter of appointment seen on 1 April."),
        max_length=MAX_NOTE,
        required=False,
    )
    until_on = _day(_("Last day"), required=False, help_text=_("Empty: until further notice."))


class OfferForm(forms.Form):
    """A role for somebody until a day."""

    account = forms.CharField(label=_("UEC account"), max_length=100)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    until_on = _day(_("Last day"), help_text=_("At most one year from today."))
