"""The tables of transitions: one writer, one verb for each action, no state that cannot be reached or left."""

import ast
import importlib
import itertools

import pytest

from accounts import roster_plan
from requests_app import errors, policies
from requests_app.states import (
    Action,
    ConfirmationAction,
    HandOverAction,
    RevocationAction,
    Role,
    State,
    SubmissionAction,
    SubmissionRowAction,
    Table,
)
from requests_app.states.confirmation import LABELS as CONFIRMATION_LABELS
from requests_app.states.confirmation import TABLE as CONFIRMATION
from requests_app.states.handover import LABELS as HAND_OVER_LABELS
from requests_app.states.handover import TABLE as HAND_OVER
from requests_app.states.request import LABELS
from requests_app.states.request import TABLE as REQUEST
from requests_app.states.revocation import LABELS as REVOCATION_LABELS
from requests_app.states.revocation import TABLE as REVOCATION
from requests_app.states.submission import ROW_TABLE, SUBMISSION_LABELS, SUBMISSION_ROW_LABELS, SUBMISSION_TABLE
from tests.architecture import sources

pytestmark = pytest.mark.embedded

ALL_TABLES = (REQUEST, CONFIRMATION, SUBMISSION_TABLE, ROW_TABLE, REVOCATION, HAND_OVER)
TABLES = [pytest.param(table, id=table.name) for table in ALL_TABLES]

WRITERS = {
    "requests_app/transitions.py": "the engine",
    "notifications/outbox.py": "a mail's own state, when it is put into the outbox",
    "notifications/delivery.py": "a mail's own state, by compare-and-set under its lease",
    "inventory/recording.py": "completes a certificate's facts by their names; a certificate has no state",
    "requests_app/steps/listed.py": "writes what NII's list says of an application: NII's state, none of ours",
    "accounts/services/roster.py": "writes the roster's fields by their names, of which none is a state",
}
"""The only modules that write a column called `state`, or one whose name they compute."""

TAKING_CALLS = {"move", "check", "freeze_and_ask", "replace_version"}
"""What takes an action of a request that is named in the call."""

WRITING_CALLS = {"create", "update", "get_or_create", "update_or_create", "bulk_create", "_settle"}
MODELS = {
    "CertificateRequest",
    "Confirmation",
    "HandOver",
    "OutboxMessage",
    "Revocation",
    "Submission",
    "SubmissionRow",
}


def writes_state(node: ast.AST) -> bool:
    """Whether a node of a syntax tree writes an attribute or column `state`."""
    match node:
        case ast.Assign(targets=targets):
            return any(_is_state(part) for target in targets for part in ast.walk(target))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return _is_state(target)
        case ast.Call(func=ast.Name(id="setattr"), args=[_, name, *_]):
            # A name that is computed could be any.
            return not isinstance(name, ast.Constant) or name.value == "state"
        case ast.Call() if sources.called_name(node) == "bulk_update":
            return any(_is_text(part, "state") for part in ast.walk(node))
        case ast.Call() if sources.called_name(node) in WRITING_CALLS | MODELS:
            return any(_keyword_writes(keyword) for keyword in node.keywords)
    return False


def _is_state(node: ast.AST) -> bool:
    written = isinstance(getattr(node, "ctx", None), ast.Store)
    return (isinstance(node, ast.Attribute) and node.attr == "state" and written) or (
        isinstance(node, ast.Subscript) and written and _is_text(node.slice, "state")
    )


