"""Clothes: which mention wears what the words after "wearing", "in" or a garment say."""

from __future__ import annotations

from functools import cache
from typing import Final

from svta.generation.storyboard.drawn_tables import clothing, grown, objects, words_of
from svta.generation.storyboard.scene import MINORS, worn_things

from .clauses import Reading
from .lexicon import Word
from .mentions import accessory, bare_skin, put_on, undress, wear
from .state import State

_FOUND = (
    "lie",
    "hang",
    "float",
    "fall",
    "roll",
    "fly",
    "blow",
    "drift",
    "sink",
    "burn",
    "dry",
    "slide",
    "tumble",
    "bounce",
    "drop",
    "spin",
    "slip",
    "land",
    "rest",
    "sit",
    "topple",
)
_LAUNDRY = ("iron", "fold", "hang", "wash", "dry", "sew", "mend", "pack", "buy", "drop", "fetch", "press", "stitch")
_HANDLED: Final = ("find", "pick", "grab", "snatch", "steal", "carry", "catch", "lose", "choose", "hand", "kick",
                   "lift", "see", "hold", "bring", "fetch", "drop", "buy", "sell", "forget",
                   "throw", "toss", "wave", "raise")  # fmt: skip
BABIES: Final = ("baby", "babies", "infant", "infants", "newborn", "newborn baby")
_DONNED: Final = ("put", "pull", "slip", "throw", "don", "try")
_BARE: Final = ("barefoot", "barefooted", "shirtless", "bare chested")
_DOFFED: Final = ("take", "pull", "slip", "throw")


def wearer(s: State, i: int) -> int | None:
    without = any(word.text == "without" for word in s.words[max(0, i - 3) : i])  # through traffic without a helmet
    for j in range(i - 1, max(-1, i - 8), -1):
        if (k := s.at_word.get(j)) is not None:
            if s.out.mentions[k].group == "person":
                return k
            if s.out.mentions[k].group != "prop" and not without:
                return None
        if s.words[j].text in (".", ";"):
            return None
    return s.subjects[-1] if s.subjects and s.out.mentions[s.subjects[-1]].group == "person" else None


