"""The kinds of mail that this app sends; the texts are in templates/notifications/<kind>/."""

from notifications.kinds import Kind

KINDS = (
    Kind("emergency_login"),
    Kind("identity_conflict"),
    Kind("role_offered"),
    Kind("employment_question"),
    Kind("break_glass"),
)
