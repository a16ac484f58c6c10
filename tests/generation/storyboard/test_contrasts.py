"""Contrasts: every sentence is drawn as its variant says, and only time tells the variants apart."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from svta.generation.captions.grammar import Part, Wording, place_phrase, worded
from svta.generation.storyboard import fidelity as fidelity_by_eye
from svta.generation.storyboard import read_scene, render
from svta.generation.storyboard.choreography import ChoreographyError, load_choreographies
from svta.generation.storyboard.contrasts import Contrast, load_contrasts, parse_contrast
from svta.generation.storyboard.rendering.renderer import pictures
from svta.generation.storyboard.scene import Scene
from svta.generation.storyboard.staging.read_scene import read_scene as read_with_tables

fidelity = partial(fidelity_by_eye, by_eye=False)  # by what the scene holds alone

CONTRASTS = load_contrasts()
NAMES = [contrast.name for contrast in CONTRASTS]
MIDDLE = 16  # of 33 frames


def captions(contrast: Contrast, say: int, frame: int = 0) -> list[str]:
    """The captions of a set in a place at night."""
    parts = [
        Part(role.actor.id, role.kinds[0], colour)
        for role, colour in zip(contrast.variants[0].roles, ("red", "blue"), strict=False)
    ]
    ways = ["right" if variant.direction > 0 else "left" for variant in contrast.variants]
    return [
        worded(
            variant.say[say], parts, place_phrase(contrast.places[0]), "night", Wording(say % 3, frame), direction=way
        )
        for variant, way in zip(contrast.variants, ways, strict=True)
    ]


def test_they_are_of_every_kind_that_time_alone_shows() -> None:
    kinds = {"direction", "approach", "open", "posture", "speed", "repetition", "order", "role", "begin"}
    assert {contrast.factor for contrast in CONTRASTS} == kinds
    assert all(len(contrast.variants) == 2 for contrast in CONTRASTS)


@pytest.mark.parametrize("contrast", CONTRASTS, ids=NAMES)
def test_each_sentence_is_drawn_as_its_variant_says(contrast: Contrast) -> None:
    for say in range(len(contrast.variants[0].say)):
        for frame in range(4):
            for variant, caption in zip(contrast.variants, captions(contrast, say, frame), strict=True):
                scene = read_scene(caption, 3, contrast.category)
                assert scene.backwards == variant.backwards, caption
                drawn = [(beat.verb, beat.who, beat.target, beat.start, beat.end) for beat in scene.beats]
                assert drawn == [(b.verb, b.who, b.target, b.start, b.end) for b in variant.beats], caption
                assert fidelity(caption, scene).undrawn == (), caption
                assert read_scene(caption, 3).category == contrast.category  # known without its category too


@pytest.mark.parametrize("contrast", CONTRASTS, ids=NAMES)
def test_the_middle_of_the_clip_does_not_tell_them_apart(contrast: Contrast) -> None:
    clips = [render(read_scene(caption, 3, contrast.category)).astype(int) for caption in captions(contrast, 0)]
    apart = [float((np.abs(one - two).max(axis=2) > 24).mean()) for one, two in zip(*clips, strict=True)]
    assert apart[MIDDLE] < 0.01
    assert max(apart) > 0.01  # some other moment does
    if contrast.variants[1].backwards:
        assert np.array_equal(clips[0], clips[1][::-1])  # the very same pictures: no frame, shuffle or colour tells


def test_no_sentence_is_one_of_a_choreography_which_is_drawn_as_before() -> None:
    says = {say for table in load_choreographies().values() for say in table.say}
    own = [re.escape(re.sub(r"{(?!dir)\w+}", "#", say)) for say in says]
    for contrast in CONTRASTS:
        for variant in contrast.variants:
            assert not [s for s in variant.say if re.escape(re.sub(r"{(?!dir)\w+}", "#", s)) in own]


def test_a_backwards_scene_keeps_its_way_in_json_and_a_plain_one_says_nothing_of_it() -> None:
    scene = read_scene("A man in red sits down on a chair in a park at night.", 1)
    assert not scene.backwards and "backwards" not in scene.to_json()
    turned = replace(scene, backwards=True)
    assert Scene.from_json(turned.to_json()) == turned
    assert np.array_equal(render(turned), render(scene)[::-1])
    first = next(pictures(scene, [0.0], 192, 320, scene.seed))  # stands
    assert np.array_equal(render(scene)[0], first) and np.array_equal(render(turned)[-1], first)


def test_a_scene_that_goes_on_otherwise_is_not_called_drawn() -> None:
    stands_up, sits_down = (
        read_scene(f"A man in red {verb} a chair in a park at night.", 1) for verb in ("stands up from", "sits down on")
    )
    assert fidelity(stands_up.caption, stands_up).score == 1
    assert fidelity(stands_up.caption, sits_down).score < 1
    assert fidelity(stands_up.caption, replace(stands_up, beats=())).score < 1
    assert "red" in fidelity(stands_up.caption, replace(stands_up, actors=())).undrawn


def test_other_words_and_a_users_own_category_are_read_as_before() -> None:
    assert not read_scene("A man in red quickly stands up from a chair and leaves.", 1).backwards
    caption = "A man in red stands up from a chair in a park at night."
    assert read_scene(caption, 1, "standing").category == "standing"  # a sentence of another category
    assert not read_scene(caption, 1, "standing").backwards
    own = {**load_choreographies()}
    own["sitting"] = replace(own["sitting"], own=True)
    assert read_with_tables(caption, 1, "sitting").backwards
    assert not read_with_tables(caption, 1, "sitting", choreographies=own).backwards


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([{"backwards": True, "say": ["a"]}], "the first variant"),
        (
            [
                {"roles": {"a": "man at .5"}, "beats": ["a jump @ 0-1"], "say": ["{a} jumps"]},
                {"roles": {"a": "woman at .5"}, "beats": ["a jump @ 0-1"], "say": ["{a} hops"]},
            ],
            "the same roles",
        ),
        (
            [
                {"roles": {"a": "man at .5"}, "beats": ["a jump @ 0-1"], "say": ["{a} jumps"]},
                {"backwards": True, "say": ["{a} lands", "{a} comes down"]},
            ],
            "as many sentences",
        ),
    ],
)
def test_variants_that_do_not_fit_are_refused(lines: list[dict[str, object]], problem: str) -> None:
    with pytest.raises(ChoreographyError, match=problem):
        parse_contrast("x", {"factor": "order", "category": "sports", "places": ["park"], "variants": lines})


def test_every_category_is_one_of_the_taxonomy_with_a_choreography() -> None:
    assert {contrast.category for contrast in CONTRASTS} <= set(load_choreographies())
    assert max(Counter(contrast.category for contrast in CONTRASTS).values()) <= 2
