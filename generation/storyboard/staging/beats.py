"""Clauses into beats: what a verb of the caption looks like when no choreography says so.

Reads a clause's verb, who and whom (ids) and a slice of the clip; gives Beats. Keeps where everybody stands, so that
the next clause goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, WHOLE_SCENE, Beat, medium
from svta.generation.storyboard.shown_verbs import COMPOSED, NEAR, composed_beats

from .actions.draft import GROUND, Event, SceneDraft
from .actions.equipment import walk_to
from .actions.following import chase
from .actions.handling import take_along
from .actions.movement import STRIDE, approach, door, stride
from .actions.seating import SEATED, at_its_table, sit_at, sits_there
from .actions.supports import table_for
from .driving.collisions import collision
from .driving.gates import settle_at_gate
from .driving.mishaps import wheel_off
from .driving.towing import come_loose
from .driving.traffic import PUSHED
from .driving.two_wheelers import ride_up
from .event_rules import by_rule
from .industry.production import at_a_machine
from .things.thing_beats import stage_thing

SOCIAL: Final = {
    "shout",
    "kiss",
    "hug",
    "talk",
    "whisper",
    "punch",
    "shake hands",
    "dance",
    "kick ball",
}  # two do it with each other
_TOUCH: Final = {"hit", "kick", "push", "punch", "strangle", "stab", "handcuff", "hug", "shake hands", "drag", "bite",
                 "leap at", "grab", "pull", "give", "smash", "break in", "open", "repair", "load", "clean", "put",
                 "water", "spray", "pour", "catch", "lift", "surround", "knock",
                 "press", "lock", "scan", "snip", "saw", "drill", "paint", "wipe", "iron", "pay", "kiss", "build",
                 "plant", "cut", "hit ball"}  # fmt: skip
_FELLS: Final = {"shoot", "stab", "leap at", "bite"}
_ON_IT: Final = ("stand", "sit", "stop", "look", "talk", "read", "wave", "phone", "eat", "drink", "clap", "sing")
_OPENING: Final = ("open", "open boot", "open bonnet", "close")
_HASTE: Final = {"rush", "run", "hurry", "dash", "race", "sprint", "bolt"}
_ALONE: Final = {"flood", "shake", "explode", "smoke", "rain down", "blow", "swirl", "slide down", "collapse", "burn",
                 "leak"}  # fmt: skip
SLOWED: Final = {"walk", "drive", "crawl", "swim", "roll", "float", "ride", "fly", "reverse", "sneak"}
_ALONG: Final = ("push", "pull", "drag", "carry")
_HUNG: Final = ("door", "gate", "iron gate", "metal door", "glass door", "garage door", "door handle")  # it stays there
_THINGS_ONLY: Final = {"burn", "explode", "collapse", "leak", "smoke"}


def stage_clause(draft: SceneDraft, e: Event) -> list[Beat]:
    """The beats of one event; who does it at a table sits there."""
    if e.verb in ("sit", "lie") and e.start == 0.0 and "down" in e.words and draft.kind(e.who) in ANIMALS:
        e = replace(e, start=0.3)  # it stands until then
    e = at_its_table(draft, e) if draft.kind(e.who) in PEOPLE else e
    if e.desk is not None and e.verb in SEATED and draft.kind(e.who) in PEOPLE and e.who not in draft.moved:
        return sit_at(draft, e)
    if sits_there(draft, e) and draft.kind(e.who) in PEOPLE:
        return [Beat("sit at", e.who, None, e.start, e.end)]
    if e.verb in COMPOSED:
        return _composed(draft, e)
    if e.who in draft.wheeled and (wheeled := _in_a_wheelchair(draft, e)) is not None:
        return wheeled
    if (parted := come_loose(draft, e) or wheel_off(draft, e)) is not None:
        return parted
    if (produced := at_a_machine(draft, e)) is not None:
        return produced
    if e.who in draft.props:
        return stage_thing(draft, e)
    verb, who, target, start, end, direction = e.verb, e.who, e.target, e.start, e.end, e.direction
    kind = draft.kind(who)
    if verb in _THINGS_ONLY and target and kind in PEOPLE and verb != "smoke":  # sets fire to it
        pour = Beat("pour", who, target, start, (start + end) / 2)
        return [pour, Beat(verb, target, None, (start + end) / 2, 1.0)]
    if verb in _ALONE and who == WHOLE_SCENE:
        return [Beat(verb, WHOLE_SCENE, None, start, 1.0 if verb in ("flood", "smoke") else end)]
    if verb in _OPENING and kind in PEOPLE and target in draft.actors and draft.kind(target or "") in VEHICLES:
        return _open_vehicle(draft, e)
    if (staged := by_rule(draft, e, kind)) is not None:
        return stage_clause(draft, staged) if isinstance(staged, Event) else staged
    if verb in ("enter", "leave"):
        gone = door(draft, verb, who, target, start, end, direction)
        gait = "crawl" if "crawl" in e.words else "run" if e.words & _HASTE else "walk"
        to = gone[-1].to if gait == "crawl" and len(gone) == 2 else None
        if to is not None:  # all the way to the same side
            gone[0] = replace(gone[0], to=round(to - 0.1 * (direction or 1), 4))
        return [replace(beat, verb=gait) if beat.verb == "walk" else beat for beat in gone]
    if verb in ("crash", "collide"):
        return collision(draft, verb, who, target, start, end, direction)
    if verb in ("chase",):
        return chase(draft, who, target, start, end, direction)
    if verb == "flee" and kind in VEHICLES:
        verb = "drive"
    if verb == "flee":
        sign = direction or (1 if draft.x[who] >= 0.5 else -1)
        return [Beat("flee", who, None, start, end, draft.move(who, 0.5 + 0.65 * sign))]
    if verb in ("push", "pull") and target is not None and draft.kind(target) in _HUNG:
        way = walk_to(draft, who, target, start, start + 0.3 * (end - start))
        return [*way, Beat("pull lever" if verb == "pull" else verb, who, target, way[-1].end if way else start, end)]
    if verb == "drag" or (verb in ("push", "pull", "carry") and target in draft.props) or (
        verb in ("push", "pull") and target and (draft.kind(target) in PUSHED or _rolls(draft, who, target))
    ):  # fmt: skip
        return take_along(draft, verb, who, target, start, end, direction, e.goal, e.passed)
    if verb in ("reverse", "skid") and kind in PEOPLE and target and draft.kind(target) in VEHICLES:
        draft.start_at(who, -0.2)
        draft.start_at(target, -0.2)
        return [Beat("drive", who, target, start, end, draft.move(who, draft.move(target, 0.55)))]
    if verb in STRIDE:
        return stride(draft, verb, who, target, start, end, direction, e)
    beats: list[Beat] = []
    if target is not None and verb in _TOUCH and abs(draft.x[target] - draft.x[who]) > 2 * NEAR:
        middle = start + 0.4 * (end - start)
        beats += approach(draft, who, target, start, middle, verb)
        start = middle
    beats.append(Beat(verb, who, target, start, end))
    draft.taken |= {target} if verb in ("grab", "lift") and target in draft.props and target is not None else set()
    if target in draft.actors and (verb in _FELLS or e.down) and draft.kind(target) in PEOPLE + ANIMALS:
        beats.append(Beat("fall", target, None, (start + end) / 2, end))
    return beats


def _open_vehicle(draft: SceneDraft, e: Event) -> list[Beat]:
    """Up to the end of a car at which its boot or bonnet is, or to its door."""
    assert e.target is not None
    side = -1 if draft.x[e.who] <= draft.x[e.target] else 1
    flap = next((part for part in ("boot", "bonnet") if part in e.words or part in e.verb), None)
    if e.start > 0 and flap is not None:  # somebody got out of it
        side = draft.actors[e.target].facing if flap == "bonnet" else -draft.actors[e.target].facing
    else:
        draft.place(e.target, x=0.5 - 0.1 * side, facing=side if flap == "bonnet" else -side)
    gap = (0.1 if flap is None else 0.2) + 0.02
    if e.who not in draft.moved and e.start == 0.0:
        draft.place(e.who, x=draft.x[e.target] + (gap + 0.2) * side, facing=-side)
    middle = e.start + 0.35 * (e.end - e.start)
    way = Beat("walk", e.who, None, e.start, middle, draft.move(e.who, draft.x[e.target] + gap * side))
    ajar = [Beat(f"open {flap}", e.target, None, 0.0, 0.01)] if flap and e.verb == "close" else []
    return [*ajar, way, Beat(e.verb, e.who, e.target, middle, e.end)]


def _rolls(draft: SceneDraft, who: str, target: str) -> bool:
    """True for a car or a cart that people push."""
    return draft.kind(who) in PEOPLE and draft.kind(target) in VEHICLES and medium(draft.kind(target)) == "road"


def _in_a_wheelchair(draft: SceneDraft, e: Event) -> list[Beat] | None:
    """Who sits in a wheelchair rolls along in it, or sits there and does with the hands what is told."""
    chair = draft.wheeled[e.who]
    if draft.kind(chair) != "wheelchair" and (e.verb == "stop" or e.verb not in _ON_IT):
        return ride_up(draft, e, chair) if e.verb == "stop" else None
    if e.verb in _ON_IT:
        seated = Beat("ride", e.who, chair, e.start, e.end, draft.x[e.who])
        return [seated] if e.verb in ("stand", "sit", "stop") else [seated, Beat(e.verb, e.who, None, e.start, e.end)]
    slope = any(draft.kind(id_ or "") in ("ramp", "escalator", "stairs") for id_ in (e.target, e.passed, e.goal))
    if e.verb not in ("roll", "walk", "drive", "ride", "run") or slope or e.ground is not None:
        return None
    sign = e.direction or 1
    there = next((id_ for id_ in (e.goal, e.target) if id_ in draft.x and id_ != chair), None)
    x = 0.5 + 0.32 * sign if there is None else draft.x[there] - 0.16 * sign
    for id_ in (e.who, chair):
        draft.place(id_, x=0.5 - 0.34 * sign, y=GROUND, facing=sign)
        draft.move(id_, x)
    return [Beat("ride", e.who, chair, e.start, e.end, x)]


def _composed(draft: SceneDraft, e: Event) -> list[Beat]:
    """The beats of a verb that a user's lexicon is made of."""
    beats = composed_beats(e.verb, {"agent": e.who, "patient": e.target}, draft.x, e.start, e.end)
    draft.moved.update(beat.who for beat in beats if beat.to is not None)
    return beats


