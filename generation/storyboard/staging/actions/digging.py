"""Work on the ground: a hole that is dug and grows, a lawn mower that is pushed, a barrel that is rolled along.

Reads an Event and the SceneDraft; gives Beats.
"""

from __future__ import annotations

from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat, Prop

from .draft import GROUND, Event, SceneDraft


def dig(draft: SceneDraft, e: Event) -> list[Beat]:
    """Beside it, while it grows."""
    assert e.target is not None
    x = draft.x[e.target]
    side = -1 if draft.x[e.who] <= x else 1
    half = draft.width(e.target) / 2 + (0.2 if draft.kind(e.who) in VEHICLES else 0.08)
    if e.who not in draft.moved:
        draft.place(e.who, x=min(0.9, max(0.1, x + side * half)), facing=-side)
    grows = Beat("grow", e.target, None, e.start, e.end)
    if draft.kind(e.who) in VEHICLES:
        return [Beat("work", e.who, None, e.start, e.end), grows]
    return [Beat("dig" if draft.kind(e.who) in PEOPLE else "scratch", e.who, None, e.start, e.end), grows]


def mow(draft: SceneDraft, e: Event) -> list[Beat]:
    """Behind a lawn mower, across the grass."""
    mower = next((id_ for id_, prop in draft.props.items() if prop.kind == "lawn mower"), None)
    sign = e.direction or 1
    if mower is None:
        mower = "mower"
        draft.put(Prop(mower, "lawn mower", None, 0.5 - 0.22 * sign, GROUND))
    draft.start_prop(mower, x=0.5 - 0.22 * sign)
    draft.place(e.who, x=0.5 - 0.36 * sign, facing=sign)
    to = draft.move(e.who, 0.5 + 0.26 * sign)
    draft.move(mower, to + 0.14 * sign)
    return [Beat("push", e.who, mower, e.start, e.end, to)]


def roll_before(draft: SceneDraft, e: Event) -> list[Beat]:
    """Pushed along, and it turns over and over."""
    assert e.target is not None
    sign = e.direction or 1
    gap = draft.width(e.target) / 2 + 0.07
    if e.who not in draft.moved:
        draft.place(e.who, x=0.5 - 0.34 * sign, facing=sign)
    draft.start_prop(e.target, x=draft.x[e.who] + gap * sign)
    far = 0.4 * sign
    roll = Beat("roll", e.target, None, e.start, e.end, draft.move(e.target, draft.x[e.target] + far))
    return [Beat("push", e.who, None, e.start, e.end), Beat("walk", e.who, None, e.start, e.end,
                                                          draft.move(e.who, draft.x[e.who] + far)), roll]  # fmt: skip
