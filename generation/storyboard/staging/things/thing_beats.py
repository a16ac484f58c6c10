"""What a thing does that is a caption's subject: it falls, rolls, breaks, burns, hits something, goes up, is open.

Reads an Event (who is a prop) and the SceneDraft; gives Beats, and puts the thing where it has to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.furniture import CRANES
from svta.generation.storyboard.drawing.things import THINGS
from svta.generation.storyboard.drawn_tables import handwork, objects
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Beat, Prop, whole_and_part

from ..actions.cranes import crane, on_a_crane
from ..actions.doorways import gate_for
from ..actions.draft import GROUND, Event, SceneDraft
from ..actions.equipment import BREAKS, equipment
from ..actions.filling import carried
from ..actions.supports import put_on, stand_on, supporting, table_for, top_of
from ..actions.ways import on_the_slope
from ..actions.weather_beats import in_the_open
from ..up_and_down.slopes import on_a_ramp
from .broken_seats import breaks_under
from .edges import into_the_water, over_the_edge
from .falling import HOLDING, ROUNDED, TABLED, TABLEWARE, fall_down, roll, strike
from .openings import into_the_gap, thrown_over

# What a thing does under the verbs of people.
_AS: Final = {v: v for v in ("plunge", "topple", "collapse", "burn", "leak", "explode", "spark", "smoke", "shake",
                             "blow", "swirl", "pour", "roll over", "rise", "roll", "shatter", "open",
                             "float", "land", "sound")} | {
    "fall": "plunge", "drop": "plunge", "slip": "plunge", "trip": "topple", "slide down": "topple", "smash": "shatter",
    "flood": "leak", "rain down": "plunge", "faint": "collapse", "sink": "collapse", "fly": "rise",
    "spin": "open", "drive": "roll", "walk": "roll", "run": "roll", "come closer": "roll"}  # fmt: skip
_AIRY: Final = {"balloon", "kite", "paper", "leaf", "feather", "bin bag", "paper plane", "umbrella", "snowflake",
                 "hat", "sheet of paper", "papers", "leaves", "soap bubble", "hung shirt",
                 "plastic bag", "newspaper", "letter", "envelope", "towel", "cloud", "bubble",
                 "lantern"}  # fmt: skip
_SKINS: Final = {"balloon", "soap bubble", "ball", "tyre", "spare wheel", "bag", "plastic bag", "paper bag",
                 "soccer ball", "basketball"}  # fmt: skip
_SWARMS: Final = ("leaves", "papers")
_PIPES: Final = {"pipe", "fire hydrant", "hose", "tap", "boiler", "water tank", "tank", "pump", "valve", "garden hose"}
_BURSTING: Final = ("suitcase", "box", "bag", "briefcase", "parcel", "backpack", "school bag", "hand bag", "paper bag")
_FULL: Final = ("milk glass", "juice glass", "wine glass", "beer glass", "paint can", "milk bottle",
                 "milk bucket", "water bucket", "paint bucket")  # fmt: skip
_BLADES: Final = ("scissors", "knife", "saw", "shears", "kitchen knife", "pizza cutter")
_PANS: Final = ("frying pan", "bowl", "saucepan", "pot", "glass bowl")
_IN_A_LIFT: Final = 0.56  # the size of who goes up and down in one that is seen from outside
_WITH_SHAFTS: Final = ("lobby", "mall", "office", "corridor", "hall", "station")
_WATERS: Final = ("lake", "river", "sea", "lakeside", "riverside", "seaside", "swimming pool", "poolside")
_RESTS: Final = {"stand", "lie", "sit", "sleep", "dangle", "open"}
_STRIKES: Final = {"hit", "crash", "collide", "smash", "break in", "push", "kick", "shatter"}


def stage_thing(draft: SceneDraft, e: Event) -> list[Beat]:
    """The beats of a thing between the event's start and end; none for what a thing cannot do."""
    kind, e = draft.kind(e.who), replace(e, verb="roll") if e.verb == "reverse" else e
    if (gated := gate_for(draft, e, e.behind or e.near) or _to_and_fro(draft, e) or _adrift(draft, e)) is not None:
        return gated
    shuts = kind in ("door", "gate", "window", "curtain", "drawer", "cabinet", "fridge", "elevator")
    if e.verb == "close" and (shuts or "opened" in objects().get(kind, {})):
        return [Beat("close", e.who, None, e.start, (e.start + e.end) / 2)]
    if e.verb in ("shatter", "smash", "explode") and e.start == 0.0 and e.target is None:
        e = replace(e, start=(0.28 if e.verb == "explode" else 0.3) * e.end)  # whole first
    if (gone := breaks_under(draft, e) or _by_another_way(draft, e, kind) or _outside(draft, e, kind)) is not None:
        return gone
    e = replace(e, verb="walk") if kind == "wave" and e.target is None else e
    if kind in ("elevator", "escalator") and (e.verb in ("rise", "plunge", "land", "fall") or e.words & {"up", "down"}):
        return _with_riders(draft, e) if kind == "elevator" else []  # the steps go, and it stays
    if kind == "traffic light" and e.verb in ("drive", "open", "spin", "reverse", "close"):
        return [Beat("close" if e.verb == "close" else "open", e.who, None, e.start, e.end)]
    if kind == "barrier" and e.verb in ("rise", "open", "lift", "stand", "land", "fall", "close", "plunge", "leave"):
        up = e.verb in ("rise", "open", "lift", "stand", "leave") and "down" not in e.words
        return [Beat("open" if up else "close", e.who, None, e.start, (e.start + e.end) / 2)]
    if kind == "conveyor" and e.verb in ("carry", "walk", "grab") and e.target in draft.props and e.target is not None:
        loads = [e.target, *draft.clones.get(e.target, ())]
        ride = [b for load in loads for b in carried(draft, replace(e, who=load, target=e.who))]
        return [*behind_the_belt(draft, e), Beat("work", e.who, None, e.start, 1.0), *ride]
    hoisted = crane(draft, e) if kind in CRANES else on_a_crane(draft, e)
    if hoisted is not None:
        return hoisted
    if (broken := _opens_or_cuts(draft, e, kind)) is not None:
        return broken
    if e.verb in ("smash", "shatter", "crack") and e.target is None and kind not in BREAKS | TABLEWARE:
        e = replace(e, verb="split" if e.verb != "crack" else "crack")  # a plank does not go to pieces
    e = _bursts(draft, e, kind) if e.verb == "explode" else e
    if (special := equipment(draft, e, kind, fall_down)) is not None:
        return special
    if "alters" in handwork().get(e.verb, ()):
        if e.target in draft.x and e.target is not None and e.preposition is None:  # a press crushes a can
            return [Beat(e.verb, e.target, None, e.start, e.end)]
        caught = [Beat("burn", id_, None, (e.start + e.end) / 2, 1.0) for id_ in (e.goal, e.target)
                  if e.verb == "flare" and id_ in draft.x and id_ is not None][:1]  # fmt: skip
        return [Beat(e.verb, e.who, None, e.start, e.end), *caught]
    if e.verb in ("burn", "explode") and e.target in draft.x and e.preposition is None:  # sets the curtain on fire
        return [Beat(e.verb, e.target, None, e.start, 1.0)]
    if kind == "tornado" and e.target in draft.x and e.target is not None:
        return _whirled_away(draft, e)
    if e.verb in _STRIKES and e.target is not None:
        return strike(draft, e, kind)
    if kind in _SWARMS and e.verb in ("float", "fly", "blow", "swirl") and e.source is None:
        return [Beat("swirl", e.who, None, e.start, e.end)]
    if e.verb in ("float", "fly", "blow") and (kind in _AIRY or (e.verb == "blow" and e.words & {"away", "off"})):
        return _drift(draft, e)
    if e.verb in _RESTS and e.target in draft.props and e.preposition in ("on", "onto", "in") and (
        draft.y(e.who) > GROUND - 0.012):  # fmt: skip  # not on it already
        draft.start_prop(e.who, x=draft.x[e.target], y=top_of(draft.kind(e.target)))
    verb = _goes_up(draft, e, kind) if e.words & {"rise", "ascend"} or _AS.get(e.verb) == "rise" else _AS.get(e.verb)
    if verb is None or (kind == "barrier" and verb == "rise") or (kind == "tornado" and verb not in ("roll", "swirl")):
        return []
    if kind in ("tornado", "wave"):
        way = 0.55 * (e.direction or 1)
        draft.start_prop(e.who, x=0.5 - way * 0.8)
        moving = "swirl" if kind == "tornado" else "float"
        return [Beat(moving, e.who, None, e.start, e.end, draft.move(e.who, 0.5 + way * 0.8))]
    if verb == "plunge":
        return fall_down(draft, e, kind)
    if "hill" in draft.x and verb in ("roll", "topple") and e.ground is not None and e.ground[0] in ("up", "down"):
        return on_the_slope(draft, e, e.ground[0] == "up")
    if (sloping := on_a_ramp(draft, replace(e, verb="roll" if verb == "topple" else e.verb))) is not None:
        return into_the_water(draft, e, sloping) or []
    belt = next((id_ for id_ in (e.target, e.passed, e.goal) if id_ and draft.kind(id_) == "conveyor"), None)
    if verb == "roll" and belt is not None:
        return carried(draft, replace(e, target=belt))
    if verb in ("roll", "roll over") and kind in ROUNDED | {"box"}:
        return roll(draft, e)
    if verb in ("roll", "roll over"):
        return [Beat("topple" if verb == "roll over" else "float", e.who, None, e.start, e.end)]
    if verb == "topple" and e.preposition == "on" and draft.kind(e.target or "") in HOLDING:
        stand_on(draft, e)
    if verb == "topple" and kind in _FULL:
        return [Beat(verb, e.who, None, e.start, e.end), Beat("run out", e.who, None, (e.start + e.end) / 2, 1.0)]
    return [Beat(verb, e.who, None, e.start, 1.0 if verb in ("burn", "smoke", "leak") else e.end)]


