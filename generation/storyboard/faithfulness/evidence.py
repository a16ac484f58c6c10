"""What a scene holds of what a caption names: which actors, props and beats stand for a mention or show a clause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from ..drawn_tables import objects
from ..parsing.clauses import Clause, Reading
from ..parsing.mentions import Mention
from ..parsing.relations import relations
from ..parsing.sentences.verb_senses.handled_verbs import RUNNERS
from ..placement import PARTS
from ..places.backdrop import PLACE_PAINTERS
from ..scene import PEOPLE, PROP_KINDS, SHORES, VEHICLES, WHOLE_SCENE, Actor, Beat, Prop, Scene
from ..shown_verbs import shows
from ..validation import is_drawable
from ..verb_groups import EMITTED, HARM, LAMPS, LEAVING, MOTION, SLIDES, SMOKING, SPARKING
from .fidelity import FidelityItem
from .visibility import Sight

_SEEN_AS: Final[dict[str, tuple[str, ...]]] = {
    "fire": ("burn", "explode"), "tornado": ("swirl",), "wave": ("flood",),
    **{k: (v, "clear") for k, v in EMITTED.items()},
    "smoke": (*SMOKING, "clear"), "sparks": ("spark", *SPARKING),
    "lights": ("darken", "brighten", "flicker"), "oil": ("leak", "drip", "ooze", "pour", "run out", "gush"),
    "water": ("leak", "drip", "overflow", "flood", "stream", "cascade", "muddy cascade", "pour", "spray", "water",
              "run out", "gush", "splash over"),
}  # fmt: skip
_WATERS: Final = ("river", "lake", "sea", "swimming pool", "beach", "quay", *SHORES.values())
_IN_HAND: Final = {"phone": ("phone",), "camera": ("photograph",), "guitar": ("strum",), "cigarette": ("smoke",),
                   "gun": ("shoot",), "broom": ("clean",), "ball": ("kick ball",)}  # fmt: skip
_BESIDE: Final = ("behind", "near", "next", "front", "beside", "between", "above")  # lightning strikes behind a house
_ONTO: Final = ("over", "down", "of", "off", "from")  # what the weather does something to
_IN_A_WHEELCHAIR: Final = ("sit", "stand", "stop", "roll", "ride", "walk", "drive", "run")
_OPENING: Final = ("gate", "door", "window", "fridge", "cabinet", "suitcase", "box", "elevator", "barrier", "book",
                   "laptop", "traffic light")  # fmt: skip
_OPENED: Final = ("open", "close", "open boot", "open bonnet")
_DONE_TO: Final = ("carry", "lift", "push", "pull", "load", "open", "grab", "throw")  # with the thing itself


_SEATED: Final = ("sit", "lie", "sleep", "ride", "drive", "push", "enter")  # what is under or behind somebody
_TAKEN_OUT: Final = ("grab", "set down", "put")
_LOOKS: Final = 2  # samples in which a thing has to be seen
_FALLING: Final = ("rain", "snow", "hail")


class Evidence:
    """One caption's reading beside one scene."""

    def __init__(
        self,
        reading: Reading,
        scene: Scene,
        acted: frozenset[str] = frozenset(),
        parts: Mapping[int, str] | None = None,
    ):
        self.reading, self.scene, self.acted = reading, scene, acted
        self.parts: Mapping[int, str] = parts or {}  # mention -> the id of who or what it is in the scene
        self.sight = Sight(scene if is_drawable(scene) else Scene(""))  # an edited one may name who is gone
        self.shown: list[Actor | Prop] = [*scene.actors, *scene.props]
        self.kinds: dict[str, str] = {thing.id: thing.kind for thing in self.shown}
        self.clauses = {clause.at: clause for clause in reading.clauses}
        self.states = {state.at: state for state in reading.states}
        self.denials = {denial.at: denial for denial in reading.denials}
        self.relations = {relation.at: relation for relation in relations(reading)}

    def has(self, mention: Mention) -> bool:
        held = any(actor.holds == mention.kind for actor in self.scene.actors)
        used = mention.group == "prop" and any(beat.verb in _IN_HAND.get(mention.kind, ()) for beat in self.scene.beats)
        seen = any(beat.verb in _SEEN_AS.get(mention.kind, ()) for beat in self.scene.beats)
        seen |= mention.kind == "water" and self.scene.place in _WATERS
        seen |= mention.text in ("wall", "walls") and PLACE_PAINTERS[self.scene.place][1]
        return bool(self.things(mention)) or held or used or seen

    def things(self, mention: Mention) -> list[Actor | Prop]:
        """The actors and props of a mention's kind; of its colour, where some have it."""
        things = self.cast(mention) or [t for t in self.shown if of_kind(t.kind, mention)]
        coloured = [t for t in things if mention.colour and t.colour == mention.colour]
        return coloured or things

    def cast(self, mention: Mention) -> list[Actor | Prop]:
        """Exactly those who play a mention, with the others of its group; none where that is not known."""
        k = next((k for k, m in enumerate(self.reading.mentions) if m is mention), None)
        id_ = self.parts.get(k) if k is not None else None
        if id_ is None or mention.kind in PARTS:
            return []
        return [t for t in self.shown if t.id == id_ or (t.id.rstrip("0123456789") == id_ and self._unnamed(t.id))
                or t.id in (f"{id_}_other", f"{id_}_one")]  # fmt: skip

    def _unnamed(self, id_: str) -> bool:
        return id_ not in self.parts.values()

    def seen(self, mention: Mention) -> bool:
        """True if enough of one of a mention's things is seen in some samples, or what shows it otherwise."""
        ids = [t.id for t in self.things(mention)]
        used = any(beat.target in ids and beat.verb in _SEATED for beat in self.scene.beats)
        turning = any(beat.who in ids and beat.verb in ("swirl", "burst aloft") for beat in self.scene.beats)
        if not self.sight.shares:
            return True
        shown = used or turning or any(self.sight.times(id_) >= _LOOKS for id_ in ids)
        shown |= self.sight.handled([actor.id for actor in self.scene.actors], mention.kind)
        return shown or not ids or any(actor.holds == mention.kind for actor in self.scene.actors)

    def ids(self, mentions: list[int]) -> set[str]:
        return {t.id for k in mentions for t in self.things(self.reading.mentions[k])}

    def same_kind(self, one: Mention, other: Mention) -> bool:
        return one.kind == other.kind and other.colour in (None, one.colour)

    def showing(self, clause: Clause) -> list[Beat] | None:
        """The beats that show a clause, None where nothing does; whoever stands still needs none."""
        if clause.weather is not None:
            return self._weather_shows(clause)
        emitted = {self.reading.mentions[k].kind for k in (*clause.subjects, *clause.objects)} & EMITTED.keys()
        if emitted and (effects := {verb for kind in emitted for verb in _SEEN_AS[kind]}):
            beats = [beat for beat in self.scene.beats if beat.verb in effects]
            if beats or any(self.reading.mentions[k].kind in EMITTED for k in clause.subjects):
                return beats or None
        lamps = any(self.reading.mentions[k].kind in LAMPS for k in (*clause.subjects, *clause.objects))
        if lamps and clause.verb == "flicker":
            return [beat for beat in self.scene.beats if beat.verb == "flicker"] or None
        if lamps and (lit := [beat for beat in self.scene.beats if beat.verb in ("darken", "brighten")]):
            return lit
        who, whom = self.ids(clause.subjects), self.ids(clause.objects)
        if clause.subjects and not who:
            sliding = any(self.reading.mentions[k].text in SLIDES for k in clause.subjects) and not whom
            return (slides(self.scene) if sliding else []) or None
        if (known := _by_its_manner(self.scene, clause, who)) is not None:
            return known or None
        broken = [self.reading.mentions[k] for k in (*clause.objects, *clause.subjects)]
        whole = any(m.kind in PARTS and all(t.kind != m.kind for t in self.shown) for m in broken)
        if clause.verb in ("smash", "shatter") and whole:
            return None  # the window of a house stays as it is
        shut = whom or who
        if clause.verb in ("open", "close") and shut and all(self.kinds[id_] in VEHICLES for id_ in shut):
            return [b for b in self.scene.beats if b.verb in _OPENED and {b.who, b.target} & shut] or None
        opening = who and all(opens(self.kinds[id_]) for id_ in who)  # a gate opens for a truck
        moved = whom or (who if opening else self.ids([k for _, k in clause.obliques]) or who)
        if clause.verb in ("open", "close") and moved and not any(opens(self.kinds[id_]) for id_ in moved):
            return None
        by = _with_mounts(self, who) or {WHOLE_SCENE, *self.kinds}
        beats = [beat for beat in self.scene.beats if beat.who in by and self._is_shown(clause, beat, who, whom)]
        beats = beats or _of_the_other(self.scene, clause, who, whom)
        if beats and _each_is_taken(self, clause):
            return beats
        if hooked := _behind_another(self, clause, who, whom):
            return hooked
        if fallen := _over(self, clause, whom):
            return fallen
        taken = {self.reading.mentions[k].kind for k in clause.objects}
        taken |= {str(self.reading.mentions[k].holds) for k in clause.subjects}
        if "unload" in clause.words:
            return [b for b in self.scene.beats if b.who in who and b.target in whom and b.verb in _TAKEN_OUT] or None
        if "hold" in clause.words and (near := [b for b in self.scene.beats if b.who in who and b.target in whom]):
            return near  # a gate that is held
        if clause.verb in ("carry", "grab") and any(a.id in by and a.holds in taken for a in self.scene.actors):
            return []
        things = bool(who) and all(
            isinstance(t, Prop) for k in clause.subjects for t in self.things(self.reading.mentions[k])
        )
        if clause.words >= {"let", "go"}:
            return _let_go(self, clause)
        if clause.verb in ("drop", "throw", "burn") and whom:  # what a forklift drops falls, what a candle lights burns
            falling = ("plunge", "fly") if clause.verb != "burn" else ("burn",)
            if fallen := [b for b in self.scene.beats if b.who in whom and b.verb in falling]:
                return fallen
        if clause.verb in ("smash", "shatter") and whom:  # a ball breaks a window
            return [b for b in self.scene.beats if b.who in whom and b.verb == "shatter"] or None
        if "park" in clause.words:
            to = [b for b in self.scene.beats if b.verb == "drive" and b.to is not None and 0 <= b.to <= 1]
            return [] if self.stays(who) else to or None
        still = ("stand", "stop", "lie", "sit", "sleep", "dangle") if things else ("stand", "stop")
        return [] if clause.verb in still and self.stays(who) else None

    def _weather_shows(self, clause: Clause) -> list[Beat] | None:
        """Snow that falls is the scene's weather; a tent that the wind blows over has to fall."""
        if clause.verb in ("appear", "vanish"):
            return [b for b in self.scene.beats if b.verb == clause.verb and b.who == WHOLE_SCENE] or None
        if clause.verb == "fall" and clause.weather in _FALLING:
            return [] if self.scene.weather == clause.weather else None
        struck = self.ids([*clause.objects, *(k for p, k in clause.obliques if p in _ONTO)])
        beats = [beat for beat in self.scene.beats if beat.who in struck or beat.target in struck]
        harmed = [*clause.objects, *(k for p, k in clause.obliques if p not in _BESIDE)]
        if harmed and clause.verb in HARM | {"smash"} and not beats:
            return None
        if clause.verb in ("stop", "leave", "kneel"):
            return None  # the weather of a scene lasts, and what it bends falls
        return beats if self.scene.weather == clause.weather and (beats or not struck) else None

    def _is_shown(self, clause: Clause, beat: Beat, who: set[str], whom: set[str]) -> bool:
        kind = self.kinds.get(beat.who, "")
        if beat.verb == "ride" and self.kinds.get(beat.target or "") == "wheelchair":
            return clause.verb in _IN_A_WHEELCHAIR
        if _goes_otherwise(self, clause, beat, whom):
            return True
        wheels = kind in VEHICLES or (kind == "cyclist" and beat.verb == "ride")
        upstairs = (clause.verb, beat.verb, self.kinds.get(beat.target or "")) == ("climb", "walk", "stairs")
        if not upstairs and not shows(beat.verb, clause.verb, vehicle=wheels, thing=kind in PROP_KINDS):
            return False
        striking = clause.verb in ("hit", "crash", "collide", "push") and beat.verb != "surge"
        if kind in PROP_KINDS and striking and beat.target not in whom:
            return False
        if clause.verb in LEAVING and beat.verb in MOTION and not self._goes_away(beat, whom):
            return False
        related = whom | self.ids([k for _, k in clause.obliques])
        if related and beat.target in self._named() - related - who and not whom:
            return False  # sits at the counter, not at the thief
        drawn = any(b.who in whom and b.verb == "drive" for b in self.scene.beats)  # a carriage by its horse
        held = wheels or drawn or self._holds(beat.who, clause)
        if whom and beat.target is None and clause.verb in _DONE_TO and not held:
            return False
        if not whom or beat.target is None or beat.target in whom or beat.target not in self._named():
            return True
        if beat.verb == "ride" and any(b.who == beat.target and b.target in whom for b in self.scene.beats):
            return True
        if clause.verb in ("give", "show", "throw", "point", "pour", "spill", "load") and beat.target in related:
            return True  # hands a parcel to a man
        return any(b.verb == "ride" and b.who in whom and b.target == beat.target for b in self.scene.beats)

    def _holds(self, who: str, clause: Clause) -> bool:
        kinds = {self.reading.mentions[k].kind for k in clause.objects}
        return any(actor.id == who and actor.holds in kinds for actor in self.scene.actors)

    def _named(self) -> set[str]:
        """What the caption names: a beat that is done to one of these is not done to another."""
        return self.ids([k for k, m in enumerate(self.reading.mentions) if not m.absent])

    def _goes_away(self, beat: Beat, whom: set[str]) -> bool:
        if beat.to is None or beat.verb in ("leave", "flee", "wade out") or (beat.target in whom):
            return True
        if self.kinds.get(beat.who) in VEHICLES and self.sight.share_at(beat.who, beat.end) > 0.5:
            return abs(beat.to - self.x(beat.who, beat)) > 0.4
        return not 0 <= beat.to <= 1 or abs(beat.to - self.x(beat.who, beat)) > 0.15

    def stays(self, ids: set[str]) -> bool:
        """True if none of them is moved by a beat of its own."""
        moved = {beat.who for beat in self.scene.beats if beat.to is not None and beat.verb in MOTION}
        return bool(ids) and not ids & moved

    def x(self, id_: str, before: Beat) -> float:
        """Where an actor or prop is when a beat begins."""
        x = next(thing.x for thing in self.shown if thing.id == id_)
        for beat in sorted(self.scene.beats, key=lambda beat: beat.start):
            if beat.start < before.start and beat.to is not None and id_ in (beat.who, beat.target):
                x = beat.to
        return x


