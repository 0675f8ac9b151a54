"""Who gets what answer at every address, in every state of a request: the table that test_access.py walks.

An answer is a status, or SIGN_IN: led to the sign-in page (the desk's own sign-in page answers 403 to somebody who is
signed in and has no role). The first rule that fits counts; where none fits the address is hidden: 404.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from requests_app.states import Action, State
from requests_app.states.request import TABLE as TABLE_OF_REQUESTS
from tests.architecture.stage import Kind

SIGN_IN = "sign-in"
HIDDEN = 404
Answer = int | str

AWAY = frozenset({Kind.LEFT, Kind.NOBODY})
DESK = frozenset({Kind.REGISTRAR, Kind.AUDITOR, Kind.SETTINGS_ADMINISTRATOR})
SIGNED_IN = frozenset(Kind) - AWAY
NO_ROLE = SIGNED_IN - DESK
APPLICANT = frozenset({Kind.APPLICANT})
AUTHORS = frozenset({Kind.APPLICANT, Kind.PREPARER})
INVOLVED = AUTHORS | {Kind.MANAGER, Kind.CONTACT}
REGISTRAR = frozenset({Kind.REGISTRAR})
VIEWERS = frozenset({Kind.REGISTRAR, Kind.AUDITOR})
READERS = INVOLVED | VIEWERS
HOLDERS = APPLICANT
"""Who holds the certificate of the stage."""
"""Who sees a request. The contact here is a manager, too."""

HAND_OVER_PEOPLE = APPLICANT | VIEWERS | {Kind.STRANGER}
"""Who sees the hand-over of the stage: who asked, who is asked, registrars and auditors."""

ALL = frozenset(State)
MOVABLE = frozenset(TABLE_OF_REQUESTS.rules[Action.HAND_OVER].moves)
DRAFTS = frozenset({State.DRAFT, State.RETURNED})
WITHDRAWABLE = frozenset(
    {State.CONFIRMING, State.REVIEWING, State.RETURNED, State.APPROVED, State.PREPARED, State.QUEUED, State.HELD}
)
ISSUED = frozenset({State.ISSUED})
INSTALLED = frozenset({State.INSTALLED})
WITH_CERTIFICATE = ISSUED | INSTALLED | {State.COMPLETED}
AT_NII = frozenset({State.SUBMITTED, State.HELD})
WITH_ROW = WITH_CERTIFICATE | AT_NII | {State.PREPARED, State.QUEUED}
RESPONSIBLE = frozenset({Kind.APPLICANT, Kind.MANAGER, Kind.CONTACT})
"""Who answers for the certificate once it is there. The contact here is a manager, too."""


@dataclass(frozen=True)
class Rule:
    """`who` gets `answer` while the request is in one of `states`."""

    answer: Answer
    who: frozenset[Kind]
    states: frozenset[State]


def to(answer: Answer, who: frozenset[Kind] = SIGNED_IN, states: frozenset[State] = ALL) -> Rule:
    return Rule(answer, who, states)


@dataclass(frozen=True)
class Move:
    """The only posts without a body that change a state: None is deleted."""

    who: frozenset[Kind]
    states: frozenset[State]
    target: State | None


@dataclass(frozen=True)
class Row:
    """One address, as the resolver writes it."""

    address: str
    get: tuple[Rule, ...]
    post: tuple[Rule, ...]
    anonymous: bool = False
    """Open to somebody who is not signed in: `get` and `post` say what they get."""
    moves: tuple[Move, ...] = ()
    drafts: frozenset[Kind] = frozenset()
    """For whom a post without a body makes a new draft."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What stands for the parameters; ids of rows come from the stage."""

    @property
    def is_desk(self) -> bool:
        return self.address.startswith("admin/")

    @property
    def is_of_request(self) -> bool:
        return self.address.startswith(("requests/<", "confirmations/<", "admin/requests_app/certificaterequest/<"))

    def expected(self, method: str, kind: Kind, state: State) -> Answer:
        """What `kind` gets for `method` ("get", "post")."""
        if kind in AWAY and not self.anonymous:
            return SIGN_IN
        rules = self.get if method == "get" else self.post
        found = next((rule.answer for rule in rules if kind in rule.who and state in rule.states), None)
        if found is not None:
            return found
        return SIGN_IN if self.is_desk and kind in NO_ROLE else HIDDEN

    def moved(self, kind: Kind, state: State) -> State | None:
        """The state after a post without a body; None: deleted."""
        fitting = (move.target for move in self.moves if kind in move.who and state in move.states)
        return next(fitting, state)

    def depends_on_state(self, method: str) -> bool:
        """Whether asking in one state would not say it all."""
        return self.is_of_request and (self.get if method == "get" else self.post) != READ_ONLY