def note_what_is_to_come(draft: SceneDraft, ids: Mapping[int, str], clause: Clause, clauses: Sequence[Clause]) -> None:
    """What a later clause does with a thing of this one: who catches a ball, which window it breaks, who comes in."""
    taken = [c for c in clauses if c is not clause and c.step == clause.step and c.subjects == clause.subjects]
    if clause.verb in ("walk", "run") and not clause.objects and any(c.verb in _ALONG and c.objects for c in taken):
        draft.one_way.add(clause.at)  # crosses the street while pushing a pram: on one way
    who = next((ids[k] for k in clause.subjects if ids.get(k) in draft.actors), None)
    things = [ids[k] for k in clause.objects if ids.get(k) in draft.props]
    if clause.verb in ("catch", "grab", "chase") or clause.lemma in ("catch", "fetch"):
        draft.catchers |= {thing: who for thing in things if who is not None}
        draft.catching |= {who} if who is not None and clause.lemma == "catch" else set()
    aimed = [ids[k] for p, k in clause.obliques if p == "at" and ids.get(k) in draft.actors and clause.verb == "throw"]
    draft.beside |= {aimed[0]: aimed[1:]} if len(aimed) > 1 else {}
    for id_ in (ids[k] for k in clause.subjects if clause.lemma == "ring" and k in ids):
        if draft.kind(id_) in ("phone", "telephone") and draft.y(id_) == GROUND:  # it lies on a table
            table_for(draft, id_)
    panes = [ids[k] for c in clauses if c.verb in ("smash", "shatter") and c.step > clause.step
             for k in (*c.subjects, *c.objects) if k in ids and draft.kind(ids[k]) == "window"]  # fmt: skip
    draft.aims |= {ball: panes[0] for ball in things if panes and clause.verb == "kick ball"}
    gate = next((thing for thing in things if draft.kind(thing) in ("gate", "iron gate")), None)
    if (
        (clause.verb == "open" or "unlock" in clause.words)
        and gate is not None
        and who is not None
        and len(clauses) > 1
    ):
        there = dict.fromkeys(ids.get(k, who) for c in clauses for k in c.subjects)
        settle_at_gate(draft, gate, who, [id_ for id_ in there if id_ != who and id_ in draft.actors])