@cache
def _by_trade() -> dict[str, list[tuple[str, str, str]]]:
    """Word of a person -> what they wear unsaid: slot, kind and colour."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for kind, piece in clothing().items():
        for entry in piece.get("who", "").split(", "):
            word, _, colour = entry.partition("|")
            found.setdefault(word, []).append((piece["slot"], kind, colour))
    return found


def dress_by_trade(out: Reading) -> None:
    """A baker wears an apron and a skier goggles, besides what the caption says."""
    _mask_of_welders(out)
    for i, k in out.mention_at.items():
        named = {out.words[i - 1].text if i else "", out.words[i].text.partition(" ")[0]}  # a barefoot, a shirtless man
        if out.mentions[k].group == "person" and (bare := sorted(named & {*_BARE})):
            bare_skin(out.mentions[k], bare[0])
    for mention in out.mentions:
        if mention.text in BABIES and mention.group == "person" and not (mention.worn or mention.colour):
            mention.worn = "baby hair, romper"
        if mention.group != "person" or mention.kind in MINORS or mention.colour or mention.trousers:
            continue
        lacking = {denial.text for denial in out.denials if denial.group == "garment"}
        said = worn_things(mention.worn)
        slots = {clothing()[kind]["slot"] for kind, _ in said if kind in clothing()}
        for slot, kind, colour in _by_trade().get(mention.text, ()):
            if lacking & {*clothing()[kind]["words"].replace(",", " ").split(), *clothing()[kind]["words"].split(", ")}:
                continue  # a welder without a mask
            if slot == "hat":
                free = not (mention.hat or mention.bareheaded)
                mention.headgear = mention.headgear or (kind if free else None)
            elif slot not in slots and kind not in dict(said):
                said.append((kind, colour or None))
        first = said[0] if said else ("", None)
        mention.worn_colour = mention.worn_colour or first[1]
        parts = [first[0], *(f"{colour} {kind}" if colour else kind for kind, colour in said[1:])]
        mention.worn = ", ".join(parts) or None


def _mask_of_welders(out: Reading) -> None:
    """The mask of a welder is no carnival mask."""
    welders = [mention for mention in out.mentions if mention.text in ("welder", "welders")]
    for i, word in enumerate(out.words) if welders else ():
        if out.senses[i] == "garment" and word.text in ("mask", "masks") and i not in out.denied:
            word.text = "welding mask"
            for mention in welders:
                mention.worn = "welding mask"


@cache
def _lying() -> dict[str, str]:
    return {word: kind for kind in objects() for word in words_of(kind, "lying")}


def lying_about(word: Word) -> str | None:
    """The thing that a garment is which nobody wears; None for what is drawn on people alone."""
    known = _lying().get(word.text) or _lying().get(word.noun) or word.senses.get("prop")
    shoes = "shoes" if set(word.text.split()) & _SHOES else None
    return known or LYING_ABOUT.get(word.senses["garment"], shoes)


_SHOES: Final = {"shoes", "shoe", "sneakers", "heels", "heel", "wear"}
LYING_ABOUT: Final = {"hat": "hat", "upper": "hung shirt", "lower": "lying trousers"}


_CONTAINING: Final = ("in", "inside", "into", "of", "from", "under", "onto", "on", "out", "off")


def is_laundry(s: State, i: int) -> bool:
    """True for clothes that nobody wears: irons a shirt, a hat lies on a bench."""
    clause = s.clause
    if lying_about(s.words[i]) is None:
        return False
    after = s.words[i + 1] if i + 1 < len(s.words) else None
    if s.preposition in _CONTAINING and s.out.mentions and s.out.mentions[0].group == "animal":
        return True  # a snake crawls out of a boot
    alone = not s.subjects and s.preposition is None and not s.people()
    if alone and after is not None and after.lemma in _FOUND:
        return True
    done = clause is not None and clause.lemma in _LAUNDRY and s.preposition is None and not s.linked
    if (
        clause is not None
        and clause.lemma in _HANDLED
        and s.preposition is None
        and not s.linked
        and not clause.objects
    ):
        return True
    hat = s.words[i].senses["garment"] == "hat"
    return done and not hat and not (clause is not None and clause.objects and s.words[i].determiner == "")


def dress(s: State, i: int, who: int | None) -> int:
    """Put on `who` what the words from i on say; gives the index of the first word after them."""
    if s.words[i].negated:  # is not wearing a helmet
        s.negated = False
        worn = next((j for j in range(i + 1, len(s.words)) if s.words[j].has("garment")), i)
        s.words[worn].negated = worn > i
    end = put_on(s.words, s.sense, i, s.out.mentions[who] if who is not None else None)
    for j in range(i + 1, end):
        if who is not None and accessory(s.words[j].text) is not None:
            s.sense[j] = "garment"  # wearing headphones
        if s.words[j].negated and "garment" in s.words[j].senses:  # wearing no helmet
            s.negated = True
            s.denies(j, "garment", s.words[j].senses["garment"])
    if who is not None:
        s.at_word[end - 1] = who
    s.preposition = None
    return end


def _dressing(s: State, i: int) -> bool:
    """Puts on a helmet, takes his coat off: what is worn, and a clause of its own kind."""
    clause, garment, text = s.clause, s.words[i].senses["garment"], s.words[i].text
    if clause is None or not clause.subjects or garment == "lower" or (garment == "other" and accessory(text) is None):
        return False
    particle = s.words[i + 1].text if i + 1 < len(s.words) else ""
    words = {*clause.words, *((particle,) if particle in ("on", "off") else ())}
    on = clause.lemma in _DONNED and "on" in words
    piece = clothing().get("welding mask" if text == "mask" else accessory(text) or "", {})
    on = on or (piece.get("slot") == "face" and (clause.lemma == "lower" or "down" in words))  # lowers a visor
    off = (clause.lemma in _DOFFED and "off" in words) or clause.lemma in ("remove", "doff")
    who = s.out.mentions[clause.subjects[-1]]
    if not (on or off) or who.group != "person":
        return False
    wear(who, garment, s.colours, text)
    clause.verb = ("put on" if on else "take off") + (" coat" if garment == "upper" else "")
    if particle in ("on", "off"):
        s.out.particles.add(i + 1)
    s.colours = []
    return True


def is_looks(word: Word) -> bool:
    """True for bald, blond, pregnant: what somebody is like, as an adjective before them."""
    return "garment" in word.senses and accessory(word.text) in grown()


def _looks_of_the_next(s: State, i: int, looks: str) -> None:
    """A bald man, a red-haired woman: the looks of whoever comes next."""
    ahead = next((sense for sense in s.sense[i + 1 :] if sense not in ("", "colour")), "")
    if ahead in ("person", "crowd", "garment"):
        s.worn = ", ".join(filter(None, (s.worn, looks)))
        s.colours = [] if s.words[i].text.endswith("haired") else s.colours


def read_garment(s: State, i: int) -> None:
    """A garment outside `in` or `wearing`: black-clothed man, the man's blue coat."""
    if s.denies(i, "garment", s.words[i].senses["garment"]):
        if (who := wearer(s, i)) is not None:
            undress(s.out.mentions[who], s.words[i].senses["garment"], s.words[i].text)
        return
    if _dressing(s, i):
        return
    following = s.sense[i + 1] if i + 1 < len(s.words) else ""
    if is_looks(s.words[i]):
        kind = str(accessory(s.words[i].text))
        _looks_of_the_next(s, i, f"{s.colours[0]} {kind}" if s.colours else kind)
        return
    if following in ("person", "crowd"):
        return
    if s.words[i].text in _BARE and (who := wearer(s, i)) is not None:  # walks barefoot
        bare_skin(s.out.mentions[who], s.words[i].text)
    elif (k := s.at_word.get(i - 1 - len(s.colours))) is not None and s.colours:
        wear(s.out.mentions[k], s.words[i].senses["garment"], s.colours, s.words[i].text)
    s.colours = []
