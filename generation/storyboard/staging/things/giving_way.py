"""What holds somebody up and gives way: a ladder slips, a chair breaks, a branch snaps, and they come down with it.

Reads the Beats of a clause and the SceneDraft; gives those with the falls, and notes who is up on what.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from svta.generation.storyboard.parsing.clauses import Clause
from svta.generation.storyboard.scene import ANIMALS, PEOPLE, Beat, Prop

from ..actions.draft import GROUND, SceneDraft

_GETTING_ON: Final = ("climb", "sit", "jump", "lie", "land", "stand", "dance", "sleep")
_GETTING_OFF: Final = ("walk", "run", "flee", "leave", "plunge", "fall", "jump")
_GIVING_WAY: Final = ("topple", "plunge", "collapse", "split", "shatter", "smash", "crack", "slip", "explode")
_BREAKING: Final = ("split", "smash", "shatter", "crack", "fall", "plunge", "snap", "collapse")
_LOW: Final = 0.45  # the height of what one sits on, as a share of the frame
FALLEN: Final = ("fall", "trip", "slip", "plunge", "faint", "topple", "collapse")
_SNAPPING: Final = ("split", "smash", "shatter", "crack", "snap")
_HEIGHT_OF_BOUGHS: Final = 0.36  # of the frame, above the ground


def note(draft: SceneDraft, beats: Sequence[Beat]) -> None:
    """Who is up on what after these beats, and who lies on the ground."""
    for beat in sorted(beats, key=lambda beat: beat.start):
        on = beat.target in draft.props and beat.verb in _GETTING_ON
        if beat.target is not None and (on or (beat.verb == "ride" and beat.target in draft.actors)):
            draft.upon[beat.who] = beat.target
        elif beat.verb in _GETTING_OFF:
            draft.upon.pop(beat.who, None)
        if beat.verb in FALLEN:
            draft.fallen.add(beat.who)


def come_down(draft: SceneDraft, beats: list[Beat]) -> list[Beat]:
    """With those who are on what slips, breaks or falls over."""
    falls = []
    for beat in beats:
        if beat.who in draft.boughs and beat.verb in ("split", "crack") and beat.who not in draft.later:
            middle = (beat.start + beat.end) / 2
            falls.append(Beat("plunge", beat.who, None, middle, beat.end))
        held = [who for who, thing in draft.upon.items() if thing in draft.props and thing == _holding(draft, beat)]
        for who in held if beat.verb in _GIVING_WAY else ():
            if draft.kind(who) in PEOPLE + ANIMALS and not any(b.who == who for b in beats):
                side = 1 if draft.x[who] < 0.7 else -1
                early = beat.start + 0.25 * (beat.end - beat.start)
                low = draft.height(draft.upon[who]) < _LOW
                to = draft.move(who, draft.x[who] + (0.0 if low else 0.12) * side)
                falls.append(Beat("fall" if low else "plunge", who, None, early, beat.end, None if low else to))
    note(draft, [*beats, *falls])
    return [*beats, *falls]


def _holding(draft: SceneDraft, beat: Beat) -> str:
    """The thing of the beat; of a branch the tree on which it is."""
    return draft.boughs.get(beat.who, beat.who)


def branches_on_trees(draft: SceneDraft, clauses: Sequence[Clause], ids: dict[int, str]) -> None:
    """A branch that breaks where there is a tree is one of its own, up there."""
    told = {ids[k] for c in clauses if c.verb in _BREAKING for k in c.subjects if k in ids}
    snaps = {ids[k] for c in clauses if c.verb in _SNAPPING for k in c.subjects if k in ids}
    tree = next((id_ for id_, prop in draft.props.items() if _is_tree(prop.kind)), None)
    for id_ in sorted(told):
        if tree is None and draft.kind(id_) == "branch" and id_ in snaps and not draft.actors:
            tree = "bough_tree"
            draft.put(Prop(tree, "tree", None, 0.5, GROUND))
        if draft.kind(id_) == "branch" and tree is not None:
            side = 1 if draft.x[tree] < 0.7 else -1
            draft.start_prop(id_, x=draft.x[tree] + 0.09 * side, y=GROUND - _HEIGHT_OF_BOUGHS)
            draft.boughs[id_] = tree


def _is_tree(kind: str) -> bool:
    return kind in ("tree", "oak", "palm") or kind.endswith(" tree")
