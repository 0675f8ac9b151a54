"""What every broken rule has: a stable code, a sentence for people, a status for a page."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


class RequestError(Exception):
    """A rule of the portal is broken; nothing was changed. `code` is stable, `params` fill the sentence."""

    code = "request.error"
    text = _("This cannot be done.")
    status = 409
    """HTTP status for a page that answers with this error alone."""

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        # The % goes to the lazy text: one with a plural chooses its form by `count` there.
        return self.text % self.params


class NotReady(RequestError):
    """Several rules are broken at once; `errors` has every one of them."""

    code = "request.not_ready"
    text = ngettext_lazy(
        "The request cannot go on yet: %(count)s point needs a change.",
        "The request cannot go on yet: %(count)s points need a change.",
        "count",
    )
    status = 422

    def __init__(self, errors: Iterable[RequestError]) -> None:
        self.errors = tuple(errors)
        super().__init__(count=len(self.errors))
