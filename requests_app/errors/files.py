"""Files for NII, and what NII answers to them."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from requests_app.errors.application import RuleBroken
from requests_app.errors.broken import RequestError


class InLiveFile(RequestError):
    code = "submission.in_live_file"
    text = _(
        "“%(action)s” is not possible now: the row is in the file %(file)s for NII. "
        "A registrar can discard that file as long as it has not been uploaded; after that, NII's answer to the file "
        "is recorded first."
    )


class SubmissionMoved(RequestError):
    code = "submission.moved"
    text = _("“%(action)s” is not possible any more: the file is now “%(state)s”. Somebody was faster.")


class NothingToFile(RequestError):
    code = "submission.nothing_to_file"
    text = _("No file was made: none of the rows shown can be submitted now.")


class FileChanged(RequestError):
    code = "submission.file_changed"
    text = _(
        "This page was about another file than %(file)s as it is stored. Nothing was recorded; open the file's page "
        "again and compare the SHA-256."
    )


class FileDamaged(RequestError):
    code = "submission.file_damaged"
    text = _(
        "The stored rows do not give the file that was made (%(file)s). "
        "Do not upload it; discard it and tell the operator."
    )


class NotDownloaded(RequestError):
    code = "submission.not_downloaded"
    text = _("Nobody has downloaded the file %(file)s yet, so it cannot have been uploaded.")


class FileDiscarded(RequestError):
    code = "submission.file_discarded"
    text = _("The file %(file)s was discarded. It must not be uploaded any more.")


class AnswerMissing(RequestError):
    code = "submission.answer_missing"
    text = _("Paste NII's error messages. If NII took every row, use the other button.")
    status = 422


class AnswerUnreadable(RequestError):
    """Pasted lines that match no row of the file; nothing was recorded. `lines` are those lines."""

    code = "submission.answer_unreadable"
    text = _(
        "Nothing was recorded: these lines name no row of the file. Paste NII's messages as they are, "
        "such as “212:1,主体者DN,…”, and leave everything else out: %(lines)s"
    )
    status = 422

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__(lines=" / ".join(line[:60] for line in self.lines[:5]))


class RenewInstead(RequestError):
    code = "submission.renew_instead"
    text = _("NII refused this row because it has a certificate with this CN: decide for 更新 instead (error 212).")


class NameHeldElsewhere(RuleBroken):
    code = "rule.name_held_elsewhere"
    field = "common_name"
    text = _("%(name)s is now in a valid certificate that somebody else holds, and nobody has settled that.")
