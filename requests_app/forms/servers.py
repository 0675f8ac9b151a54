"""The port on which the server of a name speaks TLS."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.plain_text import PlainTextField


class PortForm(forms.Form):
    """One name and its port."""

    name = PlainTextField(max_length=64, widget=forms.HiddenInput)
    port = forms.IntegerField(
        label=_("Port"),
        min_value=1,
        max_value=65535,
        help_text=_("443 unless the server speaks TLS elsewhere, for example 636 (LDAPS) or 993 (IMAPS)."),
    )
