"""NII's list, proposed holders, and the gate before the first expiry mails."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from requests_app.errors.broken import RequestError


class ListEmpty(RequestError):
    code = "list.empty"
    text = _("The file is empty. Download NII's list of server certificates again and choose that file.")
    status = 422


class ListTooLarge(RequestError):
    code = "list.too_large"
    text = _("The file is larger than %(limit)s MiB. NII's list is a TSV file; check that you chose the right one.")
    status = 413


class ListHeaderMissing(RequestError):
    """`columns` are NII's names of the columns that were not found."""

    code = "list.header_missing"
    text = _(
        "This is not NII's list of server certificates: the first line does not name %(columns)s. "
        "Upload the file as NII's support system gives it, unchanged."
    )
    status = 422

    def __init__(self, columns: Iterable[str]) -> None:
        super().__init__(columns=", ".join(columns))


class ListWithoutRows(RequestError):
    code = "list.without_rows"
    text = _("No row of the file can be taken in (%(count)s cannot be read). Nothing was kept.")
    status = 422


class ListDateInFuture(RequestError):
    code = "list.date_in_future"
    text = _("The list cannot be of %(day)s: that day has not come yet.")
    status = 422


class ListDateTooEarly(RequestError):
    code = "list.date_too_early"
    text = _("The list cannot be of %(day)s: it tells of a change on %(newest)s.")
    status = 422


class ListMoved(RequestError):
    code = "list.moved"
    text = _("“%(action)s” is not possible any more: the list was confirmed or discarded already.")


class ProposalSettled(RequestError):
    code = "proposal.settled"
    text = _("%(person)s as holder of %(certificate)s: somebody has decided about this already.")


class ProposalForOneself(RequestError):
    code = "proposal.oneself"
    text = _("You are the person proposed as holder of %(certificate)s. Another registrar has to confirm it.")
    status = 403


class GateIsOpen(RequestError):
    code = "gate.open"
    text = _("The gate is open already.")
