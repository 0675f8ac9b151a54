"""`python -m tsv`: make NII's application files, check them, show them, explain NII's messages.

Exit status: 0 written or accepted, 1 refused, 2 a file cannot be read or written or the command line is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import csr
import csr.certificates
import csr.policy
import csr.texts
from tsv import decoding, documentation, inputs, listing, reading, replies, showing, texts, writing
from tsv.fields import Kind
from tsv.problems import Problem, Refused, Severity, error, has_errors
from tsv.records import Record

_POLICY = csr.policy.UEC
_SEVERITIES = {
    Severity.ERROR: ("エラー", "error"),
    Severity.WARNING: ("注意", "warning"),
    Severity.INFORMATION: ("情報", "information"),
}


class _Unusable(Exception):
    """A file that cannot be opened; the argument is its name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 shall not end the program
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except _Unusable as unusable:
        words = "ファイルを開けません" if options.lang == "ja" else "cannot open the file"
        print(f"{words}: {unusable}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tsv", description="NII UPKI application files (TSV)")
    commands = parser.add_subparsers(required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--lang", choices=("ja", "en"), default="ja")
    build = commands.add_parser("build", parents=[common], help="write a file from a list of records in JSON")
    build.add_argument("--kind", choices=[kind.value for kind in inputs.KINDS], required=True)
    build.add_argument("input", metavar="INPUT.json")
    build.add_argument("-o", "--output", metavar="OUT.tsv", required=True)
    build.set_defaults(run=_build)
    check = commands.add_parser("check", parents=[common], help="check a file (- is standard input)")
    check.add_argument("file", nargs="?", default="-")
    check.add_argument("--kind", choices=[kind.value for kind in Kind], required=True)
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_check)
    show = commands.add_parser("show", parents=[common], help="show a file, or NII's list, as a readable table")
    show.add_argument("file", nargs="?", default="-")
    show.add_argument("--kind", choices=[kind.value for kind in Kind])
    show.set_defaults(run=_show)
    explain = commands.add_parser("explain", parents=[common], help="explain messages pasted from NII")
    explain.add_argument("file", nargs="?", default="-")
    explain.set_defaults(run=_explain)
    columns = commands.add_parser("columns", parents=[common], help="print the table of columns")
    columns.set_defaults(run=_columns)
    return parser


def _build(options: argparse.Namespace) -> int:
    kind, output = Kind(options.kind), Path(options.output)
    content = _read(options.input)
    try:
        entries = inputs.parse(content)
    except Refused as refused:
        _print_problems(refused.problems, options.lang, kind)
        return 2 if refused.problems[0].code == "tsv.input_not_json" else 1
    records, problems = _records(entries, kind)
    problems.extend(reading.check_file_name(output.name))
    if not has_errors(problems):
        problems.extend(writing.check_together(records))
    _print_problems(problems, options.lang, kind)
    if has_errors(problems):
        return 1
    _write(writing.files(records), output)
    return 0


def _records(entries: Iterable[Any], kind: Kind) -> tuple[list[Record], list[Problem]]:
    records: list[Record] = []
    problems: list[Problem] = []
    for number, entry in enumerate(entries, start=1):
        record, found = inputs.record(entry, kind, read_request=_read_request, read_certificate=_read_certificate)
        if record is not None:
            records.append(record)
            found = (*found, *writing.check(record))
        problems.extend(problem.at(line=number) for problem in found)
    return records, problems


def _write(files: Sequence[bytes], output: Path) -> None:
    for number, content in enumerate(files, start=1):
        path = output if len(files) == 1 else output.with_name(f"{output.stem}-{number}{output.suffix}")
        try:
            path.write_bytes(content)
        except OSError:
            raise _Unusable(path) from None
        print(path)


def _read_request(pem: str, dns_names: Sequence[str] | None, profile: int) -> inputs.Request:
    own = csr.check(pem, _POLICY)
    names = [own.common_name, *(own.dns_names if dns_names is None else dns_names)]
    result = csr.check(pem, _POLICY, names=names) if own.common_name else own
    problems = [_from_csr(problem).at(column=7) for problem in result.problems]
    if profile not in _POLICY.profiles:
        allowed = list(_POLICY.profiles)
        problems.append(error("tsv.profile_unknown", "T-TSV-I", found=str(profile), allowed=allowed).at(column=2))
    if not result.accepted or has_errors(problems):
        raise Refused(problems)
    return inputs.Request(
        _POLICY.subject_dn(result.common_name), result.common_name, tuple(result.dns_names), result.body
    )


