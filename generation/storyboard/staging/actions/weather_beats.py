"""What the weather does: wind that blows things over or away, lightning that strikes, fog that comes and goes; what
the sun, clouds and waves do.

Reads a Clause whose subject is the weather, or an Event of such a thing, and the SceneDraft; gives Beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.scene import VEHICLES, WHOLE_SCENE, Beat

from .draft import GROUND, Event, SceneDraft
from .equipment import light
from .supports import top_of

_COMING_OVER: Final = {"roll", "drift", "move", "come", "creep", "spread", "hide", "cover", "settle", "swallow",
                       "descend", "float", "sweep", "blanket", "engulf", "thicken", "cloak", "envelop", "surround",
                       "wrap", "shroud", "blow", "billow"}  # fmt: skip
_SETTLING: Final = {"settle", "collect", "pile", "gather", "accumulate", "build", "lie", "coat", "blanket", "rest",
                    "bury"}  # fmt: skip
_BLINDING: Final = {"hide", "swallow", "engulf", "envelop", "shroud", "obscure", "sweep", "cloak"}
_FLASHING: Final = {"flash", "strike", "light", "crack", "fork", "split", "appear", "streak", "illuminate", "hit"}
_PELTING: Final = {"bounce", "pound", "hit", "fall", "batter", "hammer", "pelt", "drum", "strike", "rattle", "beat",
                   "clatter", "dance", "rain", "dent", "damage", "pepper"}  # fmt: skip
_SWAYING: Final = {"sway", "bend", "shake", "swing", "lean"}
_SWINGING: Final = _SWAYING | {"move", "rock", "go", "fly", "creak"}
_ROOTED: Final = {"tree", "palm tree", "pine tree", "bush", "plant", "flower", "sunflower", "reed", "grass",
                  "cornstalk", "birch", "bare tree", "apple tree", "row of birch", "row of tree", "row of palm tree",
                  "fir tree", "willow", "bamboo"}  # fmt: skip
_BY_STORMS: Final = ("blow", "topple", "smash", "pull", "bend", "shake", "sway")
_GLAZING: Final = ("coat", "cover", "glaze", "encase")  # freezing rain
_TEARING: Final = ("tear", "rip", "blow", "pull", "strip", "peel")
_CLOUDS: Final = {"cloud", "dark cloud"}
_COVERING: Final = {"cover", "hide", "block", "obscure", "move", "pass", "drift", "roll", "slide", "float", "cross",
                    "swallow", "go", "come"}  # fmt: skip
_DRIFTING: Final = {"move", "roll", "drift", "come", "gather", "blow", "race", "rush", "sweep", "hurry", "sail",
                    "speed", "pass", "creep"}  # fmt: skip
_SKY: Final = {"sun", "moon", "star", "cloud", "dark cloud", "rainbow", "double rainbow"}
_BREAKING: Final = {"crash", "break", "splash", "slam", "pound", "smash", "wash", "spill", "hit", "beat", "batter",
                    "surge", "burst", "sweep", "strike", "lash"}  # fmt: skip
_SHORELINES: Final = {"beach": 0.6, "seaside": 0.6, "promenade": 0.7, "quay": 0.68, "sea wall": 0.63,
                      "pier": 0.66, "stone pier": 0.66, "ship deck": 0.7}  # fmt: skip  # the edge of the land
_HORIZONS: Final = {"mountain": 0.44, "street": 0.4, "hillside": 0.46, "suburb": 0.5, "square": 0.42, "sea": 0.48,
                    "seaside": 0.46, "beach": 0.5, "lake": 0.52, "lakeside": 0.5, "desert": 0.6,
                    "savanna": 0.58}  # fmt: skip  # where the sky ends
_FLAMES: Final = ("candle", "candlestick", "match", "torch", "fire", "flames", "birthday cake")
_LIFTED: Final = {"balloon", "kite", "lantern", "soap bubble", "paper plane", "leaf", "leaves", "feather", "bubble",
                  "umbrella", "hat", "papers", "sheet of paper", "snowflake", "plastic bag"}  # fmt: skip  # by the air
_EAVES: Final = {"house": 0.52, "hut": 0.5, "barn": 0.5, "garden shed": 0.56, "garage": 0.7}  # of their height
_STANDING: Final = ("behind", "near", "next", "front", "beside", "between")


def by_weather(draft: SceneDraft, ids: Mapping[int, str], clause: Clause, start: float, end: float) -> list[Beat]:
    """What the wind blows over and lightning strikes; snow and fog need no beat."""
    struck = [
        ids[k] for k in (*clause.objects, *(k for p, k in clause.obliques if p not in ("of", *_STANDING))) if k in ids
    ]
    if clause.verb in ("appear", "vanish") and clause.lemma != "light":
        return [Beat(clause.verb, WHOLE_SCENE, None, start, start + 0.6 * (end - start))]
    if clause.verb == "unroof":
        begun = start + 0.2 * (end - start)
        gone = [Beat("unroof", WHOLE_SCENE, id_, begun, end) for id_ in struck[:1]]
        return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *gone]
    blinding = clause.weather == "snow" and clause.lemma in _BLINDING
    if (clause.weather in ("fog", "sandstorm") and clause.lemma in _COMING_OVER) or blinding:
        return [Beat("roll in", WHOLE_SCENE, next(iter(struck), None), start, 1.0)]
    if clause.weather == "storm" and clause.lemma in _FLASHING and not (struck and clause.verb == "hit"):
        behind = next((ids[k] for p, k in clause.obliques if p == "behind" and k in ids), None)
        return [Beat("flash", WHOLE_SCENE, behind, start, 1.0)]
    if clause.weather == "hail" and clause.lemma in _PELTING:
        beaten = struck or [ids[k] for _, k in clause.obliques if k in ids]
        return [Beat("pelt", WHOLE_SCENE, id_, start, 1.0) for id_ in _all_of(draft, beaten)]
    covered = clause.weather in ("snow", "icy") or (clause.weather == "rain" and clause.lemma in _GLAZING)
    if covered and (clause.verb == "hide" or (struck and clause.lemma in _SETTLING)):
        return [Beat("snow under", WHOLE_SCENE, id_, start, end) for id_ in _all_of(draft, struck)]
    off_roof = clause.words & {"slide", "slip", "fall", "slid", "come", "drop", "crash", "tumble", "avalanche"} and (
        clause.words & {"off", "from"} or any(p in ("off", "from") for p, _ in clause.obliques))  # fmt: skip
    if clause.weather == "snow" and off_roof and struck:
        return [Beat("shed", WHOLE_SCENE, id_, start, end) for id_ in struck]
    if clause.weather == "hail" and clause.verb in ("hit", "smash", "crash", "topple"):
        beaten = struck or [ids[k] for _, k in clause.obliques if k in ids]
        return [Beat("shake" if clause.verb == "hit" else "shatter", id_, None, start, end) for id_ in beaten]
    felled = clause.lemma in ("bring", "knock", "take", "blow", "rip", "pull", "tear", "push") and (
        "down" in clause.words or any(p == "down" for p, _ in clause.obliques))  # fmt: skip
    if felled and clause.weather in ("storm", "wind") and struck:
        begun = start + 0.25 * (end - start)
        draft.start_prop(struck[0], x=0.34)
        return [
            Beat("blow", WHOLE_SCENE, None, start, 1.0),
            *(Beat("topple", id_, None, begun, end) for id_ in struck[:1]),
        ]
    if clause.verb == "flood":
        return [Beat("flood", WHOLE_SCENE, None, start, 1.0)]
    if clause.weather == "wind":
        struck += [ids[k] for p, k in clause.obliques if p == "of" and k in ids]
    off = [ids[k] for p, k in clause.obliques if p in ("off", "from") and k in ids]
    flying = [ids[k] for k in clause.objects if k in ids]
    if clause.lemma in _TEARING and not off:  # from the side of a building
        off = [ids[k] for p, k in clause.obliques if p == "of" and k in ids]
    loose = flying and {*flying} <= draft.props.keys()
    if clause.weather in ("wind", "storm") and off and loose and off[0] in draft.props:
        return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *_off_it(draft, flying, off[0], start, end)]
    held = any(id_ in draft.actors for id_ in struck) and any(id_ in draft.props for id_ in struck)
    lifted = clause.verb == "blow" and not clause.words & {"over", "down"}
    lifted &= bool(struck) and all(id_ in draft.props and light(draft.kind(id_)) for id_ in struck)
    if clause.weather == "wind" and (held or lifted or clause.words & {"away", "off"}):
        return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *_blown_away(draft, struck, start, end)]
    if clause.weather == "wind" or (clause.weather == "storm" and clause.verb in _BY_STORMS):
        onto = next((ids[k] for p, k in clause.obliques if p in ("onto", "on") and k in ids), None)
        falling = [id_ for id_ in struck if id_ != onto]
        if onto is not None and falling and falling[0] in draft.props:
            return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *_topples_onto(draft, falling[0], onto, start, end)]
        stays = clause.lemma in ("shake", "bend", "sway", "rattle", "rustle", "move", "rock")
        if stays and any(draft.kind(id_) in _ROOTED for id_ in struck):
            struck = _all_of(draft, struck)
        if clause.verb in ("smash", "shatter") and clause.lemma in ("break", "smash", "shatter"):
            return [Beat("blow", WHOLE_SCENE, None, start, 1.0),
                    *(Beat("shatter", id_, None, start + 0.3 * (end - start), end) for id_ in struck)]  # fmt: skip
        if "out" in clause.words and struck and all(draft.kind(id_) in _FLAMES for id_ in struck):
            struck = _all_of(draft, struck)
            gone = [Beat("die down", id_, None, start + 0.3 * (end - start), end) for id_ in struck]
            return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *gone]
        blown = [_blown(draft, id_, stays, start, end) for id_ in struck]
        return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *blown]
    if clause.weather == "storm" and clause.verb in ("hit", "shoot", "spark", "burn"):
        for id_ in struck:
            draft.lower(id_)
        struck = struck[:1]  # not what stands next to it
        bolts = [Beat("spark", WHOLE_SCENE, id_, start + 0.2 * (end - start), end) for id_ in struck]
        burning = struck if clause.verb == "burn" else []
        return bolts + [Beat("burn", id_, None, start + 0.5 * (end - start), 1.0) for id_ in burning]
    return []


def _all_of(draft: SceneDraft, ids: list[str]) -> list[str]:
    """With those of the same mention: all the palm trees by the road."""
    return [one for id_ in ids for one in (id_, *draft.clones.get(id_, ()))]


def _blown(draft: SceneDraft, id_: str, stays: bool, start: float, end: float) -> Beat:
    """A tree bends, what else stays shakes, the rest falls over."""
    if draft.kind(id_) in ("leaves", "papers"):
        return Beat("swirl", id_, None, start, end)
    if draft.kind(id_) == "swing" or (stays and draft.kind(id_) in _ROOTED):
        return Beat("sway", id_, None, start, end)
    return Beat("shake" if stays else "topple", id_, None, start + 0.3 * (end - start), end)


def _topples_onto(draft: SceneDraft, id_: str, onto: str, start: float, end: float) -> list[Beat]:
    """What the wind fells falls on what stands beside it."""
    draft.start_prop(id_, x=0.3)
    draft.place(onto, x=0.62)
    draft.start_prop(onto, x=0.62)
    middle = start + 0.6 * (end - start)
    harm = "be crushed" if onto in draft.actors and draft.kind(onto) in VEHICLES else "shake"
    harm = "fall" if onto in draft.actors and draft.kind(onto) not in VEHICLES else harm
    hit = Beat(harm, onto, id_ if harm == "be crushed" else None, middle, end)
    return [Beat("topple", id_, onto, start + 0.25 * (end - start), end, draft.x[onto]), hit]


def _off_it(draft: SceneDraft, flying: list[str], ground: str, start: float, end: float) -> list[Beat]:
    """From the top of what it lay on through the air and out of the picture."""
    draft.lower_to(ground, 0.62)
    draft.start_prop(ground, x=0.36)
    high = draft.height(ground)
    front = round(draft.y(ground) - 0.42 * high, 4)  # of a wall
    top = front if high > 0.3 else top_of(draft.kind(ground))
    beats = []
    for id_ in flying:
        draft.start_prop(id_, x=draft.x[ground], y=round(max(top, min(0.62, draft.height(id_) + 0.04)), 4))
        beats.append(Beat("float", id_, None, start + 0.2 * (end - start), end, draft.move(id_, 1.2)))
    return beats


def _blown_away(draft: SceneDraft, struck: list[str], start: float, end: float) -> list[Beat]:
    """Out of somebody's hand or off the ground, and out of the picture."""
    beats = []
    for id_ in struck:
        if id_ not in draft.props:
            continue
        if draft.kind(id_) in ("leaves", "papers"):
            beats.append(Beat("swirl", id_, None, start, end))
            continue
        owner = next((other for other in struck if other in draft.actors), None)
        if owner is not None and draft.kind(id_) in ("hat", "lying cap"):  # off the head
            draft.start_prop(id_, x=draft.x[owner], y=0.33)
        elif owner is not None:
            draft.start_prop(id_, x=draft.x[owner] + 0.06, y=0.62)
        else:
            draft.start_prop(id_, x=0.2)
        beats.append(Beat("float", id_, None, start + 0.3 * (end - start), end, draft.move(id_, 1.25)))
    return beats


