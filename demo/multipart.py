"""Forms with a file (multipart/form-data, RFC 7578), octet by octet: a file for NII must arrive as it was sent."""

from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True)
class Field:
    """One field. `file_name` is "" for a field without a file."""

    content: bytes
    file_name: str = ""

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


def read(content_type: str, body: bytes) -> dict[str, Field]:
    """Return the fields by name; nothing for another content type or a body that is no form."""
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        return {}
    fields: dict[str, Field] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii", "replace"))[1:]:
        head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if separator:
            disposition = _disposition(head)
            fields[disposition.get("name", "")] = Field(content, disposition.get("filename", ""))
    return fields


def _disposition(head: bytes) -> dict[str, str]:
    header = Message()
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-disposition":
            header["Content-Disposition"] = value.strip()
    found = header.get_params(header="content-disposition")
    return dict(found[1:]) if found else {}
