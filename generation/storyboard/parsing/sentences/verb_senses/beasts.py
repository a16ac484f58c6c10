"""What animals do with their own bodies and each other: butt heads, chase their tails, scratch their backs on a tree.

Reads a Reading whose clauses are complete; changes the verbs of clauses whose subjects are animals.
"""

from __future__ import annotations

from typing import Final

from ...clauses import Clause, Reading

_CUBS: Final = ("cub", "cubs", "pup", "pups")
_CRAWLING: Final = ("snake", "worm", "snail", "slug", "lizard", "eel", "caterpillar")
_TYING: Final = ("tie", "tether", "chain", "leash", "hitch")
_GAPS: Final = ("gap", "hole", "opening", "break")
_TAILS: Final = {"tail", "tails"}
_BUTTING: Final = ("butt", "lock", "ram", "clash", "bang", "fight")
_WITH_GAPS: Final = ("fence", "hedge", "wall", "bush", "wire fence", "box hedge", "brick wall")
_HORNS: Final = {"head", "heads", "horn", "horns", "antler", "antlers"}
_RUBBING: Final = ("scratch", "rub")
_BACKS: Final = {"back", "backs", "itself", "themselves", "side", "flank", "rump"}
_MANES: Final = {"mane", "head", "manes", "heads"}
_BELLIES: Final = {"belly", "bellies", "stomach"}
_ROLLING: Final = ("roll", "roll over", "wallow")
_SLIDING: Final = ("slide", "slip", "glide", "toboggan")
_HEELS: Final = {"hoof", "hooves", "heels", "legs", "dust", "sand", "dirt", "snow"}
_AGAINST: Final = ("against", "on")
_CROWDING: Final = ("squeeze", "crowd", "jostle", "push", "press", "pour", "stream")
_SQUEEZING: Final = ("squeeze", "inch", "edge", "thread", "weave", "snake")
_PAST: Final = ("between", "past", "through")
_PARTS: Final = _HORNS | (_BACKS - {"side"}) | _MANES | _BELLIES | (_HEELS - {"dust", "sand", "dirt", "snow"})


def by_beasts(reading: Reading) -> None:
    """Gives each clause of animals the verb that it means."""
    _cubs(reading)
    for clause in reading.clauses:
        _tie(reading, clause)
        groups = {reading.mentions[k].group for k in clause.subjects}
        if groups and groups <= {"animal", "person"}:
            _through_a_gap(reading, clause)
            if clause.verb == "squeeze" and not clause.objects and clause.words & {"out", "into", "through"}:
                clause.verb = "leave" if "out" in clause.words else "walk"
            if clause.verb == "drive" and clause.lemma in _SQUEEZING:
                _afoot(reading, clause)
        if groups == {"animal"}:
            meant = _meant(reading, clause, _following(reading, clause))
            if meant is not None:
                clause.verb = meant
                reading.particles |= {i for i in _range(reading, clause) if reading.words[i].text in _PARTS}


def _tie(reading: Reading, clause: Clause) -> None:
    """A dog (that is) tied to a tree stands there."""
    beasts = clause.subjects or clause.objects
    if clause.lemma not in _TYING or (clause.subjects and clause.objects) or not beasts:
        return
    if all(reading.mentions[k].group == "animal" for k in beasts) and any(p == "to" for p, _ in clause.obliques):
        clause.verb, clause.subjects, clause.objects, clause.passive = "stand", beasts, [], False
        clause.obliques = [("at" if p == "to" else p, k) for p, k in clause.obliques]
        clause.words |= {"tie"}


def _cubs(reading: Reading) -> None:
    """A lioness carries her CUB: one of her own kind."""
    grown = [m.kind for m in reading.mentions if m.group == "animal" and m.text not in _CUBS]
    for mention in reading.mentions if grown else ():
        if mention.text in _CUBS and mention.group == "animal":
            mention.kind = grown[0]


def _afoot(reading: Reading, clause: Clause) -> None:
    """A man who squeezes past a car drives nothing."""
    if any(reading.mentions[k].kind == "cyclist" for k in clause.subjects):
        return
    way = next((text for text in reading.words[clause.at].text.split() if text in _PAST), "past")
    clause.verb, clause.obliques = "walk", [*clause.obliques, *((way, k) for k in clause.objects)]
    clause.objects = []


