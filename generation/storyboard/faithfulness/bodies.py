"""Judges who and what is really seen of a caption: covered by others, beside what they ride, more than it names.

Reads an Evidence; gives items that are not drawn, none where all is well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..parsing.clauses import Clause
from ..parsing.mentions import Mention
from ..scene import PEOPLE, VEHICLES, Actor, Prop
from ..verb_groups import MOTION
from .evidence import Evidence, Judge
from .fidelity import FidelityItem, item
from .visibility import STEPS, Box

_PLAIN: Final = 0.3  # of a body: one sees what it is
_A_THIRD, _MOST = 0.35, 0.7  # of the samples
_FEW: Final = 6  # so many are counted
_AT_ONE_PLACE: Final = 0.07  # world units between the middles of two bodies
_CLOSE_BY_VERB: Final = frozenset(("ride", "drive", "hug", "kiss", "carry", "wrestle", "fight", "enter", "leave",
                                   "hide", "dance with", "lift", "strangle", "restrain", "load"))  # fmt: skip
_HIDING: Final = frozenset(("hide", "enter", "leave", "ride", "drive", "sink", "vanish", "dive"))
_TAKING: Final = frozenset(("carry", "lift", "grab", "hold", "bring", "juggle"))
_OPEN_SEATS: Final = frozenset(("motorcycle", "bicycle", "scooter", "jet ski", "snowmobile", "quad bike", "tricycle"))
_STRUCK: Final = frozenset(("hit", "punch", "slap", "kick", "fly", "throw", "beat"))
_DOWN: Final = frozenset(("fall", "plunge", "topple", "faint"))
_TOLD_DOWN: Final = frozenset(("down", "over", "ground", "floor", "off", "back", "unconscious", "knock", "knocks",
                               "fall", "falls", "collapses", "faints", "lies", "drops"))  # fmt: skip
_WATERS: Final = ("lake", "sea", "river", "swimming pool")
_IN_WATER: Final = frozenset(("swim", "drown", "float", "surf", "ride", "drive", "wade in", "wade out", "fall in",
                              "sink", "row", "dive", "ski", "skate", "water ski"))  # fmt: skip
_IN_THE_AIR: Final = frozenset(("fly", "rise", "ascend", "dangle", "uphill", "float", "dive", "swing", "plunge",
                                "climb up",
                                "parachute", "hang", "go away", "come closer"))  # fmt: skip
_VAGUE: Final = frozenset(("some", "few", "several", "many", "dozens", "group", "both"))


def _covered(e: Evidence) -> Iterator[FidelityItem]:
    """Those of a mention who are hidden by others, or outside the picture, for most of their time in it."""
    hiding = {b.who for b in e.scene.beats if b.verb in _HIDING}
    used = {b.target for b in e.scene.beats}
    for mention in e.reading.mentions:
        if mention.absent or mention.group not in ("person", "animal", "vehicle"):
            continue
        cast = [t for t in e.cast(mention) if isinstance(t, Actor) and t.id in e.sight.parts]
        if not cast or any(t.id in hiding for t in cast):
            continue
        wanted = min(mention.count if _exact(e, mention) else 2, sum(t.count for t in cast))
        if 1 < wanted <= _FEW and e.sight.many([t.id for t in cast], 0.25) < wanted:
            yield item("count", mention.text, False, "not all of them are seen")
        for t in cast:
            if t.id in used and t.kind in VEHICLES:
                continue
            there = [k for k in range(STEPS + 1) if any(_inside(box) for box in e.sight.boxes[t.id][k])]
            plain = sum(e.sight.shares[t.id][k] >= _PLAIN for k in there)
            if len(there) < 2 or plain < _A_THIRD * len(there):
                yield item("noun", mention.text, False, "is hidden by others")
                break


def _exact(e: Evidence, mention: Mention) -> bool:
    return mention.counted is not None and e.reading.words[mention.counted].text not in _VAGUE


def _inside(box: Box) -> bool:
    return 0.0 <= (box[0] + box[2]) / 2 <= 5 / 3


def _at_one_place(e: Evidence) -> Iterator[FidelityItem]:
    """Two who stand at one place for most of the clip, which no beat between them explains."""
    actors = [a for a in e.scene.actors if a.kind not in VEHICLES]
    for i, one in enumerate(actors):
        for other in actors[i + 1 :]:
            pair = {one.id, other.id}
            if any({b.who, b.target} == pair and b.verb in _CLOSE_BY_VERB for b in e.scene.beats):
                continue
            near = sum(_same(e, one, other, k) for k in range(STEPS + 1))
            if near >= _MOST * STEPS:
                yield item("noun", other.kind, False, "stands where another one stands")


def _same(e: Evidence, one: Actor, other: Actor, k: int) -> bool:
    a, b = e.sight.box(one.id, k), e.sight.box(other.id, k)
    if a is None or b is None or {one.id, other.id} & e.sight.mounts[k].keys():
        return False
    beside = abs(a[0] + a[2] - b[0] - b[2]) / 2 < _AT_ONE_PLACE
    return beside and a[1] < b[3] and b[1] < a[3] and abs(a[3] - b[3]) < 0.1


def _left_behind(e: Evidence) -> Iterator[FidelityItem]:
    """Six plates that are carried: none of them lies still where it was."""
    for clause in e.reading.clauses:
        beats = e.showing(clause)
        for k in clause.objects if beats is not None and clause.verb in _TAKING else ():
            mention = e.reading.mentions[k]
            if mention.count < 2 or mention.group != "prop" or not _exact(e, mention):
                continue
            props = [t for t in e.things(mention) if isinstance(t, Prop) and t.id in e.sight.xs]
            still = [t for t in props if e.sight.way(t.id, 0.0, 1.0) < 0.04 and e.sight.times(t.id) > STEPS / 2]
            if still:
                yield item("count", mention.text, False, f"{len(still)} stay behind")


def _riders(e: Evidence) -> Iterator[FidelityItem]:
    """Who moves on a motorcycle sits on it, and no motorcycle goes by itself."""
    mounted = {id_: on for mounts in e.sight.mounts for id_, on in mounts.items()}
    for clause in e.reading.clauses:
        if clause.verb not in MOTION | {"crash", "collide", "brake"} or e.showing(clause) is None:
            continue
        who = e.ids(clause.subjects)
        on = [e.reading.mentions[k] for p, k in clause.obliques if p == "on" and clause.verb not in ("jump", "land")]
        for ridden in on:
            if ridden.group in ("vehicle", "animal") and not who & mounted.keys():
                yield item("relation", f"on {ridden.text}", False, "nobody rides it")
    chairs = {actor.id for actor in e.scene.actors if actor.kind == "wheelchair"}
    for i, k in e.reading.mention_at.items():  # a man in a wheelchair
        chair, sitter = e.reading.mentions[k], e.reading.mention_at.get(i - 2)
        if chair.kind == "wheelchair" and sitter is not None and e.reading.words[i - 1].text == "in":
            person = e.reading.mentions[sitter].group == "person"
            if person and not any(mounted.get(id_) in chairs for id_ in e.ids([sitter])):
                yield item("relation", "in wheelchair", False, "nobody sits in it")
    for actor in e.scene.actors:
        if actor.kind not in _OPEN_SEATS or actor.id in mounted.values():
            continue
        going = [b for b in e.scene.beats if b.who == actor.id and b.verb in MOTION]
        mention = next((m for m in e.reading.mentions if actor in e.things(m) and not m.absent), None)
        if going and mention is not None:
            yield item("extra", mention.text, False, "goes without a rider")


def riding(e: Evidence, clause: Clause) -> bool:
    """True if somebody who does it is on or in something at that time."""
    beats = e.showing(clause) or []
    ks = [k for beat in beats for k in range(e.sight.at(beat.start), e.sight.at(beat.end) + 1)]
    who = {beat.who for beat in beats}
    if any(beat.verb == "leave" and e.kinds.get(beat.target or "") in VEHICLES for beat in beats):
        return True  # gets out of it
    return any(who & e.sight.mounts[k].keys() for k in ks) or any(e.kinds.get(id_) in VEHICLES for id_ in who)


def _unnamed(e: Evidence) -> Iterator[FidelityItem]:
    """Owners of whom the caption names only what is theirs: a toddler's stroller."""
    doing = {k for c in e.reading.clauses for k in (*c.subjects, *c.objects, *(j for _, j in c.obliques))}
    for i, word in enumerate(e.reading.words):
        k = e.reading.mention_at.get(i)
        if k is None or not word.possessive or k in doing or e.reading.mentions[k].group not in ("person", "animal"):
            continue
        if e.cast(e.reading.mentions[k]):
            yield item("extra", word.text, False, "the caption names only what is theirs")


