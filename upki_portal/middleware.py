"""What happens before anything else: a request gets its id, and a body that is too large is not read."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.actors import actor_of
from csr import private_keys
from requests_app.services import incidents
from upki_portal import logs

type_of_next = Callable[[HttpRequest], HttpResponse]


MAX_LENGTH_DIGITS = 19
"""Digits of the largest length that a client could mean: 64 bits."""


class RequestIdMiddleware:
    """Gives each request an id of ours (never the client's), for log lines and audit events."""

    def __init__(self, get_response: type_of_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(8)
        request.META["UPKI_REQUEST_ID"] = request_id
        token = logs.request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response.headers["X-Request-Id"] = request_id
        if "Cache-Control" not in response.headers:
            # Pages show people and names: no proxy or shared computer keeps them.
            response.headers["Cache-Control"] = "no-store"
        return response


class BodyLimitMiddleware:
    """Answers 413 by the announced length, before a byte is parsed.

    DATA_UPLOAD_MAX_MEMORY_SIZE does not bound files: 50 MB passed a limit of 64 KiB. A body without Content-Length is
    read as empty by Django's WSGI handler.
    """

    def __init__(self, get_response: type_of_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit_bytes = settings.BODY_LIMIT_BYTES
        if is_list_upload(request):
            limit_bytes = max(limit_bytes, settings.LIST_LIMIT_BYTES)
        if announced_bytes(request) > limit_bytes:
            return render(request, "413.html", {"limit_bytes": limit_bytes}, status=413)
        return self.get_response(request)


class ListUploadMiddleware:
    """Lets a registrar's upload of NII's list be larger than any other body, and kept in memory; 413 for anybody else.

    It stands after the sign-in's middlewares and before a byte is parsed: the check against CSRF reads the form, but
    in its process_view, which runs after every middleware's __call__.
    """

    def __init__(self, get_response: type_of_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_list_upload(request) and announced_bytes(request) > settings.BODY_LIMIT_BYTES:
            if not request.user.has_perm("requests_app.review"):
                return render(request, "413.html", {"limit_bytes": settings.BODY_LIMIT_BYTES}, status=413)
            request.upload_handlers = [ListUploadHandler(request)]
        return self.get_response(request)


class ListUploadHandler(MemoryFileUploadHandler):
    """Keeps NII's list in memory: like every upload it could hold a private key, which reaches no file on disk."""

    def handle_raw_input(self, *_given: Any, **_named: Any) -> None:
        """Take what the middlewares let pass; Django's own handler leaves anything above 2 MiB to one with a file."""
        self.activated = True


def is_list_upload(request: HttpRequest) -> bool:
    """Tell whether the address is the one at which registrars upload NII's list."""
    return request.method == "POST" and request.path == reverse("admin:inventory_listimport_upload")


def announced_bytes(request: HttpRequest) -> float:
    """Return the announced length of the body; infinite for what is no length."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    # Python refuses to read numbers of thousands of digits, with a ValueError.
    return int(length) if length.isdecimal() and len(length) <= MAX_LENGTH_DIGITS else float("inf")


class NulMiddleware:
    """Answers 400 to a NUL in the query or a cookie.

    PostgreSQL takes none in a text, and Django hands the admin's filters and the session's key on as they come.
    """

    def __init__(self, get_response: type_of_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or any("\0" in text for text in (query, *request.COOKIES.values())):
            return render(request, "400.html", status=400)
        return self.get_response(request)


class PrivateKeyMiddleware:
    """Refuses every form that holds a private key, whatever its field: it is not stored, logged, cached or echoed.

    One place for every door, admin included. The hash of the public half is blocked, so that the key is never used
    for a certificate; if a request or certificate uses it already, an incident opens.
    """

    def __init__(self, get_response: type_of_next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: list[object], kwargs: dict[str, object]
    ) -> HttpResponse | None:
        """Look at everything that was posted or stands in the address, before any view does."""
        found = [key for key in map(private_keys.find_private_key, _everything_given(request)) if key]
        if not found:
            return None
        if request.user.is_authenticated:
            for spki_sha256 in sorted({key.spki_sha256 for key in found if key.spki_sha256}):
                incidents.report_shown_key(spki_sha256, actor=actor_of(request))
        # Every page repeats its own address in the form that changes the language.
        request.META["QUERY_STRING"] = ""
        return render(request, "private_key.html", status=422)


def _everything_given(request: HttpRequest) -> Iterator[str | bytes]:
    for values in (request.GET, request.POST):
        for name, several in values.lists():
            yield name
            yield from several
    for name, uploads in request.FILES.lists():
        yield name
        for upload in uploads:
            yield from _in_windows(upload)
            upload.seek(0)


WINDOW_BYTES = 4 * 1024**2
OVERLAP_BYTES = 256 * 1024
"""A private key with all its armour, even in base64 inside base64, has less than 64 KiB: it is whole in a window."""


def _in_windows(upload: "UploadedFile[Any]") -> Iterator[bytes]:
    """Yield the file, a large one in windows that overlap: the search takes ten times the memory of what it reads."""
    tail = b""
    while piece := upload.read(WINDOW_BYTES):
        yield tail + piece
        tail = piece[-OVERLAP_BYTES:]
