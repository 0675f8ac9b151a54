"""The page that a refused sign-in gets."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from accounts.errors import ProviderUnavailable, SignInRefused

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 60
"""What we ask a client to wait while the provider is away."""


def page(request: HttpRequest, refusal: SignInRefused) -> HttpResponse:
    """Answer with the sentence in both languages, the code and the status of `refusal`; the log gets the code alone."""
    logger.info("Sign-in refused: %s", refusal.code)
    sentences = {}
    for language in ("ja", "en"):
        with translation.override(language):
            sentences[f"sentence_{language}"] = str(refusal)
    context = {**sentences, "refusal_code": refusal.code, "status": int(refusal.status)}
    response = render(request, "accounts/sign_in_refused.html", context, status=refusal.status)
    if isinstance(refusal, ProviderUnavailable):
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
