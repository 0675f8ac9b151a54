import os
import socket
import subprocess
import sys

import pytest

from demo import environment, ports, reset, run, single
from demo.accounts import ACCOUNTS
from demo.ports import Port


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("UPKI_DEMO_VAR", str(tmp_path / "demo"))
    return tmp_path / "demo"


def taken(kind):
    holder = socket.socket(socket.AF_INET, kind)
    holder.bind(("127.0.0.1", 0))
    if kind == socket.SOCK_STREAM:
        holder.listen()
    return holder


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_taken_port_gets_one_sentence_in_each_language(folder, monkeypatch, capsys, kind):
    with taken(kind) as holder:
        number = holder.getsockname()[1]
        monkeypatch.setattr(ports, "PORTS", (Port(number, "ポータル", "portal", is_udp=kind == socket.SOCK_DGRAM),))
        assert run.main() == 1
    said = capsys.readouterr().err
    assert f"ポート {number}" in said
    assert f"Port {number}" in said
    assert said.count("\n") == 2
    assert not (folder / "broker").exists()


def test_a_free_port_is_free():
    with taken(socket.SOCK_STREAM) as holder:
        number = holder.getsockname()[1]
        assert ports.first_taken((Port(number, "", ""),)) is not None
    assert ports.first_taken((Port(number, "", ""),)) is None


def test_a_second_demonstration_is_told_so_while_any_process_of_the_first_lives(folder, capsys):
    with single.hold(folder) as lock:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock.descriptor,))
        lock.note((child.pid,))
    try:
        assert run.main() == 1
        assert f"kill -- -{child.pid}" in capsys.readouterr().err
        assert reset.main() == 1
        assert folder.exists()
    finally:
        child.communicate(b"\n")
    assert reset.main() == 0
    assert not folder.exists()


def test_the_environment_is_closed_and_its_key_is_kept(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://production/upki")
    monkeypatch.setenv("SMTP_HOST", "mail.uec.ac.jp")
    first = environment.settings()
    assert first["DATABASE_URL"] == f"sqlite:///{folder}/portal.sqlite3"
    assert first["SMTP_HOST"] == "127.0.0.1"
    assert first["UPKI_DEMO"] == "1"
    assert first["UPKI_DEBUG"] == "0"
    assert len(first["SECRET_KEY"]) >= 50
    assert environment.settings() == first
    assert os.stat(folder / "secret-key").st_mode & 0o077 == 0


def test_the_banner_names_every_address_and_account():
    banner = run.banner()
    assert all(one.account in banner and one.name_ja in banner for one in ACCOUNTS)
    assert all(f":{port}" in banner for port in (8000, 8001, 8002, 8003, 8053, 8054))


def test_japanese_columns_line_up():
    assert run.padded("鈴木", 6) == "鈴木  "
    assert run.padded("Suzuki", 8) == "Suzuki  "
