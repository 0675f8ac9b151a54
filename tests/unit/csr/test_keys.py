"""Keys: what badkeys is asked, and what happens with and without its lists of compromised keys."""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import badkeys.utils
import pytest

from csr import check, keys
from csr.policy import EC_PROFILE, UEC
from tests.unit.csr import building as b

ROOT = Path(__file__).parents[3]


@pytest.fixture
def no_lists(monkeypatch, tmp_path):
    monkeypatch.setattr(badkeys.utils, "_cachedir", lambda: f"{tmp_path}/")


def test_block_list_is_never_among_the_checks_without_its_data(no_lists):
    assert keys.BLOCK_LIST not in keys.WEAK_KEY_CHECKS
    assert not keys.has_block_list()


def test_result_says_that_the_lists_are_missing(no_lists):
    result = check(b.request(), UEC)
    assert result.accepted
    assert [problem.code for problem in result.problems] == ["key.lists_missing"]


def cache_with(folder, modulus):
    """Write a list with one key as badkeys stores it: 15 octets of the hash and the number of its list."""
    (folder / "badkeys").mkdir()
    lists = {"blocklists": [{"id": 1, "name": "debianssl"}]}
    (folder / "badkeys" / "badkeysdata.json").write_text(json.dumps(lists))
    octets = modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")
    (folder / "badkeys" / "blocklist.dat").write_bytes(hashlib.sha256(octets).digest()[:15] + b"\1")
    return folder


def codes_in_new_process(folder, request):
    """badkeys keeps its list for the life of a process: ask another one."""
    command = [sys.executable, "-m", "csr", "check", "-", "--json"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder)}
    answer = subprocess.run(command, input=request, capture_output=True, check=False, env=environment, cwd=ROOT)
    assert answer.stderr == b""
    return answer.returncode, [problem["code"] for problem in json.loads(answer.stdout)["problems"]]


def test_key_on_a_list_is_refused(tmp_path):
    folder = cache_with(tmp_path, b.rsa_key().n)
    assert codes_in_new_process(folder, b.request()) == (1, ["key.known_compromised"])


def test_key_that_is_on_no_list_is_accepted_without_remark(tmp_path):
    folder = cache_with(tmp_path, b.rsa_key(number=1).n)
    assert codes_in_new_process(folder, b.request()) == (0, [])


@pytest.mark.parametrize(
    ("key", "finding"),
    [(b.close_primes_key, "fermat"), (b.small_factor_key, "smallfactors"), (b.roca_key, "roca")],
    ids=["fermat", "smallfactors", "roca"],
)
def test_weakness_is_named(key, finding):
    problems = check(b.request(key=key()), UEC).problems
    assert finding in [problem.param("check") for problem in problems if problem.code == "key.weak"]


def test_an_institution_without_rsa_takes_curves_only():
    policy = dataclasses.replace(UEC, profiles=(EC_PROFILE,))
    (problem,) = [problem for problem in check(b.request(), policy).problems if problem.is_error]
    assert (problem.code, problem.param("expected")) == ("key.algorithm", "ECDSA secp384r1")


def test_enormous_modulus_is_refused_without_being_examined(monkeypatch):
    monkeypatch.setattr(badkeys, "checkrsa", None)
    enormous = b.RsaKey(1, (1 << 16383) | 1).spki()
    result = check(b.request(spki=enormous, signature=bytes(2048)), UEC)
    assert {"key.rsa_bits", "signature.invalid"} <= {problem.code for problem in result.problems}
