"""What drivers do about what is in their way: past standing traffic, along a bollard, over a red light, out of a stop.

Reads an Event and the SceneDraft; gives Beats, and puts vehicles and things where they have to begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from svta.generation.storyboard.scene import PEOPLE, VEHICLES, Beat, Prop, medium

from ..actions.draft import GROUND, Event, SceneDraft
from .lanes import overtake, through_the_gap
from .two_wheelers import fall_with_mount, ride_up

_SOFT: Final = ("mud", "puddle", "pile of snow", "pile of sand", "sand", "snow")
_CLEARING: Final = ("snowplow", "road sweeper", "bulldozer")
_KNOCKING: Final = ("push", "hit", "crash", "collide", "kick", "topple")
_THROUGH: Final = frozenset(("through", "between", "among", "past", "by"))
_OVER_RED: Final = frozenset(("run", "jump", "ignore", "go", "drive", "pass", "speed", "race", "shoot"))
_STOPS: Final = ("bus shelter", "bus stop", "tram stop", "gas pump", "fuel pump", "petrol pump", "taxi rank sign")
_LEAVING: Final = ("leave", "drive", "speed up", "walk", "run out", "flee")
_PUSHED: Final = ("shopping cart", "bicycle", "motorcycle", "wheelchair", "cyclist", "scooter")
_BACK_LANE, _FRONT_LANE = 0.73, 0.89  # the y of what stands by the kerb and of what passes it


def manoeuvre(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Beats of a road vehicle among other things; None for all others."""
    if e.verb == "skim":
        return _skim(draft, e)
    if medium(kind) not in ("road", "rail") and kind != "cyclist":
        return None
    if e.who in draft.parked and draft.kind(e.target or "") == "cyclist" and e.verb in _KNOCKING and e.target:
        return _against_a_door(draft, e)
    if e.verb == "skid" and kind == "cyclist" and "brake" in e.words and (mount := _mount(draft, e.who)):
        draft.place(e.target or "", x=0.76, y=0.8, facing=e.direction or 1)
        return ride_up(draft, replace(e, target=None), mount)
    if kind in _CLEARING and e.target is None and e.verb in ("clear", "clean", "wipe", "dig", "brush", "sweep"):
        to = _across(draft, e)
        return [Beat("drive", e.who, None, e.start, e.end, to), *_before_the_blade(draft, e, kind, to)]
    if e.verb == "spin wheels":
        return _stuck(draft, e)
    light = next((id_ for id_ in (e.near, e.target, e.passed) if draft.kind(id_ or "") == "traffic light"), None)
    if (
        kind == "cyclist"
        and e.verb in ("stop", "stand")
        and light is not None
        and (mount := _mount(draft, e.who)) is not None
    ):
        return _waits(draft, e, mount, light)
    if e.verb == "burst tyre":
        return _on_the_way(draft, e)
    if e.verb == "scrape":
        return _along_a_thing(draft, e)
    loose = e.verb == "roll" and medium(kind) in ("road", "rail") and kind not in _PUSHED
    loose = loose and e.who not in draft.later
    if loose and e.target is None and e.goal is None and (e.ground is None or e.ground[0] in ("away", "down")):
        sign = e.direction or draft.actors[e.who].facing
        return [Beat("roll", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.7 * sign))]  # with nobody in it
    if e.who in draft.moved:
        return None
    fallen = sorted(draft.fallen & draft.props.keys())
    if e.verb in ("skid", "stop") and e.target is None and fallen and kind in VEHICLES:
        return _before_what_fell(draft, e, fallen[0])
    if kind == "cyclist" and "overtake" in e.words and e.target in draft.actors:
        return overtake(draft, e)
    if (over := _over_the_red_light(draft, e)) is not None:
        return over
    if (out := _out_of_the_stop(draft, e)) is not None:
        return out
    return _through_traffic(draft, e)


def _waits(draft: SceneDraft, e: Event, mount: str, light: str) -> list[Beat]:
    """On the bicycle at the light, which turns green if anything is told of afterwards."""
    x = draft.x[light] - 0.16
    for id_ in (e.who, mount):
        draft.place(id_, x=x, facing=1)
        draft.move(id_, x)
    green = [Beat("open", light, None, 0.8 * e.end, e.end)] if e.who in draft.later else []
    return [Beat("ride", e.who, mount, 0.0, 0.01, x), Beat("stop", e.who, None, e.start + 0.01, e.end), *green]


