"""Lets the tests empty the database between transactional tests: the audit's triggers refuse every DELETE."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from audit import triggers

SqlFlush = Callable[..., list[str]]


def let_flush_pass() -> None:
    """Make `flush` take the triggers away and put them back in its own transaction, in this test process only."""
    operations: Any = type(connection.ops)
    operations.sql_flush = _around(operations.sql_flush)


def _around(original: SqlFlush) -> SqlFlush:
    def sql_flush(self: BaseDatabaseOperations, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        statements = original(self, style, tables, **options)
        if not statements or not set(triggers.TABLES) & set(tables):
            return statements
        vendor = self.connection.vendor
        return [*triggers.drop_statements(vendor), *statements, *triggers.create_statements(vendor)]

    return sql_flush
