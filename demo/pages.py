"""The frame of the stand-ins' pages."""

from html import escape


def page(title: str, content: str, *, lang: str = "ja") -> str:
    """Return a whole page. `content` is HTML made by the caller; `title` is plain text."""
    return f"""<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header class="ribbon">デモ環境 <span lang="en">Demonstration</span></header>
<main>
{content}
</main>
</body>
</html>
"""
