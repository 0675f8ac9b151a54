"""Files and pasted texts: CSRs, NII's answers, zones."""

import base64
import binascii
import hashlib
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.plain_text import MultilineField
from requests_app.forms.decisions import ReasonForm
from requests_app.models import Mode
from requests_app.steps import zone_file


class CsrForm(forms.Form):
    """A CSR, pasted or as a file."""

    csr_text = forms.CharField(
        label=_("Paste the CSR here"),
        required=False,
        max_length=64 * 1024,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("The text from -----BEGIN CERTIFICATE REQUEST----- to -----END CERTIFICATE REQUEST-----."),
    )
    csr_file = forms.FileField(
        label=_("or choose the file"),
        required=False,
        help_text=_("PEM or DER, at most 64 KiB. Never the private key."),
    )

    def content(self) -> bytes:
        """Return what was given, the file first; empty when nothing was. Call after is_valid()."""
        upload = self.cleaned_data.get("csr_file")
        if upload:
            return bytes(upload.read(64 * 1024 + 1))
        return str(self.cleaned_data.get("csr_text") or "").encode("utf-8", "surrogatepass")


class ModeForm(forms.Form):
    """What was chosen in NII's upload form for a file with bad rows."""

    mode = forms.ChoiceField(
        label=_("What was chosen at NII for errors"),
        choices=Mode.choices,
        widget=forms.RadioSelect,
        help_text=_("NII recommends 全件処理を中断する: then one bad row keeps the whole file back."),
    )


class RepliesForm(forms.Form):
    """NII's error messages, pasted."""

    replies = MultilineField(
        label=_("NII's error messages"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "mono"}),
        help_text=_(
            "One in each line, as NII shows them, for example: 212:1,主体者DN,指定したDNはすでに存在しています。"
        ),
    )


class ZoneTextForm(forms.Form):
    """The lines of a zone with its administrators, as they should be."""

    zones_text = forms.CharField(
        label=_("The zone's lines"),
        max_length=zone_file.MAX_BYTES,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "mono"}),
        help_text=_(
            "The first line names the columns. Each further line is a zone with one administrator, for example "
            "cs.example.ac.jp,taro,,2026-04-01, – dates may stay empty. A zone with an empty account has no "
            "administrator."
        ),
    )

    def content(self) -> bytes:
        """Return what was given, as a file. Call after is_valid()."""
        return str(self.cleaned_data["zones_text"]).encode("utf-8", "surrogatepass")


class ZoneImportForm(ZoneTextForm):
    """Zones and their administrators in CSV, as a file or as text."""

    field_order = ("zones_file", "zones_text")

    zones_file = forms.FileField(
        label=_("CSV file"),
        required=False,
        help_text=_("Columns: zone, account, deputy_of, from, until. UTF-8 or Shift_JIS, at most 1 MiB."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zones_text"].label = _("or write the lines here")
        self.fields["zones_text"].required = False

    def clean(self) -> dict[str, Any]:
        """Refuse a form without a file and without text."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("zones_file") and not cleaned.get("zones_text"):
            self.add_error("zones_file", _("Choose a file, or write the lines."))
        return cleaned

    def content(self) -> bytes:
        """Return what was given, the file first."""
        upload = self.cleaned_data.get("zones_file")
        return bytes(upload.read(zone_file.MAX_BYTES + 1)) if upload else super().content()


class ZoneProposeForm(ReasonForm):
    """The file whose difference was shown, carried by the page in base64, with the digest that was shown."""

    content = forms.CharField(widget=forms.HiddenInput, max_length=2 * zone_file.MAX_BYTES)

    def clean_content(self) -> bytes:
        """Return the file's bytes. They are those that were shown, or they are refused."""
        try:
            content: bytes = base64.b64decode(self.cleaned_data["content"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise forms.ValidationError(_("Please choose the file again.")) from error
        if hashlib.sha256(content).hexdigest() != self.data.get("digest"):
            raise forms.ValidationError(_("Please choose the file again."))
        return content