def _stuck(draft: SceneDraft, e: Event) -> list[Beat]:
    """The wheels spin in the mud, and nothing moves; it came there before, if anything else is told."""
    named = (e.target, e.passed, e.goal, e.near)
    around = [id_ for id_ in named if id_ is not None and draft.kind(id_) in _SOFT]
    around += [id_ for id_, prop in draft.props.items() if prop.kind in _SOFT]
    draft.place(e.who, x=0.5, y=GROUND + 0.01)
    if draft.setting == "under bridge":  # up to its lower edge
        tall = VEHICLE_SHAPES[draft.kind(e.who)].height * PERSON
        draft.actors[e.who] = replace(draft.actors[e.who], scale=round(min(1.7, (GROUND - 0.2) / tall), 3))
        return [Beat("shake", e.who, None, e.start, e.end)]
    for soft in around[:1]:
        wide = draft.beyond(e.who, 1) - 1.0
        draft.start_prop(soft, x=draft.x[e.who], y=GROUND + 0.035)
        scale = max(draft.props[soft].scale, min(3.0, 2.6 * wide / max(0.1, draft.width_of(draft.kind(soft)))))
        draft.props[soft] = replace(draft.props[soft], scale=round(scale, 3))
    return [Beat("spin wheels", e.who, None, e.start, e.end)]


def _before_the_blade(draft: SceneDraft, e: Event, kind: str, to: float) -> list[Beat]:
    """The snow that a plough pushes along."""
    if kind != "snowplow" or any("snow" in prop.kind for prop in draft.props.values()):
        return []
    sign = draft.actors[e.who].facing
    ahead = 0.19 * sign * draft.actors[e.who].scale * VEHICLE_SHAPES[kind].width
    draft.put(Prop("ploughed_snow", "pile of snow", None, round(draft.actors[e.who].x + ahead, 4), GROUND + 0.01))
    return [Beat("drive", "ploughed_snow", None, e.start, e.end, draft.move("ploughed_snow", to + ahead))]


def _across(draft: SceneDraft, e: Event) -> float:
    """From one side of the picture nearly to the other."""
    sign = e.direction or 1
    draft.place(e.who, x=0.5 - 0.42 * sign, y=GROUND, facing=sign)
    return draft.move(e.who, 0.5 + 0.4 * sign)


def _against_a_door(draft: SceneDraft, e: Event) -> list[Beat]:
    """A cyclist rides against the open door of a parked car."""
    assert e.target is not None
    sign = e.direction or 1
    draft.place(e.who, x=0.5 + 0.22 * sign, y=0.76, facing=-sign)
    return fall_with_mount(draft, replace(e, verb="fall", who=e.target, target=None, direction=sign))


def _skim(draft: SceneDraft, e: Event) -> list[Beat]:
    """Across the picture in bounces, or on from where it touched down; waves stand behind it."""
    sign = e.direction or draft.actors[e.who].facing
    if e.who in draft.moved:
        return [Beat("skim", e.who, None, e.start, e.end, draft.move(e.who, min(0.86, draft.x[e.who] + 0.3 * sign)))]
    for id_ in [id_ for id_, prop in draft.props.items() if prop.kind == "wave"]:
        draft.start_prop(id_, y=0.74)
    draft.place(e.who, x=0.5 - 0.5 * sign, y=max(0.84, draft.y(e.who)), facing=sign)
    return [Beat("skim", e.who, None, e.start, e.end, draft.move(e.who, 0.5 + 0.4 * sign))]


def _along_a_thing(draft: SceneDraft, e: Event) -> list[Beat]:
    """Slowly along a bollard, a wall or another vehicle, so near that it gives sparks; along the kerb without one."""
    thing = next((id_ for id_ in (e.target, e.passed, e.near, e.goal) if id_ in draft.x and id_ != e.who), None)
    sign = e.direction or 1
    wide = draft.beyond(e.who, 1) - 1.04
    if thing is not None:
        parked = thing in draft.actors
        draft.place(thing, x=0.5 + 0.1 * sign, y=0.75, facing=sign)
        draft.start_prop(thing, x=0.5 + 0.1 * sign, y=0.87 if draft.width(thing) < 0.25 else 0.74)
        draft.place(e.who, y=0.85 if parked or draft.y(thing) < GROUND else 0.82)
    draft.place(e.who, x=0.5 - (0.42 + wide) * sign, facing=sign)
    to = draft.move(e.who, 0.5 + 0.16 * sign)
    return [Beat("scrape", e.who, thing, e.start, e.end, to)]


