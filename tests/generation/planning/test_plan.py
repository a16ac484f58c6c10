"""plan.py and `svta plan`: deterministic units and seeds, refusals listed, folders that hold one plan only."""

from __future__ import annotations

import json

import pytest

from svta.builder.errors import SvtaError
from svta.builder.layout.clips_folder import read_plan
from svta.builder.record import Clip, make_key
from svta.builder.taxonomy import load_taxonomy
from svta.cli.console import command_line
from svta.generation.backends.config import GenerateConfig
from svta.generation.backends.registry import backend_class
from svta.generation.backends.spec import PlanError, RenderSpec, seed_of
from svta.generation.planning.descriptions import read_descriptions
from svta.generation.planning.plan import make_plan, open_folder
from svta.generation.planning.request import plan_request

CAPTIONS = [
    "A man falls.",
    "A woman slaps a little boy.",
    "A child runs.",
    "A dog barks.",
    "A naked child stands there.",
]


def clips(captions=CAPTIONS, **fields):
    return [Clip(key=make_key("t", str(i), c), caption=c, **fields) for i, c in enumerate(captions)]


def test_minors_policy_refuses_and_lists():
    plan = make_plan(clips(), RenderSpec(), unit_size=2)
    assert [c.caption for c in plan.clips] == ["A man falls.", "A child runs.", "A dog barks."]
    assert [row["reason"] for row in plan.refused] == ["minor_violence", "minor_sexual"]
    assert plan.refused[0]["caption"] == CAPTIONS[1]
    assert [c.flags for c in plan.clips] == [(), ("depicts_minor",), ()]
    assert plan.num_units == 2
    assert [len(plan.unit(i)) for i in range(2)] == [2, 1]


@pytest.mark.parametrize(
    ("caption", "more"),
    [
        ("A man walks.", {"provenance": json.dumps({"film_prompt": "A man beats a little boy."})}),
        ("A car hits a boy.", {"provenance": json.dumps({"film_prompt": "A car hits a boy and a man kicks the boy."})}),
        ("Two men fight.", {"provenance": json.dumps({"film_prompt": "Two men fight in a classroom."})}),
        ("A man hits a person.", {"flags": ("depicts_minor",)}),
        ("Somebody stands there.", {"flags": ("depicts_minor",), "category": "abuse"}),
        ("A man hits a person.", {"flags": ("text_only",)}),
    ],
)
def test_descriptions_edited_by_hand_film_no_violence_with_a_minor(caption, more):
    plan = make_plan(clips([caption, "A dog barks."], **more), RenderSpec())
    assert plan.refused[0]["reason"] == "minor_violence"
    assert caption not in [clip.caption for clip in plan.clips]


def test_what_is_filmed_in_place_of_a_caption_is_flagged_too():
    told = json.dumps({"film_prompt": "A child runs over a meadow."})
    assert make_plan(clips(["Somebody runs."], provenance=told), RenderSpec()).clips[0].flags == ("depicts_minor",)


def test_categories_are_checked_and_completed():
    plan = make_plan(clips(["A boy stands.", "A man runs."], category="Fight"), RenderSpec())
    assert [(c.category, c.is_anomaly) for c in plan.clips] == [("fighting", True)]
    assert plan.refused[0]["reason"] == "minor_violence"
    assert make_plan(clips(["A man."], category="juggling"), RenderSpec()).refused[0]["reason"] == "unknown_category"


def test_the_digest_tells_every_change():
    base = make_plan(clips(), RenderSpec())
    same = make_plan(clips(), RenderSpec())
    assert base.digest == same.digest
    others = [
        make_plan(clips(), RenderSpec(num_frames=17)),
        make_plan(clips(), RenderSpec(seed=1)),
        make_plan(clips(), RenderSpec(versions={"av": "0"})),
        make_plan(clips(), RenderSpec(options={"steps": 4})),
        make_plan(clips(), RenderSpec(), unit_size=31),
        make_plan(clips()[1:], RenderSpec()),
        make_plan(clips()[::-1], RenderSpec()),
        make_plan(clips(tag="x"), RenderSpec()),
        make_plan(clips(), RenderSpec(), refused=[{"reason": "no_caption", "line": 7}]),
    ]
    assert len({base.digest, *(plan.digest for plan in others)}) == 1 + len(others)


