"""Codes that are stored → words that people read: outcomes, warnings, events, roles, doors."""

from django.utils.translation import gettext_lazy, pgettext_lazy

from requests_app.states import confirmation as confirmation_states
from requests_app.states import request as request_states

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
}

VIEWS = {"outside": gettext_lazy("outside"), "inside": gettext_lazy("inside the campus")}

EVENTS = {
    "CREATE": gettext_lazy("Draft made"),
    "DELETE": gettext_lazy("Draft deleted"),
    "CONTACT_AGREED": gettext_lazy("Agreed to be the subscriber contact"),
    "LOOK_UP_ASKED": gettext_lazy("Asked for a new look-up in DNS"),
    "TSV_DOWNLOADED": gettext_lazy("TSV file downloaded"),
    "LATER_ANSWER_YES": gettext_lazy("Later answer: yes"),
    "LATER_ANSWER_NO": gettext_lazy("Later answer: no"),
    "ANSWER_YES": gettext_lazy("Answer about a name: yes"),
    "ANSWER_NO": gettext_lazy("Answer about a name: no"),
}

ROLES = {
    "APPLICANT": gettext_lazy("applicant"),
    "PREPARER": gettext_lazy("preparer"),
    "MANAGER": gettext_lazy("certificate manager"),
    "CONTACT": gettext_lazy("subscriber contact"),
    "ZONE_ADMINISTRATOR": gettext_lazy("zone administrator"),
    "HOLDER": gettext_lazy("holder"),
    "REGISTRAR": gettext_lazy("registrar"),
    "AUDITOR": gettext_lazy("auditor"),
    "SYSTEM": gettext_lazy("the portal"),
}

DOORS = {
    "PORTAL": pgettext_lazy("door", "portal"),
    "ADMIN": pgettext_lazy("door", "registrars' desk"),
    "COMMAND": pgettext_lazy("door", "command line"),
    "MAIL_LINK": pgettext_lazy("door", "link in a mail"),
    "SYSTEM": pgettext_lazy("door", "automatic"),
}


def outcome(code: str) -> str:
    """Return the sentence for a DNS outcome."""
    return str(OUTCOMES.get(code, code))


def caa(code: str) -> str:
    """Return the sentence for a CAA verdict."""
    return str(CAA_VERDICTS.get(code, code))


def view(name: str) -> str:
    """Return the word for a DNS view; other institutions may have names of their own."""
    return str(VIEWS.get(name, name))


def warning(code: str) -> str:
    """Return the sentence for a warning about a name."""
    return str(WARNINGS[code])


def event(action: str) -> str:
    """Return what happened: the action's label, or the event's own words."""
    if action in EVENTS:
        return str(EVENTS[action])
    if action in request_states.Action.__members__:
        return str(request_states.TABLE.rules[request_states.Action(action)].label)
    if action in confirmation_states.ConfirmationAction.__members__:
        return str(confirmation_states.TABLE.rules[confirmation_states.ConfirmationAction(action)].label)
    return action


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
    _S.REJECTED: (gettext_lazy("The request was rejected"), gettext_lazy("The reason stands in the history below.")),
    _S.WITHDRAWN: (gettext_lazy("The request was withdrawn"), ""),
    _S.LAPSED: (
        gettext_lazy("The request has lapsed"),
        gettext_lazy("Nobody touched it for a long time. Please begin a new one."),
    ),
}


def next_step(state: str) -> tuple[str, str]:
    """Return what comes next in a state, as (title, text)."""
    title, text = _NEXT_STEPS[_S(state)]
    return str(title), str(text)
