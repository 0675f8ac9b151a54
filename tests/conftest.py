"""What all tests share."""

from tests import audit_tables

audit_tables.let_flush_pass()
