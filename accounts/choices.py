"""The closed lists of this app: kinds of employment, roles, and where a dated row came from."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EmploymentKind(models.TextChoices):
    """What somebody is to the university on a day. Only the first two may apply for a certificate."""

    FULL_TIME_FACULTY = "FULL_TIME_FACULTY", _("full-time faculty")
    FULL_TIME_STAFF = "FULL_TIME_STAFF", _("full-time staff")
    PART_TIME = "PART_TIME", _("part-time")
    STUDENT = "STUDENT", _("student")
    OTHER = "OTHER", _("other")


FULL_TIME = frozenset({EmploymentKind.FULL_TIME_FACULTY, EmploymentKind.FULL_TIME_STAFF})
"""The kinds that may apply. UEC's service page: the applicant is full-time faculty or staff."""


class Role(models.TextChoices):
    """What somebody may do for everybody; given by a dated grant only."""

    REGISTRAR = "REGISTRAR", _("registrar")
    AUDITOR = "AUDITOR", _("auditor")
    SETTINGS_ADMINISTRATOR = "SETTINGS_ADMINISTRATOR", _("settings administrator")
    BREAK_GLASS = "BREAK_GLASS", _("break-glass")
    """In an emergency a registrar who has it decides about what concerns themself; all registrars hear of it."""


class EmploymentSource(models.TextChoices):
    """Who says so: ITC's roster, a registrar with evidence, or a claim of the provider (never full-time)."""

    ROSTER = "ROSTER", _("roster")
    REGISTRAR = "REGISTRAR", _("confirmed by a registrar")
    CLAIM = "CLAIM", _("claim at sign-in")


class GrantSource(models.TextChoices):
    """OFFER needs two registrars; COMMAND is `manage.py grant_role`, for the first two registrars only."""

    OFFER = "OFFER", _("offered by a registrar")
    COMMAND = "COMMAND", _("first grant, by command")


class Language(models.TextChoices):
    """The language a person chose; empty until they choose."""

    NOT_CHOSEN = "", _("not chosen")
    JAPANESE = "ja", "日本語"
    ENGLISH = "en", "English"
