"""cells.py: times, spans and rates as people write them; what is unclear costs its row and is never the whole video."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from svta.builder.sources.cells import (
    in_seconds,
    is_missing,
    is_unclear_span,
    parse_list,
    parse_seconds,
    parse_span,
    read_rate,
)
from svta.builder.sources.columns import ColumnMap
from svta.builder.sources.registry import open_source, read_records

SPANS = (
    "0:05–0:10", "0:05 — 0:10", "0:05 bis 0:10", "5..10", "0:05/0:10", "0:05 0:10", "[0:05, 0:10]", "{5, 10}", "5s-10s",
    "00:00:05,000 --> 00:00:10,000", "from 5 to 10", "5,0-10,0", "5,0 - 10,0 s", "5,0, 10,0", "[5 10]", "0:05→0:10",
    {"from": 5, "to": "0:10"}, {"begin": 5, "stop": 10}, {"start_ms": 5000, "end_ms": 10_000},
    {"startTime": 5, "endTime": 10},
)  # fmt: skip


@pytest.mark.parametrize("cell", SPANS, ids=str)
def test_two_times_in_one_cell(cell: object) -> None:
    assert parse_span(cell) == [(5.0, 10.0)]


@pytest.mark.parametrize(
    "cell", ["0:05", "5.2", "5,2", "1m 5s", 5.5, "5,10", "[5, 7, 10]", [5], {"at": 5}, "0:05-0:10 + 1:05-1:10"]
)
def test_a_point_in_time_or_three_are_no_whole_video(cell: object, tmp_path: Path) -> None:
    assert parse_span(cell) is None and is_unclear_span(parse_list(cell))
    (tmp_path / "t.json").write_text(json.dumps([{"video": "a", "caption": "A man runs.", "segment": cell}]))
    rejects: list[dict[str, object]] = []
    assert not list(read_records(open_source(str(tmp_path / "t.json")), on_reject=rejects.append))
    assert "not a pair of start and end; --columns span=-" in str(rejects[0]["detail"])
    (record,) = read_records(open_source(str(tmp_path / "t.json"), {"span": "-"}), on_reject=pytest.fail)
    assert record.clip.start is None


@pytest.mark.parametrize(
    "cell",
    ["2024-05-01 12:00:03", "5/1/2024 12:00:03", "May 1, 2024 12:00 PM", 1_690_000_000.5, "1690000000", "seg_01", "3",
     "all", datetime.datetime(2024, 5, 1, 12)],
)  # fmt: skip
def test_dates_and_names_of_segments_are_no_times(cell: object) -> None:
    assert parse_span(cell) is None and not is_unclear_span(cell)


@pytest.mark.parametrize(
    ("names", "cells"),
    [
        ("Begin Time - ss.msec,End Time - ss.msec", "90,150"),
        ("Begin Time - hh:mm:ss.ms,End Time - hh:mm:ss.ms", "00:01:30.000,00:02:30.000"),
        ("Begin Time - msec,End Time - msec", "90000,150000"),
        ("Start (min),Ende (min)", "1.5,2.5"),
        ("start_us,end_us", "90000000,150000000"),
        ("Start (mm:ss),End (mm:ss)", "1:30,2:30"),
        ("start,duration", "90,60"),
        ("Beginn,Dauer", "0:01:30,60"),
    ],
)
def test_units_and_lengths_in_names_of_columns(names: str, cells: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"video,caption,{names}\na,A man runs.,{cells}\n")
    (record,) = read_records(open_source(str(tmp_path / "t.csv")), on_reject=pytest.fail)
    assert (record.clip.start, record.clip.end) == (90.0, 150.0)
    given = dict(zip(("start", "end"), names.split(",")))
    if given.get("end") not in ("duration", "Dauer"):
        (record,) = read_records(open_source(str(tmp_path / "t.csv"), given), on_reject=pytest.fail)
        assert (record.clip.start, record.clip.end) == (90.0, 150.0)


def test_lists_and_pairs_in_milliseconds(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"sentences": ["A man runs.", "He stops."], "start_ms": [90_000, 95_000], "end_ms": "[150000, 160000]"},
        {"sentences": ["A man runs.", "He stops."], "starts": [90, 95], "ends": ["2:30", "2:40"]},
    ]
    for row in rows:
        (tmp_path / "t.json").write_text(json.dumps([{"video": "a", **row}]))
        clips = [record.clip for record in read_records(open_source(str(tmp_path / "t.json")), on_reject=pytest.fail)]
        assert [(clip.start, clip.end) for clip in clips] == [(90.0, 150.0), (95.0, 160.0)]
    for cell in ([90_000, 150_000], "90000-150000"):
        (tmp_path / "t.json").write_text(json.dumps([{"video": "a", "caption": "A man runs.", "window_ms": cell}]))
        (record,) = read_records(open_source(str(tmp_path / "t.json"), {"span": "window_ms"}), on_reject=pytest.fail)
        assert (record.clip.start, record.clip.end) == (90.0, 150.0)


def test_a_duration_is_that_of_the_video_where_the_table_has_ends(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("video,caption,start,end,duration\na,A man runs.,5,,90\na,He stops.,6,7,90\n")
    clips = [record.clip for record in read_records(open_source(str(tmp_path / "t.csv")), on_reject=pytest.fail)]
    assert [(clip.start, clip.end) for clip in clips] == [(5.0, None), (6.0, 7.0)]


def test_a_rate_past_all_numbers_costs_its_row_alone(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(
        f'[{{"video": "a", "caption": "A man runs.", "fps": {10**400}, "start_frame": 1}}]'
    )
    assert not list(read_records(open_source(str(tmp_path / "t.json")), on_reject=lambda row: None))


def test_lists_of_frames_are_no_whole_video(tmp_path: Path) -> None:
    row = {"video": "a", "captions": ["A man runs."], "start_frame": [3], "end_frame": [9]}
    (tmp_path / "t.json").write_text(json.dumps([row]))
    rejects: list[dict[str, object]] = []
    assert not list(read_records(open_source(str(tmp_path / "t.json")), on_reject=rejects.append))
    assert rejects[0]["detail"] == "start_frame: a number is needed, this is [3]"


def test_a_unit_is_no_part_of_a_word() -> None:
    for name in ("t_min", "items", "hh:mm:ss.ms", "bus", "claims"):
        assert ColumnMap({"start": name}).fields({name: 7}) == {"start": 7}, name


def test_rates_of_frames(tmp_path: Path) -> None:
    assert [read_rate(text) for text in ("30000/1001", "29,97", "25 fps", "fast", "5/0")] == [
        30000 / 1001, 29.97, 25.0, "fast", "5/0"
    ]  # fmt: skip
    (tmp_path / "t.csv").write_text("video,caption,start_frame,end_frame,fps\na,A man runs.,30,60,30/1\n")
    (record,) = read_records(open_source(str(tmp_path / "t.csv")), on_reject=pytest.fail)
    assert (record.clip.start, record.clip.end, record.clip.fps) == (1.0, 2.0, 30.0)


@pytest.mark.parametrize(
    "value", ["", "  ", "NaN", " null", "N/A", "#N/A", "#DIV/0!", "None", None, float("nan"), "<NA>"]
)
def test_what_programs_write_for_nothing(value: object) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", ["none of them falls", "na", "-", 0, False, "0"])
def test_what_says_something(value: object) -> None:
    assert not is_missing(value)


@pytest.mark.parametrize(
    ("value", "column", "seconds"),
    [("0,341667", "Début (min)", 20.5), (0.341667, "start_min", 20.5), (".5", "start_min", 30.0),
     ("1e3", "start_ms", 1.0), ("20500", "start_ms", 20.5), (" 20500 ", "endMs", 20.5),
     ("1.5 min", "Début (min)", 90.0), ("20 s", "start_ms", 20.0), ("1'20\"", "début", 80.0), ("2’01", "début", 121.0),
     ("1′05,5″", "start", 65.5), ("1'75", "start", "1'75"), ("1'5", "start", "1'5"), ("0:20.5", "Début (min)", 20.5),
     (datetime.time(0, 0, 20), "Début (min)", 20.0), ("5", "Dauer (min)", 300.0),
     ("abc", "start_ms", "abc")],
)  # fmt: skip
def test_a_column_s_unit_is_of_its_plain_numbers(value: object, column: str, seconds: object) -> None:
    assert in_seconds(value, column) == seconds


def test_a_number_of_thousands_of_digits_is_no_time() -> None:
    digits = "9" * 5_000
    for text in (f"{digits}:00", f"{digits}:00:00", f"{digits}'20", digits):
        assert parse_seconds(text) == (text if "'" not in text else f"{digits}:20")
    assert read_rate(f"25/{digits}") == 0.0
    assert parse_seconds("9" * 400 + ":00:00") == "9" * 400 + ":00:00"
