"""Events that need more than their verb: where somebody goes, what they use, sit on, fall off or climb.

Reads an Event and its kind of actor; gives its Beats, another Event that it looks like, or None for all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, Beat, able, medium

from .actions.draft import Event, SceneDraft
from .actions.equipment import in_hand, light
from .actions.following import pursued
from .actions.handling import fly_kite, handle, spill
from .actions.movement import approach, make_off, ride_off
from .actions.seating import at_the_keyboard, before_the_screen
from .actions.supports import into_each, lean, top_of
from .actions.ways import STEEP
from .animals.going import by_going
from .animals.habits import by_habit
from .animals.taking import by_animal
from .by_hand.activities import activity
from .by_hand.handing import aim, carry_in_hand, clear_away, hand_over, hang_up, lay_down, wave
from .by_hand.handwork import dig, mow, on_the_stove, roll_before, shovel_into, work
from .by_hand.pouring import BURNING, pour, put_out, spray_from_afar
from .by_hand.throwing import catch, kick, throw_for, throw_to
from .driving.aircraft import in_the_air
from .driving.gates import work_barrier
from .driving.traffic import PUSHED, by_vehicle, park, wheel_along
from .driving.two_wheelers import fall_with_mount
from .indoors.at_home import at_home
from .indoors.at_tables import at_tables
from .indoors.mishaps import mishaps
from .on_the_way import DUG, on_the_way
from .resting import at_rest, knock_off, make_room, pull_down
from .roles import ROAD
from .up_and_down.climbing import fall, fall_off, in_by_window, jump, off_the_top, over, up_and_down

_TREADS: Final = ("treadmill", "exercise bike", "rowing machine")
_SPRINGY: Final = ("bed", "sofa", "mattress", "trampoline", "bunk bed", "armchair")
_RIDDEN_OFF: Final = ("bicycle", "motorcycle", "scooter", "horse")
_FIXED: Final = ("sink", "toilet", "bathtub", "railing", "pole", "fence", "wall", "counter", "stove", "fridge")


def by_rule(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | Event | None:
    """The first rule that knows the event."""
    if e.verb == "break in" and "kick" in e.words and kind in PEOPLE and draft.kind(e.target or "") == "door":
        return _kicked_open(draft, e)
    if e.verb == "leap at" and draft.kind(e.target or "") in _SPRINGY:
        e = replace(e, verb="jump", preposition="on")
    for rule in _RULES:
        if (staged := rule(draft, e, kind)) is not None:
            return staged
    return None


def _kicked_open(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up to a door, and with the foot against it."""
    assert e.target is not None
    one, two = (e.start + share * (e.end - e.start) for share in (0.35, 0.6))
    near = approach(draft, e.who, e.target, e.start, one, "walk")
    return [*near, Beat("kick", e.who, e.target, one, two + 0.1), Beat("open", e.target, None, two, two + 0.12)]


