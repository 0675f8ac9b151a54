"""The only source of rights: a role's permissions. Django's groups and superusers grant nothing."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest

from accounts.choices import Role
from accounts.models import User

PERMISSIONS: dict[str, frozenset[Role]] = {
    "requests_app.review": frozenset({Role.REGISTRAR}),
    "requests_app.view_desk": frozenset({Role.REGISTRAR, Role.AUDITOR}),
    "requests_app.change_zones": frozenset({Role.REGISTRAR, Role.SETTINGS_ADMINISTRATOR}),
    # A settings administrator changes zones, so they see them and what others proposed.
    "requests_app.view_zone": frozenset({Role.REGISTRAR, Role.AUDITOR, Role.SETTINGS_ADMINISTRATOR}),
    "requests_app.view_zoneadministration": frozenset({Role.REGISTRAR, Role.AUDITOR, Role.SETTINGS_ADMINISTRATOR}),
    "requests_app.view_zonechange": frozenset({Role.REGISTRAR, Role.AUDITOR, Role.SETTINGS_ADMINISTRATOR}),
    "accounts.import_roster": frozenset({Role.REGISTRAR}),
    "accounts.confirm_employment": frozenset({Role.REGISTRAR}),
    "accounts.grant_roles": frozenset({Role.REGISTRAR}),
    "accounts.break_glass": frozenset({Role.BREAK_GLASS}),
}
"""Permissions and the roles that have them. `view_…` stands here only where it isn't VIEWERS' alone; any other
permission that is missing here is granted to nobody."""

VIEWERS = frozenset({Role.REGISTRAR, Role.AUDITOR})
"""Roles with `view_…` of every model of the portal: the auditor reads everything of the desk."""

VIEWED_APPS = frozenset({"accounts", "audit", "inventory", "notifications", "requests_app"})
"""The portal's own apps. allauth's tables stay empty, and its admin pages would show a client secret."""


def _may(roles: frozenset[Role], permission: str) -> bool:
    app_label, _dot, codename = permission.partition(".")
    if codename.startswith("view_") and app_label in VIEWED_APPS and permission not in PERMISSIONS:
        return bool(roles & VIEWERS)
    return bool(roles & PERMISSIONS.get(permission, frozenset()))


class RoleBackend(BaseBackend):
    """Signs nobody in (sign-in is the provider's); answers `has_perm` from current role grants."""

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> None:
        """No credentials are accepted here."""
        return

    def get_user(self, user_id: int) -> User | None:
        """The active person of a session; None ends the session of one who has left."""
        return User.objects.filter(pk=user_id, is_active=True).first()

    def has_perm(self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: Model | None = None) -> bool:
        """Whether one of the person's current roles has `perm`; about one object policies decide, not this."""
        return isinstance(user_obj, User) and user_obj.is_active and _may(user_obj.roles_when_read, perm)

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        """Whether the admin lists the app: for viewers always, else with any permission of it."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        roles = user_obj.roles_when_read
        of_app = (allowed for name, allowed in PERMISSIONS.items() if name.startswith(f"{app_label}."))
        return (app_label in VIEWED_APPS and bool(roles & VIEWERS)) or any(roles & allowed for allowed in of_app)
