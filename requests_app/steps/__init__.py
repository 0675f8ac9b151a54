"""Shared parts of verbs. They take locked rows and open no transaction."""