def _goes_otherwise(e: Evidence, clause: Clause, beat: Beat, whom: set[str]) -> bool:
    """True for who gallops away on a horse, and for a runner who passes: at a run."""
    if beat.verb == "ride":
        return beat.to is not None and clause.verb in ("run", "walk", "flee") and not whom
    runner = any(e.reading.mentions[k].text in RUNNERS for k in clause.subjects)
    return beat.verb == "run" and runner and clause.verb in ("walk", "run")


def opens(kind: str) -> bool:
    """True for a thing that is drawn open and shut."""
    return kind in _OPENING or "opened" in objects().get(kind, {})


def _of_the_other(scene: Scene, clause: Clause, who: set[str], whom: set[str]) -> list[Beat]:
    """Of who rides on what carries them, a pony carries a child; of a passive only the one it happens to is seen."""
    if clause.verb == "carry":
        return [b for b in scene.beats if b.verb == "ride" and b.target in who and b.who in whom]
    alone = clause.passive and not clause.subjects
    return [b for b in scene.beats if alone and b.who in whom and shows(b.verb, clause.verb, suffered=True)]


def of_kind(kind: str, mention: Mention) -> bool:
    whole = kind in PARTS.get(mention.kind, ())
    return kind == mention.kind or whole or (mention.kind == "person" and mention.group == "person" and kind in PEOPLE)


