"""Changing a request under way: amend (asked about anew) and adjust (the approval is carried over)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from audit.actors import Actor
from inventory import queries as inventory
from requests_app import errors, forms, queries
from requests_app.services import applying
from requests_app.states import Action
from requests_app.views.finding import find, refusal, refuse, tell
from requests_app.views.requests import CSR_PUT_ASIDE


@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the application as it stands; POST replaces it, and the names are confirmed again where they differ."""
    certificate_request, actor = find(request, pk)
    forbidden = refusal(actor, Action.AMEND, certificate_request)
    if forbidden:
        return refuse(request, forbidden, certificate_request)
    initial = forms.draft_initial(certificate_request)
    replaceable = inventory.held_by(certificate_request.applicant_id)
    form = forms.DraftForm(request.POST or None, initial=initial, replaceable=replaceable)
    if request.method == "POST" and form.is_valid():
        contents = form.contents()
        try:
            if applying.amend(pk, contents, actor=actor):
                messages.warning(request, CSR_PUT_ASIDE)
        except errors.NotReady as error:
            form.add_rule_errors(error)
            _ask_contact(request, error, pk, account=contents.contact_account, actor=actor)
        except errors.RequestError as error:
            return refuse(request, error, certificate_request)
        else:
            messages.success(request, _("The request was amended; what differs is being confirmed."))
            return redirect(certificate_request)
    context = {"form": form, "certificate_request": certificate_request}
    return render(request, "requests_app/amend.html", context, status=422 if form.errors else 200)


def _ask_contact(request: HttpRequest, broken: errors.NotReady, pk: int, *, account: str, actor: Actor) -> None:
    """Ask a contact by mail who has not agreed yet; nothing but that keeps them from being asked by the amendment."""
    if not any(isinstance(error, errors.ContactNotAgreed) for error in broken.errors):
        return
    try:
        applying.ask_contact(pk, account=account, actor=actor)
    except errors.RequestError as error:
        tell(request, error)


@require_http_methods(["GET", "POST"])
def adjust(request: HttpRequest, pk: int) -> HttpResponse:
    """Show managers and software; POST drops managers or changes the software, and keeps the approval."""
    certificate_request, actor = find(request, pk)
    forbidden = refusal(actor, Action.ADJUST, certificate_request)
    if forbidden:
        return refuse(request, forbidden, certificate_request)
    managers = queries.managers_of(certificate_request)
    people = User.objects.filter(pk__in=[manager.pk for manager in managers])
    initial = {"software": certificate_request.software, "managers": [manager.pk for manager in managers]}
    form = forms.AdjustForm(request.POST or None, initial=initial, people=people)
    if request.method == "POST" and form.is_valid():
        kept = tuple(person.pk for person in form.cleaned_data["managers"])
        try:
            applying.adjust(pk, manager_ids=kept, software=form.cleaned_data["software"], actor=actor)
        except errors.NotReady as error:
            for broken in error.errors:
                form.add_error(None, str(broken))
        except errors.NothingToAdjust as error:
            form.add_error(None, str(error))
        except errors.RequestError as error:
            return refuse(request, error, certificate_request)
        else:
            messages.success(request, _("The change was recorded; the approval stands."))
            return redirect(certificate_request)
    context = {"form": form, "certificate_request": certificate_request}
    return render(request, "requests_app/adjust.html", context, status=422 if form.errors else 200)