def _is_text(node: ast.AST, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _keyword_writes(keyword: ast.keyword) -> bool:
    if keyword.arg == "state" or (keyword.arg is None and not isinstance(keyword.value, ast.Dict)):
        # What ** brings could be anything.
        return True
    if keyword.arg in {None, "defaults", "create_defaults"}:
        return any(_is_text(key, "state") for key in getattr(keyword.value, "keys", ()) if key)
    return False


@pytest.mark.parametrize(
    "statement",
    [
        "request.state = State.QUEUED",
        "request.state, other = pair",
        "request.state += 'X'",
        "request.__dict__['state'] = 'QUEUED'",
        "setattr(request, 'state', 'QUEUED')",
        "setattr(request, name, value)",
        "CertificateRequest(state='QUEUED')",
        "CertificateRequest.objects.create(state='QUEUED')",
        "CertificateRequest.objects.filter(pk=1).update(state='QUEUED')",
        "CertificateRequest.objects.filter(pk=1).update(**{'state': 'QUEUED'})",
        "CertificateRequest.objects.filter(pk=1).update(**changes)",
        "CertificateRequest.objects.update_or_create(pk=1, defaults={'state': 'QUEUED'})",
        "CertificateRequest.objects.bulk_update(requests, ['state'])",
        "CertificateRequest.objects.bulk_update(requests, fields=['pk'] + ['state'])",
        "CertificateRequest.objects.bulk_create([CertificateRequest(state='QUEUED')])",
    ],
)
def test_the_search_knows_every_way_to_write(statement):
    assert any(writes_state(node) for node in ast.walk(ast.parse(statement)))


@pytest.mark.parametrize(
    "statement",
    [
        "CertificateRequest.objects.filter(state='QUEUED')",
        "errors.TransitionNotAllowed(state=label)",
        "state = request.state",
        "Confirmation.objects.filter(state='ASKED').update(settled_at=now)",
    ],
)
def test_the_search_leaves_reading_alone(statement):
    assert not any(writes_state(node) for node in ast.walk(ast.parse(statement)))


def test_only_the_engine_writes_a_state():
    # demo/ is another party's system with states of its own; it imports nothing that could write ours.
    found = {
        path
        for path, tree in sources.modules()
        if not path.startswith("demo/") and any(writes_state(node) for node in ast.walk(tree))
    }
    assert found == set(WRITERS)
    assert "state" not in roster_plan.FIELDS


def test_only_verbs_and_steps_import_the_engine():
    found = {
        path
        for path, tree in sources.modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and "transitions" in {alias.name for alias in node.names})
        or (isinstance(node, ast.ImportFrom) and (node.module or "").endswith("transitions"))
    }
    assert {path.rsplit("/", 1)[0] for path in found} <= {"requests_app/services", "requests_app/steps"}


@pytest.mark.parametrize("table", TABLES)
def test_every_action_has_a_rule_and_every_state_a_label(table: Table):
    actions, labels = {
        "request": (Action, LABELS),
        "confirmation": (ConfirmationAction, CONFIRMATION_LABELS),
        "submission": (SubmissionAction, SUBMISSION_LABELS),
        "submission row": (SubmissionRowAction, SUBMISSION_ROW_LABELS),
        "revocation": (RevocationAction, REVOCATION_LABELS),
        "hand-over": (HandOverAction, HAND_OVER_LABELS),
    }[table.name]
    assert set(table.rules) == set(actions)
    assert set(labels) == set(table.states)
    assert all(str(rule.label) and rule.moves and rule.roles for rule in table.rules.values())


@pytest.mark.parametrize("table", TABLES)
def test_every_state_is_reached(table: Table):
    reached = {table.initial}
    while more := {target for source, _action, target in table.edges() if source in reached} - reached:
        reached |= more
    assert reached == set(table.states)


@pytest.mark.parametrize("table", TABLES)
def test_every_state_has_an_exit_or_is_final(table: Table):
    left = {source for source, _action, target in table.edges() if source != target}
    assert set(table.states) - left <= table.final


@pytest.mark.parametrize("table", TABLES)
def test_every_action_has_one_verb_that_exists(table: Table):
    for action, rule in table.rules.items():
        module_name, _dot, function = rule.verb.rpartition(".")
        assert module_name.startswith("requests_app.services."), action
        tree = sources.tree_of(sources.ROOT / (module_name.replace(".", "/") + ".py"))
        assert function in {verb.name for verb in sources.verbs(tree)}, f"{action}: {rule.verb} is no durable verb"
        assert callable(getattr(importlib.import_module(module_name), function))


def test_plain_actions_and_no_others_share_the_generic_verb():
    generic = {action for action, rule in REQUEST.rules.items() if rule.verb == "requests_app.services.acting.act"}
    assert generic == {action for action, rule in REQUEST.rules.items() if rule.plain}
    assert generic == {
        Action.RETURN,
        Action.REJECT,
        Action.WITHDRAW,
        Action.HOLD,
        Action.UNHOLD,
        Action.HOLD_AT_NII,
    }
    assert not any(rule.plain for table in ALL_TABLES[1:] for rule in table.rules.values())


