"""The grammar: even, unique, reproducible captions, each of which the reader takes back exactly as it was meant."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from svta.builder.errors import TaxonomyError
from svta.builder.record import Clip
from svta.builder.taxonomy import load_taxonomy, read_taxonomy
from svta.generation.captions import grammar
from svta.generation.captions.grammar import Combination, GrammarError, write_captions
from svta.generation.filters.minors import depicts_minor, refusal
from svta.generation.storyboard import fidelity, render
from svta.generation.storyboard.choreography import ChoreographyError, load_choreographies, parse_choreography
from svta.generation.storyboard.scene import PEOPLE, Scene
from svta.generation.storyboard.staging.read_scene import read_scene
from svta.generation.storyboard.user_lexicon import use_lexicon

COUNT = 98 * 25


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return list(write_captions(count=COUNT, seed=0))


def test_categories_take_even_turns(clips: list[Clip]) -> None:
    taxonomy = load_taxonomy()
    assert Counter(clip.category for clip in clips) == dict.fromkeys(taxonomy.names, 25)
    assert {clip.category for clip in clips[:98]} == set(taxonomy.names)
    assert all(clip.is_anomaly == taxonomy[clip.category or ""].is_anomaly for clip in clips)


def test_clips_are_text_that_says_where_it_comes_from(clips: list[Clip]) -> None:
    assert {clip.source for clip in clips} == {"grammar"} and all(clip.synthetic for clip in clips)
    assert len({clip.key for clip in clips}) == len({clip.source_id for clip in clips}) == len(clips)
    assert all(clip.group and clip.caption[0].isupper() and clip.caption.endswith(".") for clip in clips)
    assert all("{" not in clip.caption and " a a " not in clip.caption and " a o" not in clip.caption for clip in clips)


def test_no_caption_and_no_combination_repeats(clips: list[Clip]) -> None:
    assert len({clip.caption for clip in clips}) == len({clip.group for clip in clips}) == len(clips)


def test_the_first_of_more_are_the_same(clips: list[Clip]) -> None:
    assert list(write_captions(count=300, seed=0)) == clips[:300]
    assert list(write_captions(count=300, seed=1)) != clips[:300]


@pytest.mark.slow
def test_a_caption_has_one_key_under_every_seed() -> None:
    few = ["sitting", "standing"]
    keys: dict[str, str] = {}
    for seed in range(3):
        for clip in write_captions(few, count=1_500, seed=seed):
            assert keys.setdefault(clip.caption, clip.key) == clip.key
    assert len(keys) < 4_500  # the seeds do meet


@pytest.mark.slow
def test_adults_by_gender_and_age_evenly_and_minors_rarely(clips: list[Clip]) -> None:
    kinds = Counter(
        a.kind for clip in clips for a in read_scene(clip.caption).actors if a.id and a.colour in grammar.COLOURS
    )
    adults = [kinds[kind] for kind in ("man", "woman", "old man", "old woman")]
    assert min(adults) > 0.8 * max(adults)
    taxonomy = load_taxonomy()
    minors = [clip for clip in clips if depicts_minor(clip.caption)]
    assert 0 < len(minors) < 0.03 * len(clips)
    assert all(clip.flags == ("depicts_minor",) for clip in minors)
    assert {taxonomy[clip.category or ""].minor_policy for clip in minors} == {"film"}
    assert not any(refusal(clip.caption, clip.category) for clip in clips)


def difference(told: Combination, scene: Scene) -> list[str]:
    """What the scene shows otherwise than the caption was meant."""
    table = load_choreographies()[told.category]
    wrong = [
        f"{what}: {shown} for {meant}"
        for what, shown, meant in (
            ("category", scene.category, told.category), ("place", scene.place, told.place),
            ("time", scene.time, told.time), ("weather", scene.weather, told.weather or table.weather),
        ) if shown != meant
    ]  # fmt: skip
    actors = {actor.id: actor for actor in scene.actors}
    wrong += [f"more actors: {set(actors)}"] if len(actors) != len(table.roles) else []
    wrong += ["other props"] if {p.id for p in scene.props} != {p.id for p in table.props} else []
    for part in told.parts:
        actor = actors[part.role]
        seen = (actor.kind, actor.colour, actor.trousers, actor.hat)
        if seen != (part.kind, part.colour, part.trousers, part.hat):
            wrong.append(f"{part.role}: {seen}")
    if told.direction:
        start = {a.id: a.x for a in scene.actors} | {p.id: p.x for p in scene.props}
        moves = (b for b in scene.beats if b.to is not None and b.who in start and b.to != start[b.who])
        first = next(moves)
        shown = "right" if first.to > start[first.who] else "left"  # type: ignore[operator]
        wrong += [] if shown == told.direction else [f"direction: {shown}"]
    if [(b.verb, b.who, b.target) for b in scene.beats] != [(b.verb, b.who, b.target) for b in table.beats]:
        wrong.append("other beats")
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("each", [pytest.param(40, marks=pytest.mark.nightly), 5])
def test_the_reader_takes_every_caption_back(monkeypatch: pytest.MonkeyPatch, each: int) -> None:
    meant: dict[str, Combination] = {}
    say = grammar._Writer._say

    def remember(self: grammar._Writer, told: Combination, *wording: int) -> str:
        caption = say(self, told, *wording)
        meant[caption] = told
        return caption

    monkeypatch.setattr(grammar._Writer, "_say", remember)
    wrong = {}
    for clip in write_captions(count=98 * each, seed=77):
        if found := difference(meant[clip.caption], read_scene(clip.caption, seed=len(wrong) + 3)):
            wrong[clip.caption] = found
    assert wrong == {}


@pytest.mark.parametrize("part", [pytest.param(1, marks=pytest.mark.nightly), 20])
def test_room_for_a_million(part: int) -> None:
    """Distinct captions per category, counted from what varies; the smallest is written out to a part of its share."""
    taxonomy, room = load_taxonomy(), {}
    for name, table in load_choreographies().items():
        writer = grammar._Writer(table, 0, taxonomy[name].minor_policy == "film")
        count = len(table.places) * len(set(grammar.TIMES)) * len(table.say) * len(grammar._FRAMES)
        count *= 2 if writer.directed else 1
        for role in writer.roles:
            clothes = len(set(grammar.TROUSERS)) * len(set(grammar.HATS)) * 2 if role.kinds[0] in PEOPLE else 1
            count *= len(role.kinds) * (len(grammar.COLOURS) - 1) * clothes
        room[name] = count
    assert sum(room.values()) > 100_000_000
    smallest = min(room, key=lambda name: room[name])
    share = 1_000_000 // 98 // part + 1
    assert len({clip.caption for clip in write_captions([smallest], count=share)}) == share


@pytest.mark.slow
def test_when_combinations_run_out_they_are_told_in_other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "COLOURS", ("red",))
    monkeypatch.setattr(grammar, "WEATHERS", ("",))
    written = []
    with pytest.raises(GrammarError, match="no more than about"):
        for clip in write_captions(["driving"], count=10_000, seed=0):
            written.append(clip)
    groups = Counter(clip.group for clip in written)
    assert len({clip.caption for clip in written}) == len(written) > 500
    assert 3 < max(groups.values()) <= 8
    assert len({clip.source_id for clip in written}) == len(written)


def test_users_choose_categories_by_any_name() -> None:
    clips = list(write_captions(["Theft/Stealing", "arson", "stealing"], count=10, seed=0))
    assert Counter(clip.category for clip in clips) == {"stealing": 5, "arson": 5}
    assert list(write_captions(["arson"], count=0)) == []


def test_wrong_use_is_told(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="teleporting"):
        write_captions(["teleporting"], count=1)
    with pytest.raises(GrammarError, match="no category"):
        write_captions([], count=1)
    mine = {"name": "mine", "version": 1, "categories": [{"name": "juggling", "is_anomaly": False, "definition": "x"}]}
    (tmp_path / "mine.json").write_text(json.dumps(mine))
    with pytest.raises(GrammarError, match="juggling"):
        write_captions(count=1, taxonomy=load_taxonomy(tmp_path / "mine.json"))


def own_captions(people: str, say: str = "{people} wait at the bus stop", minor_policy: str = "film") -> list[str]:
    """Captions of a category of somebody's own in which `people` wait."""
    entry = {"roles": {"people": people}, "beats": ["people stand @ 0-1"], "places": ["street"], "words": ["wait"],
             "say": [say]}  # fmt: skip
    tables = {"queue": replace(parse_choreography("queue", entry), own=True)}
    category = {"name": "queue", "is_anomaly": False, "definition": "x", "minor_policy": minor_policy}
    taxonomy = read_taxonomy({"name": "x", "version": 1, "categories": [category]}, "x")
    clips = list(write_captions(count=100, seed=0, taxonomy=taxonomy, choreographies=tables))
    for clip in clips[:20]:
        scene = read_scene(clip.caption, 0, "queue", taxonomy, tables)
        assert fidelity(clip.caption, scene, choreographies=tables).score == 1.0
        assert {actor.count for actor in scene.actors} == {tables["queue"].roles[0].actor.count}
    return [clip.caption for clip in clips]


