"""What people type: NFC, and nothing that hides, turns around or controls text. One rule for every form and import."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (bidirectional marks, zero-width characters), surrogate, private, unassigned, line separators."""


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


class PlainTextField(forms.CharField):
    """One line of text."""

    multiline = False

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
