"""Comments on a request's page of the portal."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.ratelimits import rate_limited
from requests_app import errors, forms
from requests_app.services import commenting
from requests_app.views.finding import find, refuse


@require_POST
@rate_limited("comment", limit=30, window_seconds=300)
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a comment; one that cannot be kept is shown again with the reason."""
    certificate_request, actor = find(request, pk)
    form = forms.PortalCommentForm(request.POST)
    if form.is_valid():
        try:
            commenting.comment(pk, form.cleaned_data["text"], actor=actor)
        except errors.NotPermitted as error:
            return refuse(request, error, certificate_request)
        except errors.RequestError as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("Your comment is on the page; the others were told by mail."))
            return redirect(f"{certificate_request.get_absolute_url()}#comments")
    context = {"certificate_request": certificate_request, "form": form}
    return render(request, "requests_app/comment.html", context, status=422)