def test_a_role_of_several_is_said_and_drawn_as_several() -> None:
    captions = own_captions("5 adult at .3")
    assert any("five old women in " in text.lower() for text in captions)
    assert any("five men wearing " in text.lower() and " shirts" in text for text in captions)
    assert all("five " in text.lower() and "a hat" not in text and " a red" not in text for text in captions)
    assert all("twelve people" in text.lower() for text in own_captions("12 person at .3"))
    assert any("three black dogs wait" in text.lower() for text in own_captions("3 dog at .3"))
    with pytest.raises(ChoreographyError, match="role 'people': 13 of a role that `say` names; 1 to 12 can be said"):
        own_captions("13 man at .3")


def test_adult_is_no_child_in_a_category_of_ones_own() -> None:
    assert not [text for text in own_captions("adult at .3", "{people} waits at the bus stop") if depicts_minor(text)]


@pytest.mark.parametrize("kind", ["car", "cable car", "boat"])
def test_beats_of_a_choreography_of_ones_own_are_those_drawn(kind: str) -> None:
    entry = {"roles": {"cabin": f"{kind} at .5"}, "beats": ["cabin sway @ 0-1"], "places": ["street"],
             "words": ["swing"], "say": ["{cabin} swings in the wind"]}  # fmt: skip
    tables = {"swing": replace(parse_choreography("swing", entry), own=True)}
    taxonomy = read_taxonomy(
        {"name": "x", "version": 1, "categories": [{"name": "swing", "is_anomaly": True, "definition": "x"}]}, "x"
    )
    for caption in (f"A red {kind} swings in the wind in the street at night.", f"A {kind} swings."):
        scene = read_scene(caption, 0, "swing", taxonomy, tables)
        assert [(beat.who, beat.verb) for beat in scene.beats] == [("cabin", "sway")]
        frames = render(scene, num_frames=5, height=96, width=160).astype(int)
        assert all(abs(one - other).max() > 40 for one, other in itertools.pairwise(frames))


