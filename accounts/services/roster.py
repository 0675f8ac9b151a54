"""The import of ITC's roster: a dry run, then one transaction that does what was shown. It sets no role."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts import days, policies, roster_plan
from accounts.choices import EmploymentSource
from accounts.errors import RosterChanged, RosterNotUsable, RosterTooSmall
from accounts.models import BATCH, AccountName, Employment, MailAddress, RosterImport, User
from accounts.roster_file import RosterFile, Row
from accounts.roster_plan import NO_ANSWERS, Answers, Changed, Plan
from audit.actors import Actor
from audit.recording import record
from notifications import outbox


def plan(file: RosterFile, *, answers: Answers = NO_ANSWERS) -> Plan:
    """The dry run: what an import would do now. Raises RosterNotUsable for a file with problems."""
    if file.problems:
        raise RosterNotUsable
    return roster_plan.make(file, today=days.today(), answers=answers)


@transaction.atomic(durable=True)
def apply(
    file: RosterFile,
    *,
    plan_digest: str,
    actor: Actor,
    answers: Answers = NO_ANSWERS,
    end_absent: bool = False,
    made_by: str = "",
) -> int:
    """Do what the dry run with `plan_digest` showed and return the id of the import.

    The system is `manage.py import_roster`, `made_by` its account on the server. People in doubt stay as they are.
    Raises NotPermitted, RosterNotUsable, RosterChanged (somebody else changed people meanwhile), RosterTooSmall.
    """
    if not actor.is_system:
        actor = policies.as_registrar(actor)
    # Every person, in order: two imports, or an import and a sign-in, follow each other. no_key: a draft that only
    # names people goes on; with full locks it and an import locked each other.
    list(User.objects.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    shown = plan(file, answers=answers)
    if shown.digest != plan_digest:
        raise RosterChanged
    if shown.is_too_small:
        raise RosterTooSmall(before=shown.people_before, now=shown.people_in_file)
    added = _add(shown.added, answers=answers, actor=actor)
    for changed in shown.changed:
        _change(changed, actor=actor)
    if end_absent:
        for absent in shown.absent:
            _end(absent.person_id, actor=actor)
    done = RosterImport.objects.create(
        file_sha256=file.sha256,
        imported_by_id=actor.person_id,
        people_count=shown.people_in_file,
        added_count=len(shown.added),
        changed_count=len(shown.changed),
        ended_count=len(shown.absent) if end_absent else 0,
    )
    payload = {
        "file_sha256": file.sha256,
        "plan_digest": plan_digest,
        "people": shown.people_in_file,
        "added": added,
        "changed": [one.person_id for one in shown.changed],
        "ended": [one.person_id for one in shown.absent] if end_absent else [],
        "in_doubt": [one.row.account for one in shown.other_people],
        "made_by": made_by,
    }
    record(f"roster:{done.pk}", "roster_imported", actor=actor, payload=payload)
    return done.pk


def _add(rows: tuple[Row, ...], *, answers: Answers, actor: Actor) -> list[int]:
    """Make new people, in few statements; returns their ids. The event of the import names them all."""
    now = timezone.now()
    for row in rows:
        if row.account in answers.other:
            _release(row.account, actor=actor)
    made = User.objects.create_people(
        [
            User(
                name_ja=row.name_ja,
                name_en=row.name_en,
                affiliation_ja=row.affiliation_ja,
                affiliation_en=row.affiliation_en,
            )
            for row in rows
        ]
    )
    pairs = list(zip(made, rows, strict=True))
    names = [AccountName(person=person, account=row.account, from_at=now) for person, row in pairs]
    AccountName.objects.bulk_create(names, batch_size=BATCH)
    addresses = [MailAddress(person=person, address=row.mail, from_at=now) for person, row in pairs]
    MailAddress.objects.bulk_create(addresses, batch_size=BATCH)
    Employment.objects.bulk_create([_employment(person, row) for person, row in pairs], batch_size=BATCH)
    return [person.pk for person in made]


def _release(account: str, *, actor: Actor) -> None:
    """The account goes to somebody else: its former holder has left and keeps everything but the account."""
    for former in AccountName.objects.filter(account=account, until_at=None):
        former.until_at = timezone.now()
        former.save(update_fields=["until_at"])
        _end_employments(former.person, today=days.today())
        User.objects.filter(pk=former.person_id).update(is_active=False)
        _end_mail(former.person)
        record(f"person:{former.person_id}", "account_given_to_somebody_else", actor=actor, payload={})


def _end_mail(person: User) -> None:
    """Let nothing more go to the address of somebody who left: it may be somebody else's by tomorrow."""
    person.mail_addresses.filter(until_at=None).update(until_at=timezone.now())
    outbox.forget_address(person.pk)


def _change(changed: Changed, *, actor: Actor) -> None:
    person, row, now = User.objects.get(pk=changed.person_id), changed.row, timezone.now()
    fields = {change.field for change in changed.changes}
    for field in roster_plan.FIELDS:
        setattr(person, field, getattr(row, field))
    person.is_active = True
    person.save()
    if "mail" in fields:
        person.mail_addresses.filter(until_at=None).update(until_at=now)
        MailAddress.objects.create(person=person, address=row.mail, from_at=now)
    if "employment" in fields:
        _change_employment(person, row)
    payload = {change.field: [change.before, change.after] for change in changed.changes}
    record(f"person:{person.pk}", "roster_changed", actor=actor, payload=payload)


def _change_employment(person: User, row: Row) -> None:
    """Keep the row that only got another end; end the others the day before the new one begins."""
    today = days.today()
    kept = None
    for current in roster_plan.current_roster_rows(person, today=today):
        if kept is None and (current.kind, current.from_on) == (row.employment, row.from_on):
            kept = current
            kept.until_on = row.until_on
            kept.save(update_fields=["until_on"])
        else:
            _end_on(current, min(row.from_on, today) - timedelta(days=1))
    for claimed in person.employments.filter(source=EmploymentSource.CLAIM, until_on=None):
        _end_on(claimed, today - timedelta(days=1))
    if kept is None:
        _employment(person, row).save()


def _employment(person: User, row: Row) -> Employment:
    """A new row, not saved."""
    return Employment(
        person=person,
        kind=row.employment,
        from_on=row.from_on,
        until_on=row.until_on,
        source=EmploymentSource.ROSTER,
    )


def _end_on(employment: Employment, day: date) -> None:
    """End it on the day, or on its first day where that is later: a row of no day cannot be stored."""
    employment.until_on = max(day, employment.from_on)
    employment.save(update_fields=["until_on"])


def _end_employments(person: User, *, today: date) -> None:
    for row in person.employments.all():
        if row.until_on is None or row.until_on >= today:
            _end_on(row, today - timedelta(days=1))


def _end(person_id: int, *, actor: Actor) -> None:
    """Somebody has left: signed out at the next request; account and history stay."""
    person = User.objects.get(pk=person_id)
    _end_employments(person, today=days.today())
    person.is_active = False
    person.save(update_fields=["is_active"])
    _end_mail(person)
    record(f"person:{person.pk}", "roster_ended", actor=actor, payload={})
