"""Events of who goes somewhere by another way than straight on: to and fro, led, aside, on steps, into what is hollow.

Reads an Event and its kind of actor; gives its Beats, another Event that it looks like, or None for all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.scene import ANIMALS, HOLLOW, OPEN_ABOVE, PEOPLE, VEHICLES, Beat

from .actions.doorways import from_inside, inside, pour_out
from .actions.draft import Event, SceneDraft
from .actions.equipment import light
from .actions.following import accompanied, comes_at_last, comes_over, follow, run_after
from .actions.movement import MOUNTS, approach, aside, in_a_race, out_of
from .actions.ways import STEEP, by_another_way, up_or_down
from .driving.gates import through_opened_gate
from .driving.lanes import abreast, on_both_sides, swerve, through_the_gap
from .driving.manoeuvres import manoeuvre
from .driving.sites import along_the_view, at_its_site
from .driving.two_wheelers import ridden_out
from .industry.heights import up_onto
from .things.edges import into_the_water, over_the_edge
from .things.openings import flown_through, into_the_gap, through_a_pipe
from .up_and_down.climbing import out_of_the_top
from .up_and_down.slopes import on_a_ramp, on_stairs, stairs_of, with_a_load_on_a_slope

_OFF: Final = ("walk", "run", "ride", "drive", "flee", "leave", "gallop", "speed up")
_PEEKING: Final = frozenset(("peek", "peep", "peer", "look out", "poke"))
_LED: Final = {"follow", "herd", "lead", "guide", "accompany"}
_STEPPING: Final = {"walk", "run", "climb", "crawl", "sneak", "jump", "flee"}
_GOING: Final = {"walk", "run", "crawl", "sneak", "jump", "enter", "leave", "flee", "fly", "climb", "stagger"}
_ON_STEPS: Final = ("walk", "run", "climb", "crawl", "rise", "land", "leave", "enter", "flee")
_INTO: Final = ("into", "inside")
_BUILT: Final = ("building", "shop", "church", "tent", "door", "gate")
EXTERIORS: Final = tuple(kind for kind, entry in objects().items() if "outside" in entry)
DUG: Final = ("hole", "trench", "ditch", "pit", "grave", "crater", "pile of earth")
_OPENED: Final = ("door", "cage", "kennel", "box", "henhouse", "elevator")
_UPRIGHT: Final = 0.15  # the height from which an animal climbs up a thing instead of stepping onto it
_ASIDE: Final = {"aside", "away", "back", "clear"}


def _slides(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Over a smooth floor, in socks: none of it is a fall."""
    slides = e.verb in ("slip", "slide down") and e.words & {"slide"} and kind in PEOPLE and e.who not in draft.moved
    onward = e.preposition in ("across", "along", "through") or e.words & {"across", "along", "down", "through"}
    if not slides or {e.target, e.passed, e.goal} & draft.x.keys():
        return None
    if not onward and "socks" not in (draft.actors[e.who].worn or ""):
        return None
    draft.place(e.who, x=0.5 - 0.32 * (e.direction or 1), facing=e.direction or 1)
    return [Beat("slide", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.32 * (e.direction or 1)))]


