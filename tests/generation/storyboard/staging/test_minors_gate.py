"""No scene shows people hurting or seizing anybody where a minor is seen, whichever way it came about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from svta.generation.storyboard import Actor, Beat, Prop, Scene, read_scene, render
from svta.generation.storyboard.choreography import load_choreographies
from svta.generation.storyboard.drawn_tables import handwork
from svta.generation.storyboard.staging.minors_gate import StoryboardRefused, refuse_minors
from svta.generation.storyboard.staging.read_scene import read_scene as read_staged
from svta.generation.storyboard.user_lexicon import use_lexicon
from svta.generation.storyboard.verb_groups import VERBS

CALM = "A man and a boy wait on a street."
MAN, BOY = Actor("man", "man", x=0.3), Actor("boy", "boy", x=0.6)
ADULT = Actor("woman", "woman", x=0.6)


def scene(*beats: Beat, caption: str = CALM, **fields: object) -> Scene:
    return Scene(caption, **{"place": "street", "actors": (MAN, BOY), "beats": beats, **fields})  # type: ignore[arg-type]


def is_refused(drawn: Scene) -> bool:
    try:
        render(drawn, num_frames=1, height=64, width=64)
    except StoryboardRefused as error:
        assert error.reason == "minor_violence"
        return True
    return False


AGAINST = (
    "hit", "kick", "push", "punch", "strangle", "shoot", "stab", "threaten", "chase", "drag", "handcuff", "surround",
    "bite", "leap at", "smash", "grab", "pull", "throw", "spray", "pour", "hide", "drop", "hoist", "kick ball",
    *(verb for verb, work in handwork().items() if {"people", "alters"} & work.keys()),
    "peel", "stir", "knead", "fry", "iron", "mop", "vacuum", "rake", "screw", "tighten", "glue", "lay bricks",
    "pump up", "light", "stamp", "fold", "dig", "pack", "load", "cook", "plant", "press", "snip", "tip out",
    "collide", "crash", "scratch", "lower", "tie", "drown", "burn", "be crushed", "choke", "convulse", "faint",
    "explode",
    "fall", "trip", "slip", "plunge", "dangle", "roll over", "sink", "collapse", "topple", "shatter", "suspend", "hang",
    "lock", "hit ball", "toss", "snow under", "weld at", "discharge", "smash window", "tread", "tug", "drop onto",
    "dent", "fall in", "splash over", "tip in", "pelt", "inject",
)  # fmt: skip


@pytest.mark.parametrize("verb", AGAINST)
def test_what_an_adult_does_to_a_boy_in_an_edited_scene(verb: str) -> None:
    assert is_refused(scene(Beat(verb, "man", "boy")))
    assert not is_refused(scene(Beat(verb, "man", "woman"), caption="Two people wait.", actors=(MAN, ADULT)))


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in AGAINST])
def test_other_verbs_are_no_violence(verb: str) -> None:
    refuse_minors(scene(Beat(verb, "man", "boy")))


@pytest.mark.parametrize("target", [None, "scene"])
@pytest.mark.parametrize("verb", ["hit", "punch", "shoot", "stab", "strangle", "threaten"])
def test_a_blow_or_a_weapon_at_nobody_beside_a_boy(verb: str, target: str | None) -> None:
    assert is_refused(scene(Beat(verb, "man", target)))


def test_a_minor_is_seen_in_whatever_part_of_the_scene() -> None:
    hit = Beat("hit", "man", "boy")
    assert is_refused(scene(hit, actors=(MAN,), props=(Prop("boy", "girl"),)))
    assert is_refused(scene(Beat("hit", "boy", "man")))
    assert is_refused(scene(Beat("hit", "man", "woman"), actors=(MAN, BOY, ADULT)))
    assert is_refused(scene(Beat("hit", "man", "woman"), actors=(MAN, ADULT), props=(Prop("pram", "pram"),)))
    assert is_refused(scene(actors=(replace(MAN, holds="gun"), BOY)))
    assert is_refused(scene(category="abuse"))


def test_accidents_animals_and_things_are_drawn() -> None:
    car, dog, ball = Actor("car", "car"), Actor("dog", "dog"), Prop("ball", "ball")
    run_over, bitten = "A car hits a boy.", "A boy is bitten by a dog."
    assert not is_refused(scene(Beat("hit", "car", "boy"), actors=(car, BOY), caption=run_over))
    assert not is_refused(scene(Beat("collide", "car", "boy"), actors=(car, BOY), caption=run_over))
    assert not is_refused(scene(Beat("bite", "dog", "boy"), actors=(dog, BOY), caption=bitten))
    assert not is_refused(scene(Beat("hit", "boy", "ball"), Beat("throw", "man", "ball"), props=(ball,)))
    assert not is_refused(scene(Beat("push", "man", "pram"), actors=(MAN,), props=(Prop("pram", "pram"),)))
    assert not is_refused(scene(Beat("carry", "man", "boy"), Beat("lift", "man", "boy"), Beat("hug", "man", "boy")))


@pytest.mark.parametrize("caption", [CALM, "A dog bites a man while a boy watches.", "A car hits a man near a boy."])
@pytest.mark.parametrize(("verb", "kind"), [("bite", "dog"), ("hit", "car"), ("collide", "car"), ("chase", "dog")])
def test_no_animal_or_vehicle_harms_a_child_of_whom_the_caption_does_not_say_so(caption, verb, kind) -> None:
    assert is_refused(scene(Beat(verb, "it", "boy"), actors=(Actor("it", kind), BOY), caption=caption))


@pytest.mark.parametrize("verb", ["burn", "drown", "be crushed", "choke", "convulse", "explode"])
def test_no_child_comes_to_grave_harm_that_the_caption_does_not_tell(verb: str) -> None:
    assert is_refused(scene(Beat(verb, "boy")))
    assert not is_refused(scene(Beat(verb, "man")))


def test_a_blade_in_hand_leaves_only_talk() -> None:
    armed = (replace(MAN, holds="knife"), BOY)
    assert is_refused(scene(Beat("point", "man", "boy"), actors=armed))
    assert is_refused(scene(Beat("come closer", "man", "boy"), actors=armed))
    assert not is_refused(scene(Beat("talk", "man", "boy"), actors=armed))


@pytest.mark.parametrize("verb", ["hit", "kick", "stab", "smash", "shoot", "throw", "burn", "pour"])
@pytest.mark.parametrize("kind", ["pram", "crib"])
def test_a_pram_is_no_target(verb: str, kind: str) -> None:
    sign = (Prop("it", kind),)
    assert is_refused(scene(Beat(verb, "man", "it"), actors=(MAN,), props=sign, caption="A man waits."))
    assert not is_refused(scene(Beat("push", "man", "it"), actors=(MAN,), props=sign, caption="A man waits."))


@pytest.mark.parametrize(
    "caption",
    [
        "The woman took the little girl and walked away.",
        "A man pulls a boy out of the river.",
        "A man picks a boy up.",
        "A father loads his son into the car.",
    ],
)
def test_what_a_harmless_caption_says_is_drawn(caption: str) -> None:
    read = read_scene(caption)
    assert {beat.verb for beat in read.beats} & {"grab", "pull", "lift", "load"} and not is_refused(read)
    if "lift" not in {beat.verb for beat in read.beats}:
        assert is_refused(replace(read, caption="They wait."))


def test_one_harmless_verb_of_the_caption_covers_no_other() -> None:
    caption = "A man pulls a boy out of the river."
    read = read_scene(caption)
    (who, boy) = next((beat.who, str(beat.target)) for beat in read.beats if beat.verb == "pull")
    assert is_refused(scene(Beat("pull", "man", "boy"), caption="A man pulls a cart past a boy."))  # of a cart alone
    assert not is_refused(read) and is_refused(replace(read, beats=(*read.beats, Beat("throw", who, boy))))


def test_what_somebody_does_to_himself_is_done_to_nobody_else() -> None:
    assert not is_refused(scene(Beat("hit", "man", "man"))) and not is_refused(scene(Beat("pull", "boy", "boy")))
    assert is_refused(scene(Beat("hit", "man", "man"), Beat("hit", "man", "boy")))


@pytest.mark.parametrize(
    ("caption", "victim"),
    [
        ("A cat is bitten by a dog while a girl watches.", "cat"),
        ("A ball is bitten by a dog while a boy watches.", None),
        ("A boy watches a cat being bitten by a dog.", "cat"),
        ("A girl watches a man being hit by a car.", "man"),
        ("A robot faints in front of a girl.", "person"),
        ("A girl is bitten by a dog while a cat watches.", "girl"),
        ("A boy faints in front of a robot.", "boy"),
    ],
)
def test_who_looks_on_is_no_victim(caption: str, victim: str | None) -> None:
    drawn = read_scene(caption)
    kinds = {actor.id: actor.kind for actor in drawn.actors}
    harmed = {kinds[beat.who] for beat in drawn.beats if beat.verb in ("fall", "faint", "plunge")}
    assert harmed == ({victim} if victim else set())
    assert not is_refused(drawn)


@pytest.mark.parametrize(
    ("caption", "verb"),
    [
        ("A mother cuts her son's hair.", "snip"),
        ("A mother ties her son's shoelaces.", "tie"),
        ("The barber cuts the hair of a little boy.", "snip"),
        ("A nurse takes blood from a child's arm.", "inject"),
    ],
)
def test_care_of_a_child_is_drawn_as_care(caption: str, verb: str) -> None:
    drawn = read_scene(caption)
    kinds = {actor.id: actor.kind for actor in drawn.actors}
    assert ("boy", verb) in {(kinds.get(beat.target or ""), beat.verb) for beat in drawn.beats}
    assert not is_refused(drawn)


def test_who_collides_is_no_car() -> None:
    drawn = read_scene("A girl collides with a boy.")
    assert {actor.kind for actor in drawn.actors} == {"girl", "boy"}


@pytest.fixture
def lexicon(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "lexicon.yaml"
    use_lexicon(None)


def test_words_and_pictures_of_a_users_lexicon(lexicon: Path) -> None:
    Image.new("RGBA", (8, 8), "red").save(lexicon.parent / "a.png")
    lexicon.write_text(
        "nouns:\n  zorb: {like: girl}\n  toddler: {kind: prop, width: 0.3, height: 0.5, sprite: a.png}\n"
        "verbs:\n  blick: {like: grab}\n"
        "  frob: {beats: ['agent walk to patient @ 0-.4', 'agent throw patient @ .4-1']}\n"
        "  bless: {beats: ['agent drown patient @ 0-1']}\n  hex: {beats: ['patient burn @ 0-1']}\n"
    )
    use_lexicon(lexicon)
    for caption in (
        "A man hits a zorb.",
        "A man frobs a zorb.",
        "A man blesses a zorb.",
        "A man blesses a boy.",
        "A man hexes a boy.",
    ):
        with pytest.raises(StoryboardRefused):
            render(caption, num_frames=1, height=64, width=64)
    read = read_scene("A man walks past a toddler.")
    (prop,) = (prop for prop in read.props if prop.kind == "toddler")
    assert is_refused(replace(read, beats=(Beat("kick", read.actors[0].id, prop.id),)))


def test_a_users_choreography(tmp_path: Path) -> None:
    table = {
        "roles": {"nanny": "woman at .3", "pupil": "boy at .6"},
        "beats": ["nanny grab pupil @ 0-.4", "nanny throw pupil @ .4-1"],
        "places": ["street"],
        "words": ["bring home"],
        "say": ["{nanny} brings {pupil} home"],
    }
    (tmp_path / "own.json").write_text(json.dumps({"walking": table}))
    tables = load_choreographies(tmp_path / "own.json")
    assert is_refused(read_staged("A woman brings a boy home.", 0, "walking", choreographies=tables))


@pytest.mark.parametrize(
    "beats",
    [["a collide b @ 0-.5", "b plunge @ .5-1"], ["a lower b @ 0-.5", "b convulse @ .5-1"], ["a hit b @ 0-1"],
     ["b burn @ 0-1", "a laugh @ .5-1"]],
)  # fmt: skip
def test_a_childs_part_in_a_users_choreography(tmp_path: Path, beats: list[str]) -> None:
    table = {"roles": {"a": "man at .3 holding knife", "b": "boy at .5"}, "beats": beats, "places": ["street"],
             "words": ["zap"], "say": ["{a} zaps {b}"]}  # fmt: skip
    (tmp_path / "own.json").write_text(json.dumps({"zapping": table}))
    tables = load_choreographies(tmp_path / "own.json")
    assert is_refused(read_staged("A man zaps a ball.", choreographies=tables))


@pytest.mark.parametrize(
    "caption",
    ["A woman holds a baby and drops it.", "A woman lifts a baby and throws it into the river.",
     "Two children stand on a wall; one drops the other.", "A man packs a child into a suitcase."],
)  # fmt: skip
def test_who_holds_a_child_does_not_let_it_fall(caption: str) -> None:
    with pytest.raises(StoryboardRefused):
        render(caption, num_frames=2, height=64, width=64)


def test_who_holds_a_child_may_drop_something_else() -> None:
    carry, keys = Beat("carry", "man", "boy", start=0, end=0.5), Prop("bag", "bag")
    assert not is_refused(scene(carry, Beat("drop", "man", "bag", start=0.5), props=(keys,)))
    assert is_refused(scene(carry, Beat("drop", "man", start=0.5), props=(keys,)))
    assert not is_refused(scene(replace(carry, target="bag"), Beat("drop", "man", start=0.5), props=(keys,)))


def test_a_gun_beside_a_pram_and_a_child_that_is_dropped_and_lifted_again() -> None:
    pram = scene(caption="Two people wait.", actors=(replace(MAN, holds="gun"), ADULT), props=(Prop("pram", "pram"),))
    assert not is_refused(pram)
    held, again = Beat("carry", "man", "boy", 0, 0.3), Beat("lift", "man", "boy", 0.6, 1)
    assert is_refused(scene(held, Beat("drop", "man", None, 0.3, 0.6), again))


@pytest.mark.parametrize(
    "words", ["vacuums a baby", "shovels two children", "drills a boy", "sands a toddler", "saws a girl", "irons a boy"]
)
def test_no_tool_is_used_on_a_child(words: str) -> None:
    with pytest.raises(StoryboardRefused):
        render(f"A man {words}.", num_frames=2, height=64, width=64)
