"""The verbs of this app; each is one durable transaction that locks, checks, writes and records."""
