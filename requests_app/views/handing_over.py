"""Handing over: ask somebody to take a request or a certificate over; the page on which they answer."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actors import actor_of
from audit.actors import Actor
from inventory.models import Certificate
from requests_app import errors, forms, queries, relations
from requests_app.models import CertificateRequest, HandOver
from requests_app.services import handing_over
from requests_app.states import HandOverAction, HandOverState
from requests_app.states.handover import TABLE
from requests_app.steps import freezing
from requests_app.views import showing
from requests_app.views.finding import find, find_certificate, person_of, refuse, tell

TONES = {
    HandOverState.ASKED: "waiting",
    HandOverState.TAKEN_OVER: "success",
    HandOverState.DECLINED: "error",
    HandOverState.EXPIRED: "warning",
    HandOverState.CANCELLED: "neutral",
}


@require_http_methods(["GET", "POST"])
def of_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form that asks somebody to take a request over; POST asks."""
    certificate_request, actor = find(request, pk)
    if relations.asker_of_request(actor, certificate_request) is None:
        return refuse(request, errors.NotPermitted(action=handing_over.ASK), certificate_request)
    forbidden = handing_over.why_not(certificate_request)
    if forbidden:
        return refuse(request, forbidden, certificate_request)
    about = {"certificate_request": certificate_request, "heading": certificate_request.common_name}
    return _ask(request, handing_over.ask_for_request, pk, actor=actor, about=about)


@require_http_methods(["GET", "POST"])
def of_certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form that asks somebody to take a certificate over; POST asks."""
    certificate, actor = find_certificate(request, pk)
    if relations.asker_of_certificate(actor, certificate) is None:
        return refuse(
            request,
            errors.NotPermitted(action=handing_over.ASK),
            reverse("requests:certificate", args=[pk]),
        )
    about = {"certificate": certificate, "heading": certificate.common_name}
    return _ask(request, handing_over.ask_for_certificate, pk, actor=actor, about=about)


def _ask(
    request: HttpRequest, verb: Callable[..., int], pk: int, *, actor: Actor, about: dict[str, Any]
) -> HttpResponse:
    form = forms.HandOverForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = verb(pk, account=form.cleaned_data["account"], reason=form.cleaned_data["reason"], actor=actor)
        except errors.ReasonRequired as error:
            form.add_error("reason", str(error))
        except (errors.SuccessorRefused, errors.SuccessorHasIt, errors.SuccessorIsAsker) as error:
            form.add_error("account", str(error))
        except errors.RequestError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("They were asked by mail. Until they answer, nothing changes."))
            return redirect("requests:hand_over", hand_over_id=made)
    thing = about.get("certificate_request") or about["certificate"]
    known = thing.hand_overs.filter(state=HandOverState.ASKED).select_related("successor").first()
    context = {**about, "form": form, "open": known, "back_url": page_of(thing)}
    return render(request, "requests_app/hand_over_ask.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, hand_over_id: int) -> HttpResponse:
    """Show what somebody is asked to take over; POST takes it over, declines, or cancels."""
    found = get_object_or_404(queries.hand_overs_visible_to(person_of(request)), pk=hand_over_id)
    actor = actor_of(request)
    if request.method == "POST":
        form = forms.PortalReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, found, actor, form=form, status=422)
        try:
            done = _answer(request, found, form.cleaned_data["reason"], actor=actor)
        except errors.ReasonRequired as error:
            form.add_error("reason", str(error))
            return _page(request, found, actor, form=form, status=422)
        except errors.RequestError as error:
            tell(request, error)
        else:
            messages.success(request, done)
        return redirect("requests:hand_over", hand_over_id=hand_over_id)
    return _page(request, found, actor, form=forms.PortalReasonForm(), status=200)


def _answer(request: HttpRequest, found: HandOver, reason: str, *, actor: Actor) -> str:
    if "decline" in request.POST:
        handing_over.decline(found.pk, reason=reason, actor=actor)
        return _("You declined. Whoever asked you was told.")
    if "cancel" in request.POST:
        handing_over.cancel(found.pk, actor=actor)
        return _("The hand-over was cancelled. Nothing changed.")
    handing_over.take_over(found.pk, digest=request.POST.get("digest", ""), actor=actor)
    return _("You took it over.")


def _page(
    request: HttpRequest, found: HandOver, actor: Actor, *, form: forms.PortalReasonForm, status: int
) -> HttpResponse:
    state = HandOverState(found.state)
    is_open = state == HandOverState.ASKED
    possible = handing_over.possible(found, actor=actor)
    person = person_of(request)
    thing = found.certificate or found.request
    sees = (
        queries.visible_to(person).filter(pk=found.request_id or 0).exists()
        or queries.certificates_visible_to(person).filter(pk=found.certificate_id or 0).exists()
    )
    context = {
        "hand_over": found,
        "state_tone": TONES[state],
        "is_open": is_open,
        "facts": _facts(found) if is_open and sees else [],
        "thing_url": page_of(thing) if sees and thing else "",
        "digest": freezing.digest(found.request) if is_open and found.request else "",
        "reviewed_again": handing_over.is_reviewed_again(found),
        "may_take": HandOverAction.TAKE_OVER in possible,
        "may_cancel": HandOverAction.CANCEL_HAND_OVER in possible,
        "form": form,
        "expires_at": found.asked_at + handing_over.EXPIRES_AFTER,
        "decline_label": TABLE.rules[HandOverAction.DECLINE_HAND_OVER].label,
    }
    return render(request, "requests_app/hand_over.html", context, status=status)


def _facts(found: HandOver) -> list[tuple[str, str]]:
    if found.request:
        return showing.facts(found.request)
    return showing_certificate(found.certificate) if found.certificate else []


def showing_certificate(certificate: Certificate) -> list[tuple[str, str]]:
    """Return what identifies a certificate, as (term, value) for components/facts.html."""
    names = certificate.certificate_names.order_by("pk").values_list("name", flat=True)
    return [
        (_("Names"), "\n".join(names)),
        (_("Serial number"), certificate.serial),
        (_("Valid until"), showing.minute(certificate.not_after)),
    ]


def page_of(thing: Certificate | CertificateRequest) -> str:
    """Return the portal's page of what is handed over."""
    name = "requests:certificate" if isinstance(thing, Certificate) else "requests:detail"
    return reverse(name, args=[thing.pk])
