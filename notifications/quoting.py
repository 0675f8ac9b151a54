"""Free text in a mail: quoted plainly and shortly, never in a subject or a header."""

QUOTED_LENGTH = 600
"""Characters of somebody's words that a mail carries; the page shows all of them."""


def quoted(text: str) -> str:
    """Return free text as a mail carries it: each line marked as somebody's words, cut at QUOTED_LENGTH."""
    shortened = text.strip()[:QUOTED_LENGTH] + ("…" if len(text.strip()) > QUOTED_LENGTH else "")
    return "\n".join(f"> {line}" for line in shortened.splitlines())
