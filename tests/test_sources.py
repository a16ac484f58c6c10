"""sources.py and tables.py: every source as published, hostile files, nothing dropped silently."""

from __future__ import annotations

import json

import pytest

from svta.builder.errors import SvtaError
from svta.builder.tables import SourceError
from svta.builder.taxonomy import load_taxonomy
from svta.generation.sources import SOURCES, parse_source, read_source, ucf_video


def read(name, path, **kwargs):
    rejects = []
    return list(read_source(name, str(path), on_reject=rejects.append, **kwargs)), rejects


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


UCA = {
    "Abuse037_x264": {
        "duration": 9.0,
        "timestamps": [[1.2, 8.2], [8.4, 9.0]],
        "sentences": [" A man hits a dog. ", "b"],
    },
    "Normal_Videos_003_x264": {"duration": 5.0, "timestamps": [[0.0, 5.0]], "sentences": ["A man walks."]},
}


def test_uca_json_and_txt_give_the_same_clips(tmp_path):
    published = write(tmp_path, "UCFCrime_Test.json", json.dumps(UCA))
    text = (
        "Abuse037_x264 00:01.2 00:08.2 ## A man hits a dog. \nAbuse037_x264 00:08.4 00:09.0 ##b\n"
        "Normal_Videos_003_x264 00:00.0 00:05.0 ##A man walks.\n"
    )
    clips, rejects = read("uca", published)
    assert (clips, rejects) == read("uca", write(tmp_path, "UCFCrime_Test.txt", text))
    first, _, normal = clips
    assert first.caption == "A man hits a dog."
    assert (first.source, first.source_id, first.source_split) == ("uca", "Abuse037_x264#0", "test")
    assert (first.start, first.end, first.tag, first.group) == (1.2, 8.2, "Abuse", "ucf-crime:Abuse037_x264")
    assert (first.category, first.is_anomaly) == ("abuse", True)
    assert (normal.category, normal.is_anomaly, normal.tag) == (None, False, "Normal")
    assert first.license


def test_ucfcrime_ar_workbook_with_cr_lf_names(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (
        ("Video Name", "Chinese Text", "English Text", None),
        ("RoadAccidents/RoadAccidents001_x264.mp4\r\n", "x", "A car hits a tree.", None),
        ("Testing_Normal_Videos_Anomaly/Normal_Videos_003_x264.mp4\n", "x", "People walk.", None),
        ("Abuse/Abuse001_x264.mp4", "x", "  ", None),
        (None, None, "A caption without a video.", None),
    ):
        book.active.append(row)
    path = tmp_path / "ucf_crime_train.xlsx"
    book.save(path)
    clips, rejects = read("ucfcrime-ar", path)
    assert [c.source_id for c in clips] == ["RoadAccidents001_x264", "Normal_Videos_003_x264"]
    assert [c.category for c in clips] == ["road accidents", None]
    assert [c.source_split for c in clips] == ["train", "train"]
    assert [r["reason"] for r in rejects] == ["no_caption", "bad_row"]


def test_both_sources_name_one_video_by_one_group():
    names = ("Abuse/Abuse001_x264.mp4\r\n", "Abuse001_x264", "Training_Normal_Videos_Anomaly/Normal_Videos001_x264.mp4")
    assert [ucf_video(name)["group"] for name in names] == [
        "ucf-crime:Abuse001_x264",
        "ucf-crime:Abuse001_x264",
        "ucf-crime:Normal_Videos001_x264",
    ]


def test_oops_joins_goal_and_wentwrong(tmp_path):
    rows = [
        {"filename": "a.mp4", "goal": "A man dives. ", "wentwrong": "He slips.", "start": 1.5},
        {"goal": "", "wentwrong": ""},
    ]
    clips, rejects = read("oops", write(tmp_path, "oops.json", json.dumps(rows)))
    assert [(c.caption, c.start, c.group, c.is_anomaly, c.source) for c in clips] == [
        ("A man dives. He slips.", 1.5, "oops:a", True, "oops")
    ]
    assert [r["reason"] for r in rejects] == ["no_caption"]
    with pytest.raises(SourceError, match="goal and wentwrong"):
        read("oops", write(tmp_path, "other.csv", "caption\nx\n"))


ROWS = [
    {"id": "7", "text": "A man falls.", "class": "Falling", "video": "a.mp4", "start": 1.0, "split": "val"},
    {"id": "8", "text": "A dog runs, then barks.", "class": "", "video": "b.mp4", "start": 2.0, "split": "test"},
]


def tables(tmp_path):
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    lines = "".join(f'{r["id"]};"{r["text"]}";{r["class"]};{r["video"]};{r["start"]};{r["split"]}\n' for r in ROWS)
    yield write(tmp_path, "my.csv", "id;text;class;video;start;split\n" + lines)
    yield write(
        tmp_path,
        "my.tsv",
        (
            "\ufeffid\ttext\tclass\tvideo\tstart\tsplit\r\n"
            + "".join("\t".join(map(str, r.values())) + "\r\n" for r in ROWS)
        ),
    )
    rows = [{k: v for k, v in r.items() if v != ""} for r in ROWS]
    yield write(tmp_path, "my.jsonl", "\n".join(json.dumps(r) for r in rows))
    yield write(tmp_path, "my.json", json.dumps({"version": 1, "data": rows}))
    book = openpyxl.Workbook()
    for row in (list(ROWS[0]), *(list(r.values()) for r in ROWS)):
        book.active.append(row)
    book.save(tmp_path / "my.xlsx")
    yield tmp_path / "my.xlsx"
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "my.parquet")
    yield tmp_path / "my.parquet"


