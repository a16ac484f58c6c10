"""The card: YAML that loads, nothing unescaped, no caption inside, the words that must be said. Mirrors card.py."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from finished import clip, clips_folder

from svta.builder.card.citation import BIBTEX
from svta.builder.card.front_matter import escape, front_matter, read_front_matter
from svta.builder.card.readme import card_text
from svta.builder.errors import DatasetError
from svta.builder.layout.stats import compute_stats
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.project.config import Project
from svta.builder.record import Clip
from svta.builder.rights import strictest_of
from svta.builder.taxonomy import load_taxonomy

EVIL = "<script>alert(1)</script> | ![x](http://h/i.png) `rm` \n---\nlicense: mit\n# head"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("card")

    def make(i: int):
        made = clip(i)
        return made.replace(source=EVIL, flags=[EVIL], generator=EVIL[:40], group=None) if i % 4 == 0 else made

    pack(clips_folder(folder / "clips", 60, make=make), folder / "d")
    return folder / "d"


def test_the_yaml_says_what_is_inside(dataset: Path) -> None:
    card = read_front_matter((dataset / "README.md").read_text())
    stats = compute_stats(dataset)
    [info] = card["dataset_info"]
    assert {s["name"]: s["num_examples"] for s in info["splits"]} == stats.splits
    columns = {c["name"]: c for c in info["features"][0]["struct"]}
    names = columns["category"]["dtype"]["class_label"]["names"]
    assert [names[str(i)] for i in range(98)] == load_taxonomy().names
    assert card["license"] == "other" and card["configs"][0]["default"] is True
    assert "extra_gated_prompt" in card
    for config in card["configs"][0]["data_files"]:
        assert list(dataset.glob(config["path"]))


def test_datasets_accepts_the_metadata(dataset: Path) -> None:
    from datasets import ClassLabel, Features
    from huggingface_hub import DatasetCard

    data = DatasetCard.load(dataset / "README.md").data.to_dict()
    assert data == read_front_matter((dataset / "README.md").read_text())  # huggingface_hub reads what we wrote
    features = Features._from_yaml_list(data["dataset_info"][0]["features"])
    assert isinstance(features["json"]["category"], ClassLabel)


def test_nothing_a_user_supplied_goes_in_unescaped(dataset: Path) -> None:
    text = (dataset / "README.md").read_text()
    assert text.count("\n---\n") == 1 and "<script" not in text and "](http" not in text
    body = text.split("\n---\n", 1)[1]
    assert "alert" in body  # it is there, as text
    for line in body.splitlines():
        if "alert" in line and line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 10
    assert not re.search(r"^# head|^license: mit", text, re.MULTILINE)


def test_names_with_marks_survive_the_yaml() -> None:
    taxonomy = load_taxonomy()
    odd = taxonomy.categories[0].model_copy(update={"name": "walking: 'a' \"b\" --- {c} # d"})
    odd_taxonomy = taxonomy.model_copy(update={"categories": [odd, *taxonomy.categories[1:]]})
    stats, rights = _empty()
    text = card_text(stats, rights, odd_taxonomy)
    read = read_front_matter(text)
    assert read == front_matter(stats, rights, odd_taxonomy)
    names = read["dataset_info"][0]["features"][0]["struct"][2]["dtype"]["class_label"]["names"]
    assert names["0"] == odd.name


def _empty():
    from collections import Counter

    from svta.builder.layout.stats import DatasetStats

    stats = DatasetStats(
        splits={"train": 1}, shards={"train": 1}, bytes={"train": 9}, categories={None: Counter(train=1)}
    )
    return stats, strictest_of([("source", "grammar"), ("video", "storyboard")])


@pytest.mark.parametrize(
    ("homepage", "shown"),
    [
        ("https://ski-alpes.example/jeu_1?a=b&c=%C3%A9#x", "<https://ski-alpes.example/jeu_1?a=b&c=%C3%A9#x>"),
        ("https://a.example/)[x](javascript:y", r"https\://a.example/\)\[x\]\(javascript\:y"),
        ("https://a.example/><script>", r"https\://a.example/&gt;&lt;script&gt;"),
    ],
)
def test_the_homepage_is_a_link_unless_it_holds_markup(homepage: str, shown: str) -> None:
    text = card_text(*_empty(), load_taxonomy(), Project(name="ski", homepage=homepage))
    assert f"Homepage: {shown}." in text


def test_no_caption_is_on_the_card(dataset: Path) -> None:
    text = (dataset / "README.md").read_text()
    assert all(clip(i).caption not in text for i in range(60)) and "A man number" not in text


@pytest.mark.parametrize("results", [[{}], ["x"], 7, [{"model": "m", "split": "s", "ties": "t", "clips": "<b>"}]])
def test_results_of_a_strange_build_are_refused(results: Any) -> None:
    stats, rights = _empty()
    with pytest.raises(DatasetError, match="not evaluations"):
        card_text(stats, rights, load_taxonomy(), results=results)


def test_what_has_to_be_said(dataset: Path) -> None:
    text = " ".join((dataset / "README.md").read_text().split())
    for words in (
        "2506.01466",
        "Not the files of the SVTA authors",
        "**drawn**",
        "real people's footage",
        "captions may be republished: **no**",
        "Unknown counts as no",
        "Not** for identifying people",
        "streaming=True",
    ):
        assert words in text, words


def test_proxy_is_a_config_of_its_own(tmp_path: Path) -> None:
    from clip_videos import film

    clips = clips_folder(tmp_path / "c", 6, make=lambda i: clip(i).replace(width=80, height=48), video=film)
    pack(clips, tmp_path / "d", PackConfig(proxy=32))
    card = read_front_matter((tmp_path / "d" / "README.md").read_text())
    assert [config["config_name"] for config in card["configs"]] == ["default", "proxy"]
    assert [info["config_name"] for info in card["dataset_info"]] == ["default", "proxy"]


@pytest.mark.parametrize("name", ["html_script", "yaml_inject", "csv_inject", "bidi"])
def test_bad_input_of_the_shared_folder(shared: Path, name: str) -> None:
    row = json.loads((shared / "data" / "bad" / "json" / f"{name}.json").read_bytes())
    for text in (row["caption"], row["category"]):
        shown = escape(text)
        assert "\n" not in shown and "<" not in shown and shown.isprintable()


def test_a_card_without_yaml_is_refused() -> None:
    for text in ("# only words\n", "---\n: [\n---\n", "---\n- a\n---\n"):
        with pytest.raises(DatasetError, match=r"README\.md"):
            read_front_matter(text)
    assert yaml.safe_load("a: 1") == {"a": 1}


def footage(i: int) -> Clip:
    caption = "A man beats a little boy with a belt." if i % 2 else f"A woman walks on street number {i}."
    flags = ["depicts_minor", "minor_violence"] if i % 2 else []
    return clip(i).replace(
        synthetic=False, generator=None, provenance=None, caption=caption, flags=flags, group=f"g{i}"
    )


def card_of(folder: Path, make: Callable[[int], Clip], **config: str) -> tuple[str, str]:
    """The card and croissant.json of 12 clips, each on one line."""
    pack(clips_folder(folder / "c", 12, make=make), folder / "d", PackConfig(**config))
    card, croissant = ((folder / "d" / name).read_text() for name in ("README.md", "croissant.json"))
    return " ".join(card.split()), croissant


OF_MADE_CLIPS = (
    *("ynthetic clips", "ynthetic video", "ynthetic anomaly", "is synthetic", "- synthetic "),
    *('"synthetic"]', '"Synthetic"'),
)


def test_nothing_is_said_of_footage_that_is_true_of_generated_clips_alone(tmp_path: Path) -> None:
    for text in card_of(tmp_path / "real", footage):
        assert "Of the 12 clips of real footage 6 are flagged as depicting a minor and 6 as showing violence" in text
        assert "never filmed" not in text and "generated clips" not in text and "svta generate" not in text
        assert [words for words in OF_MADE_CLIPS if words in text] == []
    for text in card_of(tmp_path / "drawn", clip):
        assert "Of the 12 generated clips 0 are flagged as depicting a minor and 0 as showing violence" in text
        assert "real footage" not in text and "never filmed" not in text
        assert any(words in text for words in OF_MADE_CLIPS)
    mixed = card_of(tmp_path / "mixed", lambda i: footage(i) if i < 4 else clip(i))
    assert all("Of the 8 generated clips 0 " in text and "Of the 4 clips of real footage 2 " in text for text in mixed)


def test_a_clip_that_shows_nothing_of_its_caption_counts_for_the_mean(tmp_path: Path) -> None:
    shares = [0.0, 0.0, 0.0, 0.0, 1.0, 0.8]

    def drawn(i: int) -> Clip:
        said = {"provenance": json.dumps({"fidelity": shares[i]})} if i < len(shares) else {"provenance": None}
        return clip(i).replace(generator="storyboard", **said)

    card, _ = card_of(tmp_path, drawn)
    assert "a drawn clip shows 30.0 % on average; 1 of 6 show all of it" in card


def test_splits_are_counted_before_they_are_praised(tmp_path: Path) -> None:
    for text in card_of(tmp_path / "good", clip):
        assert "No source video and no caption has clips in two splits" in text
    (tmp_path / "splits.csv").write_text(
        "key,split\n" + "".join(f"{clip(i).key},{('train', 'validation', 'test')[i % 3]}\n" for i in range(12))
    )
    for text in card_of(tmp_path / "bad", clip, splits=str(tmp_path / "splits.csv")):
        assert "4 source videos and 0 captions have clips in more than one split" in text
        assert "No source video and no caption" not in text

    def same(i: int) -> Clip:
        return clip(i).replace(group=f"g{i}", caption="A man falls." if i % 2 else f"a MAN, falls {'!' * i}")

    for text in card_of(tmp_path / "same", same, splits=str(tmp_path / "splits.csv")):
        assert "0 source videos and 1 captions have clips in more than one split" in text

    def rows_of_one_table(i: int) -> Clip:
        return clip(i).replace(group=None, source_id=f"row {i // 3}")

    for text in card_of(tmp_path / "rows", rows_of_one_table, splits=str(tmp_path / "splits.csv")):
        assert "4 source videos and 0 captions have clips in more than one split" in text
    stats, rights = _empty()
    assert "splits" not in card_text(stats, rights, load_taxonomy()).split("## Contents")[1].split("## Sources")[0]


def test_one_citation_everywhere(dataset: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    names = re.findall(r"family-names: (\w+)\n\s+given-names: (\w+)", (root / "CITATION.cff").read_text())
    assert len(names) == 5 and f"{{{' and '.join(', '.join(name) for name in names)}}}" in BIBTEX
    for text in (root / "README.md", dataset / "README.md"):
        assert f"```bibtex\n{BIBTEX}\n```" in text.read_text()
    assert json.loads((dataset / "croissant.json").read_text())["citeAs"] == " ".join(BIBTEX.split())


def test_versions_say_how_many_clips_a_copy_holds(dataset: Path) -> None:
    stats, taxonomy = compute_stats(dataset), load_taxonomy()
    assert stats.clips == 60
    for added, line in ((10, ""), (15, "\nOf them 60 are in this copy.\n")):
        runs = [{"kept": 50}, {"kept": added, "note": "night"}]
        card = card_text(stats, strictest_of([("source", "grammar")]), taxonomy, versions=runs)
        shown = f"- **2**: {added} clips added, {50 + added} in all: night\n- **1**: 50 clips packed, 50 in all\n{line}"
        assert f"## Versions\n\n{shown}" in card and card.count("in this copy") == bool(line)