def _read_certificate(pem: str) -> int:
    read = csr.certificates.read(pem)
    if len(read.certificates) == 1 and not read.problems:
        return read.certificates[0].serial
    if read.problems:
        raise Refused(map(_from_csr, read.problems))
    raise Refused([error("tsv.serial_malformed", "T-TSV-R S", value="PEM")])  # several: which of them is meant?


def _from_csr(problem: csr.Problem) -> Problem:
    """Carry a finding of csr/ through our lists; `_text` knows where its sentence is."""
    return Problem(problem.code, Severity(problem.severity.value), dict(problem.params), problem.source)


def _text(problem: Problem, lang: str) -> str:
    if problem.code in texts.TEXTS:
        return texts.text(problem, lang)
    severity = csr.Severity(problem.severity.value)
    return csr.texts.text(csr.Problem(problem.code, severity, tuple(problem.params.items()), problem.source), lang)


def _check(options: argparse.Namespace) -> int:
    kind = Kind(options.kind)
    content = _read(options.file)
    found = reading.read(content, kind)
    problems = list(found.problems)
    if options.file != "-":
        problems.extend(reading.check_file_name(Path(options.file).name))
    for row in found.rows:
        if row.record is not None and hasattr(row.record, "csr"):
            problems.extend(problem.at(line=row.line) for problem in _check_request(row.record))
    accepted = not has_errors(problems)
    if options.json:
        listed = [problem.as_json() | {"text": _text(problem, options.lang)} for problem in problems]
        report = {"accepted": accepted, "kind": kind.value, "rows": len(found.rows), "problems": listed}
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _print_problems(problems, options.lang, kind)
        refused, fine = ("受理できません", "受理できます") if options.lang == "ja" else ("refused", "accepted")
        print(f"{fine if accepted else refused}: {texts.kind_name(kind, options.lang)} ({len(found.rows)})")
    return 0 if accepted else 1


def _check_request(record: Any) -> list[Problem]:
    """Check column 7 as the portal would, and compare its DN with column 1."""
    wrapped = "\n".join(textwrap.wrap(record.csr, 64))
    pem = f"-----BEGIN CERTIFICATE REQUEST-----\n{wrapped}\n-----END CERTIFICATE REQUEST-----\n"
    result = csr.check(pem, _POLICY, names=[record.fqdn, *record.dns_names])
    problems = [_from_csr(problem).at(column=7) for problem in result.problems]
    subject = _POLICY.subject_dn(result.common_name)
    if result.accepted and subject != record.subject:
        problems.append(error("tsv.csr_subject_differs", "T-TSV-I", found=subject).at(column=7))
    return problems


def _show(options: argparse.Namespace) -> int:
    content = _read(options.file)
    if showing.is_list(content):
        found = listing.read(content)
        _print_lines(showing.entries(found.entries))
        _print_problems(found.problems, options.lang, None)
        return 0
    kind = Kind(options.kind) if options.kind else reading.guess(content)
    application = reading.read(content, kind)
    print(showing.title(kind, options.lang))
    _print_lines(showing.reading(application, options.lang))
    _print_problems(application.problems, options.lang, kind)
    return 0


def _explain(options: argparse.Namespace) -> int:
    text, _ = decoding.decode(_read(options.file))
    for reply in replies.parse(text or ""):
        print(reply.text)
        print("  " + texts.sentence(reply.explanation, options.lang))
        print("  " + texts.sentence(reply.remedy, options.lang))
    return 0


def _columns(options: argparse.Namespace) -> int:
    print(documentation.markdown(), end="")
    return 0


def _read(name: str) -> bytes:
    """Return a file's bytes, never much more than a list of NII's may have."""
    limit = 256 * 1024 * 1024
    try:
        if name == "-":
            return sys.stdin.buffer.read(limit)
        with Path(name).open("rb") as file:
            return file.read(limit)
    except OSError:
        raise _Unusable(name) from None


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _print_problems(problems: Iterable[Problem], lang: str, kind: Kind | None) -> None:
    for problem in problems:
        severity = _SEVERITIES[problem.severity][0 if lang == "ja" else 1]
        place = texts.place(problem, lang, kind=kind)
        sentence = showing.printable(_text(problem, lang))
        print(": ".join(part for part in (place, severity, sentence) if part) + f" [{problem.code}]", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