READ_ONLY = POST_ONLY = (to(405),)
OK = (to(200),)
LEADS_ON = (to(302),)
ANYBODY = frozenset(Kind)


def of_request(
    address: str,
    *,
    get: tuple[Rule, ...] = POST_ONLY,
    post: tuple[Rule, ...] = READ_ONLY,
    moves: tuple[Move, ...] = (),
    **values: str,
) -> Row:
    return Row(f"requests/<int:pk>/{address}", get, post, moves=moves, values=values)


def opened(address: str, *, get: tuple[Rule, ...], post: tuple[Rule, ...], **values: str) -> Row:
    return Row(address, get, post, anonymous=True, values=values)


_SHOWN = (to(200, READERS),)
_SENT_BACK = (to(302, READERS),)
# Whoever only prepared it has no hand in it after the application.
_EDITED = (to(200, AUTHORS, frozenset({State.DRAFT})), to(200, APPLICANT, DRAFTS), to(302, READERS))
_AMENDED = (
    to(200, APPLICANT, frozenset({State.REVIEWING, State.APPROVED, State.PREPARED, State.QUEUED})),
    to(302, READERS),
)
_ADJUSTED = (to(200, APPLICANT, frozenset({State.APPROVED, State.PREPARED, State.QUEUED})), to(302, READERS))
_QUESTION = (to(200, frozenset({Kind.ZONE_ADMINISTRATOR}), ALL - {State.DRAFT}),)
_ZONE_PAGE = (to(200, frozenset({Kind.ZONE_ADMINISTRATOR})),)

