"""Places as data: each is painted, each of its words means it, and captions name it in the usual ways."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import fidelity, read_scene
from svta.generation.storyboard.parsing.lexicon import lexicon
from svta.generation.storyboard.place_table import is_room, place_table, place_words
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.scene import PLACES


def test_every_place_is_painted_and_every_word_means_one_place() -> None:
    for name in place_table():
        assert name in PLACES and PLACE_PAINTERS[name][1] == is_room(name)
    words = [word for _, words in place_words() for word in words]
    assert len(words) == len(set(words))
    for name, own in place_words():
        assert all(lexicon().phrases[tuple(word.split())]["place"] == name for word in own)


@pytest.mark.parametrize(
    ("caption", "place"),
    [
        ("A woman waits in a laundry room.", "laundry room"),
        ("A man sits in the dentist's office.", "dentist's practice"),
        ("A boy waits at the baker's.", "bakery"),
        ("Two men talk on the deck of a ferry.", "ship deck"),
        ("A man runs through a train station.", "station"),
        ("A woman sits in a train.", "train carriage"),
        ("A man waits in a car wash.", "car wash"),
        ("A worker walks through the car repair shop.", "car workshop"),
        ("A hen walks in the henhouse.", "henhouse"),
        ("A surgeon washes his hands.", "operating theatre"),
        ("A man walks along the poolside of a swimming pool.", "poolside"),
    ],
)
def test_a_caption_names_its_place(caption: str, place: str) -> None:
    scene = read_scene(caption)
    assert scene.place == place
    assert not [
        item for item in fidelity(caption, scene, by_eye=False).items if item.kind == "place" and not item.drawn
    ]


def test_a_building_seen_from_outside_is_no_room() -> None:
    for caption in ("A rooster crows on top of a henhouse.", "A man waits in front of a casino."):
        assert not PLACE_PAINTERS[read_scene(caption).place][1]
