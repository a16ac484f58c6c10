"""Clauses that no choreography acts out -> beats: who does it, to whom, and where they come from.

Reads a Clause and the ids under which its mentions are on stage; gives Beats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.gesture_table import GESTURES
from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.parsing.mentions import Mention
from svta.generation.storyboard.parsing.sentences.verb_senses.handled_verbs import RUNNERS
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, WHOLE_SCENE, Beat

from .actions.cranes import hoisted_by_nobody
from .actions.draft import Event, SceneDraft
from .actions.emission import emitted, lights
from .actions.filling import filled
from .actions.movement import STRIDE
from .actions.mutual import returned, side_by_side, staged_beside, unpaired
from .actions.seating import is_desk
from .animals.gaits import hopping, in_its_gait, leading
from .beats import SOCIAL, arrive, note_what_is_to_come, slowed, somebody, stage_clause
from .by_hand.swapping import with_each_other
from .driving.gates import green_first, note_opened
from .driving.traffic import wholly_away
from .groups import as_a_crowd, at_the_wheel, each_by_itself, face_to_face, got_off, through_a_crowd
from .industry.crafts import sparks_at_work
from .things.giving_way import branches_on_trees, come_down
from .weather.wind_and_slides import weathered

_WHOLE_WAY: Final = ("leave", "depart", "exit", "enter", "disappear")  # slowly too: in or out of the picture
ALIVE: Final = frozenset((*PEOPLE, *ANIMALS))
_PASSING: Final = ("past", "by", "along", "through", "under", "around", "across", "between", "beside", "during",
                   "above", "over", "below", "beneath", "underneath")  # fmt: skip
_STANDING: Final = ("behind", "near", "next", "front", "beside", "between")
_FACING: Final = ("shout", "kiss", "shake hands", "hug", "punch", "talk")
_NEXT_TO: Final = ("front", "next", "near", "beside", "at", "by", "outside")
_AIMED: Final = ("at", "over", "against", "through", "across")  # of throws: where it flies to
_STAYING: Final = ("block", "wait", "stay", "remain", "pause")
_FROM: Final = ("from", "off", "out")
_TO: Final = ("to", "onto", "into", "in", "inside", "on", "toward", "towards")
_ASIDE: Final = ("of", "near", "behind", "front", "next", "between", "among")
_RESTING: Final = ("sit", "lie", "kneel", "sleep")
_AT_A_DISTANCE: Final = ("wave", "throw", "kick ball", "look", "point", "talk", "laugh", "clap", "bow", "nod", "shout")
_MOST: Final = 12  # things of which each does it
_COMING: Final = {"walk", "run", "enter", "leave", "drive", "sneak"}


class ClauseStaging:
    """Stages clauses one by one. `mirrored`: the finished scene will be turned left to right."""

    def __init__(self, draft: SceneDraft, ids: Mapping[int, str], mentions: Sequence[Mention], mirrored: bool):
        self.manner: dict[int, tuple[str, ...]] = {}  # the word of a clause's verb -> its adverbs
        self.source: str | None = None  # of the water that was told of
        self.needed: dict[str, float] = {}  # id -> the last step in which it does something
        self.draft, self.cast, self.mentions, self.mirrored = draft, ids, mentions, mirrored
        self.resting, self.sat = set[str](), set[str]()  # who sat or lay down, and who sat
        self.sparking = False  # somebody welds or grinds
        self.in_turn = False  # one after another
        self.using: dict[str, float] = {}  # id -> the last step in which anything is done to it

    @property
    def ids(self) -> dict[int, str]:
        """Mention -> id of who and what is on stage; what somebody has taken up is in their hand."""
        return {k: id_ for k, id_ in self.cast.items() if id_ in self.draft.x}

    def beats(self, clause: Clause, start: float, end: float, before_core: bool) -> list[Beat]:
        """The beats of one clause between start and end of the clip (0..1)."""
        return come_down(self.draft, self._staged(clause, start, end, before_core))

    def _staged(self, clause: Clause, start: float, end: float, before_core: bool) -> list[Beat]:
        self.draft.later = {id_ for id_, step in self.using.items() if step > clause.step}
        who = list(dict.fromkeys(self.ids[k] for k in clause.subjects if k in self.ids))
        who += [f"{id_}_other" for id_ in who if f"{id_}_other" in self.draft.actors]
        who += [clone for id_ in who for clone in self.draft.clones.get(id_, ())]
        who = self.draft.one_of(who) if clause.part else who
        note_opened(self.draft, clause, self.mentions, self.ids)
        if (sky := weathered(self.draft, self.ids, clause, self.mentions, start, end)) is not None:
            return sky
        if (lit := lights(self.draft, clause, self.ids, self.mentions, start, end)) is not None:
            return lit
        if self.sparking and clause.subjects and all(self.mentions[k].kind == "sparks" for k in clause.subjects):
            return []  # where somebody welds
        given_off, self.source = emitted(self.draft, clause, self.ids, self.mentions, self.source, start)
        if given_off is not None:
            return given_off
        if clause.at in self.draft.one_way or _brings_nothing(self.mentions, clause):  # walks and pushes something
            return []
        if not who and any(k not in self.ids for k in clause.subjects):  # whoever does it is not known or not there
            return []
        targets = [self.ids[k] for k in clause.objects if k in self.ids and self.ids[k] not in who]
        aside = (*_ASIDE, *staged_beside(clause))
        targets += [self.ids[k] for p, k in clause.obliques if k in self.ids and p not in aside]
        targets = targets or [self.ids[k] for p, k in clause.obliques if k in self.ids and p == "of"]
        if clause.verb == "stand" and clause.lemma in _STAYING and who and set(who) <= self.resting:
            return []  # sits down and waits
        if (asleep := _nods_off(self, clause, who, start, end)) and not targets:
            return asleep
        rested = set(who) <= self.resting
        self.resting = self.resting | set(who) if clause.verb in _RESTING else self.resting - set(who)
        if not who and clause.passive and targets:
            if (by_machine := _by_machine(self, clause, targets, start, end)) is not None:
                return by_machine
            return self._suffers(unpaired(clause), targets[0], start, end)
        if not who:
            who = somebody(self.draft, clause, targets)
        alone = self.draft.actors.get(who[0]) if len(who) == 1 else None
        if (facing := face_to_face(self.draft, clause, who, targets, start, end)) is not None:
            return facing
        if who and (both := with_each_other(self.draft, clause, who, targets, start, end)):
            return both
        clause = unpaired(clause)
        if alone is not None and alone.count > 2 and who[0] not in self.draft.moved:
            target = next((t for t in targets if t not in who), None)
            if (together := as_a_crowd(self.draft, clause, who[0], target, start, end)) is not None:
                return together
        runs = clause.verb == "walk" and any(self.mentions[k].text in RUNNERS for k in clause.subjects)
        clause = replace(clause, verb="run") if runs else hopping(self.draft, clause, who, targets)
        if (crossed := through_a_crowd(self.draft, clause, who, self.ids, start, end)) is not None:
            return crossed
        apart = not rested and (not who or who[0] not in self.draft.seated)  # sits on a bench and talks
        if clause.verb in _FACING and len(who) == 1 and not targets and apart:
            who = self.draft.face_each_other(who[0])
        if "each other" in clause.words and clause.verb in _AT_A_DISTANCE:
            who = self.draft.face_each_other(who[0]) if len(who) == 1 and who[0] in self.draft.actors else who
            if thrown := _to_and_fro(self, clause, who, targets[:1], start, end):
                return thrown
        slow, beats = "slowly" in self.manner.get(clause.at, ()) and clause.lemma not in _WHOLE_WAY, list[Beat]()
        target = next((t for t in targets if t not in who), None)
        if target is None and len(who) == 2 and clause.verb in SOCIAL:
            a, b = who
            return [Beat(clause.verb, a, b, start, end), Beat(clause.verb, b, a, start, end)]
        clause = side_by_side(self.draft, clause, who, target, self.mirrored)
        if self.in_turn and len(who) == 1 and target is None:
            return _in_turn(self, clause, each_by_itself(self.draft, who[0]), start, end)
        for id_ in who[: _at_most(self.draft, who)]:
            if before_core and id_ in self.draft.actors and clause.verb in _COMING:
                beats += arrive(self.draft, clause.verb, id_, start, end)
            else:
                staged = stage_clause(self.draft, self.event(clause, id_, target, start, end))
                staged = slowed(self.draft, staged) if slow else staged
                staged += returned(self.draft, clause, staged, target) if len(who) == 1 else []
                beats += self._kept_inside(clause, wholly_away(self.draft, staged))
        return in_its_gait(self.draft, clause, _staying_there(self.draft, beats), self.mentions)

    def foresee(self, clauses: Sequence[Clause]) -> None:
        """Who does something later on has to stay in the picture until then."""
        self.sparking = sparks_at_work(clauses, self.mentions)
        branches_on_trees(self.draft, clauses, self.ids)
        self.draft.opened |= green_first(clauses, self.mentions, self.ids)
        for clause in clauses:
            self.draft.drivers |= at_the_wheel(clause, self.mentions, self.ids)
            for k in (*clause.subjects, *clause.objects, *(k for _, k in clause.obliques)):
                if k in self.ids:
                    self.using[self.ids[k]] = max(clause.step, self.using.get(self.ids[k], clause.step))
            living = [k for k in clause.objects if self.mentions[k].group in ("person", "animal")]
            for k in (*clause.subjects, *living):
                if k in self.ids:
                    self.needed[self.ids[k]] = max(clause.step, self.needed.get(self.ids[k], clause.step))
            note_what_is_to_come(self.draft, self.ids, clause, clauses)

    def _kept_inside(self, clause: Clause, beats: list[Beat]) -> list[Beat]:
        kept = []
        for beat in beats:
            later = self.needed.get(beat.who, clause.step) > clause.step
            if later and beat.to is not None and not 0.1 <= beat.to <= 0.9:
                to = self.draft.move(beat.who, min(0.74, max(0.26, beat.to)))
                if beat.target in self.draft.x and beat.verb in ("ride", "drive") and beat.target is not None:
                    self.draft.move(beat.target, to)
                beat = replace(beat, to=to)
            kept.append(beat)
        return kept

    def event(self, clause: Clause, who: str, target: str | None, start: float, end: float) -> Event:
        obliques = [(p, self.ids[k]) for p, k in clause.obliques if k in self.ids and self.ids[k] != who]
        direct = {self.ids[k] for k in clause.objects if k in self.ids}
        preposition = next((p for p, id_ in obliques if id_ == target and id_ not in direct), None)
        others = [(p, id_) for p, id_ in obliques if id_ != target or preposition is not None]
        if clause.verb in ("throw", "kick ball"):
            others = [("to" if p in _AIMED else p, id_) for p, id_ in others]
        source = next((id_ for p, id_ in others if p in _FROM), None)
        if clause.verb == "grab" and source is None and len(clause.objects) == 1:  # grabs a woman's bag
            source = next((id_ for p, id_ in others if p == "of" and self.draft.kind(id_) in PEOPLE), None)
        walls = {p for p, k in clause.obliques if self.mentions[k].kind == "wall" and k not in self.ids}
        words = (
            frozenset(clause.words | ({"around"} if any(p == "around" for p, _ in obliques) else set()))
            | walls
            | {p for p, id_ in obliques if p in ("up", "down") and self.draft.kind(id_) == "stairs"}
        )
        if source is None and target in direct and words & {"from", "off", "out"}:
            source = target  # falls off a bike
        if target is None or (source == target and target in direct):
            preposition = preposition or ("off" if source else None)
        if words & {"over", "on", "onto", "into"} and preposition is None:
            preposition = next(iter(words & {"over", "on", "onto", "into"}))
        ways = (*_TO, "at", "against", "over", "through") if clause.verb == "throw" else _TO
        way, goal = next(((p, id_) for p, id_ in others if p in ways), (None, None))
        if goal is None and target in direct:
            way, goal = next(((p, id_) for p, id_ in others if p in ("up", "down")), (way, None))
        if clause.verb in ("give", "show"):
            target, goal = _given(self, clause, target, goal)
        behind = next((id_ for p, id_ in obliques if p == "behind"), None)
        short = "short" in words  # stops short OF a cyclist
        near = next((id_ for p, id_ in obliques if p in _NEXT_TO or (short and p == "of")), None)
        passed = next((id_ for p, id_ in obliques if p in _PASSING), None)
        if (preposition in _PASSING or words & {"past", "by", "pass"}) and clause.verb in STRIDE:
            passed = passed or target
            target = None
        if target is None and clause.verb in ("enter", "leave") and words & {"get", "step", "climb", "board"}:
            target = next((a.id for a in self.draft.actors.values() if a.kind in VEHICLES and a.id != who), None)
        verb, target = got_off(self.draft, clause, who, target, start)
        preposition = preposition or ("between" if ("between", passed) in obliques else None)
        if clause.verb in ("jump", "dive") and source is not None:  # from a table onto a chair
            target, preposition = goal, "onto"
        return Event(
            verb,
            who,
            target,
            start,
            end,
            -clause.direction if self.mirrored else clause.direction,  # seen before the whole scene is mirrored
            clause.down,
            preposition,
            goal,
            source,
            way,
            passed,
            behind,
            near,
            words,
            leading(clause),
            next((id_ for p, id_ in obliques if p in ("at", "around") and is_desk(self.draft.kind(id_))), None),
        )

    def _suffers(self, clause: Clause, target: str, start: float, end: float) -> list[Beat]:
        """A passive without an agent: only the one it happens to is seen."""
        if self.draft.kind(target) in PEOPLE + ANIMALS:
            fallen = clause.verb in ("shoot", "stab", "hit", "kick", "push", "punch", "collide", "crash", "be crushed")
            return [Beat("fall" if fallen else "startle", target, None, start, end)]
        if clause.verb == "blow" and target in self.draft.props:
            self.draft.start_prop(target, x=0.2, y=0.6)
            later = self.needed.get(target, clause.step) > clause.step
            to = self.draft.move(target, 0.62 if later else 1.25)
            return [Beat("blow", WHOLE_SCENE, None, 0.0, 1.0), Beat("float", target, None, start, end, to)]
        if clause.verb in ("burn", "explode", "collapse", "topple", "smash", "open", "flood"):
            shown = {"smash": "topple"}.get(clause.verb, clause.verb)
            return [Beat(shown, target, None, start, end)]
        return []


def _by_machine(
    staging: ClauseStaging, clause: Clause, targets: list[str], start: float, end: float
) -> list[Beat] | None:
    """What is loaded or filled without anybody: by a crane, below a filling machine; None for all else."""
    goal = next((t for t in targets[1:] if t != targets[0]), None)
    if goal in staging.draft.props and targets[0] in staging.draft.actors and clause.verb == "load":
        targets, goal = [goal, targets[0]], targets[0]  # a ship is loaded WITH containers
    told = staging.event(clause, targets[0], targets[0], start, end)
    told = replace(told, goal=goal, way="onto", source=None, preposition=None)
    return (filled(staging.draft, told) if "fill" in told.words else None) or hoisted_by_nobody(staging.draft, told)


def _given(
    staging: ClauseStaging, clause: Clause, target: str | None, goal: str | None
) -> tuple[str | None, str | None]:
    """What is given, and to whom: gives a woman a ring."""
    objects = [staging.ids[k] for k in clause.objects if k in staging.ids]
    things = [id_ for id_ in objects if id_ in staging.draft.props or staging.draft.kind(id_) in VEHICLES]
    people = [id_ for id_ in (*objects, goal) if id_ in staging.draft.actors and id_ not in things]
    return (things[0], people[0]) if things and people else (target, goal)


def _at_most(draft: SceneDraft, who: list[str]) -> int:
    """How many of them act: all things, and all in a ring."""
    return _MOST if {*who} <= draft.props.keys() or not draft.clones.keys().isdisjoint(who) else 4


def _nods_off(staging: ClauseStaging, clause: Clause, who: list[str], start: float, end: float) -> list[Beat]:
    """Who sat down before sleeps where they sit."""
    staging.sat |= set(who) if clause.verb == "sit" else set()
    asleep = who if clause.verb == "sleep" and set(who) <= staging.sat else []
    return [Beat("nod off", id_, None, start, end) for id_ in asleep]


def _to_and_fro(
    staging: ClauseStaging, clause: Clause, who: list[str], things: list[str], start: float, end: float
) -> list[Beat]:
    """One throws it to the other; nothing where they do something else."""
    if clause.verb not in ("throw", "kick ball") or len(who) != 2 or not things:
        return []
    thrown = staging.event(replace(clause, verb="throw"), who[0], things[0], start, end)
    return stage_clause(staging.draft, replace(thrown, goal=who[1], way="to"))


def _in_turn(staging: ClauseStaging, clause: Clause, who: Sequence[str], start: float, end: float) -> list[Beat]:
    """Each does it after the one before."""
    beats: list[Beat] = []
    part = (end - start) / len(who)
    for n, id_ in enumerate(who):
        beats += stage_clause(staging.draft, staging.event(clause, id_, None, start + n * part, start + (n + 1) * part))
    return beats


def _brings_nothing(mentions: Sequence[Mention], clause: Clause) -> bool:
    """True for a waiter who brings no menu."""
    return bool(clause.objects and clause.subjects) and all(mentions[k].absent for k in clause.objects)


def _staying_there(draft: SceneDraft, beats: list[Beat]) -> list[Beat]:
    """Who had a hand on a thing in the first of two events begins the second one there."""
    for beat in beats:
        handled = beat.target in draft.props or draft.kind(beat.target or "") in VEHICLES
        near = beat.target in draft.x and abs(draft.x[beat.target] - draft.x.get(beat.who, 9)) < 0.4
        if beat.end < 1 and handled and near and draft.kind(beat.who) in PEOPLE and beat.verb in GESTURES:
            draft.moved |= {beat.who, str(beat.target)}
    return beats
