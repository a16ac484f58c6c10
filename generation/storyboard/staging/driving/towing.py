"""What is pulled behind a vehicle: on a rope, on the hook of a tow truck, out of the mud; a trailer that comes loose.

Reads an Event and the SceneDraft; gives Beats, and puts vehicles where they have to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawing.vehicles import VEHICLES
from svta.generation.storyboard.scene import Beat, Prop, medium

from ..actions.draft import GROUND, Event, SceneDraft
from ..things.thing_beats import stage_thing

_COUPLED: Final = ("trailer", "caravan", "carriage", "wagon", "plough", "cart", "boat trailer", "horse trailer")
_ROPE: Final = 0.1  # of the frame's width
_BINS: Final = ("trash can", "wheelie bin", "dumpster", "garbage bin")
_LOOSE: Final = frozenset(("loose", "detach", "unhitch", "unhitched", "uncouple", "disconnect"))
_FLAT: Final = ("mud", "puddle", "pile of snow", "hole", "sand")


def half_length(kind: str) -> float:
    """Half of how long a vehicle or thing is, in its own units."""
    shape = VEHICLES.get(kind) or THINGS.get(kind)
    return shape.width / 2 if shape is not None else 0.4


def _long(draft: SceneDraft, id_: str) -> float:
    """Half of how long it is, as a share of the frame's width."""
    scale = draft.actors[id_].scale if id_ in draft.actors else draft.props[id_].scale
    return half_length(draft.kind(id_)) * PERSON * 0.6 * scale


def room_before(draft: SceneDraft, other: str) -> float:
    """Half of how long it is."""
    return max(0.14, draft.beyond(other, 1) - 1.03) if draft.kind(other) in VEHICLES else 0.14


def tow(draft: SceneDraft, e: Event) -> list[Beat]:
    """What is pulled rolls behind; what lies on it goes with it."""
    assert e.target is not None
    sign = e.direction or 1
    kind, pulled = draft.kind(e.who), draft.kind(e.target)
    load = [id_ for id_, thing in draft.props.items()
            if thing.y < GROUND - 0.02 and abs(thing.x - draft.x[e.target]) < 0.05]  # fmt: skip
    roped = e.target in draft.actors and kind != "tow truck" and pulled not in _COUPLED
    _fit_both(draft, e.who, e.target, roped)
    half = _long(draft, e.who) + _long(draft, e.target) + (_ROPE if roped else 0.0)
    lead = 0.5 + (0.05 if not roped else 0.5 * half - 0.1) * sign
    draft.place(e.who, x=lead, facing=sign)
    draft.start_prop(e.target, x=lead - half * sign)
    draft.place(e.target, x=lead - half * sign, y=draft.y(e.who), facing=sign)
    if e.source in draft.props:  # out of a ditch or the mud
        flat = draft.kind(e.source or "") in _FLAT
        draft.start_prop(e.source, x=draft.x[e.target] if flat else 0.5 - 0.3 * sign)
    for id_ in load:
        draft.start_prop(id_, x=draft.x[e.target])
    if roped:
        x = draft.x[e.who] - (_long(draft, e.who) + _ROPE / 2) * sign
        draft.put(Prop("tow_rope", "tow rope", None, round(x, 4), draft.y(e.who) + 0.001, 1.0))
        load.append("tow_rope")
    out = e.ground is not None and e.ground[0] in ("out", "from")  # of the harbour
    way, start = (0.55 if out else 0.3) * sign, e.start + (0.2 * (e.end - e.start) if e.source in draft.props else 0.0)
    beats = [Beat("drive", e.who, None, start, e.end, draft.move(e.who, draft.x[e.who] + way))]
    draft.towed[e.who] = [e.target, *load]
    for id_ in (e.target, *load):
        verb = "trail" if kind == "tow truck" and id_ == e.target and id_ in draft.actors else "drive"
        beats.append(Beat(verb, id_, None, start, e.end, draft.move(id_, draft.x[id_] + way)))
    return beats


