"""Towards us and away from us, whatever the verb: drives straight toward the viewer, skis down a slope to the camera.

Reads a Reading whose clauses are complete; such a movement is "come closer" or "go away".
"""

from __future__ import annotations

from typing import Final

from ..clauses import Clause, Reading

_VIEWERS: Final = ("camera", "viewer", "viewers", "us", "lens", "observer", "screen")
_TOWARD: Final = ("toward", "towards", "to", "at")
_MOVING: Final = ("walk", "run", "drive", "ride", "float", "fly", "roll", "flee", "leave", "sneak", "crawl", "swim",
                  "stagger", "come closer", "slip", "drift", "skate", "ski", "surf", "slide down", "enter", "chase",
                  "speed up", "slow down", "hop", "gallop", "go away", "reverse")  # fmt: skip
_STRAIGHT: Final = ("straight", "directly", "right", "back")


def toward_the_viewer(reading: Reading) -> None:
    """Give each clause that says so the verb of a movement along the view."""
    clauses = sorted(reading.clauses, key=lambda clause: clause.at)
    for n, clause in enumerate(clauses):
        end = clauses[n + 1].at if n + 1 < len(clauses) else len(reading.words)
        if clause.verb not in _MOVING or clause.passive:
            continue
        if (found := _viewer(reading, clause, end)) is None:
            continue
        at, closer = found
        _not_a_thing(reading, at)
        for i in range(clause.at + 1, at + 1):
            if i >= at - 1 or reading.words[i].text in _STRAIGHT:
                reading.particles.add(i)
        view = {"toward us"} if closer else {"away from us"}
        clause.words |= view
        clause.verb = "come closer" if closer else "go away"
        clause.grounds = [(p, place) for p, place in clause.grounds if p not in ("up", "down")]
        for mention in reading.mentions:  # the slope is the place
            mention.absent |= mention.kind == "hill" and mention.inner


def _viewer(reading: Reading, clause: Clause, end: int) -> tuple[int, bool] | None:
    """The word of who looks on, and whether it is towards them."""
    for i in range(clause.at + 1, end):
        word, before = reading.words[i], reading.words[i - 1].text
        if word.text not in _VIEWERS or word.determiner == "a" or (word.text == "screen" and i not in reading.viewing):
            continue
        if before in _TOWARD:
            return i, True
        if before == "from" and ("away" in clause.words or reading.words[i - 2].text == "away"):
            return i, False
    return None


def _not_a_thing(reading: Reading, at: int) -> None:
    k = reading.mention_at.pop(at, None)
    reading.senses[at] = ""
    reading.viewing.add(at)
    text = reading.words[at].text
    if text in reading.unknown:
        reading.unknown.remove(text)
    if k is None:
        return
    reading.mentions[k].absent = True
    for clause in reading.clauses:
        clause.objects = [j for j in clause.objects if j != k]
        clause.obliques = [(p, j) for p, j in clause.obliques if j != k]
