"""Links in mails: an address, not an authority. GET moves it into the session and changes nothing else."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.ratelimits import rate_limited
from notifications import links
from requests_app.views.finding import person_of

CAME_BY_MAIL = "came_by_mail"
"""Session key: the path and addressee of the link that brought the browser here."""


LINK_SUFFICES_SECONDS = 3600
"""How long after a link was opened it is enough for an answer, where ANSWER_BY_LINK allows that."""


@login_not_required
@require_safe
@rate_limited("mail-link", limit=60, window_seconds=300)
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Keep what the link stands for; the token stays in no address bar or referrer. A scanner's visit is harmless."""
    try:
        link = links.resolve(token)
    except links.LinkInvalid as error:
        return render(request, "requests_app/link_invalid.html", {"sentence": error.code.label}, status=410)
    request.session[CAME_BY_MAIL] = {"path": link.path, "person": link.person_id, "at": timezone.now().timestamp()}
    if question_of_link(request):
        return redirect("requests:answer_by_link")
    return redirect("requests:open_link")


@require_safe
def open_link(request: HttpRequest) -> HttpResponse:
    """Lead the addressee on, after the sign-in; tell anybody else that the mail was not theirs."""
    kept = request.session.get(CAME_BY_MAIL)
    if not isinstance(kept, dict):
        return redirect("home")
    if kept["person"] != person_of(request).pk:
        sentence = _("This mail was written to somebody else. Please sign in as its addressee, or ask them to answer.")
        return render(request, "requests_app/link_invalid.html", {"sentence": sentence}, status=403)
    return redirect(kept["path"])


def question_of_link(request: HttpRequest) -> tuple[int, int] | None:
    """Return the question and the addressee of a link that was opened lately, where it is enough for an answer.

    None where the setting says no, the mail asked about several names or something else, or somebody signed in.
    """
    kept = request.session.get(CAME_BY_MAIL)
    if not settings.ANSWER_BY_LINK or request.user.is_authenticated or not isinstance(kept, dict):
        return None
    if not kept.get("person") or timezone.now().timestamp() - kept.get("at", 0) > LINK_SUFFICES_SECONDS:
        return None
    try:
        found = resolve(kept["path"])
    except Resolver404:
        return None  # a mail without a page of its own
    return (found.kwargs["pk"], kept["person"]) if found.view_name == "requests:confirmation" else None


def forget_link(request: HttpRequest) -> None:
    """Forget the link: what it was for is done."""
    request.session.pop(CAME_BY_MAIL, None)


def came_by_mail(request: HttpRequest) -> bool:
    """Tell whether the page was reached by a link in a mail to this person, for the door of the event."""
    kept = request.session.get(CAME_BY_MAIL)
    return isinstance(kept, dict) and kept["path"] == request.path and kept["person"] == request.user.pk
