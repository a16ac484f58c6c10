"""croissant.json, eval.yaml and the plots: valid, from the data, no caption inside. Mirrors croissant.py, plots.py."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from finished import clip, clips_folder

from svta.builder.card.plots import captions_svg, categories_svg
from svta.builder.layout.stats import compute_stats
from svta.builder.packing.derive import Derivation, derive_dataset
from svta.builder.packing.pack import pack
from svta.builder.shards.index import read_index

RAI = (
    "dataCollection", "dataLimitations", "dataBiases", "personalSensitiveInformation", "dataUseCases",
    "dataSocialImpact", "hasSyntheticData",
)  # fmt: skip
EVIL = '</text><script>alert("1")</script>'


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("croissant")

    def make(i: int):
        return clip(i, "uca" if i % 2 else "grammar")

    pack(clips_folder(folder / "c", 70, make=make), folder / "d")
    return folder / "d"


def test_mlcroissant_finds_no_error_and_reads_every_row(dataset: Path) -> None:
    mlc = pytest.importorskip("mlcroissant", reason="pip install mlcroissant")
    read = mlc.Dataset(jsonld=str(dataset / "croissant.json"))
    assert not read.metadata.ctx.issues.errors
    warned = "".join(read.metadata.ctx.issues.warnings)
    assert "datePublished" in warned and "citeAs" not in warned  # a date would make packing irreproducible
    rows = {row["clips/key"].decode(): row for row in read.records("clips")}
    for row in read_index(dataset / "clips.parquet"):
        told = rows[row.clip.key]
        assert told["clips/caption"].decode() == row.clip.caption and told["clips/offset"] == row.offset
    assert len(rows) == 70


def test_the_responsible_ai_fields_are_there_and_say_what_is_inside(dataset: Path) -> None:
    told = json.loads((dataset / "croissant.json").read_text())
    assert all(told[f"rai:{name}"] not in ("", []) for name in RAI)
    assert told["rai:hasSyntheticData"] is True and "uca (35)" in told["rai:dataCollection"]
    assert told["prov:wasGeneratedBy"] == ["storyboard"]
    assert "70 clips are flat drawings" in told["rai:dataLimitations"][0]
    assert clip(3).caption not in (dataset / "croissant.json").read_text()


def test_eval_yaml_names_a_split_that_is_there(dataset: Path, tmp_path: Path) -> None:
    told = yaml.safe_load((dataset / "eval.yaml").read_text())
    assert {task["split"] for task in told["tasks"]} == {"test"} and told["evaluation_framework"] == "mteb"
    derive_dataset(dataset, tmp_path / "d", Derivation({}, splits=["train"]))
    told = yaml.safe_load((tmp_path / "d" / "eval.yaml").read_text())
    assert {task["split"] for task in told["tasks"]} == {"train"}


def test_plots_are_svg_and_sum_up(dataset: Path, tmp_path: Path) -> None:
    text = {path.name: path.read_text() for path in (dataset / "plots").iterdir()}
    assert all(f"plots/{name}" in (dataset / "README.md").read_text() for name in text)
    stats = compute_stats(dataset)
    assert sum(stats.words.values()) == 70 and text["categories.svg"] == categories_svg(stats)
    labels = [node.text for node in ET.fromstring(text["categories.svg"]).iter("{http://www.w3.org/2000/svg}text")]
    rows = labels[1 + len(stats.splits) :]
    assert sum(int(number) for number in rows[1::2]) == 70  # label, number, label, number
    assert len(rows) == 2 * 41 and "more categories" in rows[-2]


def test_a_category_cannot_break_out_of_its_plot(dataset: Path) -> None:
    stats = compute_stats(dataset)
    evil = replace(stats, categories={EVIL: stats.categories[None]})
    assert "<script" not in categories_svg(evil) and ET.fromstring(categories_svg(evil)) is not None
    assert captions_svg(replace(stats, words=type(stats.words)())) == ""
