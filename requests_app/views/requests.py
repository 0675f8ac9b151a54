"""Requests: the list, drafts, applying, one request's page, and the plain actions."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import days
from accounts import queries as people
from accounts.actors import actor_of
from accounts.ratelimits import rate_limited
from inventory import queries as inventory
from requests_app import errors, forms, policies, queries, relations, texts
from requests_app.models import CertificateRequest
from requests_app.services import acting, applying, confirming, drafting, handing_over, preparing
from requests_app.states import Action, HandOverState, Role, State
from requests_app.states.request import LABELS, TABLE
from requests_app.steps import freezing
from requests_app.views import showing, timelines
from requests_app.views.certificates import to_renew
from requests_app.views.finding import find, person_of, refuse, tell, tell_taken_over
from requests_app.views.installing import after_issue

CSR_PUT_ASIDE = gettext_lazy(
    "The CSR given earlier does not fit the changed names and was put aside. You can upload one that does, here or "
    "after the approval."
)

HOME_ROWS = 100
"""Requests on the first page; older ones are found through the filter."""


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person, and their requests, newest first."""
    person = person_of(request)
    state = request.GET.get("state", "")
    mine = queries.involving(person).select_related("applicant").order_by("-touched_at")
    is_filtered = state in State.__members__
    shown = mine.filter(state=state) if is_filtered else mine.exclude(state=State.DRAFT)
    return render(
        request,
        "requests_app/home.html",
        {
            "requests": shown[:HOME_ROWS],
            "drafts": () if is_filtered else mine.filter(state=State.DRAFT),
            "is_filtered": is_filtered,
            "your_turn": showing.your_turn(person),
            "to_take_over": queries.asked_to_take_over(person),
            "to_renew": to_renew(person),
            "state": state,
            "states": [(code.value, LABELS[code]) for code in State],
            "waiting": queries.waiting_for(person).count(),
            "may_apply": people.is_full_time(person, on=days.today()),
        },
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show an empty application; POST makes the draft."""
    person = person_of(request)
    form = forms.DraftForm(request.POST or None, replaceable=inventory.held_by(person.pk))
    if request.method == "POST" and form.is_valid():
        try:
            pk = drafting.create(form.contents(), actor=actor_of(request))
            return _after_saving(request, pk)
        except errors.NotReady as error:
            form.add_rule_errors(error)
        except errors.RequestError as error:
            form.add_error(None, str(error))
    return _draft_page(request, form, certificate_request=None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft; POST saves it, with a CSR if one was given."""
    certificate_request, actor = find(request, pk)
    roles = relations.roles(actor, certificate_request)
    if not policies.may(roles, Action.SAVE, State(certificate_request.state)):
        return refuse(request, errors.NotEditable(state=LABELS[State(certificate_request.state)]), certificate_request)
    initial = forms.draft_initial(certificate_request)
    replaceable = inventory.held_by(certificate_request.applicant_id)
    form = forms.DraftForm(request.POST or None, initial=initial, replaceable=replaceable)
    if request.method == "POST" and form.is_valid():
        try:
            if drafting.save(pk, form.contents(), actor=actor):
                messages.warning(request, CSR_PUT_ASIDE)
            return _after_saving(request, pk)
        except errors.NotReady as error:
            form.add_rule_errors(error)
        except errors.RequestError as error:
            form.add_error(None, str(error))
    return _draft_page(request, form, certificate_request=certificate_request)


def _after_saving(request: HttpRequest, pk: int) -> HttpResponse:
    csr_form = forms.CsrForm(request.POST, request.FILES)
    if not csr_form.is_valid():
        messages.warning(request, _("The draft was saved, but not the CSR:"))
        for sentences in csr_form.errors.values():
            for sentence in sentences:
                messages.error(request, str(sentence))
        return redirect("requests:edit", pk=pk)
    if csr_form.content():
        try:
            tell_taken_over(request, preparing.upload(pk, csr_form.content(), actor=actor_of(request)))
        except errors.CsrRefused as error:
            messages.warning(request, _("The draft was saved, but not the CSR:"))
            _tell_problems(request, error)
            return redirect("requests:edit", pk=pk)
        except errors.RequestError as error:
            tell(request, error)
            return redirect("requests:edit", pk=pk)
    if "check" in request.POST:
        return redirect("requests:check", pk=pk)
    messages.success(request, _("The draft was saved."))
    return redirect("requests:edit", pk=pk)


def _tell_problems(request: HttpRequest, error: errors.CsrRefused) -> None:
    for finding in showing.csr_findings(error.problems):
        if finding.tone == "error":
            messages.error(request, finding.text)
    if error.key_used:
        messages.error(request, str(errors.KeyUsedBefore()))


def _draft_page(
    request: HttpRequest, form: forms.DraftForm, *, certificate_request: CertificateRequest | None
) -> HttpResponse:
    context = {
        "form": form,
        "csr_form": forms.CsrForm(),
        "certificate_request": certificate_request,
        "csr": freezing.current_csr(certificate_request) if certificate_request else None,
        "reason": showing.last_reason(certificate_request) if certificate_request else "",
    }
    return render(request, "requests_app/draft.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what would be applied for, with everything that is still wrong; POST applies for exactly that."""
    certificate_request, actor = find(request, pk)
    if request.method == "POST":
        form = forms.DigestForm(request.POST)
        if not form.is_valid():
            return refuse(request, errors.VersionChanged(), certificate_request)
        try:
            applying.apply(pk, actor=actor, digest=form.cleaned_data["digest"])
        except errors.RequestError as error:
            tell(request, error)
            return redirect("requests:check", pk=pk)
        messages.success(request, _("Your application was received. A mail confirms it."))
        return redirect(certificate_request)
    if certificate_request.state not in {State.DRAFT, State.RETURNED}:
        return redirect(certificate_request)
    context = {
        "certificate_request": certificate_request,
        "facts": showing.facts(certificate_request),
        "broken": showing.broken_rules(certificate_request),
        "csr": freezing.current_csr(certificate_request),
        "may_edit": policies.may(
            relations.roles(actor, certificate_request), Action.SAVE, State(certificate_request.state)
        ),
        "digest": freezing.digest(certificate_request),
        "is_applicant": certificate_request.applicant_id == actor.person_id,
        "lookalikes": showing.lookalike_findings(certificate_request),
    }
    return render(request, "requests_app/check.html", context)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one request: where it stands, what comes next, what is known, and its history."""
    certificate_request, actor = find(request, pk)
    roles = relations.roles(actor, certificate_request)
    is_movable = handing_over.why_not(certificate_request) is None
    context = {
        **detail_context(certificate_request, roles),
        # Who took part in the request need not hold its certificate any more.
        "sees_certificate_page": queries.certificates_visible_to(person_of(request))
        .filter(pk=certificate_request.certificate_id or 0)
        .exists(),
        "may_hand_over": is_movable and relations.asker_of_request(actor, certificate_request) is not None,
        "open_hand_over": certificate_request.hand_overs.filter(state=HandOverState.ASKED)
        .select_related("successor")
        .first(),
    }
    return render(request, "requests_app/detail.html", context)


def detail_context(certificate_request: CertificateRequest, roles: frozenset[Role]) -> dict[str, Any]:
    """Return what the request's page shows to somebody with these roles."""
    state = State(certificate_request.state)
    in_file = queries.live_row(certificate_request) if state == State.QUEUED else None
    # The row is in a file for NII: nothing about the request changes until that was discarded or answered.
    possible = set() if in_file else {action for action in Action if policies.may(roles, action, state)}
    title, text = texts.next_step(state)
    row = certificate_request.rows.select_related("csr", "sent_by").filter(superseded_at=None).first()
    return {
        "certificate_request": certificate_request,
        "state_label": LABELS[state],
        "facts": showing.facts(certificate_request),
        "names": showing.name_evidence(certificate_request) if certificate_request.current_version else [],
        "row": row,
        "is_given_back": showing.is_given_back(certificate_request, row),
        "csr": freezing.current_csr(certificate_request),
        "entries": timelines.of_request(certificate_request),
        "next_title": title,
        "next_text": text,
        "may": {action.value.lower(): True for action in possible},
        "plain": [
            {"action": action.value, "label": showing.action_label(action), "needs_reason": action in _WITH_REASON}
            for action in sorted(possible & acting.PLAIN)
            if action is Action.WITHDRAW
        ],
        "reason_form": forms.PortalReasonForm(auto_id="id_act_%s"),
        "wants_consent": certificate_request.contact_consents.filter(
            person=certificate_request.subscriber_contact, agreed_at=None
        ).exists(),
        "is_contact": Role.CONTACT in roles,
        "reason": showing.last_reason(certificate_request),
        "comments": certificate_request.comments.select_related("person"),
        "reads_comments": policies.may_read_comments(roles) and certificate_request.current_version_id is not None,
        "comment_form": forms.PortalCommentForm(auto_id="id_comment_%s") if policies.may_comment(roles) else None,
        "in_file": in_file,
        "refusal_by_nii": showing.refusal_by_nii(certificate_request),
        "nii_facts": showing.nii_facts(certificate_request),
        "may_download": policies.may_download(roles, state),
        **after_issue(certificate_request, is_reportable=Action.REPORT_INSTALLED in possible),
    }


_WITH_REASON = frozenset(action for action in acting.PLAIN if TABLE.rules[action].needs_reason)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a draft."""
    certificate_request, actor = find(request, pk)
    try:
        drafting.delete(pk, actor=actor)
    except errors.RequestError as error:
        return refuse(request, error, certificate_request)
    messages.success(request, _("The draft was deleted."))
    return redirect("requests:list")


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take a plain action (withdraw, …); an action with a verb of its own has no address here."""
    certificate_request, actor = find(request, pk)
    if action not in {plain.value for plain in acting.PLAIN}:
        raise Http404
    form = forms.PortalReasonForm(request.POST)
    if not form.is_valid():
        problem = " ".join(map(str, form.errors["reason"]))
        return refuse(request, errors.TextRefused(problem=problem), certificate_request)
    try:
        acting.act(pk, Action(action), actor=actor, reason=form.cleaned_data["reason"])
    except errors.RequestError as error:
        return refuse(request, error, certificate_request)
    messages.success(request, _("Done: %(action)s.") % {"action": showing.action_label(Action(action))})
    return redirect(certificate_request)


@require_POST
@rate_limited("look-up", limit=10, window_seconds=300)
def look_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the names due for DNS now."""
    certificate_request, actor = find(request, pk)
    try:
        confirming.look_up_again(pk, actor=actor)
    except errors.RequestError as error:
        return refuse(request, error, certificate_request)
    messages.success(request, _("The names are being looked up again; reload the page in some seconds."))
    return redirect(certificate_request)


@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the manager who was named as subscriber contact; POST agrees."""
    certificate_request, actor = find(request, pk)
    if request.method == "POST":
        try:
            drafting.agree_to_be_contact(pk, actor=actor)
        except errors.RequestError as error:
            return refuse(request, error, certificate_request)
        messages.success(request, _("Thank you: you are the subscriber contact of this request."))
        return redirect(certificate_request)
    context = {
        "certificate_request": certificate_request,
        "facts": showing.facts(certificate_request),
        "consent": queries.consent_asked_of(actor, certificate_request),
    }
    return render(request, "requests_app/contact.html", context)