PORTAL = (
    Row("", LEADS_ON, LEADS_ON),
    Row("requests/", OK, READ_ONLY),
    Row("requests/new/", OK, OK),
    of_request("", get=_SHOWN),
    of_request("edit/", get=_EDITED, post=_EDITED),
    of_request("check/", get=(to(200, READERS, DRAFTS), to(302, READERS)), post=_SENT_BACK),
    of_request("delete/", post=_SENT_BACK, moves=(Move(AUTHORS, frozenset({State.DRAFT}), None),)),
    of_request(
        "act/<str:action>/",
        post=_SENT_BACK,
        moves=(Move(APPLICANT, WITHDRAWABLE, State.WITHDRAWN),),
        action="WITHDRAW",
    ),
    of_request("look-up/", post=_SENT_BACK),
    of_request("contact/", get=_SHOWN, post=_SENT_BACK),
    of_request("comment/", post=(to(422, READERS),)),
    of_request("amend/", get=_AMENDED, post=_AMENDED),
    of_request("adjust/", get=_ADJUSTED, post=_ADJUSTED),
    of_request(
        "hand-over/",
        get=(to(200, INVOLVED - {Kind.PREPARER}, MOVABLE), to(302, READERS)),
        post=(to(422, INVOLVED - {Kind.PREPARER}, MOVABLE), to(302, READERS)),
    ),
    of_request("csr/", get=_SHOWN),
    of_request(
        "csr/upload/",
        post=(
            to(422, INVOLVED, frozenset({State.DRAFT})),
            to(422, INVOLVED - {Kind.PREPARER}, frozenset({State.RETURNED, State.APPROVED})),
            to(302, READERS),
        ),
    ),
    of_request("csr/send/", post=_SENT_BACK),
    of_request("tsv/", get=(to(200, READERS - {Kind.PREPARER}, WITH_ROW), to(HIDDEN))),
    of_request(
        "certificate/",
        get=(to(200, RESPONSIBLE | REGISTRAR, AT_NII), to(302, READERS)),
        post=(to(422, RESPONSIBLE | REGISTRAR, AT_NII), to(302, READERS)),
    ),
    of_request("certificate.pem", get=(to(200, READERS, WITH_CERTIFICATE), to(HIDDEN))),
    of_request(
        "installed/",
        get=(to(200, RESPONSIBLE, ISSUED), to(302, READERS)),
        post=_SENT_BACK,
        # Nothing is replaced here, so that the report is one click.
        moves=(Move(RESPONSIBLE, ISSUED, State.COMPLETED),),
    ),
    of_request(
        "replaced/",
        get=(to(200, RESPONSIBLE, INSTALLED), to(302, READERS)),
        post=(to(422, RESPONSIBLE, INSTALLED), to(302, READERS)),
    ),
    of_request(
        "give-up/",
        get=(to(200, RESPONSIBLE, ISSUED), to(302, READERS)),
        post=(to(422, RESPONSIBLE, ISSUED), to(302, READERS)),
    ),
    Row("certificates/<int:pk>/servers/", (to(200, HOLDERS | VIEWERS),), (to(405),)),
    Row("certificates/<int:pk>/servers/look/", POST_ONLY, (to(302, HOLDERS | VIEWERS),)),
    Row("certificates/<int:pk>/servers/port/", POST_ONLY, (to(302, HOLDERS | VIEWERS),)),
    Row("certificates/<int:pk>/revoke/", (to(200, HOLDERS | VIEWERS),), (to(422, HOLDERS | VIEWERS),)),
    Row("certificates/<int:pk>/revocation/cancel/", POST_ONLY, (to(302, HOLDERS | VIEWERS),)),
    Row("certificates/", OK, READ_ONLY),
    Row("certificates/<int:pk>/", (to(200, HOLDERS | VIEWERS),), READ_ONLY),
    # The stage's certificate is known from NII's list only: there is no file of it.
    Row("certificates/<int:pk>/pem/", (to(HIDDEN),), READ_ONLY),
    # A registrar speaks for holders only where none is full-time; who may not is led back to the certificate's page.
    Row(
        "certificates/<int:pk>/not-needed/",
        (to(200, HOLDERS), to(302, VIEWERS)),
        (to(422, HOLDERS), to(302, VIEWERS)),
    ),
    Row("certificates/<int:pk>/needed/", POST_ONLY, (to(302, HOLDERS | VIEWERS),)),
    Row("certificates/<int:pk>/renew/", POST_ONLY, (to(302, HOLDERS | VIEWERS),), drafts=HOLDERS),
    Row(
        "certificates/<int:pk>/hand-over/",
        (to(200, HOLDERS), to(302, VIEWERS)),
        (to(422, HOLDERS), to(302, VIEWERS)),
    ),
    # A stranger is asked to take a certificate over.
    Row("hand-overs/<int:hand_over_id>/", (to(200, HAND_OVER_PEOPLE),), (to(302, HAND_OVER_PEOPLE),)),
    Row("hosting/", OK, READ_ONLY),
    Row("confirmations/", OK, READ_ONLY),
    Row("confirmations/<int:pk>/", _QUESTION, _QUESTION),
    Row("zones/", _ZONE_PAGE, READ_ONLY),
    Row("zones/absences/", POST_ONLY, (to(422, frozenset({Kind.ZONE_ADMINISTRATOR})),)),
    # Nobody else's absences and grants are theirs.
    Row("zones/absences/<int:pk>/cancel/", POST_ONLY, (), values={"pk": "0"}),
    Row("zones/grants/<int:pk>/withdraw/", POST_ONLY, (), values={"pk": "0"}),
    Row("l/", LEADS_ON, READ_ONLY),
    opened("confirmations/by-link/", get=(to(302, ANYBODY),), post=(to(302, ANYBODY),)),
    opened("l/<str:token>/", get=(to(410, ANYBODY),), post=(to(405, ANYBODY),), token="forged"),
    opened("health/", get=(to(200, ANYBODY),), post=(to(405, ANYBODY),)),
    opened("accessibility/", get=(to(200, ANYBODY),), post=(to(405, ANYBODY),)),
)

_SEEN_AT_DESK = (to(200, VIEWERS), to(403))
_BY_REGISTRAR = (to(403, SIGNED_IN - REGISTRAR),)

