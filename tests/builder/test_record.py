"""Clip: strict fields, strict JSON, safe keys and paths; hostile records are refused in one line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svta.builder.errors import ClipError
from svta.builder.io.json_text import parse_json_object
from svta.builder.record import CLIP_FIELDS, Clip, clip_schema, make_key, read_clips, write_clips

GOOD = {"key": "a-1", "caption": "a man walks", "category": "walking", "is_anomaly": False, "flags": ["tiny"]}


def test_json_round_trip_keeps_only_what_says_something():
    clip = Clip.from_dict(GOOD)
    assert json.loads(clip.to_json()) == GOOD
    assert Clip.from_json(clip.to_json().encode()) == clip
    assert clip.replace(category=None).category is None


def test_arrow_schema_covers_every_field():
    assert tuple(clip_schema().names) == CLIP_FIELDS


@pytest.mark.parametrize(
    "change",
    [
        {"caption": ""},
        {"caption": "\u200b\u2060"},
        {"caption": " \n"},
        {"caption": "x" * 2001},
        {"caption": 3},
        {"key": "A"},
        {"key": "a.b"},
        {"key": ""},
        {"key": "x" * 81},
        {"num_frames": True},
        {"num_frames": "33"},
        {"num_frames": 0},
        {"fps": float("nan")},
        {"fps": 0},
        {"seed": 2**53},
        {"is_anomaly": "yes"},
        {"is_anomaly": 1},
        {"category": ["walking"]},
        {"flags": "tiny"},
        {"sha256": "abc"},
        {"video": "http://127.0.0.1:9/x.mp4"},
        {"video": "../x.mp4"},
        {"video": "/etc/passwd"},
        {"video": "a\\..\\..\\x.mp4"},
        {"video": 7},
    ],
    ids=str,
)
def test_a_wrong_field_is_named_in_one_line(change):
    with pytest.raises(ClipError) as caught:
        Clip.from_dict(GOOD | change)
    assert next(iter(change)) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":-Infinity}',
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":"\\ud800"}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":"\xff"}',
        b'{"a":' + b"1" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":"' + b"x" * 1_000_001 + b'"}',
    ],
    ids=lambda d: repr(d[:20]),
)
def test_json_is_parsed_strictly(data):
    with pytest.raises(ClipError):
        parse_json_object(data)


def test_a_byte_order_mark_is_fine():
    assert parse_json_object(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_files_name_the_line_and_the_rest_goes_on(tmp_path):
    path = tmp_path / "in.jsonl"
    long = json.dumps({"key": "c", "caption": "x" * 1_500_000})
    path.write_text("\n".join([json.dumps(GOOD), '{"key":"b"}', long, "", json.dumps(GOOD | {"key": "d"})]))
    problems = []
    keys = [clip.key for clip in read_clips(path, lambda number, error: problems.append((number, str(error))))]
    assert keys == ["a-1", "d"]
    assert [number for number, _ in problems] == [2, 3]
    assert all(text.startswith(f"in.jsonl line {number}: ") for number, text in problems)
    with pytest.raises(ClipError, match="in.jsonl line 2: caption"):
        list(read_clips(path))


def test_write_clips_is_whole_or_absent(tmp_path):
    def failing():
        yield Clip.from_dict(GOOD)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        write_clips(tmp_path / "out.jsonl", failing())
    assert list(tmp_path.iterdir()) == []
    assert write_clips(tmp_path / "out.jsonl", [Clip.from_dict(GOOD)]) == 1
    assert list(read_clips(tmp_path / "out.jsonl")) == [Clip.from_dict(GOOD)]


@given(st.text(), st.text(), st.text(), st.integers(0, 5))
def test_keys_are_legal_and_depend_on_every_part(source, source_id, caption, occurrence):
    key = make_key(source, source_id, caption, occurrence)
    Clip(key=key, caption="x")
    assert key != make_key(source, source_id, caption, occurrence + 1)
    assert key == make_key(source, source_id, caption, occurrence)


def test_hostile_json_files_behave_as_the_manifest_says(shared):
    manifest = json.loads((shared / "data" / "bad" / "MANIFEST.json").read_text())
    accepted = {
        "good",
        "bom",
        "html_script",
        "csv_inject",
        "bidi",
        "prompt_injection",
        "unknown_category",
        "yaml_inject",
    }
    assert len(manifest) >= 50
    for entry in manifest:
        if entry["kind"] != "json":
            continue
        path = shared / "data" / "bad" / entry["file"]
        if path.stem in accepted:
            assert Clip.from_dict({"key": "k", **parse_json_object(path.read_bytes())}).caption
        else:
            with pytest.raises(ClipError):
                Clip.from_dict({"key": "k", **parse_json_object(path.read_bytes())})
