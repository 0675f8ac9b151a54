"""The portal's pages of certificates: those that one holds, one with everything known of it, and its renewal."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from audit.actors import Actor
from csr.certificates import pem as pem_of
from inventory import expiry
from inventory import queries as inventory
from inventory.models import Certificate, NotNeeded
from requests_app import endings, errors, forms, queries, relations
from requests_app.models import CertificateRequest, HandOver, Revocation
from requests_app.services import needing, renewing
from requests_app.states import HandOverState, RevocationState, State
from requests_app.states.revocation import LABELS
from requests_app.states.revocation import TABLE as REVOCATION
from requests_app.steps import completing
from requests_app.views import showing, timelines
from requests_app.views.finding import find_certificate, person_of, refuse

LISTED = 200
"""Certificates on one page, those that end next first."""

LAST_DAYS = 7
"""Days before the end from which the word is an alarm."""


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Show the certificates that the person holds: the current ones, or those that have ended."""
    person = person_of(request)
    is_ended = request.GET.get("show") == "ended"
    held = inventory.held_by(person.pk)
    current = Q(pk__in=inventory.valid().values("pk"))
    chosen = held.exclude(current).order_by("-not_after", "-pk") if is_ended else held.filter(current)
    if not is_ended:
        chosen = chosen.order_by("not_after", "pk")
    context = {"rows": rows(chosen[:LISTED]), "is_ended": is_ended, "limit": LISTED}
    return render(request, "requests_app/certificates.html", context)


def rows(certificates: Any) -> list[dict[str, Any]]:
    """Return certificates as the table shows them; the number of queries does not grow with theirs."""
    found = list(certificates.prefetch_related("certificate_names"))
    ids = [one.pk for one in found]
    revocations, hand_overs = queries.open_revocations(ids), queries.open_hand_overs(ids)
    requests, renewals = queries.requests_of(ids), queries.renewals_by_certificate(ids)
    not_needed = queries.not_needed(ids)
    return [
        {
            "certificate": one,
            "further": max(len(one.certificate_names.all()) - 1, 0),
            "request": requests.get(one.pk),
            "validity": validity(one),
            "waits": _waits(
                revocations.get(one.pk), hand_overs.get(one.pk), renewals.get(one.pk, []), not_needed.get(one.pk)
            ),
        }
        for one in found
    ]


def _waits(
    revocation: Revocation | None,
    hand_over: HandOver | None,
    renewals: list[CertificateRequest],
    not_needed: NotNeeded | None,
) -> list[str]:
    words = [_("Not needed any more")] if not_needed else []
    words += [_("Renewal under way: %(reference)s") % {"reference": one.reference} for one in renewals]
    if revocation:
        label = LABELS[RevocationState(revocation.state)]
        words.append(_("Revocation: %(state)s") % {"state": label})
    if hand_over:
        words.append(_("%(person)s is asked to take it over") % {"person": hand_over.successor.display_name})
    return words


def validity(certificate: Certificate) -> dict[str, str]:
    """Return tone and word of a certificate's validity, with the days that are left."""
    if certificate.revoked_at:
        return {"tone": "neutral", "label": _("Revoked")}
    if certificate.not_after is None:
        return {"tone": "info", "label": _("End not known")}
    days = days_left(certificate)
    if completing.has_ended(certificate):
        return {"tone": "neutral", "label": _("Ended")}
    label = ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
    tone = "error" if days <= LAST_DAYS else "warning" if days <= expiry.renewal_days(certificate) else "success"
    return {"tone": tone, "label": label}


def days_left(certificate: Certificate) -> int:
    """Return the days from today to the day of the end, in the portal's time zone; 0 where the end is not known."""
    if certificate.not_after is None:
        return 0
    return (timezone.localdate(certificate.not_after) - timezone.localdate()).days


def to_renew(person: User) -> list[dict[str, Any]]:
    """Return the certificates of `person` that end soon and have no renewal under way, the next end first."""
    return [
        {"certificate": one, "days": days_left(one)}
        for one in queries.to_renew(person)
        if days_left(one) <= expiry.renewal_days(one)
    ]


