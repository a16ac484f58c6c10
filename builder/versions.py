"""Which version of svta or of another package runs here: for build.json, config.json, provenance and `svta info`.

svta's own is in setup.cfg alone. A checkout reads it there; what pip installed has it in its metadata.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

NOT_INSTALLED: Final = "not installed"
_SETUP: Final = Path(__file__).parents[1] / "setup.cfg"  # no such file beside an installed package


@cache
def svta_version() -> str:
    """The version of this code."""
    if _SETUP.is_file() and (found := re.search(r"^version = (\S+)$", _SETUP.read_text("utf-8"), re.MULTILINE)):
        return found[1]
    return version("svta")


def version_of(package: str) -> str:
    """The version of a package, "not installed" without it."""
    if package == "svta":
        return svta_version()
    try:
        return version(package)
    except PackageNotFoundError:
        return NOT_INSTALLED
