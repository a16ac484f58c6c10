"""Every key of svta.yaml that has an option is used by each command that has that option, without the flag."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from svta.builder.project.config import Project
from svta.cli.__main__ import main
from svta.cli.app import COMMANDS
from svta.cli.project_defaults import project_defaults

PROJECT = """
name: ward
taxonomy: taxonomy.json
lexicon: lexicon.yaml
choreography: moves.json
num_frames: 5
fps: 8
height: 64
width: 96
splits: "2:1:1"
license: MIT
caption_license: CC-BY-4.0
"""
TAXONOMY = {
    "name": "ward",
    "version": 1,
    "categories": [{"name": "fall", "is_anomaly": True, "definition": "a fall", "minor_policy": "film"}],
}


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "svta.yaml").write_text(PROJECT)
    (tmp_path / "taxonomy.json").write_text(json.dumps(TAXONOMY))
    (tmp_path / "lexicon.yaml").write_text("nouns:\n  drip stand: {like: pole, words: [drip stand]}\n")
    (tmp_path / "moves.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*line: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(line))
    return int(end.value.code or 0)


def test_each_option_with_a_key_of_its_name_takes_it(ward: Path) -> None:
    import typer

    from svta.cli.app import app

    group = typer.main.get_command(app)
    named = {"taxonomy", "lexicon", "choreography", "num_frames", "fps", "height", "width", "splits"}
    assert named < set(Project.model_fields)
    # footage keeps its own size and rate, models sample frames, streams have no clips of their own
    own = {("import", "fps"), ("index", "fps"), ("streams", "fps"), ("train", "num_frames"), ("eval", "num_frames")}
    own |= {
        ("audit", "num_frames"),
        ("streams", "height"),
        ("streams", "width"),
        ("streams", "taxonomy"),
        ("demo", "fps"),
    }
    for verb in COMMANDS:
        command = group.get_command(None, verb)
        options = {parameter.name for parameter in command.params} & named
        given = project_defaults([verb, "--grammar", "3"]).get(verb, {})
        missing = {name for name in options if name not in given and (verb, name) not in own}
        assert not missing, (verb, missing)


@pytest.mark.parametrize("given", [("--backend", "endpoint"), ("--backend=diffusion",), ("--backend", "no.such:Class")])
def test_values_of_the_storyboard_are_not_given_to_other_backends(ward: Path, given: tuple[str, ...]) -> None:
    for verb in ("plan", "generate"):
        assert {"lexicon", "choreography"} <= project_defaults([verb, "d.jsonl"])[verb].keys()
        assert {"lexicon", "choreography"} <= project_defaults([verb, "d.jsonl", "--backend", "storyboard"])[
            verb
        ].keys()
        values = project_defaults([verb, "d.jsonl", *given])[verb]
        assert not {"lexicon", "choreography"} & values.keys() and values["num_frames"] == 5
        twice = project_defaults([verb, "d.jsonl", *given, "--backend", "storyboard"])[verb]  # the last one counts
        assert {"lexicon", "choreography"} <= twice.keys()
        assert project_defaults([verb, "d.jsonl", "--backend", "storyboard", *given])[verb] == values


def test_captions_take_the_licence_of_captions_and_footage_that_of_the_dataset(ward: Path) -> None:
    assert project_defaults(["describe"])["describe"]["license"] == "CC-BY-4.0"
    assert project_defaults(["import"])["import"]["license"] == "MIT"
    (ward / "svta.yaml").write_text(PROJECT.replace("\nlicense: MIT", ""))
    assert project_defaults(["describe"])["describe"]["license"] == "CC-BY-4.0"
    assert "license" not in project_defaults(["import"])["import"]


def test_words_of_the_lexicon_are_drawn_without_the_flag(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from svta.generation.storyboard.user_lexicon import use_lexicon

    (ward / "svta.yaml").write_text(PROJECT.replace("choreography: moves.json\n", ""))
    (ward / "captions.csv").write_text("caption,category\nA drip stand falls over.,fall\n")
    try:
        assert run("describe", "--source", "table=captions.csv") == 0
        told = "next: svta generate descriptions.jsonl --out clips --backend storyboard"
        assert capsys.readouterr().err.strip().splitlines()[-1] == told
        assert run("plan", "descriptions.jsonl") == 0
        said = capsys.readouterr()
        assert "do not draw" not in said.err and "drip" not in said.err
        # what svta.yaml says is not repeated in the next step
        assert said.err.strip().splitlines()[-1] == "next: svta generate descriptions.jsonl --out clips"
        assert run("generate", "descriptions.jsonl") == 0
        capsys.readouterr()
        assert run("info", "clips", "--json") == 0
        clips = capsys.readouterr().out
        assert json.loads(clips)
    finally:
        use_lexicon(None)


def test_other_languages_of_the_project_are_no_fault(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ward / "captions.csv").write_text("caption,category\nUn vieil homme tombe de son lit pendant la nuit.,fall\n")
    assert run("describe", "--source", "table=captions.csv") == 0
    assert "1 not in English" in capsys.readouterr().err
    (ward / "svta.yaml").write_text(PROJECT + "language: [en, FR]\n")
    assert run("describe", "--source", "table=captions.csv") == 0
    assert "not in English" not in capsys.readouterr().err
    assert '"flags":["language"]' not in (ward / "descriptions.jsonl").read_text()
    with (ward / "captions.csv").open("a") as file:
        file.write("Ein alter Mann fällt in der Nacht aus seinem Bett.,fall\n")
    assert run("describe", "--source", "table=captions.csv") == 0
    assert "1 not in English or fr (svta.yaml); --reject language" in capsys.readouterr().err
    assert run("describe", "--source", "table=captions.csv", "--reject", "language") == 0
    rejected = (ward / "descriptions.rejected.jsonl").read_text()
    assert "Ein alter Mann" in rejected and "Un vieil homme" not in rejected


def test_the_card_of_a_pack_is_that_of_the_project(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ward / "svta.yaml").write_text(PROJECT.replace("choreography: moves.json\n", "title: Falls of our ward\n"))
    (ward / "captions.csv").write_text(
        "caption,category\n" + "".join(f"A man falls {n} times.,fall\n" for n in range(2, 9))
    )
    assert run("describe", "--source", "table=captions.csv") == 0
    assert run("generate", "descriptions.jsonl") == 0
    assert run("pack", "clips", "--out", "dataset") == 0
    assert "Falls of our ward" in (ward / "dataset" / "README.md").read_text()
    assert "name" not in capsys.readouterr().err
    (ward / "svta.yaml").write_text("name: clinic\n")
    assert run("pack", "clips", "--out", "dataset", "--append") == 0
    assert "dataset keeps the name ward, which its shards have; a new --out gets clinic" in capsys.readouterr().err
    (ward / "svta.yaml").unlink()
    assert run("pack", "clips", "--out", "svta-dataset") == 0
    assert "no svta.yaml names this dataset, so its shards are called svta-" in capsys.readouterr().err
    assert run("pack", "clips", "more", "--out", "svta-dataset") == 2
    assert "pack one clips folder, then add the next with --append" in capsys.readouterr().err


def test_a_licence_from_a_project_file_elsewhere_is_told(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ward / "footage").mkdir()
    (ward / "footage" / "a.mp4").write_bytes(b"x")
    (ward / "footage" / "captions.csv").write_text("video,caption\na,A man falls.\n")
    line = "import", "--videos", "../footage", "--dry-run"
    (ward / "elsewhere").mkdir()
    assert run("import", "--videos", "footage", "--dry-run") == 0
    assert "licence" not in capsys.readouterr().err
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ward / "elsewhere")
        assert run(*line) == 0 and "licence" not in capsys.readouterr().err  # the one above this folder
        (ward / "elsewhere" / "svta.yaml").write_text("name: other\n")
        assert run(*line) == 0
    err = capsys.readouterr().err
    assert "rows without a licence are MIT, as " in err and "svta.yaml says; --license NAME for another one" in err


@pytest.mark.parametrize("command", [("import", "--videos", "."), ("describe", "--grammar", "2"), ("push", "x", "a/b")])
def test_a_licence_has_a_name(command: tuple[str, ...], ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command, "--license", "free for all") == 2
    assert "give an SPDX name" in capsys.readouterr().err


def test_what_no_project_file_says_is_carried_to_the_next_step(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from svta.generation.storyboard.user_lexicon import use_lexicon

    (ward / "svta.yaml").unlink()
    (ward / "moves.json").write_text(json.dumps({"fall": {
        "roles": {"who": "adult at .4"}, "beats": ["who fall @ .2-.6"], "places": ["corridor"], "words": ["fall"],
        "say": ["{who} falls"],
    }}))  # fmt: skip
    own = ("--choreography", "moves.json", "--lexicon", "lexicon.yaml")
    try:
        assert run("describe", "--grammar", "2", "--taxonomy", "taxonomy.json", *own) == 0
        told = f"next: svta generate descriptions.jsonl --out clips --backend storyboard {' '.join(own)}"
        assert capsys.readouterr().err.strip().splitlines()[-1] == told
    finally:
        use_lexicon(None)
