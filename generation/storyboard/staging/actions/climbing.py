"""Up and down: stairs, fences and walls, jumps over, onto and off things, a fall off what one stands or rides on.

Reads an Event and the draft; gives Beats and keeps where everybody stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.animals import ANIMALS as FORMS
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, SHORES, VEHICLES, Beat, Prop, medium

from .draft import GROUND, SHORE, Event, SceneDraft
from .equipment import light
from .movement import approach
from .supports import top_of

_BUILDINGS: Final = ("building", "house", "house roof", "barn", "tower", "castle")
_ON_LEGS: Final = ("table", "office desk", "school desk", "bed", "bench", "counter", "coffee table", "round table",
                   "picnic table", "workbench", "piano", "hospital bed", "chair")  # fmt: skip
_LOW: Final = 0.4  # the height of a thing on which an animal is seen whole
_BEDS: Final = ("bed", "hospital bed", "bunk bed", "hammock", "sofa")
_BEHIND: Final = 0.76  # the ground line of what stands behind who passes
_SLOPES: Final = {"slide": 1.3, "ramp": 1.5, "escalator": 1.0, "stairs": 1.0}  # and how large they are drawn
_ON_SLOPES: Final = {"walk", "run", "roll", "drive", "ride", "enter", "stand", "slide down", "push", "leave", "flee",
                     "crawl", "climb", "skate", "skid", "stop", "rise", "land"}  # fmt: skip

_LOADED: Final = ("push", "pull", "drag", "carry", "lift", "roll")


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


def stairs_of(draft: SceneDraft, e: Event) -> str | None:
    """The stairs that somebody goes up or down."""
    named = next((id_ for id_ in (e.target, e.passed, e.goal) if id_ and draft.kind(id_) == "stairs"), None)
    if named is None and e.target is None and e.words & {"up", "down", "upstairs", "downstairs"}:
        return next((id_ for id_, thing in draft.props.items() if thing.kind == "stairs"), None)
    return named


def on_stairs(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up or down the steps; they rise to the right."""
    stairs = stairs_of(draft, e)
    assert stairs is not None
    if draft.actors[e.who].holds is not None and e.who not in draft.moved:
        draft.start_prop(stairs, x=0.56)
    x, down = draft.x[stairs], e.preposition == "down" or "down" in e.words
    foot, head = x - 0.19, x + 0.14
    if e.who not in draft.moved:
        small = min(0.84, draft.actors[e.who].scale)  # with the head in the picture up there
        draft.actors[e.who] = replace(draft.actors[e.who], scale=small)
        if down:
            draft.place(e.who, x=head, y=top_of("stairs"), facing=-1)
        else:
            draft.place(e.who, x=foot, facing=1)
    verb = "run" if e.verb == "run" else "walk"
    return [Beat(verb, e.who, stairs, e.start, e.end, draft.move(e.who, foot if down else head))]


