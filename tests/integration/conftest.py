"""Fixtures of several folders: a clock, and NII with certificates of its own CA."""

from tests.clock import clock_fixture
from tests.lists import authority_fixture, nii_fixture
from tests.mail_kinds import mail_kinds_fixture

__all__ = ["authority_fixture", "clock_fixture", "mail_kinds_fixture", "nii_fixture"]
