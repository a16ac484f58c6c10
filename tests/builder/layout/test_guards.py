"""What must not be harmed or shown: a finished dataset under a foreign --out; violence with a minor in a Scene."""

from __future__ import annotations

from dataclasses import replace

import pytest
from finished import clips_folder

from svta.builder.errors import DatasetError, SvtaError
from svta.builder.layout.guards import check_foreign, check_output
from svta.builder.packing.pack import pack
from svta.builder.verify.folder import verify
from svta.generation.storyboard import read_scene, render
from svta.generation.storyboard.staging.minors_gate import StoryboardRefused


def test_an_edited_scene_cannot_show_violence_against_a_minor():
    scene = read_scene("A man punches another man in the street.", seed=0)
    assert render(scene, num_frames=2, height=64, width=64).shape == (2, 64, 64, 3)
    child = replace(scene.actors[1], kind="boy")
    for edited in (replace(scene, actors=(scene.actors[0], child)), replace(scene, caption="A man hits a boy")):
        with pytest.raises(StoryboardRefused, match="minor_violence"):
            render(edited, num_frames=2, height=64, width=64)
    fall = read_scene("A boy falls in the street.", seed=0)
    assert render(fall, num_frames=2, height=64, width=64).any()


def test_a_finished_dataset_is_kept_from_other_commands(tmp_path):
    clips = clips_folder(tmp_path / "clips", 12)
    pack(clips, tmp_path / "data")
    for inside in ("data", "data/README.md", "data/results"):
        with pytest.raises(DatasetError, match="would damage"):
            check_output(tmp_path / inside)
    check_output(tmp_path / "elsewhere")
    (tmp_path / "a-file").write_text("")
    check_output(tmp_path / "a-file", kind="file")
    (tmp_path / "camera 1.MP4").write_bytes(b"footage")  # `svta search --page` would put a page in its place
    with pytest.raises(DatasetError, match="is a video, which would be overwritten"):
        check_output(tmp_path / "camera 1.MP4", kind="file")
    for place, kind in (("a-file", "folder"), ("a-file/x", None), ("clips", "file")):
        with pytest.raises(DatasetError, match="is needed there"):
            check_output(tmp_path / place, kind=kind)
    for wrong in (clips, clips / "parts" / "x", tmp_path / "data" / "nested"):
        with pytest.raises(SvtaError):
            pack(clips, wrong)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(DatasetError, match="thesis.txt"):
        pack(clips, tmp_path / "mine")
    assert verify(tmp_path / "data").ok
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_folder_of_somebody_else_is_not_written_into(tmp_path):
    marks = ("ranks.parquet", "metrics.json")
    check_foreign(tmp_path / "new", marks, "evaluation")
    (tmp_path / "strips").mkdir()
    (tmp_path / ".DS_Store").write_text("")
    (tmp_path / "ranks.parquet.7.part").write_text("")
    check_foreign(tmp_path, marks, "evaluation")  # nothing in it that somebody would miss
    for make in (lambda path: path.write_text("mine"), lambda path: path.symlink_to("nowhere")):
        make(tmp_path / "tables.csv")
        with pytest.raises(DatasetError, match="contains tables.csv, which is not part of any evaluation"):
            check_foreign(tmp_path, marks, "evaluation")
        check_foreign(tmp_path, marks, "evaluation", r"tables\.csv|mteb")
        (tmp_path / "tables.csv").unlink()
    (tmp_path / "tables.csv").write_text("mine")
    (tmp_path / "ranks.parquet").write_text("")
    check_foreign(tmp_path, marks, "evaluation")
