"""Nouns and numbers of a caption -> mentions, each put where it belongs in the sentence."""

from __future__ import annotations

from typing import Final

from .clothing import is_looks
from .grounds import read_water
from .lexicon import Word
from .mentions import EXTENTS, SIZES, STATURES, Mention, dressed
from .noun_kinds import (
    AGES,
    LIVERY,
    PARENTS,
    YOUNG,
    attributive,
    herd,
    is_material,
    is_occasion,
    is_the_view,
    kind_here,
    may_be_same,
    stands_for_people,
)
from .parts import read_contents, read_one
from .state import State
from .word_senses import HEADS

_VIEW: Final = {"screen", "video", "camera", "picture", "lens", "frame", "view", "videos", "monitor"}
_ARRAYS: Final = ("line", "row", "lines", "rows")  # of people or things, if it says of what
_HANDED: Final = ("give", "bring", "hand", "show", "offer", "send", "serve", "sell", "buy", "lend")
_CROWD: Final = 16
_DOZENS: Final = 24
# What is drawn with a part of its own colour, by the thing and the part.
_WITH_PARTS: Final = {(whole, "ribbon"): "ribboned gift" for whole in ("gift", "parcel")}
_GENDERED: Final = {"man", "woman", "boy", "girl", "old man", "old woman"}

# One thing that is called by a plural.
_PAIRS: Final = frozenset(("scales", "bolt cutters", "wire cutters", "side cutters",
                           "keys", "scissors", "glasses", "sunglasses", "binoculars", "headphones", "pliers", "leaves",
                           "dishes", "papers", "weights", "groceries", "vegetables", "fries", "chips", "stairs",
                           "steps", "cards", "playing cards", "drums", "shears", "tongs", "handcuffs", "documents",
                           "belongings", "clothes", "fireworks", "curtains", "drapes", "blinds",
                           "front steps", "porch steps", "shelf racks", "racks", "elevator doors", "lift doors",
                           "crayons", "coloured pencils", "colored pencils", "wax crayons", "paints",
                           "pins", "ten pins", "bowling pins",
                            "ten bowling pins", "nine pins", "nine skittles", "skittles", "dominoes",
                           "glass doors", "sliding doors", "automatic doors"))  # fmt: skip


def read_number(s: State, i: int) -> int:
    value = int(s.words[i].senses["number"])
    if s.words[i].text == "one" and s.colours and (alike := _like_before(s)) is not None:
        return _read_alike(s, i, alike)
    if value == 1 and s.words[i].text == "one" and i + 2 < len(s.words) and s.words[i + 1].text == "of":
        return _one_of(s, i)
    nouns = (
        sense
        for j, sense in enumerate(s.sense[i + 1 : i + 5], i + 1)
        if sense not in ("", "colour")
        and not is_looks(s.words[j])
        and not (sense == "verb" and j == i + 1 and attributive(s.words, s.sense, j))
    )  # three waiting women
    s.of_them = s.of_them or (i + 1 < len(s.words) and s.words[i + 1].text == "of")  # dozens OF birds
    them = [w.text for w in s.words[i + 1 : i + 3]] == ["of", "them"]
    if not them and (next(nouns, "") in HEADS or (i + 1 < len(s.words) and s.words[i + 1].text == "of")):
        s.grouped = s.counted if s.of_them else None  # a queue of eight people
        s.count, s.counted = value, i
        if s.words[i].text.startswith("dozens") and {"person", "crowd"} & {*s.sense[i + 1 : i + 4]}:
            s.count = _DOZENS
    elif s.words[i].text == "one" and read_one(s, i):
        pass
    elif s.words[i].text in ("two", "three", "four", "both") and (people := s.people()):
        s.take(people[-value:], i)
        s.out.counts[i] = people[-1]
    elif s.words[i].determiner == "another" and s.out.mentions:  # one dog runs, the other two sit
        alike = s.out.mentions[0]
        s.out.mentions.append(Mention(alike.group, alike.kind, value, text=alike.text, counted=i))
        s.out.counts[i] = s.out.mention_at[i] = len(s.out.mentions) - 1
        s.take([len(s.out.mentions) - 1], i)
    elif stands_for_people(s.words, s.sense, i):
        s.out.mentions.append(Mention("person", "person", value, text=s.words[i].text, counted=i))
        s.out.counts[i] = len(s.out.mentions) - 1
        s.take([len(s.out.mentions) - 1], i)
    return i + 1