def _goes_up(draft: SceneDraft, e: Event, kind: str) -> str:
    """How a thing goes up; a kite or a balloon is still seen in the end."""
    stays = kind in ("kite", "balloon", "lantern") and e.who not in draft.moved and e.source is None
    if not stays or e.words & {"away", "off"}:
        return "rise"
    draft.moved.add(e.who)  # it comes down from there
    return "ascend"


def _by_another_way(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Over an edge, in a bow over a hedge or through a window, up between two chimneys."""
    if (fallen := over_the_edge(draft, e, kind)) is not None:
        return fallen
    thrown = thrown_over(draft, e, kind) if kind not in _AIRY else None
    return thrown or (into_the_gap(draft, e) if e.preposition == "between" else None)


def _bursts(draft: SceneDraft, e: Event, kind: str) -> Event:
    """A bag of oranges tears, a pipe gushes, all else explodes."""
    skin = (whole_and_part(kind) or (kind,))[0] in _SKINS
    gushes = kind in _PIPES and "burst" in e.words
    if skin:  # and falls, if it does, from where it was
        draft.moved.add(e.who)
    return replace(e, verb="pop" if skin else "gush" if gushes else e.verb)


def _outside(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    if e.verb == "burn" and kind == "fireplace" and e.target is None:
        return [Beat("smoke", e.who, None, e.start, 1.0)]  # in it, not around it
    return _slides(draft, e) or in_the_open(draft, e, kind)


def behind_the_belt(draft: SceneDraft, e: Event) -> list[Beat]:
    """Who is passed stands behind the belt, and does nothing."""
    for by in (id_ for id_ in (e.passed, e.near) if id_ in draft.actors and id_ is not None):
        draft.place(by, x=0.62, y=GROUND - 0.05, facing=-1)
    return []


def _opens_or_cuts(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """A suitcase bursts open, an egg breaks over a pan, scissors cut, a cork pops out; None for all else."""
    source = e.source or (e.target if e.preposition in ("out", "of", "from") else None)
    if kind in ("cork", "toast") and source in draft.props and source is not None and e.who not in draft.moved:
        return _pops_out(draft, e, source)
    if "open" in e.words and e.verb in ("break in", "explode", "gush", "pop") and kind in _BURSTING:
        return [Beat("open", e.who, None, e.start + 0.2 * (e.end - e.start), (e.start + e.end) / 2)]
    if kind == "egg" and e.verb in ("smash", "shatter", "crack", "split") and (egg := _egg_into(draft, e)) is not None:
        return egg
    if e.verb == "crack" and e.target in draft.actors and draft.kind(e.target or "") in VEHICLES:
        return strike(draft, e, kind)
    if kind in _BLADES and e.target in draft.props and e.target is not None and e.target not in draft.moved:
        return _cuts(draft, e)
    return None


def _pops_out(draft: SceneDraft, e: Event, source: str) -> list[Beat]:
    """A cork flies off the neck of a bottle, toast jumps up in the toaster; both stand on a table."""
    if supporting(draft, source) is None and draft.setting in (*TABLED, "restaurant", "bar"):
        table_for(draft, source)
    toast = draft.kind(e.who) == "toast"
    x, top = draft.x[source], draft.y(source) - (0.55 if toast else 0.97) * draft.height(source)
    draft.start_prop(e.who, x=x, y=top)
    to = draft.move(e.who, x) if toast else draft.move(e.who, min(0.92, x + 0.26))
    return [Beat("pop up", e.who, source, e.start, e.end, to)]


def _egg_into(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Above a pan on the stove an egg breaks in two, and what is in it falls into the pan."""
    pan = next((id_ for id_ in (e.goal, e.target) if draft.kind(id_ or "") in _PANS), None)
    if pan is None or e.who in draft.moved:
        return None
    if draft.kind(pan) in ("frying pan", "saucepan", "pot") and not any(
        p.kind == "stove" for p in draft.props.values()
    ):
        draft.put(Prop("stove", "stove", None, 0.5, GROUND))
        draft.start_prop(pan, x=0.5)
        put_on(draft, pan, "stove")
    elif supporting(draft, pan) is None:
        table_for(draft, pan)
    x, top = draft.x[pan], draft.y(pan)
    draft.start_prop(e.who, x=x, y=top - 0.16)
    draft.moved |= {e.who, pan}
    one, two = (e.start + share * (e.end - e.start) for share in (0.35, 0.7))
    fried = "fried egg" if draft.kind(pan) == "frying pan" else "yolk"
    draft.put(Prop("yolk", "yolk", None, x, top - 0.14))
    draft.put(Prop("yolk_in", fried, None, x, top - 0.01, 0.8))
    return [Beat("split", e.who, pan, e.start + 0.1, one + 0.1), Beat("appear", "yolk", None, one, one + 0.01),
            Beat("plunge", "yolk", pan, one, two), Beat("vanish", "yolk", None, two, two + 0.01),
            Beat("appear", "yolk_in", None, two, two + 0.01)]  # fmt: skip


def _cuts(draft: SceneDraft, e: Event) -> list[Beat]:
    """A knife or scissors at what it cuts, on a table, with nobody seen who holds it."""
    assert e.target is not None
    if supporting(draft, e.target) is None:
        table_for(draft, e.target)
    x, y = draft.x[e.target], draft.y(e.target)
    draft.start_prop(e.who, x=x - 0.03, y=y - 0.3 * draft.height(e.target))
    draft.moved.add(e.who)
    verb = e.verb if "alters" in handwork().get(e.verb, ()) else "cut"
    return [Beat("shake", e.who, e.target, e.start, e.end), Beat(verb, e.target, None, e.start, e.end)]


def _slides(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A letter under a door, where it is gone; a plate across a table or the floor; a candle that burns down."""
    if e.verb == "burn" and "down" in e.words and draft.kind(e.who) in ("candle", "birthday cake"):
        return [Beat("melt", e.who, None, e.start, e.end)]
    if e.verb == "bounce" and "down" in (e.preposition, e.way, *e.words):  # from step to step
        return on_a_ramp(draft, replace(e, verb="roll"))
    if "slide" not in e.words or e.who in draft.moved or e.verb not in ("slip", "plunge", "drive", "slide down"):
        return None
    told = {e.preposition, e.way, *e.words}
    ground = next((id_ for id_ in (e.passed, e.goal, e.target, e.near) if id_ in draft.props and id_ != e.who), None)
    if "under" in told and ground is not None:
        draft.start_prop(ground, x=0.7)
        draft.start_prop(e.who, x=0.2)
        late = e.start + 0.7 * (e.end - e.start)
        gone = [Beat("vanish", e.who, None, late, late + 0.04)] if draft.kind(ground) in ("door", "gate") else []
        return [Beat("drive", e.who, None, e.start, late, draft.move(e.who, 0.7)), *gone]
    if not told & {"across", "along", "over"} or told & {"down", "off", "from"}:
        return None
    x, half = (draft.x[ground], 0.38 * draft.width(ground)) if ground is not None else (0.5, 0.32)
    draft.start_prop(e.who, x=x - half, y=top_of(draft.kind(ground)) if ground is not None else GROUND)
    return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, x + half))]


def _to_and_fro(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A fish from side to side of its bowl; None for all else."""
    if e.who not in draft.bowls or e.verb not in ("swim", "circle", "float", "walk", "run", "drive"):
        return None
    x, part = draft.x[draft.bowls[e.who]], 1 / 3
    draft.moved.add(e.who)
    ways = (x + 0.035, x - 0.035, x + 0.02)
    bowl = draft.bowls[e.who]
    return [Beat("swim", e.who, bowl, n * part, (n + 1) * part, to) for n, to in enumerate(ways)]


def _adrift(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """A toy boat, a log or a bottle from one side of the water to the other; None for all else."""
    across = e.direction or e.words & {"drift", "across", "sail"}
    if e.verb != "float" or not across or e.who in draft.moved or draft.setting not in _WATERS or e.source is not None:
        return None
    sign = e.direction or 1
    draft.start_prop(e.who, x=0.5 - 0.32 * sign)
    return [Beat("float", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.32 * sign))]


def _whirled_away(draft: SceneDraft, e: Event) -> list[Beat]:
    """A tornado comes, and what it takes goes round in the air and comes down elsewhere."""
    assert e.target is not None
    middle = e.start + 0.4 * (e.end - e.start)
    if e.who not in draft.moved:
        draft.start_prop(e.who, x=0.1)
        draft.start_prop(e.target, x=0.5)
        draft.place(e.target, x=0.5)
        near = Beat("swirl", e.who, None, e.start, middle, draft.move(e.who, 0.5))
        up = Beat("whirl up", e.target, None, middle, e.end, draft.move(e.target, 0.5))
        return [near, Beat("swirl", e.who, None, middle, e.end, 0.52), up]
    to = draft.move(e.target, 0.82 if draft.x[e.target] < 0.7 else 0.2)
    return [Beat("swirl", e.who, None, e.start, e.end, 0.5), Beat("plunge", e.target, None, e.start, e.end, to)]


def _with_riders(draft: SceneDraft, e: Event) -> list[Beat]:
    """A lift goes up or down with those who are in it."""
    up = e.verb == "rise" or "up" in e.words
    _in_its_shaft(draft, e.who)
    riders = [id_ for id_, actor in draft.actors.items() if id_ not in draft.moved and actor.kind in PEOPLE + ANIMALS]
    for n, id_ in enumerate(riders):
        small = min(_IN_A_LIFT, draft.actors[id_].scale)
        draft.actors[id_] = replace(draft.actors[id_], scale=small)
        draft.place(id_, x=draft.x[e.who] + 0.05 * (n - (len(riders) - 1) / 2), y=draft.y(e.who))
    return [Beat("ascend" if up else "descend", e.who, None, e.start, e.end)]


def _in_its_shaft(draft: SceneDraft, lift: str) -> None:
    """A glass shaft from floor to floor, and the lift so small that it goes up and down in it."""
    if draft.setting not in _WITH_SHAFTS or lift in draft.moved:
        return
    shaft = next((id_ for id_, prop in draft.props.items() if prop.kind == "lift shaft"), "shaft")
    draft.start_prop(lift, x=0.55, y=GROUND + 0.03)
    draft.props[lift] = replace(draft.props[lift], scale=0.6 * draft.props[lift].scale)
    draft.put(Prop(shaft, "lift shaft", None, draft.x[lift], GROUND + 0.029, 0.56))


def kind_is_large(kind: str) -> bool:
    """True for what the wind takes from where it stands."""
    return max(THINGS[kind].width, THINGS[kind].height) > 0.7


def _drift(draft: SceneDraft, e: Event) -> list[Beat]:
    """Through the air, from one side to the other; a balloon that is let go of rises."""
    if e.who in draft.moved and draft.kind(e.who) in ("balloon", "kite", "lantern"):
        side = 1 if draft.x[e.who] < 0.6 else -1
        return [Beat("rise", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] + 0.2 * side))]
    sign = e.direction or 1
    down = next((id_ for id_ in (e.goal, e.target, e.near) if id_ in draft.props and id_ != e.who), None)
    if "down" in (*e.words, e.preposition) and down is not None and e.who not in draft.moved:
        draft.start_prop(down, x=0.58)
        draft.start_prop(e.who, x=0.4, y=0.14)
        return [Beat("plunge", e.who, down, e.start, e.end, draft.move(e.who, draft.x[down]))]
    source = e.source or (e.target if e.words & {"off", "from"} else None)
    if e.who not in draft.moved and source in draft.props and source is not None:
        draft.start_prop(e.who, x=draft.x[source], y=top_of(draft.kind(source)))
        sign = e.direction or (1 if draft.x[source] < 0.5 else -1)
        return [Beat("float", e.who, None, e.start, e.end, draft.move(e.who, draft.x[source] + 0.42 * sign))]
    if e.who not in draft.moved and kind_is_large(draft.kind(e.who)):
        return [
            Beat("float", e.who, None, e.start + 0.15 * (e.end - e.start), e.end, draft.move(e.who, 0.5 + 0.75 * sign))
        ]
    if e.who not in draft.moved:
        draft.start_prop(e.who, x=0.5 - 0.38 * sign, y=0.42)
    return [Beat("float", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.4 * sign))]