def _through_a_gap(reading: Reading, clause: Clause) -> None:
    """Through a gap IN the fence: through the fence, where there is a gap."""
    for i in range(clause.at + 1, len(reading.words) - 2):
        text, after = reading.words[i].text, reading.words[i + 1].text
        k = next(
            (reading.mention_at[j] for j in range(i + 2, min(i + 5, len(reading.words))) if j in reading.mention_at),
            None,
        )
        led = any(word.text == "through" for word in reading.words[clause.at + 1 : i])
        if text not in _GAPS or after not in ("in", "of", "between") or not led or k is None:
            continue
        if after != "between" and reading.mentions[k].kind not in _WITH_GAPS:
            continue
        own = reading.mention_at.get(i)
        clause.verb = clause.verb if clause.verb in ("walk", "run", "crawl", "sneak", "jump") else "walk"
        way = "between" if after == "between" else "through"
        clause.obliques = [(way, k), *((p, j) for p, j in clause.obliques if j not in (k, own))]
        clause.objects = [j for j in clause.objects if j not in (k, own)]
        clause.words |= {"gap"} if way == "through" else set()
        reading.particles |= {i, i + 1} if way == "through" else {i}
        if own is not None:
            reading.mentions[own].absent = True
            del reading.mention_at[i]
        if text in reading.unknown:
            reading.unknown.remove(text)


def _following(reading: Reading, clause: Clause) -> set[str]:
    """The words between the verb and the next one."""
    words = [reading.words[i] for i in _range(reading, clause)]
    return {text for word in words for text in (*word.text.split(), *word.manner)}


def _range(reading: Reading, clause: Clause) -> range:
    later = [other.at for other in reading.clauses if other.at > clause.at]
    return range(clause.at, min(later, default=len(reading.words)))


def _curl_up(reading: Reading, clause: Clause) -> str:
    """Into a ball, which is no thing of its own."""
    for i in _range(reading, clause):
        if reading.words[i].text == "ball" and (k := reading.mention_at.pop(i, None)) is not None:
            reading.mentions[k].absent = True
            reading.particles.add(i)
            clause.obliques = [(p, j) for p, j in clause.obliques if j != k]
            clause.objects = [j for j in clause.objects if j != k]
    return "curl up"


def _meant(reading: Reading, clause: Clause, words: set[str]) -> str | None:
    several = len(clause.subjects) > 1 or any(reading.mentions[k].count > 1 for k in clause.subjects)
    things = {reading.mentions[k].kind for k in (*clause.objects, *(k for _, k in clause.obliques))}
    crawls = any(reading.mentions[k].kind in _CRAWLING for k in clause.subjects)
    under = any(p in ("under", "beneath", "below") for p, _ in clause.obliques)
    if clause.lemma in (*_SLIDING, "squeeze", "wind", "slither") and not clause.objects and (crawls or under):
        return "crawl"
    if clause.verb == "collide" and clause.words >= {"run", "over"}:  # a lizard runs OVER A WALL
        clause.obliques, clause.objects = [("over", k) for k in clause.objects], []
        return "run"
    if clause.lemma in ("curl", "roll") and words & {"ball"}:
        return _curl_up(reading, clause)
    if several and clause.lemma in _BUTTING and words & _HORNS:
        return "butt"
    if clause.lemma == "chase" and words & _TAILS and not clause.objects:
        clause.words |= {"tail"}
        return None
    if clause.lemma in _RUBBING and words & _BACKS and any(p in (*_AGAINST, "of") for p, _ in clause.obliques):
        return "rub back"
    if clause.lemma in ("shake", "toss") and words & _MANES and not clause.objects:
        return "toss head"
    clause.words |= {"mid air"} if "air" in words and clause.verb in ("catch", "grab") else set()
    clause.words |= {"to and fro"} if "forth" in words and clause.verb in ("walk", "run") else set()
    if clause.lemma in ("flap", "beat", "spread", "flutter") and words & {"wings", "wing"}:
        return "flap"
    if clause.lemma == "hang" and not any(reading.mentions[k].kind in ("towel", "sheet") for k in clause.objects):
        return "dangle"
    if clause.lemma == "kneel":
        return "lie"
    if clause.lemma in ("gnaw", "nibble", "munch", "chew") and clause.obliques and not clause.objects:
        return "eat"
    if clause.lemma in _SLIDING and words & _BELLIES:
        return "belly slide"
    if clause.lemma == "kick" and words & _HEELS and not clause.objects:
        return "kick up"
    if clause.lemma in _CROWDING and not clause.objects and any(p in ("through", "into") for p, _ in clause.obliques):
        return "walk"
    rolls = clause.lemma in _ROLLING and not clause.objects and "ball" not in things
    own = words & ({"over", "back", "around", "about", "wallow"} | _BACKS) or clause.grounds or clause.obliques
    if rolls and (own or any(place for i, place in reading.places.items() if i > clause.at)):
        return "wallow"
    return None
