"""read_scene: a caption in any English words becomes a Scene, plain data that can be edited and drawn.

Reads a caption, a seed and perhaps its category. What the caption says is taken from it (reading.py); what it leaves
open comes from its category's choreography, then from the seed. The same caption and seed give the same Scene.

    scene = read_scene("A man in a red shirt robs a clerk at night, then runs away to the left", seed=3)
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.taxonomy import Taxonomy, load_taxonomy
from svta.generation.minors import refusal

from .choreography import Choreography, Role, load_choreographies, mirror
from .clothing import Mention
from .reading import Clause, Reading, read
from .recognition import Match, recognise
from .roles import ROAD, alike, fits
from .scene import ANIMALS, PEOPLE, VEHICLES, WHOLE_SCENE, Actor, Beat, Prop, Scene
from .staging import Stage, stage_clause

MAX_ACTORS: Final = 6
MAX_PROPS: Final = 8
MAX_STEPS: Final = 5
MAX_COUNT: Final = 7
MAX_NOTES: Final = 40
_STILL: Final = {"stand", "look", "stop", "carry", "be crushed"}
_SOCIAL: Final = {"hug", "talk", "punch", "shake hands", "dance", "kick ball"}
_HAND: Final = {"bag", "backpack", "suitcase", "phone", "gun", "knife", "stick", "bottle", "book", "cup", "stone",
                "hammer", "umbrella", "guitar", "camera", "broom", "cigarette", "racket", "spray can", "box", "flag",
                "bin bag"}  # fmt: skip
_COMING: Final = {"walk", "run", "enter", "leave", "drive", "sneak"}
_SIDED: Final = {"escalator"}  # looks the same way whatever the scene does
_LASTING: Final = {"burn", "smoke", "flood", "leak"}
_BY_THEMSELVES: Final = {"flood", "burn", "explode", "collapse"}
_SLOTS: Final = (0.32, 0.66, 0.18, 0.82, 0.5, 0.08)
_DEFAULT_PLACES: Final = ("street", "park", "yard")


class StoryboardRefused(SvtaError):
    """A caption that must not be filmed; `reason` is the code that goes to rejected.jsonl."""

    def __init__(self, reason: str, caption: str):
        super().__init__(f"not filmed ({reason}): {caption[:80]!r}")
        self.reason = reason


def read_scene(
    caption: str,
    seed: int = 0,
    category: str | None = None,
    taxonomy: Taxonomy | None = None,
    choreographies: Mapping[str, Choreography] | None = None,
) -> Scene:
    """A Scene for a caption. `category` (a name or alias of the taxonomy) overrides what the words suggest.

    Raises StoryboardRefused (with `.reason`, such as minor_violence) where the policy on minors forbids a film, and
    TaxonomyError for a category outside the taxonomy. Any other text gives a scene: one person standing at the least,
    the words nobody knew in `notes`.
    """
    taxonomy = taxonomy or _taxonomy()
    if category is not None:
        category = taxonomy[category].name
    if reason := refusal(caption, category, taxonomy):
        raise StoryboardRefused(reason, caption)
    tables = _built_in() if choreographies is None else choreographies
    reading = read(caption)
    match = recognise(reading, tables, frozenset(c.name for c in taxonomy.categories if c.is_anomaly), category)
    name = category or (match.category if match else None)
    scene = _Director(reading, tables.get(name or ""), match, random.Random(f"svta {seed}")).scene()
    return replace(scene, caption=caption, category=name, seed=seed)


_TAXONOMY: list[Taxonomy] = []
_TABLES: list[dict[str, Choreography]] = []


def _taxonomy() -> Taxonomy:
    if not _TAXONOMY:
        _TAXONOMY.append(load_taxonomy())
    return _TAXONOMY[0]


def _built_in() -> dict[str, Choreography]:
    if not _TABLES:
        _TABLES.append(load_choreographies())
    return _TABLES[0]


class _Director:
    """Casts a reading's mentions into a choreography's roles and lays their beats out over the clip."""

    def __init__(self, reading: Reading, table: Choreography | None, match: Match | None, chance: random.Random):
        self.reading, self.table, self.match, self.chance = reading, table, match, chance
        # Drawn whether needed or not, so that one changed word of a caption changes nothing else.
        self.place_draw, self.mirror_draw, self.shift = chance.random(), chance.random(), chance.uniform(-0.03, 0.03)
        self.stage = Stage()
        self.ids: dict[int, str] = {}  # mention -> id on the stage
        self.core = self._core()
        if self.core is not None and match is not None and not self._playable(self.core):
            self.table = self.core = None

    def scene(self) -> Scene:
        self._cast()
        beats = self._beats()
        actors, props = list(self.stage.actors.values()), list(self.stage.props.values())
        if self._mirrored():
            actors, props, beats = mirror(actors, props, beats)
        actors = [replace(a, x=round(a.x + self.shift, 4)) for a in actors]
        props = [replace(p, x=round(p.x + self.shift, 4)) for p in props]
        beats = [self._rounded(beat) for beat in beats]
        reading = self.reading
        weather = reading.weather or (self.table.weather if self.table else "clear")
        notes = tuple(dict.fromkeys(word[:40] for word in reading.unknown))[:MAX_NOTES]
        return Scene(
            "", None, self._place(), reading.time or "day", weather, tuple(actors), tuple(props), tuple(beats), 0, notes
        )

    def _rounded(self, beat: Beat) -> Beat:
        to = None if beat.to is None else round(beat.to + self.shift, 4)
        return replace(beat, start=round(beat.start, 4), end=round(beat.end, 4), to=to)

    def _place(self) -> str:
        if self.reading.place:
            return self.reading.place
        places = self.table.places if self.table else self._likely_places()
        return places[int(self.place_draw * len(places))]

    def _likely_places(self) -> tuple[str, ...]:
        kinds = {m.kind for m in self.reading.mentions}
        for kind, place in (("train", "railway"), ("boat", "sea"), ("plane", "airport"), ("counter", "shop"),
                            ("shelf", "shop"), ("stove", "kitchen"), ("bed", "bedroom"), ("sofa", "living room"),
                            ("computer", "office"), ("table", "restaurant")):  # fmt: skip
            if kind in kinds:
                return (place,)
        return ("street",) if kinds & set(ROAD) else _DEFAULT_PLACES

    def _mirrored(self) -> bool:
        said = self.reading.direction
        if self.table is None or (self.core is None and said == 0):
            return False
        own = self.table.direction
        if said and own:
            return said != own
        if any(prop.kind in _SIDED for prop in self.table.props):
            return False
        sides = any(m.side is not None for m in self.reading.mentions)
        return said == 0 and not sides and self.mirror_draw < 0.5

    # -- who --------------------------------------------------------------------------------------------------------
    def _core(self) -> Clause | None:
        """The clause that names the category, which the choreography acts out."""
        if self.table is None:
            return None
        clauses = self.reading.clauses
        if self.match is not None and self.match.category == self.table.name:
            inside = [c for c in clauses if self.match.start <= c.at <= self.match.end]
            if inside:
                return inside[0]
        verbs = {beat.verb for beat in self.table.beats}
        return next((c for c in clauses if c.verb in verbs), clauses[0] if clauses else None)

    def _playable(self, core: Clause) -> bool:
        """False if those who do it in the caption fit no role at all: a dog that bows is no greeting of people."""
        doers = [self.reading.mentions[k] for k in core.subjects]
        roles = self.table.roles if self.table else ()
        return not doers or any(m.group == "prop" or any(fits(m, role) for role in roles) for m in doers)

    def _cast(self) -> None:
        roles = list(self.table.roles) if self.table else []
        filled: dict[str, int] = {}
        mentions = self.reading.mentions

        def fill(k: int, among: list[Role]) -> bool:
            if k in self.ids or mentions[k].group == "prop":
                return False
            open_roles = [r for r in among if r.actor.id not in filled and fits(mentions[k], r)]
            if not open_roles:
                return False
            role = min(open_roles, key=lambda r: mentions[k].kind not in r.kinds and not r.adult)
            if mentions[k].kind == "police officer":
                role = min(open_roles, key=lambda r: r.adult)
            self.ids[k], filled[role.actor.id] = role.actor.id, k
            return True

        if self.core is not None:
            for k in self.core.subjects:
                fill(k, roles)
            for k in [*self.core.objects, *(k for _, k in self.core.obliques)]:
                fill(k, roles[1:]) or fill(k, roles)
        for clause in self.reading.clauses if roles else ():
            for k in [*clause.subjects, *clause.objects, *(k for _, k in clause.obliques)]:
                fill(k, roles)
        for k in range(len(mentions)):
            fill(k, roles)
        for role in roles:
            self._put_role(role, mentions[filled[role.actor.id]] if role.actor.id in filled else None)
        for prop in self.table.props if self.table else ():
            self.stage.put(prop)
        self._cast_rest()

    def _put_role(self, role: Role, mention: Mention | None) -> None:
        actor = role.actor
        if mention is not None:
            count = min(MAX_COUNT, max(mention.count, actor.count if mention.kind == actor.kind else 1))
            holds = mention.holds if mention.holds in _HAND else actor.holds
            actor = replace(
                actor, kind=mention.kind, colour=mention.colour or actor.colour, trousers=mention.trousers, count=count,
                hat=mention.hat or actor.hat, holds=holds,
            )  # fmt: skip
        self.stage.put(actor)

    def _cast_rest(self) -> None:
        """Mentions no role wants: they stand where there is room, or where the caption puts them."""
        taken = [x for id_, x in self.stage.x.items() if id_ in self.stage.actors]
        slots = [x for x in _SLOTS if all(abs(x - other) > 0.1 for other in taken)] or list(_SLOTS)
        acting = {k for c in self.reading.clauses for k in c.subjects}
        for k, mention in enumerate(self.reading.mentions):
            if k in self.ids or mention.held:
                continue
            if mention.group == "prop":
                self._put_prop(k, mention)
                continue
            if len(self.stage.actors) >= MAX_ACTORS:
                break
            x = mention.side if mention.side is not None else slots.pop(0) if slots else 0.5
            back = k not in acting and mention.group == "vehicle"
            id_ = self._id(mention.kind)
            holds = mention.holds if mention.holds in _HAND else None
            self.stage.put(
                Actor(id_, mention.kind, mention.colour, mention.trousers, min(mention.count, MAX_COUNT), x,
                      0.72 if back else 0.82, 1.0, -1 if x > 0.5 else 1, holds, mention.hat)
            )  # fmt: skip
            self.ids[k] = id_
        if not self.stage.actors and not self._things_act():
            pair = any(c.verb in _SOCIAL for c in self.reading.clauses)
            self.stage.put(Actor("person", "person", x=0.42 if pair else 0.5))
            if pair:
                self.stage.put(Actor("person2", "person", x=0.58, facing=-1))

    def _things_act(self) -> bool:
        events = any(c.subjects or c.verb in _BY_THEMSELVES for c in self.reading.clauses)
        return events and bool(self.stage.props)

    def _put_prop(self, k: int, mention: Mention) -> None:
        same = next((p for p in self.stage.props.values() if p.kind == mention.kind), None)
        if same is not None:
            self.ids[k] = same.id
            self.stage.props[same.id] = replace(same, colour=mention.colour or same.colour)
        elif any(a.holds == mention.kind for a in self.stage.actors.values()):
            return
        elif len(self.stage.props) < MAX_PROPS:
            free = (0.58, 0.76, 0.24, 0.9, 0.4, 0.12)[len(self.stage.props) % 6]
            x = mention.side if mention.side is not None else free
            self.ids[k] = self._id(mention.kind)
            self.stage.put(Prop(self.ids[k], mention.kind, mention.colour, x))

    def _id(self, kind: str) -> str:
        base = kind.replace(" ", "_")
        taken = {*self.stage.actors, *self.stage.props, WHOLE_SCENE}
        return next(i for i in (base, *(f"{base}{n}" for n in range(2, 99))) if i not in taken)

    # -- what, when ---------------------------------------------------------------------------------------------------
    def _beats(self) -> list[Beat]:
        clauses = [c for c in self.reading.clauses if c is self.core or self._adds(c)]
        steps = sorted({c.step for c in clauses})
        if len(steps) > MAX_STEPS:
            keep = [s for s in steps if self.core is not None and s == self.core.step]
            steps = sorted((keep + [s for s in steps if s not in keep])[:MAX_STEPS])
        if self.table is not None and self.core is None:
            steps = [-1.0, *steps]
        weights = {s: 3.0 if self._is_core(s) else 1.0 for s in steps}
        total, at = sum(weights.values()) or 1.0, 0.0
        beats: list[Beat] = []
        for step in steps:
            end = at + weights[step] / total
            if self._is_core(step) and self.table is not None:
                beats += self._choreographed(at, end, first=at == 0.0)
            for clause in clauses:
                if (
                    clause.step == step
                    and clause is not self.core
                    and not (self._is_core(step) and self._cast_in(clause))
                ):
                    beats += self._staged(clause, at, min(1.0, end), before_core=self._before_core(step))
            at = end
        return [b for b in beats if b.who in self.stage.x or b.who == WHOLE_SCENE]

    def _cast_in(self, clause: Clause) -> bool:
        """True if somebody with a role does it: in the main event's own time the choreography moves them."""
        roles = {role.actor.id for role in self.table.roles} if self.table else set()
        return any(self.ids.get(k) in roles for k in clause.subjects)

    def _is_core(self, step: float) -> bool:
        if self.table is None:
            return False
        return step == (self.core.step if self.core is not None else -1.0)

    def _before_core(self, step: float) -> bool:
        return self.table is not None and self.core is not None and step < self.core.step

    def _adds(self, clause: Clause) -> bool:
        """True if a clause shows something the choreography does not show anyway."""
        if clause.verb in ("carry", "stop") and not clause.direction:
            return self.table is None
        if self.table is None:
            return True
        if self.match and self.match.category == self.table.name and self.match.start <= clause.at <= self.match.end:
            return False
        who = [self.ids[k] for k in clause.subjects if k in self.ids]
        if not who:
            return bool(clause.objects) and not alike(clause.verb, {b.verb for b in self.table.beats})
        for id_ in who:
            own = {b.verb for b in self.table.beats if b.who == id_}
            if not own:
                return True
            done = {self.ids[k] for k in clause.objects if k in self.ids}
            if alike(clause.verb, own | {b.verb for b in self.table.beats if b.who in done}):
                return False
        return clause.verb not in _STILL

    def _choreographed(self, start: float, end: float, first: bool) -> list[Beat]:
        assert self.table is not None
        length = end - start
        out = []
        for beat in self.table.beats:
            if beat.to is not None and beat.who in self.stage.x:
                self.stage.move(beat.who, beat.to)
            last = 1.0 if beat.end == 1.0 and beat.verb in _LASTING else start + beat.end * length
            out.append(replace(beat, start=start + beat.start * length, end=last))
        return out

    def _staged(self, clause: Clause, start: float, end: float, before_core: bool) -> list[Beat]:
        who = list(dict.fromkeys(self.ids[k] for k in clause.subjects if k in self.ids))
        targets = [self.ids[k] for k in clause.objects if k in self.ids and self.ids[k] not in who]
        targets += [self.ids[k] for p, k in clause.obliques if k in self.ids and p not in ("of", "near", "behind")]
        if not who and clause.passive and targets:
            return self._suffers(clause, targets[0], start, end)
        if not who:
            who = self._somebody(clause, targets)
        beats: list[Beat] = []
        target = next((t for t in targets if t not in who), None)
        if target is None and len(who) == 2 and clause.verb in _SOCIAL:
            a, b = who
            return [Beat(clause.verb, a, b, start, end), Beat(clause.verb, b, a, start, end)]
        for id_ in who[:3]:
            if before_core and id_ in self.stage.actors and clause.verb in _COMING:
                beats += self._arrive(clause.verb, id_, start, end)
            else:
                beats += stage_clause(
                    self.stage, clause.verb, id_, target, start, end, self._turn(clause.direction), clause.down
                )
        return beats

    def _turn(self, direction: int) -> int:
        """A clause's own direction, seen before the whole scene is mirrored."""
        return -direction if direction and self._mirrored() else direction

    def _arrive(self, verb: str, id_: str, start: float, end: float) -> list[Beat]:
        """Coming on before the main event: from further out to where the choreography wants the actor."""
        x = self.stage.x[id_]
        gait = {"enter": "walk", "leave": "walk"}.get(verb, verb)
        if self.stage.kind(id_) in VEHICLES:
            gait = "drive"
        self.stage.start_at(id_, round(x - 0.35 if x <= 0.5 else x + 0.35, 4))
        self.stage.moved.add(id_)
        return [Beat(gait, id_, None, start, end, x)]

    def _suffers(self, clause: Clause, target: str, start: float, end: float) -> list[Beat]:
        """A passive without an agent: only the one it happens to is seen."""
        if self.stage.kind(target) in PEOPLE + ANIMALS:
            fallen = clause.verb in ("shoot", "stab", "hit", "kick", "push", "punch", "collide", "crash", "be crushed")
            return [Beat("fall" if fallen else "startle", target, None, start, end)]
        if clause.verb in ("burn", "explode", "collapse", "topple", "smash", "open", "flood"):
            shown = {"smash": "topple"}.get(clause.verb, clause.verb)
            return [Beat(shown, target, None, start, end)]
        return []

    def _somebody(self, clause: Clause, targets: list[str]) -> list[str]:
        """Who does it when the caption does not say: a thing for fire and floods, else whoever is there."""
        if clause.verb in ("flood", "shake", "rain down", "blow", "swirl", "slide down"):
            return [WHOLE_SCENE]
        if clause.verb in ("burn", "explode", "collapse", "smoke", "leak", "topple", "spark"):
            return targets[:1] or list(self.stage.props)[:1] or [WHOLE_SCENE]
        people = [id_ for id_ in self.stage.actors if id_ not in targets]
        return people[:2] if clause.verb in _SOCIAL else people[:1]
