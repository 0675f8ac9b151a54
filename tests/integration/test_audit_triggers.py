"""The database itself refuses to change what happened."""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from audit import checkpoints, recording, triggers
from audit.actors import SYSTEM
from audit.models import Checkpoint, CheckpointHead, Event

pytestmark = pytest.mark.django_db


OTHER_VALUES = {"id": "42", "sequence": "42", "actor_person": "42", "at": "'2026-01-01 00:00:00+00:00'"}


@pytest.fixture
def event():
    recorded = recording.record("a", "X", actor=SYSTEM, payload={"x": 1})
    checkpoints.make()
    return recorded


@contextmanager
def refused():
    with pytest.raises(DatabaseError, match="INSERT-only"), transaction.atomic():
        yield


@pytest.mark.parametrize("column", [field.name for field in Event._meta.fields if field.name != "payload"])
def test_no_column_of_an_event_changes(event, column):
    value = OTHER_VALUES.get(column, "'x'")
    with refused(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_event SET {column} = {value}")


@pytest.mark.parametrize("column", [field.name for field in Event._meta.fields if field.name != "payload"])
def test_no_column_changes_together_with_the_erasure(event, column):
    value = OTHER_VALUES.get(column, "'x'")
    with refused(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_event SET payload = NULL, {column} = {value}")


def test_a_payload_is_not_replaced(event):
    with refused():
        Event.objects.update(payload={"x": 2})


def test_a_payload_is_erased_once_and_does_not_come_back(event):
    assert Event.objects.update(payload=None) == 1
    assert Event.objects.filter(payload__isnull=True).count() == 1
    with refused():
        Event.objects.update(payload={"x": 1})


@pytest.mark.parametrize("table", triggers.TABLES)
def test_no_row_is_deleted(event, table):
    with refused(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("model", [Checkpoint, CheckpointHead])
def test_a_checkpoint_does_not_change(event, model):
    with refused():
        model.objects.update(hash="0" * 64)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own statement")
@pytest.mark.parametrize("pragma", ["ON", "OFF"])
@pytest.mark.parametrize("table", triggers.TABLES)
@pytest.mark.parametrize("met", ["id", "unique"])
def test_insert_or_replace_does_not_pass(event, table, met, pragma):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA recursive_triggers={pragma}")
        columns = [row[1] for row in cursor.execute(f"PRAGMA table_info({table})").fetchall()]
        source = ["id + 100" if met == "unique" and column == "id" else f'"{column}"' for column in columns]
        if met == "id":
            renumbered = {"audit_checkpoint": "number"}.get(table, "sequence")
            source = [f'"{column}" + 100' if column == renumbered else f'"{column}"' for column in columns]
        quoted = ", ".join(f'"{column}"' for column in columns)
        with refused():
            cursor.execute(f"INSERT OR REPLACE INTO {table} ({quoted}) SELECT {', '.join(source)} FROM {table}")
        cursor.execute("PRAGMA recursive_triggers=ON")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own statement")
@pytest.mark.parametrize("table", triggers.TABLES)
def test_no_table_is_truncated(event, table):
    with refused(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_the_portal_opens_sqlite_with_recursive_triggers():
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA recursive_triggers").fetchone() == (1,)


def test_the_triggers_know_every_column():
    assert {field.column for field in Event._meta.fields} == {*triggers._KEPT_OF_EVENT, "payload"}


def test_no_migration_lost_a_trigger():
    expected = {
        statement.split()[2] for statement in triggers.create_statements(connection.vendor) if "TRIGGER" in statement
    }
    look = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(look)
        assert expected <= {name for (name,) in cursor.fetchall()}
