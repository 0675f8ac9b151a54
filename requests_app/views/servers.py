"""What the servers of a certificate's names show over TLS: the last look, a new one, and the port to look at."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.ratelimits import rate_limited
from inventory import serving
from inventory.models import Certificate, Endpoint, TlsObservation
from requests_app import errors, forms, texts
from requests_app.services import observing_tls
from requests_app.views.finding import find_certificate, tell

TONES = {
    serving.Serving.EVERYWHERE: "success",
    serving.Serving.SOMEWHERE: "warning",
    serving.Serving.NOWHERE: "info",
    serving.Serving.UNKNOWN: "neutral",
}
"""How a verdict is shown; whether it is good news depends on the certificate being the new or the old one."""


@require_GET
def servers(request: HttpRequest, pk: int) -> HttpResponse:
    """Show each name with what its servers showed at the last look."""
    certificate, _actor = find_certificate(request, pk)
    return _page(request, certificate)


@require_POST
@rate_limited("look", limit=10, window_seconds=300)
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the servers looked at now."""
    certificate, actor = find_certificate(request, pk)
    try:
        observing_tls.look_now(certificate.pk, actor=actor)
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, _("The servers are being looked at; reload the page in a minute."))
    return redirect("requests:servers", pk=pk)


@require_POST
def port(request: HttpRequest, pk: int) -> HttpResponse:
    """State the port of one name."""
    certificate, actor = find_certificate(request, pk)
    form = forms.PortForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was recorded: give the port as a number from 1 to 65535."))
        return redirect("requests:servers", pk=pk)
    given = form.cleaned_data
    try:
        observing_tls.state_port(certificate.pk, name=given["name"], port=given["port"], actor=actor)
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, _("The port was recorded; the server is looked at there from now on."))
    return redirect("requests:servers", pk=pk)


def _page(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    context = {"certificate": certificate, **shown(certificate)}
    return render(request, "requests_app/servers.html", context)


def shown(certificate: Certificate) -> dict[str, Any]:
    """Return the verdict and what each address of each name showed, as components/serving.html wants it."""
    verdict = serving.of_certificates([certificate.pk])[certificate.pk]
    names = list(certificate.certificate_names.order_by("name").values_list("name", flat=True))
    ports = dict(Endpoint.objects.filter(name__in=names).values_list("name", "port"))
    looks = serving.last_looks(names)
    return {
        "verdict": texts.serving(verdict),
        "verdict_tone": TONES[verdict],
        "names": [
            {
                "name": name,
                "looks": [_look(one, certificate) for one in looks.get(name, [])],
                "form": forms.PortForm(
                    initial={"name": name, "port": ports.get(name, 443)}, auto_id=f"id_{position}_%s"
                ),
            }
            for position, name in enumerate(names)
        ],
    }


def _look(one: TlsObservation, certificate: Certificate) -> dict[str, Any]:
    if serving.is_served(certificate, look=one):
        tone, words = "success", _("It shows this certificate.")
    elif one.certificate is not None:
        tone, words = "warning", _("It shows another certificate.")
    else:
        tone, words = "neutral", texts.tls_outcome(one.outcome)
    return {"observation": one, "tone": tone, "words": words, "other": one.certificate if tone == "warning" else None}
