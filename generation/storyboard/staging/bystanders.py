"""Mentions that no role of a choreography wants: people, animals, vehicles and things that stand by, or act alone.

Reads a Reading; puts Actors and Props on a SceneDraft and notes their ids.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.things import THINGS, enlarged
from svta.generation.storyboard.drawing.vehicles import VEHICLES as VEHICLE_SHAPES
from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.parsing.clauses import Reading
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.parsing.relations import relations
from svta.generation.storyboard.placement import PARTS
from svta.generation.storyboard.scene import WHOLE_SCENE, Actor, Prop, medium

from .actions.draft import HAND, SceneDraft
from .arrangement.formations import face_the_stage, fit
from .arrangement.spreading import spread_out
from .beats import SOCIAL

MAX_ACTORS: Final = 6
MAX_PROPS: Final = 12
MAX_COUNT: Final = 42  # of people; and of others:
_MAX_HERD: Final = 24
# They stand by the street, behind whoever passes.
EXTERIORS: Final = {"church", "shop", "house", "barn", "hut", "tower", "castle", "factory", *(
    kind for kind, entry in objects().items() if "outside" in entry)}  # fmt: skip
# One picture of these stands for many.
SEVERAL: Final = {"box", "book", "plate", "tree", "building"}  # but where each does something of its own, each is seen
SINGLE: Final = {"stairs", "fence", "wall", "shelf", "counter", "building", "money", "wire", "fireworks", "net", "rope",
                 "plate", "box", "book", "tree", "machine"}  # fmt: skip
_SLOTS: Final = (0.32, 0.66, 0.18, 0.82, 0.5, 0.08)
# Side by side, two of these need half the frame.
_ON_BICYCLES: Final = ("cyclist", "bicyclist", "cyclists", "bicyclists", "bike rider")
_RANKS: Final = ("row", "queue", "line", "long row", "long line")  # of vehicles that stand by
_ON_BOARDS: Final = ("skateboarder", "skateboarders", "longboarder")
_ON_MOTORCYCLES: Final = {
    **dict.fromkeys(("motorcyclist", "motorcyclists", "motor cyclist", "motorcycle rider", "motorbike rider", "biker",
                     "bikers"), "motorcycle"),
    **dict.fromkeys(("scooter rider", "scooter riders", "moped rider", "moped riders"), "scooter"),
}  # fmt: skip
_LONG: Final = {
    "cow",
    "horse",
    "bear",
    "lion",
    "donkey",
    "deer",
    "car",
    "van",
    "taxi",
    "police car",
    "ambulance",
    "sheep",
}
_WIDE: Final = 0.3  # of the frame: of these no two have room side by side
_BY_THEMSELVES: Final = {"flood", "burn", "explode", "collapse"}
_UNSEEN: Final = {"lights"}  # of which only the effect is seen
_STANDING: Final = ("chair", "ladder", "bucket", "fire extinguisher", "plant")  # though a hand can take them
_WORN_BY_ANIMALS: Final = ("rope", "dog leash", "bell", "saddle", "basket", "blanket", "chain", "hat")
_HARBOURS: Final = {
    "quay": 0.67,
    "pier": 0.65,
    "stone pier": 0.67,
    "marina": 0.7,
}  # the y of the water before which we stand
_OWN_TOOLS: Final = {
    **dict.fromkeys(("shepherd", "shepherds", "shepherdess"), "cane"),
    **dict.fromkeys(("street sweeper", "street sweepers", "road sweeper", "street cleaner"), "broom"),
    **dict.fromkeys(("brass band", "marching band", "band", "trumpeter", "trumpeters", "brass players"), "trumpet"),
    **dict.fromkeys(("drummer", "drummers", "street drummer"), "drum"),
    "saxophonist": "saxophone",
    **dict.fromkeys(("tennis player", "tennis players"), "racket"),
    **dict.fromkeys(("violinist", "violinists", "fiddler"), "violin"),
    "accordionist": "accordion",
    **dict.fromkeys(("musician", "street musician", "busker", "guitarist"), "guitar"),
    **dict.fromkeys(("photographer", "photographers", "paparazzi"), "camera"),
    **dict.fromkeys(("protester", "protesters", "demonstrator", "demonstrators", "protestor", "protestors"), "sign"),
}
# Of the first verb that has one; a window is broken by the ball that is kicked.
_TOOLS: Final[dict[str, str | None]] = {"kick ball": None, "shoot": "gun", "stab": "knife", "smash": "hammer",
                                        "photograph": "camera"}  # fmt: skip


def _has_one(reading: Reading, draft: SceneDraft) -> bool:
    """True if a motorcycle is there, or named as somebody's bike."""
    return "motorcycle" in draft.x or any(m.kind == "motorcycle" and m.text == "bike" for m in reading.mentions)


