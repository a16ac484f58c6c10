"""What a caption says, before anybody decides how to show it: who is in it, who does what to whom, where and when.

Reads a caption (by way of phrases.cutting.cut); gives a Reading of mentions and clauses. A hand-written left-to-right
pass: a noun opens or renews a mention, colours and garments go to the mention they stand with, a verb opens a clause
whose subject is what came before it and whose objects come after it; a passive turns the two round.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..clauses import Denial, Reading
from ..clothing import dress, dress_by_trade, is_laundry, lying_about, read_garment, wearer
from ..lexicon import lexicon
from ..mentions import EXTENTS, SIZES, STATURES, dresses
from ..noun_kinds import names_unknown
from ..nouns import read_noun, read_number, read_unknown
from ..parts import coloured, name_traffic_light, read_pronoun
from ..phrases.cutting import cut
from ..places import CROWDED, add_crowd, add_traffic, read_place, read_side
from ..state import State
from ..verbs import BEGIN, begin_weather, comes_down, name_those_in_events, read_change, read_verb
from ..word_senses import HEADS
from .denials import around_denials, in_vain
from .doors import break_panes, join_doors, join_panes, join_vehicle_doors
from .particles import join_particles
from .slopes import on_slopes
from .turns import (
    avert,
    cars_of_drivers,
    close_again,
    fill_places,
    follow_suit,
    named_later,
    push_swings,
    put_first_last,
    repeat_elided,
    stand_back,
    told_in_turn,
)
from .vehicle_parts import join_vehicle_parts
from .verb_senses.beasts import by_beasts
from .verb_senses.context import seen_fighting
from .verb_senses.handled_verbs import refine
from .verb_senses.loads import laden_ships, push_along
from .verb_senses.nature import by_nature, in_sunshine
from .viewing import toward_the_viewer

_APART: Final = ("in opposite directions", "in different directions", "in opposite ways", "in both directions",
                 "from each other", "from one another")  # fmt: skip
_MEETING: Final = ("toward each other", "towards each other", "toward one another", "towards one another")
_COMPOUND: Final = ("next", "front", "out", "off", "inside", "outside")
_ON_FEET: Final = ("rollerblades", "roller blades", "rollerskates", "figure skates", "roller skates", "inline skates",
                   "ice skates")  # fmt: skip
_LINKS: Final = (",", "and", "but", "yet", ":", "or", "because", "although", "though", "whereas")
_WEARING: Final = ("wearing", "wear", "wears", "wore", "dressed", "clad")
_BECOMING: Final = ("turn", "become", "go", "get", "change")
_FELLING: Final = ("push", "hit", "knock", "kick", "punch", "pull", "drag", "throw", "handcuff", "bite", "leap at")
_UNCONSCIOUS: Final = ("unconscious", "motionless", "lifeless")
_BUSY: Final = ("crossing", "street", "road", "roads", "highway", "motorway", "main road", "intersection", "crossroads")
_UPWARDS: Final = {"upward": "up", "upwards": "up", "skyward": "up", "downward": "down", "downwards": "down"}
_ALONG_BELTS: Final = ("along", "on", "onto", "off", "down", "past", "from")  # no belt that is worn
_LOOKS: Final = {"bearded": "beard", "gloved": "gloves", "bespectacled": "glasses", "moustached": "beard"}
_OVER: Final = ("over", "across", "on", "along", "through", "in")
_LIVING: Final = ("person", "animal")
_DESERTED: Final = ("empty", "deserted", "abandoned")


def read(caption: str) -> Reading:
    """Understand a caption as far as the lexicon goes. Never fails: what is not understood is left out."""
    s = State(cut(caption))
    i = 0
    while i < len(s.words):
        i = _read_word(s, i)
    name_those_in_events(s)
    repeat_elided(s)
    named_later(s.out)
    put_first_last(s)
    follow_suit(s.out)
    around_denials(s.out)
    join_particles(s.out)
    join_doors(s.out)
    cars_of_drivers(s.out)
    join_vehicle_doors(s.out)
    join_vehicle_parts(s.out)
    join_panes(s.out)
    push_along(s.out)
    laden_ships(s.out)
    dress_by_trade(s.out)
    close_again(s.out)
    fill_places(s.out)
    push_swings(s.out)
    refine(s.out)
    in_vain(s.out)
    by_beasts(s.out)
    seen_fighting(s.out)
    break_panes(s.out)
    on_slopes(s.out)
    toward_the_viewer(s.out)
    by_nature(s.out)
    told_in_turn(s.out)
    avert(s.out)
    stand_back(s.out)
    return s.out


def _is_lamp(s: State, i: int) -> bool:
    """The lights go out: what shines, and no light colour."""
    after = s.sense[i + 1] if i + 1 < len(s.words) else ""
    named = s.words[i].text in ("light", "lights") and bool(s.words[i].determiner)
    return named and after in ("verb", "preposition", "")


def _read_word(s: State, i: int) -> int:
    """Read the word at i, by itself or by its sense; where to go on."""
    word, sense = s.words[i], s.sense[i]
    s.determiner = word.determiner or s.determiner
    s.negated = s.negated or word.negated
    if word.text in ".;!?":
        s.adjectives = []
        s.boundary(full=True)
    elif word.text in _LINKS:
        s.linked, s.preposition = True, None
        if word.text != "and":
            s.colours = []
    elif word.text in _WEARING:
        return dress(s, i, wearer(s, i))
    elif _opens_clause(s, i):
        pass
    elif (read_sense := _SENSES.get(sense)) is not None:
        return read_sense(s, i) or i + 1
    else:
        return _read_other(s, i) or i + 1
    return i + 1


def _opens_clause(s: State, i: int) -> bool:
    """Whether the word says when or where the next clause is: after, meanwhile, where."""
    text, sense = s.words[i].text, s.sense[i]
    if text == "after" and s.clause is not None and i and s.words[i - 1].text not in ".,":
        s.back = True
        s.boundary()
    elif text == "where" and s.clause is not None:
        s.linked, s.preposition, s.together = True, None, True
    elif sense == "after":
        s.boundary()
    elif sense == "meanwhile":
        s.together = bool(s.out.clauses)
        s.boundary()
    elif text == "where" and i and (s.at_word.get(i - 1) is not None or s.sense[i - 1] == "place"):
        s.boundary()  # a stop where three people wait
        s.sense[i], s.together, s.subjects, s.clause = "preposition", bool(s.out.clauses), [], None
        s.where = s.at_word.get(i - 1)
    else:
        return False
    return True


def _read_preposition(s: State, i: int) -> int | None:
    text = s.words[i].text
    on_skates = text == "on" and s.words[i + 1].text in _ON_FEET if i + 1 < len(s.words) else False
    if (text in ("in", "with") or on_skates) and dresses(s.words, s.sense, i) and (who := wearer(s, i)) is not None:
        return dress(s, i, who)
    if text == "of" and s.of_them and s.preposition is not None:
        return None  # drives past a row OF buses: past them
    if not (text in ("to", "of") and i and s.words[i - 1].text in _COMPOUND):  # next to, in front of, out of
        s.preposition, s.without = text, text == "without"
    return None


def _read_colour(s: State, i: int) -> None:
    word = s.words[i]
    if _is_lamp(s, i):
        s.sense[i] = "prop"
        read_noun(s, i, "prop")
    elif word.text == "dark" and (_is_before(s, i, "place") or (word.auxiliary and i and s.sense[i - 1] == "place")):
        s.sense[i], word.senses["time"] = "time", "night"
        s.out.time = s.out.time or "night"
    elif coloured(s, i):
        pass
    elif s.clause is not None and s.clause.at == i - 1 and s.clause.lemma in _BECOMING and not _is_before(s, i, *HEADS):
        name_traffic_light(s, word.senses["colour"])
        return  # the light turns green: nothing after it is green
    else:
        s.colours.append(word.senses["colour"])


def _read_garment(s: State, i: int) -> None:
    word = s.words[i]
    if word.text in ("belt", "belts") and s.preposition in _ALONG_BELTS:
        word.senses["prop"], s.sense[i] = "conveyor", "prop"
        read_noun(s, i, "prop")
    elif is_laundry(s, i):
        word.senses["prop"] = lying_about(word) or "shoes"
        s.sense[i] = "prop"
        read_noun(s, i, "prop")
    else:
        read_garment(s, i)


def _read_direction(s: State, i: int) -> None:
    if s.clause is not None and s.words[i].text.startswith("from "):
        s.clause.words |= {"from side to side"}
    s.turn(1 if s.words[i].senses["direction"] == "right" else -1, i)


def _read_time(s: State, i: int) -> None:
    word = s.words[i]
    lit = word.text in ("moonlit", "starlit") and _is_before(s, i, "place")
    s.preposition = s.preposition if lit else None
    s.out.time = s.out.time or word.senses["time"]
    if "weather" in word.senses:
        s.out.weather = s.out.weather or word.senses["weather"]


def _read_weather(s: State, i: int) -> None:
    word = s.words[i]
    if word.text == "wet" and _is_before(s, i, *HEADS):
        s.sense[i] = ""  # wet towels
        return
    if i > 1 and "before" in (s.words[i - 1].text, s.words[i - 2].text if s.words[i - 1].text in ("the", "a") else ""):
        return  # what comes after it
    if not s.denies(i, "weather", word.senses["weather"]):
        if s.out.weather in (None, "wet"):  # a wet road in the rain
            s.out.weather = word.senses["weather"]
        s.sky = i if s.preposition is None and (s.clause is None or s.linked) else s.sky
        read_change(s, i)
    s.preposition = s.preposition if _is_before(s, i, "place") and word.text.endswith("y") else None  # a snowy slope


def _read_head(s: State, i: int) -> None:
    if in_sunshine(s, i):
        s.sense[i] = ""  # in the sunlight
        s.out.particles.add(i)
        s.preposition = None
        return
    penned = s.words[i].text == "pen" and s.preposition in ("in", "inside")
    if penned and any(mention.group == "animal" for mention in s.out.mentions):
        s.sense[i], s.words[i].senses["place"], s.words[i].text = "place", "paddock", "paddock"
        read_place(s, i)
    elif s.words[i].text == "sand" and s.preposition in _OVER and all(m.group in _LIVING for m in s.out.mentions):
        s.sense[i], s.words[i].senses["place"] = "place", "beach"  # walks over hot sand
        read_place(s, i)
    else:
        read_noun(s, i, s.sense[i])


def _read_idiom(s: State, i: int) -> None:
    text = s.words[i].text
    if s.clause is not None:
        s.clause.apart = s.clause.apart or text in _APART
        s.clause.meeting |= text in _MEETING or text.startswith(("from both ", "from opposite "))
        s.clause.words |= {"circles"} if text == "in circles" else {text} & {"side by side"}
        s.clause.words |= {"all directions"} if text == "in all directions" else set()


def _read_other(s: State, i: int) -> int | None:
    """A word of no sense that the lexicon knows; where to go on, if more than it was read."""
    word = s.words[i]
    if word.text in _DESERTED and _is_before(s, i, "place", "vehicle"):
        s.out.denials.append(Denial(i, "person", "person", word.text))
    elif word.text == "open" and word.determiner:
        s.sense[i] = "verb"
        s.adjectives.append(i)
    elif not s.sense[i] and (
        word.text in SIZES
        or (word.text in STATURES and _is_before(s, i, "person"))
        or (word.text in EXTENTS and _is_before(s, i, "prop", "vehicle", "animal", "colour"))
    ):
        s.size_at = i
    elif word.text in ("ground", "floor") and s.preposition in ("to", "onto", "on"):
        _on_the_ground(s, i)
    elif word.text in _UPWARDS and s.clause is not None:
        s.clause.words |= {_UPWARDS[word.text]}
    elif word.text in _UNCONSCIOUS or word.text in ("drunk", "drunken"):
        s.drunk = s.drunk or word.text.startswith("drunk")
        s.unconscious = not s.drunk and _is_before(s, i, "person", "crowd")
    elif word.text in CROWDED and _is_before(s, i, "place"):
        traffic = s.words[i + 1].has("place") and s.words[i + 1].text in _BUSY
        s.out.sizes[i] = add_traffic(s) if traffic else add_crowd(s, word.text)
    elif word.text in ("armed", "masked"):
        s.armed = True
    elif word.text in _LOOKS and _is_before(s, i, "person", "crowd"):
        s.worn, s.out.particles = ", ".join(filter(None, (s.worn, _LOOKS[word.text]))), s.out.particles | {i}
    elif word.text in BEGIN and s.sky == i - 1 and (falls := comes_down(s, i)) is not None:
        begin_weather(s, i)  # the rain starts
        for j in range(i + 1, falls):
            s.sense[j] = ""
            s.out.particles.add(j)
        return falls
    elif len(word.text) > 2 and word.text not in lexicon().lists["quiet"] and not word.text.isdigit():
        s.out.unknown.append(word.text)
        if word.negated and word.helped:  # does not VERB the bin, which is there
            s.negated = False
        if names_unknown(s.words, s.sense, i):
            read_unknown(s, i)
    return None


def _on_the_ground(s: State, i: int) -> None:
    """Pushes a man to the ground; kicks a man on the ground, who lies there."""
    if s.preposition != "on":
        if s.clause is not None and s.clause.verb in _FELLING:
            s.clause.down = True
        return
    if s.clause is not None and s.clause.verb == "sit":
        s.clause.words |= {"ground"}
    k = s.at_word.get(i - 2)
    if k is not None and s.out.mentions[k].group == "person":
        s.out.mentions[k].prone = True


def _is_before(s: State, i: int, *senses: str) -> bool:
    """Whether the word after i has one of these senses."""
    return i + 1 < len(s.words) and s.sense[i + 1] in senses


_SENSES: Final[dict[str, Callable[[State, int], int | None]]] = {
    **dict.fromkeys(HEADS, _read_head),
    "preposition": _read_preposition,
    "number": read_number,
    "colour": _read_colour,
    "garment": _read_garment,
    "side": read_side,
    "direction": _read_direction,
    "pronouns": read_pronoun,
    "time": _read_time,
    "weather": _read_weather,
    "place": read_place,
    "verb": read_verb,
    "idiom": _read_idiom,
}
