"""Up and down: fences and walls, jumps over, onto and off things, a fall off what one stands or rides on; who hides.

Reads an Event and the draft; gives Beats and keeps where everybody stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.animals import ANIMALS as FORMS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, SHORES, VEHICLES, Beat, medium

from ..actions.draft import GROUND, SHORE, Event, SceneDraft
from ..actions.movement import approach
from ..actions.supports import top_of

_BUILDINGS: Final = ("building", "house", "house roof", "barn", "tower", "castle")
_ON_LEGS: Final = ("table", "office desk", "school desk", "bed", "bench", "counter", "coffee table", "round table",
                   "picnic table", "workbench", "piano", "hospital bed", "chair")  # fmt: skip
_LOW: Final = 0.4  # the height of a thing on which an animal is seen whole
_BEDS: Final = ("bed", "hospital bed", "bunk bed", "hammock", "sofa")
_BEHIND: Final = 0.76  # the ground line of what stands behind who passes


def along_the_top(draft: SceneDraft, e: Event) -> list[Beat]:
    """A cat on a wall."""
    assert e.passed is not None
    sign, x = e.direction or 1, draft.x[e.passed]
    draft.place(e.who, x=x - 0.11 * sign, y=top_of(draft.kind(e.passed)), facing=sign)
    return [Beat("walk", e.who, None, e.start, e.end, draft.move(e.who, x + 0.11 * sign))]


def along_the_side(draft: SceneDraft, e: Event) -> list[Beat]:
    """Horses before a fence that is as long as their way."""
    assert e.passed is not None
    sign, fence = e.direction or 1, draft.props[e.passed]
    step = max(0.1, 0.96 * draft.width(e.passed))
    draft.start_prop(e.passed, x=0.5, y=_BEHIND)
    for n in range(1, 1 + int(0.5 / step + 0.5)):
        for side in (-1, 1):
            more = f"{e.passed}_{'left' if side < 0 else 'right'}{n}"
            draft.put(replace(fence, id=more, x=round(0.5 + side * n * step, 4), y=_BEHIND))
    behind = 0.2 * (draft.actors[e.who].count - 1) * sign  # who come after the first
    draft.place(e.who, x=0.5 - 0.3 * sign + 0.6 * behind, y=GROUND + 0.03, facing=sign)
    return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.3 * sign + 0.4 * behind))]


def over(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up one side of a fence or wall and down the other."""
    assert e.target is not None
    side = 1 if draft.x[e.who] <= draft.x[e.target] else -1
    one, two, three = (e.start + share * (e.end - e.start) for share in (0.25, 0.6, 1.0))
    near = approach(draft, e.who, e.target, e.start, one, "climb")
    up = Beat("climb", e.who, e.target, one, two)
    return [*near, up, Beat("jump", e.who, None, two, three, draft.move(e.who, draft.x[e.target] + 0.18 * side))]


def jump(draft: SceneDraft, e: Event) -> list[Beat]:
    """Over a thing to its other side, or from one onto another; who follows comes from the same side."""
    assert e.target is not None
    ahead = next((a for a in draft.actors.values() if a.id in draft.moved and a.id != e.who), None)
    if "follow" in e.words and ahead is not None:
        draft.place(e.who, x=min(0.92, max(0.08, ahead.x - 0.14 * ahead.facing)), facing=ahead.facing)
    side = 1 if draft.x[e.who] <= draft.x[e.target] else -1
    if e.source in draft.props:
        draft.start_prop(e.source, x=0.3)
        draft.start_prop(e.target, x=0.66)
        draft.place(e.who, x=draft.x[e.source], y=top_of(draft.kind(e.source)), facing=1)
        return [Beat("jump", e.who, e.target, e.start, e.end, draft.move(e.who, draft.x[e.target]))]
    if e.preposition in ("on", "onto", "in", "into"):
        if draft.kind(e.who) in ANIMALS and draft.height(e.target) > _LOW:
            draft.lower_to(e.target, _LOW)
            draft.actors[e.who] = replace(draft.actors[e.who], scale=min(0.6, draft.actors[e.who].scale))
        if e.who in draft.actors and draft.actors[e.who].count > 1:
            draft.find_room(e.who, draft.width(e.target) or 0.62 * draft.actor_width(e.target))
        draft.place(e.who, x=draft.x[e.target] - 0.3 * side, facing=side)
        return [Beat("jump", e.who, e.target, e.start, e.end, draft.move(e.who, draft.x[e.target]))]
    own = 0.2 * FORMS[draft.kind(e.who)].width if draft.kind(e.who) in ANIMALS else 0.0
    far = max(0.22, draft.width(e.target) / 2 + max(0.14, 0.09 + own))
    if e.who not in draft.moved:  # room to land
        draft.start_prop(e.target, x=min(0.95 - far, max(0.05 + far, draft.x[e.target])))
    draft.place(e.who, x=draft.x[e.target] - far * side, facing=side)
    return [Beat("jump", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.target] + far * side))]


