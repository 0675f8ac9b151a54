"""Codes that are stored → words that people read: outcomes, warnings, events, mails, roles, doors."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from requests_app.states import request as request_states
from requests_app.texts_of_events import EVENTS, MAILS

OUTCOMES = {
    "ADDRESS": gettext_lazy("The name has an address."),
    "NXDOMAIN": gettext_lazy("The name does not exist. Register it in DNS, then look it up again."),
    "NO_ADDRESS": gettext_lazy("The name exists, but has no address (A or AAAA). Add one, then look it up again."),
    "DANGLING_CNAME": gettext_lazy("The name is an alias (CNAME) of a name that does not exist. Correct the alias."),
    "CNAME_LOOP": gettext_lazy("The aliases (CNAME) of the name lead in a circle. Correct them."),
    "SERVFAIL": gettext_lazy(
        "The zone's name servers answer with a failure. It is asked again; tell the zone's administrator if it stays."
    ),
    "DNSSEC_FAILURE": gettext_lazy(
        "The zone's DNSSEC signatures are not valid. The CA will refuse it: tell the zone's administrator."
    ),
    "REFUSED": gettext_lazy("The resolver refuses to answer. It is asked again."),
    "REFERRAL": gettext_lazy(
        "The configured resolver answers only with a referral. The settings of the portal need a look."
    ),
    "TIMEOUT": gettext_lazy("No answer in time. It is asked again."),
    "UNREACHABLE": gettext_lazy("The resolver cannot be reached. It is asked again."),
    "BAD_ANSWER": gettext_lazy("The answer cannot be understood. It is asked again."),
    "GUARD_REFUSED": gettext_lazy("The portal's own gate forbids asking this resolver. The settings need a look."),
}

CAA_VERDICTS = {
    "NONE": gettext_lazy("No CAA record: any CA may issue."),
    "ALLOWS": gettext_lazy("The CAA record allows secomtrust.net."),
    "FORBIDS": gettext_lazy(
        "The CAA record does not allow secomtrust.net: NII cannot issue (error 338). Add it, or remove the record."
    ),
    "FAILED": gettext_lazy("The CAA record could not be read; the CA takes that as a refusal."),
}

WARNINGS = {
    "MISSING_OUTSIDE": gettext_lazy(
        "The name has no address outside the campus; NII may hold the certificate back (error 338)."
    ),
    "CAA_FORBIDS": gettext_lazy(
        "The CAA record does not allow secomtrust.net; NII would hold the certificate back (error 338)."
    ),
    "CAA_UNKNOWN": gettext_lazy("The CAA record could not be read."),
    "BY_LINK": gettext_lazy("A yes was given by the link in a mail alone, without a sign-in."),
}

TLS_OUTCOMES = {
    "SERVED": gettext_lazy("The server shows a certificate."),
    "REFUSED": gettext_lazy("Nothing listens at this port."),
    "TIMEOUT": gettext_lazy("No answer in time."),
    "UNREACHABLE": gettext_lazy("The server cannot be reached from the portal."),
    "NO_TLS": gettext_lazy("Something answers, but not with TLS."),
    "BAD_CERTIFICATE": gettext_lazy("What the server shows cannot be read as a certificate."),
    "NO_ADDRESS": gettext_lazy("DNS has no address for the name."),
    "ADDRESSES_UNKNOWN": gettext_lazy("The name may have further addresses, which were not looked at."),
    "NOT_ADMITTED": gettext_lazy("The portal's settings admit no look at this network."),
}
"""How a look at a server ended (probes.tls)."""

VIEWS = {"outside": gettext_lazy("outside"), "inside": gettext_lazy("inside the campus")}

CAA_WORDS = {
    "NONE": pgettext_lazy("CAA", "none"),
    "ALLOWS": pgettext_lazy("CAA", "allows"),
    "FORBIDS": pgettext_lazy("CAA", "does not allow"),
    "FAILED": pgettext_lazy("CAA", "not readable"),
}

NII_STATES = {
    0: pgettext_lazy("NII", "The first issue is under way at NII."),
    1: pgettext_lazy("NII", "The renewal is under way at NII."),
    2: pgettext_lazy("NII", "The revocation is under way at NII."),
    3: pgettext_lazy("NII", "Waiting for NII's mail with the link to the certificate."),
    4: pgettext_lazy("NII", "Waiting for pick-up: NII sent the link to the subscriber contact."),
    5: pgettext_lazy("NII", "Issued and picked up."),
    6: pgettext_lazy("NII", "Renewed."),
    7: pgettext_lazy("NII", "Revoked."),
    8: pgettext_lazy("NII", "Renewed; the old certificate waits for its revocation."),
    9: pgettext_lazy("NII", "Done; NII's mail about the completion is still to come."),
    10: pgettext_lazy("NII", "Revoked; NII's mail about the completion is still to come."),
    -1: pgettext_lazy("NII", "Refused: error of the format."),
    -2: pgettext_lazy("NII", "Stopped: error at the certification authority."),
    -3: pgettext_lazy("NII", "Stopped: error of NII's support system."),
}
"""tsv.listing_cells.State in words that say who has to do what."""

LIST_PROBLEMS = {
    "list.certificate_unreadable": gettext_lazy(
        "The certificate cannot be read; the row counts without it. Look at it in the list."
    ),
    "list.row_unnamed": gettext_lazy(
        "The row has neither NII's application id nor a certificate, so nobody knows which it is. It was skipped."
    ),
    "list.row_too_long": gettext_lazy(
        "A text of the row is longer than anything that NII takes, or holds a character that no text has. "
        "It was skipped."
    ),
}

ROLES = {
    "APPLICANT": gettext_lazy("applicant"),
    "PREPARER": gettext_lazy("preparer"),
    "MANAGER": gettext_lazy("certificate manager"),
    "CONTACT": gettext_lazy("subscriber contact"),
    "ZONE_ADMINISTRATOR": gettext_lazy("zone administrator"),
    "HOLDER": gettext_lazy("holder"),
    "SUCCESSOR": gettext_lazy("successor"),
    "ASKER": gettext_lazy("who asked"),
    "REGISTRAR": gettext_lazy("registrar"),
    "AUDITOR": gettext_lazy("auditor"),
    "SETTINGS_ADMINISTRATOR": gettext_lazy("settings administrator"),
    "BREAK_GLASS": gettext_lazy("break-glass"),
    "SYSTEM": gettext_lazy("the portal"),
}

DOORS = {
    "PORTAL": pgettext_lazy("door", "portal"),
    "ADMIN": pgettext_lazy("door", "registrars' desk"),
    "COMMAND": pgettext_lazy("door", "command line"),
    "MAIL_LINK": pgettext_lazy("door", "link in a mail"),
    "SYSTEM": pgettext_lazy("door", "automatic"),
}


SERVING = {
    "EVERYWHERE": gettext_lazy("every server shows it"),
    "SOMEWHERE": gettext_lazy("some server still shows it"),
    "NOWHERE": gettext_lazy("no server shows it any more"),
    "UNKNOWN": gettext_lazy("not seen: nothing can be said"),
}
"""What the last look at servers says about a certificate (inventory.serving)."""


def serving(code: str) -> str:
    """Return what servers show of a certificate."""
    return str(SERVING.get(code, code))


def nii_state(state: int) -> str:
    """Return what a state in NII's list means."""
    return str(NII_STATES.get(state, state))