Judge = Callable[[Evidence], Iterator[FidelityItem]]  # items that are not drawn, none where all is well


def _by_its_manner(scene: Scene, clause: Clause, who: set[str]) -> list[Beat] | None:
    """By a ladder onto a roof; none where somebody does not walk backwards as told; None for all else."""
    back = any(beat.verb == "backwards" and beat.who in who for beat in scene.beats)
    if "backwards" in clause.words and not back:
        return []
    onto = [b for b in scene.beats if clause.verb == "climb" and b.verb == "climb onto" and b.who in who]
    return onto or None


def _each_is_taken(e: Evidence, clause: Clause) -> bool:
    """False if only one of two things is picked up."""
    reached = {beat.target for beat in e.scene.beats}
    each = [ids for k in clause.objects if (ids := e.ids([k]))]
    return clause.verb != "grab" or len(each) < 2 or all(ids & reached for ids in each)


def _over(e: Evidence, clause: Clause, whom: set[str]) -> list[Beat]:
    """What is run over or knocked over, or shaken: a cone, a vase, a tree."""
    seen = ("shake",) if clause.verb == "shake" else ("topple", "fall") if "over" in clause.words else ()
    return [b for b in e.scene.beats if b.who in whom and b.verb in seen]


def _let_go(e: Evidence, clause: Clause) -> list[Beat] | None:
    """A balloon rises out of the hand."""
    loose = e.ids([*clause.objects, *(k for p, k in clause.obliques if p == "of")])
    return [beat for beat in e.scene.beats if beat.who in loose and beat.verb == "rise"] or None


