"""Clauses that no choreography acts out -> beats: who does it, to whom, and where they come from.

Reads a Clause and the ids under which its mentions are on stage; gives Beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, VEHICLES, WHOLE_SCENE, Beat

from .beats import SOCIAL, SceneDraft, stage_clause

_COMING: Final = {"walk", "run", "enter", "leave", "drive", "sneak"}


class ClauseStaging:
    """Stages clauses one by one. `mirrored`: the finished scene will be turned left to right."""

    def __init__(self, draft: SceneDraft, ids: Mapping[int, str], mirrored: bool):
        self.draft, self.ids, self.mirrored = draft, ids, mirrored

    def beats(self, clause: Clause, start: float, end: float, before_core: bool) -> list[Beat]:
        """The beats of one clause between start and end of the clip (0..1)."""
        who = list(dict.fromkeys(self.ids[k] for k in clause.subjects if k in self.ids))
        targets = [self.ids[k] for k in clause.objects if k in self.ids and self.ids[k] not in who]
        targets += [self.ids[k] for p, k in clause.obliques if k in self.ids and p not in ("of", "near", "behind")]
        targets = targets or [self.ids[k] for p, k in clause.obliques if k in self.ids and p == "of"]
        if not who and clause.passive and targets:
            return self._suffers(clause, targets[0], start, end)
        if not who:
            who = self._somebody(clause, targets)
        beats: list[Beat] = []
        target = next((t for t in targets if t not in who), None)
        if target is None and len(who) == 2 and clause.verb in SOCIAL:
            a, b = who
            return [Beat(clause.verb, a, b, start, end), Beat(clause.verb, b, a, start, end)]
        for id_ in who[:3]:
            if before_core and id_ in self.draft.actors and clause.verb in _COMING:
                beats += self._arrive(clause.verb, id_, start, end)
            else:
                beats += stage_clause(
                    self.draft, clause.verb, id_, target, start, end, self._turn(clause.direction), clause.down
                )
        return beats

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
            return targets[:1] or list(self.draft.props)[:1] or [WHOLE_SCENE]
        people = [id_ for id_ in self.draft.actors if id_ not in targets]
        return people[:2] if clause.verb in SOCIAL else people[:1]
