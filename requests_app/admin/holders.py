"""Who probably holds what came from NII's list, person by person, and the gate before the first mails about its end."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import desk_actor
from inventory.models import ExpiryGate, HolderProposal
from requests_app import errors, forms
from requests_app.admin.reading import ReadOnlyAdmin
from requests_app.services import holders
from requests_app.views.finding import tell

SHOWN = 200
"""Proposals on the page: each is a field of the form, and Django takes 500."""
PAGE = "admin:inventory_holderproposal_open"


@admin.register(HolderProposal)
class HolderProposalAdmin(ReadOnlyAdmin):
    """Every proposal with what became of it; those that wait have a page of their own."""

    list_display = ("certificate", "person", "mail", "made_at", "is_confirmed", "settled_at", "settled_by")
    list_filter = ("is_confirmed",)
    list_select_related = ("certificate", "person", "settled_by")
    search_fields = ("certificate__common_name", "=certificate__serial", "mail")

    def get_urls(self) -> list[URLPattern]:
        seeing = self.guarded(waiting, permission="requests_app.view_desk")
        own = [
            path("open/", seeing, name="inventory_holderproposal_open"),
            path("settle/", self.posting(settle), name="inventory_holderproposal_settle"),
            path("gate/", self.posting(open_gate), name="inventory_holderproposal_gate"),
        ]
        return own + super().get_urls()


def waiting(request: HttpRequest) -> HttpResponse:
    """Show the proposals that wait, by person, and the state of the gate."""
    found = HolderProposal.objects.filter(settled_at=None).select_related("certificate", "person")
    ordered = found.order_by("person", "certificate__common_name", "pk")
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Proposed holders"),
        "opts": HolderProposal._meta,
        "people": [
            {"person": person, "proposals": list(theirs)}
            for person, theirs in groupby(ordered[:SHOWN], key=lambda proposal: proposal.person)
        ],
        "left": max(found.count() - SHOWN, 0),
        "gate": ExpiryGate.objects.select_related("opened_by").first(),
    }
    return TemplateResponse(request, "admin/requests_app/list_holders.html", context)


_VERBS: dict[str, Callable[..., None]] = {
    forms.ProposalsForm.CONFIRM: holders.confirm,
    forms.ProposalsForm.DISMISS: holders.dismiss,
}


def settle(request: HttpRequest) -> HttpResponse:
    """Confirm or dismiss the chosen proposals, each for itself; say how many were, and why others were not."""
    form = forms.ProposalsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was recorded: tick at least one proposed holder."))
        return redirect(PAGE)
    decision, done = form.cleaned_data["decision"], 0
    for proposal in form.cleaned_data["proposal"].order_by("pk"):
        try:
            _VERBS[decision](proposal.pk, actor=desk_actor(request))
            done += 1
        except errors.RequestError as error:
            tell(request, error)
    if done:
        messages.success(request, _counted(decision, done))
    return redirect(PAGE)


def _counted(decision: str, number: int) -> str:
    if decision == forms.ProposalsForm.CONFIRM:
        text = ngettext("%(number)s holder was confirmed.", "%(number)s holders were confirmed.", number)
    else:
        text = ngettext("%(number)s proposal was dismissed.", "%(number)s proposals were dismissed.", number)
    return text % {"number": number}


def open_gate(request: HttpRequest) -> HttpResponse:
    """Let the mails about the end of certificates leave."""
    try:
        holders.open_gate(actor=desk_actor(request))
        messages.success(request, _("The gate is open: holders hear by mail when a certificate is about to end."))
    except errors.RequestError as error:
        tell(request, error)
    return redirect(PAGE)
