"""The verbs, by subject. Each is one durable transaction: ids in, lock first, then check; no verb calls a verb."""
