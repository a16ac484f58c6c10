"""Judges where movements begin, pass and end by the boxes of the simulated scene.

Reads an Evidence and a clause; gives one item for each preposition of a movement whose ground is drawn: onto a car,
off a shelf, out of a basket, under a truck, over a wall, through a gate. Boxes are in world units, y downwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from ..drawing.things import THINGS, enlarged, rest_height
from ..drawn_tables import objects
from ..parsing.clauses import Clause
from ..scene import PROP_KINDS, medium
from ..verb_groups import MOTION
from .evidence import Evidence
from .fidelity import FidelityItem, item
from .visibility import STEPS, Box

_ON: Final = frozenset(("climb", "jump", "land", "put", "walk", "run", "fly", "drive", "step"))
_OFF: Final = frozenset(("fall", "plunge", "drop", "jump", "slide", "slip", "knock", "roll", "drive", "blow",
                         "topple", "fly", "walk", "run", "push", "kick", "climb", "crawl",
                         "carry", "hit", "roll over", "lift"))  # fmt: skip
_OUT: Final = _OFF | {"flee", "leave", "reverse", "throw", "tow", "pull", "drag"}
_UNDER: Final = frozenset(("roll", "crawl", "walk", "run", "drive", "hide", "sneak", "fly", "kick ball", "slide"))
_OVER: Final = frozenset(("jump", "ride", "fly", "climb", "throw", "kick ball", "hit ball", "vault"))
_THROUGH: Final = frozenset((*MOTION, "break in", "smash", "push", "pull"))
# One goes under these without being behind them.
_ROOFS: Final = frozenset(("tree", "umbrella", "table", "bench", "desk", "bed", "awning", "chair", "bus shelter",
                           "arch", "palm tree", "filling machine", "picnic table", "parasol", "tent", "bridge",
                           "crane"))  # fmt: skip
_CLOSE: Final = 0.06  # world units
_FLAT: Final = 0.12
_COVERED: Final = 0.75  # of what is under something, the share seen at the most
_ALIKE: Final = 0.12


class Way(NamedTuple):
    """A mover's boxes at the start, in between and at the end, None while it is hidden, and its ground's."""

    boxes: list[Box | None]
    grounds: list[Box | None]
    depths: list[float]  # how much nearer the mover is drawn than its ground
    hovers: bool
    roof: bool
    opening: bool
    shares: list[float]

    @property
    def first(self) -> Box | None:
        return self.boxes[0]

    @property
    def last(self) -> Box | None:
        return self.boxes[-1]


def judge_routes(e: Evidence, clause: Clause) -> Iterator[FidelityItem]:
    """One item for each thing that a movement begins, ends or passes at, if its kind of movement is known."""
    beats = e.showing(clause) or []
    if not beats or not e.sight.shares:
        return
    start, end = min(beat.start for beat in beats), max(beat.end for beat in beats)
    told = [(p, k, bool(clause.objects)) for p, k in clause.obliques]
    told += [(p, k, False) for p in sorted(clause.words & _CHECKS.keys()) for k in clause.objects]
    told += [("out", k, False) for k in clause.objects if clause.verb == "leave" and "out" not in clause.words]
    for preposition, k, moved in told:
        if preposition == "from" and "away" in clause.words:
            continue
        if preposition == "out" and "under" in clause.words:
            preposition = "from"
        verbs, check = _CHECKS.get(preposition, (frozenset(), None))
        mention = e.reading.mentions[k]
        grounds = e.things(mention)
        if check is None or clause.verb not in verbs or mention.group not in ("prop", "vehicle") or mention.inner:
            continue
        driven = moved and (clause.verb not in MOTION or preposition == "up")
        movers = sorted(e.ids(clause.objects if driven else clause.subjects))
        first, last = e.sight.at(start), e.sight.at(end)
        movers = [id_ for id_ in movers if id_ in e.sight.boxes and any(e.sight.boxes[id_])]
        if preposition == "up":  # who is chased, after it was caught up with
            last = e.sight.at(max((b.end for b in e.scene.beats if b.who in movers), default=end))
        placed = [g for g in grounds if g.id in e.sight.boxes and g.id not in movers]
        if not movers or not placed:
            continue
        good = any(_does(e, check, (id_, g.id), first, last, clause) for id_ in movers for g in placed)
        yield item("relation", f"{preposition} {mention.text}", good, "begins, passes or ends elsewhere")


def judge_on_top(e: Evidence) -> Iterator[FidelityItem]:
    """On top of a henhouse: with the feet on its upper side, not beside it."""
    for i, word in enumerate(e.reading.words):
        if not (word.text == "on top" or word.top) or not e.sight.shares:
            continue
        ground = next((k for j, k in sorted(e.reading.mention_at.items()) if i < j <= i + 5), None)
        clause = next((c for at, c in sorted(e.clauses.items(), reverse=True) if at < i), None)
        figure = next((k for j, k in sorted(e.reading.mention_at.items(), reverse=True) if j < i), None)
        told = {*(clause.subjects if clause else ()), *(clause.objects if clause else ()), figure} - {None, ground}
        if ground is None or not told:
            continue
        figures = e.ids([k for k in told if k is not None]) & e.sight.boxes.keys()
        grounds = e.ids([ground]) & e.sight.boxes.keys()
        pairs = [(e.sight.boxes[a][k], e.sight.box(b, k)) for a in figures for b in grounds for k in range(STEPS + 1)]
        on = any(_rests_on(box, g) for boxes, g in pairs for box in boxes)
        if figures and grounds and not on:
            yield item("relation", f"on top of {e.reading.mentions[ground].text}", False, "stands elsewhere")


_THERE: Final = ("leave", "enter", "come closer", "file through", "swarm out")  # into a thing, through it or out of it


def _does(
    e: Evidence, check: Callable[[Way], bool], ids: tuple[str, str], first: int, last: int, clause: Clause
) -> bool:
    """True if a mover passes a check at a ground; of a group most have to, where it matters where each of them is."""
    mover, ground = ids
    if check is _begins_on and any(on.get(mover) == ground for on in e.sight.mounts[: last + 1]):
        return True  # it rides it first
    if any(
        b.target == ground and (b.who == mover or b.verb == "file through") and b.verb in _THERE for b in e.scene.beats
    ):
        return True
    size = max(len(boxes) for boxes in e.sight.boxes[mover]) if check in (_ends_on, _rises) else 1
    good = [
        check(_way(e, mover, ground, range(first, last + 1), clause, i, check in (_ends_on, _begins_on)))
        for i in range(size)
    ]
    return sum(good) * 3 >= 2 * size


def _upper_side(kind: str, box: Box | None) -> Box | None:
    """The box of a thing up to where others lie on it: the step before a door, not the door."""
    if box is None or kind not in THINGS or "rest" not in objects().get(kind, {}):
        return box
    share = min(1.0, rest_height(kind) / max(THINGS[kind].height * enlarged(THINGS[kind]), 1e-6))
    return (box[0], box[3] - share * (box[3] - box[1]), box[2], box[3]) if share < 0.3 else box


def _way(e: Evidence, id_: str, ground: str, ks: range, clause: Clause, i: int, low: bool = False) -> Way:
    still = clause.verb == "fly" and all(b.to is None for b in e.scene.beats if b.verb == "fly" and b.who == id_)
    still &= e.kinds[id_] not in PROP_KINDS
    boxes = [e.sight.boxes[id_][k][i] if i < len(e.sight.boxes[id_][k]) else None for k in ks]
    nearer = [e.sight.depths[id_][k] - e.sight.depths[ground][k] for k in ks]
    kind = e.kinds[ground]
    grounds = [_upper_side(kind, e.sight.box(ground, k)) for k in ks] if low else [e.sight.box(ground, k) for k in ks]
    if low and medium(kind) == "water" and e.kinds[id_] in PROP_KINDS:  # on deck
        grounds = [box and (box[0], (box[1] + box[3]) / 2, box[2], box[3]) for box in grounds]
    return Way(boxes, grounds, nearer, still, kind in _ROOFS, kind == "window",
               [e.sight.shares[id_][k] for k in ks])  # fmt: skip


def _ends_on(way: Way) -> bool:
    """In it and unseen, or with its feet on the ground's upper side and its head in the picture."""
    if way.last is None:
        return True
    return _rests_on(way.last, way.grounds[-1]) and way.last[1] > -0.25 * (way.last[3] - way.last[1])


