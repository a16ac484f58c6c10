"""SceneDraft: who and what is on stage while a scene is made; Event: one verb of a caption that is to be staged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from svta.generation.storyboard.animation.spawn import LARGER
from svta.generation.storyboard.drawing.animals import ANIMALS, larger_than_life
from svta.generation.storyboard.drawing.pen import PERSON
from svta.generation.storyboard.drawing.things import THINGS, enlarged
from svta.generation.storyboard.drawing.vehicles import VEHICLES as FORMS
from svta.generation.storyboard.drawn_tables import objects
from svta.generation.storyboard.scene import Actor, Prop

GROUND: Final = 0.82
SHORE: Final = 0.88  # the ground line by the water
IN_WATER: Final = 0.7  # and in it
# What somebody has in hand.
HAND: Final = {"bag", "backpack", "suitcase", "phone", "gun", "knife", "stick", "cane", "bottle", "book", "cup",
               "stone", "hammer", "umbrella", "guitar", "camera", "broom", "cigarette", "racket", "spray can", "box",
               "flag",
               "bin bag", "sign", "balloon", "kite", "tray", "pipe", "glass", "fire extinguisher", "banana", "apple",
               "candle", "pot", "ladder", "chair", "plant", "plate", "laptop", "ball", "rope", "vase", "beam",
               "traffic cone", "cake", "bucket", "basket", "paper", "bowl", "pillow", "keys", "kettle", "shovel",
               "tyre", "clock", "statue"} | {
    kind for kind, entry in objects().items() if max(entry["width"], entry["height"]) <= 0.6 or "grip" in entry
}  # fmt: skip
_BUILT: Final = ("house", "shop", "church", "building", "barn")
_ROOF: Final = 0.38  # the height of a building on whose roof somebody is seen


def is_built(kind: str) -> bool:
    return kind in _BUILT or "outside" in objects().get(kind, {})


@dataclass(frozen=True)
class Event:
    """`who` does `verb` (to `target`) between start and end of the clip (0..1); ids are those of a SceneDraft.

    `preposition` stood before the target (None: the direct object); `goal` and `source` are where it goes to and comes
    from, `passed` what it leads through or past. `words` are the base forms of the verb phrase: "get", "off".
    """

    verb: str
    who: str
    target: str | None
    start: float
    end: float
    direction: int = 0
    down: bool = False
    preposition: str | None = None
    goal: str | None = None
    source: str | None = None
    way: str | None = None  # the preposition of the goal
    passed: str | None = None  # what the way leads through, past, over or under
    behind: str | None = None  # whom or what it is to end behind
    near: str | None = None  # beside or before which it is to end
    words: frozenset[str] = frozenset()
    ground: tuple[str, str] | None = None  # a place that it leads into, out of or towards
    desk: str | None = None  # the table that it is done at


@dataclass
class SceneDraft:
    """Who and what is on stage and where it stands now; ids are keys."""

    actors: dict[str, Actor] = field(default_factory=dict)
    props: dict[str, Prop] = field(default_factory=dict)
    x: dict[str, float] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    clones: dict[str, list[str]] = field(default_factory=dict)  # more things of the same mention
    setting: str = ""  # the place of the scene
    ceiling: bool = False  # the caption tells of it
    seated: set[str] = field(default_factory=set)  # at a table
    later: set[str] = field(default_factory=set)  # who and what takes part in a clause to come
    resting: set[str] = field(default_factory=set)  # who sits or lies, and stays so
    wheeled: dict[str, str] = field(default_factory=dict)  # who sits in a wheelchair, and in which
    hoods: set[str] = field(default_factory=set)  # vehicles on whose hood, not roof, somebody is
    overturned: set[str] = field(default_factory=set)  # what lies on its side from the first frame on
    bowls: dict[str, str] = field(default_factory=dict)  # fish -> the bowl in which it swims
    missed: bool = False  # the goal is not hit
    taken: set[str] = field(default_factory=set)  # what somebody has picked up by now
    opened: set[str] = field(default_factory=set)  # what has been opened by now
    catchers: dict[str, str] = field(default_factory=dict)  # thing -> who catches or fetches it in a clause to come
    catching: set[str] = field(default_factory=set)  # of these, who catches it in the air
    aims: dict[str, str] = field(default_factory=dict)  # ball -> the window that breaks in a clause to come
    shop_front: bool = False  # the window that is told of is a shop's
    beside: dict[str, list[str]] = field(default_factory=dict)  # at whom something is thrown -> at whom it is too
    broken: set[str] = field(default_factory=set)  # panes that something was thrown through
    aloft: dict[str, str] = field(default_factory=dict)  # who works on a scaffold or a roof -> which
    towed: dict[str, list[str]] = field(default_factory=dict)  # vehicle -> what it pulls along
    parked: set[str] = field(default_factory=set)  # vehicles that stand there: parked cars, stalled traffic
    hung: dict[str, str] = field(default_factory=dict)  # load -> the crane from which it hangs all the time
    unlocked: set[str] = field(default_factory=set)  # gates that are still closed
    drivers: dict[str, str] = field(default_factory=dict)  # who sits at the wheel until they get out -> of what
    upon: dict[str, str] = field(default_factory=dict)  # who has climbed or sat on a thing -> which
    boughs: dict[str, str] = field(default_factory=dict)  # branch -> the tree of which it is one
    fallen: set[str] = field(default_factory=set)  # who and what has fallen by now
    fixed: set[str] = field(default_factory=set)  # things that a choreography put where they are
    one_way: set[int] = field(default_factory=set)  # verbs of walks on which the walker pushes or carries something

    def put(self, thing: Actor | Prop) -> None:
        """Add an actor or prop at its own x."""
        if isinstance(thing, Actor):
            self.actors[thing.id] = thing
        else:
            self.props[thing.id] = thing
        self.x[thing.id] = thing.x

    def kind(self, id_: str) -> str:
        """The kind of an actor or prop; empty for an id that is neither."""
        thing = self.actors.get(id_) or self.props.get(id_)
        return thing.kind if thing else ""

    def y(self, id_: str) -> float:
        """The ground line of an actor or prop."""
        thing = self.actors.get(id_) or self.props[id_]
        return thing.y

    def width(self, id_: str) -> float:
        """How wide a thing is, as a share of a 16:9 frame; 0 for what is no thing."""
        return self.width_of(self.kind(id_)) * self.props[id_].scale if id_ in self.props else 0.0

    def width_of(self, kind: str) -> float:
        """How wide a thing of this kind is at its usual size."""
        thing = THINGS.get(kind)
        return 0.0 if thing is None else thing.width * enlarged(thing) * PERSON * 0.6

    def actor_width(self, id_: str) -> float:
        """How wide one of an actor's group is with the gap to the next, as a share of a 16:9 frame."""
        actor = self.actors[id_]
        if actor.kind in FORMS:
            return FORMS[actor.kind].width * PERSON * actor.scale * 0.6 * 1.12
        if actor.kind in ANIMALS:
            larger = LARGER * larger_than_life(actor.kind)
            return ANIMALS[actor.kind].width * PERSON * actor.scale * larger * 0.6 * 1.12
        return 0.12 * actor.scale

    def height(self, id_: str) -> float:
        """How tall a thing is, as a share of the frame; 0 for what is no thing."""
        thing = THINGS.get(self.kind(id_)) if id_ in self.props else None
        return 0.0 if thing is None else thing.height * enlarged(thing) * PERSON * self.props[id_].scale

    def beyond(self, id_: str, side: int) -> float:
        """An x at which nothing of a vehicle is seen yet, to the left (-1) or right."""
        half = FORMS[self.kind(id_)].width * PERSON * 0.3 * self.actors[id_].scale + 0.04
        return -half if side < 0 else 1 + half

    def house(self) -> str | None:
        """The building before which it happens, to the right of the middle."""
        return next((id_ for id_, p in self.props.items() if p.x > 0.5 and is_built(p.kind)), None)

    def start_at(self, id_: str, x: float) -> None:
        """Let an actor who has not moved yet begin elsewhere."""
        if id_ in self.actors and id_ not in self.moved:
            self.actors[id_] = replace(self.actors[id_], x=x, facing=1 if x < self.x[id_] else -1)

    def place(self, id_: str, *, x: float | None = None, y: float | None = None, facing: int = 0) -> None:
        """Put an actor that has not moved yet somewhere else, for good."""
        if id_ in self.actors and id_ not in self.moved:
            old = self.actors[id_]
            x, y = old.x if x is None else round(x, 4), old.y if y is None else y
            self.actors[id_] = replace(old, x=x, y=y, facing=facing or old.facing)
            self.x[id_] = x

    def start_prop(self, id_: str, *, x: float | None = None, y: float | None = None) -> None:
        """Put a thing that has not moved yet somewhere else."""
        if id_ in self.props and id_ not in self.moved | self.fixed:
            old = self.props[id_]
            edge = min(0.45, max(0.05, self.width(id_) / 2 - 0.02))
            x = old.x if x is None else round(min(1 - edge, max(edge, x)), 4)
            self.props[id_] = replace(old, x=x, y=old.y if y is None else y)
            self.x[id_] = x

    def shrink(self, who: str, ground: str) -> None:
        """Somebody on a building, and both small enough for the picture."""
        if who in self.actors and ground in self.props and self.height(ground) > _ROOF:
            self.props[ground] = replace(self.props[ground], y=GROUND)
            self.props[ground] = replace(
                self.props[ground], scale=round(self.props[ground].scale * _ROOF / self.height(ground), 3)
            )
            self.actors[who] = replace(self.actors[who], scale=0.6)

    def lower(self, id_: str) -> None:
        """A tower whose top has to be seen is small enough for the picture."""
        self.lower_to(id_, 0.52)

    def lower_to(self, id_: str, most: float) -> None:
        """A thing that stands on the ground, no higher than a share of the picture."""
        if id_ in self.props and self.height(id_) > most:
            prop = self.props[id_]
            y = GROUND if most < 0.5 else prop.y
            self.props[id_] = replace(prop, scale=round(prop.scale * most / self.height(id_), 3), y=y)

    def find_room(self, who: str, width: float, most: float = 1.0) -> None:
        """All of a group so small that the top of what they are on is wide enough."""
        actor = self.actors[who]
        needed = self.actor_width(who) * (1 + 0.7 * (actor.count - 1))
        self.actors[who] = replace(actor, scale=round(max(0.22, min(most, width / needed) * actor.scale), 3))

    def take_up(self, who: str, id_: str) -> None:
        """From the first frame on somebody has the thing in hand, and it lies nowhere else."""
        self.actors[who] = replace(self.actors[who], holds=self.props[id_].kind, held_colour=self.props[id_].colour)
        for taken in (id_, *self.clones.pop(id_, ())):
            self.props.pop(taken, None)
            self.x.pop(taken, None)

    def face_each_other(self, id_: str) -> list[str]:
        """Two of one mention who do it with each other stand face to face; the ids of both."""
        actor = self.actors.get(id_)
        if actor is None or actor.count != 2 or id_ in self.moved:
            return [id_]
        other = f"{id_}_other"
        x = min(0.8, max(0.2, actor.x))
        self.actors[id_] = replace(actor, count=1, x=x - 0.08, facing=1)
        self.x[id_] = x - 0.08
        holds = None if actor.holds == "umbrella" else actor.holds  # one for both
        self.put(replace(actor, id=other, count=1, x=x + 0.08, facing=-1, holds=holds))
        for third in self.actors.values():  # who stands beside the two and looks on
            if (
                third.id not in (id_, other)
                and abs(third.x - x) < 0.34
                and third.y < actor.y + 0.1  # they are not on it
                and third.id not in self.moved
                and third.count == 1
            ):
                self.place(third.id, x=min(0.92, x + 0.4) if third.x >= x else max(0.08, x - 0.4))
                break
        return [id_, other]

    def one_of(self, who: list[str]) -> list[str]:
        """One of a group, or of several things, by itself."""
        actor = self.actors.get(who[-1]) if who else None
        if actor is None or actor.count < 2:
            return who[-1:]
        one = f"{actor.id}_one"
        self.actors[actor.id] = replace(actor, count=actor.count - 1)
        x = actor.x + (0.22 if actor.x < 0.5 else -0.22)
        self.put(replace(actor, id=one, count=1, x=x))
        return [one]

    def move(self, id_: str, x: float) -> float:
        """From now on it is at x."""
        self.moved.add(id_)
        self.x[id_] = round(x, 4)
        return self.x[id_]