ACCOUNTS = (
    opened("accounts/login/", get=(to(200, AWAY), to(302)), post=(to(405, ANYBODY),)),
    # The tests' provider is away: the page says so.
    opened(
        "accounts/oidc/<slug:provider_id>/login/",
        get=(to(405, ANYBODY),),
        post=(to(503, ANYBODY),),
        provider_id="uec",
    ),
    opened(
        "accounts/oidc/<slug:provider_id>/login/callback/",
        get=(to(400, ANYBODY),),
        post=(to(405, ANYBODY),),
        provider_id="uec",
    ),
    opened("accounts/logout/", get=(to(302, AWAY), to(200)), post=(to(302, ANYBODY),)),
    opened("accounts/signed-out/", get=(to(200, ANYBODY),), post=(to(405, ANYBODY),)),
    opened("accounts/emergency/<str:token>/", get=(to(403, ANYBODY),), post=(to(403, ANYBODY),), token="forged"),
    opened("accounts/language/", get=(to(405, ANYBODY),), post=(to(302, ANYBODY),)),
    Row("accounts/me/", OK, READ_ONLY),
    Row("accounts/me/employment-question/", POST_ONLY, LEADS_ON),
    Row("accounts/me/sign-out-everywhere/", POST_ONLY, LEADS_ON),
    Row("accounts/roles/", _SEEN_AT_DESK, READ_ONLY),
    Row("accounts/roles/offer/", POST_ONLY, (to(422, REGISTRAR), *_BY_REGISTRAR)),
    Row("accounts/roles/<int:grant_id>/confirm/", POST_ONLY, (to(302, REGISTRAR), *_BY_REGISTRAR)),
    Row("accounts/roles/<int:grant_id>/end/", POST_ONLY, LEADS_ON),
    Row("accounts/employment-questions/", _SEEN_AT_DESK, READ_ONLY),
    Row(
        "accounts/employment-questions/<int:question_id>/answer/",
        POST_ONLY,
        (to(422, REGISTRAR), *_BY_REGISTRAR),
    ),
)


def desk(
    address: str,
    *,
    get: tuple[Rule, ...] = (to(405, DESK),),
    post: tuple[Rule, ...] = (to(405, DESK),),
    **values: str,
) -> Row:
    return Row(f"admin/{address}", get, post, values=values)


_DECIDED = (to(302, REGISTRAR), to(403, DESK))
_FOR_VIEWERS = (to(200, VIEWERS), to(403, DESK))
_NEVER = (to(403, DESK),)
_REQUEST = "requests_app/certificaterequest/<int:pk>"

DESK_PAGES = (
    desk("", get=(to(200, DESK),), post=(to(200, DESK),)),
    Row(
        "admin/login/",
        (to(SIGN_IN, AWAY), to(302, DESK), to(403)),
        (to(SIGN_IN, AWAY), to(302, DESK), to(403)),
        anonymous=True,
    ),
    desk("logout/", get=LEADS_ON, post=LEADS_ON),
    desk("password_change/", get=(to(302, DESK),), post=(to(302, DESK),)),
    desk("password_change/done/", get=(to(200, DESK),)),
    desk("autocomplete/", get=_NEVER),
    desk("jsi18n/", get=(to(200, DESK),)),
    desk(
        "r/<path:content_type_id>/<path:object_id>/",
        get=(to(HIDDEN, DESK),),
        post=(to(HIDDEN, DESK),),
        content_type_id="0",
        object_id="0",
    ),
    desk("<app_label>/", get=(to(200, DESK),), post=(to(200, DESK),), app_label="requests_app"),
    desk("<url>", get=(to(HIDDEN, DESK),), post=(to(HIDDEN, DESK),), url="nothing/"),
    desk("accounts/user/import/", get=(to(200, REGISTRAR), *_NEVER), post=(to(422, REGISTRAR), *_NEVER)),
    desk("accounts/breakglass/open/", get=_NEVER, post=_NEVER),
    desk("accounts/breakglass/close/", post=_DECIDED),
    desk("accounts/breakglass/<int:pk>/review/", post=_DECIDED),
    *(
        desk(
            f"requests_app/zone/{page}/",
            get=(to(403, frozenset({Kind.AUDITOR})), to(200, DESK)),
            post=(to(403, frozenset({Kind.AUDITOR})), to(422, DESK)),
        )
        for page in ("import", "<int:pk>/lines")
    ),
    desk("requests_app/zone/download/", get=(to(200, DESK),)),
    *(
        desk(f"requests_app/zonechange/<int:pk>/{step}/", post=(to(403, frozenset({Kind.AUDITOR})), to(302, DESK)))
        for step in ("apply", "discard")
    ),
    *(
        desk(f"{_REQUEST}/{decision}/", post=_DECIDED)
        for decision in (
            *("approve", "override", "record-answer", "accept", "correct", "decide-kind", "resubmit"),
            *("installed", "unauthorised"),
        )
    ),
    desk(f"{_REQUEST}/comment/", post=(to(422, REGISTRAR), *_NEVER)),
    desk(f"{_REQUEST}/act/<str:action>/", post=_DECIDED, action="RETURN"),
    desk("inventory/certificate/record/", get=(to(200, REGISTRAR), *_NEVER), post=(to(422, REGISTRAR), *_NEVER)),
    desk("requests_app/incident/<int:pk>/resolve/", post=_DECIDED),
    *(
        desk(f"requests_app/revocation/<int:pk>/{step}/", post=_DECIDED)
        for step in ("accept", "decline", "cancel", "override", "submitted", "not-revoked", "download")
    ),
    desk("requests_app/revocation/<int:pk>/status/", post=(to(422, REGISTRAR), *_NEVER)),
    desk("requests_app/revocation/accept-green/", post=_DECIDED),
    desk(
        "requests_app/revocation/ask/<int:certificate_id>/",
        get=(to(200, REGISTRAR), *_NEVER),
        post=(to(422, REGISTRAR), *_NEVER),
    ),
    desk("notifications/outboxmessage/<int:pk>/send-again/", post=_DECIDED),
    desk(
        "notifications/bouncedaddress/stop/",
        get=(to(200, REGISTRAR), *_NEVER),
        post=(to(422, REGISTRAR), *_NEVER),
    ),
    desk("notifications/bouncedaddress/<int:pk>/use-again/", post=_DECIDED),
    desk("inventory/listimport/upload/", get=(to(200, REGISTRAR), *_NEVER), post=(to(422, REGISTRAR), *_NEVER)),
    desk("inventory/listimport/<int:pk>/confirm/", post=(to(422, REGISTRAR), *_NEVER)),
    desk("inventory/listimport/<int:pk>/discard/", post=_DECIDED),
    desk("inventory/holderproposal/open/", get=_FOR_VIEWERS, post=_FOR_VIEWERS),
    desk("inventory/holderproposal/settle/", post=_DECIDED),
    desk("inventory/holderproposal/gate/", post=_DECIDED),
    desk("requests_app/submission/queue/", get=_FOR_VIEWERS, post=_FOR_VIEWERS),
    desk("requests_app/submission/build/<str:kind>/", post=_DECIDED, kind="ISSUE"),
    desk("requests_app/submission/<int:pk>/download/", post=(to(200, REGISTRAR), *_NEVER)),
    *(desk(f"requests_app/submission/<int:pk>/{step}/", post=_DECIDED) for step in ("discard", "uploaded")),
    desk("requests_app/submission/<int:pk>/taken/", post=_DECIDED),
    desk("requests_app/submission/<int:pk>/replies/", post=(to(422, REGISTRAR), *_NEVER)),
)

