"""What people type: NFC, and nothing that hides, turns around or controls text. One rule for every form and import."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (bidirectional marks, zero-width characters), surrogate, private, unassigned, line separators."""


ADDRESS_REFUSED = _(
    "An address cannot be given here: the portal takes no links, above all none to a private key. "
    "Describe it in words, without the address."
)


class ForbiddenCharacter(ValueError):
    """The text has a character that is never allowed; `character` is it."""

    def __init__(self, character: str) -> None:
        super().__init__(f"U+{ord(character):04X}")
        self.character = character


def normalised(text: str, *, multiline: bool = False) -> str:
    """Return `text` in NFC without blanks around it. Raises ForbiddenCharacter.

    Line breaks (as "\\n") and tabs (as a blank) are let through only where several lines are meant.
    """
    plain = unicodedata.normalize("NFC", text)
    if multiline:
        plain = plain.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    for character in plain:
        if unicodedata.category(character) in FORBIDDEN_CATEGORIES and not (multiline and character == "\n"):
            raise ForbiddenCharacter(character)
    return plain.strip()


_ADDRESSES = re.compile(
    r"""
    [a-z][a-z0-9+.-]*://[^\s/]                                  # https://host, smb://server
    | \\\\[a-z0-9]                                            # \\\\server\\share
    | (?<![a-z0-9.-]) (?:[a-z0-9-]+\.){2,}[a-z]{2,}
      / (?!(?:[a-z0-9-]+\.){2,}[a-z]{2,}(?:$|[\s,/)]))[^\s/]      # www.host/path, but not two host names and a slash
    | (?<![a-z0-9-]) (?:
        (?:drive|docs)\.google\.com | dropbox\.com | onedrive\.live\.com | 1drv\.ms | [a-z0-9-]+\.sharepoint\.com
        | app\.box\.com | icloud\.com | wetransfer\.com | gigafile\.nu
      ) (?![a-z0-9-])
    """,
    re.VERBOSE,
)
"""An address with a scheme, a network folder, a host with a path, a service where files are shared."""


def has_address(text: str) -> bool:
    """Tell whether `text` holds an address that somebody could follow; host names and words like "https" are none."""
    return _ADDRESSES.search(unicodedata.normalize("NFKC", text).lower()) is not None


class PlainTextField(forms.CharField):
    """One line of text. With `addresses=False`, a text with an address in it is refused."""

    multiline = False

    def __init__(self, *args: Any, addresses: bool = True, **kwargs: Any) -> None:
        self._addresses = addresses
        super().__init__(*args, **kwargs)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if not self._addresses and has_address(value):
            raise ValidationError(ADDRESS_REFUSED, code="address")

    def to_python(self, value: Any) -> str:
        try:
            return normalised(super().to_python(value) or "", multiline=self.multiline)
        except ForbiddenCharacter as error:
            raise ValidationError(
                _("There is an invisible or control character (%(character)s) in the text. Please delete it."),
                code="forbidden_character",
                params={"character": str(error)},
            ) from error


class MultilineField(PlainTextField):
    """Several lines of text."""

    multiline = True
    widget = forms.Textarea
