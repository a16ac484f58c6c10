"""No output of a command is one of its inputs, and no file that svta did not write is replaced unless asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from svta.builder.layout.own_files import is_own_file
from svta.cli.__main__ import main
from svta.cli.app import COMMANDS
from svta.cli.commands.descriptions import review
from svta.cli.outputs import FOLDER, OutputError
from svta.generation.storyboard.rendering.contact_sheet import _save

MODULES = {verb: import_module(f"svta.cli.commands.{name}") for verb, name in COMMANDS.items()}
FUNCTIONS: dict[str, Callable[..., None]] = {
    verb: module.command for verb, module in MODULES.items() if verb != "review"
} | {f"review {name}": getattr(review, name) for name in ("export", "apply", "balance")}
READ = {  # paths that commands only read, or keep answers and vectors in
    *("taxonomy", "template", "choreography", "lexicon", "plugins", "descriptions", "decisions", "clips", "videos"),
    *("results", "predictions", "index", "repeat", "runs", "known", "answers", "run", "streams", "footage", "normal"),
    *("within", "start_times", "status", "cache", "chat_cache", "eval_results", "dataset", "plugins"),
}
WRITING = {name: function for name, function in FUNCTIONS.items() if hasattr(function, "outputs")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_path_of_a_command_is_declared_as_written_or_read(name: str) -> None:
    options = inspect.signature(FUNCTIONS[name]).parameters
    paths = {option for option, one in options.items() if "Path" in str(one.annotation)}
    outputs = set(getattr(FUNCTIONS[name], "outputs", ()))
    assert paths - outputs <= READ, "declare it with @writes (cli/outputs.py), or above as read"
    assert not outputs & READ


def values_of(function: Callable[..., None]) -> dict[str, Any]:
    options = inspect.signature(function).parameters
    return {name: None if one.default is inspect.Parameter.empty else one.default for name, one in options.items()}


@pytest.mark.parametrize("name", WRITING)
def test_an_output_is_no_input_and_no_foreign_file(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    function = WRITING[name]
    options = inspect.signature(function).parameters
    inputs = [o for o, one in options.items() if o not in function.outputs and "Path" in str(one.annotation)]
    inputs += [option for option in ("source", "data", "dataset", "path", "test") if option in options]
    inputs = [option for option in inputs if option not in ("status", "cache", "chat_cache", "descriptions")]
    for output, files in function.outputs.items():
        for option in inputs:
            place = tmp_path / f"{output}-{option}.csv"
            (place.mkdir if files == FOLDER else place.touch)()
            is_list = "list" in str(options[option].annotation)
            given = f"table={place}" if option in ("source", "test") else place
            values = {**values_of(function), option: [given] if is_list else given, output: place}
            with pytest.raises(OutputError, match="which this command reads"):
                function(**values)
        if files == FOLDER:
            continue
        for ending in ("", *files):
            place = tmp_path / f"{output}.x"
            foreign = place.with_name(place.stem + ending) if ending else place
            foreign.write_text("mine;and;mine")
            with pytest.raises(Exception, match="is not a file that svta wrote; --replace"):
                function(**{**values_of(function), output: place})
            assert foreign.read_text() == "mine;and;mine"
            foreign.unlink()


def test_a_part_of_a_video_is_that_video(tmp_path: Path) -> None:
    video = tmp_path / "a@b.mp4"
    video.touch()
    for like in (f"{video}@1-2", str(video)):
        with pytest.raises(OutputError, match="which this command reads"):
            WRITING["search"](**{**values_of(WRITING["search"]), "like": like, "page": video})


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(words))
    return int(end.value.code or 0)


def test_tables_decisions_and_descriptions_are_kept_and_own_files_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    table = "caption,category\nA man punches another man.,fighting\nA car hits a van.,car accident\n"
    (tmp_path / "mine.csv").write_text(table)
    (tmp_path / "link.csv").symlink_to("mine.csv")
    for out in ("mine.csv", "./mine.csv", "link.csv"):
        assert run("describe", "--source", "table=mine.csv", "--out", out) == 2
    assert (tmp_path / "mine.csv").read_text() == table
    for _ in range(2):  # a command may make its own files again
        assert run("describe", "--source", "table=mine.csv", "--out", "a.jsonl") == 0
        assert run("annotate", "a.jsonl", "--out", "b.jsonl") == 0
        assert run("review", "export", "b.jsonl", "--out", "r.html") == 0
        assert run("review", "balance", "b.jsonl") == 0
        (tmp_path / "dec.jsonl").write_text("")
        assert run("review", "apply", "dec.jsonl", "--descriptions", "b.jsonl", "--out", "c.jsonl") == 0
    for name in ("a.jsonl", "a.rejected.jsonl", "a.report.json", "b.labels.jsonl", "b.groups.json", "c.jsonl"):
        assert is_own_file(tmp_path / name), name
    assert is_own_file(tmp_path / "b.balance.json") and not is_own_file(tmp_path / "mine.csv")
    _save(Image.new("RGB", (8, 8)), tmp_path / "sheet.png")
    assert is_own_file(tmp_path / "sheet.png")
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.png")
    assert not is_own_file(tmp_path / "photo.png")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for line in (
        "review apply dec.jsonl --descriptions a.jsonl --out dec.jsonl",
        "review apply dec.jsonl --descriptions a.jsonl --out a.jsonl",
        "review export a.jsonl --out a.jsonl",
        "annotate a.jsonl --out a.jsonl",
        "describe --source table=a.rejected.jsonl --out a.jsonl",
        "describe --grammar 3 --out mine.csv",
        "info --storyboard-sheet mine.csv",
        "describe --source table=. --out mine.csv --replace",
    ):
        assert run(*line.split()) == 2, line
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert run("describe", "--grammar", "3", "--out", "mine.csv", "--replace") == 0
    capsys.readouterr()


def test_a_taxonomy_named_after_the_descriptions_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    slip = '{"name": "slip", "is_anomaly": true, "definition": "a slip", "minor_policy": "film"}'
    text = f'{{"name": "mine", "version": 1, "categories": [{slip}]}}'
    (tmp_path / "d.taxonomy.json").write_text(text)
    (tmp_path / "t.csv").write_text("caption,category\nA man slips.,slip\n")
    command = ("describe", "--source", "table=t.csv", "--taxonomy", "d.taxonomy.json", "--out", "d.jsonl")
    assert run(*command) == 0
    assert (tmp_path / "d.taxonomy.json").read_text() == text
    (tmp_path / "taxonomy.json").write_text(text)
    (tmp_path / "d.taxonomy.json").write_text(text.replace("mine", "an older one"))  # would be taken first
    assert run(*command[:4], "taxonomy.json", *command[5:]) == 2
    assert "older" in (tmp_path / "d.taxonomy.json").read_text()
