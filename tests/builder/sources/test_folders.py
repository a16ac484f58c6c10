"""A folder as a source: all its tables of captions, and what is left out is told; a mixture is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from svta.builder.io.tables import SourceError
from svta.builder.sources.columns import columns_shown
from svta.builder.sources.registry import open_source, read_records


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    files = {
        "a.csv": "Satz;Kategorie\nA cat sits.;arson\n",
        "b.jsonl": '{"text": "A dog runs."}\n',
        "c.json": json.dumps([{"caption": "A man falls."}, {"caption": ""}]),
        "d.tsv": "name\tsize\na\t3\n",
        "e.rejected.jsonl": '{"caption": "No."}\n',
        "f.txt": "not a table",
        "g.mp4": "",
    }
    for name, text in files.items():
        (tmp_path / "in" / name).write_text(text)
    return tmp_path / "in"


def test_all_tables_of_a_folder_are_read(folder: Path) -> None:
    source = open_source(f"table={folder}")
    rejects: list[dict[str, object]] = []
    clips = [record.clip for record in read_records(source, on_reject=rejects.append)]
    assert [clip.caption for clip in clips] == ["A cat sits.", "A dog runs.", "A man falls."]
    assert [row["place"] for row in rejects] == ["c.json row 2"]
    assert {clip.source for clip in clips} == {"in"}
    told = "d.tsv: no column of captions; e.rejected.jsonl: written by svta; f.txt: text, to be named; sub: a folder"
    assert columns_shown(source.chosen()).endswith(f"passed over: {told}")


def test_folders_that_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"tables of several kinds \(.csv, .jsonl\); table=.*in reads all of them"):
        list(open_source(f"hub={folder}").annotations())
    with pytest.raises(SourceError, match="in: is a folder; name the file of captions in it"):
        list(open_source(f"oops={folder}").annotations())
    for name in ("a.csv", "b.jsonl", "c.json"):
        (folder / name).unlink()
    with pytest.raises(SourceError, match="in: a folder without a table of captions .d.tsv: no column of captions; "):
        list(open_source(f"table={folder}").annotations())
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="empty: a folder without a table of captions .it reads .csv"):
        list(open_source(f"table={tmp_path / 'empty'}").annotations())