def _struck_down(e: Evidence) -> Iterator[FidelityItem]:
    """Who is struck falls, although the caption does not say so."""
    texts = {word.text for word in e.reading.words} | {lemma for word in e.reading.words for lemma in word.lemmas}
    if texts & _TOLD_DOWN or any(clause.down for clause in e.reading.clauses):
        return
    for clause in e.reading.clauses:
        by = [e.reading.mentions[k].group for k in clause.subjects]
        if clause.verb not in _STRUCK or "vehicle" in by:
            continue
        whom = e.ids([k for k in clause.objects if e.reading.mentions[k].group in ("person", "animal")])
        if any(beat.who in whom and beat.verb in _DOWN for beat in e.scene.beats):
            yield item("extra", "falls", False, "the caption does not say it")


def _never_had(e: Evidence) -> Iterator[FidelityItem]:
    """What is taken from somebody is seen with them, or near them, before."""
    for clause in e.reading.clauses:
        owners = [k for p, k in clause.obliques if p == "from" and e.reading.mentions[k].group == "person"]
        if clause.verb not in ("grab", "catch", "pull") or not owners or not e.showing(clause):
            continue
        for k in clause.objects:
            mention = e.reading.mentions[k]
            props = [t.id for t in e.things(mention) if isinstance(t, Prop)]
            seen = any(e.sight.share_at(id_, 0.1) > 0.2 for id_ in props)
            if props and not seen and mention.kind not in e.sight.held[1].values():
                yield item("relation", f"from {e.reading.mentions[owners[0]].text}", False, "has it not before")


