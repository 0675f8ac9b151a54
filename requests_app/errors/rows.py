"""CSRs and the rows made from them."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from requests_app.errors.broken import RequestError


class NoCsr(RequestError):
    code = "request.no_csr"
    text = _("There is no accepted CSR yet. Upload one first.")


class CsrRefused(RequestError):
    """The request (PKCS#10) breaks rules; `problems` is csr's own list."""

    code = "request.csr_refused"
    text = ngettext_lazy(
        "The CSR cannot be used: %(count)s point is wrong. Please make a new key pair and CSR.",
        "The CSR cannot be used: %(count)s points are wrong. Please make a new key pair and CSR.",
        "count",
    )
    status = 422

    def __init__(self, problems: Iterable[Any], *, key_used: bool = False) -> None:
        self.problems = tuple(problems)
        self.key_used = key_used
        super().__init__(count=sum(problem.is_error for problem in self.problems) + key_used)


class KeyUsedBefore(RequestError):
    code = "request.key_used_before"
    text = _("This key has already been used for another certificate. Please make a new key pair, and a CSR from it.")
    status = 422


class NotFullTime(RequestError):
    code = "request.sender_not_full_time"
    text = _("A full-time member of staff has to send it: the applicant or a full-time manager.")
    status = 403


class RowRefused(RequestError):
    """NII would refuse the row; `problems` is tsv's own list."""

    code = "request.row_refused"
    text = ngettext_lazy(
        "NII would not take this TSV row: %(count)s point is wrong.",
        "NII would not take this TSV row: %(count)s points are wrong.",
        "count",
    )
    status = 422

    def __init__(self, problems: Iterable[Any]) -> None:
        self.problems = tuple(problems)
        super().__init__(count=len(self.problems))


class SerialDoubtful(RequestError):
    code = "request.serial_doubtful"
    text = _(
        "No certificate with the serial number %(decimal)s is known, but there is one whose serial number has these "
        "digits in hexadecimal. If it is meant, write 0x%(typed)s; if not, check the number."
    )
    status = 422


class CertificateUnreadable(RequestError):
    code = "request.certificate_unreadable"
    text = _(
        "The serial number cannot be read from this certificate. Paste exactly one certificate in PEM, "
        "or type the number."
    )
    status = 422


class KindUndecided(RequestError):
    code = "request.kind_undecided"
    text = _("The portal cannot tell whether this is 発行 or 更新 (%(why)s). A registrar has to decide.")


class TsvFileRefused(RequestError):
    """A TSV file that somebody made by hand, from which nothing can be taken over; each subclass says why."""

    status = 422


class TsvFileUnreadable(TsvFileRefused):
    code = "request.tsv_file_unreadable"
    text = _(
        "This looks like a TSV file, but cannot be read as text: save it as Shift_JIS or UTF-8, "
        "or upload the CSR itself."
    )


class TsvFileEmpty(TsvFileRefused):
    code = "request.tsv_file_empty"
    text = _("There is no row in this TSV file. Upload a file with the row of this request, or the CSR itself.")


class TsvFileManyRows(TsvFileRefused):
    code = "request.tsv_file_many_rows"
    text = _("There is more than one row in this TSV file. Upload a file with the row of this request only.")


class TsvFileColumns(TsvFileRefused):
    code = "request.tsv_file_columns"
    text = _(
        "The row of this TSV file has %(found)s columns instead of %(expected)s. Empty columns keep their tabs, too; "
        "or upload the CSR itself."
    )


class TsvFileOtherKind(TsvFileRefused):
    code = "request.tsv_file_other_kind"
    text = _(
        "There is no CSR in column 7 of this TSV file: it is no file for 発行 or 更新. "
        "A revocation is asked for on the certificate's page, not with a file."
    )


class SoftwareKept(RequestError):
    """The person who gave the file may upload a CSR, but not change the application."""

    code = "request.software_kept"
    text = _(
        "The software in your file (%(software)s) was not taken over: only the applicant, and in a draft whoever "
        "prepared it, can change it."
    )
    status = 403