def _at_work(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | Event | None:
    """Leaning, driving, pouring, knocking off, spilling and what is done with the hands."""
    if e.verb == "lean":
        return lean(draft, e)
    if (done := at_home(draft, e) or at_tables(draft, e) or mishaps(draft, e)) is not None:
        return done
    if e.verb == "grab" and draft.kind(e.target or "") in _FIXED and kind in PEOPLE:
        return replace(e, verb="lean")  # holds on to it
    if (shovelled := shovel_into(draft, e)) is not None:
        return shovelled
    if e.verb == "dig" and draft.kind(e.target or "") in DUG:
        return dig(draft, e)
    glides = e.verb in ("float", "slip") and "glide" in e.words and medium(kind) == "road"
    if glides or (e.verb in ("float", "slip", "roll") and medium(kind) == "rail"):
        return replace(e, verb="drive")
    if e.verb == "sleep" and "fall" in e.words and e.target in draft.props and kind in PEOPLE and e.end - e.start > 0.9:
        until = e.start + 0.35  # awake first
        draft.place(e.who, x=draft.x[e.target])
        return [Beat("sit", e.who, e.target, e.start, until), Beat("sleep", e.who, e.target, until, e.end)]
    if e.words & {"scatter", "disperse"} and able(kind, "fly") and e.verb != "rise" and kind in ANIMALS:
        draft.actors[e.who] = replace(draft.actors[e.who], count=max(4, draft.actors[e.who].count))
        return replace(e, verb="rise")  # pigeons fly up
    if e.verb in ("brighten", "darken") and draft.kind(e.target or "") in ("television", "computer", "laptop"):
        return [Beat("point", e.who, e.target, e.start, e.end)]  # the room stays as light as it is
    if kind in VEHICLES:
        return by_vehicle(draft, e, kind)
    hose = next((id_ for id_, prop in draft.props.items() if prop.kind == "hose"), None)
    if e.verb in ("spray", "water") and kind in PEOPLE and hose not in (None, e.target, e.source) and hose is not None:
        draft.take_up(e.who, hose)
        e = replace(e, verb="spray")
    if e.verb == "spray" and e.words & {"out", "extinguish"} and draft.kind(e.target or "") in BURNING:
        return put_out(draft, e) if draft.kind(e.target or "") == "fire" else work(draft, replace(e, verb="blow out"))
    if e.verb == "spray" and "extinguish" in e.words and e.target in draft.x and kind in PEOPLE:
        return put_out(draft, e)  # a burning bin
    if e.verb == "spray" and e.target in draft.props and draft.kind(e.target or "") == "fire extinguisher":
        draft.take_up(e.who, e.target or "")
        return [Beat("spray", e.who, None, e.start, e.end)]
    if e.verb == "spray" and e.target in draft.x and (kind == "firefighter" or "water" in e.words) and kind in PEOPLE:
        return spray_from_afar(draft, e)
    if e.verb == "pour" and kind in PEOPLE and (poured := pour(draft, e)) is not None:
        return into_each(draft, poured)
    off = e.source in draft.props and e.target in draft.props and e.target not in draft.moved | {e.source}
    if e.verb in ("push", "hit") and off and e.words & {"off", "knock"} and light(draft.kind(e.target or "")):
        return knock_off(draft, e)
    pulls = e.verb == "pull" and e.source in draft.props and {e.preposition, *e.words, "off"} & {"off", "down"}
    if pulls and off and light(draft.kind(e.target or "")) and draft.clones.get(e.target or ""):
        return pull_down(draft, e)
    if e.verb == "spill" and kind in PEOPLE and "over" not in e.words:
        return spill(draft, e)
    if (
        e.verb in ("run", "walk", "ride", "exercise", "drive")
        and draft.kind(e.target or "") in _TREADS
        and kind in PEOPLE
    ):
        draft.place(e.who, x=draft.x[e.target or ""], facing=1)
        return [Beat("tread", e.who, e.target, e.start, e.end)]
    if e.verb == "fly kite" and draft.kind(e.target or "") == "kite":
        return fly_kite(draft, e)
    if (done := work(draft, e)) is not None:
        return done
    if e.verb == "cook" and kind in PEOPLE and (cooked := on_the_stove(draft, e)) is not None:
        return cooked
    if kind in PEOPLE and kind != "worker" and (typed := at_the_keyboard(draft, e)) is not None:
        return typed
    if e.verb == "look" and kind in PEOPLE and (watched := before_the_screen(draft, e)) is not None:
        return watched
    for handing in (hand_over, throw_for, throw_to, catch, kick, aim, hang_up, lay_down, clear_away, carry_in_hand,
                    wave):  # fmt: skip
        if (handed := handing(draft, e)) is not None:
            return handed
    if (staged := work_barrier(draft, e) or activity(draft, e)) is not None:
        return staged
    if (handled := handle(draft, e)) is not None:
        return handled
    return None


def _in_motion(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | Event | None:
    """Turning round, falling off what is ridden, over what is climbed, in the air, parking."""
    if (hunted := pursued(draft, e)) is not None:
        return hunted
    if kind in ANIMALS and e.verb in ("stand", "rise") and "get" in e.words and e.who in draft.moved:
        return [Beat("walk", e.who, None, e.start, e.end, draft.move(e.who, min(0.8, draft.x[e.who] + 0.15)))]
    if kind in ANIMALS and e.verb == "stagger" and "stumble" in e.words and e.who not in draft.moved:
        middle = e.start + 0.3 * (e.end - e.start)
        draft.place(e.who, x=0.3, facing=1)
        return [Beat("walk", e.who, None, e.start, middle, draft.move(e.who, 0.52)),
                Beat("lie", e.who, None, middle, e.end)]  # fmt: skip
    afoot = kind in (*PEOPLE, *ANIMALS) and kind != "cyclist"
    if e.verb == "stop" and afoot and e.who not in draft.moved | draft.resting and e.target is None and e.near is None:
        draft.place(e.who, x=0.18, facing=1)
        until = e.start + 0.6 * (e.end - e.start)
        return [
            Beat("walk", e.who, None, e.start, until, draft.move(e.who, 0.48)),
            Beat("stop", e.who, None, until, e.end),
        ]
    if e.words & {"turn"} and e.words & {"around", "round"} and e.verb == "walk":
        return [Beat("turn", e.who, None, e.start, e.end)]
    if e.words & {"turn"} and e.words & {"back"} and e.verb == "walk":
        return [Beat("walk", e.who, None, e.start, e.end, draft.move(e.who, draft.x[e.who] - 0.02 * _facing(draft, e)))]
    rides = kind == "cyclist" or draft.kind(draft.wheeled.get(e.who, "")) in (*_RIDDEN_OFF, "skateboard")
    if e.verb in ("fall", "slip", "trip", "plunge") and rides and e.who not in draft.moved and (
        draft.kind(e.source or "") not in ANIMALS
    ):  # fmt: skip
        return fall_with_mount(draft, e)
    alone = kind in PEOPLE and kind != "cyclist" and e.who not in draft.moved
    if alone and e.verb in ("fall", "plunge", "trip", "slip") and (fallen := fall(draft, e)) is not None:
        return fallen
    ridden = draft.kind(e.target or "") in _RIDDEN_OFF and e.target in draft.actors
    if kind in PEOPLE and e.verb == "grab" and ridden and e.words & {"steal", "take", "snatch"}:
        return ride_off(draft, e.who, e.target or "", e.start, e.end, e.direction)
    stolen = e.target in draft.props or draft.kind(e.target or "") in ROAD
    stolen &= e.words >= {"steal"} and e.source is None and e.who not in draft.later and e.target not in draft.moved
    if kind in PEOPLE and e.verb == "grab" and stolen:
        return make_off(draft, e)
    if e.verb == "catch" and draft.kind(e.target or "") in ("bus", "train", "tram", "taxi", "ferry") and kind in PEOPLE:
        return replace(e, verb="enter")
    if kind == "cyclist" and e.verb in ("skid", "slow down", "speed up", "stop", "reverse"):
        return replace(e, verb="ride", target=None)
    if (rides or kind == "cyclist") and e.verb in ("crash", "collide") and e.who not in draft.moved:
        return fall_with_mount(draft, replace(e, verb="fall"))
    if rides and e.verb == "stagger" and e.words & {"balance", "control"} and e.who not in draft.moved:
        return fall_with_mount(draft, replace(e, verb="fall"))  # loses balance
    fence = e.target or e.passed
    if e.verb == "climb" and fence in draft.props and "over" in (*e.words, e.preposition):
        return over(draft, replace(e, target=fence))
    window = next((id_ for id_ in (fence, e.source, e.goal) if draft.kind(id_ or "") == "window"), None)
    inward = {"through", "out", "in", "into"} & {*e.words, e.preposition, e.way} or e.source == window
    if e.verb in ("climb", "jump", "crawl") and window and inward:
        return in_by_window(draft, replace(e, verb="enter", target=window))
    if e.verb == "jump" and e.passed in draft.props and e.preposition in ("over", "across", "through"):
        return jump(draft, replace(e, target=e.passed))
    if e.verb == "mow":
        return mow(draft, e)
    if able(kind, "fly") and e.verb == "walk" and e.words & {"circle", "hover"}:
        return in_the_air(draft, replace(e, verb="fly"))
    if kind in PEOPLE and e.verb == "roll" and e.target in draft.props:
        return roll_before(draft, e)
    if e.verb in ("land", "rise", "fly") and able(kind, "fly"):
        return in_the_air(draft, e)
    if "park" in e.words and kind in PEOPLE and e.target in draft.actors and e.target not in draft.moved:
        return park(draft, e)
    return None


def _up_and_off(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Leaning on, jumping, climbing and falling off; what is in hand before it is dropped or taken."""
    if e.verb == "lean" and e.target in draft.x and e.target is not None:
        near = approach(draft, e.who, e.target, e.start, e.start + 0.35 * (e.end - e.start), "walk")
        return [*near, Beat("lean", e.who, e.target, near[-1].end if near else e.start, e.end)]
    if e.verb == "jump" and e.preposition == "on" and draft.kind(e.target or "") in _SPRINGY:
        return up_and_down(draft, e)
    if e.verb in ("jump", "dive") and e.source in draft.props and e.target is None and e.who not in draft.moved:
        return off_the_top(draft, e)
    if e.verb == "enter" and "through" in e.words and draft.kind(e.target or "") == "window":
        return in_by_window(draft, e)
    if e.verb == "jump" and e.target in draft.props:
        return jump(draft, e)
    if e.verb == "jump" and e.target is None and e.passed in draft.props and e.preposition == "over":
        return jump(draft, replace(e, target=e.passed))
    if e.verb == "climb" and e.target is None and e.passed is None:
        steep = next((id_ for id_, p in draft.props.items() if p.kind in ("ladder", "scaffold", "tree", "pole")), None)
        e = e if steep is None else replace(e, target=steep)
    if e.verb == "climb" and e.target in draft.props and (e.preposition == "down" or "down" in e.words):
        draft.place(e.who, x=draft.x[e.target] - 0.02, y=max(0.45, top_of(draft.kind(e.target))), facing=1)
        if e.end > 0.95:
            return [Beat("climb", e.who, e.target, e.start, e.end)]
        down = e.start + 0.8 * (e.end - e.start)  # and steps back
        aside = Beat("walk", e.who, None, down, e.end, draft.move(e.who, draft.x[e.target] - 0.18))
        return [Beat("climb", e.who, e.target, e.start, down), aside]
    low = e.target in draft.props and draft.kind(e.target or "") not in STEEP
    if e.verb == "climb" and kind in ANIMALS and low and e.preposition in ("on", "onto", None):
        return jump(draft, replace(e, verb="jump", preposition="onto"))
    if e.verb == "climb" and e.target is not None:
        near = approach(draft, e.who, e.target, e.start, e.start + 0.3 * (e.end - e.start), "climb")
        return [*near, Beat("climb", e.who, e.target, near[0].end if near else e.start, e.end)]
    wheelchair = draft.kind(e.target or "") == "wheelchair"
    first = e.start == 0.0 and e.who not in draft.moved | draft.resting and kind in PEOPLE
    if e.verb == "sit" and "down" in e.words and first and e.target in draft.props and e.target is not None:
        draft.start_prop(e.target, x=0.52)
        draft.place(e.who, x=draft.x[e.target] - 0.3, facing=1)
        middle = 0.35 * e.end
        way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, draft.x[e.target]))
        return [way, Beat("sit", e.who, e.target, middle, e.end)]
    if e.verb in ("sit", "lie", "sleep") and (e.target in draft.props or wheelchair) and e.start == 0.0:
        crowded = kind in ANIMALS and make_room(draft, e.who)
        draft.place(e.who, x=draft.x[e.target or ""] + 0.07 * crowded)  # who sits there at first sits there already
    if e.verb in ("fall", "plunge") and e.source in draft.x and e.who not in draft.moved:
        return fall_off(draft, e)
    if (
        e.verb == "drop"
        and e.target in draft.props
        and e.target not in draft.moved | draft.taken
        and e.who in draft.actors
    ):
        in_hand(draft, e.who, e.target)
    if e.verb == "push" and e.target in draft.actors and e.goal and draft.kind(e.goal) in PUSHED:
        return wheel_along(draft, e)
    if e.verb == "grab" and e.target in draft.props and e.source in draft.x:
        draft.start_prop(e.target, x=draft.x[e.source] - 0.06, y=0.6)
    return None


_RULES: Final[tuple[Callable[[SceneDraft, Event, str], list[Beat] | Event | None], ...]] = (
    by_habit, by_animal, by_going, on_the_way, _at_work, _in_motion, at_rest, _up_and_off,
)  # fmt: skip


def _facing(draft: SceneDraft, e: Event) -> int:
    return draft.actors[e.who].facing if e.who in draft.actors else 1
