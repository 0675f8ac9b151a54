"""The page that a refused sign-in gets."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import bilingual
from accounts.errors import ProviderUnavailable, SignInRefused

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 60
"""What we ask a client to wait while the provider is away."""


def page(request: HttpRequest, refusal: SignInRefused) -> HttpResponse:
    """Answer with the sentence in both languages, the code and the status of `refusal`; the log gets the code alone."""
    logger.info("Sign-in refused: %s", refusal.code)
    japanese, english = bilingual.each(refusal)
    context = {
        "sentence_ja": japanese,
        "sentence_en": english,
        "refusal_code": refusal.code,
        "status": int(refusal.status),
    }
    response = render(request, "accounts/sign_in_refused.html", context, status=refusal.status)
    if isinstance(refusal, ProviderUnavailable):
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