def tow_on(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """What is pulled already goes along when its vehicle drives on; None for all others."""
    behind = draft.towed.get(e.who, ())
    if not behind or e.verb not in ("drive", "walk", "leave", "run") or e.target is not None:
        return None
    way = (draft.beyond(e.who, 1) - draft.x[e.who]) * (e.direction or draft.actors[e.who].facing)
    return [Beat("drive", id_, None, e.start, e.end, draft.move(id_, draft.x[id_] + way)) for id_ in (e.who, *behind)]


def _fit_both(draft: SceneDraft, who: str, target: str, roped: bool) -> None:
    """Both so small that they are in the picture one behind the other."""
    if target not in draft.actors or not roped:
        return
    small = min(1.0, 0.78 / (2 * (_long(draft, who) + _long(draft, target)) + _ROPE))
    for id_ in (who, target):
        draft.actors[id_] = replace(draft.actors[id_], scale=round(small * draft.actors[id_].scale, 3))


def hook_up(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The front of a car goes up on the hook of a tow truck; None for all others."""
    if draft.kind(e.who) != "tow truck" or e.target not in draft.actors or e.target is None:
        return None
    sign = e.direction or 1
    draft.place(e.who, x=0.5 + 0.2 * sign, facing=sign)
    x = draft.x[e.who] - (_long(draft, e.who) + _long(draft, e.target)) * sign
    draft.place(e.target, x=x, y=draft.y(e.who), facing=sign)
    first = e.start + 0.2 * (e.end - e.start)
    return [Beat("trail", e.target, None, first, e.end, draft.move(e.target, x))]


def come_loose(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A trailer that is left behind while the vehicle before it drives on; None for all others."""
    vehicle = next((id_ for id_ in (e.source, e.target, e.goal) if id_ in draft.actors), None)
    if (
        not e.words & _LOOSE
        or vehicle is None
        or medium(draft.kind(vehicle)) != "road"
        or {e.who, vehicle} & draft.moved
    ):
        return None
    sign = e.direction or 1
    gap = _long(draft, e.who) + _long(draft, vehicle) + 0.03
    draft.place(vehicle, x=0.5 - 0.05 * sign, y=GROUND, facing=sign)
    draft.start_prop(e.who, x=draft.x[vehicle] - gap * sign, y=GROUND)
    draft.place(e.who, x=draft.x[vehicle] - gap * sign, y=GROUND, facing=sign)
    middle = e.start + 0.3 * (e.end - e.start)
    ahead, behind = draft.x[vehicle] + 0.12 * sign, draft.x[e.who] + 0.12 * sign
    together = [
        Beat("drive", vehicle, None, e.start, middle, ahead),
        Beat("drive", e.who, None, e.start, middle, behind),
    ]
    on = Beat("speed up", vehicle, None, middle, e.end, draft.move(vehicle, draft.beyond(vehicle, sign)))
    left = Beat(
        "roll" if e.who in draft.props else "slow down",
        e.who,
        None,
        middle,
        e.end,
        draft.move(e.who, behind + 0.06 * sign),
    )
    return [*together, on, left]


def empty_bin(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Up behind a garbage truck, turned over into it, down again; None for all others."""
    if draft.kind(e.who) != "garbage truck" or draft.kind(e.target or "") not in _BINS or e.target is None:
        return None
    sign = draft.actors[e.who].facing
    draft.place(e.who, x=0.5 + 0.12 * sign, facing=sign)
    draft.start_prop(e.target, x=draft.x[e.who] - (_long(draft, e.who) + 0.04) * sign)
    draft.moved |= {e.who, e.target}
    up = e.verb in ("lift", "hoist", "load", "grab") and e.target in draft.later
    return [Beat("tip up" if up else "tip in", e.target, e.who, e.start, e.end)]


def lose_load(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Crates, or what is named, fall off the open bed of a truck that drives on; None for all others."""
    if e.target in draft.props and e.words & {"lose", "shed", "drop", "spill"} and e.words & {"load", "cargo"}:
        return _one_by_one(draft, e)
    if not e.words >= {"lose"} or not e.words & {"load", "cargo"} or e.who in draft.moved or e.target in draft.x:
        return None
    if draft.kind(e.who) in ("truck", "semi truck"):
        draft.actors[e.who] = replace(draft.actors[e.who], kind="flatbed truck")
    draft.put(Prop("load", "load", None, draft.x[e.who], GROUND))
    return stage_thing(draft, replace(e, verb="fall", who="load", target=None, source=e.who))


_BEDS: Final = {
    "pickup": (-0.44, 0.3),
    "flatbed truck": (-0.28, 0.32),
    "dump truck": (-0.3, 0.5),
    "trailer": (0.0, 0.3),
}


def _one_by_one(draft: SceneDraft, e: Event) -> list[Beat]:
    """Each of them rides on the bed, tumbles off its rear and is left on the road."""
    assert e.target is not None
    if draft.kind(e.who) in ("truck", "semi truck"):
        draft.actors[e.who] = replace(draft.actors[e.who], kind="flatbed truck")
    sign, part, kind = e.direction or 1, e.end - e.start, draft.kind(e.who)
    along, up = _BEDS.get(kind, (-0.3, 0.3))
    x, to = 0.5 + 0.1 * sign, 0.5 + 0.34 * sign
    draft.place(e.who, x=x, y=GROUND, facing=sign)
    clones = draft.clones.setdefault(e.target, [])
    while 0 < len(clones) < 2:
        clones.append(f"{e.target}_{len(clones) + 2}")
        draft.put(replace(draft.props[e.target], id=clones[-1]))
    share, beats = PERSON * 0.6 * draft.actors[e.who].scale, []
    for n, id_ in enumerate((e.target, *clones)):
        off = e.start + (0.2 + 0.2 * n) * part
        down = min(e.end, off + 0.3 * part)
        lies = x + (along + 0.22 * (n - 1)) * share * sign
        draft.props[id_] = replace(draft.props[id_], x=round(lies, 4), y=round(GROUND - up * PERSON, 4))
        draft.x[id_] = round(lies, 4)
        gone = (to - x) * (off - e.start) / part
        beats.append(Beat("drive", id_, None, e.start, off, lies + gone))
        beats.append(Beat("plunge", id_, None, off, down, draft.move(id_, 0.5 - (0.04 + 0.13 * n) * sign)))
    return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, to)), *beats]