MODELS = (
    "accounts.user",
    "accounts.rosterimport",
    "accounts.rolegrant",
    "accounts.breakglass",
    "accounts.employmentquestion",
    "accounts.emergencylink",
    "audit.event",
    "audit.checkpoint",
    "inventory.certificate",
    "inventory.publickey",
    "inventory.endpoint",
    "inventory.tlsobservation",
    "inventory.listimport",
    "inventory.niiapplication",
    "inventory.holderproposal",
    "notifications.outboxmessage",
    "notifications.bouncedaddress",
    "requests_app.certificaterequest",
    "requests_app.confirmation",
    "requests_app.nameobservation",
    "requests_app.nameoverride",
    "requests_app.decision",
    "requests_app.zone",
    "requests_app.zonechange",
    "requests_app.submission",
    "requests_app.revocation",
    "requests_app.handover",
    "requests_app.tsvrow",
    "requests_app.csr",
    "requests_app.incident",
)
"""What the desk shows of the database, each with Django's six pages: to read, for registrars and auditors."""


OWN_PAGES = {
    "accounts.breakglass",
    "inventory.listimport",
    "requests_app.certificaterequest",
    "requests_app.revocation",
    "requests_app.submission",
    "requests_app.zonechange",
}

FOR_SETTINGS_ADMINISTRATORS = {"requests_app.zone", "requests_app.zonechange"}
"""What a settings administrator sees, too, because they change it."""


def _stock_pages(label: str) -> tuple[Row, ...]:
    base = label.replace(".", "/")
    one = f"{base}/<path:object_id>"
    seen = (to(200, DESK),) if label in FOR_SETTINGS_ADMINISTRATORS else _FOR_VIEWERS
    # Our own pages answer a POST without a decision by showing themselves.
    changed = seen if label in OWN_PAGES else _NEVER
    return (
        desk(f"{base}/", get=seen, post=seen),
        desk(f"{base}/add/", get=_NEVER, post=_NEVER),
        desk(f"{one}/history/", get=seen, post=seen),
        desk(f"{one}/delete/", get=_NEVER, post=_NEVER),
        desk(f"{one}/change/", get=seen, post=changed),
        desk(f"{one}/", get=(to(302, DESK),), post=(to(302, DESK),)),
    )


TABLE = {row.address: row for row in (*PORTAL, *ACCOUNTS, *DESK_PAGES, *(r for m in MODELS for r in _stock_pages(m)))}