def _on_nothing(e: Evidence) -> Iterator[FidelityItem]:
    """People who stand on the water, or hang in the air at the end."""
    afloat = {b.who for b in e.scene.beats if b.verb in _IN_WATER}
    aloft = {b.who for b in e.scene.beats if b.verb in _IN_THE_AIR or e.kinds.get(b.target or "") == "hanging rope"}
    for actor in e.scene.actors:
        mounted = actor.id in e.sight.mounts[0] or actor.id in e.sight.mounts[-1]
        if actor.kind not in PEOPLE or mounted or not e.sight.boxes.get(actor.id):
            continue
        first, last = e.sight.box(actor.id, 0), e.sight.box(actor.id, STEPS)
        if (
            e.scene.place in _WATERS
            and actor.id not in afloat
            and first
            and _inside(first)
            and not _held_up(e, actor, 0)
        ):
            yield item("place", e.scene.place, False, "somebody stands on the water")
        floats = last is not None and _inside(last) and last[3] < min(0.82, actor.y) - 0.12 and actor.y >= 0.6
        if floats and actor.id not in aloft and not _held_up(e, actor, STEPS):
            yield item("noun", actor.kind, False, "hangs in the air")


def _held_up(e: Evidence, actor: Actor, k: int) -> bool:
    """True if it is above something in sample k."""
    box = e.sight.box(actor.id, k)
    if box is None:
        return True
    middle = (box[0] + box[2]) / 2
    others = [e.sight.box(id_, k) for id_ in e.sight.boxes if id_ != actor.id and id_ in e.kinds]
    return any(o and o[0] - 0.1 <= middle <= o[2] + 0.1 and o[1] - 0.12 <= box[3] <= o[3] for o in others)


def _other_side(e: Evidence) -> Iterator[FidelityItem]:
    """Comes out on the other side: of what was named before."""
    for i, word in enumerate(e.reading.words):
        if word.text not in ("side", "end") or word.determiner not in ("other", "the other", "another"):
            continue
        clause = next((c for at, c in sorted(e.clauses.items(), reverse=True) if at < i), None)
        grounds = [k for j, k in sorted(e.reading.mention_at.items()) if j < i]
        if clause is None or not grounds:
            continue
        movers = e.ids(clause.subjects) & e.sight.xs.keys()
        for ground in e.ids(grounds[-1:]) & e.sight.xs.keys() - movers:
            across = [(e.sight.xs[m][0] - e.sight.xs[ground][0]) * (e.sight.xs[m][-1] - e.sight.xs[ground][-1])
                      for m in movers]  # fmt: skip
            if across and all(value >= 0 for value in across):
                yield item("relation", "other side", False, "ends on the same side")


BODIES: Final[tuple[Judge, ...]] = (
    _covered, _at_one_place, _left_behind, _riders, _unnamed, _struck_down, _never_had, _on_nothing, _other_side,
)  # fmt: skip
