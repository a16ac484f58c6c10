"""Casting: which mention of a caption plays which role of a choreography, and who else is on stage.

Reads a Reading and a Choreography (or none); fills a SceneDraft with Actors and Props. The caption's own kinds,
colours, numbers and things replace the choreography's; its roles that nobody fills stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.choreography import Choreography, Role
from svta.generation.storyboard.drawing.vehicles import RIDDEN
from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.parsing.sentences.patients import harmed
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.scene import MINORS, PEOPLE, SHORES, WHOLE_SCENE, Beat, Prop
from svta.generation.storyboard.shown_verbs import shows

from .actions.draft import HAND, SceneDraft
from .arrangement.in_water import settle_by_water
from .bystanders import MAX_COUNT, cast_bystanders
from .category_match import Match
from .roles import (
    AS_THING,
    FURNISHED,
    NEEDS_TWO,
    PORTABLE,
    ROAD,
    acts_as_thing,
    alike,
    beats_of,
    comes_to_harm,
    fits,
    may_stand_in,
    onlooker,
    peers,
    ridden,
    struck,
)

EVENTS: Final = ("tornado", "fire", "wave")
_HANDLED: Final = ("grab", "hide", "carry", "give")
_INDOORS: Final = {"shop", "supermarket", "restaurant", "kitchen", "living room", "bedroom", "bathroom", "office",
                   "classroom", "library", "hospital", "bank", "bus interior", "corridor", "lobby", "elevator",
                   "stairwell", "gym", "draft", "ballroom", "courtroom", "church", "prison", "room", "subway",
                   "airport", "station"}  # fmt: skip
# What happens to a person, or to a thing, who takes a vehicle's part.
_AS_PERSON: Final = {"drive": "walk", "spin": "plunge", "roll over": "plunge", "skid": "startle", "float": "swim",
                     "reverse": "walk", "derail": "fall", "explode": "fall", "stop": "stand"}  # fmt: skip
_AS_VEHICLE: Final = {"plunge": "spin", "fall": "topple", "burn": "burn"}
_TWO: Final = {"hug", "shake hands", "punch", "bow"}


def grants(reading: Reading, table: Choreography, core: Clause, match: Match | None) -> bool:
    """True if those who do the main event and those it is done to all have a part in the choreography.

    What only describes somebody (a burning car, a parked van) and what the weather does is no main event.
    """
    states = {state.at for state in reading.states}
    by_itself = not core.subjects and core.verb in ("explode", "burn", "smoke", "leak", "collapse")
    if (
        by_itself
        or table.name in FURNISHED
        or core.apart
        or core.meeting
        or core.weather
        or (core.verb == "chase" and all(reading.mentions[k].group != "person" for k in core.objects))
        or (match is not None and any(match.start <= at <= match.end for at in states))
    ):
        return False
    acting = {prop.kind for prop in table.props if any(beat.who == prop.id for beat in table.beats)}
    props = {prop.kind for prop in table.props}
    handled = any(beat.verb in _HANDLED for beat in table.beats)
    words = {word for text in table.words for word in text.replace("!", "").split()}
    for k in core.subjects:
        mention = reading.mentions[k]
        if any(state.mention == k and state.verb == "stop" for state in reading.states):
            return False
        parts = table.roles[:2] if mention.group == "person" else table.roles
        if mention.group == "unknown" and mention.kind not in words:
            return False
        if mention.group == "prop" and mention.kind not in acting:
            return False
        if mention.group in ("person", "animal", "vehicle") and not any(fits(mention, role) for role in parts):
            return False
    many = [k for k in core.subjects if reading.mentions[k].group == "vehicle" and reading.mentions[k].count > 1]
    if many and not core.objects and not core.obliques and core.verb in ("crash", "collide"):
        return False  # two cars that crash into each other are all there are
    named = match is not None and match.category == table.name
    if match is not None and named and not match.start <= core.at <= match.end:
        return False
    if not named and not any(
        shows(beat.verb, core.verb) or shows(beat.verb, core.verb, vehicle=True) for beat in table.beats
    ):
        return False
    if any(reading.mentions[k].inner for _, k in core.obliques):
        return False
    several = any(reading.mentions[k].count > 1 for k in core.subjects)
    if core.verb in ("crash", "collide") and several and not core.objects and not core.obliques:
        return False  # two cars collide with each other
    if core.lemma in ("snatch", "grab", "steal", "take") and any(
        reading.mentions[k].kind != "money" for k in core.objects
    ):
        return False  # a bag is in its owner's hand
    if core.verb in ("stop", "chase") and not any(shows(beat.verb, core.verb) for beat in table.beats):
        return False  # who stops at a red light does not run it, who chases a thief has not caught him
    climbed = [reading.mentions[k] for k in (*core.objects, *(k for _, k in core.obliques)) if core.verb == "climb"]
    if any(m.group == "prop" and m.kind not in props for m in climbed):
        return False
    if core.verb == "throw" and any(place in SHORES for _, place in core.grounds):
        return False  # a stone into a lake hits nobody
    thrown = {reading.mentions[k].kind for k in core.objects if reading.mentions[k].group == "prop"}
    if core.verb == "throw" and thrown - {role.actor.holds for role in table.roles}:
        return False  # bottles are no stones
    people = len(core.subjects) + 1
    for k in core.objects:
        mention = reading.mentions[k]
        if any(state.mention == k and state.verb == "stop" for state in reading.states):
            return False
        known = mention.kind in words or mention.kind in props or mention.held
        carried = mention.group == "prop" and handled and mention.kind in PORTABLE
        if mention.group in ("prop", "unknown") and not (known or carried):
            return False
        if mention.group == "person" and sum(role.kinds[0] in PEOPLE for role in table.roles) < people:
            return False
        rivals = sum(reading.mentions[j].group == mention.group for j in (*core.subjects, k))
        if mention.group in ("animal", "vehicle") and sum(fits(mention, role) for role in table.roles) < rivals:
            return False
    return True


class Casting:
    """Puts everybody into the draft. `ids` says under which id a mention went there."""

    def __init__(
        self,
        reading: Reading,
        table: Choreography | None,
        core: Clause | None,
        draft: SceneDraft,
        place: str,
        whole: bool = True,
    ):
        self.whole = whole
        self.reading, self.table, self.core, self.draft, self.place = reading, table, core, draft, place
        self.ids: dict[int, str] = {}
        self.filled: dict[str, int] = {}  # role -> mention
        self.instead: dict[str, str] = {}  # role -> "person", "thing" or "vehicle" that plays it in its stead
        self._fill_roles()
        for role in self._roles():
            self._put_role(role)
        for prop in self._things():
            self.draft.put(prop)
            self.draft.fixed.add(prop.id)
        if table is not None and not whole:
            _hand_out(table, draft)
        # a tornado of the choreography's own sentence is its storm, and stands nowhere beside it
        acted = whole and table is not None
        named = [k for k, m in enumerate(reading.mentions) if not ((acted and m.kind in EVENTS) or (m.inner and table))]
        if table is None and PLACE_PAINTERS[place][1]:  # a room has its walls
            named = [k for k in named if reading.mentions[k].text not in ("wall", "walls")]
        if self.knows_its_things():
            named = [k for k in named if reading.mentions[k].group not in ("prop", "unknown")]
        cast_bystanders(reading, draft, self.ids, named, literal=table is None)
        if place in SHORES.values():
            settle_by_water(reading, draft, self.ids)

    def knows_its_things(self) -> bool:
        """True in a built-in choreography's own sentence, whose things are its props: what sinks is no sink."""
        return self.whole and self.table is not None and not self.table.own

    def plays(self, beat: Beat) -> bool:
        """False for a beat that whoever plays the part cannot do: a box does not drive."""
        if beat.verb in _TWO and beat.target not in (None, WHOLE_SCENE) and beat.target not in self.draft.x:
            return False
        if self.instead.get(beat.who) == "vehicle":
            return beat.verb in _AS_VEHICLE
        return self.instead.get(beat.who) != "thing" or beat.verb in AS_THING

    def recast(self, beat: Beat) -> Beat:
        """The beat as whoever plays the part does it; to nobody where nobody plays the one it is done to."""
        if beat.target is not None and beat.target != WHOLE_SCENE and beat.target not in self.draft.x:
            beat = replace(beat, target=None)
        others = {"person": _AS_PERSON, "vehicle": _AS_VEHICLE}.get(self.instead.get(beat.who, ""), {})
        return replace(beat, verb=others.get(beat.verb, beat.verb))

    def _roles(self) -> tuple[Role, ...]:
        return self.table.roles if self.table else ()

    def _fill_roles(self) -> None:
        roles = self._roles()
        if self.core is not None and roles:
            patients = [*self.core.objects, *(k for _, k in self.core.obliques)]
            if self.core.verb == "throw":  # what is thrown is not what it is thrown at
                patients = [k for p, k in self.core.obliques if p not in ("from", "of", "with")]
            for k in self.core.subjects:
                police = roles[0].kinds[0] == "police officer"  # whoever handcuffs somebody plays the officer
                (police and self._fill(k, roles[:1], anybody=True)) or self._fill(k, roles)
            for k in patients:
                filled = self._fill(k, roles[1:]) or self._fill(k, roles)
                filled or (self.knows_its_things() and self._is_thing(k)) or self._stand_in(k, roles[1:])
        for clause in self.reading.clauses if roles else ():
            for k in [*clause.subjects, *clause.objects, *(k for _, k in clause.obliques)]:
                self._fill(k, roles)
        for k in range(len(self.reading.mentions)):
            self._fill(k, roles)

    def _fill(self, k: int, among: tuple[Role, ...], anybody: bool = False) -> bool:
        mention = self.reading.mentions[k]
        if k in self.ids or mention.group in ("prop", "unknown", "substance") or mention.absent:
            return False
        looks_on = mention.kind in MINORS and k not in harmed(self.reading)  # a child who does is no victim
        free = [r for r in among if r.actor.id not in self.filled and not (looks_on and comes_to_harm(self.table, r))]
        free = [r for r in free if fits(mention, r) or may_stand_in(self.table, mention, r) or (
            anybody and mention.group == "person" and r.kinds[0] in PEOPLE)]  # fmt: skip
        if not free:
            return False
        police = mention.kind == "police officer"
        role = min(free, key=lambda r: mention.kind not in r.kinds and (police or not r.adult))
        self.ids[k], self.filled[role.actor.id] = role.actor.id, k
        return True

    def _stand_in(self, k: int, among: tuple[Role, ...]) -> bool:
        """A person or thing that suffers what the choreography lets a vehicle suffer: hit by a train, set on fire."""
        mention = self.reading.mentions[k]
        role = next(
            (r for r in among if r.actor.id not in self.filled and not r.actor.colour and struck(self.table, r)), None
        )
        if (
            k in self.ids
            or role is None
            or mention.held
            or mention.absent
            or mention.group in ("unknown", "substance")
            or (mention.group == "vehicle" and role.kinds[0] in ROAD)
        ):
            return False
        self.ids[k], self.filled[role.actor.id] = role.actor.id, k
        self.instead[role.actor.id] = {"prop": "thing", "vehicle": "vehicle"}.get(mention.group, "person")
        return True

    def _is_thing(self, k: int) -> bool:
        return self.reading.mentions[k].group == "prop"

    def _put_role(self, role: Role) -> None:
        actor = role.actor
        inside = round(min(0.8, max(0.2, actor.x)), 4)
        if actor.id not in self.filled and (self._shares(role) or not self._needed(role)):
            return
        if actor.id not in self.filled:
            own, _ = beats_of(self.table, role)
            if self.place in _INDOORS and actor.kind in ROAD and own & AS_THING and not actor.colour:
                self.instead[actor.id] = "thing"  # no car burns in a living room unless the caption says so
                self.draft.put(Prop(actor.id, "box", None, inside, actor.y, 1.5))
                return
            self.draft.put(actor)
            return
        mention = self.reading.mentions[self.filled[actor.id]]
        if self.instead.get(actor.id) == "thing":
            moves = [b.to for b in self.table.beats if b.who == actor.id and b.to is not None] if self.table else []
            where = inside if acts_as_thing(self.table, actor.id) or not moves else min(0.8, max(0.2, moves[0]))
            self.draft.put(Prop(actor.id, mention.kind, mention.colour, where))
            return
        crowd = self.whole and mention.count > 12 and mention.counted is None  # a choreography has its own crowds
        count = 6 if crowd else min(MAX_COUNT, mention.count)
        if count > 1 and self._partner() is not None:
            count -= count // 2
        others = {other.actor.holds for other in self._roles() if other is not role}  # stabs somebody with a knife
        holds = mention.holds if mention.holds in HAND and not (self.whole and mention.holds in others) else actor.holds
        x = inside if actor.id in self.instead else actor.x
        self.draft.put(
            replace(actor, kind=mention.kind, colour=mention.colour or actor.colour, trousers=mention.trousers, x=x,
                    scale=0.62 if count > 12 and mention.group == "person" else actor.scale,
                    count=count, hat=mention.hat or actor.hat, holds=holds, hat_colour=mention.hat_colour,
                    bareheaded=mention.bareheaded, headgear=mention.headgear, worn=mention.worn,
                    worn_colour=mention.worn_colour,
                    held_colour=mention.held_colour if holds == mention.holds else None)
        )  # fmt: skip

    def _partner(self) -> Role | None:
        """The second role of those who do it with each other, if the caption has one group for both: three dance."""
        if self.table is None or len(self.table.roles) < 2:
            return None
        first, second = self.table.roles[:2]
        mention = self.reading.mentions[self.filled[first.actor.id]] if first.actor.id in self.filled else None
        grouped = mention is not None and mention.group == "person" and mention.count > 1
        return second if grouped and second.actor.id not in self.filled and peers(self.table) else None

    def _shares(self, role: Role) -> bool:
        """True if nobody is to be invented for a role: half of a group plays it, or it is a mere onlooker's."""
        said = self.core is not None or bool(self.reading.mentions)
        if self.table is None or not said or role.kinds[0] not in PEOPLE:
            return False
        if role is self._partner():
            first = self.reading.mentions[self.filled[self.table.roles[0].actor.id]]
            self.draft.put(
                replace(role.actor, kind=first.kind, colour=first.colour, trousers=first.trousers, hat=first.hat,
                        count=min(MAX_COUNT, first.count) // 2)
            )  # fmt: skip
            return True
        if self.core is not None and self.core.verb in ("hug", "shake hands"):
            return False  # nobody shakes hands alone
        return onlooker(self.table, role, any(m.group == "person" for m in self.reading.mentions))

    def _needed(self, role: Role) -> bool:
        """True if somebody is to be invented for a role: whoever does what the caption says is done, or suffers it."""
        if self.whole or self.core is None or self.table is None or self.table.own:
            return True
        if role is self.table.roles[0]:
            return not self.core.subjects
        if ridden(self.table, role) and not any(m.kind in RIDDEN for m in self.reading.mentions):
            return True  # a cyclist who falls had a bicycle
        _, suffered = beats_of(self.table, role)
        aimed = self.core.objects or [k for p, k in self.core.obliques if p in ("at", "on", "into", "with", "by")]
        return bool(suffered & NEEDS_TWO) and not aimed and alike(self.core.verb, suffered)

    def _things(self) -> list[Prop]:
        """The choreography's props; what the caption says is taken, hidden or repaired stands for the one that is."""
        if self.table is None:
            return []
        props = {prop.id: prop for prop in self.table.props}
        kinds = {prop.kind for prop in props.values()}
        named = [(k, self.reading.mentions[k]) for k in (self.core.objects if self.core else ())]
        handled = [b.target for b in self.table.beats if b.target in props and b.verb in _HANDLED]
        for k, mention in named:
            if mention.group == "prop" and mention.kind in PORTABLE - kinds and handled and k not in self.ids:
                self.ids[k] = str(handled[0])
                props[self.ids[k]] = replace(props[self.ids[k]], kind=mention.kind, colour=mention.colour)
                break
        used = {id_ for beat in self.table.beats for id_ in (beat.who, beat.target)}
        return [prop for prop in props.values() if self.whole or self.core is None or prop.id in used]


def _hand_out(table: Choreography, draft: SceneDraft) -> None:
    """What is given lies on no counter, where a caption names none: whoever gives it has it."""
    for beat in table.beats:
        if beat.verb == "give" and beat.who in draft.actors and beat.target in draft.props:
            held = draft.actors[beat.who].holds or draft.props[beat.target].kind
            draft.actors[beat.who] = replace(draft.actors[beat.who], holds=held)