def _begins_on(way: Way) -> bool:
    """On it at first, and lower or beside it in the end."""
    if way.first is None:
        return True
    if not _rests_on(way.first, way.grounds[0]):
        return False
    return way.last is None or _moves(way)


def _begins_in(way: Way) -> bool:
    if way.first is None:
        return True
    if not _within(way.first, way.grounds[0]):
        return False
    return way.last is None or (_moves(way) and not _within(way.last, way.grounds[-1], 0.0))


def _ends_in(way: Way) -> bool:
    """In it and unseen, or touching it."""
    return way.last is None or _touches(way.last, way.grounds[-1])


def _goes_under(way: Way) -> bool:
    """Below a roof, or behind what is too low to stand under, and no higher than that."""
    for box, ground, nearer, share in zip(way.boxes, way.grounds, way.depths, way.shares):
        if box is None:
            return True
        if ground is None or not ground[0] - _CLOSE <= (box[0] + box[2]) / 2 <= ground[2] + _CLOSE:
            continue
        if box[1] >= ground[3] - _CLOSE / 2 and box[3] - ground[3] > 0.12:  # what hangs
            return True
        if way.roof or (nearer <= 0 and box[1] >= ground[1] - 0.02 and share < _COVERED):
            return True
    return False


def _goes_over(way: Way) -> bool:
    """From one side to the other; what hovers is above it and in the picture."""
    if way.hovers:
        return any(box and ground and _is_above(box, ground) for box, ground in zip(way.boxes, way.grounds))
    return _crosses(way)