def test_an_action_is_named_in_the_module_of_its_verb_only():
    """A second function that took the action would be a door with other checks."""
    named: dict[str, set[str]] = {action: set() for action in Action}
    for path, tree in sources.modules("requests_app/services", "requests_app/steps"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and sources.called_name(node) in {
                "move",
                "check",
                "freeze_and_ask",
                "replace_version",
            }:
                for argument in node.args:
                    if isinstance(argument, ast.Attribute) and ast.unparse(argument.value) == "Action":
                        named[argument.attr].add(path.removesuffix(".py").replace("/", "."))
    for action, rule in REQUEST.rules.items():
        if not rule.plain:
            lawful = {rule.verb.rpartition(".")[0]}
            if rule.verb == "requests_app.services.confirming.settle":
                lawful = {"requests_app.steps.settling"}
            if rule.verb == "requests_app.services.completing.complete":
                lawful = {"requests_app.steps.completing"}
            assert named[action] == lawful, action
        else:
            assert named[action] == set(), action


def test_no_verb_calls_a_verb():
    names = {verb.name: path for path, tree in sources.modules("requests_app/services") for verb in sources.verbs(tree)}
    found = [
        f"{path}: {verb.name} calls {ast.unparse(call.func)}"
        for path, tree in sources.modules("requests_app/services")
        for verb in sources.verbs(tree)
        for call in ast.walk(verb)
        if isinstance(call, ast.Call) and _is_verb(call, path, names)
    ]
    assert not found


def _is_verb(call: ast.Call, path: str, verbs: dict[str, str]) -> bool:
    name = sources.called_name(call)
    match call.func:
        case ast.Name():
            return verbs.get(name) == path
        case ast.Attribute(value=ast.Name(id=module)):
            return verbs.get(name, "").endswith(f"/{module}.py")
    return False


def test_policies_for_every_set_of_roles():
    """Whatever else somebody is: interest and witness only ever close, and nothing opens without a named role."""
    everything = [set(chosen) for size in range(len(Role) + 1) for chosen in itertools.combinations(Role, size)]
    for action, rule in REQUEST.rules.items():
        for roles in map(frozenset, everything):
            refused = policies.refusal(roles, action)
            closed = (
                not roles & rule.roles
                or (Role.REGISTRAR in rule.roles and Role.INTERESTED in roles)
                or (action is Action.APPROVE and Role.WITNESS in roles)
                or (action is Action.SEND and Role.FULL_TIME not in roles)
            )
            assert (refused is not None) == closed, (action, roles, refused)
            assert refused is None or issubclass(refused, errors.RequestError)


def test_nobody_but_the_portal_takes_its_actions():
    for table in ALL_TABLES:
        for action, rule in table.rules.items():
            assert Role.SYSTEM not in rule.roles or rule.roles == {Role.SYSTEM}, action


def test_registrars_give_reasons_for_what_people_have_to_read():
    needing = {action for action, rule in REQUEST.rules.items() if rule.needs_reason}
    assert needing == {
        Action.REFUSE,
        Action.OVERRIDE,
        Action.DECIDE_KIND,
        Action.CORRECT,
        Action.REMAKE,
        Action.HOLD,
        Action.RETURN,
        Action.REJECT,
        Action.REFUSE_AT_NII,
        Action.HOLD_AT_NII,
        Action.LIST_REFUSAL,
        Action.REPORT_UNAUTHORISED,
        Action.RECORD_INSTALLED,
        Action.GIVE_UP,
    }
    assert {a for a, rule in CONFIRMATION.rules.items() if rule.needs_reason} == {
        ConfirmationAction.ANSWER_NO,
        ConfirmationAction.RECORD_NO,
    }
    assert {a for a, rule in REVOCATION.rules.items() if rule.needs_reason} == {
        RevocationAction.DECLINE_REVOCATION,
        RevocationAction.OVERRIDE_SERVED,
        RevocationAction.REFUSE_REVOCATION,
        RevocationAction.NOTE_NOT_REVOKED,
    }
    assert {a for a, rule in HAND_OVER.rules.items() if rule.needs_reason} == {HandOverAction.DECLINE_HAND_OVER}


def test_a_state_that_lapses_is_one_where_people_have_the_ball():
    lapsing = set(REQUEST.rules[Action.LAPSE].moves)
    assert lapsing == {State.DRAFT, State.RETURNED, State.APPROVED, State.PREPARED}