def test_seeds_hang_on_spec_clip_and_attempt_alone():
    spec = RenderSpec()
    seeds = [seed_of(spec.digest, clip.key) for clip in clips()]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**53 for seed in seeds)
    assert seeds == [seed_of(RenderSpec(versions={"av": "1"}).digest, clip.key) for clip in clips()]
    assert seed_of(spec.digest, "k", 1) != seed_of(spec.digest, "k", 0)
    assert seed_of(RenderSpec(seed=1).digest, "k") != seed_of(spec.digest, "k")


def test_a_folder_holds_one_plan(tmp_path):
    plan = make_plan(clips(), RenderSpec())
    open_folder(tmp_path, plan)
    open_folder(tmp_path, plan)
    assert read_plan(tmp_path)["spec"] == plan.digest
    for other, says in (
        (make_plan(clips(), RenderSpec(num_frames=17)), "num_frames 33 there, 17 now"),
        (make_plan(clips(), RenderSpec(), unit_size=8), "unit_size 32 there, 8 now"),
        (make_plan(clips()[1:], RenderSpec()), "clips 3 there, 2 now"),
        (make_plan(clips(tag="x"), RenderSpec()), "its captions differ"),
    ):
        with pytest.raises(PlanError, match=says):
            open_folder(tmp_path, other)


@pytest.mark.parametrize(
    "settings",
    [
        {"num_frames": 0},
        {"height": 191},
        {"width": 8},
        {"height": 48},
        {"fps": 0},
        {"fps": 1000},
        {"num_frames": 10**6},
    ],
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(PlanError):
        RenderSpec(**settings)


def test_unit_sizes_and_repeated_keys_are_refused():
    with pytest.raises(PlanError, match="unit-size"):
        make_plan(clips(), RenderSpec(), unit_size=0)
    with pytest.raises(PlanError, match="comes twice"):
        make_plan(clips() + clips(), RenderSpec())


def test_descriptions_by_hand_get_keys_and_bad_lines_are_told(tmp_path):
    path = tmp_path / "d.jsonl"
    path.write_text(
        '{"caption": "A man falls."}\n{"caption": "A man falls."}\n{"caption": ""}\nnonsense\n{"text": "x"}\n'
    )
    made, rejects = read_descriptions(path)
    assert len({clip.key for clip in made}) == 2
    assert [row["place"] for row in rejects] == ["d.jsonl line 3", "d.jsonl line 4", "d.jsonl line 5"]
    assert {row["reason"] for row in rejects} == {"bad_row"}
    assert len(read_descriptions(path, limit=1)[0]) == 1
    plan = make_plan(made, RenderSpec(), refused=rejects)
    assert len(plan.refused) == 3


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("missing.jsonl", None, "no such file"),
        ("t.csv", "caption\nx\n", "svta describe --source table="),
        ("e.jsonl", "", "contains no description"),
        ("b.jsonl", "{}\n", "b.jsonl line 1"),
    ],
)
def test_what_is_no_descriptions_file_is_told_in_one_line(tmp_path, name, text, says):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(PlanError, match=says) as error:
        read_descriptions(tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.nightly), pytest.param(7, marks=pytest.mark.slow)])
def test_no_violence_with_a_minor_is_planned_from_the_real_files(shared, every):
    """No caption that a plan generates names a minor in a text-only category or beside violent words.

    The slow run plans all captions of the two sources, the fast one a seventh of them.
    """
    from svta.builder.sources.registry import read_source
    from svta.builder.taxonomy import load_taxonomy
    from svta.generation.filters.minors import depicts_minor, depicts_violence

    rows = [
        clip
        for name, path in (("uca", "uca"), ("ucfcrime-ar", "ucfcrime_ar"))
        for clip in read_source(name, str(shared / "data/captions" / path), on_reject=print)
    ]
    assert len(rows) == 25_442
    plan = make_plan(rows[::every], RenderSpec())
    assert len(plan.clips) + len(plan.refused) == len(rows[::every])
    assert 150 < every * len(plan.refused) < 400
    taxonomy = load_taxonomy()
    for clip in plan.clips:
        if depicts_minor(clip.caption):
            assert clip.category is None or taxonomy[clip.category].minor_policy != "text_only"
            assert not depicts_violence(clip.caption)


