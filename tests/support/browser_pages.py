"""Pages in a real browser: which one there is, a window that fails a test on any error, and when a page is drawn.

SVTA_BROWSER=firefox runs the same tests in Playwright's Firefox.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FIREFOX = os.environ.get("SVTA_BROWSER") == "firefox"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
try:
    import playwright.sync_api as library
except ImportError:
    library = None
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(library is None, reason="playwright is not installed"),
    pytest.mark.skipif(CHROMIUM is None and not FIREFOX, reason="no Chromium is installed"),
]


@contextmanager
def started() -> Iterator[Any]:
    """The browser."""
    with library.sync_playwright() as play:
        kind = play.firefox if FIREFOX else play.chromium
        browser = kind.launch() if FIREFOX else kind.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def watched(browser: Any, file: Path, *, strict: bool = True, **context: Any) -> Iterator[Any]:
    """A fresh window on a file; an error on its console, or a request that leaves it, fails the test.

    strict=False: a tool asks for more than the page does.
    """
    opened_in = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **context})
    opened_in.set_default_navigation_timeout(120_000)  # the first page of a cold Chromium on busy cores
    page = opened_in.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else errors.append(r.url))
    page.address = file.as_uri()
    page.goto(page.address)
    yield page
    assert not (strict and errors), errors
    opened_in.close()


def drawn(page: Any) -> None:
    """Wait until the page shows what its address says: the browser tells of a new address in a later turn."""
    page.wait_for_function("() => document.body.dataset.drawn === location.hash")


def serious_faults(page: Any, name: str) -> list[tuple[str, str, str]]:
    """Serious and critical faults that axe finds."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = [fault for fault in axe.run(page).response["violations"] if fault["impact"] in ("serious", "critical")]
    return [(name, fault["id"], fault["nodes"][0]["html"][:200]) for fault in found]