def _like_before(s: State) -> Mention | None:
    """What "a white one" is one of: the thing, vehicle or animal that was named last."""
    named = [m for m in s.out.mentions if m.group in ("prop", "vehicle", "animal") and not m.absent and not m.held]
    return named[-1] if named and named[-1].colour not in (None, s.colours[0]) else None


def _read_alike(s: State, i: int, alike: Mention) -> int:
    """A blue container on a white one: one more of the same in another colour."""
    word = s.words[i]
    word.text, word.senses[alike.group], s.sense[i] = alike.text, alike.kind, alike.group
    read_noun(s, i, alike.group)
    return i + 1


def _one_of(s: State, i: int) -> int:
    """One of them falls, one of the boxes falls: a part of those who were named."""
    named = s.words[i + 2]
    kinds = {named.senses.get(sense) for sense in HEADS}
    known = [k for k, m in enumerate(s.out.mentions) if m.kind in kinds or named.text == "them"]
    many = [k for k in known if s.out.mentions[k].count > 1]
    if not known:
        return i + 1
    s.part = True
    s.out.counts[i] = (many or known)[-1]
    s.linked = s.linked or s.clause is None
    s.take([(many or known)[-1]], i + 2)
    s.out.mention_at[i + 2] = (many or known)[-1]
    return i + 3


_AGED: Final = ("old", "elderly", "aged", "grey haired", "white haired")  # a sailor, a cook
_LONG_KNOWN: Final = ("friend", "colleague", "classmate", "mate", "companion", "neighbour", "neighbor", "teammate",
                      "coworker", "roommate", "opponent", "enemy", "rival")  # fmt: skip  # old ones may be young
_SWARMS: Final = ("bee", "bat", "ant", "fly", "mosquito", "starling", "locust")  # of which nobody sees only two


def _several(word: Word, sense: str) -> int:
    """How many a plural shows: more of those who come in crowds, fans and protesters."""
    if sense == "animal" and word.senses.get("animal") in _SWARMS:
        return 7
    return 6 if int(word.senses.get("crowd", 0)) >= _CROWD else 3 if sense == "person" else 2


def _aged(s: State, i: int, kind: str) -> str:
    """An old sailor is an old man in a sailor's clothes."""
    told = kind == "person" and i > 0 and s.words[i - 1].text in _AGED and not s.sense[i - 1]
    if not told or s.words[i].noun in _LONG_KNOWN:
        return kind
    s.out.particles.add(i - 1)
    return "old man"


