"""The baselines by name, their heads, and their error."""

from __future__ import annotations

from typing import Final

from svta.builder.errors import SvtaError


class BaselineError(SvtaError):
    """A baseline that cannot be built or run from what it was given."""


BASELINES: Final = ("tiny", "clip4clip", "xclip", "gram")
HEADS: Final = ("meanP", "seqLSTM", "seqTransf", "tightTransf")
