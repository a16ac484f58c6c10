"""Whether torchcodec imports: a build for another torch or FFmpeg is found, and fails with an OSError when it is used.

datasets takes "found" for "works" and imports it for every video that it stores, decoded or not.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.util import find_spec
from typing import Final

from svta.builder.errors import first_line

_LOG: Final = logging.getLogger(__name__)
_REMEDY: Final = "pip uninstall torchcodec, or install the build for this torch and FFmpeg"


@cache
def torchcodec_problem() -> str | None:
    """Why the torchcodec that is installed does not import, in one line; None if it does, or is not installed.

    Imports it, and torch with it; tried once per process.
    """
    if find_spec("torchcodec") is None:
        return None
    try:
        import torchcodec.decoders  # noqa: F401
    except Exception as error:  # errors of many kinds
        return first_line(error, 120)
    return None


class _Works:
    """True if torchcodec imports; tried when it is first asked, and reported once if it does not."""

    def __init__(self) -> None:
        self.told = False

    def __bool__(self) -> bool:
        if (problem := torchcodec_problem()) is not None and not self.told:
            self.told = True
            _LOG.warning("torchcodec does not import (%s): videos come as bytes; %s", problem, _REMEDY)
        return problem is None


def mend_datasets() -> None:
    """Have datasets use torchcodec where it imports, not wherever it is found (TORCHCODEC_AVAILABLE of 4.8 to 5.2)."""
    import datasets.config

    if datasets.config.TORCHCODEC_AVAILABLE is True:
        vars(datasets.config)["TORCHCODEC_AVAILABLE"] = _Works()