def in_the_open(draft: SceneDraft, e: Event, kind: str) -> list[Beat] | None:
    """Waves that break, trees that sway, what is in the sky or floats away, a tornado that takes a roof."""
    if kind == "wave":
        return _wave_breaks(draft, e)
    if e.verb == "blow" and e.words & {"over", "down"} and e.who in draft.props:
        return [Beat("topple", e.who, None, e.start + 0.25 * (e.end - e.start), e.end)]
    if kind in _ROOTED and e.verb in ("shake", "bend", "swing", "dance") and e.target is None and e.words & _SWAYING:
        return [Beat("sway", e.who, None, e.start, e.end)]
    if kind == "swing" and e.target is None and e.words & _SWINGING:
        return [Beat("sway", e.who, None, e.start, 1.0 if e.end > 0.9 else e.end)]
    if kind == "sky fireworks":
        return [Beat("burst aloft", e.who, None, e.start if e.start > 0.3 else 0.0, 1.0)]
    if kind in _SKY:
        return _in_the_sky(draft, e)
    if kind == "icicle":
        return _under_the_eaves(draft, e)
    if kind == "tornado" and e.verb == "spin" and e.target is None:
        draft.start_prop(e.who, x=0.16)
        return [Beat("swirl", e.who, None, e.start, e.end, draft.move(e.who, 0.84))]
    if kind == "tornado" and e.verb == "unroof" and e.target in draft.props and e.target is not None:
        draft.start_prop(e.who, x=0.1)
        draft.start_prop(e.target, x=0.42)
        begun = e.start + 0.3 * (e.end - e.start)
        return [Beat("swirl", e.who, None, e.start, e.end, draft.move(e.who, 0.95)),
                Beat("unroof", e.who, e.target, begun, e.end)]  # fmt: skip
    if e.verb == "float" and kind not in _LIFTED and e.words & {"away", "off", "down", "past", "along"}:
        draft.start_prop(e.who, x=draft.x[e.who] if e.who in draft.moved else 0.3)
        return [Beat("float", e.who, None, e.start, e.end, draft.move(e.who, 1.12))]
    return None


