"""Clauses that no choreography acts out -> beats: who does it, to whom, and where they come from.

Reads a Clause and the ids under which its mentions are on stage; gives Beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, WHOLE_SCENE, Beat

from .beats import SOCIAL, STRIDE, stage_clause
from .draft import Event, SceneDraft

_PASSING: Final = ("past", "by", "along", "through", "under", "around", "across", "between", "beside", "during",
                   "above", "over")  # fmt: skip
_FROM: Final = ("from", "off", "out")
_TO: Final = ("to", "onto", "into", "in", "on", "toward", "towards")
_COMING: Final = {"walk", "run", "enter", "leave", "drive", "sneak"}


class ClauseStaging:
    """Stages clauses one by one. `mirrored`: the finished scene will be turned left to right."""

    def __init__(self, draft: SceneDraft, ids: Mapping[int, str], mirrored: bool):
        self.draft, self.ids, self.mirrored = draft, ids, mirrored

    def beats(self, clause: Clause, start: float, end: float, before_core: bool) -> list[Beat]:
        """The beats of one clause between start and end of the clip (0..1)."""
        who = list(dict.fromkeys(self.ids[k] for k in clause.subjects if k in self.ids))
        who += [clone for id_ in who for clone in self.draft.clones.get(id_, ())]
        if clause.weather:
            return self._weather(clause, start, end)
        by_others = [k for k in clause.subjects if k not in self.ids]
        if by_others and not who:
            return []  # whoever does it is not known or not there
        targets = [self.ids[k] for k in clause.objects if k in self.ids and self.ids[k] not in who]
        targets += [self.ids[k] for p, k in clause.obliques if k in self.ids and p not in ("of", "near", "behind")]
        targets = targets or [self.ids[k] for p, k in clause.obliques if k in self.ids and p == "of"]
        if not who and clause.passive and targets:
            return self._suffers(clause, targets[0], start, end)
        if not who:
            who = self._somebody(clause, targets)
        if (
            (clause.apart or clause.meeting)
            and len(who) == 1
            and who[0] in self.draft.actors
            and self.draft.actors[who[0]].count > 1
        ):
            return self._apart(clause, who[0], start, end)
        beats: list[Beat] = []
        target = next((t for t in targets if t not in who), None)
        if target is None and len(who) == 2 and clause.verb in SOCIAL:
            a, b = who
            return [Beat(clause.verb, a, b, start, end), Beat(clause.verb, b, a, start, end)]
        for id_ in who[:4]:
            if before_core and id_ in self.draft.actors and clause.verb in _COMING:
                beats += self._arrive(clause.verb, id_, start, end)
            else:
                beats += stage_clause(self.draft, self._event(clause, id_, target, start, end))
        return beats

    def _apart(self, clause: Clause, who: str, start: float, end: float) -> list[Beat]:
        """Two of a group, one to each side, or from both sides to the middle."""
        actor = self.draft.actors[who]
        other = f"{who}_other"
        near, ways = (0.44, (-1, 1)) if clause.apart else (0.06, (1, -1))
        self.draft.put(replace(actor, count=actor.count - actor.count // 2, x=near, facing=ways[0]))
        self.draft.put(replace(actor, id=other, count=actor.count // 2, x=1 - near, facing=ways[1]))
        verb = "walk" if clause.verb == "leave" else clause.verb
        if clause.meeting:
            gait = "drive" if actor.kind in VEHICLES else verb
            return [Beat(gait, id_, None, start, end, self.draft.move(id_, 0.5 - 0.09 * sign))
                    for id_, sign in ((who, 1), (other, -1))]  # fmt: skip
        return [
            beat
            for id_, sign in zip((who, other), ways)
            for beat in stage_clause(self.draft, Event(verb, id_, None, start, end, sign))
        ]

    def _event(self, clause: Clause, who: str, target: str | None, start: float, end: float) -> Event:
        obliques = [(p, self.ids[k]) for p, k in clause.obliques if k in self.ids and self.ids[k] != who]
        direct = {self.ids[k] for k in clause.objects if k in self.ids}
        preposition = next((p for p, id_ in obliques if id_ == target and id_ not in direct), None)
        others = [(p, id_) for p, id_ in obliques if id_ != target or preposition is not None]
        source = next((id_ for p, id_ in others if p in _FROM), None)
        words = frozenset(clause.words)
        if source is None and target in direct and words & {"from", "off"}:
            source = target  # falls off a bike
        if target is None or (source == target and target in direct):
            preposition = preposition or ("off" if source else None)
        if words & {"over", "on", "onto", "into"} and preposition is None:
            preposition = next(iter(words & {"over", "on", "onto", "into"}))
        goal = next((id_ for p, id_ in others if p in _TO), None)
        if (preposition in _PASSING or words & {"past", "by"}) and clause.verb in STRIDE:
            target = None
        if target is None and clause.verb in ("enter", "leave") and words & {"get", "step", "climb", "board"}:
            target = next((a.id for a in self.draft.actors.values() if a.kind in VEHICLES and a.id != who), None)
        if clause.verb == "jump" and source is not None:  # from a table onto a chair
            target, preposition = goal, "onto"
        return Event(
            clause.verb,
            who,
            target,
            start,
            end,
            self._turn(clause.direction),
            clause.down,
            preposition,
            goal,
            source,
            words,
        )

    def _weather(self, clause: Clause, start: float, end: float) -> list[Beat]:
        """What the wind blows over and lightning strikes; snow and fog need no beat."""
        struck = [
            self.ids[k] for k in (*clause.objects, *(k for p, k in clause.obliques if p != "of")) if k in self.ids
        ]
        if clause.weather == "wind" or (
            clause.weather == "storm" and clause.verb in ("blow", "topple", "smash", "pull")
        ):
            blown = [Beat("topple", id_, None, start + 0.3 * (end - start), end) for id_ in struck]
            return [Beat("blow", WHOLE_SCENE, None, start, 1.0), *blown]
        if clause.weather == "storm" and clause.verb in ("hit", "shoot", "spark", "burn"):
            bolts = [Beat("spark", id_, None, start + 0.2 * (end - start), end) for id_ in struck]
            return bolts + [Beat("burn", id_, None, start + 0.35 * (end - start), 1.0) for id_ in struck]
        return []

    def _turn(self, direction: int) -> int:
        """A clause's own direction, seen before the whole scene is mirrored."""
        return -direction if direction and self.mirrored else direction

    def _arrive(self, verb: str, id_: str, start: float, end: float) -> list[Beat]:
        """Coming on before the main event: from further out to where the choreography wants the actor."""
        x = self.draft.x[id_]
        gait = {"enter": "walk", "leave": "walk"}.get(verb, verb)
        if self.draft.kind(id_) in VEHICLES:
            gait = "drive"
        self.draft.start_at(id_, round(x - 0.35 if x <= 0.5 else x + 0.35, 4))
        self.draft.moved.add(id_)
        return [Beat(gait, id_, None, start, end, x)]

    def _suffers(self, clause: Clause, target: str, start: float, end: float) -> list[Beat]:
        """A passive without an agent: only the one it happens to is seen."""
        if self.draft.kind(target) in PEOPLE + ANIMALS:
            fallen = clause.verb in ("shoot", "stab", "hit", "kick", "push", "punch", "collide", "crash", "be crushed")
            return [Beat("fall" if fallen else "startle", target, None, start, end)]
        if clause.verb in ("burn", "explode", "collapse", "topple", "smash", "open", "flood"):
            shown = {"smash": "topple"}.get(clause.verb, clause.verb)
            return [Beat(shown, target, None, start, end)]
        return []

    def _somebody(self, clause: Clause, targets: list[str]) -> list[str]:
        """Who does it when the caption does not say: a thing for fire and floods, else whoever is there."""
        if clause.verb in ("flood", "shake", "rain down", "blow", "swirl", "slide down"):
            return [WHOLE_SCENE]
        if clause.verb in ("burn", "explode", "collapse", "smoke", "leak", "topple", "spark"):
            things = [id_ for id_ in targets if self.draft.kind(id_) not in PEOPLE]
            return things[:1] or list(self.draft.props)[:1] or [WHOLE_SCENE]
        people = [id_ for id_ in self.draft.actors if id_ not in targets]
        return people[:2] if clause.verb in SOCIAL else people[:1]
