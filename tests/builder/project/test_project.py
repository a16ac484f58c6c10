"""svta.yaml: found beside the input or above the working folder, checked in one line, kept by a dataset."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from svta.builder.project.config import Project, ProjectError, check_project, read_project
from svta.builder.project.find import find_project, packed_project
from svta.builder.project.template import project_text
from svta.builder.project.yaml_text import read_yaml
from svta.cli.app import main
from svta.cli.project_defaults import input_places, project_defaults

FULL = """
name: port-events
title: "Port: rare events"
description: |
  Twelve events.
authors: Ada Harbour
homepage: https://example.org/port
license: cc by 4.0
caption_license: CC0-1.0
citation: "@misc{port}"
contact: ada@example.org
gate: {text: Ask first., fields: {Affiliation: text, I agree: checkbox}}
language: [en, no]
taxonomy: sub/taxonomy.json
rights: [{name: mine, licence: MIT}]
num_frames: 33
fps: 16
height: 192
width: 320
splits: 7:1:2
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "taxonomy.json").write_text("{}")
    (tmp_path / "svta.yaml").write_text(FULL)
    project = read_project(tmp_path / "svta.yaml")
    assert project.license == "CC-BY-4.0" and project.authors == ["Ada Harbour"] and project.fps == 16.0
    assert project.taxonomy == str(tmp_path / "sub" / "taxonomy.json") and project.splits == "7:1:2"
    assert (
        project.language == ["en", "no"] and project.gate is not None and project.gate.fields["I agree"] == "checkbox"
    )
    kept = project.published()
    assert not {"taxonomy", "splits", "num_frames", "fps"} & kept.keys() and kept["title"] == "Port: rare events"
    assert packed_project({"project": kept}).published() == kept
    assert not packed_project({}).is_given and packed_project({}).name == "svta"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("licence: MIT", "licence: no such key; did you mean license?"),
        ("nonsense: 1", "nonsense: no such key; keys are name title"),
        ("license: free for all", "license: 'free for all' is not an SPDX name"),
        ("name: my port", "name: 'my port': letters, digits, - and _ are allowed"),
        ("name: ../up", "name: '../up': letters"),
        ("fps: fast", "fps: Input should be a valid number"),
        ("num_frames: 0", "num_frames: "),
        ("title: 2026-01-02", "title: 2026-01-02: put it in quotes"),
        ("homepage: port.example", "homepage: 'port.example': an address that begins with http"),
        ("gate: {text: x, fields: {A: number}}", "gate.fields.A: "),
        ("rights: [{name: a, licence: MIT, free: 1}]", "rights.0.free: no such key"),
        ("taxonomy: absent.json", "taxonomy: "),
        ("language: [english]", "language.0: 'english': codes like en or de"),
        ("language: French", "language.0: 'French': codes like en or de"),
        ('title: "a\\u2028---\\u2028b"', "one line of plain text is needed"),
        ('title: "a\\x85b"', "one line of plain text is needed"),
        ('authors: ["Ada\\u202emoc.live"]', "one line of plain text is needed"),
        ("license: MIT\ntitle: a\nlicense: CC-BY-4.0", "line 3 the key 'license' is there twice"),
        ("gate: {text: x, fields: {A: text, A: checkbox}}", "the key 'A' is there twice"),
        ("gate: [x]", "gate: a mapping of keys is needed (this is \"['x']\")"),
        ("splits: 7-1-2", "splits: '7-1-2': three ratios (\"7:1:2\"), source or a file of key,split are needed"),
        ("splits: sourc", "splits: 'sourc': three ratios"),
        ("splits: 7:1", "splits: '7:1': three ratios"),
        ("rights: [{name: a}]", "rights.0.licence: Field required"),
        ("title: [", "its YAML cannot be read: line 1"),
        ("- a\n- b", "its YAML is not a mapping"),
        ("a: &x {b: 1}\nc: {<<: *x}", "merge keys are refused"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_key(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "svta.yaml").write_text(text)
    with pytest.raises(Exception, match="svta.yaml") as error:
        read_project(tmp_path / "svta.yaml")
    assert says in str(error.value) and str(tmp_path / "svta.yaml") in str(error.value)
    assert isinstance(error.value, ProjectError | type(_damage())) and "\n" not in str(error.value)


def test_licences_are_spelt_either_way_in_rows_of_rights() -> None:
    rows = [{"name": "a", "licence": "MIT"}, {"name": "a", "license": "MIT"}]
    projects = [check_project({"rights": [row], "splits": "source"}) for row in rows]
    assert projects[0] == projects[1] and projects[1].published()["rights"][0]["licence"] == "MIT"
    assert check_project({"splits": "mine/7.csv"}).splits == "mine/7.csv"


@pytest.mark.parametrize(
    ("said", "codes"),
    [("FR", ["fr"]), (["fr", "FR"], ["fr"]), ("pt_br", ["pt-BR"]), ("ZH-hans-cn", ["zh-Hans-CN"]), (" en ", ["en"]),
     (["NO", False], ["no"]), ("gsw-CH", ["gsw-CH"])],
)  # fmt: skip
def test_codes_of_languages_are_read_in_any_case(said: object, codes: list[str]) -> None:
    assert check_project({"language": said}).language == codes


def test_a_name_that_is_none_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["init", "a b"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "svta init: name: 'a b': letters, digits, - and _ are allowed, at most 64\n"


def _damage() -> Exception:
    from svta.builder.errors import DatasetError

    return DatasetError("")


def test_what_svta_init_writes_is_read_with_every_line_in_use(tmp_path: Path) -> None:
    text = project_text("port_events-2")
    assert check_project(read_yaml(text, "t"), "t").published() == {"name": "port_events-2", "title": "Port events 2"}
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    keys = [line.partition(":")[0] for line in lines if line.partition(":")[0] in Project.model_fields]
    assert set(keys) == set(Project.model_fields)
    begin = next(i for i, line in enumerate(lines) if line.startswith("name:"))
    used = [
        line.removeprefix("# ")
        for line in text.splitlines()[begin:]
        if not line.startswith("# ") or line[2:3].islower() or line[2:3] in (" ", "-")
    ]
    values = read_yaml(
        "\n".join(line for line in used if ": " in line or line.startswith((" ", "-")) or ":" in line), "t"
    )
    for key in ("taxonomy", "lexicon", "choreography"):
        (tmp_path / values[key]).write_text("{}")
    (tmp_path / "svta.yaml").write_text(yaml.safe_dump(values))
    assert read_project(tmp_path / "svta.yaml").model_fields_set == set(Project.model_fields)


def test_the_nearest_file_counts_and_a_checkout_is_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = tmp_path / "repo"
    inner = repo / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "svta.yaml").write_text("name: outside")
    (repo / ".git").mkdir()
    monkeypatch.chdir(inner)
    assert find_project().path is None
    (repo / "svta.yaml").write_text("name: repo")
    assert find_project().project.name == "repo"
    (inner / "svta.yaml").write_text("name: inner")
    other = tmp_path / "data"
    other.mkdir()
    (other / "svta.yaml").write_text("name: beside")
    (other / "captions.csv").write_text("caption\nx\n")
    assert find_project().project.name == "inner"
    assert find_project(other / "captions.csv").project.name == find_project(other).project.name == "beside"
    values = find_project().origins()
    assert values["name"] == {"value": "inner", "from": str(inner / "svta.yaml")}
    assert values["title"] == {"value": None, "from": "default"}


def test_its_values_are_defaults_that_options_win_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.json").write_text("{}")
    (tmp_path / "svta.yaml").write_text(
        "license: MIT\ncaption_license: CC0-1.0\ntaxonomy: t.json\nnum_frames: 9\nsplits: source"
    )
    assert (
        project_defaults(["describe", "--grammar", "3"])
        == {"describe": {"taxonomy": str(Path(os.curdir) / "t.json"), "license": "CC0-1.0"}}
        or project_defaults(["describe"])["describe"]["license"] == "CC0-1.0"
    )
    assert project_defaults(["import", "--videos", "v"])["import"]["license"] == "MIT"
    assert project_defaults(["generate", "d.jsonl"])["generate"]["num_frames"] == 9
    assert project_defaults(["pack", "clips"])["pack"]["splits"] == "source"
    assert project_defaults(["verify", "d"]) == project_defaults(["pack", "--help"]) == project_defaults([]) == {}
    assert project_defaults(["review", "export", "a.jsonl"])["review"]["export"]["taxonomy"].endswith("t.json")
    assert input_places(["clips", "--source", "table=t.json", "--out", "t.json", "svta.yaml"]) == [
        Path("t.json"), Path("svta.yaml")
    ]  # fmt: skip
