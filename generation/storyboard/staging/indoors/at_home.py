"""What people do at home: crack eggs into a bowl, change a light bulb on a stepladder, open a present, iron before the
television, throw a paper plane out of the window, push a wheelchair into the lift.

Reads an Event and the SceneDraft; gives Beats, or None where the event is of another kind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, Beat, Prop

from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import in_hand, light
from ..actions.supports import put_on, table_for, top_of

_VESSELS: Final = ("bowl", "glass bowl", "mixing bowl", "frying pan", "saucepan", "pot", "cup", "jug", "plate")
_PANS: Final = ("frying pan", "saucepan", "pot")
_STEPS: Final = ("ladder step", "ladder", "chair", "stool")
_MENDING: Final = ("repair", "screw", "tighten", "change bulb", "grab", "put", "take off")
_PLAYED: Final = ("strum", "fiddle", "blow trumpet", "play wind", "play")
_WOOD: Final = ("plank", "wood block", "log", "board", "beam", "cutting board")
_LOW: Final = 0.34  # the height of what is opened on a table, heights of a person
_SHELL: Final = 0.02  # of the frame, from one egg to the next


def at_home(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The beats of one of these events; None for all others."""
    if draft.kind(e.who) not in PEOPLE or e.who in draft.moved or draft.actors[e.who].count > 1:
        return None
    for rule in (
        _crack_eggs,
        _change_bulb,
        _open_small,
        _out_of_the_window,
        _iron,
        _play_seated,
        _push_inside,
        _hammer_in,
    ):
        if (beats := rule(draft, e)) is not None:
            return beats
    return None


