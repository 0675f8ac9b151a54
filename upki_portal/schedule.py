"""When each sweep runs and in which queue: a run that nobody took until the next one is due is dropped for it."""

from typing import Any

ROUTES = {
    "notifications.tasks.*": {"queue": "mail"},
    "requests_app.tasks.look_up_names": {"queue": "probes"},
    "requests_app.tasks.look_at_servers": {"queue": "probes"},
}
"""Queues of their own: two slow probes held up the mail. Everything else is in the default queue."""


def schedule(*, is_demo: bool) -> dict[str, dict[str, Any]]:
    """Return beat's schedule; a demonstration is watched, so it does not wait. Intervals in seconds."""
    return {
        name: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
        for name, task, seconds in (
            ("mail", "notifications.tasks.deliver_pending", 3 if is_demo else 15),
            ("old-mail-bodies", "notifications.tasks.remove_old_bodies", 3600),
            ("names", "requests_app.tasks.look_up_names", 3 if is_demo else 20),
            ("fresh-names", "requests_app.tasks.keep_names_fresh", 600),
            ("servers", "requests_app.tasks.look_at_servers", 5 if is_demo else 60),
            ("questions", "requests_app.tasks.ask_collected", 3 if is_demo else 60),
            ("confirmations", "requests_app.tasks.remind_and_expire", 600),
            ("completion", "requests_app.tasks.complete_requests", 600),
            ("revocations", "requests_app.tasks.expire_revocations", 3600),
            ("hand-overs", "requests_app.tasks.expire_hand_overs", 3600),
            ("after-nii", "requests_app.tasks.remind_after_nii", 3600),
            ("lists", "requests_app.tasks.take_in_lists", 3 if is_demo else 30),
            ("lapse", "requests_app.tasks.lapse_untouched", 3600),
            ("ends", "requests_app.tasks.tell_of_ends", 600),
            ("digest", "requests_app.tasks.send_digest", 600),
            ("leaving", "requests_app.tasks.tell_of_leaving", 3600),
            ("checkpoint", "audit.tasks.make_checkpoint", 900),
        )
    }
