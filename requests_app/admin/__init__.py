"""The registrars' desk: read-only rows, and decision pages of our own that call the same verbs as the portal."""

from requests_app.admin import evidence, holders, lists, queue, request, revocations, rows, submissions

__all__ = ["evidence", "holders", "lists", "queue", "request", "revocations", "rows", "submissions"]
