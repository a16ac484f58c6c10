"""Small mishaps and what is handled with them: broken seats, spilled drinks, cut ribbons, painted fences."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import read_scene
from svta.generation.storyboard.animation.world import World
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.scene import Scene


def acts(scene: Scene) -> set[tuple[str, str, str | None]]:
    """Kind of who does it, verb and kind of what it is done to."""
    kinds = {thing.id: thing.kind for thing in (*scene.actors, *scene.props)}
    return {(kinds.get(b.who, b.who), b.verb, kinds.get(b.target or "")) for b in scene.beats}


@pytest.mark.parametrize(
    ("caption", "act"),
    [
        ("A stool breaks under a woman.", ("piano stool", "collapse", None)),
        ("A man sits down and the chair breaks under him.", ("man", "sit", "chair")),
        ("A man hits his thumb with a hammer.", ("man", "hurt hand", None)),
        ("A woman cuts a ribbon.", ("opening ribbon", "open", None)),
        ("A man sprays green paint on a train carriage.", ("man", "spray", "train")),
        ("A woman drops a bucket of milk.", ("milk bucket", "run out", None)),
        ("A man covers a car with a tarpaulin.", ("tarpaulin", "appear", None)),
        ("A man changes a tyre by the roadside.", ("man", "tighten", "spare wheel")),
        ("A masked man points a pistol at a bank clerk.", ("robber", "threaten", "person")),
        ("A man does push-ups beside a sofa.", ("man", "push up", "sofa")),
        ("Two students play table tennis.", ("person", "play table tennis", None)),
        ("A scientist looks into a microscope.", ("person", "stoop", "microscope")),
        ("A glass door shatters as a trolley hits it.", ("glass door", "shatter", None)),
        ("A bag of oranges bursts.", ("bag of orange fruit", "pop", None)),
        ("A dentist leans over a patient.", ("person", "stoop", "person")),
        ("A woman withdraws cash.", ("woman", "withdraw", "atm")),
        ("A woman teaches a man to play the piano.", ("man", "play piano", "piano")),
        ("A stone cracks the windscreen of a parked jeep.", ("stone", "smash window", "jeep")),
    ],
)
def test_mishaps_are_seen(caption: str, act: tuple[str, str, str | None]) -> None:
    assert act in acts(read_scene(caption))


@pytest.mark.parametrize(
    ("caption", "kinds"),
    [
        ("A plumber lies under the sink with a torch.", {"flashlight", "sink"}),
        ("A welder cuts a pipe with a torch.", {"welding torch", "pipe"}),
        ("A man hammers a nail into a board.", {"nail", "plank"}),
        ("A man opens a large wooden box.", {"crate"}),
        ("A boy presses all the buttons in a lift.", {"lift buttons"}),
        ("A man slips on spilled milk.", {"puddle"}),
        ("An old woman pushes a walker.", {"walking frame"}),
        ("A man puts the smaller box inside the bigger box.", {"box"}),
    ],
)
def test_nouns_are_what_their_sentence_makes_of_them(caption: str, kinds: set[str]) -> None:
    assert {m.kind for m in read(caption).mentions if m.group == "prop"} == kinds


@pytest.mark.parametrize(
    ("caption", "place"),
    [
        ("A grandmother kneads dough on a table.", "kitchen"),
        ("A cook slices carrots at a counter.", "kitchen"),
        ("A pipe bursts under the sink.", "bathroom"),
        ("Four men play cards in a village pub.", "bar"),
        ("A man changes a light bulb.", "living room"),
        ("A woman slips on a wet supermarket floor.", "supermarket"),
    ],
)
def test_work_is_done_where_it_belongs(caption: str, place: str) -> None:
    assert read_scene(caption).place == place


def test_two_things_of_one_kind_and_two_colours_are_both_there() -> None:
    cups = read_scene("A girl pours water from a red cup into a blue cup.")
    assert {p.colour for p in cups.props if p.kind == "cup"} == {"blue", "red"}


def test_what_falls_when_a_rope_snaps_hangs_on_it() -> None:
    scene = read_scene("A rope snaps and a crate drops to the ground.")
    crate, rope = (next(p for p in scene.props if p.kind == kind) for kind in ("crate", "hanging rope"))
    assert 0.3 < crate.y < 0.6 and rope.y < crate.y and abs(rope.x - crate.x) < 0.01


def test_a_family_of_five_are_five() -> None:
    family = [m for m in read("A family of five eats soup.").mentions if m.group == "person"]
    assert [m.count for m in family] == [5]


def test_what_the_wind_takes_is_in_no_hand() -> None:
    world = World(read_scene("A tourist unfolds a map and it blows away."), 5 / 3, 1.0, 0)
    for step in range(30):
        world.step(step / 32)
    assert world.bodies["person"].held is None and not world.bodies["map"].hidden


def test_oil_that_spreads_is_a_puddle_of_oil_and_not_a_flood() -> None:
    for caption, verbs in (
        ("Oil spreads across the road.", ["ooze"]),
        ("A barrel tips over and oil spreads across the floor.", ["topple", "run out"]),
    ):
        assert [beat.verb for beat in read_scene(caption).beats] == verbs, caption
