"""Texts of mails: two whole plain-text templates for each kind, rendered when the mail enters the outbox.

templates/notifications/<kind>/{ja,en}.txt begin with the line "Subject: …" and a blank line. They know
`recipient_name`, `portal_name`, `signature`, `link` (only where the mail has one) and what the caller gives. A missing
variable raises instead of leaving a hole in a sentence (inside `{% if %}` it counts as false).

No free text of a user belongs into a "Subject:" line.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.template import Context, Engine, Template, engines
from django.template.backends.django import get_installed_libraries
from django.utils import translation

LANGUAGES = ("ja", "en")
"""The order in which a mail carries both."""

SUBJECT_LENGTH = 400
"""Characters of a subject that the outbox keeps; the rest is cut off."""

_SUBJECT_MARK = "Subject: "
_BETWEEN_LANGUAGES = "\n\n" + "-" * 64 + "\n\n"
_FORBIDDEN_IN_SUBJECT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format (bidirectional marks too), surrogate and line separating characters. Unicode, table 4-4."""


class MailTextError(Exception):
    """A template is not as it must be: an error of the portal, found by `manage.py check` and by the tests."""


class UnsafeSubject(Exception):
    """A subject holds a control or format character that no header may carry."""


@dataclass(frozen=True)
class MailText:
    """A rendered mail."""

    subject: str
    body: str


class _Missing(str):
    """Stands for a missing variable; Django asks it to format the variable's name."""

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, variable: object) -> str:
        raise MailTextError(f"The text uses “{variable}”, which was not given.")


def render(kind: str, *, language: str, names: Mapping[str, str], context: Mapping[str, Any], link: str) -> MailText:
    """Return the text in `language`, or with language "" in both, Japanese first.

    `names` are the recipient's by language. Raises MailTextError, UnsafeSubject, TemplateDoesNotExist.
    """
    languages = (language,) if language else LANGUAGES
    texts = [_render_one(kind, one, name=names[one], context=context, link=link) for one in languages]
    subject = " / ".join(text.subject for text in texts)
    if len(subject) > SUBJECT_LENGTH:
        subject = subject[: SUBJECT_LENGTH - 1] + "…"
    return MailText(subject, _BETWEEN_LANGUAGES.join(text.body for text in texts) + "\n")


def load(kind: str, language: str) -> tuple[Template, Template]:
    """Return the templates of subject and body. Raises MailTextError, TemplateDoesNotExist, TemplateSyntaxError."""
    path = f"notifications/{kind}/{language}.txt"
    source = _engine().get_template(path).source
    head, _, body = source.partition("\n\n")
    if not head.startswith(_SUBJECT_MARK) or "\n" in head or not body.strip():
        raise MailTextError(f"{path} must begin with a line “Subject: …” and a blank line.")
    return _template(head.removeprefix(_SUBJECT_MARK)), _template(body)


def signature(language: str) -> str:
    """Return the lines under a mail: signature, contact, telephone, office hours, as far as the settings know them."""
    lines = [
        settings.MAIL_SIGNATURES[language].replace("\\n", "\n"),
        settings.CONTACT_MAIL,
        settings.CONTACT_PHONE,
        settings.OFFICE_HOURS[language],
    ]
    return "\n".join(line for line in lines if line)


def _render_one(kind: str, language: str, *, name: str, context: Mapping[str, Any], link: str) -> MailText:
    subject, body = load(kind, language)
    variables = {
        **context,
        "recipient_name": name,
        "portal_name": settings.MAIL_PORTAL_NAMES[language],
        "signature": signature(language),
    }
    if link:
        variables["link"] = link
    with translation.override(language):
        rendered = Context(variables, autoescape=False)
        return MailText(_checked_subject(subject.render(rendered)), body.render(rendered).strip())


def _checked_subject(rendered: str) -> str:
    """Return the subject on one line. A line break in it would begin a header; here it becomes a space."""
    subject = " ".join(rendered.split())
    if any(unicodedata.category(character) in _FORBIDDEN_IN_SUBJECT for character in subject):
        raise UnsafeSubject
    return subject


def _template(source: str) -> Template:
    return Template(source, engine=_engine())


@cache
def _engine() -> Engine:
    # An engine of its own: plain text is not escaped as HTML is, and a missing variable is an error.
    return Engine(
        dirs=list(engines["django"].dirs),
        autoescape=False,
        string_if_invalid=_Missing("%s"),
        libraries=get_installed_libraries(),
    )
