"""The command line: `python -m csr check FILE` and `python -m csr command --fqdn NAME`.

Exit codes: 0 accepted, 1 refused (also what is not a request at all), 2 no such file or wrong usage.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from csr import commands, names, texts
from csr.checking import Result, check
from csr.policy import UEC
from csr.problems import Problem

ACCEPTED, REFUSED, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns in English of lengths that we report ourselves
        return _check(options) if options.action == "check" else _command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m csr", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    checking = actions.add_parser("check", help="check a certification request (PEM or DER; - is standard input)")
    checking.add_argument("file")
    checking.add_argument("--json", action="store_true", help="print JSON")
    making = actions.add_parser("command", help="print the commands that make a request")
    making.add_argument("--tool", choices=sorted(commands.TOOLS), default="openssl")
    for each in (checking, making):
        each.add_argument("--fqdn", required=each is making, help="the server's name: the CN")
        each.add_argument("--name", action="append", default=[], help="a further name (may be repeated)")
        each.add_argument("--lang", choices=("ja", "en"), default="ja")
    return parser


def _check(options: argparse.Namespace) -> int:
    try:
        given = _read(options.file)
    except OSError:
        print(_NO_FILE[options.lang].format(file=options.file), file=sys.stderr)
        return UNUSABLE
    if options.name and not options.fqdn:
        print(_FQDN_NEEDED[options.lang], file=sys.stderr)
        return UNUSABLE
    allowed = (options.fqdn, *options.name) if options.fqdn else None
    result = check(given, UEC, names=allowed)
    if options.json:
        print(json.dumps(result.as_json(options.lang), ensure_ascii=False, indent=2))
    else:
        _show(result, options.lang)
    return ACCEPTED if result.accepted else REFUSED


def _read(file: str) -> bytes:
    """Return what is in the file, one octet more than is ever accepted at most. Raises OSError."""
    if file == "-":
        return sys.stdin.buffer.read(UEC.max_input_bytes + 1)
    with Path(file).open("rb") as opened:
        return opened.read(UEC.max_input_bytes + 1)


def _show(result: Result, language: str) -> None:
    print(_VERDICT[language][result.accepted])
    for label, value in _facts(result, language):
        if value:
            print(f"  {label}: {value}")
    _show_problems(result.problems, language, sys.stdout)


def _facts(result: Result, language: str) -> tuple[tuple[str, str], ...]:
    labels = _LABELS[language]
    key = result.key
    return (
        (labels[0], result.common_name),
        (labels[1], ", ".join(result.dns_names)),
        (labels[2], ", ".join(f"{attribute}={value}" for attribute, value in result.subject)),
        (labels[3], f"{key.algorithm} {key.curve or key.bits}, SHA-256 {key.spki_sha256}" if key else ""),
    )


def _show_problems(problems: Sequence[Problem], language: str, stream: TextIO) -> None:
    for problem in problems:
        print(f"[{texts.severity(problem, language)}] {texts.text(problem, language)} ({problem.code})", file=stream)


def _command(options: argparse.Namespace) -> int:
    wanted = tuple(names.normalise(name) for name in (options.fqdn, *options.name))
    problems = names.check_names(wanted, UEC)
    if problems:
        _show_problems(problems, options.lang, sys.stderr)
        return REFUSED
    today = datetime.datetime.now().astimezone().date()
    for line in commands.TOOLS[options.tool](wanted[0], UEC, on=today):
        print(line)
    if len(wanted) > 1:
        comment = ";" if options.tool == "certreq" else "#"
        print(comment, _FURTHER[options.lang].format(names=", ".join(wanted[1:]), column=names.column_13(wanted)))
    return ACCEPTED


_NO_FILE = {"ja": "ファイルを読めません: {file}", "en": "Cannot read the file: {file}"}
_FQDN_NEEDED = {"ja": "--name には --fqdn も必要です。", "en": "--name needs --fqdn."}
_VERDICT = {
    "ja": {True: "受け付けられるCSRです。", False: "このCSRは受け付けられません。"},
    "en": {True: "This CSR is accepted.", False: "This CSR is refused."},
}
_LABELS = {
    "ja": ("CN", "dNSName", "主体者DN", "鍵"),
    "en": ("CN", "dNSName", "Subject", "Key"),
}
_FURTHER = {
    "ja": "追加の名前({names})はCSRには入れません。申請書に書くと、TSVの13列目に入ります: {column}",
    "en": "Further names ({names}) do not go into the CSR: they travel in column 13 of the TSV: {column}",
}


if __name__ == "__main__":
    sys.exit(main())
