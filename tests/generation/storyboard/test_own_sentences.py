"""Sentences of svta's own categories: drawn whole where the choreography acts them out, judged where they vary."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svta.generation.captions.grammar import write_captions
from svta.generation.storyboard import Scene, fidelity, read_scene

BURIED = "On a highway, a landslide buries a purple bus driving to the right during the day."
DRUNK = "A man in a yellow shirt staggers drunk to the right with a bottle in an alley at night."

PICKED = "At night in a park, a woman in green pickpockets an old man in red."
CROSSED = "In the street, a woman in red crosses the street to the right at a green light during the day."


def undrawn(caption: str, scene: Scene) -> list[tuple[str, str]]:
    return [(item.kind, item.text) for item in fidelity(caption, scene).items if not item.drawn]


@pytest.mark.parametrize(
    ("caption", "category"),
    [
        (BURIED, "landslide"),
        (DRUNK, "drunkenness"),
        (PICKED, "pickpocketing"),
        ("In a living room, a man in a red shirt slaps a man in an orange shirt from a chair at night.", "abuse"),
        ("A barrel topples and chemicals spill in front of a man in purple in a warehouse during the day.",
         "chemical spill"),
        ("In a park, an old woman wearing a green shirt queues behind four people at night.", "queuing"),
    ],
)  # fmt: skip
def test_a_sentence_that_was_looked_at_is_drawn_whole(caption: str, category: str) -> None:
    scene = read_scene(caption, 3, category)
    assert undrawn(caption, scene) == [] and "extra" not in {item.kind for item in fidelity(caption, scene).items}


def test_what_varies_in_it_is_judged() -> None:
    scene = read_scene(BURIED, 3, "landslide")
    red = replace(scene, actors=tuple(replace(actor, colour="red") for actor in scene.actors))
    assert ("colour", "purple") in undrawn(BURIED, red)
    assert ("place", "highway") in undrawn(BURIED, replace(scene, place="beach"))
    assert undrawn(BURIED.replace("right", "left"), scene) == [("direction", "to left")]
    assert undrawn(BURIED, read_scene(BURIED.replace("right", "left"), 3, "landslide")) == [("direction", "to right")]
    other = DRUNK.replace("to the right", "to the left")
    assert ("direction", "to left") in undrawn(other, read_scene(DRUNK, 3, "drunkenness"))


def test_who_fills_a_gap_of_a_sentence_is_asked_for() -> None:
    caption = "At night in a park, an old man in yellow is bitten by a white boar."
    assert ("noun", "boar") in undrawn(caption, read_scene(caption, 298, "animal-related anomaly"))


def test_a_setting_is_judged_even_where_the_sentence_has_its_word() -> None:
    scene = read_scene(CROSSED, 3, "crossing the street")
    assert undrawn(CROSSED, scene) == []
    assert ("place", "street") in undrawn(CROSSED, replace(scene, place="beach"))
    stop = replace(scene, props=tuple(replace(prop, colour="red") for prop in scene.props))
    assert undrawn(CROSSED, stop) == [("noun", "green light")]


def test_a_scene_that_does_not_act_it_out_is_judged_word_by_word() -> None:
    scene = read_scene(BURIED, 3, "landslide")
    still = undrawn(BURIED, replace(scene, beats=scene.beats[:1]))
    assert ("noun", "landslide") in still and ("verb", "buries") in still
    assert ("verb", "buries") in undrawn(BURIED, replace(scene, category=None))
    robbed = read_scene(PICKED, 3, "pickpocketing")
    alone = replace(robbed, actors=tuple(actor for actor in robbed.actors if actor.id != "victim"))
    assert ("verb", "pickpockets") in undrawn(PICKED, alone)
    assert undrawn(BURIED, read_scene("A dog sleeps.", 3))  # another scene


def test_a_second_clause_is_judged_word_by_word() -> None:
    more = BURIED[:-1] + ", while a man flies."
    scene = read_scene(BURIED, 3, "landslide")
    assert "landslide" not in fidelity(more, scene).undrawn and "flies" in fidelity(more, scene).undrawn
    assert fidelity(f"{BURIED} There is a ladder.", scene).undrawn == ("ladder",)


def test_captions_of_the_grammar_are_drawn_whole_nearly_always() -> None:
    clips = write_captions(count=196, seed=9)
    scores = [fidelity(clip.caption, read_scene(clip.caption, i, clip.category)).score for i, clip in enumerate(clips)]
    assert sum(score == 1 for score in scores) >= 0.85 * len(scores)
