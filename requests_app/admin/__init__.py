"""The registrars' desk: read-only rows, and decision pages of our own that call the same verbs as the portal."""

from requests_app.admin import (
    bounces,
    break_glass,
    evidence,
    hand_overs,
    holders,
    lists,
    queue,
    request,
    revocations,
    rows,
    servers,
    submissions,
    zones,
)

__all__ = [
    "bounces",
    "break_glass",
    "evidence",
    "hand_overs",
    "holders",
    "lists",
    "queue",
    "request",
    "revocations",
    "rows",
    "servers",
    "submissions",
    "zones",
]
