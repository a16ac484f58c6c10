"""fidelity looks at the simulated scene: where movements begin and end, who covers whom, what nobody named."""

from __future__ import annotations

import pytest

from svta.generation.storyboard import Actor, Beat, Prop, Scene, fidelity

CAT, BALL = Actor("c", "cat", x=0.2), Prop("b", "ball", x=0.2)
BOX, SHELF, WALL = Prop("o", "box", x=0.6), Prop("s", "open shelf", x=0.7), Prop("w", "wall", x=0.6)
TRUCK = Actor("t", "truck", x=0.5, y=0.72)


def missing(caption: str, *things: Actor | Prop, beats: tuple[Beat, ...] = (), place: str = "yard") -> list[str]:
    actors = tuple(thing for thing in things if isinstance(thing, Actor))
    props = tuple(thing for thing in things if isinstance(thing, Prop))
    scene = Scene("", place=place, actors=actors, props=props, beats=beats)
    return sorted({f"{i.kind} {i.text}" for i in fidelity(caption, scene).items if not i.drawn})


@pytest.mark.parametrize(
    ("caption", "things", "beat", "wrong"),
    [
        ("A cat jumps onto a box.", (CAT, BOX), Beat("jump", "c", "o", 0, 1, 0.6), []),
        ("A cat jumps onto a box.", (CAT, BOX), Beat("jump", "c", None, 0, 1, 0.4), ["relation onto box"]),
        ("A cat jumps over a box.", (CAT, BOX), Beat("jump", "c", None, 0, 1, 0.85), []),
        ("A cat jumps over a box.", (CAT, BOX), Beat("jump", "c", None, 0, 1, 0.55), ["relation over box"]),
        ("A cat walks past a wall.", (CAT, WALL), Beat("walk", "c", None, 0, 1, 0.9), []),
        ("A cat walks past a wall.", (CAT, WALL), Beat("walk", "c", None, 0, 1, 0.62), ["relation past wall"]),
        ("A ball rolls under a truck.", (BALL, TRUCK), Beat("roll", "b", None, 0, 1, 0.9), ["relation under truck"]),
        ("A box falls off a shelf.", (Prop("o", "box", x=0.7, y=0.35), SHELF), Beat("plunge", "o"), []),
        ("A box falls off a shelf.", (Prop("o", "box", x=0.4, y=0.35), SHELF), Beat("plunge", "o"),
         ["relation off shelf"]),
    ],
)  # fmt: skip
def test_where_movements_begin_pass_and_end(
    caption: str, things: tuple[Actor | Prop, ...], beat: Beat, wrong: list[str]
) -> None:
    assert missing(caption, *things, beats=(beat,)) == wrong