def off_the_top(draft: SceneDraft, e: Event) -> list[Beat]:
    """From up there to the ground or into the water: off a board, a wall."""
    assert e.source is not None
    sign = e.direction or (1 if draft.x[e.source] <= 0.6 else -1)
    x = draft.x[e.source] + min(0.12, max(0.02, 0.3 * draft.width(e.source))) * sign
    draft.place(e.who, x=x, y=max(0.3, top_of(draft.kind(e.source))), facing=sign)
    return [Beat(e.verb, e.who, None, e.start, e.end, draft.move(e.who, x + 0.25 * sign))]


def out_of_the_top(draft: SceneDraft, e: Event) -> list[Beat]:
    """The upper half looks out of a box or bin at first; a jump, and it stands beside."""
    assert e.source is not None
    sign = e.direction or (1 if draft.x[e.source] <= 0.6 else -1)
    draft.start_prop(e.source, x=draft.x[e.source] - (0.12 * sign if e.verb == "crawl" else 0.0))
    x = draft.x[e.source]
    wide = draft.kind(e.who) in ANIMALS and draft.width(e.source) < 0.16
    if wide:
        draft.props[e.source] = replace(draft.props[e.source], scale=0.16 / draft.width(e.source))
    y = draft.props[e.source].y - max(0.06, 0.5 * draft.height(e.source))
    draft.place(e.who, x=x, y=y, facing=sign)
    middle = e.start + 0.3 * (e.end - e.start)
    wait = Beat("look", e.who, None, e.start, middle)
    last, to = (e.start + 0.75 * (e.end - e.start), x + 0.22 * sign) if e.verb == "crawl" else (e.end, x + 0.26 * sign)
    out = [wait, Beat("jump", e.who, None, middle, last, draft.move(e.who, to))]
    return [*out, Beat("crawl", e.who, None, last, e.end, draft.move(e.who, to + 0.1 * sign))] if last < e.end else out


def up_and_down(draft: SceneDraft, e: Event) -> list[Beat]:
    """Again and again on a bed or a trampoline."""
    assert e.target is not None
    x = draft.x[e.target]
    if top_of(draft.kind(e.target)) < 0.5:  # on the upper bunk, and still in the picture
        draft.actors[e.who] = replace(draft.actors[e.who], scale=0.5 * draft.actors[e.who].scale)
    draft.place(e.who, x=x, y=top_of(draft.kind(e.target)) - 0.02)
    step = (e.end - e.start) / 3
    draft.moved.add(e.who)
    return [Beat("jump", e.who, e.target, e.start + n * step, e.start + (n + 1) * step, x) for n in range(3)]


def in_by_window(draft: SceneDraft, e: Event) -> list[Beat]:
    """In the frame of the window first, then down into the room."""
    assert e.target is not None
    x = draft.x[e.target]
    sign = e.direction or (1 if x <= 0.5 else -1)
    middle = e.start + 0.45 * (e.end - e.start)
    draft.place(e.who, x=x, y=draft.y(e.target) + 0.01, facing=sign)
    crouch = Beat("kneel", e.who, None, e.start, middle)
    return [crouch, Beat("jump", e.who, None, middle, e.end, draft.move(e.who, x + 0.16 * sign))]


def fall_off(draft: SceneDraft, e: Event) -> list[Beat]:
    """Off what it stands, sits or rides on, to the ground."""
    assert e.source is not None
    source, x = draft.kind(e.source), draft.x[e.source]
    if source == "stairs":  # from the upper end to their foot
        draft.start_prop(e.source, x=0.56)
        draft.place(e.who, x=draft.x[e.source] + 0.13, y=top_of(source), facing=-1)
        return [Beat("plunge", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.source] - 0.24))]
    end = draft.move(e.who, x + 0.16)
    middle = e.start + 0.4 * (e.end - e.start)
    if source in VEHICLES + ANIMALS:
        draft.actors[e.who] = replace(draft.actors[e.who], x=x)
        draft.place(e.source, x=x)
        ride = Beat("ride", e.who, e.source, e.start, middle, draft.move(e.source, x + 0.12))
        return [ride, Beat("plunge", e.who, None, middle, e.end, x + 0.28)]
    y = max(0.3, top_of(source))
    if source in _BUILDINGS:  # from the edge of the roof, both small enough for the picture
        draft.shrink(e.who, e.source)
        x, y = x + draft.width(e.source) / 2 - 0.02, GROUND - draft.height(e.source) + 0.01
        end = draft.move(e.who, min(0.94, x + 0.12))
    draft.actors[e.who] = replace(draft.actors[e.who], x=x, y=y)
    return [Beat("plunge", e.who, None, e.start, e.end, end)]