def test_every_table_format_gives_the_same_clips(tmp_path):
    pytest.importorskip("openpyxl")
    want = None
    for path in tables(tmp_path):
        clips, rejects = read("table", path)
        assert not rejects, path
        want = want or clips
        assert clips == want, path
    first, second = want
    assert (first.source, first.source_id, first.group) == ("my", "7", "my:a")
    assert (first.category, first.is_anomaly, first.start) == ("loss of balance or falls", True, 1.0)
    assert second.caption == "A dog runs, then barks."


def test_columns_given_win_over_columns_found(tmp_path):
    path = write(tmp_path, "t.csv", "caption,better\nbad,good\n")
    assert read("table", path, columns={"caption": "Better"})[0][0].caption == "good"
    with pytest.raises(SourceError, match="no column 'nope'; has caption, better"):
        read("table", path, columns={"caption": "nope"})
    with pytest.raises(SourceError, match="no field of a clip"):
        read("table", path, columns={"colour": "better"})
    with pytest.raises(SourceError, match="no column of captions"):
        read("table", write(tmp_path, "u.csv", "a,b\n1,2\n"))


def test_hub_reads_a_local_folder(tmp_path):
    folder = tmp_path / "hub"
    folder.mkdir()
    write(folder, "train.jsonl", '{"sentence": "A man falls."}\n{"sentence": "A man runs."}\n')
    clips, rejects = read("hub", folder)
    assert [c.caption for c in clips] == ["A man falls.", "A man runs."]
    assert [c.source_id for c in clips] == ["train-0", "train-1"]
    assert not rejects
    with pytest.raises(SourceError, match="hub="):
        read("hub", tmp_path / "missing")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"caption\n", "holds no captions"),
        ("a.jsonl", b"\n\n", "holds no captions"),
        ("a.txt", b"x", "no table svta reads"),
        ("a.csv", b"caption\n\xff\xfe\n", "not UTF-8"),
        ("a.json", b'{"a": ', "not JSON"),
        ("a.json", b"3", "a list of JSON objects is needed"),
        ("a.json", '{"caption": "x"}'.encode("utf-16"), "not UTF-8"),
        ("a.xlsx", b"PK no workbook", "no XLSX workbook"),
        ("a.parquet", b"PAR1 no table", "no Parquet"),
    ],
)
def test_a_file_that_is_no_table_is_named_in_one_line(tmp_path, name, content, says):
    with pytest.raises(SourceError, match=says) as error:
        read("table", write(tmp_path, name, content))
    assert "\n" not in str(error.value)
    assert name in str(error.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"caption": "  "}, "no_caption"),
        ({"category": "walking"}, "no_caption"),
        ({"caption": 123}, "bad_field"),
        ({"caption": "x", "category": ["walking"]}, "bad_field"),
        ({"caption": "x", "category": "teleporting"}, "unknown_category"),
        ({"caption": "x", "category": "fighting", "is_anomaly": False}, "bad_field"),
        ({"caption": "x", "start": -1}, "bad_field"),
        ({"caption": "x", "is_anomaly": "yes"}, "bad_field"),
        ({"caption": "x" * 2001}, "too_long"),
        ({"caption": "x", "video": "http://127.0.0.1:9/x.mp4"}, "bad_field"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason_and_the_others_go_on(tmp_path, row, reason):
    lines = [{"caption": "before"}, row, {"caption": "after"}]
    clips, rejects = read("table", write(tmp_path, "t.jsonl", "\n".join(json.dumps(line) for line in lines)))
    assert [c.caption for c in clips] == ["before", "after"]
    assert [r["reason"] for r in rejects] == [reason]
    assert rejects[0]["place"] == "t.jsonl line 2"


def test_csv_rows_that_cannot_be_read_are_rejected_one_by_one(tmp_path):
    text = 'key,caption\n0,"' + "x" * 200_000 + '"\n1,a,b\n2,"two\nlines, with ""quotes"""\n3,ok\n'
    clips, rejects = read("table", write(tmp_path, "t.csv", text))
    assert [c.caption for c in clips] == ['two lines, with "quotes"', "ok"]
    assert [r["reason"] for r in rejects] == ["bad_row", "bad_row"]
    assert "131072" in rejects[0]["detail"]


def test_repeated_rows_get_keys_of_their_own(tmp_path):
    clips, _ = read("table", write(tmp_path, "t.csv", "id,caption\na,x\na,x\nb,x\n"))
    assert len({c.key for c in clips}) == 3


def test_unknown_sources_are_named(tmp_path):
    with pytest.raises(SourceError, match="unknown source 'nope'"):
        parse_source("nope=x.csv")
    with pytest.raises(SourceError, match="give its file"):
        parse_source("uca=")
    assert parse_source("uca=a=b.json") == ("uca", "a=b.json")
    assert parse_source("captions.csv") == ("table", "captions.csv")
    with pytest.raises(SourceError, match="no such file"):
        read("uca", "missing.json")
    with pytest.raises(SourceError, match="no UCA file"):
        read("uca", write(tmp_path, "x.txt", "hello\n"))


def test_every_source_has_a_name_and_words():
    assert all(kind.__doc__ and kind.name == name for name, kind in SOURCES.items())


def test_the_papers_own_counts(shared):
    """23,542 + 1,900 rows, 16,145 of them normal, 1,900 source videos; UCA's TXT says what its JSON says."""
    captions = shared / "data/captions"
    uca, rejects = read("uca", captions / "uca")
    ar, more = read("ucfcrime-ar", captions / "ucfcrime_ar")
    assert (len(uca), len(ar), rejects, more) == (23_542, 1_900, [], [])
    rows = uca + ar
    assert sum(clip.is_anomaly is False for clip in rows) == 16_145
    assert len({clip.group for clip in rows}) == 1_900
    assert len({clip.key for clip in rows}) == len(rows)
    by_split = [sum(c.source_split == split for c in uca) for split in ("train", "validation", "test")]
    assert by_split == [15_677, 3_534, 4_331]
    assert [sum(c.source_split == split for c in ar) for split in ("train", "test")] == [1_610, 290]
    assert read("uca", captions / "uca/UCFCrime_Test.txt")[0] == [c for c in uca if c.source_split == "test"]
    taxonomy = load_taxonomy()
    assert all(c.category is None or taxonomy[c.category].name == c.category for c in rows)
    assert all(c.category is not None for c in rows if c.is_anomaly)


HOSTILE = {
    "good.json": None, "bom.json": None, "html_script.json": None, "csv_inject.json": None, "bidi.json": None,
    "prompt_injection.json": None, "types_wrong.json": "bad_field", "missing_caption.json": "no_caption",
    "empty_caption.json": "no_caption", "caption_100k.json": "too_long", "caption_one_token_100k.json": "too_long",
    "yaml_inject.json": "unknown_category", "unknown_category.json": "unknown_category",
    "negative_frames.json": "bad_field", "bool_as_int.json": "bad_field", "video_url.json": "bad_field",
}  # fmt: skip


def test_hostile_files_behave_as_their_manifest_says(shared):
    bad = shared / "data/bad"
    for entry in json.loads((bad / "MANIFEST.json").read_text()):
        name = entry["file"].partition("/")[2]
        if entry["kind"] != "json":
            continue
        if name not in HOSTILE:  # no JSON that svta accepts: the whole file is refused, in one line
            with pytest.raises(SvtaError, match=name):
                read("table", bad / entry["file"])
            continue
        clips, rejects = read("table", bad / entry["file"])
        assert [r["reason"] for r in rejects] == ([HOSTILE[name]] if HOSTILE[name] else []), name
        assert len(clips) + len(rejects) == 1, name
    assert read("table", bad / "jsonl/one_line_2MB.jsonl")[1][0]["reason"] == "bad_row"
    injected, _ = read("table", bad / "csv/injection.csv")
    assert [c.caption for c in injected] == ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(1)", "x"]
    assert len(read("table", bad / "csv/embedded_newlines.csv")[0]) == 1
    assert [r["reason"] for r in read("table", bad / "csv/big_field.csv")[1]] == ["bad_row"]
