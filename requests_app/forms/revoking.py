"""Asking for a revocation, and the file that proves it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.plain_text import PlainTextField
from csr import revocation
from requests_app.forms.decisions import DigestForm
from requests_app.models import Revocation, RevocationReason
from tsv import fields

COMMENT_LENGTH = fields.column(fields.Kind.REVOKE, 6).max_length


class RevocationForm(forms.Form):
    """Why a certificate is to be revoked."""

    reason = forms.TypedChoiceField(
        label=_("Reason"), choices=RevocationReason.choices, coerce=int, widget=forms.RadioSelect
    )
    comment = PlainTextField(
        label=_("Comment for NII"),
        required=False,
        max_length=COMMENT_LENGTH,
        help_text=_("Needed with “something else (0)”. NII and the registrars read it; no personal matters, please."),
    )


class StatusForm(forms.Form):
    """A CRL or an OCSP response."""

    status_file = forms.FileField(
        label=_("CRL or OCSP response"), help_text=_("As the CA serves it: DER or PEM, at most 2 MiB.")
    )

    def content(self) -> bytes:
        """Return the file's bytes, cut one past the limit, which the reader then refuses. Call after is_valid()."""
        return bytes(self.cleaned_data["status_file"].read(revocation.MAX_BYTES + 1))


class ShownRevocationForm(DigestForm):
    """One revocation of a batch, and the digest of its row as the page showed it."""

    revocation = forms.ModelChoiceField(Revocation.objects.all())
