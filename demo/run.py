"""`make demo`: the portal and its stand-ins, from nothing to a page in the browser, and back to nothing."""

import shutil
import sys
import unicodedata
import urllib.error
import urllib.request
from pathlib import Path

from demo import environment, ports, single
from demo.accounts import ACCOUNTS
from demo.processes import Program, Runner, Stopped
from demo.web import HOST

START_SECONDS = 60
"""How long everything together may take to answer; a slow machine needs a third of it."""


def _module(name: str, module: str, options: str, *more: str) -> Program:
    return Program(name, (sys.executable, "-m", module, *options.split(), *more))


STAND_INS = (
    _module("openid", "demo.identity_provider", ""),
    _module("dns", "demo.dns_server", ""),
    _module("mail", "demo.mail_sink", ""),
    _module("nii", "demo.nii.site", ""),
)

PREPARATIONS = (_module("prepare", "demo.prepare", ""), _module("load", "demo.load", ""))


def portal_programs(folder: Path) -> tuple[Program, ...]:
    """Return the portal's own processes. Probes have a worker to themselves, or slow ones would hold up the mail."""
    schedule = str(folder / "broker" / "beat-schedule")
    celery = "--quiet -A upki_portal"
    worker = "worker --pool solo --without-gossip --without-mingle --without-heartbeat --loglevel WARNING"
    web = f"--interface wsgi --host {HOST} --port {environment.PORTAL_PORT} --workers 1 --blocking-threads 4 --no-ws"
    return (
        _module("web", "granian", f"{web} --log-level warning upki_portal.wsgi:application"),
        _module("worker", "celery", f"{celery} {worker} --hostname worker@demo --queues default,mail"),
        _module("probes", "celery", f"{celery} {worker} --hostname probes@demo --queues probes"),
        _module("beat", "celery", f"{celery} beat --loglevel WARNING --pidfile=", "--schedule", schedule),
    )


def main() -> int:
    """Run until Ctrl-C. Returns 0 then, 1 when something could not start or ended by itself."""
    folder = environment.var_dir()
    try:
        with single.hold(folder) as lock:
            taken = ports.first_taken(ports.PORTS)
            if taken is not None:
                print(taken.taken_sentence(), file=sys.stderr)
                return 1
            return _run(folder, lock)
    except single.AlreadyRunning as running:
        print(running.sentence(), file=sys.stderr)
        return 1


def _run(folder: Path, lock: single.Lock) -> int:
    _empty_broker(folder / "broker")
    runner = Runner(environment=environment.settings(), folder=environment.ROOT, keep=(lock.descriptor,))
    with runner.signals():
        try:
            return _start_and_wait(runner, folder, lock)
        except Stopped:
            return _report_end(runner, runner.ended())
        finally:
            runner.stop()
            lock.note(())
            runner.say("止まりました。 Stopped; nothing is left running.")


def _start_and_wait(runner: Runner, folder: Path, lock: single.Lock) -> int:
    runner.say("準備しています… Getting ready…")
    for program in STAND_INS:
        runner.start(program)
    lock.note(runner.groups)
    for program in PREPARATIONS:
        if runner.run(program) != 0:
            runner.say(f"「{program.name}」に失敗しました。 “{program.name}” failed; its output is above.")
            return 1
    for program in portal_programs(folder):
        runner.start(program)
    lock.note(runner.groups)
    if not runner.wait_until(everything_answers, seconds=START_SECONDS):
        runner.say(f"{START_SECONDS} 秒以内に応答がありません。 No answer within {START_SECONDS} seconds.")
        return 1
    runner.say(banner())
    return _report_end(runner, runner.wait())


def _report_end(runner: Runner, ended: str) -> int:
    if runner.asked_to_stop or not ended:
        runner.say("\n終了しています… Stopping…")
        return 0
    runner.say(f"「{ended}」が終了したため、すべて止めます。 “{ended}” ended by itself, so everything stops.")
    return 1


def _empty_broker(folder: Path) -> None:
    """Make the folders of the embedded broker anew: what an earlier run left there is due again anyway."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("queue", "control"):
        (folder / name).mkdir(parents=True)


HEALTH_ADDRESSES = (
    f"{environment.PORTAL_URL}/health/",
    f"http://{HOST}:{environment.PROVIDER_PORT}/",
    f"http://{HOST}:{environment.MAIL_PAGE_PORT}/",
    f"{environment.NII_URL}/",
)


def everything_answers() -> bool:
    """Say whether every server with a page answers it."""
    return all(_answers(address) for address in HEALTH_ADDRESSES)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - the addresses are the constants above
            return True
    except urllib.error.HTTPError as answer:
        # 404 and the like are answers too; only a broken server is not ready.
        return answer.code < 500
    except OSError:
        return False


def banner() -> str:
    """Return the addresses and the accounts."""
    addresses = (
        ("ポータル Portal", environment.PORTAL_URL),
        ("メール Mail", f"http://{HOST}:{environment.MAIL_PAGE_PORT}"),
        ("支援システム NII", environment.NII_URL),
        ("認証 OpenID provider", f"http://{HOST}:{environment.PROVIDER_PORT}"),
        ("DNS", f"{HOST}:{environment.DNS_OUTSIDE_PORT}（学外 outside） :{environment.DNS_INSIDE_PORT}（学内 inside）"),
    )
    lines = ["", *(f"  {padded(name, 22)}{address}" for name, address in addresses), ""]
    lines += ["  アカウント（クリックでログイン） Accounts, one click each:"]
    lines += [
        f"  {padded(one.account, 12)}{padded(one.name_ja, 14)}{padded(one.name_en, 20)}{one.part_ja}"
        for one in ACCOUNTS
    ]
    return "\n".join([*lines, "", "  終了するには Ctrl-C。 Press Ctrl-C to stop.", ""])


def padded(text: str, columns: int) -> str:
    """Return `text` followed by spaces up to `columns` of a terminal, where Japanese characters take two."""
    width = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(1, columns - width)


if __name__ == "__main__":
    sys.exit(main())
