"""Sphinx: builds these pages as a site, `make docs`; its warnings are errors.

Reads the Markdown pages of this folder and the docstrings of svta; writes HTML into out/docs.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import svta

project = "svta"
author = "The svta maintainers"
release = version = svta.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["images"]
html_theme = "furo"
html_title = f"svta {release}"
html_copy_source = False
smartquotes = False

myst_heading_anchors = 3  # [text](page.md#heading) works as it does on GitHub
suppress_warnings = ["myst.header"]  # CONTRIBUTING-like pages may begin sections at any level
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
default_role = "code"  # docstrings write `name`, as Markdown does

_ARGUMENT = re.compile(r"[a-z_]\w*(?:, [a-z_]\w*| \([^)]*\))*: ")


def as_restructured_text(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Docstrings here are plain text: an indented block is code, and `name: what it is` begins an item of a list."""
    written: list[str] = []
    for paragraph in "\n".join(lines).strip().split("\n\n"):
        rows = paragraph.splitlines()
        if rows and rows[0].startswith(" "):
            written += [".. code-block:: python", "", *(f"   {row}" for row in rows), ""]
        elif rows and _ARGUMENT.match(rows[0]):
            written += [f"- {row}" if _ARGUMENT.match(row) else f"  {row.strip()}" for row in rows] + [""]
        else:
            written += [*rows, ""]
    lines[:] = written


def setup(app: Sphinx) -> None:
    """Sphinx calls it."""
    app.connect("autodoc-process-docstring", as_restructured_text)
