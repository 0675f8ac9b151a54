"""NII's list: the file, its date, and which proposed holders are meant."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.models import HolderProposal
from requests_app.forms.choices import SeveralRows


class ListFileForm(forms.Form):
    """NII's list as NII's support system gives it."""

    list_file = forms.FileField(
        label=_("NII's list (serverAll.tsv)"),
        allow_empty_file=True,
        help_text=_("The file as NII's support system gives it, unchanged. Nothing is taken in yet."),
    )


class ListDateForm(forms.Form):
    """The day of which the list is."""

    listed_on = forms.DateField(
        label=_("Date of the list"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("The day on which it was downloaded from NII, at the earliest that of its newest change."),
    )


class ProposalsForm(forms.Form):
    """Proposed holders with a tick, and what becomes of them."""

    CONFIRM, DISMISS = "CONFIRM", "DISMISS"

    decision = forms.ChoiceField(choices=((CONFIRM, ""), (DISMISS, "")))
    proposal = SeveralRows(HolderProposal.objects.all())
