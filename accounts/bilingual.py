"""Sentences in both languages at once, for readers of whom nobody knows the language. Japanese comes first."""

from django.utils import translation


def each(sentence: object) -> tuple[str, str]:
    """Return what `sentence`, which is made when it is shown, says in Japanese and in English."""
    spoken = []
    for language in ("ja", "en"):
        with translation.override(language):
            spoken.append(str(sentence))
    return spoken[0], spoken[1]


def on_one_line(sentence: object) -> str:
    """Return both, or the one where they are the same: for a command's errors."""
    return " / ".join(dict.fromkeys(each(sentence)))
