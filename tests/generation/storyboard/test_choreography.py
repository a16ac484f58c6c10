"""The table of choreographies: complete, valid, all different, and open to a user's own lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from svta.builder.taxonomy import load_taxonomy
from svta.generation.storyboard.choreography import (
    ADULTS,
    Choreography,
    ChoreographyError,
    load_choreographies,
    mirror,
    parse_choreography,
)
from svta.generation.storyboard.staging.read_scene import read_scene
from svta.generation.storyboard.verb_groups import VERBS

MINE = {
    "roles": {"juggler": "adult at .5 holding ball hat", "watcher": "2 woman red at .8 left"},
    "props": {"seat": "bench at .7"},
    "places": ["park", "stage"],
    "beats": ["juggler throw @ 0-.5", "juggler catch @ .5-1", "watcher clap juggler @ .5-1"],
    "words": ["juggle!"],
    "say": ["{juggler} juggles {dir}"],
}


def test_every_category_has_one_of_its_own() -> None:
    tables = load_choreographies()
    assert list(tables) == load_taxonomy().names
    shapes: dict[object, str] = {}
    for name, table in tables.items():
        names: dict[str, int] = {}
        for beat in table.beats:
            names.setdefault(beat.who, len(names))
            names.setdefault(beat.target or "", len(names))
        shape = tuple((b.verb, names[b.who], names[b.target or ""], b.start, b.end, b.to) for b in table.beats)
        assert shape not in shapes, f"{name} and {shapes.get(shape)} look the same"
        shapes[shape] = name
        assert all(beat.verb in VERBS for beat in table.beats)
        assert {b.who for b in table.beats} & (
            {r.actor.id for r in table.roles} | {p.id for p in table.props} | {"scene"}
        )
    assert len(shapes) == 98


def test_most_vocabulary_is_used() -> None:
    used = {beat.verb for table in load_choreographies().values() for beat in table.beats}
    assert len(used) > 85


def test_a_caption_that_may_say_a_direction_goes_right_by_default() -> None:
    directed = [t for t in load_choreographies().values() if any("{dir}" in s for s in t.say)]
    assert len(directed) > 20
    assert {table.name for table in directed if table.direction != 1} == set()


def test_mirror_turns_left_and_right() -> None:
    table = load_choreographies()["walking"]
    actors, _, beats = mirror([r.actor for r in table.roles], list(table.props), list(table.beats))
    assert (actors[0].x, actors[0].facing, beats[0].to) == (1.0, -1, 0.0)


def test_a_line_says_everything() -> None:
    table = parse_choreography("juggling", MINE)
    juggler, watcher = table.roles
    assert juggler.adult and juggler.kinds == ADULTS and juggler.actor.holds == "ball" and juggler.actor.hat
    assert (watcher.actor.kind, watcher.actor.colour, watcher.actor.count, watcher.actor.facing) == (
        "woman",
        "red",
        2,
        -1,
    )
    assert (table.props[0].kind, table.props[0].x) == ("bench", 0.7)
    assert table.beats[2].target == "juggler" and table.beats[1].start == 0.5


def test_a_user_adds_a_category(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"juggling": MINE}))
    tables = load_choreographies(path)
    assert len(tables) == 99 and isinstance(tables["juggling"], Choreography)
    taxonomy = load_taxonomy().model_dump()
    taxonomy["categories"].append(
        {"name": "juggling", "is_anomaly": False, "definition": "Juggles.", "minor_policy": "film"}
    )
    file = tmp_path / "taxonomy.json"
    file.write_text(json.dumps(taxonomy))
    mine = load_taxonomy(file)
    for category in (None, "juggling"):
        scene = read_scene("An old woman in green juggles.", category=category, taxonomy=mine, choreographies=tables)
        assert scene.category == "juggling"
        assert (scene.actors[0].kind, scene.actors[0].colour) == ("old woman", "green")
        assert [beat.verb for beat in scene.beats] == ["throw", "catch", "clap"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("roles", {"a": "unicorn at .5"}, "unicorn"),
        ("roles", {"a": "adult at .5 holding sword"}, "sword"),
        ("roles", {"scene": "adult at .5"}, "scene"),
        ("roles", {}, "empty"),
        ("roles", {"a": "adult at ."}, "unknown"),
        ("roles", {"a": "adult at 1.2.3"}, "unknown"),
        ("roles", {"a": "9" * 5_000 + " adult at .5"}, "unknown"),
        ("beats", ["juggler throw @ .-1"], "START-END"),
        ("beats", ["juggler throw to . @ 0-1"], "known"),
        ("props", {"p": "car at .5"}, "car"),
        ("props", {"p": "bench at .5 holding bag"}, "holds"),
        ("places", ["moon"], "moon"),
        ("beats", ["juggler fly high @ 0-1"], "high"),
        ("beats", ["juggler twiddle @ 0-1"], "known verb"),
        ("beats", ["juggler throw @ .5-.2"], "end after"),
        ("beats", ["nobody throw @ 0-1"], "nobody"),
        ("beats", "juggler throw @ 0-1", "list"),
        ("say", ["{clown} juggles"], "clown"),
        ("say", ["{juggler.__class__} juggles"], "only {role}"),
        ("say", ["{dir:>300000000}"], "only {role}"),
        ("say", ["{juggler!r} juggles"], "only {role}"),
        ("say", ["{ juggles"], "expected '}'"),
        ("roles", {"a": "adult at 999999"}, "too far off"),
        ("roles", {"a": "adult scale 999999"}, "too large"),
        ("beats", ["juggler walk to 21 @ 0-1"], "too far off"),
        ("beats", ["juggler throw @ 0-1"] * 201, "200 at most"),
        ("props", {f"p{n}": "ball at .5" for n in range(201)}, "200 at most"),
        ("weather", "hot", "hot"),
        ("mood", "sad", "mood"),
    ],
)
def test_a_wrong_line_is_named(field: str, value: object, says: str) -> None:
    with pytest.raises(ChoreographyError, match=says) as caught:
        parse_choreography("juggling", {**MINE, field: value})
    assert "juggling" in str(caught.value) and "\n" not in str(caught.value)


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ChoreographyError, match=r"none\.json"):
        load_choreographies(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{nope")
    with pytest.raises(ChoreographyError, match=r"bad\.json"):
        load_choreographies(tmp_path / "bad.json")


@pytest.mark.parametrize(
    ("caption", "props", "holding"),
    [
        ("During the day, an orange boat capsizes and sinks near a woman in white swimming in the sea.", [], []),
        ("At night, a man in yellow trespasses through a gate on a railway.", ["fence", "gate", "sign"], []),
        ("In an alley, a woman in blue stabs a man in green with a knife at night.", [], ["knife"]),
        ("At night, an old man in white pours gasoline over a black truck and lights it in a street.", [], ["bottle"]),
    ],
)
def test_in_its_own_sentence_a_choreography_brings_its_things_and_no_others(caption, props, holding):
    scene = read_scene(caption, 1)
    assert [prop.kind for prop in scene.props] == props and not scene.notes
    assert [actor.holds for actor in scene.actors if actor.holds] == holding
