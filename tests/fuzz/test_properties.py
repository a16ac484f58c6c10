"""Records, captions, taxonomies, splits, project files, index manifests and metrics: what holds for any of them."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from itertools import permutations

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from svta.builder.errors import SvtaError
from svta.builder.io.json_text import parse_json
from svta.builder.project.config import Project, check_project, read_project
from svta.builder.record import Clip
from svta.builder.splits import SPLITS, assign_splits, normalise_caption, parse_ratios
from svta.builder.taxonomy import Taxonomy, load_taxonomy, read_taxonomy
from svta.eval.metrics import retrieval_metrics
from svta.eval.search.store.layout import Manifest
from svta.generation.filters.screening import fault, flags_of

EXAMPLES = int(os.environ.get("SVTA_FUZZ_EXAMPLES", "40"))
some = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
FIELDS = list(Clip.model_fields)
pytestmark = pytest.mark.slow


@some
@given(st.dictionaries(st.sampled_from(FIELDS), values), texts)
def test_a_record_is_one_that_round_trips_or_is_refused(fields: dict[str, object], caption: str) -> None:
    try:
        clip = Clip.from_dict({"key": "k", "caption": caption or "x"} | fields)
    except SvtaError as error:
        assert "\n" not in str(error)
        return
    assert Clip.from_json(clip.to_bytes()) == clip == Clip.from_json(clip.to_json())
    assert json.loads(clip.to_json()) == json.loads(clip.to_bytes())


@some
@given(st.text(max_size=300) | texts)
def test_captions_of_any_letters_are_screened(caption: str) -> None:
    reason = fault(caption)
    assert reason is None or reason.isascii()
    assert all(flag.isascii() for flag in flags_of(caption))
    once = normalise_caption(caption)
    assert normalise_caption(once) == once


@some
@given(st.dictionaries(st.sampled_from(("name", "version", "note", "categories", "places")), values))
def test_a_taxonomy_is_whole_or_refused(fields: dict[str, object]) -> None:
    category = {"name": "fall", "is_anomaly": True, "definition": "Somebody falls."}
    given = {"name": "t", "version": 1, "categories": [category, category | {"name": "fire"}]} | fields
    try:
        found = read_taxonomy(given, "t.json")
    except SvtaError as error:
        assert "\n" not in str(error)
        return
    assert Taxonomy.model_validate_json(found.to_json()) == found
    assert [found.index(name) for name in found.names] == list(range(len(found.names)))


def test_every_name_and_alias_of_the_built_in_taxonomy_is_found() -> None:
    taxonomy = load_taxonomy()
    for number, category in enumerate(taxonomy.categories):
        for name in (category.name, category.name.upper(), f" {category.name} ", *category.aliases):
            assert taxonomy.index(name) == number


@some
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=40),
    st.tuples(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0.05, 1)),
    st.integers(0, 2**40),
    st.randoms(),
)
def test_splits_do_not_depend_on_the_order_of_clips(rows, ratios, seed, chance) -> None:  # type: ignore[no-untyped-def]
    clips = [Clip(key=f"k{i}", caption=f"c{c}", group=f"g{g}") for i, (g, c) in enumerate(rows)]
    splits = assign_splits(clips, ratios, seed)
    assert set(splits) == {clip.key for clip in clips} and set(splits.values()) <= set(SPLITS)
    mixed = list(clips)
    chance.shuffle(mixed)
    assert assign_splits(mixed, ratios, seed) == splits


@some
@given(st.text(max_size=20) | st.from_regex(r"[0-9.]{0,4}:[0-9.]{0,4}:[0-9.]{0,4}", fullmatch=True))
def test_ratios_are_three_that_sum_to_something_or_none(text: str) -> None:
    try:
        ratios = parse_ratios(text)
    except SvtaError:
        return
    assert ratios is None or (
        len(ratios) == 3 and sum(ratios) > 0 and min(ratios) >= 0 and all(map(math.isfinite, ratios))
    )


@some
@given(st.dictionaries(st.sampled_from([*Project.model_fields, "other"]), values))
def test_a_project_file_is_read_as_it_was_written_or_refused(tmp_path_factory, fields: dict[str, object]) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("project") / "svta.yaml"
    try:
        text = yaml.safe_dump(fields, allow_unicode=True)
    except UnicodeEncodeError:
        return
    path.write_text(text, "utf-8", errors="surrogatepass")
    try:
        project = read_project(path)
    except SvtaError as error:
        assert "\n" not in str(error)
        return
    assert project == check_project({key: value for key, value in fields.items() if value is not None}, "x") or any(
        key in fields for key in ("taxonomy", "lexicon", "choreography")
    )


@some
@given(
    st.dictionaries(
        st.sampled_from(("encoder", "sampling", "segments", "generation", "next_segment", "version")), values
    ),
    st.dictionaries(st.text(max_size=6) | st.sampled_from(("dim", "fps", "windows", "frames", "dtype")), values),
)
def test_a_manifest_of_an_index_is_read_or_refused(tmp_path_factory, fields, inner) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("index")
    encoder = {"model": "m", "model_type": "t", "fingerprint": "f", "dtype": "float32", "dim": 7}
    sampling = {"fps": 2.0, "windows": [2.0], "pools_frames": True, "key_frames": False, "frames": {}}
    whole = {"version": 1, "encoder": encoder, "sampling": sampling, "segments": [], "generation": 1, "next_segment": 1}
    for change in ({"encoder": encoder | inner}, {"sampling": sampling | inner}, fields):
        (folder / "manifest.json").write_bytes(json.dumps(whole | change).encode("utf-8", "surrogatepass"))
        try:
            Manifest.read(folder)
        except SvtaError as error:
            assert "\n" not in str(error)


@some
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_strict_json_is_what_json_is_or_refused(data: bytes) -> None:
    try:
        value = parse_json(data)
    except SvtaError:
        return
    assert json.loads(data.decode("utf-8-sig")) == value
    json.dumps(value, allow_nan=False).encode()


@some
@given(st.integers(2, 5), st.lists(st.integers(-2, 2), min_size=25, max_size=25), st.integers(1, 5))
def test_recall_is_the_mean_over_all_orders_of_ties(size: int, scores: list[int], k: int) -> None:
    """The oracle: every order of the videos, sorted stably by score, counts once."""
    matrix = np.array(scores[: size * size], np.float32).reshape(size, size)
    for way, rows in ((retrieval_metrics(matrix).t2v, matrix), (retrieval_metrics(matrix).v2t, matrix.T)):
        hits, ranks = Counter[int](), Counter[int]()
        orders = list(permutations(range(size)))
        for own, row in enumerate(rows):
            for order in orders:
                place = sorted(order, key=lambda other: -row[other]).index(own) + 1
                hits[own] += place <= k
                ranks[own] += place
        expected = 100 * sum(hits.values()) / (size * len(orders))
        assert way.recall(k) == pytest.approx(expected, abs=1e-9)
        assert [float(rank) for rank in way.ranks] == pytest.approx([ranks[own] / len(orders) for own in range(size)])


@some
@given(st.integers(2, 6), st.integers(0, 2**32 - 1), st.sampled_from([float("nan"), float("inf"), float("-inf")]))
def test_a_value_that_is_no_number_never_helps(size: int, seed: int, value: float) -> None:
    """A true pair that is NaN or -inf has the worst rank, one that is +inf the best; the others are as they were."""
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((size, size)).astype(np.float32)
    assume(len(np.unique(matrix)) == matrix.size)
    own = int(rng.integers(size))
    changed = matrix.copy()
    changed[own, own] = value
    before, after = retrieval_metrics(matrix).t2v.ranks, retrieval_metrics(changed).t2v.ranks
    assert float(after[own]) == (1 if value == float("inf") else size)
    assert [float(a) for i, a in enumerate(after) if i != own] == [float(b) for i, b in enumerate(before) if i != own]
