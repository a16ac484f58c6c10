"""A length that no recording has is refused before windows are laid over it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from svta.eval.moments.truth import MAX_SECONDS, read_truth
from svta.eval.moments.windows import MomentsError


@pytest.mark.parametrize("seconds", [MAX_SECONDS + 1, 1e18, 1e300])
def test_a_recording_of_years(tmp_path: Path, seconds: float) -> None:
    line = {"qid": 1, "query": "a fire", "vid": "v", "duration": seconds, "relevant_windows": [[1, 2]]}
    path = tmp_path / "truth.jsonl"
    path.write_text(json.dumps(line | {"duration": MAX_SECONDS}) + "\n")
    assert read_truth(str(path)).videos == {"v": MAX_SECONDS}
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(MomentsError, match="at most a week"):
        read_truth(str(path))
