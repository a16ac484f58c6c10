"""Time and order in the simulated scene: nothing shows before it comes, weather ends, what is left out is repeated."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.faithfulness.visibility import Sight


@pytest.mark.parametrize(
    ("caption", "who"),
    [
        ("A man waits at a bus stop until the bus arrives.", "bus"),
        ("The fog clears and a ship appears.", "ship"),
        ("First a bus arrives, then a taxi.", "taxi"),
    ],
)
def test_who_comes_is_not_there_before(caption: str, who: str) -> None:
    scene = read_scene(caption)
    sight = Sight(scene)
    assert sight.shares[who][0] < 0.03 and sight.shares[who][-1] > 0.5
    assert fidelity(caption, scene, by_eye=False).undrawn == ()


@pytest.mark.parametrize("caption", ["It stops snowing and a man waves.", "The fog clears and a man waves."])
def test_weather_ends(caption: str) -> None:
    beats = [(beat.verb, beat.who) for beat in sorted(read_scene(caption).beats, key=lambda beat: beat.start)]
    assert beats[0] == ("vanish", "scene") and ("wave", "person") in beats


def test_what_turns_green_colours_nothing_else() -> None:
    scene = read_scene("The traffic light turns green and the cars start.")
    assert [actor.colour for actor in scene.actors] == [None]


def test_a_phrase_begins_with_the_preposition_of_a_verb() -> None:
    scene = read_scene("Two men walk in opposite directions.")
    ends = [beat.to for beat in scene.beats if beat.verb == "walk"]
    assert len(ends) == 2 and None not in ends and min(e or 0 for e in ends) < 0.2 and max(e or 0 for e in ends) > 0.8


def test_beside_him() -> None:
    scene = read_scene("A man reads a newspaper as a dog sleeps beside him.")
    man, dog = sorted(scene.actors, key=lambda actor: actor.kind == "dog")
    assert 0.1 < abs(man.x - dog.x) < 0.3


@pytest.mark.parametrize(
    ("caption", "first", "second"),
    [
        ("A girl puts down her bag before sitting on the bench.", "put", "sit"),
        ("A man looks around before crossing the street.", "look", "walk"),
    ],
)
def test_before_doing_something_is_an_event_of_its_own(caption: str, first: str, second: str) -> None:
    beats = {beat.verb: beat for beat in read_scene(caption).beats}
    assert beats[first].end <= beats[second].start + 1e-6


def test_what_has_fallen_is_picked_up_and_not_what_it_stood_on() -> None:
    scene = read_scene("A box falls off the shelf, then a worker picks it up.")
    assert [beat.target for beat in scene.beats if beat.verb == "grab"] == ["box"]


def test_who_runs_over_comes_to_where_it_happened() -> None:
    scene = read_scene("The forklift drops a pallet, then a worker runs over.")
    worker = next(actor for actor in scene.actors if actor.kind == "worker")
    way = next(beat for beat in scene.beats if beat.who == worker.id)
    pallet = next(prop for prop in scene.props if prop.kind == "pallet")
    assert not 0 <= worker.x <= 1 and abs((way.to or 0) - pallet.x) < 0.4 and way.start >= 0.5


def test_who_is_helped_after_a_fall_stands_again() -> None:
    scene = read_scene("A woman slips on the ice before a stranger helps her.")
    woman = next(actor.id for actor in scene.actors if actor.kind == "woman")
    assert [beat.verb for beat in scene.beats if beat.who == woman][-1] == "stand"


def test_a_waiter_sets_the_plate_before_the_guest_who_eats() -> None:
    verbs = [(beat.verb, beat.start) for beat in read_scene("A waiter brings a plate and then a guest eats.").beats]
    assert ("sit at", 0.0) in verbs and dict(verbs)["put"] < dict(verbs)["eat"]


def test_who_follows_does_the_same() -> None:
    scene = read_scene("First a dog jumps over the fence, then a boy follows.")
    jumps = [beat for beat in scene.beats if beat.verb == "jump"]
    assert len({beat.who for beat in jumps}) == 2 and all((beat.to or 0) > 0.5 for beat in jumps)


def test_a_phone_that_rings_lies_on_a_table_in_a_room() -> None:
    scene = read_scene("The phone rings, then a woman picks it up.")
    phone, table = (next(p for p in scene.props if p.kind == kind) for kind in ("phone", "table"))
    assert scene.place == "living room" and phone.y < table.y


def test_who_is_on_a_skateboard_rides_it_towards_a_thing() -> None:
    scene = read_scene("A boy on a skateboard rolls towards a fountain.")
    fountain = next(prop for prop in scene.props if prop.kind == "fountain")
    assert [beat.verb for beat in scene.beats] == ["ride"] and 0 < fountain.x - (scene.beats[0].to or 0) < 0.4
