"""The admin site: its sign-in is the portal's, and who may enter follows from current role grants alone."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts import days
from accounts import queries as people
from requests_app import endings, queries
from upki_portal import health


class PortalAdminSite(admin.AdminSite):
    """Stock admin; /admin/login/ leads to the OpenID provider, /admin/logout/ signs out at the provider too."""

    site_header = _("Registrars' desk")
    site_title = _("UPKI portal")
    index_title = _("Registrars' desk")
    site_url = "/"
    enable_nav_sidebar = False

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the sign-in page, or answer 403 to somebody who is signed in without a role."""
        if request.user.is_authenticated:
            if self.has_permission(request):
                return redirect("admin:index")
            return render(request, "403.html", status=HttpResponseForbidden.status_code)
        return redirect_to_login(request.GET.get("next", "/admin/"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what waits for a registrar, to those who may see the desk; the list of tables comes after."""
        seen = request.user.is_authenticated and request.user.has_perm("requests_app.view_desk")
        waits: dict[str, Any] = {}
        if seen:
            waits = {
                "waits": queries.desk_counts() | endings.desk_counts(today=days.today()),
                "broken": list(people.unreviewed_break_glass()),
                "stands_still": health.stands_still(),
            }
        return super().index(request, {**(extra_context or {}), **waits})

    def logout(  # type: ignore[override]  # the stub knows only the page that Django would show
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the one page that signs out, here and at the provider."""
        return redirect("account_logout")

    def password_change(  # type: ignore[override]  # as above
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There are no passwords."""
        return redirect("home")
