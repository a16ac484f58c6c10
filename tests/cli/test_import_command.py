"""Options of `svta import` that decide which clips there are and how they look, as a user gives them."""

from __future__ import annotations

from pathlib import Path

import pytest
from colour_encoder import write_colours

from svta.builder.layout.clips_folder import finished_parts, read_part
from svta.builder.record import Clip
from svta.cli.app import main


@pytest.fixture
def footage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_colours(tmp_path / "v/a.mp4", [("grey", 2), ("red", 2)])
    write_colours(tmp_path / "v/b.mp4", [("grey", 2), ("green", 2)])
    (tmp_path / "c.csv").write_text("video,caption\na.mp4,A man beats a boy.\nb.mp4,A man walks in the park.\n")
    return tmp_path


def imported(*options: str) -> list[Clip]:
    with pytest.raises(SystemExit) as end:
        main(["import", "--videos", "v", "--annotations", "c.csv", "--out", "clips", *options])
    assert end.value.code == 0
    return [clip for part in finished_parts("clips") for clip, _ in read_part(part)]


def test_violence_with_a_minor_is_kept_on_request_alone(footage: Path) -> None:
    assert [clip.caption for clip in imported()] == ["A man walks in the park."]
    kept = {clip.caption: clip.flags for clip in imported("--keep-minor-violence", "--replace")}
    assert "minor_violence" in kept["A man beats a boy."]
    assert "minor_violence" not in kept["A man walks in the park."]


def test_shape_source_and_licence(footage: Path) -> None:
    shape = ("--frames", "3", "--fps", "4", "--size", "48x32")
    (clip,) = imported(*shape, "--source-name", "yard", "--license", "CC BY 4.0", "--synthetic")
    assert (clip.num_frames, clip.fps, clip.width, clip.height) == (3, 4.0, 48, 32)
    assert (clip.source, clip.license, clip.synthetic) == ("yard", "CC-BY-4.0", True)
