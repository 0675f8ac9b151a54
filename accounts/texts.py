"""Codes that this app stores → words that people read at the desk: events about people, kinds of mail."""

from django.utils.translation import gettext_lazy as _

EVENTS = {
    "signed_in": _("Signed in"),
    "signed_out_everywhere": _("Signed out everywhere"),
    "sign_in_refused": _("Sign-in refused"),
    "identity_bound": _("Identity bound to the person"),
    "person_made_at_sign_in": _("Person made at the first sign-in"),
    "emergency_link_made": _("Emergency address made"),
    "emergency_signed_in": _("Emergency sign-in used"),
    "employment_asked": _("Asked to have the employment confirmed"),
    "employment_confirmed": _("Employment confirmed"),
    "employment_declined": _("Employment could not be confirmed"),
    "employment_lowered_by_claim": _("Not full-time by the sign-in"),
    "role_offered": _("Role offered"),
    "role_confirmed": _("Role confirmed"),
    "role_ended": _("Role ended"),
    "role_granted_by_command": _("First role given by command"),
    "break_glass_opened": _("Broke the glass"),
    "break_glass_closed": _("Ended the break-glass"),
    "break_glass_reviewed": _("Reviewed the break-glass"),
    "roster_imported": _("Roster imported"),
    "roster_changed": _("Changed by the roster"),
    "roster_ended": _("Ended by the roster"),
    "account_given_to_somebody_else": _("Account given to somebody else"),
}

MAILS = {
    "emergency_login": _("Emergency sign-in made"),
    "identity_conflict": _("Account and identity belong to different people"),
    "role_offered": _("Role offered"),
    "break_glass": _("Somebody broke the glass"),
    "employment_question": _("Employment to be confirmed"),
}
