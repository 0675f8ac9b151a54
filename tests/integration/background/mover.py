"""`python -m tests.integration.background.mover FIRST COUNT SEED PROGRESS`: people move requests from draft to queue.

They do what the pages do, by the same verbs, and what a person does when a page says that something went wrong: they
look at what is there and go on. Each step that was taken adds one byte to the file PROGRESS.
"""

import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import django

STEPS = ("create", "apply", "answer", "approve", "upload", "send")
"""What people do for one request; DNS and the settling between are the workers'."""

PATIENCE_SECONDS = 600
"""How long people go on; then the test fails and says what stood where."""

APPLICANTS = 15
ZONES = ("cs.uec.ac.jp", "ee.uec.ac.jp", "cc.uec.ac.jp")


def names(first: int, count: int) -> list[str]:
    """Return the host names of some requests, one for each."""
    return [f"host{number}.{ZONES[number % len(ZONES)]}" for number in range(first, first + count)]


@dataclass
class People:
    """Who does what; looked up once, by their accounts."""

    applicants: list
    administrators: dict
    registrars: list


def account_of(role: str, number: int) -> str:
    """Return an account: applicants, zone administrators and registrars are numbered."""
    return f"{role}{number:04d}"


def arrange() -> None:
    """Make the people, the zones and NII's list of today."""
    from tests import factories, requests

    for number in range(APPLICANTS):
        factories.faculty(account=account_of("ap", number), language=("", "ja", "en")[number % 3])
    for number, zone in enumerate(ZONES):
        requests.zone(zone, factories.zone_person(account=account_of("zo", number)))
    for number in range(2):
        factories.registrar(account=account_of("re", number))
    requests.list_is_fresh()


def find_people() -> People:
    """Return those whom `arrange` made."""
    from accounts import queries

    def found(role: str, count: int) -> list:
        return [queries.find_by_account(account_of(role, number)) for number in range(count)]

    return People(
        applicants=found("ap", APPLICANTS),
        administrators=dict(zip(ZONES, found("zo", len(ZONES)), strict=True)),
        registrars=found("re", 2),
    )


def advance(name: str, people: People, rng: random.Random) -> str:
    """Take the next step for a name; return its word, "" when somebody else is at it, "there" at the end."""
    from requests_app.models import CertificateRequest
    from requests_app.services import applying, confirming, drafting, preparing, reviewing
    from requests_app.states import State
    from requests_app.steps import freezing
    from tests import factories, requests

    number = int(name.partition(".")[0].removeprefix("host"))
    applicant = factories.actor(people.applicants[number % APPLICANTS])
    request = CertificateRequest.objects.filter(common_name=name).first()
    if request is None:
        drafting.create(requests.contents(common_name=name), actor=applicant)
        return "create"
    match request.state:
        case State.DRAFT:
            applying.apply(request.pk, actor=applicant, digest=freezing.digest(request))
            return "apply"
        case State.CONFIRMING:
            question = request.confirmations.filter(state="ASKED").first()
            if question is None:
                return ""
            administrator = factories.actor(people.administrators[name.partition(".")[2]])
            confirming.answer(question.pk, is_yes=True, reason="", actor=administrator)
            return "answer"
        case State.REVIEWING:
            registrar = factories.actor(rng.choice(people.registrars))
            reviewing.approve(request.pk, actor=registrar, digest=request.current_version.digest, reason="")
            return "approve"
        case State.APPROVED:
            row = request.rows.filter(superseded_at=None).first()
            if row is None:
                preparing.upload(request.pk, requests.csr_pem(name), actor=applicant)
                return "upload"
            preparing.send(request.pk, actor=applicant, digest=row.digest)
            return "send"
        case State.QUEUED:
            return "there"
    raise AssertionError(f"{name} is {request.state}, where nobody sent it")


def main(first: int, count: int, seed: int, progress: Path) -> int:
    """Move the requests; return 0 when all are queued."""
    from django.db import InterfaceError, OperationalError, connections

    from requests_app.errors import RequestError

    rng, people = random.Random(seed), find_people()
    under_way, seen = names(first, count), Counter()
    end = time.monotonic() + PATIENCE_SECONDS
    descriptor = os.open(progress, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while under_way and time.monotonic() < end:
        name = rng.choice(under_way[:40])
        try:
            step = advance(name, people, rng)
        except (OperationalError, InterfaceError) as fault:
            # What a person sees as "something went wrong on our side".
            seen["the database went away"] += 1
            print(f"{name}: {fault}".strip(), flush=True)
            connections.close_all()
            time.sleep(0.5)
            continue
        except RequestError as refusal:
            # The commit had gone through although nobody could say so.
            seen[f"refused: {refusal.code}"] += 1
            continue
        seen[step] += 1
        if step == "there":
            under_way.remove(name)
        elif step:
            os.write(descriptor, b".")
        time.sleep(0.02 if step else 0.1)
    print(dict(seen), "left:", under_way, flush=True)
    return 1 if under_way else 0


if __name__ == "__main__":
    django.setup()
    if sys.argv[1:] == ["arrange"]:
        arrange()
    else:
        sys.exit(main(*map(int, sys.argv[1:4]), Path(sys.argv[4])))
