"""Every way into a dataset asks the same judgement: describe, import, pack, plan, the backends and edited scenes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from finished import clip, clips_folder

from svta.builder.errors import TaxonomyError
from svta.builder.ingest.plan import ImportConfig, ImportPlan, plan_import
from svta.builder.layout.clips_folder import finished_parts, planned_taxonomy, write_part, write_plan
from svta.builder.minors.judgement import MinorsRefused, forbidden, judge, judge_clip, keepable
from svta.builder.packing.part_reader import read_entry
from svta.builder.packing.selection import SplitRule, select_clips
from svta.builder.record import Clip
from svta.builder.shards.index import read_index
from svta.builder.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
VIOLENT = "A man wallops a young boy with a belt."
SEXUAL = "A naked child stands at a window."
CALM = "A little girl waves from a window."
UNKNOWN = "Mees lööb tänaval last."  # Estonian, which no list holds
ADULT = "A man wallops another man with a belt."


def imported(folder: Path, captions: list[str], **options: bool) -> ImportPlan:
    rows = []
    for i, caption in enumerate(captions):
        (folder / f"{i}.mp4").write_bytes(b"video")
        rows.append((f"row {i}", {"video": f"{i}.mp4", "caption": caption}))
    return plan_import(folder, rows, ImportConfig(**options), TAXONOMY)


def test_import_flags_minors_and_refuses_what_must_not_be_kept(tmp_path: Path) -> None:
    plan = imported(tmp_path, [VIOLENT, SEXUAL, CALM, ADULT])
    assert [(item.clip.caption, item.clip.flags) for item in plan.items] == [(CALM, ("depicts_minor",)), (ADULT, ())]
    assert [row["reason"] for row in plan.refused] == ["minor_violence", "minor_sexual"]
    assert "--keep-minor-violence" in plan.refused[0]["detail"]


def test_import_keeps_violence_with_a_minor_on_the_owners_word_alone_and_flags_it(tmp_path: Path) -> None:
    plan = imported(tmp_path, [VIOLENT, SEXUAL], keep_minor_violence=True)
    assert [item.clip.flags for item in plan.items] == [("depicts_minor", "minor_violence")]
    assert [row["reason"] for row in plan.refused] == ["minor_sexual"]


def test_import_judges_by_category_and_by_flags_of_the_rows(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"video")
    rows = [
        ("1", {"video": "a.mp4", "caption": CALM, "category": "abuse"}),
        ("2", {"video": "a.mp4", "caption": ADULT, "flags": "depicts_minor"}),
    ]
    plan = plan_import(tmp_path, rows, ImportConfig(), TAXONOMY)
    assert [row["reason"] for row in plan.refused] == ["minor_violence", "minor_violence"]


def packed(folder: Path, captions: list[str], **fields: object) -> tuple[list[Clip], list[str]]:
    """Clips as pack writes them, and the reasons of those it turns away."""
    made: Callable[[int], Clip] = lambda i: clip(i).replace(caption=captions[i], category=None, flags=(), **fields)  # noqa: E731
    clips_folder(folder, len(captions), make=made)
    intake = select_clips(folder, finished_parts(folder), SplitRule.parse("7:1:2"), TAXONOMY)
    entries = [entry for split in intake.entries.values() for entry in split]
    return [read_entry(entry, TAXONOMY)[0] for entry in entries], [row["reason"] for row in intake.rejected]


def test_pack_judges_clips_of_any_folder(tmp_path: Path) -> None:
    kept, reasons = packed(tmp_path / "clips", [VIOLENT, SEXUAL, CALM, ADULT])
    assert sorted(reasons) == ["minor_sexual", "minor_violence"]
    assert {one.caption: one.flags for one in kept} == {CALM: ("depicts_minor",), ADULT: ()}


def test_pack_reads_the_prompt_a_clip_was_generated_from(tmp_path: Path) -> None:
    provenance = json.dumps({"film_prompt": VIOLENT})
    assert packed(tmp_path / "clips", [CALM], provenance=provenance) == ([], ["minor_violence"])


def test_keepable_takes_the_word_of_an_earlier_import() -> None:
    kept = keepable(Clip(key="a", caption=VIOLENT, flags=("minor_violence",)))
    assert set(kept.flags) == {"minor_violence", "depicts_minor"}
    with pytest.raises(MinorsRefused) as caught:
        keepable(Clip(key="a", caption=SEXUAL, flags=("minor_violence", "minor_sexual")), with_minor_violence=True)
    assert caught.value.reason == "minor_sexual"
    assert keepable(Clip(key="a", caption=UNKNOWN)).flags == ("unjudged_language",)


def test_a_clip_is_judged_by_caption_prompt_and_flags() -> None:
    assert judge_clip(Clip(key="a", caption=CALM)).flags == ("depicts_minor",)
    assert judge_clip(Clip(key="a", caption=ADULT)).flags == ("violence",)
    assert judge_clip(Clip(key="a", caption=ADULT, flags=("depicts_minor",))).reason == "minor_violence"
    assert judge_clip(Clip(key="a", caption="A man waits.", flags=("text_only",))).reason == "minor_violence"
    longer = Clip(key="a", caption="A man waits.", provenance=json.dumps({"film_prompt": VIOLENT}))
    assert judge_clip(longer).reason == "minor_violence"
    assert judge("A person stands there.", "abuse", minor=True).reason == "minor_violence"
    assert judge("A child stands there.", "of no taxonomy").reason == "minor_violence"


@pytest.mark.parametrize(
    ("caption", "prompt", "reason"),
    [
        (VIOLENT, SEXUAL, "minor_sexual"),
        (SEXUAL, VIOLENT, "minor_sexual"),
        (UNKNOWN, VIOLENT, "minor_violence"),
        (UNKNOWN, SEXUAL, "minor_sexual"),
        (CALM, UNKNOWN, "unjudged_language"),
        (VIOLENT, CALM, "minor_violence"),
    ],
)
def test_the_strictest_of_caption_and_prompt_counts(caption: str, prompt: str, reason: str) -> None:
    both = Clip(key="a", caption=caption, provenance=json.dumps({"film_prompt": prompt}))
    assert judge_clip(both).reason == reason
    assert judge_clip(both).minor or reason == "unjudged_language"
    if reason == "minor_sexual":  # the owner's word is for violence alone
        with pytest.raises(MinorsRefused) as caught:
            keepable(both.replace(flags=("minor_violence",)), with_minor_violence=True)
        assert caught.value.reason == reason


def test_text_only_captions_in_an_unknown_language_are_not_generated() -> None:
    assert judge_clip(Clip(key="a", caption=UNKNOWN, flags=("text_only",))).reason == "minor_violence"
    with pytest.raises(MinorsRefused):
        keepable(Clip(key="a", caption=UNKNOWN, flags=("text_only",)))


@pytest.mark.parametrize(
    "provenance", ["film_prompt", '{"film_prompt": ', "[" * 9_000 + "film_prompt", '["film_prompt"]']
)
def test_a_provenance_that_is_no_object_is_no_prompt_and_no_fault(provenance: str) -> None:
    assert judge_clip(Clip(key="a", caption=CALM, provenance=provenance)) == judge(CALM)
    assert judge_clip(Clip(key="a", caption=VIOLENT, provenance=provenance)).reason == "minor_violence"


def test_a_backend_called_without_a_plan_refuses_by_flags_and_prompts_too() -> None:
    from svta.generation.backends.spec import RenderSpec
    from svta.generation.backends.storyboard import Storyboard

    clips = [
        Clip(key="0", caption=ADULT, flags=("depicts_minor",)),
        Clip(key="1", caption="A man waits.", flags=("text_only",)),
        Clip(key="2", caption="A man waits.", provenance=json.dumps({"film_prompt": SEXUAL})),
        Clip(key="3", caption=CALM, category="abuse"),
        Clip(key="4", caption=CALM, category="a category of my own"),
        Clip(key="5", caption=UNKNOWN),
    ]
    drawn = Storyboard(RenderSpec(num_frames=1, height=64, width=64)).generate(clips, range(6))
    reasons = ["minor_violence", "minor_violence", "minor_sexual", "minor_violence", "", ""]
    assert [output.reason for output in drawn] == reasons
    assert [forbidden(one) or "" for one in clips] == reasons


def test_describe_and_plan_refuse_the_same() -> None:
    from svta.generation.backends.spec import RenderSpec
    from svta.generation.filters.screening import screen
    from svta.generation.planning.plan import make_plan

    clips = [Clip(key=str(i), caption=text) for i, text in enumerate((VIOLENT, SEXUAL, CALM, ADULT))]
    rejects: list[dict[str, object]] = []
    described = list(screen(clips, on_reject=rejects.append))
    assert [row["reason"] for row in rejects] == ["minor_sexual"]
    assert [one.flags for one in described] == [
        ("depicts_minor", "violence", "text_only"), ("depicts_minor",), ("violence",)
    ]  # fmt: skip
    for given in (clips, [*described, clips[1]]):
        plan = make_plan(given, RenderSpec())
        assert {one.caption for one in plan.clips} == {CALM, ADULT}
        assert sorted(row["reason"] for row in plan.refused) == ["minor_sexual", "minor_violence"]


def test_a_longer_prompt_is_judged_in_its_clips_category() -> None:
    from types import SimpleNamespace

    from svta.generation.captions.prompt_extension import extend_prompts

    answer = SimpleNamespace(text="A man waits in a room beside an empty baby carriage.", finished=True, problem=None)
    chat = SimpleNamespace(model="m", ask=lambda requests: [answer for _ in requests])
    clips = [Clip(key="a", caption="A man waits in a room.", category=name) for name in ("robbery", "walking")]
    extended, kept = extend_prompts(clips, chat)  # type: ignore[arg-type]
    assert kept == 1 and extended[0] == clips[0]  # a sign of a minor where people are robbed
    assert json.loads(extended[1].provenance or "")["film_prompt"] == answer.text
    row = {"name": "walking", "is_anomaly": False, "definition": "d", "minor_policy": "text_only"}
    own = TAXONOMY.model_validate({"name": "own", "version": 1, "categories": [row]})
    assert extend_prompts(clips[1:], chat, taxonomy=own) == (clips[1:], 1)  # type: ignore[arg-type]


def test_describe_keeps_what_it_cannot_judge_as_text() -> None:
    from svta.generation.filters.screening import screen

    rejects: list[dict[str, object]] = []
    clips = [Clip(key="a", caption=UNKNOWN), Clip(key="b", caption=UNKNOWN, category="abuse")]
    described = list(screen(clips, on_reject=rejects.append))
    assert not rejects and all("text_only" in one.flags for one in described)


@pytest.mark.parametrize(
    ("category", "policy", "kept"),
    [("garden party", "film", True), ("garden party", "text_only", False), ("walking", "text_only", False)],
)
def test_every_door_goes_by_the_taxonomy_it_was_given(tmp_path: Path, category: str, policy: str, kept: bool) -> None:
    """A category of one's own that may be shown, and one of svta's that is stricter here than in svta's table."""
    from svta.generation.backends.spec import RenderSpec
    from svta.generation.filters.screening import screen
    from svta.generation.planning.plan import make_plan

    row = {"name": category, "is_anomaly": False, "definition": "d", "aliases": [], "attested": False}
    data = {"name": "own", "version": 1, "note": "", "categories": [{**row, "minor_policy": policy}]}
    (tmp_path / "own.json").write_text(json.dumps(data))
    own = load_taxonomy(tmp_path / "own.json")
    calm = Clip(key="a", caption=CALM, category=category)
    described = list(screen([calm], on_reject=lambda row: None, taxonomy=own))
    assert ("text_only" not in described[0].flags) is kept
    assert bool(make_plan([calm], RenderSpec(), taxonomy=own).clips) is kept
    assert (forbidden(calm, own) is None) is kept
    (tmp_path / "a.mp4").write_bytes(b"video")
    rows = [("1", {"video": "a.mp4", "caption": CALM, "category": category})]
    assert bool(plan_import(tmp_path, rows, ImportConfig(), own).items) is kept
    clips_folder(tmp_path / "c", 1, make=lambda i: clip(i).replace(caption=CALM, category=category, flags=()))
    intake = select_clips(tmp_path / "c", finished_parts(tmp_path / "c"), SplitRule.parse("7:1:2"), own)
    assert bool(intake.entries) is kept


