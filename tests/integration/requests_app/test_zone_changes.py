"""Zones are changed by two people: what is proposed, shown, applied once, told, and refused."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone, translation

from audit.models import Event
from notifications.models import OutboxMessage
from requests_app import errors, queries
from requests_app.models import Zone, ZoneAdministration, ZoneChange
from requests_app.services import zones
from requests_app.steps import zone_file
from tests import factories, requests
from tests.integration.requests_app.test_desk import desk

pytestmark = pytest.mark.django_db

ZONE = "lab.cs.uec.ac.jp"
HEADER = "zone,account,deputy_of,from,until"


@pytest.fixture
def cast() -> requests.Cast:
    return requests.Cast()


def table(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines]).encode()


def line(zone: str, person, deputy_of="", begin="", until="") -> str:
    return f"{zone},{person.account},{deputy_of},{begin},{until}"


def propose(content: bytes, person=None, reason: str = "") -> int:
    return zones.propose(content, reason=reason, actor=factories.actor(person or factories.registrar()))


def apply(pk: int, person=None, digest: str = "") -> zone_file.Difference:
    shown = digest or zone_file.read(bytes(ZoneChange.objects.get(pk=pk).content)).digest
    return zones.apply(pk, digest=shown, actor=factories.actor(person or factories.registrar()))


def administrators(name: str = ZONE) -> set:
    return set(queries.administrators_of(Zone.objects.get(name=name)))


def told(kind: str) -> set:
    return set(OutboxMessage.objects.filter(kind=kind).values_list("person_id", flat=True))


def body(kind: str, person) -> str:
    return OutboxMessage.objects.get(kind=kind, person_id=person.pk).body


def test_a_proposal_changes_nothing_and_tells_the_others_who_may_apply_it(cast):
    settings_administrator = factories.settings_administrator()
    pk = propose(table(line(ZONE, cast.administrator)), cast.registrar, reason="研究室が引っ越した。")
    assert not Zone.objects.filter(name=ZONE).exists()
    assert told("zone_change_proposed") == {settings_administrator.pk}
    assert "研究室が引っ越した。" in body("zone_change_proposed", settings_administrator)
    assert ZONE in body("zone_change_proposed", settings_administrator)
    event = Event.objects.get(subject=f"zone-change:{pk}")
    assert (event.action, event.actor_role) == ("PROPOSE_ZONES", "REGISTRAR")
    assert queries.desk_counts()["zone_changes"] == 1


def test_nobody_applies_what_they_proposed(cast):
    pk = propose(table(line(ZONE, cast.administrator)), cast.registrar)
    with pytest.raises(errors.OwnZoneChange):
        apply(pk, cast.registrar)
    apply(pk)
    assert administrators() == {cast.administrator}
    with pytest.raises(errors.ZoneChangeOver):
        apply(pk, digest="0" * 64)
    with pytest.raises(errors.ZoneChangeOver):
        zones.discard(pk, reason="x", actor=factories.actor(cast.registrar))
    assert list(Event.objects.filter(subject="zones").values_list("action", flat=True)) == [
        "PROPOSE_ZONES",
        "APPLY_ZONES",
    ]
    assert queries.desk_counts()["zone_changes"] == 0


def test_a_difference_that_is_another_meanwhile_is_refused(cast):
    other = factories.staff()
    first, second = propose(table(line(ZONE, cast.administrator))), propose(table(line(ZONE, other)))
    shown = zone_file.read(bytes(ZoneChange.objects.get(pk=second).content)).digest
    apply(first)
    with pytest.raises(errors.ZoneDifferenceChanged):
        apply(second, digest=shown)
    assert administrators() == {cast.administrator}
    apply(second)
    assert administrators() == {other}


def test_what_somebody_else_made_so_meanwhile_cannot_be_applied_again(cast):
    content = table(line(ZONE, cast.administrator))
    first, second = propose(content), propose(content)
    apply(first)
    with pytest.raises(errors.NothingToChange):
        apply(second)
    with pytest.raises(errors.ReasonRequired):
        zones.discard(second, reason=" ", actor=factories.actor(cast.registrar))
    zones.discard(second, reason="もう済んだ。", actor=factories.actor(cast.registrar))
    with pytest.raises(errors.ZoneChangeOver):
        apply(second)


def test_whoever_proposed_hears_that_another_person_discarded_it(cast):
    proposer, other = factories.registrar(), factories.settings_administrator()
    own = propose(table(line(ZONE, cast.administrator)), proposer)
    zones.discard(own, reason="書き間違えた。", actor=factories.actor(proposer))
    assert told("zone_change_discarded") == set()
    pk = propose(table(line(ZONE, cast.administrator)), proposer)
    zones.discard(pk, reason="もう済んだ。", actor=factories.actor(other))
    assert told("zone_change_discarded") == {proposer.pk}
    assert "> もう済んだ。" in body("zone_change_discarded", proposer)


def test_an_empty_difference_is_not_proposed(cast):
    with pytest.raises(errors.NothingToChange):
        propose(table(line("cs.uec.ac.jp", cast.administrator)))
    assert not ZoneChange.objects.exists()


def test_a_zone_with_an_empty_account_has_no_administrator(cast):
    apply(propose(table("cs.uec.ac.jp,,,,", f"{ZONE},,,,")))
    assert administrators("cs.uec.ac.jp") == administrators() == set()
    with pytest.raises(errors.NothingToChange):
        propose(table("cs.uec.ac.jp,,,,"))


def test_the_download_proposed_again_changes_nothing(cast):
    deputy, coming, ended = factories.staff(), factories.staff(), factories.staff()
    day = timezone.localdate() + timedelta(days=9)
    apply(
        propose(
            table(
                line(ZONE, cast.administrator),
                line(ZONE, deputy, deputy_of=cast.administrator.account, until=day.isoformat()),
                line(ZONE, coming, begin=day.isoformat()),
                line("gone.uec.ac.jp", ended),
            )
        )
    )
    apply(propose(table("gone.uec.ac.jp,,,,")))
    downloaded = desk(factories.settings_administrator()).get(reverse("admin:requests_app_zone_download")).content
    text = downloaded.decode("utf-8-sig")
    assert line(ZONE, deputy, deputy_of=cast.administrator.account, until=day.isoformat()) in text.splitlines()
    assert {"gone.uec.ac.jp,,,,", "uec.ac.jp,,,,"} <= set(text.splitlines())
    assert zone_file.read(downloaded).is_empty


def test_the_administrators_above_and_everybody_concerned_hear(cast):
    above, ended, added, stays = cast.administrator, *(factories.staff() for _ in range(3))
    requests.zone(ZONE, ended, stays)
    proposer, applier = factories.registrar(), factories.registrar()
    apply(propose(table(line(ZONE, added), line(ZONE, stays)), proposer), applier)
    assert told("zone_changed") == {above.pk, ended.pk, added.pk, stays.pk}
    mail = body("zone_changed", above)
    assert all(account in mail for account in (ended.account, added.account, proposer.account, applier.account))


def test_the_registrars_hear_where_nobody_administers_the_zone_above(cast):
    apply(propose(table(line("cs.uec.ac.jp", factories.staff()))))
    registrars = {person.pk for person in factories.User.objects.filter(role_grants__role="REGISTRAR")}
    assert registrars <= told("zone_changed")


def test_who_administered_the_zone_above_hears_when_both_change_at_once(cast):
    taker = factories.staff()
    apply(propose(table(line("cs.uec.ac.jp", taker), line(ZONE, taker))))
    assert ZONE in body("zone_changed", cast.administrator)


def test_the_first_zones_are_made_by_one_person_and_only_while_there_is_none():
    registrar, person = factories.registrar(), factories.staff()
    content = table(line("uec.ac.jp", person))
    with pytest.raises(errors.NotPermitted):
        zones.import_first(content, actor=factories.actor(person))
    zones.import_first(content, actor=factories.actor(registrar))
    assert administrators("uec.ac.jp") == {person}
    with pytest.raises(errors.ZonesExist):
        zones.import_first(content, actor=factories.actor(registrar))


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("import_zones", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_shows_proposes_and_applies(cast, tmp_path):
    file = tmp_path / "zones.csv"
    file.write_bytes(table(line(ZONE, cast.administrator)))
    assert f"+ {ZONE}: " in run(file)
    with pytest.raises(CommandError):
        run(file, "--propose")
    run(file, "--propose", "--by", cast.registrar.account)
    pk = ZoneChange.objects.get().pk
    assert "Nothing was changed" in run("--apply", pk)
    with pytest.raises(CommandError, match="yourself"):
        run("--apply", pk, "--by", cast.registrar.account)
    assert "Applied." in run("--apply", pk, "--by", factories.registrar().account)
    assert administrators() == {cast.administrator}
    for refused in ((file, "--first", "--by", cast.registrar.account), (), ("--apply", 999), (tmp_path / "none",)):
        with pytest.raises(CommandError):
            run(*refused)
    file.write_bytes(table("cs.uec.ac.jp,nobody-here,,,"))
    with pytest.raises(CommandError, match=r"1 件.* / .*1 point is wrong(.|\n)*2 行目.* / Line 2: nobody"):
        run(file)


def test_the_command_makes_the_first_zones(tmp_path):
    registrar = factories.registrar()
    file = tmp_path / "zones.csv"
    file.write_bytes(table(line("uec.ac.jp", registrar)))
    assert "Made." in run(file, "--first", "--by", registrar.account)
    assert administrators("uec.ac.jp") == {registrar}


def test_one_zone_is_changed_without_a_file(cast):
    client = desk(cast.registrar)
    zone, new = Zone.objects.get(name="cs.uec.ac.jp"), factories.staff()
    address = reverse("admin:requests_app_zone_lines", args=[zone.pk])
    text = client.get(address).context["form"].initial["zones_text"]
    assert text.splitlines()[0] == HEADER
    assert cast.administrator.account in text
    assert client.post(address, {"zones_text": ""}).status_code == 422
    assert client.post(address, {"zones_text": HEADER}).status_code == 422
    assert not client.post(address, {"zones_text": text}).context["difference"]
    shown = client.post(address, {"zones_text": text + line(zone.name, new)})
    assert [(one.sign, one.person) for one in shown.context["difference"]] == [("+", new)]
    carried = {"content": shown.context["propose_form"].initial["content"], "digest": shown.context["digest"]}
    client.post(reverse("admin:requests_app_import_zones"), carried | {"propose": "propose", "reason": "新任"})
    change = ZoneChange.objects.get()
    assert change.reason == "新任"
    apply(change.pk)
    assert administrators(zone.name) == {cast.administrator, new}


def test_the_page_of_a_change_shows_people_dates_and_the_decision(cast):
    day = timezone.localdate().isoformat()
    pk = propose(table(line(ZONE, cast.administrator, begin=day), "cs.uec.ac.jp,,,,"))
    page = reverse("admin:requests_app_zonechange_change", args=[pk])
    client = desk(cast.registrar)
    shown = client.get(page)
    text = shown.content.decode()
    assert shown.context["may_apply"]
    assert all(word in text for word in (ZONE, cast.administrator.account, day, "+ is added", "− ends", "+ new zone"))
    client.post(reverse("admin:requests_app_zonechange_apply", args=[pk]), {"digest": "nonsense"})
    assert ZoneChange.objects.get(pk=pk).is_waiting
    client.post(reverse("admin:requests_app_zonechange_discard", args=[pk]), {"reason": ""})
    assert ZoneChange.objects.get(pk=pk).is_waiting
    client.post(reverse("admin:requests_app_zonechange_apply", args=[pk]), {"digest": shown.context["digest"]})
    after = client.get(page)
    assert not after.context["may_decide"]
    assert [one.sign for one in after.context["difference"]] == ["−", "*", "+"]


def test_a_proposed_file_that_cannot_be_taken_any_more_says_why_and_can_be_discarded(cast):
    leaver = factories.staff()
    pk = propose(table(line(ZONE, leaver)))
    leaver.account_names.update(until_at=timezone.now())
    client = desk(cast.registrar)
    shown = client.get(reverse("admin:requests_app_zonechange_change", args=[pk]))
    assert shown.context["problems"]
    assert not shown.context["may_apply"]
    client.post(reverse("admin:requests_app_zonechange_apply", args=[pk]), {"digest": "0" * 64})
    assert ZoneChange.objects.get(pk=pk).is_waiting
    client.post(reverse("admin:requests_app_zonechange_discard", args=[pk]), {"reason": "退職した。"})
    assert ZoneChange.objects.get(pk=pk).discarded_by == cast.registrar


BAD_FILES = {
    "empty": (b"", "column"),
    "header only": (table(), "names no zone"),
    "a missing column": (b"zone,until\ncs.uec.ac.jp,\n", "“account” is missing"),
    "a column twice": (b"zone,account,zone\na,b,c\n", "there twice"),
    "semicolons": (b"zone;account\ncs.uec.ac.jp;taro\n", "separated by “;”"),
    "tabs": (b"zone\taccount\ncs.uec.ac.jp\ttaro\n", "separated by"),
    "UTF-16": ("zone,account\ncs.uec.ac.jp,太郎\n".encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": ("zone,account\ncs.uec.ac.jp,太郎\n".encode("utf-16-le"), "NUL"),
    "NUL": (b"zone,account\ncs.uec.ac.jp,ta\0ro\n", "NUL"),
    "EUC-JP": ("zone,account\ncs.uec.ac.jp,太郎\n".encode("euc_jp"), "neither UTF-8 nor Shift_JIS"),
    "ISO-2022-JP": ("zone,account\ncs.uec.ac.jp,太郎\n".encode("iso2022_jp"), "neither UTF-8 nor Shift_JIS"),
    "a workbook": (b"PK\x03\x04rest", "workbook"),
    "an open quotation mark": (b'zone,account\n"cs.uec.ac.jp,taro\n', "quotation mark"),
    "a long cell": (b"zone,account\ncs.uec.ac.jp," + b"a" * 5000, "longer than 1000"),
    "a huge cell": (b"zone,account\ncs.uec.ac.jp," + b"a" * 200_000, "quotation mark"),
    "few fields": (table("cs.uec.ac.jp,taro"), "fewer fields"),
    "many fields": (table("cs.uec.ac.jp,taro,,,,x"), "more fields"),
    "a stranger": (table("cs.uec.ac.jp,nobody-here,,,"), "nobody on the roster"),
    "a foreign zone": (table("example.com,taro,,,"), "outside the institution's domains"),
    "no day": (table("cs.uec.ac.jp,{registrar},,soon,"), "not a day"),
    "backwards": (table("cs.uec.ac.jp,{registrar},,2026-12-02,2026-12-01"), "before “from”"),
    "twice": (table("cs.uec.ac.jp,{registrar},,,", "CS.uec.ac.jp,{registrar},,,"), "twice"),
    "with and without": (table("cs.uec.ac.jp,,,,", "cs.uec.ac.jp,{registrar},,,"), "both with and without"),
    "without and with": (table("cs.uec.ac.jp,{registrar},,,", "cs.uec.ac.jp,,,,"), "both with and without"),
    "dates of nobody": (table("cs.uec.ac.jp,,,2026-12-01,"), "the account is missing"),
}


def test_a_bad_file_is_refused_with_a_sentence_in_both_languages(cast):
    for language in ("en", "ja"):
        client = desk(cast.registrar)
        factories.User.objects.filter(pk=cast.registrar.pk).update(language=language)
        for name, (content, sentence) in BAD_FILES.items():
            given = content.replace(b"{registrar}", cast.registrar.account.encode())
            answer = client.post(
                reverse("admin:requests_app_import_zones"), {"zones_file": SimpleUploadedFile("z.csv", given or b" ")}
            )
            assert answer.status_code == 422, name
            with translation.override(language):
                (problem, *_more) = map(str, answer.context["problems"])
            if language == "en":
                assert sentence in problem, name
            else:
                assert re.search(r"[ぁ-ん]", problem), (name, problem)
    assert not ZoneChange.objects.exists()


def test_every_problem_is_named_by_its_line(cast):
    content = table("cs.uec.ac.jp,nobody-here,,,", "example.com,x,,soon,", line(ZONE, cast.administrator))
    with pytest.raises(errors.ImportRefused) as refused:
        propose(content)
    with translation.override("en"):
        lines = [str(problem).partition(":")[0] for problem in refused.value.problems]
    assert lines == ["Line 2", "Line 3"]


def test_who_has_left_hears_nothing_and_is_ended_all_the_same(cast):
    left = factories.staff()
    requests.zone(ZONE, left)
    left.is_active = False
    left.save()
    apply(propose(table(f"{ZONE},,,,")))
    assert left.pk not in told("zone_changed")
    assert not ZoneAdministration.objects.filter(zone__name=ZONE, until_at=None).exists()


def test_zones_are_found_by_their_administrators_too(cast):
    person = factories.staff()
    requests.zone(ZONE, person)
    shown = desk(cast.registrar).get(reverse("admin:requests_app_zone_changelist"), {"q": person.account})
    assert [zone.name for zone in shown.context["cl"].queryset] == [ZONE]