def test_words_the_storyboard_does_not_draw_are_counted(tmp_path):
    path = tmp_path / "descriptions.jsonl"
    rows = ["A man walks with a wombat.", "A wombat and a zorb.", "A man walks in a park."]
    path.write_text("".join(json.dumps({"caption": caption}) + "\n" for caption in rows))
    made = plan_request(path, GenerateConfig())
    undrawn = made.plan.to_dict()["undrawn"]
    assert (undrawn["captions"], undrawn["read"], undrawn["words"]) == (2, 3, {"wombat": 2, "zorb": 1})
    assert undrawn["fidelity"] == round((2 / 3 + 0 + 1) / 3, 4) and undrawn["low"] == 0
    assert made.notes == (
        "2 of 3 captions contain words that the storyboard does not draw (mean fidelity 0.56); "
        "the most frequent: wombat (2), zorb (1)",
    )
    strict = plan_request(path, GenerateConfig(min_fidelity=0.7))
    assert strict.plan.undrawn["low"] == 2 and "about 2 clips will be rejected as low_fidelity" in strict.notes
    assert strict.plan.spec.digest == made.plan.spec.digest and strict.plan.digest != made.plan.digest


def test_a_choreography_of_ones_own_is_drawn_and_part_of_the_plan(tmp_path):
    mine = tmp_path / "mine.json"
    line = {"roles": {"a": "adult at .1"}, "beats": ["a crawl to .8 @ 0-1"], "places": ["desert"], "words": ["wombat!"],
            "say": ["{a} wombats"]}  # fmt: skip
    mine.write_text(json.dumps({"wombatting": line}))
    taxonomy = tmp_path / "taxonomy.json"
    known = load_taxonomy().model_dump()
    known["categories"].append(
        {"name": "wombatting", "is_anomaly": True, "definition": "Crawls.", "minor_policy": "film"}
    )
    taxonomy.write_text(json.dumps(known))
    path = tmp_path / "descriptions.jsonl"
    path.write_text(json.dumps({"caption": "A man wombats.", "category": "wombatting"}) + "\n")
    plain = plan_request(path, GenerateConfig(taxonomy=taxonomy))
    own = plan_request(path, GenerateConfig(taxonomy=taxonomy, choreography=mine))
    assert own.plan.digest != plain.plan.digest and plain.plan.undrawn["captions"] == 1
    assert own.plan.undrawn["captions"] == 0 and str(tmp_path) not in json.dumps(own.plan.to_dict())
    takes = [backend_class("storyboard")(c.plan.spec).generate(c.plan.clips, [3]) for c in (plain, own)]
    first, second = (next(take).frames for take in takes)
    assert first is not None and second is not None and (first != second).any()
    with pytest.raises(PlanError, match="--choreography"):
        plan_request(path, GenerateConfig(backend="diffusion", choreography=mine))
    mine.write_text("{}x")
    with pytest.raises(SvtaError, match="mine.json"):
        plan_request(path, GenerateConfig(choreography=mine))


def test_the_next_command_can_be_copied_and_pasted():
    line = command_line("generate", "my file.jsonl", out="clips", taxonomy=None, limit=3, partial=True, set=["steps=3"])
    assert line == "svta generate 'my file.jsonl' --out clips --limit 3 --partial --set steps=3"


def test_choreographies_of_categories_that_the_taxonomy_lacks_are_told(tmp_path) -> None:
    entry = {"roles": {"a": "man at .1"}, "beats": ["a walk to .9 @ 0-1"], "places": ["street"], "words": ["walk"],
             "say": ["{a} walks"]}  # fmt: skip
    path = tmp_path / "choreography.json"
    path.write_text(json.dumps({"chairlift fal": entry, "Walking": entry, "standing": entry, "zq": entry}))
    categories = [{"name": name, "is_anomaly": True, "definition": "x"} for name in ("chairlift fall", "walking")]
    (tmp_path / "taxonomy.json").write_text(json.dumps({"name": "lifts", "version": 1, "categories": categories}))
    (tmp_path / "d.jsonl").write_text(json.dumps({"caption": "A man walks.", "category": "walking"}) + "\n")
    config = GenerateConfig(choreography=path, taxonomy=tmp_path / "taxonomy.json")
    assert plan_request(tmp_path / "d.jsonl", config).notes == (
        f"{path}: not used, because the taxonomy lifts has no such category: 'standing', 'chairlift fal' "
        "(nearest: chairlift fall), 'Walking' (nearest: walking), 'zq'",
    )