def _tool(reading: Reading, k: int) -> str | None:
    """What somebody has in hand unsaid, by what they do or are: a flag, a weapon, a camera."""
    verbs = [c.verb for c in reading.clauses if k in c.subjects]
    if any(k in c.subjects and c.words & {"flag", "flags"} for c in reading.clauses):
        return "flag"
    armed = (kind for kind in ("gun", "knife", "pistol") for c in reading.clauses
             if k in c.subjects and c.verb == "threaten" and kind in c.words)  # fmt: skip
    used = (_TOOLS[verb] for verb in verbs if verb in _TOOLS)
    text = reading.mentions[k].text
    text = f"tennis {text}" if reading.place == "tennis court" else text  # the players there
    return next(armed, None) or next(used, _OWN_TOOLS.get(text, _OWN_TOOLS.get(reading.mentions[k].text)))


def cast_bystanders(
    reading: Reading, draft: SceneDraft, ids: dict[int, str], named: Collection[int], *, literal: bool
) -> None:
    """Mentions no role wants: they stand where there is room, or where the caption puts them."""
    taken = [x for id_, x in draft.x.items() if id_ in draft.actors]
    slots = [x for x in _SLOTS if all(abs(x - other) > 0.1 for other in taken)] or list(_SLOTS)
    parts: dict[int, int] = {}
    acting = {k for c in reading.clauses for k in c.subjects}
    for k, mention in enumerate(reading.mentions):
        if k in ids or k not in named or mention.absent or mention.group in ("unknown", "substance"):
            continue
        if mention.held and (mention.kind in HAND or not literal):
            continue
        if mention.group == "prop" and (whole := _whole(reading, mention)) is not None:
            parts[k] = whole
            continue
        if mention.group == "prop" and mention.kind in _UNSEEN:
            continue
        if mention.group == "prop":
            _put_prop(draft, ids, k, mention, SINGLE - SEVERAL if literal else SINGLE)
            continue
        if len(draft.actors) >= MAX_ACTORS:
            break
        x = mention.side if mention.side is not None else slots.pop(0) if slots else 0.5
        if mention.count > 1 and (mention.kind in _LONG or mention.group == "vehicle") and mention.side is None:
            x = 0.56 if mention.group != "vehicle" or mention.count % 2 else 0.66
        x = 0.5 if mention.count > _MAX_HERD and mention.group == "person" else x  # from side to side
        back = k not in acting and mention.group == "vehicle"
        ground = 0.7 if mention.behind else _ground(mention.kind, draft.setting or reading.place, back)
        id_ = _new_id(draft, "person" if mention.group == "person" else mention.kind)
        holds = mention.holds if mention.holds in HAND or mention.group == "vehicle" else None
        holds = None if mention.group == "animal" and holds in _WORN_BY_ANIMALS else holds
        holds = _tool(reading, k) if holds is None and mention.group == "person" else holds
        rank = reading.words[mention.counted].text if mention.counted is not None and back else ""
        count = 4 if rank in _RANKS else min(mention.count, MAX_COUNT if mention.group == "person" else _MAX_HERD)
        draft.put(
            Actor(id_, mention.kind, mention.colour, mention.trousers, count, x, ground,
                  _scale(mention), -1 if x > 0.5 else 1, holds, mention.hat, mention.hat_colour, mention.bareheaded,
                  mention.headgear, mention.worn, mention.worn_colour,
                  mention.held_colour if holds == mention.holds else None)
        )  # fmt: skip
        ids[k] = id_
        if mention.kind == "cyclist" and mention.text in _ON_MOTORCYCLES and literal and not _has_one(reading, draft):
            mount = _ON_MOTORCYCLES[mention.text]
            draft.put(Actor(mount, mount, x=x, facing=-1 if x > 0.5 else 1))
        if mention.kind == "cyclist" and mention.text in _ON_BOARDS and literal and "skateboard" not in draft.x:
            draft.put(Prop("skateboard", "skateboard", None, x, ground))
        named_one = any(m.kind in ("bicycle", "motorcycle", "scooter") for m in reading.mentions)
        if named_one:
            continue
        if mention.kind == "cyclist" and mention.text in _ON_BICYCLES and literal and "bicycle" not in draft.x:
            many = draft.actors[id_].count
            if many > 2:
                many = min(6, many)
                draft.actors[id_] = replace(draft.actors[id_], count=many, scale=0.62)
            draft.put(Actor("bicycle", "bicycle", x=x, facing=-1 if x > 0.5 else 1, count=many,
                            scale=draft.actors[id_].scale))  # fmt: skip
    ids.update({k: ids[whole] for k, whole in parts.items() if whole in ids})
    if literal:
        for id_, prop in draft.props.items():
            if prop.kind == "window":  # in a wall
                draft.props[id_] = replace(prop, y=0.64)
        _take_own_things(reading, draft, ids)
        sided = {ids[k] for k, mention in enumerate(reading.mentions) if mention.side is not None and k in ids}
        spread_out(draft, sided, (*HAND, *EXTERIORS))
        fit(draft, sided)
        face_the_stage(draft)
        _each_with_one(reading, draft, ids)
        _no_taller_than_vehicles(reading, draft, ids)
    if not draft.actors and _wants_somebody(reading, draft):
        pair = any(c.verb in SOCIAL for c in reading.clauses)
        draft.put(Actor("person", "person", x=0.42 if pair else 0.5))
        if pair:
            draft.put(Actor("person2", "person", x=0.58, facing=-1))