def fall(draft: SceneDraft, e: Event) -> list[Beat] | Event | None:
    """Into the water, down the steps, out of bed; on the spot where a caption names nothing to fall from."""
    sign = e.direction or 1
    if e.ground is not None and e.ground[0] == "into" and e.ground[1] in (*SHORES, *SHORES.values()):
        boat = next((a.id for a in draft.actors.values() if medium(a.kind) == "water"), None)
        if boat is not None and 0.05 < draft.x[boat] < 0.95:  # over board
            draft.place(e.who, x=draft.x[boat], y=draft.y(boat))
            aboard = Beat("ride", e.who, boat, 0.0, 0.01)
            return [
                aboard,
                Beat("fall in", e.who, None, e.start, e.end, draft.move(e.who, draft.x[boat] + 0.26 * sign)),
            ]
        draft.place(e.who, x=0.5 - 0.16 * sign, y=SHORE, facing=sign)
        return [Beat("fall in", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.1 * sign))]
    if draft.setting == "stairwell" and e.source is None and e.target is None:
        draft.place(e.who, x=0.7, y=0.6, facing=-1)
        return [Beat("plunge", e.who, None, e.start, e.end, draft.move(e.who, 0.4))]
    if e.source in draft.props and draft.kind(e.source or "") in _BEDS:
        middle = e.start + 0.4 * (e.end - e.start)
        draft.place(e.who, x=draft.x[e.source or ""], facing=1)
        lying = Beat("lie", e.who, e.source, e.start, middle)
        return [lying, Beat("plunge", e.who, None, middle, e.end, draft.move(e.who, draft.x[e.who] + 0.24))]
    loose = e.source is None and e.target is None and e.goal is None and e.ground is None
    return replace(e, verb="fall") if e.verb == "plunge" and loose else None


def _crawl_under(draft: SceneDraft, e: Event) -> list[Beat]:
    """On all fours from beside a table to under it, and stays there."""
    assert e.target is not None
    side = 1 if draft.x[e.who] <= draft.x[e.target] else -1
    if e.who not in draft.moved:
        draft.start_prop(e.target, x=0.5 + 0.1 * side)
        draft.place(e.who, x=draft.x[e.target] - 0.36 * side, y=GROUND - 0.006, facing=side)
    draft.props[e.target] = replace(draft.props[e.target], y=GROUND + 0.02)
    middle = e.start + 0.6 * (e.end - e.start)
    x = draft.move(e.who, draft.x[e.target])
    return [Beat("crawl", e.who, None, e.start, middle, x), Beat("crawl", e.who, None, middle, e.end, x)]


def hide_there(draft: SceneDraft, e: Event) -> list[Beat]:
    """Down on one's knees under a table, or behind what stands there."""
    assert e.target is not None
    under = e.preposition in ("under", "below", "beneath", "underneath") or "under" in e.words
    if under and draft.kind(e.who) in PEOPLE and draft.kind(e.target) in _ON_LEGS:
        return _crawl_under(draft, e)
    middle = e.start + 0.45 * (e.end - e.start)
    if (
        draft.kind(e.target) in ("bush", "box hedge", "haystack", "window curtains", "curtain")
        and draft.kind(e.who) in ANIMALS
    ):
        side = 1 if draft.x[e.who] <= draft.x[e.target] else -1  # half in it
        if e.who not in draft.moved:
            draft.place(e.who, y=draft.y(e.target) - 0.012)
        draft.actors[e.who] = replace(draft.actors[e.who], y=draft.y(e.target) - 0.012)
        way = Beat(
            "sneak",
            e.who,
            None,
            e.start,
            middle,
            draft.move(e.who, draft.x[e.target] - 0.3 * side * draft.width(e.target)),
        )
        return [way, Beat("lie", e.who, None, middle, e.end)]
    if e.who not in draft.moved:
        draft.place(e.who, x=draft.x[e.who], y=draft.y(e.target) + (0.01 if draft.kind(e.who) in ANIMALS else -0.02))
    way = Beat("sneak", e.who, None, e.start, middle, draft.move(e.who, draft.x[e.target]))
    return [way, Beat("lie" if draft.kind(e.who) in ANIMALS else "kneel", e.who, None, middle, e.end)]
