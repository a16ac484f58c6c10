"""Judges what a caption denies, and words that nobody knows or that no drawing shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..drawing.pen import PERSON
from ..drawing.things import THINGS, enlarged
from ..drawn_tables import bare_without, handwork
from ..parsing.clauses import Reading
from ..parsing.lexicon import Word, lexicon
from ..parsing.mentions import Mention
from ..parsing.sentences.denials import FAILING, TRYING
from ..parsing.word_senses import HEADS
from ..scene import ACTOR_KINDS, PEOPLE, VEHICLES, WITHOUT, Actor, Prop, worn_things
from ..shown_verbs import shows
from ..verb_groups import HARM, SLIDES
from .checked import checked
from .evidence import Evidence, of_kind, slides
from .fidelity import FidelityItem, item
from .things import wears_hat

_IN_BACKDROPS: Final = {
    "station": ("train",),
    "airport": ("plane",),
    "construction site": ("crane",),
    "quay": ("crane",),
    **dict.fromkeys(("library", "office", "shop", "supermarket"), ("book",)),
}
# What a drawing cannot show and nobody looks for.
_NET: Final = 0.15  # half of how wide a goal is
_CROWD: Final = 16  # more of them are a large one
_UNSEEN: Final = frozenset(("heavy", "young", "private", "full"))
_DANGLING: Final = ("out", "off", "over", "around", "through", "about", "inside")  # and no noun: inside out, boils over
_NEVER_WORN_UNSAID: Final = frozenset((
    "gloves", "glasses", "sunglasses", "safety glasses", "safety goggles", "goggles", "mask", "face mask", "harness",
    "safety harness", "scarf", "tie", "ear protection", "apron",
))  # fmt: skip
_GENERAL: Final = frozenset((
    "lot", "side", "way", "time", "moment", "view", "direction", "corner", "middle", "center", "centre",
    "top", "bottom", "hand", "head", "face", "arm", "leg", "body", "number", "day", "end", "scene", "clip", "video",
    "position", "situation", "kind", "part", "piece", "amount", "bunch", "pair", "set", "series", "distance", "area",
    "attempt", "process", "form", "manner", "period", "sequence", "second", "while", "hurry", "rest", "place", "front",
))  # fmt: skip


def judge_negation(e: Evidence, i: int) -> FidelityItem:
    denial = e.denials[i]
    if denial.text == "driver" and any(a.kind in VEHICLES and not a.unmanned for a in e.scene.actors):
        return item("negation", "no driver", False, "a head is seen in the window")
    if denial.group == "person" and denial.name == "person" and e.scene.place in ("stadium", "race track"):
        return item("negation", denial.text, False, "the stands are full")
    text = f"not {denial.text}" if denial.group == "verb" else f"no {denial.text}"
    text = denial.text if denial.text in ("nobody", "empty", "deserted", "abandoned") else text
    if denial.group == "verb" and denial.name == "burn" and {"fireplace", "furnace"} & {*e.kinds.values()}:
        return item("negation", text, False, "a fire is drawn in it")
    if denial.group == "verb" and denial.name == "open" and any(a.holds == "umbrella" for a in e.scene.actors):
        return item("negation", text, False, "an open one is drawn")
    if denial.group == "verb" and denial.text.startswith("score"):
        nets = [p.x for p in e.scene.props if p.kind == "goal"]
        inside = any(abs(b.to - x) < _NET for b in e.scene.beats if b.to is not None for x in nets)
        return item("negation", text, bool(nets) and not inside, "the ball is in the goal")
    if denial.group == "verb":
        nobody = all(e.reading.mentions[k].absent for k in denial.subjects)
        who = {a.id for a in e.scene.actors if a.kind in PEOPLE} if nobody else e.ids(list(denial.subjects))
        done = any(
            beat.who in who
            and (shows(beat.verb, denial.name) or (nobody and denial.name in HARM and beat.verb in HARM))
            for beat in e.scene.beats
        )
        if (
            e.reading.words[i].unable
            and not nobody
            and who
            and not any(b.who in who and b.target for b in e.scene.beats)
        ):
            return item("negation", text, False, "nobody is seen to try")
        return item("negation", text, not done or denial.text == "find", "happens in the scene")
    if denial.group == "garment":
        people = [a for a in e.scene.actors if a.kind in PEOPLE]
        drawn = denial.name == "hat" and not any(wears_hat(a) for a in people)
        drawn |= denial.text in _NEVER_WORN_UNSAID and not any(a.worn for a in people)
        drawn |= any(bare_without(denial.text) in dict(worn_things(a.worn)) for a in people)
        return item("negation", text, drawn, "somebody wears it" if denial.name == "hat" else "is not drawn")
    if denial.group == "weather":
        return item("negation", text, e.scene.weather != denial.name, "is the weather of the scene")
    if denial.group == "place":
        return item("negation", text, e.scene.place != denial.name, "is the place of the scene")
    denied = Mention(denial.group, denial.name)
    others = [m for m in e.reading.mentions if not m.absent and of_kind(m.kind, denied)]
    there = (e.has(denied) and not others) or denial.name in _seen_behind(e.scene.place)
    if denial.group == "person" and denial.name == "person":  # beside those whom the caption names
        there = any(a.kind in PEOPLE for a in e.scene.actors) and not others
    return item("negation", text, not there, f"there is a {denial.name}")


def _seen_behind(place: str) -> tuple[str, ...]:
    """What a place shows by itself."""
    windows = ("window",) if place in WITHOUT["window"] else ()
    return (*_IN_BACKDROPS.get(place, ()), *windows)


def _ends_noun(e: Evidence, i: int) -> bool:
    """True if the word at i is a noun by its place, and no such general one as way, moment or hand."""
    after = e.reading.senses[i + 1] if i + 1 < len(e.reading.words) else "verb"
    ends = after in ("verb", "preposition") or e.reading.words[i + 1].text in ".,;!?and"
    return ends and e.reading.words[i].text not in _GENERAL


def _made_of(e: Evidence, i: int, text: str) -> bool:
    """True for a wooden bench, a long corridor, a calm sea: the drawing is like that anyway."""
    seen = checked().attributes.get(text, frozenset())
    for j in range(i + 1, min(i + 3, len(e.reading.words))):
        if (k := e.reading.mention_at.get(j)) is not None:
            return e.reading.mentions[k].kind in seen
        if j in e.reading.places:
            return f"the {e.reading.places[j]}" in seen
    return False


def _lies_so(e: Evidence, text: str) -> bool:
    """True for a long road that is seen along, a steep street on which something goes up or down."""
    if text == "long":
        return e.scene.place.endswith(" ahead")
    hilly = any(beat.verb in ("uphill", "downhill") for beat in e.scene.beats)
    return text in ("steep", "sloping") and hilly


def _is_high(thing: Actor | Prop) -> bool:
    """True for what is as high as half of the picture: a tower that had to fit into it."""
    shape = THINGS.get(thing.kind)
    return shape is not None and shape.height * enlarged(shape) * PERSON * thing.scale >= 0.5


def judge_rest(e: Evidence, i: int, word: Word) -> Iterator[FidelityItem]:
    """Words of no sense: what nobody knows, and what is known but makes no difference to a scene."""
    lists = lexicon().lists
    after = e.reading.words[i + 1].text if i + 1 < len(e.reading.words) else "."
    if i in e.reading.particles:
        return
    lift = {beat.who for beat in e.scene.beats if beat.verb in ("ascend", "descend")}
    if word.text == "half" and i and e.reading.words[i - 1].text == "in":  # cut in half
        halved = {verb for verb, entry in handwork().items() if entry.get("alters") == "halves"}
        yield item("attribute", word.text, any(b.verb in halved for b in e.scene.beats), "is not drawn")
    elif word.text == "inside" and e.reading.nobody and after in (".", ",", ";", "and"):
        return
    elif word.text == "inside" and lift:
        yield item("word", word.text, any(a.kind in ACTOR_KINDS for a in e.scene.actors), "is not drawn")
    elif word.text in _DANGLING and e.reading.senses[i] == "preposition" and after in (".", ",", ";", "and"):
        yield item("word", word.text, False, "is not drawn")
    elif i in e.reading.sizes:
        sized = e.reading.mentions[e.reading.sizes[i]]
        there = e.things(sized)
        drawn = sum(t.count for t in there if isinstance(t, Actor))
        many = drawn > _CROWD or (i + 1 == sized.counted and drawn == sized.count)  # a large crowd, a small group
        shown = bool(there) and (
            (sized.size > 1 and all(_is_high(t) for t in there))
            or sized.behind
            or many
            or all((t.scale - 1) * (sized.size - 1) > 0 for t in there)
        )
        yield item("attribute", word.text, shown, "is not drawn")
    elif word.text in _UNSEEN:
        return
    elif _made_of(e, i, word.text) or _lies_so(e, word.text):
        yield item("attribute", word.text, True, "")
    elif word.text in (*TRYING, *FAILING) and any(w.unable for w in e.reading.words):
        return
    elif word.text in lists["unread"] and not _shown_by_the_way(e, i, word.text):
        yield item("attribute", word.text, False, "is not drawn")
    elif word.determiner == "a" and word.text in lexicon().lists["quiet"] and _ends_noun(e, i):
        yield item("noun", word.text, False, "not in the vocabulary")  # beside a well, in a circle
    elif word.text in e.reading.unknown and word.lemmas & e.acted:
        yield item(_class_of(e.reading, i), word.text, bool(e.scene.beats), "nothing happens")
    elif word.text in SLIDES:
        yield item("noun", word.text, bool(slides(e.scene)), "nothing comes down")
    elif word.text in e.reading.unknown:
        yield item(_class_of(e.reading, i), word.text, False, "not in the vocabulary")


def _shown_by_the_way(e: Evidence, i: int, text: str) -> bool:
    """Straight up, straight towards the camera; upwards, of what goes up."""
    after = e.reading.words[i + 1].text if i + 1 < len(e.reading.words) else ""
    if text == "straight":
        return after.split()[0] in ("up", "down", "ahead", "on", "toward", "towards", "at", "into", "across")
    verbs = {beat.verb for beat in e.scene.beats}
    if text in ("upwards", "upward"):
        return bool(verbs & {"rise", "ascend", "climb", "climb onto", "uphill"})
    return text in ("downwards", "downward") and bool(verbs & {"land", "descend", "downhill", "plunge"})


def _class_of(reading: Reading, i: int) -> str:
    """Noun or verb, as far as an unknown word shows it by its form and neighbours."""
    word = reading.words[i]
    before = reading.senses[i - 1] if i else ""
    if word.determiner or before in ("colour", "number", "preposition", "verb"):
        return "noun"
    if word.text.endswith(("s", "ed", "ing")) and (before in HEADS or word.auxiliary):
        return "verb"
    return "noun" if before in (*HEADS, "place", "") else "word"
