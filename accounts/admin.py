"""The registrars' desk: people and what hangs on them, to read; the import of the roster."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts import roster_file
from accounts.actors import desk_actor
from accounts.errors import AccountError
from accounts.forms import RosterApplyForm, RosterUploadForm, packed
from accounts.models import (
    AccountName,
    EmergencyLink,
    Employment,
    EmploymentQuestion,
    Identity,
    MailAddress,
    RoleGrant,
    RosterImport,
    User,
)
from accounts.roster_plan import Answers
from accounts.services import roster

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    # Django's admin classes take a parameter in the type stubs only.
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline

IMPORT_TEMPLATE = "admin/accounts/import_roster.html"

UNPROCESSABLE = 422
"""The status of a file or form that was refused and shown again."""


class ReadOnlyAdmin(ModelAdmin):
    """Rows are written by verbs; the admin shows them to whoever has the view permission."""

    actions = None
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(TabularInline):
    """Dated rows of a person."""

    extra = max_num = 0
    can_delete = False
    fk_name = "person"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AccountNameInline(ReadOnlyInline):
    model = AccountName
    fields = ("account", "from_at", "until_at")


class MailAddressInline(ReadOnlyInline):
    model = MailAddress
    fields = ("address", "from_at", "until_at")


class EmploymentInline(ReadOnlyInline):
    model = Employment
    fields = ("kind", "from_on", "until_on", "source", "evidence", "confirmed_by", "confirmed_at")


class IdentityInline(ReadOnlyInline):
    model = Identity
    fields = ("issuer", "sub", "bound_at")


class RoleGrantInline(ReadOnlyInline):
    model = RoleGrant
    fields = ("role", "offered_by", "confirmed_by", "from_at", "until_at", "ended_at", "ended_by")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People; every change comes from the roster, a sign-in or a verb."""

    list_display = ("public_id", "name_ja", "name_en", "affiliation_ja", "is_active")
    list_filter = ("is_active", "employments__kind")
    search_fields = ("public_id", "name_ja", "name_en", "account_names__account", "mail_addresses__address")
    fields = (
        "public_id",
        "name_ja",
        "name_en",
        "affiliation_ja",
        "affiliation_en",
        "name_nii",
        "affiliation_nii",
        "language",
        "is_active",
        "lowered_by_claim_at",
        "last_login",
        "created_at",
    )
    readonly_fields = fields
    inlines = (AccountNameInline, MailAddressInline, EmploymentInline, IdentityInline, RoleGrantInline)
    change_list_template = "admin/accounts/user_changelist.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_roster)
        return [path("import/", view, name="accounts_import_roster"), *super().get_urls()]

    def import_roster(self, request: HttpRequest) -> HttpResponse:
        """GET asks for a file; POST shows its difference, or imports the one that was shown."""
        if not self._may_import(request):
            raise PermissionDenied
        if request.method == "POST" and "digest" in request.POST:
            return self._apply(request)
        if request.method == "POST":
            return self._show_difference(request)
        return self._page(request, RosterUploadForm())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list of people, with a link to the import for whoever may."""
        return super().changelist_view(request, {**(extra_context or {}), "may_import": self._may_import(request)})

    def _may_import(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.has_perm("accounts.import_roster")

    def _page(self, request: HttpRequest, form: RosterUploadForm, *, status: int = 200, **context: Any) -> HttpResponse:
        context |= {**self.admin_site.each_context(request), "title": _("Import of the roster"), "form": form}
        return TemplateResponse(request, IMPORT_TEMPLATE, context, status=status)

    def _show_difference(self, request: HttpRequest) -> HttpResponse:
        form = RosterUploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, form, status=UNPROCESSABLE)
        return self._difference_page(request, form.cleaned_data["roster"], answers=Answers())

    def _difference_page(
        self, request: HttpRequest, content: bytes, *, answers: Answers, error: str = "", status: int = 200
    ) -> HttpResponse:
        file = roster_file.read(content)
        if file.problems:
            return self._page(request, RosterUploadForm(), problems=file.problems, status=UNPROCESSABLE)
        plan = roster.plan(file, answers=answers)
        apply_form = RosterApplyForm(initial={"packed": packed(content), "digest": plan.digest})
        shown = {"plan": plan, "apply_form": apply_form, "answers": answers, "error": error}
        return self._page(request, RosterUploadForm(), **shown, status=status)

    def _apply(self, request: HttpRequest) -> HttpResponse:
        form = RosterApplyForm(request.POST)
        if not form.is_valid():
            return self._page(
                request, RosterUploadForm(), error=str(_("Please choose the file again.")), status=UNPROCESSABLE
            )
        content = form.cleaned_data["packed"]
        answers = Answers(same=frozenset(request.POST.getlist("same")), other=frozenset(request.POST.getlist("other")))
        if "show" in request.POST:
            # The answers to "another person?" change the difference: it is shown again before it can be applied.
            return self._difference_page(request, content, answers=answers)
        try:
            roster.apply(
                roster_file.read(content),
                plan_digest=form.cleaned_data["digest"],
                actor=desk_actor(request),
                answers=answers,
                end_absent=form.cleaned_data["end_absent"],
            )
        except AccountError as refusal:
            return self._difference_page(request, content, answers=answers, error=str(refusal), status=refusal.status)
        messages.success(request, _("The roster was imported."))
        return redirect("admin:accounts_user_changelist")


@admin.register(RosterImport)
class RosterImportAdmin(ReadOnlyAdmin):
    """Imports done, newest first."""

    list_display = ("imported_at", "imported_by", "people_count", "added_count", "changed_count", "ended_count")


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnlyAdmin):
    """Roles with their whole history; they are changed on the portal's page of roles."""

    list_display = ("person", "role", "offered_by", "confirmed_by", "from_at", "until_at", "ended_at")
    list_filter = ("role",)
    list_select_related = ("person", "offered_by", "confirmed_by")


@admin.register(EmploymentQuestion)
class EmploymentQuestionAdmin(ReadOnlyAdmin):
    """Questions with their answers."""

    list_display = ("person", "asked_at", "answered_at", "answered_by", "is_confirmed")
    list_select_related = ("person", "answered_by")


@admin.register(EmergencyLink)
class EmergencyLinkAdmin(ReadOnlyAdmin):
    """Emergency addresses, without what would open one."""

    list_display = ("person", "made_at", "expires_at", "used_at")
    list_select_related = ("person",)
    fields = list_display
