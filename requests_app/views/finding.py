"""What every view of a request needs: who asks, which request, and how an error is shown."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.actors import actor_of
from accounts.models import User
from audit.actors import Actor
from inventory.models import Certificate
from requests_app import errors, policies, queries, relations
from requests_app.models import CertificateRequest
from requests_app.services import preparing
from requests_app.states import Action, State
from requests_app.states.request import LABELS, TABLE
from requests_app.steps import rules


def person_of(request: HttpRequest) -> User:
    """Return the signed-in person (LoginRequiredMiddleware has seen to it that there is one)."""
    if not isinstance(request.user, User):
        raise TypeError("a view that needs a person was reached without one")
    return request.user


def find(request: HttpRequest, pk: int) -> tuple[CertificateRequest, Actor]:
    """Return a request that the person may see, and the actor. Anything else is a 404."""
    visible = queries.visible_to(person_of(request)).select_related(
        "applicant", "current_version", "subscriber_contact"
    )
    return get_object_or_404(visible, pk=pk), actor_of(request)


def find_certificate(request: HttpRequest, pk: int) -> tuple[Certificate, Actor]:
    """Return a certificate that the person may see, and the actor. Anything else is a 404."""
    visible = queries.certificates_visible_to(person_of(request))
    return get_object_or_404(visible, pk=pk), actor_of(request)


def refusal(actor: Actor, action: Action, request: CertificateRequest) -> errors.RequestError | None:
    """Return why a page whose only purpose is `action` is not shown now, None where it is. The verb asks again."""
    label, state = TABLE.rules[action].label, State(request.state)
    not_permitted = policies.refusal(relations.roles(actor, request), action)
    if not_permitted:
        return not_permitted(action=label)
    if not TABLE.targets(action, state):
        return errors.TransitionNotAllowed(action=label, state=LABELS[state])
    return None


def tell(request: HttpRequest, error: errors.RequestError) -> None:
    """Show every sentence of an error on the next page."""
    for part in error.errors if isinstance(error, errors.NotReady) else (error,):
        messages.error(request, str(part))


def tell_taken_over(request: HttpRequest, uploaded: preparing.Uploaded) -> None:
    """Say what was taken from a TSV file made by hand, and every column that differs from what the portal writes."""
    taken = uploaded.taken_over
    if taken is None:
        return
    if taken.software:
        said = _("From your TSV file, the CSR and the software (%(software)s) were taken over.")
        messages.info(request, said % {"software": taken.software})
    else:
        messages.info(request, _("From your TSV file, the CSR was taken over."))
    for reason in taken.kept_because:
        messages.warning(request, str(reason))
    if not taken.differences:
        messages.info(request, _("In every other column your file has what the portal writes."))
        return
    messages.warning(request, _("These columns of your file differ and were not taken over:"))
    language = rules.reader_language()
    for one in taken.differences:
        said = _("Column %(number)s, %(name)s: in your file %(in_file)s; the portal writes %(written)s")
        name = one.column.name_en if language == "en" else one.column.name_ja
        shown = {"number": one.column.number, "name": name}
        values = {"in_file": _quoted(one.in_file), "written": _quoted(one.written)}
        messages.warning(request, said % (shown | values))


def _quoted(value: str) -> str:
    return _("“%(value)s”") % {"value": value} if value else _("nothing")


def refuse(request: HttpRequest, error: errors.RequestError, where: CertificateRequest | str) -> HttpResponse:
    """Show the error on the page where the person can do something about it."""
    tell(request, error)
    return redirect(where)
