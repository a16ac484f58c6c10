"""Sets of captions that only time tells apart: reproducible, without repeats, never parted by a split."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest

from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.cli import main
from svta.generation.captions import contrast_sets
from svta.generation.captions.contrast_sets import write_contrasts
from svta.generation.captions.grammar import GrammarError
from svta.generation.filters.screening import screen
from svta.generation.storyboard.contrasts import load_contrasts

COUNT = 150


def run(*args: str) -> object:
    with pytest.raises(SystemExit) as end:
        main(list(args))
    return end.value.code


def _taxonomy_of(*names: str) -> Taxonomy:
    built_in = load_taxonomy()
    return Taxonomy(name="few", version=1, categories=[built_in[name] for name in names])


@pytest.fixture(scope="module")
def clips():
    return list(write_contrasts(count=COUNT, seed=0))


def test_a_set_is_one_scene_said_in_two_ways(clips) -> None:
    sets = [list(some) for _, some in groupby(clips, key=lambda clip: clip.group)]
    assert len(sets) == COUNT and {len(some) for some in sets} == {2}
    for one, two in sets:
        assert one.contrast == two.contrast and one.contrast in {c.factor for c in load_contrasts()}
        assert one.category == two.category and one.caption != two.caption
        worn = [re.findall(r"red|orange|yellow|green|blue|purple|black|white|hat", c.caption) for c in (one, two)]
        assert worn[0] == worn[1] and one.synthetic and two.synthetic


def test_contrasts_take_even_turns_and_nothing_repeats(clips) -> None:
    number = len(load_contrasts())
    assert Counter(clip.contrast for clip in clips) == {
        factor: 2 * count * COUNT // number for factor, count in Counter(c.factor for c in load_contrasts()).items()
    }
    assert len({clip.caption for clip in clips}) == len({clip.key for clip in clips}) == 2 * COUNT


def test_more_sets_begin_with_the_same_ones_and_another_seed_writes_others(clips) -> None:
    assert list(write_contrasts(count=30, seed=0)) == clips[:60]
    others = {clip.caption for clip in write_contrasts(count=COUNT, seed=1)}
    assert len(others & {clip.caption for clip in clips}) < COUNT / 10


def test_both_sides_come_and_the_two_of_a_set_go_opposite_ways(clips) -> None:
    driven = [clip.caption for clip in clips if re.search(r" drives (past|along) to the ", clip.caption)]
    reversed_ = [clip.caption for clip in clips if re.search(r" (reverses|backs) to the ", clip.caption)]
    ways = [[re.findall(r"to the (left|right)", text)[0] for text in texts] for texts in (driven, reversed_)]
    assert len(driven) == COUNT // len(load_contrasts()) and set(ways[0]) == {"left", "right"}
    assert all(one != other for one, other in zip(*ways, strict=True))


def test_screening_keeps_all(clips) -> None:
    rejects: list[object] = []
    assert len(list(screen(clips, on_reject=rejects.append))) == len(clips) and not rejects


def test_a_taxonomy_without_their_categories_has_none() -> None:
    few = _taxonomy_of("sitting", "shooting")
    assert {clip.category for clip in write_contrasts(count=8, taxonomy=few)} == {"sitting"}
    with pytest.raises(GrammarError, match="no contrast"):
        list(write_contrasts(count=1, taxonomy=_taxonomy_of("shooting")))


def test_a_contrast_that_is_written_out_says_so(monkeypatch) -> None:
    monkeypatch.setattr(contrast_sets, "_ATTEMPTS", 1)
    with pytest.raises(GrammarError, match="no more than about"):
        list(write_contrasts(count=20_000, taxonomy=_taxonomy_of("sitting")))


def test_the_command_writes_them_beside_the_grammars(tmp_path: Path, capsys) -> None:
    out = tmp_path / "descriptions.jsonl"
    assert run("describe", "--grammar", "10", "--contrasts", "5", "--out", str(out)) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == 20 and sum(row.get("tag", "").startswith("contrast: ") for row in rows if row.get("tag")) == 10
    assert run("describe", "--contrasts", "-1", "--out", str(tmp_path / "x.jsonl")) == 2
    assert "--contrasts -1" in capsys.readouterr().err
