"""An application as browsers post it: drafts, amendments, adjustments."""

import re
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.plain_text import MultilineField, PlainTextField
from inventory.models import Certificate
from requests_app import errors
from requests_app.forms.choices import SeveralRows
from requests_app.models import CertificateRequest, Purpose
from requests_app.steps.contents import Contents
from tsv import fields as tsv_fields

APPLICANT_IS_CONTACT = "applicant"


def _limit(column: int) -> int:
    return tsv_fields.column(tsv_fields.Kind.ISSUE, column).max_length


class CertificateChoices(SeveralRows):
    """Certificates that can be replaced, with serial number and end."""

    def label_from_instance(self, obj: Certificate) -> str:
        until = f"{timezone.localtime(obj.not_after):%Y-%m-%d}" if obj.not_after else "?"
        return f"{obj.common_name} – {obj.serial} – {until}"


class DraftForm(forms.Form):
    """What an application says. Everything may be empty in a draft."""

    needed = ("purpose", "common_name", "software")
    """Fields that applying needs; components/field.html marks them."""

    purpose = forms.ChoiceField(
        label=_("Purpose"),
        choices=Purpose.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("For research and education all managers are full-time; a student activity may have students."),
    )
    common_name = PlainTextField(
        label=_("Server name (FQDN, the certificate's CN)"),
        required=False,
        max_length=255,
        help_text=_("For example www.cs.uec.ac.jp. It becomes public in Certificate Transparency logs."),
    )
    further_names = MultilineField(
        label=_("Further names (dNSName)"),
        required=False,
        max_length=2500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One name in each line, at most 7. Leave empty when there is only one name."),
    )
    applicant = PlainTextField(
        label=_("Applicant (UEC account)"),
        required=False,
        max_length=100,
        help_text=_(
            "The full-time member of staff who answers for the certificate. Leave empty if it is you; "
            "otherwise you prepare the draft and they apply with one click."
        ),
    )
    managers = MultilineField(
        label=_("Certificate managers (UEC accounts)"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Up to 3 people who do or supervise the work, one account in each line. You need not name yourself."
        ),
    )
    contact = PlainTextField(
        label=_("Subscriber contact (UEC account)"),
        required=False,
        max_length=100,
        help_text=_(
            "NII sends the link to the certificate to this person, once. Leave empty for the applicant; "
            "a full-time manager has to agree and is asked by mail."
        ),
    )
    contact_name = PlainTextField(
        label=_("The contact's name as written for NII"),
        required=False,
        max_length=_limit(8),
        help_text=_("Leave empty to take it from the roster. NII's files know JIS X 0208 only (髙 becomes 高)."),
    )
    contact_affiliation = PlainTextField(
        label=_("The contact's affiliation as written for NII"), required=False, max_length=_limit(9)
    )
    software = PlainTextField(
        label=_("Server software"),
        required=False,
        addresses=False,
        max_length=_limit(12),
        help_text=_("Name and version of the software that will use the certificate, for example nginx 1.24."),
    )
    installation = PlainTextField(
        label=_("Installation"),
        required=False,
        addresses=False,
        max_length=200,
        help_text=_("Only where several machines have the same name: which one is this certificate for?"),
    )
    replaced = CertificateChoices(
        label=_("Certificates replaced"),
        required=False,
        queryset=Certificate.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Your certificates that this one will replace. They stay valid until you report the installation."),
    )

    def __init__(self, *args: Any, replaceable: QuerySet[Certificate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["replaced"].queryset = replaceable  # type: ignore[attr-defined]  # a Field, by the stub
        if not replaceable.exists():
            del self.fields["replaced"]

    def contents(self) -> Contents:
        """Return the form's values for the service. Call after is_valid()."""
        given = self.cleaned_data
        return Contents(
            applicant_account=given["applicant"],
            purpose=given["purpose"],
            common_name=given["common_name"],
            further_names=words(given["further_names"]),
            manager_accounts=words(given["managers"]),
            contact_account=given["contact"],
            contact_name=given["contact_name"],
            contact_affiliation=given["contact_affiliation"],
            software=given["software"],
            installation=given["installation"],
            replaced_ids=tuple(certificate.pk for certificate in given.get("replaced", ())),
        )

    def add_rule_errors(self, broken: "errors.NotReady") -> None:
        """Show each broken rule at its field."""
        places = {"subscriber_contact": "contact"}
        for error in broken.errors:
            name = places.get(getattr(error, "field", ""), getattr(error, "field", ""))
            self.add_error(name if name in self.fields else None, str(error))


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text field: separated by line breaks, blanks or commas; each once is the rules' matter."""
    return tuple(word for word in re.split(r"[\s,、，]+", text) if word)


def draft_initial(request: CertificateRequest) -> dict[str, Any]:
    """Return a stored draft as the form shows it."""
    contact = request.subscriber_contact
    managers = [m.person.account for m in request.managements.filter(until_at=None).select_related("person")]
    return {
        "purpose": request.purpose,
        "common_name": request.common_name,
        "further_names": "\n".join(request.further_names),
        "applicant": request.applicant.account if request.applicant_id != request.prepared_by_id else "",
        "managers": "\n".join(managers),
        "contact": contact.account if contact and contact != request.applicant else "",
        "contact_name": request.contact_name,
        "contact_affiliation": request.contact_affiliation,
        "software": request.software,
        "installation": request.installation,
        "replaced": list(request.replaced.values_list("pk", flat=True)),
    }


class AdjustForm(forms.Form):
    """Fewer managers, or other software."""

    managers = SeveralRows(
        label=_("Managers who stay"), required=False, queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    software = PlainTextField(label=_("Server software"), addresses=False, max_length=_limit(12))

    def __init__(self, *args: Any, people: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["managers"].queryset = people  # type: ignore[attr-defined]  # a Field, by the stub
        self.fields["managers"].label_from_instance = lambda person: person.display_name  # type: ignore[attr-defined]
