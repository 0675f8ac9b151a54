"""Talks to a support system that runs in another process, as the demonstration's loader and browser tests do."""

from datetime import datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from demo.nii.authority import Fault
from demo.nii.columns import Kind
from demo.nii.system import Mode

TIMEOUT_SECONDS = 30
"""99 certificates take two seconds."""


class Client:
    """One support system at `address`. Every method raises requests.HTTPError when it refuses."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = requests.Session()
        # The stand-in may still be starting: it makes its keys first.
        self._session.mount(address, HTTPAdapter(max_retries=Retry(total=None, connect=8, read=0, backoff_factor=0.1)))

    def upload(
        self,
        kind: Kind,
        mode: Mode,
        file_name: str,
        content: bytes,
        *,
        fault: Fault = Fault.NONE,
        history_at: datetime | None = None,
    ) -> dict[str, Any]:
        """Do what `SupportSystem.upload` does; the result comes as JSON, its messages as texts."""
        asked = {"kind": kind.value, "mode": mode.value, "file_name": file_name, "fault": fault.value}
        if history_at is not None:
            asked["history_at"] = history_at.isoformat()
        answer = self._session.post(f"{self._address}/api/upload", params=asked, data=content, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        described: dict[str, Any] = answer.json()
        return described

    def server_all(self) -> bytes:
        """Return serverAll.tsv."""
        return self._get("/serverAll.tsv")

    def issuers_pem(self) -> bytes:
        """Return the issuing CA's certificate."""
        return self._get("/issuers.pem")

    def fail(self, names: list[str]) -> None:
        """Let the CA refuse these names, and no others."""
        answer = self._session.post(
            f"{self._address}/failing-names", data={"names": "\n".join(names)}, timeout=TIMEOUT_SECONDS
        )
        answer.raise_for_status()

    def _get(self, path: str) -> bytes:
        answer = self._session.get(f"{self._address}{path}", timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.content