def on_a_ramp(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up or down a ramp, an escalator or (things) the stairs, which rise to the right; None for all others."""
    slope = next((id_ for id_ in (e.target, e.passed, e.goal) if id_ and draft.kind(id_) in _SLOPES), None)
    thing = e.who in draft.props
    if slope is None or e.verb not in _ON_SLOPES or e.who in draft.moved:
        return None
    rides = draft.kind(slope) == "escalator" and (
        e.verb in ("ride", "enter", "stand", "drive") and not e.words & {"walk", "run"}
    )
    down = e.preposition == "down" or bool(e.words & {"down", "off"})
    if draft.kind(slope) == "stairs" and not (thing and down):
        return None
    if not rides and not down and "up" not in (*e.words, e.preposition):
        return None
    draft.start_prop(slope, x=0.5, y=GROUND + 0.02)
    draft.props[slope] = replace(draft.props[slope], scale=_SLOPES[draft.kind(slope)])
    mount = next((a.id for a in draft.actors.values() if a.id != e.who and a.kind in RIDDEN and
                  draft.kind(e.who) in PEOPLE), None)  # fmt: skip
    board = next((p.id for p in draft.props.values() if p.kind == "skateboard" and draft.kind(e.who) in PEOPLE), None)
    mount = mount or board
    mover, half = mount or e.who, 0.5 * draft.width(slope)
    for id_ in {mover, e.who} & draft.actors.keys():
        small = 0.6 if draft.kind(slope) == "escalator" else 0.8
        draft.actors[id_] = replace(draft.actors[id_], scale=min(small, draft.actors[id_].scale))
    behind = 0.17 * sum(e.who in clones[:n] for clones in draft.clones.values() for n in range(1, len(clones) + 1))
    foot, head = 0.5 - half - 0.1 + behind, 0.5 + 0.82 * half
    if draft.clones:  # one behind the other
        head -= 0.17 - behind
    if rides and not down and e.verb == "stand":
        foot = 0.5 - 0.4 * half
    for id_ in {mover, e.who}:
        draft.place(id_, x=head if down else foot, facing=-1 if down else 1)
        draft.start_prop(id_, x=head if down else foot)
    verb = ("glide " if rides else "") + ("down" if down else "up") + ("" if rides else "hill")
    if thing and down and draft.kind(e.source or "") == "door" and e.source is not None:
        return _out_of_the_door(draft, e, slope, foot)
    way = Beat(verb, mover, slope, e.start, e.end, draft.move(mover, foot if down else head))
    return [Beat("ride", e.who, mount, e.start, e.end), way] if mount else [way]


def _out_of_the_door(draft: SceneDraft, e: Event, slope: str, foot: float) -> list[Beat]:
    """Down the steps and through the open door beside them, where it is gone."""
    assert e.source is not None
    draft.start_prop(slope, x=0.62)
    draft.start_prop(e.source, x=0.14)
    draft.start_prop(e.who, x=0.62 + 0.4 * draft.width(slope))
    one, two = (e.start + share * (e.end - e.start) for share in (0.6, 0.9))
    down = Beat("downhill", e.who, slope, e.start, one, draft.move(e.who, foot + 0.12))
    out = Beat("roll", e.who, None, one, two, draft.move(e.who, 0.14))
    return [Beat("open", e.source, None, 0.0, 0.01), down, out, Beat("vanish", e.who, None, two, e.end)]


def with_a_load_on_a_slope(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Carries, pushes or pulls something up or down a ramp or stairs; None for all others."""
    slope, load = e.goal, e.target
    if e.way not in ("up", "down") or slope is None or draft.kind(slope) not in _SLOPES or load is None:
        return None
    if e.verb not in _LOADED or draft.kind(e.who) not in PEOPLE or e.who in draft.moved or load in draft.moved:
        return None
    walk = replace(e, verb="walk", target=slope, preposition=e.way, goal=None)
    if e.verb == "carry" and draft.clones.get(load) and draft.kind(slope) == "stairs":
        return None  # one in each hand
    if load in draft.props and (light(draft.kind(load)) or draft.kind(load) == "ladder") and e.verb != "push":
        draft.take_up(e.who, load)
        draft.start_prop(slope, x=0.56)
        draft.actors[e.who] = replace(draft.actors[e.who], scale=min(0.85, draft.actors[e.who].scale))
        return on_a_ramp(draft, walk) or on_stairs(draft, walk)
    if e.verb not in ("push", "pull", "drag") or draft.actors[e.who].count > 1:
        return None
    up = e.way == "up"
    draft.start_prop(slope, x=0.54, y=GROUND + 0.02)
    draft.props[slope] = replace(draft.props[slope], scale=1.5)
    half, sign = 0.5 * draft.width(slope), 1 if up else -1
    first = 0.54 - (half + 0.06) if up else 0.54 + 0.75 * half
    last = 0.54 + 0.62 * half if up else 0.54 - half - 0.12
    gap = (0.07 + draft.width(load) / 2 if load in draft.props else 0.17) * (1 if e.verb == "push" else -1) * sign
    beats = []
    for id_, x, to in ((load, first, last), (e.who, first - gap, last - gap)):
        thing = draft.props.get(id_) or draft.actors[id_]
        small = replace(thing, scale=round(0.75 * thing.scale, 3))
        if isinstance(small, Prop):
            draft.props[id_] = small
        else:
            draft.actors[id_] = small
        draft.place(id_, x=x, facing=sign)
        draft.start_prop(id_, x=x)
        beats.append(Beat("uphill" if up else "downhill", id_, slope, e.start, e.end, draft.move(id_, to)))
    arms = [Beat("press", e.who, load, e.start, e.end)] if e.verb == "push" else []
    return [*beats, *arms]


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
