"""Links in mails: an address, not an authority. GET moves it into the session and changes nothing else."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.ratelimits import rate_limited
from notifications import links
from requests_app.views.finding import person_of

CAME_BY_MAIL = "came_by_mail"
"""Session key: the path and addressee of the link that brought the browser here."""


@login_not_required
@require_safe
@rate_limited("mail-link", limit=60, window_seconds=300)
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Keep what the link stands for; the token stays in no address bar or referrer. A scanner's visit is harmless."""
    try:
        link = links.resolve(token)
    except links.LinkInvalid as error:
        return render(request, "requests_app/link_invalid.html", {"sentence": error.code.label}, status=410)
    request.session[CAME_BY_MAIL] = {"path": link.path, "person": link.person_id}
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


def came_by_mail(request: HttpRequest) -> bool:
    """Tell whether the page was reached by a link in a mail to this person, for the door of the event."""
    kept = request.session.get(CAME_BY_MAIL)
    return isinstance(kept, dict) and kept["path"] == request.path and kept["person"] == request.user.pk
