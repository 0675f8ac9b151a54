"""Addresses from which mail comes back, at the desk: which are stopped, stopping one, using one again."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts.actors import desk_actor
from notifications.models import BouncedAddress
from requests_app import errors, forms
from requests_app.admin.reading import ReadOnlyAdmin
from requests_app.services import bouncing
from requests_app.views.finding import tell


@admin.register(BouncedAddress)
class BouncedAddressAdmin(ReadOnlyAdmin):
    """The addresses, the newest first."""

    list_display = ("address", "recorded_at", "note")
    search_fields = ("address",)
    ordering = ("-recorded_at", "-pk")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("stop/", self.guarded(stop), name="notifications_bouncedaddress_stop"),
            path("<int:pk>/use-again/", self.posting(use_again), name="notifications_bouncedaddress_use_again"),
        ]
        return own + super().get_urls()


def stop(request: HttpRequest) -> HttpResponse:
    """Ask for an address from which mail comes back; POST stops mail to it."""
    form = forms.BounceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            stopped = bouncing.stop(given["address"], note=given["reason"], actor=desk_actor(request))
        except (errors.AddressUnusable, errors.AddressStopped) as error:
            form.add_error("address", str(error))
        except errors.RequestError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Nothing is sent to this address any more. The registrars were told."))
            return redirect("admin:notifications_bouncedaddress_change", stopped)
    context = {
        **admin.site.each_context(request),
        "title": _("Mail to an address comes back"),
        "opts": BouncedAddress._meta,
        "form": form,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/notifications/bouncedaddress/stop.html", context, status=status)


def use_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Allow mail to the address again."""
    try:
        bouncing.use_again(pk, actor=desk_actor(request))
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, _("Mail to this address is sent again. Mails that were parked wait under “Mails”."))
    return redirect("admin:notifications_bouncedaddress_changelist")