def _under_the_eaves(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Icicles hang from the edge of a roof, as long as that is, and drip to the ground before the wall."""
    house = next((id_ for id_ in (e.source, e.target, e.near, e.goal) if id_ in draft.props and id_ != e.who), None)
    if house is None:
        house = next(
            (id_ for id_, prop in draft.props.items() if draft.height(id_) > 0.3 and prop.kind != "icicle"), None
        )
    if (
        house is None
        or e.who in draft.moved
        or e.verb not in ("drip", "hang", "melt", "leak", "dangle", "form", "stand", "plunge")
    ):
        return None
    draft.start_prop(house, x=0.5, y=GROUND - 0.04)
    first = next((one for one, more in draft.clones.items() if e.who in more), e.who)
    n = [first, *draft.clones.get(first, ())].index(e.who)
    side = (-0.25, 0.25, 0.0)[n % 3]
    wide = draft.width(house)
    size = round(0.5 * wide / max(0.01, draft.width_of("icicle")), 3)
    draft.props[e.who] = replace(draft.props[e.who], scale=size, x=round(draft.x[house] + side * wide, 4))
    eaves = draft.props[house].y - _EAVES.get(draft.kind(house), 0.6) * draft.height(house)
    y = round(eaves + draft.height(e.who), 4)
    draft.props[e.who] = replace(draft.props[e.who], y=y)
    draft.x[e.who] = draft.props[e.who].x
    draft.moved.add(e.who)
    if e.verb == "plunge":
        begun = e.start + 0.3 * (e.end - e.start)
        return [Beat("drip", e.who, None, e.start, begun), Beat("plunge", e.who, None, begun, e.end)]
    return [Beat("drip", e.who, None, e.start, e.end)]


def _in_the_sky(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """The sun rises, sets and comes out, a rainbow appears and fades."""
    up, down = e.words & {"rise", "up"}, e.words & {"set", "down", "sink"}
    if draft.kind(e.who) in ("sun", "moon") and (up or down):
        draft.start_prop(e.who, x=0.7, y=_HORIZONS.get(draft.setting, 0.58))
        return [Beat("ascend" if up else "descend", e.who, None, e.start, e.end)]
    covered = next((id_ for id_ in (e.target, e.near, e.passed) if draft.kind(id_ or "") in ("sun", "moon")), None)
    if draft.kind(e.who) in _CLOUDS and covered is not None and e.words & _COVERING:
        return _cover(draft, e, covered)
    if draft.kind(e.who) in _CLOUDS and e.words & _DRIFTING:
        in_front = next((id_ for id_ in draft.later if draft.kind(id_) in ("sun", "moon")), None)
        if in_front is not None:  # which they cover next
            return _cover(draft, e, in_front)
        if e.words & {"in", "over", "across", "drift", "race", "rush", "sweep"} and "gather" not in e.words:
            x = draft.x[e.who]
            draft.props[e.who] = replace(draft.props[e.who], x=round(x - 0.55, 4))
            return [Beat("float", e.who, None, e.start, e.end, draft.move(e.who, x))]
    below = next((id_ for id_ in (e.behind, e.target, e.near, e.passed, e.goal) if id_ in draft.props), None)
    if draft.kind(e.who) in ("rainbow", "double rainbow") and below is not None and below != e.who:
        draft.lower_to(below, 0.36)  # the arch stands over it
        draft.start_prop(below, x=0.5)
        draft.props[e.who] = replace(draft.props[e.who], scale=1.25)
        draft.start_prop(e.who, x=0.5)
    cloud = next((id_ for id_ in (e.behind, e.target, e.passed) if draft.kind(id_ or "") in _CLOUDS), None)
    through = draft.kind(e.who) in ("sun", "moon") and e.words & {"break", "burst", "peek", "shine", "cut"} and (
        "through" in e.words or cloud is not None)  # fmt: skip
    if through and cloud is None:  # the mist goes
        middle = e.start + 0.7 * (e.end - e.start)
        return [Beat("appear", e.who, None, e.start, middle), Beat("vanish", WHOLE_SCENE, None, e.start, e.end)]
    if (
        draft.kind(e.who) in ("sun", "moon")
        and ("out" in e.words or through)
        and cloud in draft.props
        and cloud is not None
    ):
        draft.start_prop(e.who, x=0.62, y=0.22)  # the cloud draws away from before it
        draft.start_prop(cloud, x=0.62, y=0.29)
        draft.props[cloud] = replace(draft.props[cloud], scale=1.35)
        seen = Beat("appear", e.who, None, e.start, e.start + 0.6 * (e.end - e.start))
        return [seen, Beat("float", cloud, None, e.start, e.end, draft.move(cloud, 0.2))]
    if e.words & {"shine", "twinkle"} and "out" not in e.words:
        return []
    if draft.kind(e.who) in _CLOUDS and e.behind in draft.props:  # above what they gather behind
        draft.start_prop(e.who, y=0.26)
    if e.words & {"appear", "show", "form", "gather"} or (e.words & {"out", "up"} and e.verb != "darken"):
        return [Beat("appear", e.who, None, e.start, e.start + 0.5 * (e.end - e.start))]
    gone = e.words & {"disappear", "vanish", "fade", "set", "away", "go", "down"}
    return [Beat("vanish", e.who, None, e.start, e.end)] if gone or e.verb == "vanish" else None


def _cover(draft: SceneDraft, e: Event, covered: str) -> list[Beat]:
    """A cloud comes from the side and stays before the sun; of several the others come after it."""
    clones = [clone for clones in draft.clones.values() for clone in clones]
    behind = 0.26 * (clones.index(e.who) + 1 if e.who in clones else 0)
    draft.start_prop(covered, x=0.62, y=0.22)
    before = draft.x[covered] - behind
    if e.who in draft.moved:  # it is on its way already
        return [Beat("float", e.who, None, e.start, e.end, draft.move(e.who, before + 0.001))]
    follows = covered in draft.later
    draft.start_prop(e.who, y=round(draft.props[covered].y + 0.07, 4))
    draft.props[e.who] = replace(draft.props[e.who], x=0.1 - behind, scale=1.35)
    to = draft.move(e.who, before - 0.16 if follows else before)
    return [Beat("float", e.who, None, e.start, e.end, to)]


def _wave_breaks(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Waves that break over the wall of a shore, or against what stands in the water."""
    if not e.words & _BREAKING or e.who in draft.moved:
        return None
    met = (id_ for id_ in (e.target, e.goal, e.passed) if id_ in draft.x and draft.kind(id_ or "") != "wave")
    against = next(met, None)
    clones = [clone for clones in draft.clones.values() for clone in clones]
    n = clones.index(e.who) + 1 if e.who in clones else 0
    if against is None:
        at = _SHORELINES.get(draft.setting)
        if at is None:
            return None
        draft.start_prop(e.who, x=(0.34, 0.72, 0.5)[n % 3], y=at)
        draft.props[e.who] = replace(draft.props[e.who], scale=1.35)
        return [Beat("surge", e.who, None, e.start, e.end)]
    side = -1 if n % 2 else 1
    for m, id_ in enumerate((against, *draft.clones.get(against, ()))):
        draft.start_prop(id_, x=0.5 + 0.14 * m)
    draft.place(against, x=0.5)
    draft.start_prop(e.who, x=draft.x[against] - 0.4 * side, y=draft.y(against) + 0.02)
    draft.moved.add(e.who)
    return [Beat("surge", e.who, against, e.start, e.end)]
