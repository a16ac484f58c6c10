"""Judges verbs and nouns that are drawn in another sense than the caption's.

Reads an Evidence; gives items that are not drawn, none where all is well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..parsing.clauses import Clause
from ..scene import PEOPLE, Prop
from .evidence import Evidence, Judge
from .fidelity import FidelityItem, item
from .settings import indoors
from .visibility import STEPS

_WAYS: Final = frozenset(("through", "into", "out", "past", "inside"))
_BODY: Final = frozenset(("head", "heads", "shoulder", "shoulders", "back", "lap", "face", "neck"))
_SUBSTANCES: Final = frozenset(("drip", "pour", "leak", "flow", "spray"))
_DOERS: Final = frozenset(("juggler", "jugglers", "acrobat", "clown", "pianist", "violinist", "drummer", "magician",
                           "conjurer", "guitarist", "dancer", "dancers", "musician", "musicians", "singer",
                           "band"))  # fmt: skip
_RUINED: Final = frozenset(("burn", "explode", "collapse"))
_BESIDE: Final = frozenset(("next", "next to", "beside", "near"))
_LIGHTER: Final = frozenset(
    ("balloon", "kite", "lantern", "lights", "cloud", "rainbow", "double rainbow", "moon", "sun", "fireworks")
)
_RAISED: Final = frozenset(("rise", "hoist", "lower", "suspend", "fly", "float", "ascend", "spin", "swirl", "dangle"))
_VESSELS: Final = frozenset(("bottle", "bucket", "jug", "cup", "glass", "bowl", "pot", "saucepan", "watering can",
                             "pan", "barrel", "bathtub", "trash can", "bin bag", "teapot", "vase"))  # fmt: skip
_TAKEN_AS_A_WAY: Final = {"stairs", "escalator", "elevator", "bus", "train", "tram", "taxi", "ferry", "ladder"}
_KEYBOARDS: Final = {"piano", "organ", "keyboard", "grand piano"}
_FLOODS: Final = frozenset(("flood", "overflow", "burst", "flow"))
_FLOORS: Final = frozenset((
    "floor", "ground", "carpet", "rug", "bed", "sofa", "couch", "bench", "mat", "mattress", "tent",
))  # fmt: skip


def _verbs(e: Evidence) -> Iterator[FidelityItem]:
    for clause in e.reading.clauses:
        text = e.reading.words[clause.at].text
        prepositions = {p for p, _ in clause.obliques} | clause.words
        beats = e.showing(clause) or []
        if clause.verb == "slip" and prepositions & _WAYS:
            yield item("verb", text, False, "drawn as a fall")
        if clause.verb == "sink" and {"go", "under"} <= clause.words and clause.objects:
            yield item("verb", text, False, "drawn as sink")
        if clause.verb == "give" and "pass" in clause.words and not clause.objects:
            yield item("verb", text, False, "drawn as give")
        into = e.ids([k for p, k in clause.obliques if p == "into"])
        if clause.verb in _SUBSTANCES and any(beat.who in into for beat in beats):
            yield item("relation", f"{text} into", False, "comes out of it")


def _tools(e: Evidence) -> Iterator[FidelityItem]:
    """Covers hay with a tarpaulin: what it is done with is in a hand or moves, it does not lie beside."""
    used = {id_ for beat in e.scene.beats for id_ in (beat.who, beat.target)}
    placed = {r.figure for r in e.relations.values()}
    for k, mention in enumerate(e.reading.mentions):
        if not mention.held or mention.group != "prop" or mention.absent or k in placed:
            continue
        things = [t for t in e.things(mention) if isinstance(t, Prop)]
        carried = any(actor.holds == mention.kind for actor in e.scene.actors)
        if things and not carried and not any(t.id in used for t in things):
            yield item("relation", f"with {mention.text}", False, "lies beside it")


def _on_bodies(e: Evidence) -> Iterator[FidelityItem]:
    """Over his head, on her back: nothing is drawn there."""
    for word, after in zip(e.reading.words, e.reading.words[1:]):
        if word.text in ("over", "above", "on", "around") and after.text in _BODY and "garment" not in after.senses:
            yield item("relation", f"{word.text} {after.text}", False, "is not drawn")


def _doers(e: Evidence) -> Iterator[FidelityItem]:
    """Who is only seen to be one by what they do: a juggler who stands there is a man."""
    for mention in e.reading.mentions:
        cast = {t.id for t in e.cast(mention)}
        if mention.text not in _DOERS or not cast or mention.absent:
            continue
        if not any(b.who in cast and b.verb not in ("stand", "walk", "run", "look") for b in e.scene.beats):
            yield item("noun", mention.text, False, "is not seen to be one")


def _ruined(e: Evidence) -> Iterator[FidelityItem]:
    """What only stands beside another thing does not burn with it."""
    told = {k for c in e.reading.clauses for k in (*c.subjects, *c.objects)} | {s.mention for s in e.reading.states}
    beside = {r.ground for r in e.relations.values()} - told
    for i, k in e.reading.mention_at.items():
        before = {word.text for word in e.reading.words[max(0, i - 3) : i]}
        beside |= {k} if before & _BESIDE and e.reading.mention_at.keys().isdisjoint({i - 1, i - 2}) else set()
    ids = e.ids(sorted(beside))
    if any(beat.who in ids and beat.verb in _RUINED for beat in e.scene.beats):
        yield item("extra", "burns", False, "the caption does not say it")


def _left_in_the_air(e: Evidence) -> Iterator[FidelityItem]:
    """Things that stood on the ground hang in the air at the end, with nobody near."""
    raised = {b.who for b in e.scene.beats if b.verb in _RAISED} | {
        b.target for b in e.scene.beats if b.verb in _RAISED
    }
    for prop in e.scene.props:
        first, last = e.sight.box(prop.id, 0), e.sight.box(prop.id, STEPS)
        if first is None or last is None or prop.id in raised or prop.kind in _LIGHTER or not isinstance(prop, Prop):
            continue
        if first[3] < 0.76 or last[3] > first[3] - 0.15 or not 0 <= (last[0] + last[2]) / 2 <= 5 / 3:
            continue
        others = [e.sight.box(id_, STEPS) for id_ in e.kinds if id_ != prop.id]
        near = any(o and o[0] - 0.12 <= last[2] and last[0] <= o[2] + 0.12 and o[1] - 0.1 <= last[3] and last[1] <= o[3]
                   for o in others)  # fmt: skip
        if not near:
            yield item("noun", prop.kind, False, "hangs in the air")


def _balloons(e: Evidence, clause: Clause) -> list[str]:
    return [id_ for id_ in sorted(e.ids(clause.subjects)) if e.kinds[id_] in ("balloon", "kite", "lantern")]


def _stays_low(e: Evidence, id_: str) -> bool:
    ys = e.sight.ys.get(id_, [0.0])
    return ys[-1] > 0.6


def _other_senses(e: Evidence) -> Iterator[FidelityItem]:
    """Verbs that are read as another thing than the caption's."""
    texts = {lemma for word in e.reading.words for lemma in (word.text, *word.lemmas)}
    if any(beat.verb == "flood" for beat in e.scene.beats) and not texts & (_FLOODS | {"flooded", "wave", "waves"}):
        yield item("verb", "flood", False, "the caption does not say it")
    for clause in e.reading.clauses:
        word = e.reading.words[clause.at]
        kinds = {e.reading.mentions[k].kind for k in clause.objects}
        if clause.words & {"empty", "empties"} and clause.verb in ("pour", "empty") and kinds and not kinds & _VESSELS:
            yield item("verb", word.text, False, "drawn as pour")
        if clause.verb == "play piano" and not _KEYBOARDS & {*e.kinds.values()}:
            yield item("noun", word.text, False, "no piano in the scene")
        if clause.verb == "grab" and "take" in clause.words and kinds & _TAKEN_AS_A_WAY:
            yield item("verb", word.text, False, "drawn as grab")
        if clause.verb in ("float", "fly", "rise") and any(_stays_low(e, id_) for id_ in _balloons(e, clause)):
            yield item("verb", word.text, False, "does not go up")
        senses = e.reading.senses[max(0, clause.at - 2) : clause.at]
        started = clause.at == 1 or senses[:1] in (["after"], ["meanwhile"], [""])
        itself = e.reading.mention_at.get(clause.at - 1) in clause.subjects  # a barn burns
        if senses[-1:] == ["place"] and started and clause.subjects and not clause.passive and not itself:
            yield item("verb", word.text, False, "done by another one")
        if clause.verb == "sleep" and indoors(e.scene.place) and not texts & _FLOORS:
            who = e.ids(clause.subjects)
            lying = [b for b in e.showing(clause) or [] if b.who in who and b.verb in ("sleep", "lie") and not b.target]
            people = [b for b in lying if e.kinds.get(b.who) in PEOPLE]
            seated = any(b.who in who and b.target and b.verb.startswith(("sit", "lie")) for b in e.scene.beats)
            if people and not seated:
                yield item("verb", word.text, False, "on the floor")


def _stopped(e: Evidence) -> Iterator[FidelityItem]:
    """Who does not stop goes on."""
    for denial in e.denials.values():
        if denial.group == "verb" and denial.name == "stop" and e.stays(e.ids(list(denial.subjects))):
            yield item("negation", "not stop", False, "stands still")


SENSES: Final[tuple[Judge, ...]] = (
    _verbs, _tools, _other_senses, _on_bodies, _doers, _ruined, _left_in_the_air, _stopped,
)  # fmt: skip
