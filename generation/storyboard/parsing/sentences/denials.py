"""Around what does not happen: who tries in vain, a driver's seat with nobody in it, and what somebody does to a thing
that has just been named: the stick (that) the man throws.

Reads a Reading whose clauses are complete; changes verbs, subjects and objects.
"""

from __future__ import annotations

from typing import Final

from ..clauses import Clause, Denial, Reading

_YIELDING: Final = ("open", "move", "budge", "walk", "give", "close", "turn", "come off", "shift")
_TRIED: Final = ("open", "push", "pull", "close", "lift", "drag", "carry", "unlock", "move", "tug")
TRYING: Final = ("try", "tries", "tried", "trying", "attempts", "attempt")
FAILING: Final = ("fails", "failed", "fail", "in vain", "unsuccessfully", "without success")
_FIRST: Final = ("catch", "grab", "chase", "fetch", "hit", "dodge")  # done to what was thrown before
_SEATS: Final = ("seat", "driver's seat", "cab", "saddle", "cockpit", "wheel", "steering wheel", "controls")
_LIVING: Final = ("person", "animal")
_UNPARTED: Final = ("", "colour", "attribute")


def around_denials(out: Reading) -> None:
    """All of it, but for who tries in vain, which is told when the verbs are known."""
    _empty_seats(out)
    for clause in out.clauses:
        _done_to_the_named(out, clause)


def in_vain(out: Reading) -> None:
    """Opens a gate, but it does not open: pulls at it."""
    _fail(out)
    for denial in out.denials:
        if denial.group != "verb" or not {denial.name, denial.text, out.words[denial.at].lemma} & {*_YIELDING}:
            continue
        for clause in out.clauses:
            told = {*clause.objects, *(k for p, k in clause.obliques if p == "at")}  # opens the DOOR
            tried = clause.verb in _TRIED and clause.at < denial.at and told & {*denial.subjects}
            if not tried or not all(out.mentions[k].group == "person" for k in clause.subjects) or not clause.subjects:
                continue
            if any(out.mentions[k].group not in ("prop", "vehicle") for k in told):
                continue
            clause.objects = [*told]
            clause.obliques = [(p, k) for p, k in clause.obliques if k not in told]
            clause.verb, clause.words = "pull lever", clause.words | {"try"}
            before = range(max(0, clause.at - 2), clause.at)
            at = [i for i in before if out.words[i].text in TRYING]
            out.particles |= {*at}
            out.unknown = [word for word in out.unknown if word not in {out.words[i].text for i in at}]


def _fail(out: Reading) -> None:
    """Who tries to lift a box but fails does not do it."""
    if not any(word.text in FAILING for word in out.words):
        return
    for clause in [c for c in out.clauses if {w.text for w in out.words[max(0, c.at - 2) : c.at]} & {*TRYING}]:
        out.clauses.remove(clause)
        out.words[clause.at].unable = True
        text = out.words[clause.at].text
        out.denials.append(Denial(clause.at, "verb", clause.verb, text, tuple(clause.subjects)))


def _empty_seats(out: Reading) -> None:
    """With nobody in the seat: of the forklift, which is no chair."""
    vehicle = any(m.group == "vehicle" and not m.absent for m in out.mentions)
    for denial in out.denials if vehicle else ():
        i = denial.at + 2
        k = out.mention_at.get(i)
        if denial.group != "person" or k is None or out.words[i].text not in _SEATS:
            continue
        out.mentions[k].absent = True
        for clause in out.clauses:
            clause.obliques = [(p, j) for p, j in clause.obliques if j != k]
            clause.objects = [j for j in clause.objects if j != k]


def _done_to_the_named(out: Reading, clause: Clause) -> None:
    """The stick the man throws: the man throws it, whoever was told of before."""
    who, thing = (out.mention_at.get(clause.at - n) for n in (1, 2))
    if clause.at < 2 or who is None or thing is None or clause.passive or clause.objects:
        return
    doer, done = out.mentions[who], out.mentions[thing]
    if doer.group not in _LIVING or done.group not in ("prop", "vehicle") or not out.words[clause.at - 1].determiner:
        return
    clause.subjects, clause.objects = [who], [thing]
    for other in out.clauses:
        if other is clause or other.at > clause.at:
            continue
        other.objects = [k for k in other.objects if k != who]
        if thing in other.objects and other.verb in _FIRST:
            other.step, clause.step = clause.step, other.step
        elif thing in other.objects:
            clause.step = other.step