def outcome(code: str) -> str:
    """Return the sentence for a DNS outcome."""
    return str(OUTCOMES.get(code, code))


def tls_outcome(code: str) -> str:
    """Return the sentence for a look at a server."""
    return str(TLS_OUTCOMES.get(code, code))


def caa(code: str) -> str:
    """Return the sentence for a CAA verdict."""
    return str(CAA_VERDICTS.get(code, code))


def view(name: str) -> str:
    """Return the word for a DNS view; other institutions may have names of their own."""
    return str(VIEWS.get(name, name))


def warning(code: str) -> str:
    """Return the sentence for a warning about a name."""
    return str(WARNINGS[code])


def caa_word(code: str) -> str:
    """Return the word for a CAA verdict, for a column."""
    return str(CAA_WORDS.get(code, code))


def event(action: str) -> str:
    """Return what happened, as a fact."""
    return str(EVENTS.get(action, action))


def mail(kind: str) -> str:
    """Return what a kind of mail is about."""
    return str(MAILS.get(kind, kind))


def listed(words: Iterable[str]) -> str:
    """Return words one after another as the reader's language separates them."""
    return pgettext("between the words of a list", ", ").join(words)


def role(code: str) -> str:
    """Return the word for an acting role."""
    return str(ROLES.get(code, code))


