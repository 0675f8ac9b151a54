"""The import of the roster: a dry run that shows, an apply that does what was shown, and nothing else."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.urls import reverse

from accounts import days, errors, queries, roster_file
from accounts.choices import EmploymentKind
from accounts.models import MailAddress, RoleGrant, RosterImport, User
from accounts.recipients import recipient_of
from accounts.roster_plan import Answers
from accounts.services import roster
from audit.actors import SYSTEM
from audit.models import Event
from notifications.models import OutboxMessage
from tests import factories
from tests.unit.accounts.test_roster_file import csv, line_with

pytestmark = pytest.mark.django_db


def line(account: str, name_ja: str = "", **values: str) -> str:
    mail = values.pop("mail", f"{account}@uec.example")
    return line_with(account=account, name_ja=name_ja or f"名前 {account}", name_en="", mail=mail, **values)


def imported(*lines: str, end_absent: bool = False, answers: Answers = Answers(), actor=SYSTEM):  # noqa: B008
    file = roster_file.read(csv(*lines))
    assert not file.problems, [str(problem) for problem in file.problems]
    shown = roster.plan(file, answers=answers)
    roster.apply(file, plan_digest=shown.digest, actor=actor, end_absent=end_absent, answers=answers)
    return shown


def found(account: str) -> User:
    person = queries.find_by_account(account)
    assert person is not None
    return person


def test_a_dry_run_changes_nothing():
    file = roster_file.read(csv(line("suzuki")))
    assert [row.account for row in roster.plan(file).added] == ["suzuki"]
    assert not User.objects.exists()
    assert not Event.objects.exists()


def test_people_are_added_with_employment_and_no_role():
    imported(line("suzuki"), line("sato", employment="STUDENT"))
    assert queries.is_full_time(found("suzuki"), on=days.today())
    assert queries.employment_kinds(found("sato"), on=days.today()) == {EmploymentKind.STUDENT}
    assert found("suzuki").mail_address == "suzuki@uec.example"
    assert not RoleGrant.objects.exists()
    done = RosterImport.objects.get()
    event = Event.objects.get(subject=f"roster:{done.pk}", action="roster_imported")
    assert event.payload["added"] == [found("suzuki").pk, found("sato").pk]
    assert found("suzuki").public_id == f"P{found('suzuki').pk:06d}"


def test_the_same_file_again_changes_nothing():
    lines = [line("suzuki"), line("sato", employment="STUDENT", until="2099-03-31")]
    imported(*lines)
    shown = imported(*lines)
    assert (shown.added, shown.changed, shown.absent, shown.unchanged_count) == ((), (), (), 2)


def test_changes_are_shown_field_by_field_and_kept_as_dated_rows():
    imported(line("suzuki"))
    shown = imported(line("suzuki", mail="new@uec.example", affiliation_ja="新研究科", employment="PART_TIME"))
    assert {one.field for one in shown.changed[0].changes} == {"mail", "affiliation_ja", "employment"}
    person = found("suzuki")
    assert (person.mail_address, person.affiliation_ja) == ("new@uec.example", "新研究科")
    assert person.mail_addresses.count() == 2
    assert queries.employment_kinds(person, on=days.today()) == {EmploymentKind.PART_TIME}
    assert not queries.is_full_time(person, on=days.today())


def test_another_end_changes_the_row_and_adds_none():
    imported(line("suzuki"))
    imported(line("suzuki", until=(days.today() + timedelta(days=30)).isoformat()))
    assert found("suzuki").employments.get().until_on == days.today() + timedelta(days=30)


def test_a_known_account_with_another_name_is_never_merged():
    imported(line("suzuki", "鈴木 遥"))
    before = found("suzuki")
    shown = imported(line("suzuki", "佐藤 花子", affiliation_ja="別"))
    assert [doubt.row.account for doubt in shown.other_people] == ["suzuki"]
    person = found("suzuki")
    assert (person.pk, person.name_ja, person.affiliation_ja) == (before.pk, "鈴木 遥", "研究科")


@pytest.mark.parametrize("same", ["鈴木遥", "鈴木　遥", "鈴木  遥"])
def test_spaces_and_width_make_no_other_person(same: str):
    imported(line("suzuki", "鈴木 遥"))
    assert not roster.plan(roster_file.read(csv(line("suzuki", same)))).other_people


def test_the_same_person_renamed_keeps_the_id():
    imported(line("suzuki", "鈴木 遥"))
    before = found("suzuki")
    imported(line("suzuki", "山田 遥"), answers=Answers(same=frozenset({"suzuki"})))
    assert (found("suzuki").pk, found("suzuki").name_ja) == (before.pk, "山田 遥")


def test_an_account_given_to_somebody_else_makes_a_new_person():
    imported(line("suzuki", "鈴木 遥"))
    before = found("suzuki")
    imported(line("suzuki", "佐藤 花子"), answers=Answers(other=frozenset({"suzuki"})))
    before.refresh_from_db()
    assert found("suzuki").pk != before.pk
    assert (before.is_active, before.account, before.name_ja) == (False, "", "鈴木 遥")
    assert not queries.is_full_time(before, on=days.today())


def test_nothing_more_goes_to_the_address_of_whoever_left():
    """The account and its address go to somebody else: what is for the one before is parked."""
    imported(line("suzuki", "鈴木 遥"), *people(20))
    before = found("suzuki")
    mail = OutboxMessage(key="R1/waits", kind="request_approved", person_id=before.pk, address=before.mail_address)
    mail.save()
    imported(line("suzuki", "佐藤 花子"), *people(20), answers=Answers(other=frozenset({"suzuki"})))
    mail.refresh_from_db()
    assert (mail.address, recipient_of(User.objects.get(pk=before.pk)).address) == ("", "")
    assert found("suzuki").mail_address
    imported(*people(20), end_absent=True)
    assert not MailAddress.objects.filter(person__account_names__account="suzuki", until_at=None).exists()


def people(count: int) -> list[str]:
    return [line(f"p{number:02d}") for number in range(count)]


def test_absent_people_are_listed_and_not_ended_until_itc_says_so():
    imported(*people(20))
    shown = imported(*people(19))
    assert [absent.account for absent in shown.absent] == ["p19"]
    assert found("p19").is_active
    imported(*people(19), end_absent=True)
    assert not found("p19").is_active
    assert not queries.employment_kinds(found("p19"), on=days.today())
    shown = imported(*people(20))
    assert found("p19").is_active, "somebody who comes back is the same person"
    assert {one.field for one in shown.changed[0].changes} == {"employment", "active", "mail"}


def test_ten_percent_fewer_people_are_refused():
    imported(*people(20))
    with pytest.raises(errors.RosterTooSmall):
        imported(*people(18))
    assert RosterImport.objects.count() == 1


def test_an_apply_does_what_was_shown_or_nothing():
    file = roster_file.read(csv(line("suzuki")))
    shown = roster.plan(file)
    other = roster_file.read(csv(line("suzuki", employment="STUDENT")))
    with pytest.raises(errors.RosterChanged):
        roster.apply(other, plan_digest=shown.digest, actor=SYSTEM)
    factories.person(account="suzuki")
    with pytest.raises(errors.RosterChanged):
        roster.apply(file, plan_digest=shown.digest, actor=SYSTEM)
    assert not RosterImport.objects.exists()


def test_only_a_registrar_imports():
    for nobody in (factories.faculty(), factories.auditor(), factories.settings_administrator()):
        with pytest.raises(errors.NotPermitted):
            imported(line("suzuki"), actor=factories.actor(nobody))


def test_a_person_made_at_sign_in_is_found_by_the_roster():
    person = factories.person(account="kato", name_ja="加藤 未来", employment=EmploymentKind.OTHER)
    imported(line("kato", "加藤 未来"))
    assert found("kato").pk == person.pk
    assert queries.is_full_time(person, on=days.today())


def test_the_command_shows_and_applies(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(csv(line("suzuki")))
    out = StringIO()
    call_command("import_roster", str(path), stdout=out)
    assert "+ suzuki" in out.getvalue()
    assert not User.objects.exists()
    call_command("import_roster", str(path), "--apply", stdout=out)
    assert found("suzuki").is_active


def test_the_command_names_every_problem(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(csv(line("suzuki", mail="x"), line("sato", employment="x")))
    with pytest.raises(CommandError) as refused:
        call_command("import_roster", str(path), "--apply")
    assert "2" in str(refused.value)
    assert "3" in str(refused.value)
    with pytest.raises(CommandError):
        call_command("import_roster", str(tmp_path / "missing.csv"))


# --- The page in the admin -------------------------------------------------------------------------------------------


@pytest.fixture
def registrar(client, settings) -> Model:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "roster"}}
    person = factories.registrar()
    client.force_login(person)
    return person


def upload(client, content: bytes):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post(reverse("admin:accounts_import_roster"), {"roster": SimpleUploadedFile("r.csv", content)})


def hidden(response) -> dict[str, str]:
    return dict(response.context_data["apply_form"].initial)


def test_the_page_shows_and_then_applies_what_was_shown(client, registrar):
    lines = [line(account) for account in ("suzuki", "sato")]
    keep = line(registrar.account, registrar.name_ja)
    shown = upload(client, csv(*lines, keep))
    assert shown.status_code == 200
    assert queries.find_by_account("suzuki") is None
    response = client.post(reverse("admin:accounts_import_roster"), hidden(shown))
    assert response.status_code == 302
    assert found("suzuki").is_active
    assert RosterImport.objects.get().imported_by == registrar


def test_the_page_refuses_another_digest(client, registrar):
    shown = upload(client, csv(line("suzuki"), line(registrar.account, registrar.name_ja)))
    response = client.post(reverse("admin:accounts_import_roster"), hidden(shown) | {"digest": "0" * 64})
    assert response.status_code == 409
    assert queries.find_by_account("suzuki") is None


@pytest.mark.parametrize("packed", ["", "x", "eJw=", "////"])
def test_the_page_refuses_what_it_did_not_pack(client, registrar, packed: str):
    form = {"digest": "0" * 64, "packed": packed}
    assert client.post(reverse("admin:accounts_import_roster"), form).status_code == 422


def test_the_page_lists_problems(client, registrar):
    response = upload(client, csv(line("suzuki", mail="x")))
    assert response.status_code == 422
    assert [problem.code for problem in response.context_data["problems"]] == ["roster.bad_mail"]


def test_answers_about_another_person_are_shown_again_before_they_apply(client, registrar):
    imported(line("suzuki", "鈴木 遥"), line(registrar.account, registrar.name_ja))
    shown = upload(client, csv(line("suzuki", "佐藤 花子"), line(registrar.account, registrar.name_ja)))
    again = client.post(reverse("admin:accounts_import_roster"), hidden(shown) | {"other": "suzuki", "show": "1"})
    assert [row.account for row in again.context_data["plan"].added] == ["suzuki"]
    client.post(reverse("admin:accounts_import_roster"), hidden(again) | {"other": "suzuki"})
    assert found("suzuki").name_ja == "佐藤 花子"


def test_who_sees_the_page(client, registrar):
    assert client.get(reverse("admin:accounts_import_roster")).status_code == 200
    assert "import/" in client.get(reverse("admin:accounts_user_changelist")).content.decode()
    client.force_login(factories.auditor())
    assert client.get(reverse("admin:accounts_import_roster")).status_code == 403
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 200
    client.force_login(factories.faculty())
    assert client.get(reverse("admin:accounts_user_changelist")).status_code in {302, 403}


def test_people_are_read_only_in_the_admin(client, registrar):
    address = reverse("admin:accounts_user_change", args=[registrar.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"name_ja": "x"}).status_code == 403
    for name in ("rosterimport", "rolegrant", "employmentquestion", "emergencylink"):
        assert client.get(reverse(f"admin:accounts_{name}_changelist")).status_code == 200
    assert client.get(reverse("admin:accounts_user_add")).status_code == 403
