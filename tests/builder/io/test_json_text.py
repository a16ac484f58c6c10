"""JSON files: one error for whatever is wrong, limits before parsing; JSONL written whole."""

from __future__ import annotations

import pytest

from svta.builder.errors import ClipError, DatasetError, SvtaError
from svta.builder.io.json_text import (
    MAX_JSON_ITEMS,
    MAX_LOOSE_DEPTH,
    loose_json,
    parse_json,
    read_json,
    read_json_object,
    read_jsonl,
    write_jsonl,
)


class PartError(SvtaError):
    """Some caller's own error."""


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": 1, "a": 2}', "duplicate key 'a'"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"a": 1', "not JSON svta accepts"),
        (b'"\\ud800"', "half a surrogate pair"),
        (b"x" * 101, "has 101 bytes; the limit is 100"),
        (b"", "not JSON svta accepts"),
    ],
)
def test_one_error_of_the_callers_choice_names_the_file(tmp_path, data, says):
    path = tmp_path / "marker.json"
    path.write_bytes(data)
    limit = 100 if b"x" in data else 1_000_000
    for error in (DatasetError, PartError):
        with pytest.raises(error, match=r"marker\.json: ") as refused:
            read_json(path, limit, error=error)
        assert says in str(refused.value) and "\n" not in str(refused.value)


def test_a_missing_file_is_the_callers_business_a_folder_is_not(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "missing.json")
    with pytest.raises(DatasetError, match="Is a directory"):
        read_json(tmp_path)


def test_an_object_where_one_is_due(tmp_path):
    (tmp_path / "a.json").write_text("[1]")
    assert read_json(tmp_path / "a.json") == [1]
    with pytest.raises(DatasetError, match="a JSON object is needed, this is a list"):
        read_json_object(tmp_path / "a.json")


@pytest.mark.parametrize("unit", [b"[],", b"{},", b"[[],[]],"])
def test_millions_of_empty_things_are_refused_before_they_are_made(unit):
    data = b"[" + unit * (MAX_JSON_ITEMS // unit.count(b",") // 2 + 1) + b"0]"
    with pytest.raises(ClipError, match="the limit is 10,000,000"):
        parse_json(data)
    with pytest.raises(ClipError, match="the limit is 10,000,000"):
        parse_json(data.decode())


def test_a_long_text_of_few_values_is_fine():
    assert parse_json(b'["' + b"a" * 5_000_000 + b'"]') == ["a" * 5_000_000]


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}"), ('[1,{"b":', "}]")])
def test_an_answer_that_is_nested_too_deeply_to_walk_through_is_none(begin, end):
    def nested(depth):
        levels = depth // begin.count("[") // 2 if begin.startswith("[1") else depth
        return begin * levels + "0" + end * levels

    assert loose_json(nested(MAX_LOOSE_DEPTH)) is not None
    for depth in (MAX_LOOSE_DEPTH + 2, 480, 900, 100_000):
        assert loose_json(nested(depth)) is None
    assert loose_json("[[]]") == [[]] and loose_json("0") == 0 and loose_json("[", 7) == 7


def test_rows_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "rejected.jsonl"
    rows = [{"key": "a", "reason": "ü"}, {"n": [1, None]}]
    assert write_jsonl(path, rows) == 2
    assert path.read_bytes() == '{"key":"a","reason":"ü"}\n{"n":[1,null]}\n'.encode()
    assert [fields for _, fields in read_jsonl(path)] == rows

    def breaks():
        yield {"a": 1}
        raise KeyError("b")

    with pytest.raises(KeyError):
        write_jsonl(path, breaks())
    with pytest.raises(ValueError):
        write_jsonl(path, [{"a": float("nan")}])
    assert path.read_bytes().count(b"\n") == 2
    assert [p.name for p in tmp_path.iterdir()] == ["rejected.jsonl"]


@pytest.mark.parametrize(
    "text", ['{"a": "\\ud800"}', '{"\\uDFFF": 1}', '["\ud800"]', '{"a": ' + "[" * 900 + "]" * 900 + "}"]
)
def test_half_a_surrogate_pair_and_deep_nests_are_no_loose_json_that_may_be_written(text: str) -> None:
    assert loose_json(text, "none", writable=True) == "none"


def test_pairs_are_text() -> None:
    assert loose_json(b'["\\ud83d\\ude00"]', writable=True) == ["\U0001f600"]
    assert loose_json('"half \\ud800 of a pair"') == "half \ud800 of a pair"  # an answer; who writes it replaces that