def door(code: str) -> str:
    """Return the word for a door."""
    return str(DOORS.get(code, code))


_S = request_states.State
_NEXT_STEPS = {
    _S.DRAFT: (
        gettext_lazy("Fill in the application, then apply"),
        gettext_lazy("A draft can be saved at any time; nobody else is asked yet."),
    ),
    _S.CONFIRMING: (
        gettext_lazy("The names are being confirmed"),
        gettext_lazy(
            "The portal looks them up in DNS and has asked the zones' administrators by mail. You will get a mail."
        ),
    ),
    _S.REVIEWING: (
        gettext_lazy("The Information Technology Center is reviewing the request"),
        gettext_lazy("You will get a mail with the result."),
    ),
    _S.RETURNED: (
        gettext_lazy("Correct the application and apply again"),
        gettext_lazy("The reason stands in the history below."),
    ),
    _S.APPROVED: (
        gettext_lazy("Make a key pair and a CSR, and upload the CSR"),
        gettext_lazy("The exact commands are on the next page. The private key stays on your server."),
    ),
    _S.PREPARED: (
        gettext_lazy("The Information Technology Center is looking at the TSV row"),
        gettext_lazy("Something about it needs a registrar's eye; you will hear when a correction is needed."),
    ),
    _S.QUEUED: (
        gettext_lazy("The row is waiting to be submitted to NII"),
        gettext_lazy("The Information Technology Center submits it with the next file."),
    ),
    _S.SUBMITTED: (
        gettext_lazy("NII is working on it"),
        gettext_lazy(
            "When NII has accepted it, its mail with the link goes to the subscriber contact only. You will hear then."
        ),
    ),
    _S.HELD: (
        gettext_lazy("NII did not take the row"),
        gettext_lazy("What NII answered stands below. The Information Technology Center decides what comes next."),
    ),
    _S.ISSUED: (
        gettext_lazy("Install the certificate, then report it here"),
        gettext_lazy("Certificates that it replaces stay valid until you say that they are replaced everywhere."),
    ),
    _S.INSTALLED: (
        gettext_lazy("The certificates that were replaced are being revoked"),
        gettext_lazy("You need do nothing more, unless you decided to keep one that is not needed any more."),
    ),
    _S.COMPLETED: (gettext_lazy("The request is complete"), ""),
    _S.REJECTED: (gettext_lazy("The request was rejected"), gettext_lazy("The reason stands in the history below.")),
    _S.WITHDRAWN: (gettext_lazy("The request was withdrawn"), ""),
    _S.LAPSED: (
        gettext_lazy("The request has lapsed"),
        gettext_lazy("Nobody touched it for a long time. Please begin a new one."),
    ),
}


def turn_at_nii(actions: Iterable[str]) -> str:
    """Return who has the ball after NII's messages: DNS and CAA are the applicant's and their zone's, the rest ours."""
    if "check-dns" in actions:
        return str(
            gettext_lazy(
                "The applicant and the zone administrator: the name has to resolve everywhere, and CAA has to allow "
                "secomtrust.net. Tell the Information Technology Center when that is done."
            )
        )
    return str(gettext_lazy("The Information Technology Center."))


def next_step(state: str) -> tuple[str, str]:
    """Return what comes next in a state, as (title, text)."""
    title, text = _NEXT_STEPS[_S(state)]
    return str(title), str(text)