def _no_taller_than_vehicles(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> None:
    """A crowd beside trams that are drawn small, so that each is seen, is small as well."""
    vehicles = [ids[k] for k, m in enumerate(reading.mentions) if m.group == "vehicle" and ids.get(k) in draft.actors]
    size = min((draft.actors[id_].scale for id_ in vehicles), default=1.0)
    for k, mention in enumerate(reading.mentions):
        if mention.behind and mention.group == "person" and ids.get(k) in draft.actors and size < 0.7:
            actor = draft.actors[ids[k]]
            draft.actors[ids[k]] = replace(actor, scale=min(actor.scale, size))


def _take_own_things(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> None:
    """Her phone, his stick: in the owner's hand, where nothing is done to it and nothing says where it is."""
    fronts = {"shop", "store", "display"}
    draft.shop_front = any(m.kind == "window" and fronts & {*m.text.split()} for m in reading.mentions)
    placed = {k for relation in relations(reading) for k in (relation.figure, relation.ground)}
    looked = ("look", "read", "phone", "photograph", "film", "wave", "talk")
    done = {k for c in reading.clauses if c.verb not in looked for k in (*c.subjects, *c.objects)}
    aimed = {
        k for c in reading.clauses for p, k in c.obliques if c.verb not in ("look", "read", "talk", "stand", "walk")
    }
    for k, mention in enumerate(reading.mentions):
        id_ = ids.get(k, "")
        if not mention.owned or mention.kind not in HAND or id_ not in draft.props or k in placed | done | aimed:
            continue
        owner = next((ids[j] for j in range(k - 1, -1, -1) if ids.get(j) in draft.actors
                      and reading.mentions[j].group == "person"), None)  # fmt: skip
        if owner is not None and draft.actors[owner].holds is None:
            draft.take_up(owner, id_)


def _each_with_one(reading: Reading, draft: SceneDraft, ids: dict[int, str]) -> None:
    """Each of three women carries a bag, four men carry suitcases: everybody has one in hand."""
    each = any(w.part == "each" or w.text in ("each", "everybody", "everyone") for w in reading.words)
    for clause in reading.clauses:
        who = next((ids[k] for k in clause.subjects if k in ids), "")
        things = [k for k in clause.objects if reading.mentions[k].kind in HAND and ids.get(k) in draft.props]
        if clause.verb != "carry" or who not in draft.actors or draft.actors[who].count < 2 or not things:
            continue
        many = reading.mentions[things[0]].count
        if (each or many > 1) and draft.actors[who].holds is None and many in (1, 2, draft.actors[who].count):
            draft.take_up(who, ids[things[0]])


def _whole(reading: Reading, mention: Mention) -> int | None:
    """The mention of what a part is seen on: the windows of a building, the door of a car."""
    wholes = PARTS.get(mention.kind, ())
    at = reading.mentions.index(mention)
    named = [k for k, m in enumerate(reading.mentions) if m.kind in wholes and not m.absent]
    return min(named, key=lambda k: (abs(k - at), k), default=None)


def _scale(mention: Mention) -> float:
    """Several vehicles are drawn smaller, so that each is seen, and so are hundreds of people."""
    if mention.behind:
        return 0.8 if mention.count <= MAX_ACTORS else 0.55
    if mention.count > 12 and mention.group == "person":
        return 0.62 if mention.count <= _MAX_HERD else 0.54
    if mention.group != "vehicle" or mention.count < 2:
        return mention.size
    wide = VEHICLE_SHAPES[mention.kind].width * PERSON * 0.6 * 1.12 * min(mention.count, 4)
    return round(min(1.0, max(0.4, 0.95 / wide)), 2)


def _ground(kind: str, place: str | None, back: bool) -> float:
    """The ground line: ships lie in the water behind a quay, what only stands by is further back."""
    if place in _HARBOURS and medium(kind) == "water":
        return _HARBOURS[place]
    if place in ("station", "subway") and kind in ("train", "tram"):
        return 0.72
    return 0.72 if back else 0.82


def _wants_somebody(reading: Reading, draft: SceneDraft) -> bool:
    """True if someone must do what the caption says, or if it says nothing that can be drawn."""
    if reading.nobody:
        return False
    events = [c for c in reading.clauses if not c.subjects and not c.weather and not c.passive]
    alone = any(c.verb in _BY_THEMSELVES for c in reading.clauses) and draft.props
    said = reading.places or reading.weather or reading.time or draft.props or reading.clauses or reading.denials
    return bool(events and not alone) or not said


def _put_prop(draft: SceneDraft, ids: dict[int, str], k: int, mention: Mention, single: Collection[str]) -> None:
    same = next((p for p in draft.props.values() if p.kind == mention.kind), None)
    if same is not None and mention.text != "another" and not _another_one(same, mention):
        ids[k] = same.id
        draft.props[same.id] = replace(same, colour=mention.colour or same.colour)
    elif any(a.holds == mention.kind for a in draft.actors.values()):
        return
    elif len(draft.props) < MAX_PROPS:
        free = (0.58, 0.76, 0.24, 0.9, 0.4, 0.12)[len(draft.props) % 6]
        x = mention.side if mention.side is not None else free
        ids[k] = _new_id(draft, mention.kind)
        y, scale = (
            (0.7, 1.05 * mention.size)
            if mention.kind in EXTERIORS
            else (objects().get(mention.kind, {}).get("y", 0.82), mention.size)
        )
        whole = (y - 0.03) / max(0.01, THINGS[mention.kind].height * enlarged(THINGS[mention.kind]) * PERSON)
        scale = (
            round(max(1.0, min(scale, whole)), 3) if mention.size > 1 else scale
        )  # a tall pole, its top in the picture
        half = min(0.45, draft.width_of(mention.kind) * scale / 2)
        x = mention.side if mention.side is not None else round(min(0.98 - half, max(0.02 + half, x)), 4)
        lit = mention.kind == "traffic light" and mention.colour == "red"  # as it stands anyway
        if mention.kind in EXTERIORS and mention.kind in THINGS:  # with its roof and its sign in the picture
            tall = THINGS[mention.kind].height * enlarged(THINGS[mention.kind]) * PERSON
            scale = round(min(scale, max(0.8, 0.68 / tall)), 3)
        if mention.kind not in single and mention.count > 1 and draft.width_of(mention.kind) * scale > _WIDE:
            _side_by_side(draft, ids[k], mention, y, scale)
            return
        draft.put(Prop(ids[k], mention.kind, None if lit else mention.colour, x, y, scale))
        own = draft.width(ids[k])
        step = (
            max(0.09, 1.7 * own if mention.kind in _STANDING else 0.0)
            if mention.kind in HAND
            else max(0.2, min(0.24, draft.width(ids[k]) * 1.05))
        )
        for n in range(1, mention.count if mention.kind not in single else 1):
            beside = x + (n + 1) // 2 * step * (1 if n % 2 else -1)
            if len(draft.props) < MAX_PROPS and 0.04 <= beside <= 0.96:
                clone = _new_id(draft, mention.kind)
                draft.clones.setdefault(ids[k], []).append(clone)
                draft.put(Prop(clone, mention.kind, mention.colour, round(beside, 4), y, mention.size))


def _another_one(same: Prop, mention: Mention) -> bool:
    """True for the blue cup beside a red one, the big box beside a small one."""
    sized = mention.size != 1.0 and same.scale != 1.0 and abs(mention.size - same.scale) > 0.2
    return bool(mention.colour and same.colour and mention.colour != same.colour) or sized


def _side_by_side(draft: SceneDraft, first: str, mention: Mention, y: float, scale: float) -> None:
    """Two or more houses, each so small that all of them are seen."""
    many = min(mention.count, 4)
    scale = round(min(scale, 0.92 / many / draft.width_of(mention.kind)), 3)
    for n in range(many):
        id_ = first if n == 0 else _new_id(draft, mention.kind)
        draft.put(Prop(id_, mention.kind, mention.colour, round(0.04 + 0.92 * (n + 0.5) / many, 4), y, scale))
        if n:
            draft.clones.setdefault(first, []).append(id_)


def _new_id(draft: SceneDraft, kind: str) -> str:
    base = kind.replace(" ", "_")
    taken = {*draft.actors, *draft.props, WHOLE_SCENE}
    return next(i for i in (base, *(f"{base}{n}" for n in range(2, 99))) if i not in taken)
