"""Babies sit, crawl or are carried; people sit on floors and carpets as on the ground."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene


@pytest.mark.parametrize(
    ("caption", "verbs"),
    [
        ("A baby starts to cry.", {"sit", "cry"}),
        ("A baby crawls across the floor.", {"crawl"}),
        ("A baby sleeps in a crib.", {"sleep"}),
        ("A mother carries a baby.", set()),
        ("A boy starts to cry.", {"cry"}),
    ],
)
def test_babies_do_not_stand(caption: str, verbs: set[str]) -> None:
    scene = read_scene(caption)
    child = next(actor for actor in scene.actors if actor.kind == "boy")
    assert {beat.verb for beat in scene.beats if beat.who == child.id} == verbs
    assert (child.worn == "baby hair, romper") == ("baby" in caption)


@pytest.mark.parametrize(
    ("caption", "place"),
    [
        ("A man sits on the floor.", "room"),
        ("A boy sits on the carpet.", "living room"),
        ("A girl sits on the grass.", "meadow"),
    ],
)
def test_who_sits_on_the_floor_has_no_chair(caption: str, place: str) -> None:
    scene = read_scene(caption)
    assert scene.place == place and [(b.verb, b.target) for b in scene.beats] == [("sit", None)]
    assert fidelity(caption, scene).score == 1


def test_beggars_sit_and_doors_stay_where_they_hang() -> None:
    scene = read_scene("A man walks past a beggar.")
    assert ("person2", "sit") in {(beat.who, beat.verb) for beat in scene.beats}
    scene = read_scene("The door does not open although a man pulls it.")
    assert all(beat.to is None for beat in scene.beats if beat.who == "door")
    assert [beat.verb for beat in scene.beats if beat.target == "door"] == ["pull lever"]