def slowed(draft: SceneDraft, beats: list[Beat]) -> list[Beat]:
    """Not so far in the same time."""
    out = []
    for beat in beats:
        thing = draft.actors.get(beat.who) or draft.props.get(beat.who)
        if beat.to is not None and thing is not None and beat.target is None and beat.verb in SLOWED:
            far = 0.27 * (beat.end - beat.start)
            x = min(0.8, max(0.2, thing.x)) if not 0 <= thing.x <= 1 else thing.x
            if x != thing.x:
                draft.actors[beat.who] = replace(draft.actors[beat.who], x=x)
            way = beat.to - x
            beat = replace(beat, to=draft.move(beat.who, x + max(-far, min(far, way))))
        out.append(beat)
    return out


def arrive(draft: SceneDraft, verb: str, id_: str, start: float, end: float) -> list[Beat]:
    """Coming on before the main event: from further out to where the choreography wants the actor."""
    x = draft.x[id_]
    gait = {"enter": "walk", "leave": "walk"}.get(verb, verb)
    if draft.kind(id_) in VEHICLES:
        gait = "drive"
    draft.start_at(id_, round(x - 0.35 if x <= 0.5 else x + 0.35, 4))
    draft.moved.add(id_)
    return [Beat(gait, id_, None, start, end, x)]


def somebody(draft: SceneDraft, clause: Clause, targets: list[str]) -> list[str]:
    """Who does it when the caption does not say: a thing for fire and floods, else whoever is there."""
    if clause.verb in ("flood", "shake", "rain down", "blow", "swirl", "slide down"):
        return [WHOLE_SCENE]
    if clause.verb in ("burn", "explode", "collapse", "smoke", "leak", "topple", "spark"):
        things = [id_ for id_ in targets if draft.kind(id_) not in PEOPLE]
        return things[:1] or list(draft.props)[:1] or [WHOLE_SCENE]
    people = [id_ for id_ in draft.actors if id_ not in targets]
    return people[:2] if clause.verb in SOCIAL else people[:1]


def manners(reading: Reading) -> dict[int, tuple[str, ...]]:
    """The adverbs of each clause, by the place of its verb: those beside it (slowly drives; drives slowly through)."""
    starts = sorted(clause.at for clause in reading.clauses)
    found: dict[int, tuple[str, ...]] = {}
    for i, word in enumerate(reading.words):
        at = max((at for at in starts if at <= i), default=starts[0] if starts else -1)
        found[at] = (*found.get(at, ()), *word.manner)
    return found
