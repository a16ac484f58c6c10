"""One browser for the tests of a file."""

from __future__ import annotations

import browser_pages
import pytest


@pytest.fixture(scope="module")
def browser():
    with browser_pages.started() as browser:
        yield browser
