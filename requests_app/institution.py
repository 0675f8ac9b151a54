"""The institution whose certificates these are, as csr's policy; UEC's values unless settings say otherwise."""

import dataclasses
from functools import cache
from typing import Any, cast

from django.conf import settings

from csr.policy import UEC, Policy


@cache
def policy() -> Policy:
    """Return the policy that every check of the portal uses."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.INSTITUTION.items()}
    return dataclasses.replace(UEC, **cast(dict[str, Any], given))
