"""checked.json: each entry names what there is, and only what somebody looked at counts as drawn."""

from __future__ import annotations

from itertools import chain
from types import SimpleNamespace

import pytest

from svta.generation.captions.grammar import write_captions
from svta.generation.storyboard import Actor, Scene, fidelity, read_scene
from svta.generation.storyboard.choreography import load_choreographies
from svta.generation.storyboard.contrasts import load_contrasts
from svta.generation.storyboard.drawn_tables import clothing
from svta.generation.storyboard.faithfulness.checked import (
    NOBODY,
    OWN,
    Event,
    checked,
    frame_of,
    split,
    table,
    was_seen,
)
from svta.generation.storyboard.parsing.lexicon import lexicon
from svta.generation.storyboard.parsing.noun_kinds import SIBLINGS
from svta.generation.storyboard.parsing.places import EDGES, FRONTS
from svta.generation.storyboard.parsing.sentences.verb_senses.handled_verbs import DRINKS
from svta.generation.storyboard.parsing.word_senses import FLOWING
from svta.generation.storyboard.scene import ACTOR_KINDS, COLOURS, PLACES, PROP_KINDS, WEATHERS

SUBSTANCES = {senses["substance"] for senses in lexicon().phrases.values() if "substance" in senses}
KINDS = {*ACTOR_KINDS, *PROP_KINDS, *SUBSTANCES, *WEATHERS, *PLACES, "place", "one", "two", NOBODY, "", "each other"}
KINDS |= checked().words["measures"]  # a row of cones
KINDS |= {word for piece in clothing().values() for word in piece["words"].split(", ")}  # puts on gloves
SENSES = ("person", "animal", "vehicle", "prop", "substance", "crowd", "place")


def senses_of(word: str) -> dict[str, str]:
    return lexicon().phrases.get(tuple(word.split()), {})


def test_kinds_of_the_file_are_kinds_of_the_storyboard() -> None:
    seen = checked()
    frames = [*chain.from_iterable(seen.verbs.values()), *seen.relations]
    kinds = {kind for f in frames for kinds in (f.who, f.whom, *(k for _, k in f.ways)) for kind in kinds}
    for named in (seen.states, seen.colours, seen.attributes, seen.vague, seen.joins):
        kinds |= {kind for group in named.values() for kind in group}
    kinds = {kind.removeprefix("the ") for kind in kinds | seen.counts.keys() | seen.homes.keys()}
    kinds = {kind for kind in kinds - KINDS if kind not in PROP_KINDS}  # a row of bins is one kind
    assert not kinds and not set(chain.from_iterable(seen.homes.values())) - set(PLACES)


def test_nouns_and_places_of_the_file_are_read_as_what_was_seen() -> None:
    seen = checked()
    for kind, words in seen.nouns.items():
        for word in words:
            found = senses_of(word) | {"outside": lexicon().exteriors.get(tuple(word.split()), "")}
            found |= {"drunk": DRINKS.get(word, ""), "of a child": SIBLINGS.get(word, "")}
            found |= {"over an edge": EDGES.get(word, ""), "climbed": FRONTS.get(word, "")}
            if (kind, word) == ("water bowl", "bowl"):
                continue  # of an animal that eats or drinks
            assert kind in found.values() or (kind == "person" and set(found) & {"crowd", "person"}), (kind, word)
    for place, words in seen.places.items():
        assert {senses_of(word).get("place") for word in words} == {place}, place


def test_verbs_sentences_and_colours_of_the_file_are_known() -> None:
    seen = checked()
    for verb in seen.verbs:
        known = lexicon().verbs.get(verb.split()[0], ("",))[0] == verb.split()[0] or verb.split()[0] in FLOWING
        assert known or {"weather", "verb"} & set(senses_of(verb)) or verb in lexicon().lists["quiet"], verb
    tables = [*load_choreographies().values(), *(v for contrast in load_contrasts() for v in contrast.variants)]
    for name, says in seen.sentences.items():
        assert set(says) <= {say for table in tables if table.name == name for say in table.say}, name
    assert {senses_of(word)["colour"] for word in seen.colours} <= set(COLOURS)
    assert all(text.strip() == ", ".join(split(text)) for text in table()["words"].values())


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("A man washes a towel in the kitchen.", "not checked by eye: man wash towel"),
        ("A man carries a piano in the street.", "not checked by eye: man carry piano"),
        ("A woman walks under a ladder.", "not checked by eye: woman walk under ladder"),
        ("A plumber walks along a corridor.", "not checked by eye: plumber"),
        ("A man juggles until a bus arrives.", "not checked by eye: until, by two"),
        ("A purple dog runs across a field.", "not checked by eye: purple on dog"),
        ("Seven cars drive along the street.", "not checked by eye: seven cars"),
        ("A red train drives through a kitchen.", "not checked by eye: train in a kitchen"),
        ("A dog behind a fence barks.", "not checked by eye: dog behind fence"),
        ("It snows in the kitchen.", "not checked by eye: snows in a kitchen"),
        ("A man climbs a tree and skids.", "not checked by eye: and, by one"),
        ("A woman took a ladder.", "not checked by eye: woman take ladder"),
        ("A man ate a ladder.", "not checked by eye: man eat ladder"),
        ("A dog came to a car.", "not checked by eye: dog come to car"),
        ("A man does not run, a cat under a desk sleeps.", "not checked by eye: cat under desk"),
        ("A man shoots at a bottle.", "not checked by eye: man shoot at bottle"),
        ("A man walks past a sleeping car.", "not checked by eye: sleeping car"),
        ("A man walks, sits down, stands up and walks away.", "not checked by eye: 4 events"),
        ("A woman walks along the beach with a violin.", "not checked by eye: woman walk along the beach with violin"),
    ],
)
def test_what_nobody_looked_at_is_not_drawn(caption: str, reason: str) -> None:
    shown = fidelity(caption, read_scene(caption))
    assert shown.score < 1 and reason in [item.reason for item in shown.items], shown.items


