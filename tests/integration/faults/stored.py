"""Everything that the portal keeps, as bytes: for tests that search it, or that compare it before and after."""

import base64
import binascii
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection

PASSING = frozenset({"django_session", "portal_cache"})
"""Tables that change with every visit: sign-ins and rate limits."""


def tables(*, without: frozenset[str] = frozenset()) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, in the order of their values."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - without):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = sorted((tuple(map(_plain, row)) for row in cursor.fetchall()), key=repr)
    return found


def standing() -> dict[str, list[tuple[object, ...]]]:
    """Return what must be the same before and after something that was refused."""
    return tables(without=PASSING)


def everything() -> bytes:
    """Return all rows, and what sessions and cache hold once unpacked, one after the other."""
    collected = io.BytesIO()
    for rows in tables().values():
        for row in rows:
            for value in row:
                collected.write(value if isinstance(value, bytes) else str(value).encode())
                collected.write(b"\n")
    for session in Session.objects.all():
        collected.write(repr(session.get_decoded()).encode())
    for value in _cached():
        collected.write(value + b"\n" + _unpacked(value) + b"\n")
    return collected.getvalue()


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def _cached() -> Iterator[bytes]:
    """Yield the raw values of the cache: of its table, or of Redis."""
    if hasattr(cache, "_table"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT value FROM {connection.ops.quote_name(cache._table)}")
            yield from (value.encode() for (value,) in cursor.fetchall())
    else:
        redis = cache._cache.get_client(None)
        for name in redis.scan_iter():
            yield bytes(name) + b" " + bytes(redis.get(name) or b"")


def _unpacked(value: bytes) -> bytes:
    """Undo the base64 of the cache table, and zlib under it."""
    try:
        packed = base64.b64decode(value, validate=True)
    except binascii.Error:
        return b""
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return packed


@contextmanager
def broken_table(table: str) -> Iterator[None]:
    """Let every INSERT into `table` fail, as a full disk or a broken constraint would, at the end of a verb's work."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END")
        else:
            cursor.execute(
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$"
            )
            cursor.execute(f"CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION broken()")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("DROP TRIGGER broken")
            else:
                cursor.execute(f"DROP TRIGGER broken ON {table}")
                cursor.execute("DROP FUNCTION broken()")