def _in_a_race(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    return in_a_race(draft, e) if kind in PEOPLE else None


def _on_the_mount(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Who has mounted a horse or a bicycle goes away on it."""
    mount = draft.upon.get(e.who)
    if (
        kind not in PEOPLE
        or mount not in draft.actors
        or mount is None
        or e.verb not in _OFF
        or e.target not in (None, mount)
    ):
        return None
    if e.goal is not None or e.passed is not None or e.ground is not None:
        return None
    sign = e.direction or draft.actors[mount].facing
    to = draft.move(mount, 0.5 + 0.75 * sign)
    return [Beat("ride", e.who, mount, e.start, e.end, draft.move(e.who, to))]


def _peeks_out(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Who has hidden behind a thing comes half out from behind it."""
    if e.verb != "look" or not e.words & _PEEKING or e.who not in draft.moved or kind not in (*PEOPLE, *ANIMALS):
        return None
    x = draft.x[e.who]
    cover = next((id_ for id_ in draft.props if abs(draft.x[id_] - x) < 0.04 and draft.width(id_) > 0.05), None)
    if cover is None:
        return None
    middle = e.start + 0.3 * (e.end - e.start)
    to = draft.move(e.who, x - draft.width(cover) / 2 - (0.01 if draft.width(cover) > 0.2 else 0.0))
    return [Beat("sneak", e.who, None, e.start, middle, to), Beat("look", e.who, None, middle, e.end)]


def _passes_by(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Somebody passes: from beyond one side of the picture to beyond the other."""
    nothing = not {e.target, e.passed, e.goal, e.near, e.source, e.behind} - {None} and e.ground is None
    alive = kind in PEOPLE or (kind in ANIMALS and "past" in e.words)
    if not e.words & {"pass", "past"} or not nothing or e.verb not in _OFF or e.who in draft.moved or not alive:
        return None
    sign = e.direction or 1
    bike = next((a.id for a in draft.actors.values() if kind == "cyclist" and a.kind in MOUNTS), None)
    for id_ in (e.who, bike) if bike else (e.who,):
        draft.place(id_, x=0.5 - 0.62 * sign, facing=sign)
        draft.move(id_, 0.5 + 0.65 * sign)
    return [Beat("ride" if bike else e.verb, e.who, bike, e.start, e.end, 0.5 + 0.65 * sign)]


def _before_all_else(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """In a race, over an edge, on a slope, and through what has an opening."""
    for rule in (_peeks_out, _on_the_mount, _passes_by, _in_a_race, over_the_edge, _slides):
        if (going := rule(draft, e, kind)) is not None:
            return going
    if (sloping := with_a_load_on_a_slope(draft, e) or on_a_ramp(draft, e)) is not None:
        return into_the_water(draft, e, sloping)
    if e.verb == "ride" and (ridden := ridden_out(draft, e)) is not None:
        return ridden
    if (flown := flown_through(draft, e, kind)) is not None:
        return flown
    if e.verb in _STEPPING and e.preposition == "through" and draft.kind(e.passed or "") == "door" and kind in PEOPLE:
        return inside(draft, e, e.passed or "")
    if e.verb == "carry" and kind in PEOPLE and draft.kind(e.passed or "") == "door" and e.who not in draft.moved:
        if e.target in draft.props and e.target is not None and light(draft.kind(e.target)):
            draft.take_up(e.who, e.target)
        return inside(draft, e, e.passed or "") if e.target not in draft.x else None
    tube = any(draft.kind(id_ or "") == "concrete pipe" for id_ in (e.passed, e.source, e.target, e.goal))
    if e.verb in (*_STEPPING, "enter", "leave") and tube and e.who not in draft.moved:
        return through_a_pipe(draft, e)
    return None


def on_the_way(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | Event | None:
    """Going somewhere by another way than straight on: to and fro, led, aside, on steps, into what is hollow."""
    if (first := _before_all_else(draft, e, kind)) is not None:
        return first
    beside = e.target is None or e.preposition in ("past", "by", "along", "through", "across", "around")
    if kind == "cyclist" and e.verb in ("roll", "skate", "float", "slide down") and beside:
        return replace(e, verb="ride", target=None, passed=e.passed or e.target)
    if (parked := at_its_site(draft, e, kind)) is not None:
        return parked
    if (winding := by_another_way(draft, e, kind)) is not None:
        return winding
    if e.verb in ("come closer", "go away"):
        return along_the_view(draft, e)
    if (both := accompanied(draft, e) or comes_at_last(draft, e)) is not None:
        return both
    if "swerve" in e.words and (kind in VEHICLES or kind == "cyclist") and (round_it := swerve(draft, e)) is not None:
        return round_it
    if kind == "cyclist" and (among := manoeuvre(draft, e, kind)) is not None:
        return among
    if kind in VEHICLES and (both := abreast(draft, e)) is not None:
        return both
    if e.preposition == "between":
        on_both_sides(draft, e.passed)
        if (between := into_the_gap(draft, e)) is not None:
            return between
    gap = f"{e.passed}_other" in draft.actors or (e.passed in draft.actors and draft.actors[e.passed].count > 3)
    if e.preposition == "between" and kind == "cyclist" and gap:
        return through_the_gap(draft, e)
    if "follow" in e.words and e.target in draft.props and e.target in draft.moved and e.who not in draft.moved:
        return run_after(draft, e)
    if e.verb in ("walk", "run", "drive", "ride") and e.behind in draft.actors:
        return follow(draft, replace(e, target=e.behind))
    if e.verb == "walk" and e.words & _LED and e.target in draft.actors:
        return follow(draft, e)
    if e.verb == "carry" and "hold" in e.words and e.target in draft.props and not light(draft.kind(e.target)):
        return [*approach(draft, e.who, e.target, e.start, e.start + 0.15, "walk"),
                Beat("push", e.who, e.target, e.start + 0.15, e.end)]  # fmt: skip
    there = e.goal in draft.x and e.goal != e.source
    if not there and (poured := _a_crowd_comes_out(draft, e, kind)) is not None:
        return poured
    if e.source in draft.props and e.verb in ("flee", "run", "walk") and draft.kind(e.source) in _BUILT and not there:
        return out_of(draft, e)
    if (through := through_opened_gate(draft, e)) is not None:
        return through
    if e.verb in _GOING and "out" in e.words and not there and e.source is None and e.who not in draft.moved:
        hollows = (*_OPENED, *HOLLOW, *EXTERIORS)
        door = next((id_ for id_, prop in draft.props.items() if prop.kind in hollows and id_ in draft.opened), None)
        if door is not None and kind not in VEHICLES:  # opens the door, and a cat runs out
            return from_inside(draft, e, door)
    door = next((id_ for id_, prop in draft.props.items() if prop.kind == "door" and id_ in draft.opened), None)
    nowhere = not there and e.source is None and e.target is None and e.ground is None and kind in PEOPLE
    leads = e.words & {"out", "in", "inside", "outside"} or e.verb in _by_doors(draft)
    if e.verb in _GOING and nowhere and leads and door is not None and e.who in draft.moved:  # opens it and goes in
        middle = e.start + 0.4 * (e.end - e.start)
        way = Beat("walk", e.who, None, e.start, middle, draft.x[door])
        draft.move(e.who, draft.x[door])
        return [way, Beat("enter", e.who, door, middle, e.end)]
    if kind in PEOPLE and e.verb in ("walk", "run") and e.words & {"over"} and e.target is None and e.start > 0:
        return comes_over(draft, e)
    if e.verb in ("jump", "walk", "startle") and e.words & _ASIDE:
        return aside(draft, e)
    if (onto := up_onto(draft, e)) is not None:
        return onto
    if e.verb in _ON_STEPS and kind not in VEHICLES and stairs_of(draft, e) is not None:
        return on_stairs(draft, e)
    upward = e.preposition in ("up", "down") or (e.verb == "climb" and e.preposition is None and kind in ANIMALS)
    if e.verb in _STEPPING and upward and (_tall(draft, e, kind) or draft.kind(e.target or "") in STEEP):
        return up_or_down(draft, e)
    hollows = (*HOLLOW, *EXTERIORS, *DUG, "manhole", "building")
    hollow = next((id_ for id_ in (e.goal, e.target) if draft.kind(id_ or "") in hollows), None)
    into = e.way in _INTO or e.preposition in _INTO or (e.verb == "enter" and hollow == e.target)
    falls_in = e.verb in ("fall", "plunge", "slip", "trip") and draft.kind(hollow or "") in (*DUG, "manhole")
    if (e.verb in _GOING or falls_in) and hollow is not None and into and draft.kind(e.who) not in VEHICLES:
        return inside(draft, e, hollow)
    if e.verb in _GOING and draft.kind(e.source or "") in OPEN_ABOVE and e.who not in draft.moved:
        return out_of_the_top(draft, e)
    hollow = e.source if draft.kind(e.source or "") in (*HOLLOW, *EXTERIORS) else None
    if e.verb in _GOING and hollow is not None and e.source is not None and not e.words & {"off", "down"}:
        return from_inside(draft, e, e.source)
    return None


def _by_doors(draft: SceneDraft) -> tuple[str, ...]:
    """The verbs that lead through an open door; who leaves a house front does not go in."""
    return ("enter",) if draft.setting == "house front" else ("enter", "leave")


def _a_crowd_comes_out(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Three and more come out of a building."""
    many = e.who in draft.actors and draft.actors[e.who].count > 2 and e.who not in draft.moved and kind in PEOPLE
    built = e.source in draft.props and draft.kind(e.source or "") in (*EXTERIORS, *_BUILT, "house")
    goes = e.verb in ("walk", "run", "flee", "leave")
    return pour_out(draft, e, e.source or "") if many and built and goes else None


def _tall(draft: SceneDraft, e: Event, kind: str) -> bool:
    """True for what an animal climbs up, although it is no tree and no wall."""
    return kind in ANIMALS and e.preposition == "up" and draft.height(e.target or "") > _UPRIGHT