def _crack_eggs(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """One egg after the other over a bowl on the table or a pan on the stove, into which it falls."""
    bowl = next((id_ for id_ in (e.goal, e.near, e.passed) if draft.kind(id_ or "") in _VESSELS), None)
    if draft.kind(e.target or "") != "egg" or e.target is None or e.target in draft.moved:
        return None
    if bowl is None and e.verb in ("split", "crack") and e.goal is None and draft.setting == "kitchen":
        bowl = "egg_bowl"
        draft.put(Prop(bowl, "bowl", None, 0.56, GROUND))
    if bowl is None or e.verb not in ("split", "smash", "crack", "put", "drop"):
        return None
    _on_a_worktop(draft, bowl)
    x = draft.x[bowl]
    draft.place(e.who, x=x - 0.11, facing=1)
    eggs = [e.target, *draft.clones.get(e.target, ())][:4]
    share, beats = (e.end - e.start) / len(eggs), list[Beat]()
    top = draft.y(bowl)
    fried = draft.kind(bowl) == "frying pan"
    for n, egg in enumerate(eggs):
        at = e.start + n * share
        draft.start_prop(egg, x=x - 0.05 + _SHELL * n, y=top)
        if n == 0:
            in_hand(draft, e.who, egg)
            draft.moved.add(egg)
        else:
            beats.append(Beat("grab", e.who, egg, at, at + 0.25 * share))
        broken, fallen = at + (0.25 if n else 0.1) * share, at + 0.6 * share
        beats += [Beat("split", e.who, egg, broken, fallen), Beat("split", egg, bowl, broken, fallen)]
        inside = f"yolk{n}"
        kind = "fried egg" if fried else "yolk"
        draft.put(Prop(inside, "yolk", None, x, top - 0.13))
        draft.put(
            Prop(f"{inside}_in", kind, None, x + 0.02 * (n - (len(eggs) - 1) / 2), top - 0.01, 0.8 if fried else 1.0)
        )
        beats += [Beat("appear", inside, None, broken + 0.4 * share * 0.5, broken + 0.4 * share * 0.5 + 0.01),
                  Beat("plunge", inside, bowl, broken + 0.2 * share, fallen + 0.1 * share),
                  Beat("vanish", inside, None, fallen + 0.1 * share, fallen + 0.1 * share + 0.01),
                  Beat("appear", f"{inside}_in", None, fallen + 0.1 * share, fallen + 0.1 * share + 0.01)]  # fmt: skip
    draft.moved.add(bowl)
    return beats


def _on_a_worktop(draft: SceneDraft, vessel: str) -> None:
    """A pan on the stove, all else on a table, in the middle of the picture."""
    stove = next((id_ for id_, prop in draft.props.items() if prop.kind == "stove"), None)
    if draft.kind(vessel) in _PANS and stove is None:
        stove = "stove"
        draft.put(Prop(stove, "stove", None, 0.5, GROUND))
    if draft.kind(vessel) in _PANS and stove is not None:
        draft.start_prop(stove, x=0.5)
        put_on(draft, vessel, stove)
        return
    draft.start_prop(vessel, x=0.5)
    table = table_for(draft, vessel)
    draft.start_prop(table, x=0.55)
    draft.start_prop(vessel, x=0.5)


def _change_bulb(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up on a stepladder, with both hands at the bulb that hangs from the ceiling."""
    bulb = e.target
    if bulb is None or draft.kind(bulb) != "light bulb" or e.verb not in _MENDING or e.goal in draft.actors:
        return None
    ladder = next((id_ for id_, prop in draft.props.items() if prop.kind in _STEPS), None)
    if ladder is None:
        ladder = "stepladder"
        draft.put(Prop(ladder, "ladder step", None, 0.5, GROUND))
    draft.start_prop(ladder, x=0.5)
    y = max(0.56, top_of(draft.kind(ladder)))
    draft.actors[e.who] = replace(draft.actors[e.who], scale=min(0.8, draft.actors[e.who].scale))
    draft.place(e.who, x=0.5, y=y, facing=1)
    draft.props[bulb] = replace(draft.props[bulb], kind="hanging bulb", x=0.545, y=0.16)
    draft.x[bulb] = 0.545
    draft.moved |= {bulb, e.who}
    return [Beat("change bulb", e.who, bulb, e.start, e.end)]


def _open_small(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A present, a tin of paint: it lies on a table, and its lid comes off there."""
    thing = e.target
    if (
        e.verb not in ("open", "open bottle")
        or thing not in draft.props
        or thing is None
        or thing in draft.moved
        or not light(draft.kind(thing))
    ):
        return None
    entry = objects().get(draft.kind(thing), {})
    if (
        "opened" not in entry
        or entry["height"] > _LOW
        or draft.props[thing].scale > 1.1
        or draft.y(thing) < GROUND - 0.05
    ):
        return None
    table = table_for(draft, thing)
    draft.start_prop(table, x=0.56)
    draft.start_prop(thing, x=0.53)
    draft.place(e.who, x=0.42, facing=1)
    begun = e.start + 0.2 * (e.end - e.start)
    return [Beat("open", e.who, thing, begun, e.end)]


def _out_of_the_window(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """From within a room: it flies to the window, and is seen outside of it, small and on its way down."""
    window = next((id_ for id_ in (e.source, e.goal, e.passed) if draft.kind(id_ or "") == "window"), None)
    thing = e.target
    out = "out" in (*e.words, e.preposition, e.way) or window == e.source
    if (
        e.verb not in ("throw", "drop", "toss")
        or window is None
        or thing not in draft.props
        or thing is None
        or not out
    ):
        return None
    if not light(draft.kind(thing)) or thing in draft.moved or "house_wall" in draft.x:
        return None
    in_hand(draft, e.who, thing)
    draft.place(e.who, x=0.3, facing=1)
    draft.start_prop(window, x=0.72)
    middle, late = (e.start + share * (e.end - e.start) for share in (0.62, 0.8))
    outside = replace(draft.props[thing], id=f"{thing}_outside", x=draft.x[window], y=GROUND, scale=0.8)
    draft.put(outside)
    draft.moved |= {outside.id, window}
    fly = Beat("throw", e.who, thing, e.start, late, draft.move(thing, draft.x[window]))
    return [fly, Beat("enter", thing, window, middle, middle + 0.01),
            Beat("appear", outside.id, None, middle, middle + 0.01),
            Beat("recede", outside.id, window, middle, e.end)]  # fmt: skip


def _iron(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """In front of the television, which stands behind the board and is seen beside it."""
    there = next(
        (id_ for id_ in (e.target, e.near, e.behind) if draft.kind(id_ or "") in ("television", "window")), None
    )
    if e.verb != "iron" or there is None or any(prop.kind == "ironing board" for prop in draft.props.values()):
        return None
    draft.props[there] = replace(draft.props[there], x=0.66, y=GROUND - 0.05)
    draft.x[there] = 0.66
    draft.place(e.who, x=0.34, y=GROUND, facing=1)
    draft.put(Prop("ironing_board", "ironing board", None, 0.5, GROUND))
    draft.put(Prop("ironed", "laid shirt", None, 0.5, top_of("ironing board")))
    return [Beat("iron", e.who, "ironed", e.start, e.end)]


def _play_seated(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """On a sofa with the guitar in the arms, and no second one beside it."""
    if e.verb not in _PLAYED or e.target not in draft.props or e.target is None or e.who not in draft.resting:
        return None
    draft.take_up(e.who, e.target)
    return [Beat(e.verb, e.who, None, e.start, e.end)]


def _push_inside(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A wheelchair into a lift, a box into a house: through the door what is pushed, then who does it."""
    door, load = e.goal, e.target
    hollow = draft.kind(door or "") in ("elevator", "house", "garage", "barn", "hut", "garden shed")
    if not hollow or door is None or load is None or e.way not in ("into", "inside") or load in draft.moved:
        return None
    heavy = e.verb in ("push", "pull", "carry", "roll", "drag") and not (
        load in draft.props and light(draft.kind(load))
    )
    if e.verb not in ("push", "pull", "carry", "roll", "drag"):
        return None
    draft.start_prop(door, x=0.72)
    if draft.kind(load) in ANIMALS or (heavy and e.verb not in ("push", "roll")):
        return None
    opens = [Beat("open", door, None, e.start, e.start + 0.3)] if draft.kind(door) == "elevator" else []
    one, two, three = (e.start + share * (e.end - e.start) for share in (0.5, 0.72, 1.0))
    x = draft.x[door]
    if not heavy:
        in_hand(draft, e.who, load)
        draft.place(e.who, x=0.24, facing=1)
        draft.moved |= {load, e.who}
        held = Beat("grab", e.who, load, e.start, e.start + 0.01)
        way = Beat("walk", e.who, None, e.start + 0.01, two, draft.move(e.who, x - 0.03))
        return [*opens, held, way, Beat("enter", e.who, door, two, three, None)]
    gap = max(0.12, draft.width(load) / 2 + 0.09)
    for id_, at in ((load, 0.3), (e.who, 0.3 - gap)):
        draft.start_prop(id_, x=at)
        draft.place(id_, x=at, facing=1)
    way = Beat("push", e.who, load, e.start, one, draft.move(e.who, x - gap - 0.02))
    draft.move(load, x - 0.02)
    return [*opens, way, Beat("enter", load, door, one, two), Beat("enter", e.who, door, two, three)]


def _hammer_in(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A nail into a plank, which lies on the bench under it."""
    wood = next((id_ for id_ in (e.goal, e.near, e.passed) if draft.kind(id_ or "") in _WOOD), None)
    if e.verb not in ("hammer", "screw", "drill") or wood is None or draft.kind(e.target or "") != "nail":
        return None
    assert e.target is not None
    bench = next((id_ for id_, prop in draft.props.items() if prop.kind in ("workbench", "table")), "workbench")
    if bench not in draft.props:
        draft.put(Prop(bench, "workbench", None, 0.58, GROUND))
    draft.start_prop(bench, x=0.58)
    put_on(draft, wood, bench)
    draft.start_prop(e.target, x=draft.x[wood] - 0.04, y=draft.y(wood) - 0.6 * draft.height(wood))
    draft.place(e.who, x=draft.x[e.target] - 0.13, facing=1)
    return [Beat(e.verb, e.who, e.target, e.start, e.end)]
