"""Triggers that make the tables of the audit trail INSERT-only, for SQLite and PostgreSQL.

They refuse DELETE, TRUNCATE and INSERT OR REPLACE, and every UPDATE but the one that sets a kept `payload` to NULL.
They stop accidents and whoever holds the portal's ordinary statements; who may drop a trigger or write to the
database's files passes them (verification.py says what then still shows it).

SQLite loses triggers when a migration rebuilds a table: such a migration ends with `install` (a test looks).
"""

from django.db.backends.base.base import BaseDatabaseWrapper

_EVENT = "audit_event"
_KEPT_OF_EVENT = (
    "id",
    "subject",
    "sequence",
    "action",
    "actor_person",
    "actor_role",
    "door",
    "at",
    "payload_hash",
    "previous_hash",
    "hash",
)
"""Every column of an event but `payload`; a test compares them with the model."""

_FROZEN = {"audit_checkpoint": ("number",), "audit_checkpointhead": ("subject", "sequence")}
"""The tables without any permitted UPDATE, and the columns that are unique in each beside the primary key."""

TABLES = (_EVENT, *_FROZEN)


def create_statements(vendor: str) -> list[str]:
    """Return the statements that make the triggers. Raises KeyError for a database the portal does not know."""
    return {"sqlite": _create_on_sqlite, "postgresql": _create_on_postgresql}[vendor]()


def drop_statements(vendor: str) -> list[str]:
    """Return the statements that remove the triggers: for migrations, and for tests that empty the tables."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_{verb}" for table in TABLES for verb in _SQLITE_VERBS]
    return [
        *(f"DROP TRIGGER IF EXISTS {table}_{verb} ON {table}" for table in TABLES for verb in _POSTGRESQL_VERBS),
        "DROP FUNCTION IF EXISTS audit_refuse()",
        "DROP FUNCTION IF EXISTS audit_refuse_all_but_erasure()",
    ]


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers."""
    _run(connection, create_statements(connection.vendor))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers."""
    _run(connection, drop_statements(connection.vendor))


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


_SQLITE_VERBS = ("no_update", "no_delete", "no_replace")


def _create_on_sqlite() -> list[str]:
    kept = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in _KEPT_OF_EVENT)
    erasure = f"OLD.payload IS NOT NULL AND NEW.payload IS NULL AND {kept}"
    statements = _sqlite_table(_EVENT, unique=("subject", "sequence"), unless=f"WHEN NOT ({erasure})")
    for table, unique in _FROZEN.items():
        statements += _sqlite_table(table, unique=unique, unless="")
    return statements


def _sqlite_table(table: str, *, unique: tuple[str, ...], unless: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is INSERT-only'); END"
    same = " AND ".join(f"{column} = NEW.{column}" for column in unique)
    # REPLACE deletes the row it meets, and tells the DELETE trigger only with recursive_triggers=ON. The third
    # trigger needs no pragma, so it also holds for a connection that was not opened by the portal.
    met = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR ({same}))"  # noqa: S608 (constants of this module)
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {unless} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {met} {refuse}",
    ]


_POSTGRESQL_VERBS = ("no_update", "no_delete", "no_truncate")

_REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is INSERT-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

_REFUSE_ALL_BUT_ERASURE = """
CREATE FUNCTION audit_refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.payload IS NOT NULL AND NEW.payload IS NULL
       AND to_jsonb(NEW) - 'payload' = to_jsonb(OLD) - 'payload' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is INSERT-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def _create_on_postgresql() -> list[str]:
    statements = [_REFUSE, _REFUSE_ALL_BUT_ERASURE]
    for table in TABLES:
        on_update = "audit_refuse_all_but_erasure" if table == _EVENT else "audit_refuse"
        statements += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {on_update}()",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
            # A statement trigger: TRUNCATE knows no rows.
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION audit_refuse()",
        ]
    return statements