def test_categories_without_a_choreography_are_named_together() -> None:
    categories = [{"name": name, "is_anomaly": True, "definition": "x"} for name in ("one", "two", "walking")]
    taxonomy = read_taxonomy({"name": "x", "version": 1, "categories": categories}, "x")
    with pytest.raises(GrammarError) as error:
        write_captions(count=3, taxonomy=taxonomy)
    assert str(error.value) == (
        "2 of 3 categories have no choreography ('one', 'two'): add their lines to --choreography FILE or name the "
        "other categories with --category"
    )
    own = {"walking": replace(load_choreographies()["walking"], own=True)}
    with pytest.raises(GrammarError, match="'two'.: add their lines to the choreography file or name the other"):
        write_captions(count=3, taxonomy=taxonomy, choreographies=own)
    with pytest.raises(GrammarError, match="to --choreography FILE$"):
        write_captions(["one"], count=3, taxonomy=taxonomy)


def test_places_are_called_as_the_choreography_calls_them(tmp_path: Path) -> None:
    (tmp_path / "lexicon.yaml").write_text("places: {piste: {like: ski slope}, hut: {like: street}}")
    use_lexicon(tmp_path / "lexicon.yaml")
    try:
        entry = {"roles": {"a": "man at .3"}, "beats": ["a ski to .9 @ 0-1"], "places": ["piste", "hut"],
                 "words": ["ski"], "say": ["{a} skis"]}  # fmt: skip
        tables = {"skiing": replace(parse_choreography("skiing", entry), own=True)}
        category = {"name": "skiing", "is_anomaly": False, "definition": "x"}
        taxonomy = read_taxonomy({"name": "x", "version": 1, "categories": [category]}, "x")
        clips = list(write_captions(count=40, taxonomy=taxonomy, choreographies=tables))
        scenes = [read_scene(clip.caption, 0, "skiing", taxonomy, tables) for clip in clips]
    finally:
        use_lexicon(None)
    said = Counter(scene.place for clip, scene in zip(clips, scenes) if " hut" in clip.caption.lower())
    assert set(said) == {"street"} and any("in the hut" in clip.caption.lower() for clip in clips)
    assert {s.place for c, s in zip(clips, scenes) if "on a piste" in c.caption.lower()} == {"ski slope"}