@require_GET
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one certificate: what it is, who holds it, what can be done with it, and its history."""
    found, actor = find_certificate(request, pk)
    return render(request, "requests_app/certificate.html", _context(found, actor, person_of(request)))


def _context(found: Certificate, actor: Actor, person: User) -> dict[str, Any]:
    revocations, hand_overs = list(found.revocations.all()), list(found.hand_overs.select_related("successor"))
    open_revocation = next((one for one in revocations if one.state not in REVOCATION.final), None)
    open_hand_over = next((one for one in hand_overs if one.state == HandOverState.ASKED), None)
    holds = person.pk in inventory.holder_ids([found.pk])
    source = queries.requests_of([found.pk]).get(found.pk)
    not_needed = queries.not_needed([found.pk]).get(found.pk)
    judges = relations.judge_of_need(actor, found) is not None
    subjects = [*(one.subject for one in revocations), *(one.subject for one in hand_overs)]
    return {
        "certificate": found,
        "validity": validity(found),
        "names": found.certificate_names.order_by("pk").values_list("name", flat=True),
        "serial_hex": f"{int(found.serial):X}" if found.serial.isdecimal() else "",
        "fingerprint": found.der_sha256 or "",
        "holdings": found.holdings.select_related("person").order_by("from_at", "pk"),
        "source": source,
        "sees_source": source is not None and queries.visible_to(person).filter(pk=source.pk).exists(),
        "renewals": queries.renewals_under_way().filter(replaced=found, pk__in=queries.visible_to(person).values("pk")),
        "open_revocation": open_revocation,
        "open_hand_over": open_hand_over,
        "may_renew": holds,
        "may_hand_over": relations.asker_of_certificate(actor, found) is not None and open_hand_over is None,
        "may_answer": open_hand_over is not None and open_hand_over.successor_id == person.pk,
        "holds": holds,
        "sees_hand_over": open_hand_over is not None
        and queries.hand_overs_visible_to(person).filter(pk=open_hand_over.pk).exists(),
        "not_needed": not_needed,
        "may_say_not_needed": judges and not_needed is None and needing.is_reminded_of(found),
        "may_take_back": judges and not_needed is not None,
        "rungs": found.expiry_rungs.order_by("-days_before"),
        "waits_for_gate": endings.waits_for_gate(found),
        "is_replaced": bool(endings.replaced_ids([found])),
        "entries": timelines.of_subjects([found.subject, *subjects]),
    }


@require_GET
def pem(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the certificate as a PEM file; 404 where only NII's list is known of it."""
    found, _actor = find_certificate(request, pk)
    if found.der is None:
        raise Http404
    response = HttpResponse(pem_of(bytes(found.der)), content_type="application/x-pem-file")
    response["Content-Disposition"] = f'attachment; filename="{showing.pem_name(found)}"'
    return response


@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the draft that renews a certificate, or lead to the renewal under way."""
    _found, actor = find_certificate(request, pk)
    try:
        made = renewing.renew(pk, actor=actor)
    except errors.RequestError as error:
        return refuse(request, error, reverse("requests:certificate", args=[pk]))
    renewal = queries.visible_to(person_of(request)).get(pk=made)
    if renewal.state != State.DRAFT:
        messages.info(request, _("The renewal is under way already: this is its request."))
        return redirect(renewal)
    messages.success(
        request,
        _(
            "Names, people and software were filled in from the certificate and its request: check them. A renewal "
            "needs a new key pair; it is made after the approval."
        ),
    )
    return redirect("requests:edit", pk=made)


@require_http_methods(["GET", "POST"])
def not_needed(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what it means that a certificate is not needed any more; POST says it, with a reason."""
    found, actor = find_certificate(request, pk)
    page = reverse("requests:certificate", args=[pk])
    if relations.judge_of_need(actor, found) is None:
        return refuse(request, errors.NotPermitted(action=needing.SAY), page)
    form = forms.RequiredReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            needing.say_not_needed(pk, reason=form.cleaned_data["reason"], actor=actor)
        except errors.RequestError as error:
            return refuse(request, error, page)
        else:
            messages.success(request, _("Recorded: the reminders of this certificate's end stop."))
            return redirect(page)
    context = {"certificate": found, "form": form, "may_say": needing.is_reminded_of(found)}
    return render(request, "requests_app/not_needed.html", context, status=422 if form.errors else 200)


@require_POST
def needed(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the certificate is needed after all."""
    _found, actor = find_certificate(request, pk)
    page = reverse("requests:certificate", args=[pk])
    try:
        needing.take_back(pk, actor=actor)
    except errors.RequestError as error:
        return refuse(request, error, page)
    messages.success(request, _("Recorded: the certificate is needed, and the reminders of its end go on."))
    return redirect(page)
