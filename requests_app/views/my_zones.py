"""The page of somebody who administers zones: who else does, what waits and exists, absences and standing grants."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.actors import actor_of
from requests_app import errors, forms, queries, zone_overview
from requests_app.services import absences, granting
from requests_app.views.finding import person_of, tell


@require_GET
def my_zones(request: HttpRequest) -> HttpResponse:
    """Show the zones that the person administers; for anybody else there is no such page."""
    return _page(request, forms.AbsenceForm())


@require_POST
def enter_absence(request: HttpRequest) -> HttpResponse:
    """Enter days on which the person is away."""
    form = forms.AbsenceForm(request.POST)
    if form.is_valid():
        days = form.cleaned_data
        try:
            absences.enter(days["from_on"], days["until_on"], actor=actor_of(request))
        except (errors.AbsenceDays, errors.AbsenceOverlaps, errors.TooManyAbsences) as error:
            form.add_error("from_on", str(error))
        except errors.RequestError as error:
            # They administer nothing any more: the page is gone, too.
            raise Http404 from error
        else:
            messages.success(request, _("Your absence was entered. Others of your zones are asked in these days."))
            return redirect("requests:my_zones")
    return _page(request, form, status=422)


@require_POST
def cancel_absence(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an absence back."""
    get_object_or_404(person_of(request).absences.all(), pk=pk)
    try:
        absences.cancel(pk, actor=actor_of(request))
    except errors.RequestError as error:
        tell(request, error)
    else:
        messages.success(request, _("Your absence was taken back."))
    return redirect("requests:my_zones")


@require_POST
def withdraw_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a standing grant."""
    grant = get_object_or_404(zone_overview.grants_of(person_of(request)), pk=pk)
    try:
        granting.withdraw(pk, actor=actor_of(request))
    except errors.RequestError as error:
        tell(request, error)
    else:
        said = _("The standing grant for %(name)s was withdrawn. Renewals ask again.")
        messages.success(request, said % {"name": grant.name})
    administers = queries.active_administrations().filter(person=person_of(request)).exists()
    return redirect("requests:my_zones" if administers else "requests:confirmations")


def _page(request: HttpRequest, form: forms.AbsenceForm, *, status: int = 200) -> HttpResponse:
    person = person_of(request)
    zones = zone_overview.zones_of(person)
    if not zones:
        raise Http404
    context = {
        "zones": zones,
        "answers": zone_overview.answers_of(person),
        "absences": queries.absences_of(person),
        "form": form,
        "uses_grants": settings.STANDING_GRANTS,
    }
    return render(request, "requests_app/my_zones.html", context, status=status)
