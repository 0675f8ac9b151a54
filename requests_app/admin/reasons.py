"""The reason of a decision at the desk: the field that asks for it, and what was written in it."""

from django.http import HttpRequest

from requests_app import errors, forms


def empty_form(prefix: str, *, required: bool) -> forms.ReasonForm:
    """Return an empty form for a reason whose mark and browser check say whether the verb demands one."""
    form = forms.ReasonForm(auto_id=f"id_{prefix}_%s")
    form.fields["reason"].required = required
    return form


def posted(request: HttpRequest) -> str:
    """Return the reason that was written, which may be empty. Raises TextRefused when it cannot be taken."""
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        raise errors.TextRefused(problem=" ".join(map(str, form.errors["reason"])))
    return str(form.cleaned_data["reason"])
