"""The support system on loopback: pages for people, and addresses for programs (`demo.nii.client`)."""

import dataclasses
import json
from datetime import datetime
from pathlib import Path

from demo import multipart
from demo.nii import pages
from demo.nii.authority import Fault
from demo.nii.columns import Kind
from demo.nii.mails import Postman
from demo.nii.system import LinkClosed, Mode, Result, SupportSystem
from demo.web import HOST, Answer, LoopbackServer, Question, redirect

MAX_BODY_BYTES = 2 * 1024 * 1024
"""More than any file of 99 rows (0.3 MB), less than hurts."""


class SupportSite:
    """The server. Use `start` and `stop`, or `with`. Port 0: the system chooses."""

    def __init__(
        self, folder: Path, *, postman: Postman, registrar_mail: str, port: int = 0, failing_names: tuple[str, ...] = ()
    ) -> None:
        self._server = LoopbackServer(self._answer, port=port, max_body_bytes=MAX_BODY_BYTES)
        self.address = self._server.address
        self.system = SupportSystem(
            folder,
            postman=postman,
            registrar_mail=registrar_mail,
            address=self.address,
            failing_names=failing_names,
        )

    def __enter__(self) -> "SupportSite":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def _answer(self, question: Question) -> Answer:
        if question.path.startswith("/certificates/"):
            return self._link(question.path.removeprefix("/certificates/"))
        if question.path.startswith("/issued/"):
            return self._issued(question.path.removeprefix("/issued/").removesuffix(".cer"))
        if question.path.startswith("/uploads/"):
            return self._result(question.path.removeprefix("/uploads/"))
        found = {
            ("GET", "/"): self._front,
            ("GET", "/serverAll.tsv"): self._list,
            ("GET", "/issuers.pem"): lambda _: _file(self.system.authority.issuer_pem, "issuers.pem"),
            ("GET", "/root.pem"): lambda _: _file(self.system.authority.root_pem, "root.pem"),
            ("GET", "/issuing.crl"): lambda _: _file(self.system.revocation_list(), "issuing.crl"),
            ("POST", "/upload"): self._upload,
            ("POST", "/api/upload"): self._upload_by_program,
            ("POST", "/failing-names"): self._fail,
        }.get((question.method, question.path))
        return found(question) if found else Answer(pages.refused("このページはありません"), status=404)

    def _front(self, _: Question) -> Answer:
        self.system.send_due()
        return Answer(pages.front(self.system.applications, failing_names=self.system.failing_names))

    def _list(self, _: Question) -> Answer:
        self.system.send_due()
        return _file(self.system.server_all(), "serverAll.tsv")

    def _result(self, operation_id: str) -> Answer:
        upload = self.system.result(operation_id)
        if upload is None:
            return Answer(pages.refused("このページはありません"), status=404)
        return Answer(pages.result(upload))

    def _link(self, token: str) -> Answer:
        try:
            name, certificate = self.system.pick_up(token)
        except LinkClosed:
            return Answer(pages.refused("この証明書取得URLは使用済みか、有効期限が切れています"), status=410)
        return _file(certificate.encode("ascii"), f"{name}.cer")

    def _issued(self, application_id: str) -> Answer:
        """Serve what was picked up before: NII's link opens once, here a demonstration goes on without a saved file."""
        for one in self.system.applications:
            if one.application_id == application_id and one.picked_up_at is not None:
                return _file(one.certificate.encode("ascii"), f"{one.common_name}.cer")
        return Answer(pages.refused("このページはありません"), status=404)

    def _upload(self, question: Question) -> Answer:
        form = multipart.read(question.headers.get("content-type", ""), question.body)
        try:
            kind, mode = Kind(form["kind"].text), Mode(form["mode"].text)
            fault, file = Fault(form["fault"].text if "fault" in form else ""), form["file"]
        except (KeyError, ValueError):
            return Answer(pages.refused("申請種別、エラー時の処理、ファイルを指定してください"), status=400)
        done = self.system.upload(kind, mode, file.file_name, file.content, fault=fault)
        return redirect(f"/uploads/{done.operation_id}")

    def _upload_by_program(self, question: Question) -> Answer:
        asked = question.query
        try:
            kind, mode, fault = Kind(asked["kind"]), Mode(asked["mode"]), Fault(asked.get("fault", ""))
            history_at = _moment(asked["history_at"]) if "history_at" in asked else None
        except (KeyError, ValueError):
            return Answer("bad request", status=400, kind="text/plain")
        file_name = asked.get("file_name", "")
        done = self.system.upload(kind, mode, file_name, question.body, fault=fault, history_at=history_at)
        return Answer(json.dumps(_described(done), ensure_ascii=False), kind="application/json")

    def _fail(self, question: Question) -> Answer:
        self.system.fail(question.form.get("names", "").split())
        return redirect("/")


def _file(content: bytes, name: str) -> Answer:
    kind = "text/tab-separated-values; charset=Shift_JIS" if name.endswith(".tsv") else "application/octet-stream"
    return Answer(content, kind=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _moment(text: str) -> datetime:
    """Read a moment with its zone. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return at


def _described(result: Result) -> dict[str, object]:
    return {
        **dataclasses.asdict(result),
        "rows": [
            {**dataclasses.asdict(row), "messages": [str(message) for message in row.messages]} for row in result.rows
        ],
        "messages": [str(message) for message in result.messages],
    }


INTERNAL_NAMES = ("gpu.cs.uec.ac.jp", "intra.cs.uec.ac.jp", "caa.cs.uec.ac.jp")
"""Names of the demonstration's zone that the world does not see, or whose CAA record names another CA."""


if __name__ == "__main__":
    from demo.accounts import REGISTRAR
    from demo.environment import NII_PORT, SMTP_PORT, nii_folder
    from demo.standing import serve

    serve(
        SupportSite(
            nii_folder(),
            postman=Postman(HOST, SMTP_PORT),
            registrar_mail=REGISTRAR.mail,
            port=NII_PORT,
            failing_names=INTERNAL_NAMES,
        )
    )
