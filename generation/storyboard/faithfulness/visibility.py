"""What of a scene is really seen: inside the frame, not hidden behind others, and moving where a beat moves it.

Reads a Scene; runs it as the renderer does and keeps, at equal steps of the clip, where each actor and prop is and
which share of it is visible. A figure counts by its outline, others by the box around them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from ..animation.world import World
from ..drawing.body import Body
from ..drawing.poses import HEAD, joints
from ..scene import Beat, Scene

STEPS: Final = 16  # samples a clip, and one
_WIDTH, _HEIGHT = 320 / 192, 1.0  # of the frame in world units
_CELLS: Final = 48  # a unit
_SIMULATED: Final = 2  # steps of the simulation between two samples
# One looks through these: what is behind them is still seen.
_OPEN: Final = frozenset((
    "fence", "ladder", "scaffold", "cage", "bird cage", "net", "rope", "wire", "pole", "lamp post", "traffic light",
    "sign", "bicycle",
    "window", "gate", "barrier", "bench", "chair", "crane", "rack", "hose", "stairs", "turnstile", "wave", "fire",
    "tornado", "goal", "swing", "overhead crane", "glass", "umbrella", "broom", "shovel", "rake", "table", "leaves",
))  # fmt: skip
ENOUGH: Final = 0.22  # of a thing: seen

_DONE: Final = 0.22  # of whoever does something
_LEAST_WAY: Final = 0.05  # of the frame
_WALKS: Final = frozenset(
    (
        "walk",
        "run",
        "sneak",
        "stagger",
        "crawl",
        "flee",
        "chase",
        "drive",
        "fly",
        "swim",
        "skate",
        "ski",
        "surf",
        "limp",
        "reverse",
        "skid",
        "roll",
        "float",
    )
)

Box = tuple[float, float, float, float]  # left, top, right, bottom


class Sight:
    """Per id at k / STEPS of the clip: `shares` visible (0..1), `xs` (frame widths), the boxes of all of a group
    (none while it is hidden), which share of each is seen, how near it is drawn."""

    def __init__(self, scene: Scene):
        self.shares: dict[str, list[float]] = {}
        self.xs: dict[str, list[float]] = {}
        self.ys: dict[str, list[float]] = {}
        self.boxes: dict[str, list[list[Box]]] = {}
        self.parts: dict[str, list[list[float]]] = {}
        self.depths: dict[str, list[float]] = {}
        self.mounts: list[dict[str, str]] = []  # who -> what it rides or sits in
        self.held: list[dict[str, str]] = []  # who -> the kind in hand
        world = World(scene, _WIDTH, _HEIGHT, scene.seed)
        for k in range(STEPS + 1):
            for n in range(_SIMULATED):
                world.step((k - 1 + (n + 1) / _SIMULATED) / STEPS if k else 0.0)
            self._look(world)

    def times(self, id_: str, start: float = 0.0, end: float = 1.0, share: float = ENOUGH) -> int:
        """In how many samples between start and end it is seen."""
        return sum(value >= share for value in self.shares.get(id_, [])[_first(start) : _last(end) + 1])

    def way(self, id_: str, start: float, end: float, share: float = 0.2) -> float:
        """How far it is seen to move between start and end, in frame widths or heights."""
        now = range(_first(start), _last(end) + 1)
        seen = [k for k in now if self.shares.get(id_, [0.0] * (STEPS + 1))[k] >= share]
        if not seen:
            return 0.0
        ways = [max(row[k] for k in seen) - min(row[k] for k in seen) for row in (self.xs[id_], self.ys[id_])]
        return max(ways)

    def share_at(self, id_: str, time: float) -> float:
        """Which share of it is seen at a time."""
        return self.shares[id_][_last(time)] if id_ in self.shares else 0.0

    def twice(self, id_: str, kind: str) -> bool:
        """True if a thing lies there at first while one of its kind is in somebody's hand."""
        shares = self.shares.get(id_, [0.0] * (STEPS + 1))
        return all(kind in held.values() and share >= ENOUGH for held, share in zip(self.held[:3], shares))

    def handled(self, who: Collection[str], kind: str, start: float = 0.0, end: float = 1.0) -> bool:
        """True if one of them has a thing of the kind in hand in some sample between start and end."""
        return any(held.get(id_) == kind for held in self.held[_first(start) : _last(end) + 1] for id_ in who)

    def plays(self, beats: Sequence[Beat]) -> bool:
        """True if some of these beats are seen: who does it, and for movements the way as well."""
        return not beats or any(self._plays(beat) for beat in beats)

    def _plays(self, beat: Beat) -> bool:
        if beat.who not in self.shares or beat.verb in ("swirl", "explode", "unroof", "burst aloft"):
            return True  # the whole place, or what turns about
        length = _last(beat.end) - _first(beat.start) + 1
        leaves = beat.to is not None and not 0 <= beat.to <= 1
        inside = beat.verb in ("ride", "drive", "enter", "leave")  # also seen by what they drive
        ids = [beat.who, *([beat.target] if inside and beat.target in self.shares else [])]
        if max(self.times(id_, beat.start, beat.end, _DONE) for id_ in ids if id_) < min(1 if leaves else 2, length):
            return False
        if beat.verb in _WALKS and beat.to is not None and not beat.target:
            return max(self.way(id_, beat.start, beat.end) for id_ in ids if id_) >= _LEAST_WAY
        return True

    def at(self, time: float) -> int:
        """The sample at a time."""
        return _last(time)

    def box(self, id_: str, k: int) -> Box | None:
        """The box around it, or around the first of a group, in sample k; None while it is hidden."""
        boxes = self.boxes[id_][k] if id_ in self.boxes else []
        return boxes[0] if boxes else None

    def many(self, ids: Collection[str], share: float) -> int:
        """How many of them are seen at once, the members of groups counted, in the best quarter of the clip."""
        shown = [sum(p >= share for id_ in ids for p in self.parts[id_][k]) for k in range(STEPS + 1)]
        return sorted(shown)[-STEPS // 4]

    def _look(self, world: World) -> None:
        rows, columns = round(_HEIGHT * _CELLS), round(_WIDTH * _CELLS)
        owner = np.zeros((rows, columns), np.int32)
        bodies = world.by_depth()
        boxes = {body.id: _boxes(body) for body in bodies}
        parts = {id_: [_cells(box) for box in found] for id_, found in boxes.items()}
        firsts: dict[str, int] = {}
        n = 0
        for body in bodies:
            firsts[body.id] = n + 1
            for cells, _ in parts[body.id]:
                n += 1
                if body.kind not in _OPEN:
                    owner[cells] = n
        counts = np.bincount(owner.ravel(), minlength=n + 1)
        for body in bodies:
            first, found = firsts[body.id], parts[body.id]
            if body.kind in _OPEN:  # hidden by what is nearer alone
                seen = [int((owner[cells] < first).sum()) for cells, _ in found]
            else:
                seen = [int(counts[first + i]) for i in range(len(found))]
            area = sum(size for _, size in found)
            self.shares.setdefault(body.id, []).append(min(1.0, sum(seen) / area) if area else 0.0)
            self.parts.setdefault(body.id, []).append([min(1.0, s / size) for s, (_, size) in zip(seen, found)])
            self.boxes.setdefault(body.id, []).append(boxes[body.id])
            self.depths.setdefault(body.id, []).append(body.y + body.z)
            self.xs.setdefault(body.id, []).append((body.x + body.dx) / world.width)
            self.ys.setdefault(body.id, []).append(body.y - body.lift - body.dy)
        self.held.append({b.id: b.held for b in world.bodies.values() if b.held and not b.hidden})
        on = {b.id: b.on or b.inside or "" for b in world.bodies.values() if b.on or b.inside}
        self.mounts.append(on | {f"rider of {b.id}": b.id for b in world.bodies.values() if b.driver is not None})


def _first(time: float) -> int:
    return min(STEPS, max(0, math.ceil(time * STEPS - 1e-6)))


def _last(time: float) -> int:
    return min(STEPS, max(0, math.floor(time * STEPS + 1e-6)))


def _cells(box: Box) -> tuple[tuple[slice, slice], int]:
    """The cells of a box inside the frame, at least one, and how many it has with those outside."""
    left, top, right, bottom = (round(side * _CELLS) for side in box)
    a, b = max(0, left), max(0, top)
    size = max(1, right - left) * max(1, bottom - top)
    return (slice(b, max(b + 1, bottom)), slice(a, max(a + 1, right))), size


def _boxes(b: Body) -> list[Box]:
    """The boxes of a body and of the others of its group; none where it is hidden."""
    if b.hidden:
        return []
    left, up, right = _extent(b)
    x, y = b.x + b.dx, b.y - b.lift - b.dy + b.sunk
    sunk = b.sunk
    boxes = []
    for dx, dy in ((0.0, 0.0), *((one.dx * b.spread, one.dy) for one in b.copies)):
        boxes.append((x + dx - left, y + dy - up, x + dx + right, y + dy - sunk))
    return [box for box in boxes if box[3] > box[1]]


def _extent(b: Body) -> tuple[float, float, float]:
    """How far it reaches to the left, up and right of its place on the ground."""
    if b.family != "person":
        wide, high = b.half * b.squash[0], b.height * b.squash[1]
        if abs(math.sin(math.radians(b.turn))) > 0.7:
            wide, high = high / 2, 2 * wide
        return wide, high, wide
    j = joints(b.pose, b.look is not None and b.look.child)
    points = [j.hip, j.shoulder, j.leg[1], j.leg2[1], (j.head[0], j.head[1] + HEAD)]
    size = b.size
    xs = [p[0] * b.facing * size for p in points]
    if b.turn and abs(math.sin(math.radians(b.turn))) > 0.7:
        return 0.5 * size, 0.3 * size, 0.5 * size
    return 0.1 * size - min(xs), max(p[1] for p in points) * size, 0.1 * size + max(xs)
