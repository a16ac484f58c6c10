"""Names of videos: an exact one wins, a loose one finds what can be meant, and what may be any of several says so."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from svta.builder.ingest.discover import find_annotations
from svta.builder.ingest.plan import ImportConfig, ImportingError, ImportPlan, plan_import
from svta.builder.ingest.video_names import VideoFolder
from svta.builder.sources.records import RowProblem, video_names
from svta.builder.sources.registry import open_source
from svta.builder.sources.rows import read_rows
from svta.builder.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()


def videos(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def planned(folder: Path, table: str | Path | None = None, **options: bool) -> ImportPlan:
    names = VideoFolder(folder, **options)
    source = find_annotations(names, TAXONOMY) if table is None else open_source(str(table), is_video=names.is_video)
    return plan_import(names, source, ImportConfig(), TAXONOMY)


def pairs(plan: ImportPlan) -> dict[str, str]:
    return {item.clip.caption: item.video for item in plan.items}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("north/door.mp4", "north/door.mp4"),
        ("north/door", "north/door.mp4"),
        ("gate", "south/gate.mkv"),
        ("gate.mp4", "south/gate.mkv"),
        ("GATE.MP4", "south/gate.mkv"),
        ("/mnt/disk/footage/south/gate.mkv", "south/gate.mkv"),
        ("D:\\footage\\south\\gate.mkv", "south/gate.mkv"),
        ("elsewhere/gate.mkv", "south/gate.mkv"),
        ("Old.Film.1931__#00-10_label_B1", "Old.Film.1931__#00-10_label_B1.mp4"),
        (unicodedata.normalize("NFD", "Straße_früh"), "Straße_früh.webm"),
        ("17.0", "17.mp4"),
        ("qX7", "qX7.mp4"),
        ("Qx7", "Qx7.mp4"),
        ("notes.dat", "notes.dat"),
        ("msr41", "video41.mp4"),
        ("C:\\films\\17.mp4", "17.mp4"),
        ("file:///D:/films/gate%2Emkv", "south/gate.mkv"),
        ("Stra%C3%9Fe_fr%C3%BCh.mp4", "Straße_früh.webm"),
        ("/data/upload/3/0a1b2c3d-17.mp4", "17.mp4"),
        ("/data/local-files/?d=films/17.mp4", "17.mp4"),
        ("cut.avi", "cut.avi.mp4"),
        ("5", "005.mp4"),
    ],
)
def test_a_name_finds_its_video(tmp_path: Path, name: str, path: str) -> None:
    files = ("north/door.mp4", "south/door.mp4", "south/gate.mkv", "Old.Film.1931__#00-10_label_B1.mp4", "17.mp4")
    root = videos(tmp_path, *files, "Straße_früh.webm", "qX7.mp4", "Qx7.mp4", "notes.dat", "video41.mp4", "cut.avi.mp4",
                  "005.mp4")  # fmt: skip
    assert VideoFolder(root).find((name,)) == path


def test_what_stays_ambiguous_names_all_candidates(tmp_path: Path) -> None:
    names = ("north/door.mp4", "south/door.mp4", "qX7.mp4", "Qx7.mp4", "007.mp4", "07.mp4", "gate.mp4", "gate.webm")
    folder = VideoFolder(videos(tmp_path, *names))
    for name, says in (
        ("door", "'door' may be any of north/door.mp4, south/door.mp4"),
        ("QX7", "'QX7' may be any of Qx7.mp4, qX7.mp4"),
        ("Old.Film", "'Old.Film' is not below"),
        ("north", "'north' is not below"),
        ("7", "'7' may be any of 007.mp4, 07.mp4"),
        ("gate", "'gate' may be any of gate.mp4, gate.webm"),
    ):
        with pytest.raises(RowProblem, match="missing_video") as problem:
            folder.find((name,))
        assert says in problem.value.detail
    for name in ("../door.mp4", "https://127.0.0.1/door.mp4"):
        with pytest.raises(RowProblem) as problem:
            folder.find((name,))
        assert problem.value.reason == "outside_folder"
    assert folder.find(("door",), beside=tmp_path / "south") == "south/door.mp4"


def test_an_exact_name_in_a_sub_folder_wins_over_another_ending(tmp_path: Path) -> None:
    folder = VideoFolder(videos(tmp_path, "in/door.mp4", "in/door.avi"))
    assert [folder.find((f"door.{ending}",)) for ending in ("mp4", "avi")] == ["in/door.mp4", "in/door.avi"]
    with pytest.raises(RowProblem, match="missing_video"):
        folder.find(("door",))


def test_ids_that_differ_in_case_alone_are_two_videos(tmp_path: Path) -> None:
    root = videos(tmp_path / "v", "qX7.mp4")
    (tmp_path / "t.csv").write_text("youtube_id,caption\nQx7,A cat sleeps.\nqX7,A dog barks.\n")
    plan = planned(root, tmp_path / "t.csv")
    assert pairs(plan) == {"A dog barks.": "qX7.mp4"}
    assert [row["reason"] for row in plan.refused] == ["missing_video"]


def test_a_row_without_a_video_may_name_it_by_its_id_or_group(tmp_path: Path) -> None:
    root = videos(tmp_path / "v", "Arson011_x264.mp4", "b.mp4")
    rows = [
        {"caption": "A barn burns.", "source_id": "Arson011_x264#2", "group": "ucf-crime:Arson011_x264"},
        {"caption": "A boat turns.", "source_id": "row 9", "group": "lake:b"},
    ]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert pairs(planned(root, tmp_path / "d.jsonl")) == {
        "A barn burns.": "Arson011_x264.mp4", "A boat turns.": "b.mp4"
    }  # fmt: skip
    assert video_names({"video": "a", "source_id": "b"}) == ("a",)
    assert video_names({"source_id": "Arson011#4", "group": "x:Arson011"})[:2] == ("Arson011#4", "Arson011")
    assert video_names({"video": "a.mp4", "start": 5, "end": 7.5}) == ("a.mp4", "a_5_7.5")


def test_a_caption_file_speaks_of_the_videos_beside_it(tmp_path: Path) -> None:
    root = videos(tmp_path, "train/01.mp4", "train/02.mp4", "test/01.mp4")
    (root / "train/metadata.csv").write_text("file_name,text\n01.mp4,A kite rises.\n02.mp4,A kite falls.\n")
    (root / "test/metadata.jsonl").write_text('{"file_name": "01.mp4", "text": "A ball rolls."}\n')
    plan = planned(root)
    assert pairs(plan) == {
        "A kite rises.": "train/01.mp4", "A kite falls.": "train/02.mp4", "A ball rolls.": "test/01.mp4"
    }  # fmt: skip
    assert {item.video: item.clip.source_split for item in plan.items} == {
        "train/01.mp4": "train", "train/02.mp4": "train", "test/01.mp4": "test"
    }  # fmt: skip
    assert set(pairs(planned(root, root / "train/metadata.csv")).values()) == {"train/01.mp4", "train/02.mp4"}


def test_prompts_and_videos_in_two_lists(tmp_path: Path) -> None:
    root = videos(tmp_path, "clips/a.mp4", "clips/b.mp4")
    (root / "videos.txt").write_text("clips/a.mp4\nclips/b.mp4\n")
    (root / "prompts.txt").write_text("A wheel turns, slowly.\nA bell rings: twice.\n")
    assert pairs(planned(root)) == {"A wheel turns, slowly.": "clips/a.mp4", "A bell rings: twice.": "clips/b.mp4"}
    (root / "prompts.txt").unlink()
    with pytest.raises(ImportingError, match="give --annotations"):  # a list of names holds no caption
        planned(root)


def test_numbers_of_a_spreadsheet_are_names(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    root = videos(tmp_path, "1.mp4", "2.mp4", "3.mp4")
    book = openpyxl.Workbook()
    for row in (
        ["video", "caption"],
        [1, "A crane lifts."],
        [2.0, "A door shuts."],
        ["3.0", "A lamp swings."],
        [9, "x"],
    ):
        book.active.append(row)
    book.save(root / "t.xlsx")
    want = {"A crane lifts.": "1.mp4", "A door shuts.": "2.mp4", "A lamp swings.": "3.mp4"}
    for plan in (planned(root), planned(root, root / "t.xlsx")):
        assert pairs(plan) == want
        assert [row["detail"] for row in plan.refused] == ["'9' is not below the folder of videos"]


def test_links_are_named_or_followed(tmp_path: Path) -> None:
    store = videos(tmp_path / "store", "ships/a.mp4", "b.mp4")
    root = tmp_path / "v"
    root.mkdir()
    (root / "ships").symlink_to(store / "ships")
    (root / "b.mp4").symlink_to(store / "b.mp4")
    (root / "up").symlink_to(tmp_path)  # a folder that holds this one
    (root / "t.csv").write_text("video,caption\na.mp4,A ship sails.\nb.mp4,A crane lifts.\n")
    with pytest.raises(ImportingError, match="symbolic links that lead out of it, see --follow-links"):
        planned(root)
    videos(root, "c.mp4")
    refused = planned(root, root / "t.csv").refused
    assert [row["reason"] for row in refused] == ["missing_video", "outside_folder"]
    assert "--follow-links" in str(refused[1]["detail"])
    assert pairs(planned(root, root / "t.csv", follow_links=True)) == {
        "A ship sails.": "ships/a.mp4", "A crane lifts.": "b.mp4"
    }  # fmt: skip


def test_published_captions_of_ucf_crime_keep_group_and_class(tmp_path: Path) -> None:
    root = videos(tmp_path, "Arson/Arson011_x264.mp4", "Normal/Normal_Videos_015_x264.mp4")
    about = {"duration": 9.0, "timestamps": [[0.0, 4.0], [0.0, 4.0]], "sentences": ["A barn burns.", "A barn burns."]}
    still = {"duration": 5.0, "timestamps": [[1.0, 2.0]], "sentences": ["A man waits."]}
    path = root / "UCFCrime_Val.json"
    path.write_text(json.dumps({"Arson011_x264": about, "Normal_Videos_015_x264": still}))
    for plan in (planned(root), planned(root, path)):
        assert [
            (i.clip.source, i.clip.group, i.clip.category, i.clip.is_anomaly, i.clip.start) for i in plan.items
        ] == [
            *[("uca", "ucf-crime:Arson011_x264", "arson", True, 0.0)] * 2,  # one sentence twice, as it is published
            ("uca", "ucf-crime:Normal_Videos_015_x264", None, False, 1.0),
        ]
        assert not plan.refused
    times = root / "Temporal_Anomaly_Annotation.txt"
    times.write_text("Arson011_x264.mp4  Arson  30  120  150 240\nNormal_Videos_015_x264.mp4  Normal  -1  -1  -1  -1\n")
    plan = planned(root, times)
    assert [(i.clip.category, i.clip.start, i.clip.end, i.clip.flags) for i in plan.items] == [
        ("arson", 1.0, 4.0, ("category_caption",)), ("arson", 5.0, 8.0, ("category_caption",)),
        (None, None, None, ("category_caption",)),
    ]  # fmt: skip
    path.unlink()
    with pytest.raises(ImportingError, match="no caption file"):  # names of classes and frames are no captions
        planned(root)


def test_a_caption_file_is_read_once_however_it_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = videos(tmp_path, "a.mp4", "b.mp4")
    captions = [("a.mp4", "A ship sails away."), ("b.mp4", "A crane lifts a box.")]
    (root / "known.csv").write_text("video,caption\n" + "".join(f"{v},{c}\n" for v, c in captions))
    (root / "guessed.csv").write_text("movie,blurb\n" + "".join(f"{v},{c} Again.\n" for v, c in captions))
    (root / "other.csv").write_text("name,age\nPaul,7\n")
    opened: Counter[str] = Counter()

    def counted(path: Path, *more: Any) -> Any:
        opened[path.name] += 1
        return read_rows(path, *more)

    monkeypatch.setattr("svta.builder.ingest.discover.read_rows", counted)
    found = find_annotations(root, TAXONOMY, {"caption": "blurb"})
    plan = plan_import(root, found, ImportConfig(), TAXONOMY)
    assert {item.clip.caption for item in plan.items} == {c + more for _, c in captions for more in ("", " Again.")}
    assert opened == {"known.csv": 1, "guessed.csv": 1, "other.csv": 1}


def test_captions_that_stand_in_two_files_are_taken_once(tmp_path: Path) -> None:
    root = videos(tmp_path, "a.mp4", "b.mp4")
    (root / "all.csv").write_text("video,caption\na.mp4,A ship sails.\nb.mp4,A crane lifts.\n")
    (root / "more.jsonl").write_text('{"file": "a", "text": "A ship sails."}\n{"file": "a", "text": "A ship turns."}\n')
    plan = planned(root)
    assert [item.clip.caption for item in plan.items] == ["A ship sails.", "A crane lifts.", "A ship turns."]
    assert [(row["reason"], row["of"]) for row in plan.refused] == [("duplicate", "all.csv line 2")]


def test_of_several_columns_that_may_be_captions_none_is_guessed(tmp_path: Path) -> None:
    """VAST has three texts a clip; the one that is called a caption is taken before what was said in it."""
    root = videos(tmp_path, "one.mp4", "two.mp4")
    for columns, told in (("clip_id,subtitle,vast_cap", None), ("clip_id,subtitle,notes", "subtitle or notes")):
        lines = [f"{name},so today we talk,A dog runs over {name} again." for name in ("one", "two")]
        (root / "t.csv").write_text("\n".join([columns, *lines]) + "\n")
        if told is None:
            rows = [row for row in find_annotations(root, load_taxonomy()).annotations() if row.problem is None]
            assert [row.fields["caption"] for row in rows] == [f"A dog runs over {n} again." for n in ("one", "two")]
        else:
            with pytest.raises(ImportingError, match=f"captions may be in {told}; .*--columns caption=NAME"):
                find_annotations(root, load_taxonomy())


def test_beside_captions_no_other_column_is_guessed(tmp_path: Path) -> None:
    """What a model predicted or somebody said of the same videos is told; alone it may be all there is."""
    root = videos(tmp_path, "one.mp4", "two.mp4")
    for name, column in (("a.csv", "caption"), ("asr.csv", "transcript"), ("predictions.csv", "prediction")):
        (root / name).write_text(f"video,{column}\none.mp4,A {column} falls.\ntwo.mp4,A {column} runs.\n")
    found = find_annotations(root, TAXONOMY)
    rows = [row for row in found.annotations() if row.problem is None]
    assert [row.fields["caption"] for row in rows] == ["A caption falls.", "A caption runs."]
    assert "asr.csv: its column transcript is not taken for captions" in found.chosen()["passed_over"]
    (root / "a.csv").unlink()
    (root / "asr.csv").unlink()
    (one, two) = (row for row in find_annotations(root, TAXONOMY).annotations() if row.problem is None)
    assert (one.fields["caption"], two.fields["caption"]) == ("A prediction falls.", "A prediction runs.")
