"""unread_times.py: a table with times under unknown names stops what would take its videos whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from svta.builder.io.tables import SourceError
from svta.builder.sources.columns import parse_columns
from svta.builder.sources.records import Reject
from svta.builder.sources.registry import open_source, read_records
from svta.builder.sources.unread_times import unread_times


def rows(names: tuple[str, str], *pairs: tuple[object, object]) -> list[dict[str, object]]:
    return [dict(zip(names, pair)) for pair in pairs]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (rows(("Von", "Bis"), ("1", "4"), ("2.5", "9")), {"start": "Von", "end": "Bis"}),
        (rows(("from", "to"), (1.0, 4.0)), {"start": "from", "end": "to"}),
        (rows(("alku", "loppu"), ("0:01", "0:04"), ("1:00:00", "1:00:09")), {"start": "alku", "end": "loppu"}),
        (rows(("onset", "offset"), (0, 3)), {"start": "onset", "end": "offset"}),
        (rows(("Start (mm:ss)", "End (mm:ss)"), ("00:01", "00:03")), {"start": "Start (mm:ss)", "end": "End (mm:ss)"}),
        ([{"where": "0:01 - 0:04"}, {"where": "00:00:05.5 --> 00:00:09"}], {"span": "where"}),
        ([{"relevant_windows": [[0, 2], [4, 8]]}], {"span": "relevant_windows"}),
        (rows(("abnormal start frame", "abnormal end frame"), (30, 90)),
         {"start_frame": "abnormal start frame", "end_frame": "abnormal end frame"}),
        (rows(("frame_from", "frame_to"), (30, 90)), {"start_frame": "frame_from", "end_frame": "frame_to"}),
        (rows(("Startbild", "Endbild"), (30, 90)), {"start_frame": "Startbild", "end_frame": "Endbild"}),
        (rows(("Von (Sek.)", "Bis (Sek.)"), ("1,5", "4")), {"start": "Von (Sek.)", "end": "Bis (Sek.)"}),
        (rows(("t_from", "t_to"), (1, 4)), {"start": "t_from", "end": "t_to"}),
        (rows(("von_s", "bis_s"), (1, 4)), {"start": "von_s", "end": "bis_s"}),
        (rows(("eventStartMs", "eventEndMs"), (1, 4)), {"start": "eventStartMs", "end": "eventEndMs"}),
        (rows(("Von-Zeit", "Bis-Zeit"), (1, 4)), {"start": "Von-Zeit", "end": "Bis-Zeit"}),
        (rows(("event_start_time", "event_end_time"), (1, 4)), {"start": "event_start_time", "end": "event_end_time"}),
        ([{"frames": [30, 90]}, {"frames": "[12, 40]"}], {"span_frame": "frames"}),
        ([{"time": {"begin": 3, "end": 5}}], {"span": "time"}),
        (rows(("st_time", "ed_time"), (4.3, 9.1)), {"start": "st_time", "end": "ed_time"}),  # HC-STVG
        ([{"temporal_gt": {"begin_fid": 4, "end_fid": 20}}], {"span_frame": "temporal_gt"}),  # VidSTG
        ([{"part": {"start": 4.5, "end": 20}}], {"span": "part"}),
        (rows(("starting frame of anomaly", "ending frame of anomaly"), (30, 90)),  # MSAD
         {"start_frame": "starting frame of anomaly", "end_frame": "ending frame of anomaly"}),
        # a row in which somebody mistyped
        (rows(("von", "bis"), ("0:02", "0:06"), ("0:10", "0:14"), ("0:25", "0:22")), {"start": "von", "end": "bis"}),
        (rows(("von", "bis"), ("0:02", "0:06"), ("0:10", "0:14"), ("0:25", "0:25")), {"start": "von", "end": "bis"}),
        (rows(("von", "bis"), ("0:02", "0:06"), ("0:10", "0:14"), ("unclear", "0:22")), {"start": "von", "end": "bis"}),
        (rows(("von", "bis"), ("0:02", "0:06"), ("0:10", "0:14"), ("1", "ca. 4")), {"start": "von", "end": "bis"}),
        (rows(("von", "bis"), (2, 6), (10, 14), (25, 22)), {"start": "von", "end": "bis"}),
        (rows(("von", "bis"), ("0:25", "0:22")), {"start": "von", "end": "bis"}),
        (rows(("alku", "loppu"), ("0:02", "0:06"), ("0:10", "?"), ("0:25", "0:22")), {"start": "alku", "end": "loppu"}),
        ([{"when": "0:02 - 0:06"}, {"when": "0:10 - 0:14"}, {"when": "0:25 - 0:22"}], {"span": "when"}),
        # what is none
        (rows(("start_x", "end_x"), (4, 9)), {}),
        ([{"box": {"x": 1, "y": 2, "width": 3, "height": 4}}], {}),
        (rows(("width", "height"), (1280, 1920), (320, 640)), {}),
        (rows(("score", "motion"), (0.25, 5.5)), {}),
        (rows(("start_index", "end_index"), (0, 12)), {}),
        (rows(("Von", "Bis"), (4, 1), (9, 2)), {}),
        (rows(("from", "to"), ("YouTube", "Vimeo")), {}),
        (rows(("from", "to"), ("YouTube", "Vimeo"), ("YouTube", "9"), (4, 9)), {}),
        (rows(("gender", "begun"), (1, 0)), {}),
        (rows(("likes", "uploaded"), (7, "0:30")), {}),
        ([{"bbox": [[0, 2], [4, 8]]}], {}),
        ([{}], {}),
        ([], {}),
    ],
)  # fmt: skip
def test_columns_that_look_like_times(cells: list[dict[str, object]], found: dict[str, str]) -> None:
    assert unread_times(cells, {}) == found


def test_an_offset_beside_a_duration_is_a_start() -> None:
    cells = rows(("offset", "duration"), (1.5, 2.5), (2, 3))
    assert unread_times(cells, {"duration": "duration"}) == {"start": "offset"}
    assert unread_times(cells, {}) == {"start": "offset", "duration": "duration"}
    both = [{**row, "Dauer": 2.5} for row in cells]
    assert unread_times(both, {"duration": "duration"}) == {"start": "offset"}


def test_the_other_time_of_one_that_is_read() -> None:
    cells: list[dict[str, object]] = [{"start": 1, "hasta": 4, "trend": 0.1}]
    assert unread_times(cells, {"start": "start"}) == {"end": "hasta"}
    assert unread_times([{"end": 3, "ab": 1}], {"end": "end"}) == {"start": "ab"}
    assert unread_times([{"start": 1, "score": 4}], {"start": "start"}) == {}
    assert unread_times([{"onset": 1, "duration": 4}], {"duration": "duration"}) == {"start": "onset"}


def checked(path: Path, content: Any, columns: list[str] | None = None) -> list[tuple[float | None, float | None]]:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    source = open_source(str(path), parse_columns(None, None, columns))
    records = list(read_records(source, on_reject=pytest.fail))
    source.check_pairs(record.videos for record in records)
    return [(record.clip.start, record.clip.end) for record in records]


def test_a_table_with_unread_times_is_refused_with_the_flag_to_use(tmp_path: Path) -> None:
    table, path = "video,caption,Von,Bis\na,A man runs.,1,4\n", tmp_path / "t.csv"
    with pytest.raises(
        SourceError, match="t.csv: Von and Bis: looks like times .* --columns start=Von,end=Bis, or --col"
    ):
        checked(path, table)
    assert checked(path, table, ["start=Von,end=Bis"]) == [(1.0, 4.0)]
    assert checked(path, table, ["start=Von", "end=Bis"]) == [(1.0, 4.0)]
    assert checked(path, table, ["start=-"]) == [(None, None)]
    with pytest.raises(SourceError, match="--columns end=Bis"):
        checked(path, table.replace("Von", "start"))
    moments = [{"vid": "a", "query": "A man runs.", "shown_windows": [[1, 4]]}]
    with pytest.raises(SourceError, match="--columns span=shown_windows"):
        checked(tmp_path / "t.json", moments)
    assert checked(tmp_path / "t.json", moments, ["span=shown_windows"]) == [(1, 4)]
    assert checked(tmp_path / "t.json", moments, ["span=-"]) == [(None, None)]


LENGTHS = (
    "Zeitpunkt,Dauer time,duration offset,length at,duration sec,length Zeit,Dauer 时间,时长 moment,durée tc,length"
    " Beginnt,Dauer_s"
)
ENDS = "Einsatz,Ende offset,end time,end 时刻,结束 시간,끝 x1,end"
BOTH = "Sek_von,Sek_bis sec_from,sec_to event_von,event_bis 시작점,끝점"
POINTS = "t,dur event_time,event_length incident_time,incident_duration"


@pytest.mark.parametrize(
    ("header", "flags", "end"),
    [
        *((header, "start={}", 2.5) for header in LENGTHS.split()),
        *((header, "start={}", 1.5) for header in ENDS.split()),
        *((header, "start={},end={}", 1.5) for header in BOTH.split()),
        *((header, "start={},duration={}", 2.5) for header in POINTS.split()),
        ("time,note", "start={}", None),
    ],
)
def test_no_time_is_left_out_and_none_begins_at_0_in_silence(
    header: str, flags: str, end: float | None, tmp_path: Path
) -> None:
    table, flags = f"video,caption,{header}\na,A man runs.,1.0,1.5\nb,A dog runs.,,\n", flags.format(*header.split(","))
    with pytest.raises(SourceError, match=rf"looks like times and is not read; give --columns '?{flags}'?, or"):
        checked(tmp_path / "t.csv", table)
    assert checked(tmp_path / "t.csv", table, [flags]) == [(1.0, end), (None, None)]


@pytest.mark.parametrize(
    ("header", "cells"),
    [("Début (s),Durée (s)", "20.5,5.5"), ("start_ms,duration_ms", "20500,5500"), ("start,length_sec", "20.5,5.5"),
     ("Beginn (min),Dauer (min)", "0.341667,0.091667"), ("start,Duration", "0:20.5,5.5")],
)  # fmt: skip
def test_a_length_in_a_unit_ends_what_begins(header: str, cells: str, tmp_path: Path) -> None:
    ((start, end),) = checked(tmp_path / "t.csv", f"video,caption,{header}\na,A man runs.,{cells}\n")
    assert (start, end) == pytest.approx((20.5, 26.0), abs=0.001)


@pytest.mark.parametrize("header", ["start,Laufzeit", "start,event_length", "début,longueur"])
def test_a_start_alone_is_not_taken_to_the_end_of_its_video_beside_a_length(header: str, tmp_path: Path) -> None:
    table = f"video,caption,{header}\na,A man runs.,20.5,5.5\n"
    name = header.split(",")[1]
    with pytest.raises(SourceError, match=f"{name}: looks like times and is not read; give --columns duration={name}"):
        checked(tmp_path / "t.csv", table)
    assert checked(tmp_path / "t.csv", table, [f"duration={name}"]) == [(20.5, 26.0)]
    assert checked(tmp_path / "t.csv", table, ["duration=-"]) == [(20.5, None)]


@pytest.mark.parametrize("length", ["-3", "0", "PT", "\u22125", "9" * 5000 + ":00", "inf", "1 min 30", "1.5h30m"])
@pytest.mark.parametrize("name", ["Dauer (min)", "length_ms", "duration"])
def test_a_length_that_is_none_costs_its_row(length: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"video;caption;start;{name}\na;A man runs.;5;{length}\nb;A dog.;5;1,5 s\nc;A cat.;5;\n")
    lost: list[Reject] = []
    kept = [
        (record.clip.start, record.clip.end) for record in read_records(open_source(str(path)), on_reject=lost.append)
    ]
    assert kept == [(5.0, 6.5), (5.0, None)] and len(lost) == 1
    assert f"{name}: {length[:40]!r} is not a length in time; --columns duration=- if" in str(lost[0]["detail"])
    with_end = path.read_text().replace("start;", "start;end;").replace(";5;", ";5;7;")
    for table, columns in ((path.read_text(), ["duration=-"]), (with_end, None)):
        assert [start for start, _ in checked(path, table, columns)] == [5.0] * 3


def test_a_second_column_of_lengths_counts_where_the_first_is_none(tmp_path: Path) -> None:
    table = "video,caption,start,duration,length\na,A man runs.,5,short,2.5\n"
    assert checked(tmp_path / "t.csv", table) == [(5.0, 7.5)]


@pytest.mark.parametrize("header", ["score,end", "num_people,end", "rank,end", "speed,duration", "camera,length"])
def test_a_column_of_something_else_beside_a_time(header: str, tmp_path: Path) -> None:
    checked(tmp_path / "t.csv", f"video,caption,{header}\na,A man runs.,0.5,3\n")


@pytest.mark.parametrize(
    "cells",
    [
        ["1,5 s bis 3 s", "2,5–4,5"], ["0:01 - 0:03", "2,5–4,5", "00:00:04-00:00:06"], ["2,5–4,5"], ["1秒到3秒"],
        ["第1秒到第3秒"], ["1 Sek. bis 3 Sek."], ["1,5-3 Sekunden"], ["0:01-0:03", "ganz", "1 s - 2 s"], ["1 s à 2 s"],
    ],
)  # fmt: skip
def test_spans_under_an_unknown_name(cells: list[str]) -> None:
    assert unread_times([{"Stelle": cell} for cell in cells], {}) == {"span": "Stelle"}


@pytest.mark.parametrize("cell", ["10-20", "1.5, 48.1", "2026-01-02", "A - B", "1.5 s", "S. 3-5", "3-5 men", "4,5-2,5"])
def test_pairs_of_something_else(cell: str) -> None:
    assert unread_times([{"Stelle": cell}], {}) == {}


def test_a_point_in_time_is_no_span_and_no_whole_video(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("video,caption,timestamp\na,A man runs.,7\n")
    rejects: list[Any] = []
    assert not list(read_records(open_source(str(tmp_path / "t.csv")), on_reject=rejects.append))
    assert "7 s is not a pair of start and end; --columns span=-" in rejects[0]["detail"]
    assert checked(tmp_path / "t.csv", "video,caption,segment\na,A man runs.,7\n") == [(None, None)]
    assert checked(tmp_path / "t.csv", "video,caption,timestamp\na,A man runs.,1700000000\n") == [(None, None)]


def test_a_pair_of_frames_is_to_be_given_as_two_columns(tmp_path: Path) -> None:
    table = 'video,caption,frame_range\na,A man runs.,"[30, 90]"\n'
    with pytest.raises(SourceError, match="give it as two columns, start_frame and end_frame, or --columns span=- if"):
        checked(tmp_path / "t.csv", table)
    assert checked(tmp_path / "t.csv", table, ["span=-"]) == [(None, None)]


def test_a_column_named_for_a_time_may_hold_a_comma_and_may_be_none(tmp_path: Path) -> None:
    assert parse_columns(None, None, ["caption=a, b,video=c,end=d"]) == {"caption": "a, b", "video": "c", "end": "d"}
    assert checked(tmp_path / "t.csv", "video,caption,start,end\na,A man runs.,1,4\n", ["start=-,end=-"]) == [
        (None, None)
    ]


def test_captions_without_any_name_of_a_video(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no column with video names; use --columns video=NAME; has Aufnahme"):
        checked(tmp_path / "t.csv", "Aufnahme;Satz\na;A man runs.\n")
    rows = [{"film": "a", "sentences": ["A man runs.", "He stops."]}, {"film": "b", "sentences": ["Rain.", "Snow."]}]
    with pytest.raises(SourceError, match="no column with video names; use --columns video=NAME; has film, sen"):
        checked(tmp_path / "t.json", rows)
    assert checked(tmp_path / "t.json", rows, ["video=film"]) == [(None, None)] * 4


def test_numbers_that_never_grow_from_one_column_to_the_other_are_no_times() -> None:
    assert unread_times([{"Von": 3, "Bis": 3}] * 5, {}) == {}
    assert unread_times([{"Von": 3, "Bis": 4}] * 5, {}) == {"start": "Von", "end": "Bis"}
