"""Columns of other people's tables: names, clocks, truth, lists in text; a strange value costs what reads it alone."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from svta.builder.errors import ClipError
from svta.builder.io.tables import SourceError
from svta.builder.record import Clip
from svta.builder.sources.cells import is_timecode, parse_list, parse_seconds, parse_span, timecode_seconds
from svta.builder.sources.columns import ColumnMap, columns_shown, parse_columns
from svta.builder.sources.registry import open_source, read_records


def read(path: Path, text: str, **columns: str) -> tuple[list[Clip], list[dict[str, Any]]]:
    path.write_text(text)
    rejects: list[dict[str, Any]] = []
    records = read_records(open_source(str(path), columns), on_reject=rejects.append)
    return [record.clip for record in records], rejects


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:01:02.5", 62.5), ("1:02.5", 62.5), ("62.5", 62.5), ("62,5", 62.5), ("62.5 s", 62.5), ("-3.0", -3.0),
        ("0:26:00", 1560.0), ("n/a", "n/a"), ("1:2:3:4", "1:2:3:4"), ("", ""), ("1e400", "1e400"),
        ("25:61:00", "25:61:00"), ("00:00:61", "00:00:61"), ("1:1e3", "1:1e3"), ("1:-2", "1:-2"), ("75:30", 4530.0),
        ("00:01:60.0", 120.0), ("25:00:00", 90_000.0),
        ("PT1S", 1.0), ("PT1M2.5S", 62.5), ("pt1h", 3600.0), ("PT90S", 90.0), ("P0Y0M0DT0H3M30.000S", 210.0),
        ("P1DT1H", 90_000.0), ("1m2s", 62.0), ("1h02m", 3720.0), ("1h 02m 03,5s", 3723.5), ("90 min", 5400.0),
        ("1.5h", 5400.0), ("1h60m", 7200.0), ("1500 ms", 1.5), ("2s500ms", 2.5),
        # a month, nothing at all, a clock and a unit, minutes or seconds, parts above 60, a fraction of not the last
        ("P5M", "P5M"), ("PT", "PT"), ("PT5", "PT5"), ("1h30", "1h30"), ("1m75s", "1m75s"), ("1h75m", "1h75m"),
        ("1.5h30m", "1.5h30m"), ("m", "m"), ("00:00:10:12", "00:00:10:12"),
    ],
)  # fmt: skip
def test_clocks(text: str, seconds: float | str) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "fps", "seconds"),
    [
        ("00:00:10:12", 25, 10.48), ("00:00:10:12", 24, 10.5), ("01:00:00:00", 25, 3600.0),
        ("01:00:00:00", 29.97, 3603.6), ("00:00:01:00", 23.98, 1.001), ("00:00:01:00", 23.976, 1.001),
        # with dropped numbers an hour is an hour, and the frame after 00:00:59;29 is 00:01:00;02
        ("01:00:00;00", 29.97, 3599.996), ("00:00:59;29", 29.97, 60.027), ("00:01:00;02", 29.97, 60.06),
        ("00:10:00;00", 29.97, 599.999), ("00:01:00;04", 59.94, 60.06),
    ],
)  # fmt: skip
def test_timecodes(text: str, fps: float, seconds: float) -> None:
    assert is_timecode(text) and timecode_seconds(text, fps) == seconds


@pytest.mark.parametrize(
    ("text", "fps"),
    [("00:00:10:25", 25), ("00:00:10;12", 25), ("00:00:10;12", 30), ("00:01:00;01", 29.97), ("00:01:00;03", 59.94)],
)
def test_timecodes_that_a_rate_does_not_have(text: str, fps: float) -> None:
    with pytest.raises(ClipError, match="not a timecode at"):
        timecode_seconds(text, fps)


def test_a_timecode_needs_a_rate_and_another_text_is_no_time(tmp_path: Path) -> None:
    rows = "a,A man falls.,00:00:01:12,00:00:02:00,25\nb,A dog runs.,00:00:01:12,,\nc,A cat sits.,P5M,9,\n"
    clips, rejects = read(tmp_path / "t.csv", f"video,caption,start,end,fps\n{rows}")
    assert [(clip.start, clip.end, clip.flags) for clip in clips] == [
        (1.48, 2.0, ()), (None, None, ("frames_without_fps",))
    ]  # fmt: skip
    assert [row["reason"] for row in rejects] == ["bad_field"] and "'P5M' is not a time" in rejects[0]["detail"]


def test_control_characters_of_captions_are_taken_out_and_flagged(tmp_path: Path) -> None:
    texts = ["A man\x07 falls.\x00", "It\x92s late\x85", "A dog\truns.", "\x00\x01", "A bird \x1b[31msings."]
    path = tmp_path / "t.json"
    clips, rejects = read(path, json.dumps([{"video": "v", "caption": text} for text in texts]))
    assert [(clip.caption, clip.flags) for clip in clips] == [
        ("A man falls.", ("control_characters",)), ("It\u2019s late", ("control_characters",)), ("A dog runs.", ()),
        ("A bird [31msings.", ("control_characters",)),
    ]  # fmt: skip
    assert [row["reason"] for row in rejects] == ["no_caption"]


def test_times_of_a_spreadsheet_and_of_one_cell() -> None:
    row = {"begin": datetime.time(0, 1, 2, 500_000), "stop": datetime.timedelta(seconds=70)}
    assert ColumnMap().fields(row) == {"start": 62.5, "end": 70.0}
    for value in ([1.5, 4], "[1.5, 4]", "0:01.5 - 0:04", "1.5,4", [["0:01.5", "0:04"]]):
        assert parse_span(value) == [(1.5, 4.0)], value
    for value in (None, 7, "now", [1, 2, 3], []):
        assert parse_span(value) is None, value


def test_lists_in_text() -> None:
    want = ["A cat sits.", "It's late."]
    for text in (repr(want), json.dumps(want), "['A cat sits.' \"It's late.\"]", '["A cat sits.",\n "It\'s late."]'):
        assert parse_list(text) == want, text
    for text in ("[music] A man sings [applause]", "(A cat sits.)", "[unclosed", "5", "__import__('os')"):
        assert parse_list(text) == text


def test_truth_names_and_numbers() -> None:
    fields = ColumnMap().fields
    for value, truth in (
        ("Yes", True),
        (0, False),
        (1.0, True),
        ("0.0", False),
        ("TRUE", True),
        ("Ja", True),
        ("nein", False),
        ("Abnormal", True),
        ("normal", False),
        ("否", False),
        (2, 2),
    ):
        assert fields({"anomaly": value}) == {"is_anomaly": truth}
    assert fields({"id": 12.0, "vid": 7, "split": "val "}) == {"source_id": "12", "video": "7", "source_split": "val"}
    assert fields({"frames": [1, 20], "label": 3, "fps": "16", "category": 9.0}) == {"fps": 16.0}
    assert fields({"label": ["arson"], "class": 4}) == {"class": 4}
    assert fields({"num_frames": [1, 20]}) == {"num_frames": [1, 20]}  # under its own name it is refused later
    assert fields({"caption": float("nan"), "text": "A cat sits."}) == {"caption": "A cat sits."}


def test_one_column_may_be_of_two_fields() -> None:
    columns = ColumnMap({"video": "File", "group": "File", "caption": "Text", "source_id": "Text"})
    assert columns.fields({"File": "a", "Text": "A cat sits."}) == {
        "video": "a", "group": "a", "caption": "A cat sits.", "source_id": "A cat sits."
    }  # fmt: skip


def test_a_column_of_names_goes_before_one_of_numbers() -> None:
    fields = ColumnMap().fields
    assert fields({"clip": 3, "video_id": "a"})["video"] == "a" and fields({"clip": 3})["video"] == "3"
    assert fields({"video": 3, "video_id": "a"})["video"] == "3" and fields({"clip_id": "4", "vid": 5})["video"] == "4"


def test_of_two_columns_that_differ_in_case_the_one_in_small_letters_counts() -> None:
    for row in ({"Caption": "A", "caption": "B"}, {"caption": "B", "Caption": "A"}):
        assert ColumnMap().fields(row) == {"caption": "B"}
    assert ColumnMap().fields({"Caption": "A", "CAPTION": "B"}) == {"caption": "A"}


def test_frames_are_seconds_to_the_thousandth(tmp_path: Path) -> None:
    (clip,), _ = read(tmp_path / "t.csv", "video,caption,start_frame,end_frame,fps\na,A man falls.,50,100,30\n")
    assert (clip.start, clip.end) == (1.667, 3.333)


def test_what_cannot_be_read_costs_who_reads_it() -> None:
    bad = ClipError("no date")
    assert ColumnMap().fields({"caption": "A cat sits.", "when": bad, "note": "\ud800"}) == {"caption": "A cat sits."}
    for value in (bad, "A \ud800", "x" * 1_000_001):
        with pytest.raises(ClipError):
            ColumnMap().fields({"caption": value})


@pytest.mark.parametrize(
    "column", ["video", "file", "Path", "clip", "clip_name", "video-id", "videoID", "vid", "youtube_id", "File Name"]
)
def test_captions_of_one_video_share_its_group(tmp_path: Path, column: str) -> None:
    rows = [f"{video}.mp4,Lamp {n} goes on at {video}.\n" for video in ("x/a", "y/a", "b.1") for n in (1, 2)]
    clips, rejects = read(tmp_path / "lamps.csv", f"{column},caption\n" + "".join(rows))
    assert [clip.group for clip in clips] == ["lamps:x/a"] * 2 + ["lamps:y/a"] * 2 + ["lamps:b.1"] * 2
    assert not rejects


def test_captions_of_one_row_share_a_group_without_a_video(tmp_path: Path) -> None:
    text = json.dumps([{"captions": ["A cat sits.", "", "A dog runs."]}, {"captions": ["A bird sings."]}])
    clips, rejects = read(tmp_path / "t.json", text)
    assert [clip.group for clip in clips] == ["t:83b549fc5fa7"] * 2 + [None]  # of the list, wherever it is
    assert [(row["reason"], row["place"]) for row in rejects] == [("no_caption", "t.json row 1 caption 2")]


def test_a_column_may_be_named_and_is_told(tmp_path: Path) -> None:
    assert parse_columns("A", None, ["start=B", "caption=C"]) == {"caption": "A", "start": "B"}
    assert parse_columns(None, None, ["caption=A", "caption=A"]) == {"caption": "A"}
    with pytest.raises(SourceError, match="caption is given as 'A' and as 'B'; read tables with different columns one"):
        parse_columns(None, None, ["caption=A", "caption=B"])
    (tmp_path / "u.csv").write_text("X,Y\nA man runs.,b\n")
    with pytest.raises(SourceError, match=r"no column 'X,kategorie=Y' .'kategorie' is no field of a clip: .* has X, Y"):
        list(open_source(str(tmp_path / "u.csv"), parse_columns(None, None, ["caption=X,kategorie=Y"])).annotations())
    for text in ("caption", "=A", "caption="):
        with pytest.raises(SourceError, match="FIELD=COLUMN"):
            parse_columns(None, None, [text])
    (tmp_path / "t.csv").write_text("video,raw_caption,refined_caption,mine\na,raw words,fine words,my own words\n")
    source = open_source(str(tmp_path / "t.csv"), {"caption": "Mine"})
    assert next(source.annotations()).fields["caption"] == "my own words"
    assert source.columns.chosen() == {"caption": "mine (not raw_caption, refined_caption)", "video": "video"}
    source = open_source(str(tmp_path / "t.csv"))
    assert next(source.annotations()).fields["caption"] == "fine words"
    assert source.columns.other_captions() == ["raw_caption"]


def test_columns_that_nothing_was_read_from_are_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Videoname;Anbeginn;Ausgang;Text;fps\na;1;2;A man falls.;25\n")
    source = open_source(str(tmp_path / "t.csv"))
    assert next(source.annotations()).fields == {"video": "a", "caption": "A man falls.", "fps": 25.0}
    assert columns_shown(source.chosen()) == "caption from Text, video from Videoname; not read: Anbeginn, Ausgang"
    source = open_source(str(tmp_path / "t.csv"), {"start": "Anbeginn", "end": "ausgang"})
    assert {"start": 1.0, "end": 2.0}.items() <= next(source.annotations()).fields.items()
    assert "unread" not in source.chosen()
    (tmp_path / "o.csv").write_text("goal,wentwrong,mood," + ",".join("abcdefghi") + "\nA man jumps.,He falls.\n")
    source = open_source(f"oops={tmp_path / 'o.csv'}")
    assert next(source.annotations()).fields["caption"] == "A man jumps. He falls."
    assert source.chosen() == {"unread": "mood, a, b, c, d, e, f, g and 2 more"}


def test_spans_that_can_be_no_part_of_a_video_are_flagged(tmp_path: Path) -> None:
    spans = [[0.0, 0.0], [4.0, 2.0], [30.0, 31.0], [1.0, 2.0], [-1.0, 2.0]]
    film = {"duration": 30.0, "timestamps": spans, "sentences": [f"Lamp {n} goes on." for n in range(5)]}
    other = {"duration": 30.0, "timestamps": [[0, 1]], "sentences": ["Lamp 6 goes on.", "Lamp 7 goes on."]}
    clips, rejects = read(tmp_path / "t.json", json.dumps({"a": film, "b": other}))
    assert [(clip.start, clip.flags) for clip in clips] == [
        (0.0, ("bad_span",)), (4.0, ("bad_span",)), (30.0, ("bad_span",)), (1.0, ()),
        *[(0.0, ())] * 2,
    ]  # fmt: skip
    assert [row["reason"] for row in rejects] == ["bad_field"]
    frames = "video,caption,start_frame,end_frame\na,A lamp goes on.,30,60\n"
    assert read(tmp_path / "f.csv", frames)[0][0].flags == ("frames_without_fps",)


def test_times_that_cannot_be_read_cost_their_row_and_make_no_whole_video(tmp_path: Path) -> None:
    rows = [
        {"video": "a", "caption": "A lamp goes on.", "timestamp": {"start": "0:01", "end": 2}},
        {"video": "a", "captions": ["A bell rings.", "A door shuts."],
         "segment": [{"start": 0, "end": 1}, {"start": 1, "end": 2.5}]},
        {"video": "a", "caption": "A lamp goes off.", "timestamp": 1_700_000_000},
        {"video": "a", "caption": "No end.", "segment": {"start": 1}},
        {"video": "a", "caption": "No pair.", "timestamps": [[1, 2], [3]]},
        {"video": "a", "caption": "No number.", "start_frame": "soon", "end_frame": 50, "fps": 25},
        {"video": "a", "caption": "Too large.", "start_ms": 10**400, "end_ms": 10**400},
    ]  # fmt: skip
    (tmp_path / "huge.json").write_text(json.dumps([{"video": "a", "text": "A lamp.", "von": 10**400, "bis": 10**401}]))
    clips, rejects = read(tmp_path / "t.json", json.dumps(rows))
    assert [(clip.caption, clip.start, clip.end) for clip in clips] == [
        ("A lamp goes on.", 1.0, 2), ("A bell rings.", 0, 1), ("A door shuts.", 1, 2.5),
        ("A lamp goes off.", None, None),
    ]  # fmt: skip
    assert [(row["reason"], row["place"]) for row in rejects] == [
        ("bad_field", f"t.json row {number}") for number in (4, 5, 6, 7)
    ]
    source = open_source(str(tmp_path / "huge.json"))
    records = list(read_records(source, on_reject=pytest.fail))
    source.check_pairs(record.videos for record in records)


@pytest.mark.parametrize("num_spans", [2, 4])
def test_as_many_spans_as_captions(tmp_path: Path, num_spans: int) -> None:
    row = {"video": "a", "sentences": ["One.", "Two.", "Three."], "timestamps": [[n, n + 1] for n in range(num_spans)]}
    clips, rejects = read(tmp_path / "t.json", json.dumps([row]))
    assert not clips and rejects[0]["detail"] == f"times: {num_spans} spans for 3 captions"


def test_captions_with_an_empty_list_of_spans_are_not_taken_for_whole_videos(tmp_path: Path) -> None:
    row = {"video": "a", "sentences": ["One.", "Two."], "timestamps": []}
    clips, rejects = read(tmp_path / "t.json", json.dumps([row, {**row, "sentences": []}]))
    assert not clips and [row["reason"] for row in rejects] == ["bad_span", "no_caption"]


def test_several_spans_of_one_caption_are_parts_of_its_video(tmp_path: Path) -> None:
    lines = [  # QVHighlights: one query, the windows that show it
        {"qid": 1, "vid": "a_60.0_210.0", "query": "A lamp goes on.", "relevant_windows": [[0, 4], [10, 12]]},
        {"qid": 2, "vid": "a_60.0_210.0", "query": "A bell rings.", "relevant_windows": [[2, 8]]},
        {"qid": 3, "vid": "b_0.0_150.0", "query": "A cow flies.", "relevant_windows": []},
        {"qid": 4, "vid": "b_0.0_150.0", "query": "A dog barks.", "relevant_windows": [[3, 1], [4, 5]]},
    ]
    clips, rejects = read(tmp_path / "t.jsonl", "\n".join(map(json.dumps, lines)))
    assert [(clip.caption, clip.start, clip.end, "bad_span" in clip.flags) for clip in clips] == [
        ("A lamp goes on.", 0, 4, False), ("A lamp goes on.", 10, 12, False), ("A bell rings.", 2, 8, False),
        ("A dog barks.", 3, 1, True), ("A dog barks.", 4, 5, False),
    ]  # fmt: skip
    assert len({clip.key for clip in clips}) == 5
    assert clips[0].group == clips[2].group != clips[3].group
    assert [(row["reason"], row["place"]) for row in rejects] == [("bad_span", "t.jsonl line 3")]


def test_the_split_above_rows_is_theirs(tmp_path: Path) -> None:
    rows = {"val": [{"video": "a", "caption": "A lamp goes on."}], "test": {"b": "A lamp goes off."}}
    clips, _ = read(tmp_path / "t.json", json.dumps(rows))
    assert [clip.source_split for clip in clips] == ["val", "test"]


def test_the_published_captions_of_hivau(shared: Path) -> None:
    source = open_source(str(shared / "data/captions/hivau/ucf_database_test.json"))
    records = list(read_records(source, on_reject=pytest.fail))
    assert len(records) == 762
    assert len({record.clip.group for record in records}) == len({record.videos[0] for record in records})
    first = records[0]
    assert (first.videos[0], first.clip.start, first.clip.end) == ("Abuse028_x264", 5.5, 6.7)
    assert (first.clip.group, first.clip.category) == ("ucf-crime:Abuse028_x264", "abuse")


def test_normal_and_abnormal_are_no_categories_but_truth(tmp_path: Path) -> None:
    """As MSAD, TAD and many labelled folders have it; a class of the taxonomy beside it stays."""
    text = "video,caption,label,class\na,A man falls.,Abnormal,fighting\nb,A man walks.,Normal,Normal\n"
    clips, rejects = read(tmp_path / "t.csv", text + "c,A man waits.,NORMAL,fighting\n")
    assert [(clip.is_anomaly, clip.category) for clip in clips] == [(True, "fighting"), (False, None)]
    assert [(row["reason"], "is_anomaly: False contradicts" in str(row["detail"])) for row in rejects] == [
        ("bad_field", True)
    ]