def _with_mounts(e: Evidence, who: set[str]) -> set[str]:
    """With what they ride: who rides towards us comes closer on it; who rides it skids with it."""
    ridden = {(b.who, b.target) for b in e.scene.beats if b.verb in ("ride", "skid") and b.target is not None}
    mounts = {mount for rider, mount in ridden if rider in who}
    named = e.ids([k for k, m in enumerate(e.reading.mentions) if not m.absent])
    return who | mounts | {rider for rider, mount in ridden if mount in who and rider not in named}


def _behind_another(e: Evidence, clause: Clause, who: set[str], whom: set[str]) -> list[Beat]:
    """A car on the hook of a tow truck that lifts it, a trailer that comes loose and is left behind."""
    if clause.words & {"lose"} and clause.verb == "drop":  # its load
        return [
            b for b in e.scene.beats if e.kinds.get(b.who) == "load" and b.verb in ("plunge", "topple", "drop onto")
        ]
    emptied = [b for b in e.scene.beats if b.who in whom and b.target in who and b.verb in ("tip up", "tip in")]
    if clause.verb in ("lift", "hoist", "load"):
        return [b for b in e.scene.beats if b.who in whom and b.verb == "trail"] or emptied[:1]
    if emptied:
        return emptied[-1:]
    if clause.words & {"loose", "detach", "unhitch", "uncouple"}:
        return [b for b in e.scene.beats if b.who in who and b.verb in ("roll", "slow down")]
    return []


def slides(scene: Scene) -> list[Beat]:
    """Snow, earth or rocks that come down over the place."""
    return [b for b in scene.beats if b.verb in ("avalanche", "slide down") and b.who == WHOLE_SCENE]
