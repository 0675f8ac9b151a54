"""Changes of zones: proposed by one person, applied by another."""

from django.utils.translation import gettext_lazy as _

from requests_app.errors.broken import RequestError


class NothingToChange(RequestError):
    code = "zones.nothing_to_change"
    text = _("The zones are already as the file says. Nothing was proposed or changed.")
    status = 422


class OwnZoneChange(RequestError):
    code = "zones.own_change"
    text = _("You proposed this change of zones yourself. Another registrar or settings administrator has to apply it.")
    status = 403


class ZoneChangeOver(RequestError):
    code = "zones.change_over"
    text = _("This change of zones is not open any more: it was applied or discarded meanwhile.")


class ZoneDifferenceChanged(RequestError):
    code = "zones.difference_changed"
    text = _(
        "Zones or people changed meanwhile, so that applying it would now do something else than the page showed. "
        "Nothing was changed; look again, then decide."
    )


class ZonesExist(RequestError):
    code = "zones.exist"
    text = _("There are zones already. From the first import on, one person proposes a change and another applies it.")