def _over_the_red_light(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Past a light that stays red, without a stop."""
    lights = (id_ for id_ in (e.target, e.passed, e.goal) if draft.kind(id_ or "") == "traffic light")
    light = next(lights, None)
    if light is None or not e.words & _OVER_RED or e.words & {"stop", "turn"}:
        return None
    sign = e.direction or 1
    draft.start_prop(light, x=0.5 - 0.08 * sign, y=0.74)
    draft.props[light] = replace(draft.props[light], colour=None)
    draft.place(e.who, x=0.5 - 0.7 * sign, y=0.86, facing=sign)
    end = 0.5 + (-0.04 if e.who in draft.later else 0.75) * sign
    mount = _mount(draft, e.who)
    if mount is None:
        return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, end))]
    draft.place(mount, x=0.5 - 0.7 * sign, y=0.86, facing=sign)
    return [Beat("ride", e.who, mount, e.start, e.end, draft.move(e.who, draft.move(mount, end)))]


def _out_of_the_stop(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """From where it stood before a shelter or pump, out of the picture."""
    stop = next((id_ for id_ in (e.source, e.target, e.near) if draft.kind(id_ or "") in _STOPS), None)
    away = e.words & {"out", "away", "off", "from", "leave", "depart"}
    if stop is None or not away or e.verb not in _LEAVING or e.start > 0:
        return None
    sign = e.direction or 1
    draft.start_prop(stop, x=0.5 - 0.2 * sign, y=0.74)
    draft.place(e.who, x=0.5 - 0.12 * sign, y=_FRONT_LANE, facing=sign)
    first = e.start + 0.25 * (e.end - e.start)
    return [Beat("speed up", e.who, None, first, e.end, draft.move(e.who, draft.beyond(e.who, sign)))]


def _through_traffic(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Between two rows of cars that stand, or past one of them."""
    rows = e.passed or e.target
    group = draft.actors.get(rows or "")
    ways = {e.preposition or "", *e.words} & _THROUGH
    if group is None or rows is None or rows in draft.moved or group.count < 2 or not ways:
        return None
    if group.kind not in VEHICLES or e.verb not in ("drive", "ride", "run", "walk") or rows not in draft.parked:
        return None
    sign = e.direction or 1
    if not ways & {"past", "by"}:
        draft.actors[rows] = replace(group, count=max(4, group.count))
        return through_the_gap(draft, replace(e, passed=rows))
    draft.actors[rows] = replace(group, count=max(3, group.count), scale=0.8)
    draft.place(rows, x=0.5, y=_BACK_LANE, facing=sign)
    mount = _mount(draft, e.who)
    for id_ in {e.who, mount or e.who}:
        draft.place(id_, x=0.5 - 0.65 * sign, y=_FRONT_LANE, facing=sign)
        draft.move(id_, 0.5 + 0.65 * sign)
    return [Beat("ride" if mount else "drive", e.who, mount, e.start, e.end, draft.x[e.who])]


def _mount(draft: SceneDraft, who: str) -> str | None:
    """What a person among the vehicles rides on."""
    if draft.kind(who) not in PEOPLE:
        return None
    return next((a.id for a in draft.actors.values() if a.kind in RIDDEN and a.id != who), None)


def _before_what_fell(draft: SceneDraft, e: Event, obstacle: str) -> list[Beat]:
    """Comes, and stops short of what lies across the road by now."""
    draft.start_prop(obstacle, x=0.7)
    draft.place(e.who, facing=1)
    draft.start_at(e.who, draft.beyond(e.who, -1))
    draft.actors[e.who] = replace(draft.actors[e.who], facing=1)
    return [Beat("skid", e.who, None, e.start, e.end, draft.move(e.who, 0.62 - draft.actor_width(e.who) / 2))]


def _on_the_way(draft: SceneDraft, e: Event) -> list[Beat]:
    """A tyre bursts while it drives."""
    bang = Beat("burst tyre", e.who, None, e.start + 0.35 * (e.end - e.start), e.end)
    if e.who in draft.moved or e.start > 0:
        return [bang]
    sign = e.direction or draft.actors[e.who].facing
    draft.start_at(e.who, 0.5 - 0.45 * sign)
    return [Beat("drive", e.who, None, e.start, e.end, draft.move(e.who, 0.5 - 0.08 * sign)), bang]
