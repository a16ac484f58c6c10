"""A table of key,split: what it says, and which row is at fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from svta.builder.sources.split_file import read_split_file
from svta.builder.splits import SplitError


def test_split_files(tmp_path: Path) -> None:
    table = tmp_path / "splits.csv"
    table.write_text("key,split\na,train\nb,Val\n")
    assert read_split_file(table) == {"a": "train", "b": "validation"}
    lines = tmp_path / "splits.jsonl"
    lines.write_text('{"key":"a","split":"test"}\n')
    assert read_split_file(lines) == {"a": "test"}
    (tmp_path / "named.json").write_text('[{"key": "a", "subset": "validation"}, {"key": "b", "subset": "Train"}]')
    assert read_split_file(tmp_path / "named.json") == {"a": "validation", "b": "train"}
    for text, where in (
        ("key,split\na,nowhere\n", "line 2"),
        ("a,b\n1,2\n", "line 2"),
        ("key,split\na,train\na,test\n", "line 3"),
    ):
        table.write_text(text)
        with pytest.raises(SplitError, match=where):
            read_split_file(table)
    with pytest.raises(SplitError, match="absent.csv: no such file"):
        read_split_file(tmp_path / "absent.csv")