def read_noun(s: State, i: int, sense: str) -> None:
    word = s.words[i]
    if is_material(s, i) or _whose_place(s, i, sense) or is_occasion(s, i):
        return
    if word.text in _VIEW and is_the_view(s, i):
        return  # the camera that films
    if sense == "crowd":
        (group, kind), count = herd(s, word.text), int(word.senses["crowd"])
        _of_so_many(s, i)
        described = i + 3 < len(s.words) and s.sense[i + 2] in ("verb", "") and s.sense[i + 3] in HEADS
        of_whom = i + 2 < len(s.words) and (s.sense[i + 2] in (*HEADS, "colour", "number") or described)
        if of_whom and s.words[i + 1].text == "of":
            s.of_them = True
            s.count, s.counted = _sized(s, i, count), i  # a group of MEN: the next noun says who
            return
        if word.text in _ARRAYS:
            return  # crosses the line
    else:
        group, kind = sense, word.senses[sense]
        several = word.plural and word.determiner != "a" and word.text not in _PAIRS
        count = s.count or (_several(word, sense) if several else 1)
        count = 1 if kind.startswith(("rows of ", "dozens of ", "hundreds of ")) else count  # one drawing of them all
    group, kind = kind_here(s, i, group, kind)
    if s.count and sense == "crowd":
        count = max(2, s.count) * (2 if word.text in ("couples", "pairs") else 1)
    if s.preposition == "with" and (_has_part(s, i, kind) or (kind == "sail" and _set_sail(s, i))):
        return
    if (holder := _held_by(s, i, kind)) is not None:
        s.at_word[i] = s.out.mention_at[i] = holder
        s.colours, s.count, s.side, s.preposition = [], None, None, None
        return
    if group == "substance" and kind == "water":
        read_water(s)
    count = 1 if kind == "lift buttons" else count
    kind = _aged(s, i, kind)
    mention = Mention(group, kind, count, side=s.side, text=word.text, absent=s.denies(i, group, kind))
    mention.owned = bool(word.owner)
    mention.size = 0.5 if (kind == "shop" and count > 1) or word.text in ("marble", "marbles") else 1.0
    mention.colour = s.colours[0] if s.colours else LIVERY.get(word.text) or LIVERY.get(word.noun)
    mention.holds = word.load or None
    mention.size = YOUNG.get(word.text) or YOUNG.get(word.noun) or 1.0 if group == "animal" else mention.size
    mention.size *= AGES.get(word.text, 1.0) if group == "person" else 1.0
    _equip(s, i, mention)
    noun = i > 0 and s.sense[i - 1] in HEADS and not s.words[i - 1].possessive
    previous = s.at_word.get(i - 1) if noun and not word.determiner else None
    if previous is not None and s.fresh != i - 1:
        previous = None  # named before: the drawer of the clerk we know is no clerk
    plural = previous is not None and s.words[i - 1].plural and group != "person"
    handed = s.clause is not None and s.clause.lemma in _HANDED and group == "prop"  # gives a woman flowers
    plural = plural or handed
    if previous is not None and not s.colours and not (plural and s.sense[i - 1] == "person"):
        k, fresh = _compound(s, previous, mention), True
    else:
        known = len(s.out.mentions)
        k = _mention(s, i, mention)
        fresh = len(s.out.mentions) > known
    s.fresh = i if fresh else -1
    if s.grouped_size is not None:
        s.out.sizes[s.grouped_size], s.grouped_size = k, None
    if s.size_at is not None and s.out.mentions[k].count >= _CROWD and SIZES.get(s.words[s.size_at].text, 0) > 1:
        s.out.mentions[k].count, s.out.sizes[s.size_at] = 24, k  # a large crowd
    if s.size_at is not None and group in ("animal", "prop", "vehicle") and s.words[s.size_at].text in EXTENTS:
        s.out.mentions[k].size *= EXTENTS[s.words[s.size_at].text]
        s.out.sizes[s.size_at] = k
    elif s.size_at == i - 1 and group == "person" and fresh and s.words[i - 1].text in STATURES:
        s.out.mentions[k].size *= STATURES[s.words[i - 1].text]
        s.out.sizes[i - 1] = k
    s.size_at = None
    s.qualify(k)
    _note_count(s, k)
    if s.side is not None:
        s.out.sides[s.side_at] = k
    if s.of_them and s.preposition == "of":  # a group of men walks: the men do
        s.preposition = None
    s.colours, s.count, s.side, s.of_them = [], None, None, False
    s.take([k], i)


def _of_so_many(s: State, i: int) -> None:
    """A family of five: the number says how many they are, where no noun follows it."""
    if [w.text for w in s.words[i + 1 : i + 2]] == ["of"] and s.sense[i + 2 : i + 3] == ["number"]:
        after = s.sense[i + 3] if i + 3 < len(s.words) and s.words[i + 3].text.isalpha() else "verb"
        if after not in (*HEADS, "colour", ""):
            s.count, s.counted = int(s.words[i + 2].senses["number"]), i + 2
            s.sense[i + 1] = s.sense[i + 2] = ""


def _held_by(s: State, i: int, kind: str) -> int | None:
    """The mention of the bucket in which the milk is that is told of; of other contents as in parts.py."""
    filled = s.at_word.get(i - 2) if s.preposition == "of" else None
    if filled is not None and s.out.mentions[filled].kind == f"{s.words[i].text} bucket":
        return filled
    return read_contents(s, i, kind)


def _equip(s: State, i: int, mention: Mention) -> None:
    """An armed man has a gun, a bearded one a beard."""
    if s.armed and mention.group == "person":
        mention.holds = "gun" if s.words[i - 1].text == "armed" else None
    if s.worn is not None and mention.group == "person":
        mention.worn = s.worn
    s.armed, s.worn = False, None


def _sized(s: State, i: int, count: int) -> int:
    """How many a large or a small group of somebody is."""
    size = SIZES.get(s.words[i - 1].text, 1.0) if s.size_at == i - 1 and count < _CROWD else 1.0
    if size == 1.0:
        return count
    s.grouped_size, s.size_at = s.size_at, None
    return 3 if size < 1 else 12


def _whose_place(s: State, i: int, sense: str) -> bool:
    """A neighbour's porch, a staff kitchen: nobody is seen there."""
    after = i + 1 < len(s.words) and s.sense[i + 1] == "place" and not s.words[i + 1].determiner
    owner = s.words[i].possessive and s.preposition is not None
    if not after or sense not in ("person", "crowd") or not (owner or s.words[i].text == "staff"):
        return False
    s.out.particles.add(i)
    return True


