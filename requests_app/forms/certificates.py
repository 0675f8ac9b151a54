"""A certificate that came back, its installation, and what becomes of those that it replaced."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.plain_text import MultilineField, PlainTextField
from inventory.models import Certificate
from requests_app.forms.decisions import REASON_LENGTH
from requests_app.models import Fate, RevocationReason
from requests_app.steps.replacing import Statement

MAX_FILE_BYTES = 1024 * 1024
"""Bytes of a file of certificates; a chain has about 8 KiB, an archive of 99 of them less than 1 MiB."""

STATEMENT_LENGTH = 300
"""Characters of the reason why a certificate is kept, or its names are given up."""


class CertificateFileForm(forms.Form):
    """A certificate, pasted or as a file."""

    certificate_text = forms.CharField(
        label=_("Paste the certificate here"),
        required=False,
        max_length=MAX_FILE_BYTES // 4,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off", "class": "mono"}),
        help_text=_("The text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----; a chain may follow."),
    )
    certificate_file = forms.FileField(
        label=_("or choose the file"),
        required=False,
        help_text=_("PEM, DER, PKCS#7 or ZIP, at most 1 MiB. Never the private key."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload = cleaned.get("certificate_file")
        if upload and upload.size > MAX_FILE_BYTES:
            self.add_error("certificate_file", _("The file is larger than 1 MiB. Choose the certificate's own file."))
        if not upload and not str(cleaned.get("certificate_text") or "").strip():
            self.add_error("certificate_text", _("Paste the certificate, or choose its file."))
        return cleaned

    def content(self) -> bytes:
        """Return what was given, the file first. Call after is_valid()."""
        upload = self.cleaned_data.get("certificate_file")
        if upload:
            return bytes(upload.read(MAX_FILE_BYTES + 1))
        return str(self.cleaned_data.get("certificate_text") or "").encode("utf-8", "surrogatepass")


class StatementsForm(forms.Form):
    """For each certificate replaced: revoked, since replaced everywhere (ticked before), or kept with a reason."""

    def __init__(
        self, *args: Any, certificates: Iterable[Certificate], given_up: Mapping[int, list[str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.certificates = list(certificates)
        for certificate in self.certificates:
            self._add(certificate, given_up.get(certificate.pk, []))

    def _add(self, certificate: Certificate, given_up: list[str]) -> None:
        ends = f"{timezone.localtime(certificate.not_after):%Y-%m-%d}" if certificate.not_after else "?"
        self.fields[f"fate_{certificate.pk}"] = forms.ChoiceField(
            label=_("%(name)s, serial number %(serial)s, valid until %(ends)s")
            % {"name": certificate.common_name, "serial": certificate.serial, "ends": ends},
            choices=Fate.choices,
            initial=Fate.KEEP if given_up else Fate.REVOKE,
            widget=forms.RadioSelect,
        )
        help_text = gettext("Needed if it is kept, for example: still on a second server until March.")
        if given_up:
            help_text = gettext(
                "It is also for %(names)s, which the new certificate is not: write why it is kept, or that these names "
                "are given up."
            ) % {"names": ", ".join(given_up)}
        self.fields[f"reason_{certificate.pk}"] = PlainTextField(
            label=_("Reason"), required=False, max_length=STATEMENT_LENGTH, help_text=help_text
        )

    def statements(self) -> dict[int, Statement]:
        """Return what is said, by certificate id. Call after is_valid()."""
        return {
            certificate.pk: Statement(
                Fate(self.cleaned_data[f"fate_{certificate.pk}"]), self.cleaned_data[f"reason_{certificate.pk}"]
            )
            for certificate in self.certificates
        }


class GiveUpForm(forms.Form):
    """Why an issued certificate is not going to be installed."""

    reason = forms.TypedChoiceField(
        label=_("What happened"),
        coerce=lambda value: RevocationReason(int(value)),
        choices=(
            (RevocationReason.CESSATION_OF_OPERATION.value, _("The certificate is not needed any more")),
            (RevocationReason.SUPERSEDED.value, _("The private key was lost (nobody else can have it)")),
        ),
        widget=forms.RadioSelect,
    )
    note = MultilineField(
        label=_("In a few words, for the registrars"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