@pytest.mark.parametrize(
    "caption",
    [
        "An old woman in a red shirt walks past a bench in the park.",
        "Two women sit on a bench in the park in the evening.",
        "A dog chases a cat in the yard.",
        "A worker climbs a ladder at the construction site.",
        "A man drops a box in the warehouse.",
        "It snows in the forest.",
        "A red car crashes into a tree.",
        "A woman walks past a bench and waves in the park.",
        "A woman on a bench waves.",
        "A motorcycle stops at a red traffic light.",
        "A man puts on a hat, takes off a coat and waves.",
        "A man walks past two of the benches.",
        "A dog that runs is hit by a car.",
        "Two women run and hug each other.",
        "A dog barks, then runs across a bridge.",
        "A dog barks and a man with a bag walks.",
        "A man carries a box away then waves.",
        "A train stops at a station without people.",
        "Three men and a woman stand in a queue.",
        "A dog sits beside a wooden bench.",
        "A drone hovers above the street.",
    ],
)
def test_what_somebody_looked_at_is_drawn(caption: str) -> None:
    shown = fidelity(caption, read_scene(caption))
    assert shown.score == 1, shown.items


def test_an_event_fits_a_frame_with_all_its_ways_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    classes = {"PERSON": "man, woman", "CAR": "car, VAN", "VAN": "van"}
    frame = frame_of("PERSON, box|bag, into CAR", classes)
    man, box, into = ("man",), ("box",), ("into", "van")
    assert frame.fits(Event(man, box, (into,))) and frame.fits(Event((OWN,), ("bag of apple",), (into,)))
    others = [
        Event(man, box), Event(man, (), (into,)), Event(("dog",), box, (into,)), Event((), box, (into,)),
        Event(man, box, (("onto", "van"),)), Event(man, box, (("into", "bus"),)), Event((*man, "dog"), box, (into,)),
        Event(man, box, (into, ("in", "the street"))), Event(man, (*box, "cat"), (into,)),
    ]  # fmt: skip
    assert not any(map(frame.fits, others))
    lines = ("PERSON, across the street", "PERSON, along the street", "PERSON, past bench", "PERSON, with bag")
    seen = SimpleNamespace(verbs={"walk": tuple(frame_of(line, classes) for line in lines)})
    monkeypatch.setattr("svta.generation.storyboard.faithfulness.checked.checked", lambda: seen)
    across, along, past, carrying = (("across", "the street"), ("along", "the street"), ("past", "bench"),
                                     ("with", "bag"))  # fmt: skip
    assert was_seen({"walk"}, Event(man, (), (across, past))) and not was_seen({"run"}, Event(man, (), (past,)))
    for ways in ((across, along), (past, carrying), (across, past, carrying), (across, ("past", "car")), ()):
        assert not was_seen({"walk"}, Event(man, (), ways)), ways


def test_many_people_are_seen_if_all_of_them_are_small() -> None:
    for scale, seen in ((0.5, True), (0.75, False)):
        men = (Actor("m", "man", x=0.3, count=5, scale=0.5), Actor("n", "man", x=0.7, count=5, scale=scale))
        items = fidelity("Ten men stand in a park.", Scene("", place="park", actors=men)).items
        assert ("not checked by eye: ten men" not in [item.reason for item in items]) == seen


def test_captions_of_the_grammar_that_are_drawn_right_stay_so() -> None:
    clips = list(write_captions(count=196, seed=3))
    scenes = [read_scene(clip.caption, 1, clip.category) for clip in clips]
    held = [fidelity(c.caption, s, by_eye=False).score == 1 for c, s in zip(clips, scenes)]
    seen = [fidelity(c.caption, s).score == 1 for c, s in zip(clips, scenes)]
    assert sum(seen) >= 0.9 * sum(held)


@pytest.mark.parametrize(("caption", "seen"), [
    ("A cat lies in the sun.", True),
    ("A cat lies in the sun in the living room.", False),
    ("A cat lies in the sun at night.", False),
])  # fmt: skip
def test_the_sun_is_seen_where_it_shines(caption: str, seen: bool) -> None:
    shown = fidelity(caption, read_scene(caption))
    assert ("not checked by eye: in sun" not in [item.reason for item in shown.items]) == seen
