"""describe.py and `svta describe`: counts, files, bytes, and one clear line for wrong use."""

from __future__ import annotations

import json

import pytest
from fork_server import svta

from svta.builder.errors import SvtaError
from svta.builder.record import read_clips
from svta.generation.captions.describe import DescribeConfig, describe, rejected_path

CSV = "id,caption,category\n1,A man falls down.,fall\n2,a man FALLS down.,fall\n3,,fall\n4,A dog runs.,\n"


def source(tmp_path, text=CSV, name="mine.csv"):
    path = tmp_path / name
    path.write_text(text)
    return f"table={path}"


def test_kept_and_rejected_are_what_was_read(tmp_path):
    out = tmp_path / "out" / "d.jsonl"
    report = describe(DescribeConfig(sources=(source(tmp_path),), dedup=True), out)
    assert report.rows == {"table": 4}
    assert (report.kept, report.rejected) == (2, {"duplicate": 1, "no_caption": 1})
    assert report.kept + sum(report.rejected.values()) == sum(report.rows.values())
    clips = list(read_clips(out))
    assert [c.category for c in clips] == ["loss of balance or falls", None]
    rejects = [json.loads(line) for line in rejected_path(out).read_text().splitlines()]
    assert {r["reason"]: r.get("of") for r in rejects} == {"no_caption": None, "duplicate": clips[0].key}
    about = json.loads((out.parent / "d.report.json").read_text())
    assert about["report"]["kept"] == 2
    assert str(tmp_path) not in json.dumps(about)


def test_repeats_are_kept_and_flagged_without_dedup(tmp_path):
    report = describe(DescribeConfig(sources=(source(tmp_path),)), None)
    assert (report.kept, report.flags["duplicate"]) == (3, 1)
    assert report.duplicates["both"] == {"rows_in_groups": 2, "repeats": 1}


def test_repeats_are_found_across_sources(tmp_path):
    other = source(tmp_path, "id,caption\n9,A DOG runs.\n", "other.csv")
    assert describe(DescribeConfig(sources=(source(tmp_path), other), dedup=True), None).rejected["duplicate"] == 2


def test_the_same_input_gives_the_same_bytes_in_another_folder(tmp_path):
    folders = [tmp_path / "a", tmp_path / "b" / "c"]
    for folder in folders:
        folder.mkdir(parents=True)
        describe(DescribeConfig(sources=(source(folder),)), folder / "d.jsonl")
    files = [{p.name: p.read_bytes() for p in sorted(folder.iterdir())} for folder in folders]
    assert files[0] == files[1]


def test_limit_reads_no_further(tmp_path):
    report = describe(DescribeConfig(sources=(source(tmp_path), source(tmp_path, name="b.csv")), limit=2), None)
    assert report.kept == 2


def test_the_grammar_writes_offline(tmp_path):
    report = describe(DescribeConfig(grammar=40, categories=("Fight", "walking"), seed=3), tmp_path / "d.jsonl")
    assert (report.kept, report.by_category) == (40, {"fighting": 20, "walking": 20})
    again = describe(DescribeConfig(grammar=40, categories=("Fight", "walking"), seed=3), tmp_path / "e.jsonl")
    assert again.kept == 40
    assert (tmp_path / "d.jsonl").read_bytes() == (tmp_path / "e.jsonl").read_bytes()


def test_one_file_given_twice_is_told(tmp_path):
    with pytest.raises(SvtaError, match="given twice"):
        describe(DescribeConfig(sources=(source(tmp_path), source(tmp_path))), None)


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ((), 2, "nothing to describe"),
        (("--source", "uca=missing.json"), 2, "missing.json: no such file"),
        (("--source", "table=empty.csv"), 2, "empty.csv: is empty"),
        (("--source", "table=header.csv"), 2, "header.csv: contains no captions"),
        (("--source", "nope=x.csv"), 2, "unknown source 'nope'"),
        (("--grammar", "3", "--category", "juggling"), 2, "unknown category 'juggling'"),
        (("--source", "table=blank.csv"), 1, "no caption was kept"),
        (("--source", "table=blank.csv", "--near", ".9"), 2, "--near needs --dedup"),
        (("--source", "table=blank.csv", "--columns", "caption"), 2, "FIELD=COLUMN"),
        (("--frobnicate",), 2, "--frobnicate"),
    ],
)
def test_wrong_use_is_one_clear_line(tmp_path, args, code, says):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "header.csv").write_text("caption\n")
    (tmp_path / "blank.csv").write_text("id,caption\n1,\n")
    done = svta("describe", *args, "--out", "d.jsonl", cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_the_command_speaks_json_alone(tmp_path):
    done = svta("describe", "--source", source(tmp_path), "--out", "d.jsonl", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kept"] == 3
    assert (tmp_path / "d.jsonl").exists()
    done = svta("describe", "--source", source(tmp_path), "--out", "e.jsonl", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    assert not (tmp_path / "e.jsonl").exists()


@pytest.mark.slow
def test_real_files_give_the_papers_counts(shared, tmp_path):
    captions = shared / "data/captions"
    config = DescribeConfig(sources=(f"uca={captions}/uca", f"ucfcrime-ar={captions}/ucfcrime_ar"), dedup=True)
    report = describe(config, tmp_path / "d.jsonl")
    assert report.rows == {"uca": 23_542, "ucfcrime-ar": 1_900}
    assert report.normal == 16_145
    assert report.rejected == {"duplicate": 930, "minor_sexual": 2}
    assert report.kept == 25_442 - 932


@pytest.mark.slow
def test_flags_refuse_rows_only_where_asked(tmp_path):
    text = "id,caption\n1,A man falls down the stairs.\n2,Ein Mann fällt die Treppe hinunter.\n3,Taylor Swift waves.\n"
    config = DescribeConfig(sources=(source(tmp_path, text),))
    assert describe(config, None).flags == {"language": 1, "names_person": 1}
    report = describe(DescribeConfig(sources=config.sources, reject=("language", "names_person")), tmp_path / "d.jsonl")
    assert (report.kept, report.rejected) == (1, {"language": 1, "names_person": 1})
    done = svta("describe", "--source", config.sources[0], "--reject", "violence", cwd=tmp_path)
    assert done.returncode == 2
    assert "violence is the subject" in done.stderr
    done = svta("describe", "--source", config.sources[0], "--reject", "language", cwd=tmp_path)
    assert "1  rejected: language" in done.stdout
    done = svta("describe", "--source", config.sources[0], "--dry-run", cwd=tmp_path)
    assert "--reject language" in done.stderr


def test_of_several_tables_the_columns_of_each_are_told(tmp_path):
    (tmp_path / "a.csv").write_text("video,caption,Mood\na.mp4,A man falls down the stairs.,calm\n")
    (tmp_path / "b.csv").write_text("Datei,Text,Weather\nb.mp4,A car hits a tree.,rain\n")
    config = DescribeConfig(sources=(f"table={tmp_path / 'a.csv'}", f"table={tmp_path / 'b.csv'}"))
    told = describe(config, None).columns["table"]
    assert (told["caption"], told["unread"]) == ("caption, Text", "Mood, Weather")