def _goes_through(way: Way) -> bool:
    """To the other side of what is high enough for it."""
    high = [g[3] - g[1] >= 0.4 * (b[3] - b[1]) for b, g in zip(way.boxes, way.grounds) if b and g]
    return _crosses(way) and (any(high) or not high)


def _crosses(way: Way) -> bool:
    """From one side of its ground to the other, out of sight in it, or within an opening in a wall."""
    if way.opening and any(box and _within(box, ground) for box, ground in zip(way.boxes, way.grounds)):
        return True
    if way.last is None or way.first is None:
        return True
    if not (way.grounds[0] and way.grounds[-1]):
        return False
    sides = []
    for box, ground in ((way.first, way.grounds[0]), (way.last, way.grounds[-1])):
        assert ground is not None
        sides.append((box[0] + box[2] - ground[0] - ground[2]) / 2)
    width = (way.grounds[-1][2] - way.grounds[-1][0]) / 2
    return sides[0] * sides[1] < 0 and abs(sides[1]) >= 0.7 * width


def _rests_on(box: Box, ground: Box | None) -> bool:
    if ground is None:
        return False
    middle, height = (box[0] + box[2]) / 2, ground[3] - ground[1]
    beside = ground[0] - _CLOSE <= middle <= ground[2] + _CLOSE
    low = ground[1] + max(0.8 * height, 0.15) if height < 0.3 else ground[1] + 0.7 * height
    return beside and ground[1] - 0.08 <= box[3] <= low


def _is_above(box: Box, ground: Box) -> bool:
    beside = box[0] < ground[2] and ground[0] < box[2]
    return beside and box[1] > -0.05 and box[3] <= ground[1] + 0.1


def _within(box: Box, ground: Box | None, more: float = _CLOSE) -> bool:
    if ground is None:
        return True
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    upper = ground[1] - (0.25 if ground[3] - ground[1] < _FLAT else more)  # mud, a puddle: one stands in it
    return ground[0] - more <= x <= ground[2] + more and upper <= y <= ground[3] + more


def _touches(box: Box, ground: Box | None) -> bool:
    if ground is None:
        return True
    return box[0] - _CLOSE <= ground[2] and ground[0] - _CLOSE <= box[2] and box[1] - _CLOSE <= ground[3] and (
        ground[1] - _CLOSE <= box[3])  # fmt: skip


def _rises(way: Way) -> bool:
    """Up it, off the ground by a quarter of its height."""
    return way.last is None or any(
        box and ground and _touches(box, ground) and ground[3] - box[3] >= 0.25 * (ground[3] - ground[1])
        for box, ground in zip(way.boxes, way.grounds)
    )


def _moves(way: Way) -> bool:
    if way.first is None or way.last is None:
        return True
    return max(abs(a - b) for a, b in zip(way.first, way.last)) >= _ALIKE


_CHECKS: Final = {
    "onto": (_ON | MOTION, _ends_on), "on": (frozenset(("climb", "land", "put", "jump", "light")), _ends_on),
    "off": (_OFF, _begins_on), "from": (_OFF, _begins_on), "out": (_OUT, _begins_in), "under": (_UNDER, _goes_under),
    "over": (_OVER, _goes_over), "through": (_THROUGH, _goes_through), "past": (MOTION, _crosses),
    "into": (_ON | _OUT | MOTION, _ends_in), "up": (frozenset(("chase",)), _rises),
}  # fmt: skip