def own_taxonomy(path: Path, **policies: str) -> Path:
    """A taxonomy of one's own in which walking is told as `policies` say; every other name is none of svta's."""
    rows = [{"name": name.replace("_", " "), "is_anomaly": False, "definition": "d", "minor_policy": policy}
            for name, policy in policies.items()]  # fmt: skip
    path.write_text(json.dumps({"name": "own", "version": 1, "categories": rows}))
    return path


def test_pack_and_info_go_by_the_taxonomy_that_clips_were_made_by(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No --taxonomy is given to pack: a category of one's own is known, and a stricter policy holds on."""
    from svta.builder.video import encode
    from svta.cli import main

    def svta(*args: str | Path) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*map(str, args)])
        assert ended.value.code == 0
        return capsys.readouterr().out

    video = encode(np.full((4, 32, 48, 3), 90, np.uint8), fps=4)
    (tmp_path / "v").mkdir()
    for i in range(3):
        (tmp_path / "v" / f"{i}.mp4").write_bytes(video)
    rows = [("Two boys bow to each other.", "garden party"), (CALM, "walking"), ("A man waves.", "walking")]
    lines = [
        json.dumps({"video": f"{i}.mp4", "caption": text, "category": name}) for i, (text, name) in enumerate(rows)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    own = own_taxonomy(tmp_path / "own.json", garden_party="film", walking="text_only")
    clips, out = tmp_path / "c", tmp_path / "d"
    svta("import", "--videos", tmp_path / "v", "--annotations", tmp_path / "a.jsonl", "--taxonomy", own, "--out", clips)
    plan = json.loads((tmp_path / "c" / "plan.json").read_text())
    assert [row["minor_policy"] for row in plan["taxonomy"]["categories"]] == ["film", "text_only"]

    strays = clip(9).replace(caption=CALM, category="walking", flags=(), synthetic=False)  # comes from elsewhere
    write_plan(tmp_path / "c", {**plan, "units": plan["units"] + 1})
    write_part(tmp_path / "c", plan["units"], [(strays, video)], spec=plan["spec"])
    svta("pack", clips, "--out", out)
    kept = [row.clip for row in read_index(tmp_path / "d" / "clips.parquet")]
    assert {one.caption: "depicts_minor" in one.flags for one in kept} == {rows[0][0]: True, rows[2][0]: False}
    rejects = [json.loads(line) for line in (tmp_path / "d" / "rejected.jsonl").read_text().splitlines()]
    assert [(row["caption"], row["reason"]) for row in rejects] == [(CALM, "minor_violence")] * 2
    for place in (clips, out, out / "taxonomy.json", out / "clips.parquet"):
        told = svta("info", place, "--categories")
        assert (
            "own      film      garden party: d" in told and "text_only walking: d" in told and "fighting" not in told
        )
    assert "fighting" in svta("info", "--categories")


def test_plan_goes_by_the_taxonomy_that_a_review_put_beside_the_descriptions(tmp_path: Path) -> None:
    from svta.generation.backends.config import GenerateConfig
    from svta.generation.planning.plan import open_folder
    from svta.generation.planning.request import plan_request

    path = tmp_path / "d.jsonl"
    lines = [
        {"key": "a", "caption": CALM, "category": "walking"},
        {"key": "b", "caption": CALM, "category": "tea party"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    built_in = plan_request(path, GenerateConfig()).plan
    assert [row["reason"] for row in built_in.refused] == ["unknown_category"] and built_in.taxonomy is None
    own_taxonomy(tmp_path / "d.taxonomy.json", tea_party="film", walking="text_only")
    own = plan_request(path, GenerateConfig()).plan
    assert [one.key for one in own.clips] == ["b"]
    assert [row["reason"] for row in own.refused] == ["minor_violence"]
    open_folder(tmp_path / "c", own)
    assert planned_taxonomy(tmp_path / "c") == own.taxonomy
    own_taxonomy(tmp_path / "d.taxonomy.json", tea_party="flag", walking="text_only")
    open_folder(tmp_path / "c", plan_request(path, GenerateConfig()).plan)  # the same clips by other words
    kept = planned_taxonomy(tmp_path / "c")
    assert kept is not None and kept["tea party"].minor_policy == "flag"
    write_plan(tmp_path / "c", {"kind": "generate", "spec": "s", "units": 0, "taxonomy": {"name": 1}})
    with pytest.raises(TaxonomyError, match="plan.json: taxonomy: name"):
        planned_taxonomy(tmp_path / "c")


def test_a_backend_goes_by_the_taxonomy_of_its_plan(tmp_path: Path) -> None:
    from svta.generation.backends.spec import RenderSpec
    from svta.generation.backends.storyboard import Storyboard

    own = own_taxonomy(tmp_path / "own.json", tea_party="text_only")
    calm = Clip(key="a", caption=CALM, category="tea party")
    for local, reason in (({"taxonomy": str(own)}, "minor_violence"), ({}, "")):
        (made,) = Storyboard(RenderSpec(num_frames=1, height=64, width=64, local=local)).generate([calm], [1])
        assert made.reason == reason


def test_scenes_are_judged_before_a_frame_is_drawn() -> None:
    from svta.generation.storyboard import read_scene, render
    from svta.generation.storyboard.staging.minors_gate import StoryboardRefused

    calm = read_scene("A child walks along a street.")
    assert render(calm, num_frames=1, height=64, width=64).shape == (1, 64, 64, 3)
    for edited in (replace(calm, caption=VIOLENT), replace(calm, caption=ADULT), replace(calm, category="abuse")):
        with pytest.raises(StoryboardRefused, match="minor_violence"):
            render(edited, num_frames=1, height=64, width=64)
    with pytest.raises(StoryboardRefused, match="minor_sexual"):
        render(SEXUAL, num_frames=1, height=64, width=64)