def _set_sail(s: State, i: int) -> bool:
    """A boat with a red sail: one boat, whose sails have the colour."""
    boat = next((m for m in reversed(s.out.mentions) if m.group == "vehicle"), None)
    if boat is None or boat.kind not in ("boat", "sailboat", "sailing ship", "ship", "yacht", "rowing boat", "raft"):
        return False
    boat.kind, boat.colour = "sailing dinghy", s.colours[0] if s.colours else None
    s.at_word[i] = s.out.mention_at[i] = s.out.mentions.index(boat)
    s.colours, s.count, s.side, s.preposition = [], None, None, None
    return True


def _has_part(s: State, i: int, part: str) -> bool:
    """A present with a red ribbon: one present, whose ribbon has the colour."""
    whole = s.out.mentions[-1] if s.out.mentions else None
    drawn = None if whole is None else _WITH_PARTS.get((whole.kind, part))
    if whole is None or drawn is None or whole.absent:
        return False
    whole.kind, whole.colour = drawn, s.colours[0] if s.colours else whole.colour
    s.at_word[i] = s.out.mention_at[i] = s.out.mentions.index(whole)
    s.colours, s.count, s.side, s.preposition = [], None, None, None
    return True


def _note_count(s: State, k: int) -> None:
    """Which word says how many there are, and which one names their group."""
    if s.count is None or s.counted is None:
        return
    s.out.counts[s.counted] = k
    s.out.mentions[k].counted = s.counted
    if s.grouped is not None:
        s.out.counts[s.grouped], s.grouped = k, None


def read_unknown(s: State, i: int) -> None:
    """A noun that nobody knows has its part in the sentence all the same: nobody else does what it does."""
    word = s.words[i]
    mention = Mention("unknown", word.text, s.count or 1, text=word.text, absent=s.denies(i, "unknown", word.text))
    k = next((k for k, m in enumerate(s.out.mentions) if m.group == "unknown" and m.kind == word.text), None)
    if k is None:
        s.out.mentions.append(mention)
        k = len(s.out.mentions) - 1
    s.qualify(k)
    s.colours, s.count, s.side, s.determiner = [], None, None, ""
    s.take([k], i)


def _compound(s: State, k: int, mention: Mention) -> int:
    """bus driver, male clerk, store door: the last noun is the thing, a gendered first one says who."""
    old = s.out.mentions[k]
    if mention.group == "person" and old.kind in _GENDERED and mention.kind == "person":
        mention.kind = old.kind
    mention.count = max(mention.count, old.count if old.group == mention.group else 1)
    mention.colour = mention.colour or old.colour
    s.out.mentions[k] = mention
    return k


def _mention(s: State, i: int, mention: Mention) -> int:
    """A new mention, or the earlier one that a "the" takes up again."""
    word, dress = s.words[i], dressed(s.words, s.sense, i, mention)
    beside = s.clause.subjects if s.clause is not None and not s.linked else s.subjects
    determiner, s.determiner = s.determiner, ""
    if determiner == "the":
        for k in range(len(s.out.mentions) - 1, -1, -1):
            old = s.out.mentions[k]
            same = mention.kind in (old.kind, old.kind.partition(" of ")[0]) or (
                old.group == mention.group == "person" and {old.kind, mention.kind} & {"person", "robber"}
                and not {old.kind, mention.kind} & {"police officer", "boy", "girl"}
                and word.text not in ("driver", "owner", "clerk", "cashier", "victim", "shopkeeper")
                and mention.kind in ("robber", old.kind)
            )  # fmt: skip
            same = (
                same
                and old.absent == mention.absent
                and dress.colour in (None, old.colour)
                and (mention.count > 1) <= (old.count > 1)
            )
            if s.size_at is not None and abs(old.size - EXTENTS.get(s.words[s.size_at].text, old.size)) > 0.2:
                same = False  # the small box and the big box
            if mention.group == "person" and not may_be_same(old.text, word.text):
                same = False  # the cashier and the customer
            if k in beside and mention.group == "person" and (s.clause is None or not s.linked):
                same = False  # the man in red and the man in blue, the man hits the man
            same = same and not (word.text in PARENTS and mention.group == "animal")  # their mother
            if same and not (dress.trousers and old.trousers and dress.trousers != old.trousers):
                return k
    s.out.mentions.append(mention)
    return len(s.out.mentions) - 1
