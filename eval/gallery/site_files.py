"""The files of a site: its pages and scripts, the data as scripts, and a README for the Hub; or all of it as one page.

The data come as (name, value); the page asks for each by its name. fetch() of file:// is blocked, scripts are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Final

from svta.builder.io.files import write_text

STYLES: Final = ("base.css", "style.css")
SCRIPTS: Final = (
    "data.js", "state.js", "filter.js", "search.js", "grid.js", "clip.js", "statistics.js", "explorer.js",
    "timeline.js", "moments.js", "decisions.js", "review.js", "audit.js", "app.js",
)  # fmt: skip
_INLINE: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; media-src data:"
)
Data = Iterable[tuple[str, object]]


def as_script(name: str, value: object) -> str:
    """A script that hands a value to the page. Markup in it stays text wherever it is: < is an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return f"receive({json.dumps(name)},{text});\n"


def write_site(folder: Path, data: Data, title: str, about: str) -> None:
    """index.html with its styles and scripts, data/*.js, and README.md of a static Space."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, value in data:
        write_text(folder / "data" / f"{name}.js", as_script(name, value))
    for name in ("index.html", *STYLES, *SCRIPTS):
        write_text(folder / name, site_file(name))
    title = title.replace('"', "'").replace("\n", " ")
    write_text(
        folder / "README.md",
        f'---\ntitle: "{title}"\nsdk: static\napp_file: index.html\npinned: false\n---\n\n{about}\n',
    )


def one_page(data: Data) -> str:
    """The same site as one HTML file, without pictures and videos."""
    page = site_file("index.html")
    page = re.sub(r'(Content-Security-Policy" content=")[^"]*', lambda found: found[1] + _INLINE, page)
    values = "".join(as_script(name, value) for name, value in data)
    for name in STYLES:
        page = page.replace(f'<link rel="stylesheet" href="{name}">', f"<style>\n{site_file(name)}</style>")
    for name in SCRIPTS:
        text = site_file(name) + (values if name == "data.js" else "")
        page = page.replace(f'<script src="{name}"></script>', f"<script>\n{text}</script>")
    return page


def site_file(name: str) -> str:
    """The text of one file of the page."""
    return files("svta.eval.gallery").joinpath("site", name).read_text("utf-8")
