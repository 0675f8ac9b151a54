"""Several rows by their ids."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

MAX_DIGITS = 18
"""Digits of a row's id: no database has a longer one, and SQLite's driver raises on what fits into no integer."""

if TYPE_CHECKING:
    SeveralField = forms.ModelMultipleChoiceField[Any]
else:
    # Django's fields take a parameter in the type stubs only.
    SeveralField = forms.ModelMultipleChoiceField


class SeveralRows(SeveralField):
    """Rows by their ids; a number that is too long for an id is a choice that does not exist."""

    def clean(self, value: Any) -> Any:
        for one in value if isinstance(value, list | tuple) else ():
            if len(str(one)) > MAX_DIGITS:
                shown = {"value": f"{str(one)[:MAX_DIGITS]}…"}
                raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params=shown)
        return super().clean(value)
