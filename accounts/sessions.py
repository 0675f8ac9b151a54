"""What a session knows about the sign-in that made it: the names of its keys, in one place."""

SIGNED_IN_AT = "accounts.signed_in_at"
"""Seconds since the epoch when we signed the person in; the absolute limit counts from here."""
SEEN_AT = "accounts.seen_at"
"""Seconds since the epoch of the last request noted, exact to a minute; the idle limit counts from here."""
EPOCH = "accounts.epoch"
"""The person's `session_epoch` at sign-in."""
ISSUER = "accounts.issuer"
SUB = "accounts.sub"
STRENGTH = "accounts.strength"
"""What the provider said about the sign-in: acr, amr and auth_time, as one line for the audit trail."""
ID_TOKEN = "accounts.id_token"  # noqa: S105  the name of a key, no secret
"""Kept on the server only, as the hint for the sign-out at the provider; never in a page, a log or an event."""
