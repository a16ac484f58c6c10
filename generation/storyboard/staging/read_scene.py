"""read_scene(): caption -> Scene."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.minors.judgement import UNJUDGED, judge
from svta.builder.taxonomy import Taxonomy
from svta.generation.storyboard.choreography import Choreography, load_choreographies, mirror
from svta.generation.storyboard.own_sentences import variant_said
from svta.generation.storyboard.parsing.clauses import Clause, Reading
from svta.generation.storyboard.parsing.lexicon import lemmas_of
from svta.generation.storyboard.parsing.sentences.parser import read
from svta.generation.storyboard.parsing.sentences.patients import without_invented_victims
from svta.generation.storyboard.places.backdrop import PLACE_PAINTERS
from svta.generation.storyboard.scene import MINORS, WHOLE_SCENE, Beat, Scene
from svta.generation.storyboard.shown_verbs import shows

from .actions.draft import SceneDraft
from .actions.emission import goes_on, lasting, runs
from .actions.movement import STRIDE
from .actions.supports import mount
from .arrangement.formations import IN_TURN, said
from .arrangement.in_water import afloat, from_the_shore, kept_in_bowls, swimming
from .arrangement.seats import seats
from .beats import manners
from .casting import EVENTS, Casting, grants
from .category_match import Match, is_denied, main_clause, names_category, playable, recognise
from .clause_staging import ClauseStaging
from .defaults import at_first, enlivened, prone, rising, unlit, without_the_denied
from .driving.lanes import on_its_way
from .driving.sites import furnish
from .indoors.furnishing import furnish_rooms
from .industry.hanging import hangs
from .industry.sitework import in_pieces
from .likely_places import likely_places
from .minors_gate import StoryboardRefused, built_in_taxonomy
from .relations import arrange
from .roles import alike, by_its_words, meant, own_direction

MAX_STEPS: Final = 5
MAX_NOTES: Final = 40
_STILL: Final = {"stand", "look", "stop", "carry", "be crushed"}
_SIDED: Final = {"escalator"}  # looks the same way whatever the scene does
_LASTING: Final = {"burn", "smoke", "flood", "leak"}


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
    return _direct(caption, seed, category, taxonomy, choreographies)[0]


def _direct(
    caption: str,
    seed: int,
    category: str | None,
    taxonomy: Taxonomy | None,
    choreographies: Mapping[str, Choreography] | None,
) -> tuple[Scene, dict[int, str]]:
    """The scene of a caption, and which actor or prop each of its mentions is."""
    taxonomy = taxonomy or built_in_taxonomy()
    if category is not None:
        category = taxonomy[category].name
    reason = judge(caption, category, taxonomy).reason
    if reason not in (None, UNJUDGED):  # words nobody knows draw nobody: the scene holds only what was read
        raise StoryboardRefused(reason, caption)
    tables = _built_in() if choreographies is None else choreographies
    reading = read(caption)
    anomalies = frozenset(c.name for c in taxonomy.categories if c.is_anomaly)
    match = recognise(reading, tables, anomalies, category)
    chance = random.Random(f"svta {seed}")
    name = category or (match.category if match else None)
    table = tables.get(name or "")
    variant = variant_said(caption, reading, category)
    own = variant is not None and variant.name in tables and tables[variant.name].own  # the user's: not ours
    if variant is not None and not own:
        name, table = variant.name, variant
    director = _Director(caption, reading, table, match, chance, name in anomalies)
    backwards = table is not None and table.backwards
    scene = replace(director.scene(), caption=caption, category=name, seed=seed, backwards=backwards)
    return scene, director.ids


def parts_of(caption: str, scene: Scene, choreographies: Mapping[str, Choreography] | None = None) -> dict[int, str]:
    """Index of a mention of the caption -> the id of its actor or prop in `scene`; empty for an edited cast."""
    try:
        again, ids = _direct(caption, scene.seed, scene.category, None, choreographies)
    except SvtaError:
        return {}
    casts = [{a.id: a.kind for a in s.actors} | {p.id: p.kind for p in s.props} for s in (again, scene)]
    return dict(ids) if casts[0] == casts[1] else {}


@cache
def _built_in() -> dict[str, Choreography]:
    return load_choreographies()


class _Director:
    """Casts a reading's mentions into a choreography's roles and lays their beats out over the clip."""

    def __init__(
        self,
        caption: str,
        reading: Reading,
        table: Choreography | None,
        match: Match | None,
        chance: random.Random,
        anomaly: bool = False,
    ):
        self.anomaly = anomaly
        self.reading, self.table, self.match, self.chance = reading, table, match, chance
        # Drawn whether needed or not, so that one changed word of a caption changes nothing else.
        self.place_draw, self.mirror_draw, self.shift = chance.random(), chance.random(), chance.uniform(-0.03, 0.03)
        self.draft = SceneDraft()
        self.core = main_clause(self.reading, self.table, self.match)
        # in the choreography's own sentence all of it is meant; other words get what they name
        denied = is_denied(reading, match)
        self.whole = table is not None and not denied and meant(table, self.core, caption, reading)
        if table is not None and not self.whole and (denied or by_its_words(reading, table) or not self._acted()):
            self.table = self.core = None
        self.draft.setting = self._place().partition(" without ")[0]
        self.casting = Casting(reading, self.table, self.core, self.draft, self._place(), self.whole)
        self.ids = self.casting.ids
        if self.table is None:
            arrange(reading, self.draft, self.ids)
            seated = furnish_rooms(reading, self.draft, self.ids)
            mount(furnish(self.draft), indoors=PLACE_PAINTERS[self._place()][1])
        self.sitting = [*seated, *seats(reading, self.draft, self.ids)] if self.table is None else []
        self.clauses = ClauseStaging(self.draft, self.ids, reading.mentions, self._mirrored())
        self.clauses.in_turn = said(reading, IN_TURN)
        self.clauses.manner = manners(reading)

    def _acted(self) -> bool:
        """True if the choreography acts out what the caption says; without an event of its own it says no other."""
        if self.core is None or self.table is None:
            return names_category(self.reading, self.table, self.match)
        if not self.table.own and (not self.anomaly or len(self.reading.clauses) > 1):
            return False  # its own words say more than the category's story
        if not self.table.own and any(
            self.reading.mentions[k].group in ("prop", "unknown") for k in self.core.subjects
        ):
            return False
        if any(d.group == "person" and d.name == "person" for d in self.reading.denials):
            return False  # nobody else is there: robs an empty shop
        if self.match is not None and not playable(self.reading, self.table, self.core, self.match):
            return False
        return grants(self.reading, self.table, self.core, self.match)

    def scene(self) -> Scene:
        beats = [*self.sitting, *self._beats()]
        beats = enlivened(beats, self.reading, self.draft, self._place(), self.ids, self.table)
        minors = {id_ for id_, actor in self.draft.actors.items() if actor.kind in MINORS}
        if self.table is None or not self.table.own:  # a user's choreography is for the gate to judge
            beats = without_invented_victims(beats, self.reading, self.ids, minors)
        actors, props = without_the_denied(self.reading, self.draft)
        if self._mirrored():
            actors, props, beats = mirror(actors, props, beats)
        actors = [replace(a, x=round(a.x + self.shift, 4)) for a in actors]
        props = [replace(p, x=round(p.x + self.shift, 4)) for p in props]
        beats = [_rounded(beat, self.shift) for beat in afloat(beats, self._place(), actors, self.shift)]
        weather = self.reading.weather or (self.table.weather if self.table else "clear")
        time = self.reading.time or "day"
        notes = tuple(dict.fromkeys(word[:40] for word in self._left_out()))[:MAX_NOTES]
        return Scene("", None, self._place(), time, weather, tuple(actors), tuple(props), tuple(beats), 0, notes)

    def _left_out(self) -> list[str]:
        """The caption's words that nobody knows and no choreography acts out, and whom the scene has no room for."""
        acted = {word for text in (self.table.words if self.table else ()) for word in text.replace("!", "").split()}
        unknown = [word for word in self.reading.unknown if not lemmas_of(word) & acted]
        kinds = {a.holds for a in self.draft.actors.values()} | {p.kind for p in self.draft.props.values()}
        rest = [m for k, m in enumerate(self.reading.mentions) if k not in self.ids and not m.held and not m.absent]
        acting = EVENTS if self.whole else ()
        rest = [m for m in rest if not (self.casting.knows_its_things() and m.group == "prop")]
        rest = [
            m for m in rest if m.group not in ("unknown", "substance") and m.kind != "lights" and m.kind not in acting
        ]
        return unknown + [m.text for m in rest if m.kind not in kinds]

    def _place(self) -> str:
        places = likely_places(self.reading, self.table, self.whole)
        place = places[int(self.place_draw * len(places))]
        return from_the_shore(self.reading, place) if self.table is None else place

    def _mirrored(self) -> bool:
        said = self.reading.direction
        if self.table is None or (said == 0 and (self.core is None or self.core.words >= {"be", "on", "fire"})):
            return False
        own = own_direction(self.reading, self.table)
        if said and own:
            return said != own
        if any(prop.kind in _SIDED for prop in self.table.props):
            return False
        sides = any(m.side is not None for m in self.reading.mentions)
        return said == 0 and not sides and self.mirror_draw < 0.5

    def _beats(self) -> list[Beat]:
        clauses = [c for c in self.reading.clauses if c is self.core or self._adds(c)]
        self.clauses.foresee(clauses)
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
                    beats += self.clauses.beats(clause, at, min(1.0, end), before_core=self._before_core(step))
            at = end
        beats += (
            self._states()
            + prone(self.reading, self.draft, {} if self.whole else self.ids)
            + rising(self.reading, self.ids)
            + swimming(self.reading, self.draft, self.ids, self._place(), beats)
            + [*kept_in_bowls(self.draft, beats), *unlit(self.reading)]
        )
        there = {*self.draft.x, WHOLE_SCENE, None}  # what is in hand from the first frame on stands nowhere
        beats = in_pieces(self.draft, beats) if self.table is None else beats
        return [b if b.target in there else replace(b, target=None) for b in beats if b.who in there]

    def _states(self) -> list[Beat]:
        """What goes on all the time: a burning car burns from the first frame to the last."""
        parts = {role.actor.id for role in self.table.roles} if self.table else set()
        beats = []
        for state in self.reading.states:
            id_ = WHOLE_SCENE if state.mention is None else self.ids.get(state.mention)
            word = self.reading.words[state.at].text
            first = at_first(self.draft, state.verb, id_, word) if not self.whole else None
            goes = on_its_way(self.draft, id_, word) or runs(self.draft, state.verb, id_) or hangs(self.draft, id_)
            beats += [first] if first else goes
            if first or self.whole or id_ is None or id_ in parts or not goes_on(self.draft, state.verb, id_):
                continue
            flashing = state.verb == "spark" and id_ in self.draft.actors  # lights that flash
            if flashing or (id_ == WHOLE_SCENE and state.verb not in ("flood", "smoke", "burn")):
                continue
            beats.append(lasting(self.draft, state.verb, id_))
        return beats

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
        if clause.verb == "carry" and self.table is None and _walks_with(self.draft, self.reading, self.ids, clause):
            return False
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
            shown = own | {b.verb for b in self.table.beats if b.who in done}
            if alike(clause.verb, shown) if self.whole else any(shows(verb, clause.verb) for verb in shown):
                return False
        return clause.verb not in _STILL

    def _choreographed(self, start: float, end: float, first: bool) -> list[Beat]:
        assert self.table is not None
        length = end - start
        out = []
        for beat in filter(self.casting.plays, self.table.beats):
            if beat.to is not None and beat.who in self.draft.x:
                self.draft.move(beat.who, beat.to)
            beat = self.casting.recast(beat)
            if beat.verb == "talk" and beat.target is None:
                beat = replace(beat, end=1.0)
            last = 1.0 if beat.end == 1.0 and beat.verb in _LASTING else start + beat.end * length
            out.append(replace(beat, start=start + beat.start * length, end=last))
        return out


def _rounded(beat: Beat, shift: float) -> Beat:
    to = None if beat.to is None else round(beat.to + shift, 4)
    start = round(beat.start, 4)
    return replace(beat, start=start, end=max(round(beat.end, 4), round(start + 0.001, 4)), to=to)  # it takes a while


def _walks_with(draft: SceneDraft, reading: Reading, ids: dict[int, str], clause: Clause) -> bool:
    """True for what somebody carries who walks at the same time: it is in their hand."""
    others = [c for c in reading.clauses if c is not clause and c.step == clause.step]
    walking = any(c.verb in STRIDE and c.subjects == clause.subjects for c in others)
    holders = {ids[k] for k in clause.subjects if k in ids} & set(draft.actors)
    return walking and bool(holders) and all(draft.actors[id_].holds for id_ in holders)
