"""Sign-in, sign-out and the emergency address. These pages are open to anybody."""

from typing import cast

import requests
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import adapters, refusals, signing
from accounts.addresses import client_address
from accounts.errors import ConnectRefused, EmergencyLinkInvalid, MustBePosted, SignInRefused
from accounts.openid import PortalOAuth2Adapter
from accounts.ratelimits import rate_limited
from accounts.services import emergency

SIGN_INS_PER_MINUTE = 30
"""From one address; a lecture hall behind one address translator signs in within a few minutes."""

EMERGENCY_TRIES_PER_MINUTE = 10
"""From one address; a token has 256 bits, this only keeps the log short."""


@login_not_required
@never_cache
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """The page with the one button; whoever is signed in goes on to where they wanted to go."""
    next_path = request.GET.get("next", "")
    if not adapters.is_local_path(next_path):
        next_path = ""
    if request.user.is_authenticated:
        return redirect(next_path or resolve_url(settings.LOGIN_REDIRECT_URL))
    context = {"next_path": next_path, "provider_id": settings.OIDC_PROVIDER_ID}
    return render(request, "accounts/sign_in.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limited("sign-in", SIGN_INS_PER_MINUTE, 60)
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Redirect to the provider. By POST only: a foreign page must not begin somebody's sign-in with a link."""
    if request.method != "POST":
        response = refusals.page(request, MustBePosted())
        response.headers["Allow"] = "POST"
        return response
    asked_for = {request.GET.get("process"), request.POST.get("process")} - {None, AuthProcess.LOGIN}
    if asked_for:
        return refusals.page(request, ConnectRefused())
    try:
        view = OAuth2LoginView.adapter_view(PortalOAuth2Adapter(request, provider_id))
        return cast(HttpResponse, view(request))
    except SocialApp.DoesNotExist as fault:
        raise Http404 from fault
    except (SignInRefused, requests.RequestException) as fault:
        return refusals.page(request, adapters.refusal_of(fault))


@login_not_required
@never_cache
@require_GET
@rate_limited("sign-in-answer", SIGN_INS_PER_MINUTE, 60)
def answer(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The provider's answer: signed in and on to the page wanted, or refused with the reason."""
    try:
        view = OAuth2CallbackView.adapter_view(PortalOAuth2Adapter(request, provider_id))
        return cast(HttpResponse, view(request))
    except SocialApp.DoesNotExist as fault:
        raise Http404 from fault
    except (SignInRefused, requests.RequestException) as fault:
        return refusals.page(request, adapters.refusal_of(fault))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """GET asks, POST signs out here and leads to the provider's sign-out."""
    if request.method == "POST":
        return redirect(signing.end_session(request))
    if not request.user.is_authenticated:
        return redirect("signed_out")
    return render(request, "accounts/sign_out.html")


@login_not_required
@never_cache
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Where the provider sends people after its sign-out."""
    return render(request, "accounts/signed_out.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limited("emergency-sign-in", EMERGENCY_TRIES_PER_MINUTE, 60)
def emergency_sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing, so that whatever fetches addresses uses nothing up; POST signs in."""
    if request.method != "POST":
        if not emergency.link_is_open(token):
            return refusals.page(request, EmergencyLinkInvalid())
        response = render(request, "accounts/emergency_sign_in.html")
        # Keeps the token out of Referer. With no-referrer the form's Origin would be "null", which CSRF refuses.
        response.headers["Referrer-Policy"] = "strict-origin"
        return response
    try:
        person_id = emergency.use_link(
            token, address=client_address(request), request_id=request.META.get("UPKI_REQUEST_ID", "")
        )
    except EmergencyLinkInvalid as refusal:
        return refusals.page(request, refusal)
    signing.begin_emergency_session(request, person_id)
    return redirect(settings.LOGIN_REDIRECT_URL)
