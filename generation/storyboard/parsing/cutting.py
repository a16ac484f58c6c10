"""Cuts a caption into Words of the lexicon: longest phrases first, articles and auxiliaries as marks on the next word.

cut("Two men got off the black-and-white bus")    # men -> person man (plural), got off -> verb leave, ...
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from .lexicon import Word, is_adverb, lemmas_of, lexicon, plain
from .parts import stands_alone, tells_of_one

_MAX_PHRASE: Final = 4
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[.,;:!?()]")
_CAR_PARK: Final = ("car", "park")  # but "a car parks" is no place
_CANS: Final = ("trash", "garbage", "spray", "rubbish", "beer", "waste")
_STOREYS: Final = ("shelf", "shelves", "drawer", "step", "bunk", "rack", "floor", "row", "board")
_TOPS: Final = ("top", "roof", "hood", "bonnet", "edge", "rim")
# Words before "of" that say how many things lie or stand together, as scene.MEASURES.
_MEASURES: Final = {
    **dict.fromkeys(("pile", "piles", "heap", "heaps", "mound", "mountain", "load"), "pile"),
    **dict.fromkeys(("stack", "stacks", "tower", "towers"), "stack"), **dict.fromkeys(("row", "line", "queue"), "row"),
    **dict.fromkeys(("rows", "lines"), "rows"), **dict.fromkeys(("bunch", "bunches", "bundle", "cluster"), "bunch"),
    "dozens": "dozens", **dict.fromkeys(("hundreds", "thousands"), "hundreds"),
}  # fmt: skip
_HOLDERS: Final = ("basket", "box", "crate", "plastic crate", "bowl", "plate", "serving tray", "tray", "wheelbarrow",
                   "bag", "cement bag", "paper bag", "plastic bag", "bucket", "open shelf", "shelf", "rack", "pallet",
                   "trailer", "laundry basket", "picnic basket", "hamper", "trough", "table", "coffee table", "bench",
                   "picnic table", "conference table", "counter", "market stall", "barrel", "cart of luggage",
                   "suitcase", "treasure chest", "trash can", "dumpster", "plastic crate", "cooler", "pot")  # fmt: skip
_LOADED: Final = ("truck", "semi truck", "flatbed truck", "pickup", "dump truck", "shopping cart", "rowing boat",
                  "raft")  # fmt: skip
_LADLES: Final = ("cement bag", "bag")
_FULL: Final = ("full", "filled", "loaded", "covered", "laden", "stacked", "packed", "piled", "heaped", "crowded",
                "lined", "set", "stocked", "overflowing")  # fmt: skip
# Drawn as many of them, or as a heap.
_MASSES: Final = ("leaves", "logs", "bricks", "fruit", "vegetables", "rubble", "papers", "banknotes", "hay",
                  "straw heap",
                  "grain heap", "wheat", "garbage pile", "crumbs", "popcorn", "fries", "grapes", "pile of sand",
                  "pile of earth", "pile of coal", "pile of snow", "pile of gravel", "pile of clothes", "bouquet",
                  "book pile", "reeds", "fern", "sawdust", "keys", "bin bag", "bookshelf")  # fmt: skip
_LIQUIDS: Final = ("carton box", "milk bottle", "can", "paint can", "detergent", "soup", "sauce pot", "wine bottle",
                   "champagne bottle", "beer glass", "smoothie", "jam jar", "flour bag", "salt shaker", "paper",
                   "sheet of paper", "cup", "teacup", "glass", "water bottle", "butter", "soap")  # fmt: skip
_FEET: Final = ("foot", "base", "bottom")
_JAWS: Final = ("mouth", "beak", "jaws", "teeth", "talons", "claws")
_PERCHES: Final = ("shoulder", "shoulders", "head", "hand", "hands", "arm", "back")
_BUMPERS: Final = ("back", "rear", "side", "front")
_HALFWAY: Final = ("halfway", "midway")
_SAME: Final = {"beneath": "under", "underneath": "under", "atop": "on", "upon": "on", "alongside": "beside",
                "amid": "among", "amidst": "among", "amongst": "among"}  # fmt: skip  # prepositions of one meaning
_ARTICLES: Final = ("a", "an", "the", "its", "his", "her", "their", "two", "three")
_CIRCLING: Final = ("a", "the", "go", "goes", "run", "runs", "going", "running", "went", "ran")  # goes round a pole
_LIGHTING: Final = ("set", "light", "put", "catch", "throw", "pour", "blow", "spray")
_ENDS: Final = (",", ".", "and", "then", "")
_NOBODY: Final = ("nobody", "noone", "none")
_REFUSING: Final = ("refuses", "refuse", "refused", "fails", "fail", "failed")
_NEGATIONS: Final = ("not", "no", "never", "cannot", "neither", "nor")


def cut(caption: str) -> list[Word]:
    """A caption as Words in order. Determiners, auxiliaries and adverbs become marks on the word that follows them."""
    table, words = lexicon(), _tokens(plain(caption))
    out: list[Word] = []
    at = 0
    while at < len(words):
        length, senses = _longest(words, at)
        if _burns(words, at):
            length, senses = 2, {"verb": "burn"}
            words[at].ending, words[at].lemma = "ing", "burn"
        if length > 1 and words[at].text in table.lists["prepositions"] and _names_more(words, at + 1, length):
            length, senses = 1, {}  # in a train STATION is not in a train
        if length > 1 and "verb" in senses and words[at + length - 1].text in table.lists["prepositions"]:
            following, others = _longest(words, at + length - 1)
            if following > 1 and others.keys() & {"idiom", "time"}:  # walks IN OPPOSITE DIRECTIONS
                length, senses = _longest(words, at, length - 1)
        part = words[at : at + max(1, length)]
        head, last = part[0], part[-1]
        head.parts = tuple(w.lemmas for w in part)
        if head.lemma == "burn" and head.text == "on":
            head.parts = (frozenset(("be",)), *head.parts)
        head.manner = tuple(adverb for w in part for adverb in w.manner)
        if senses:
            head.senses = senses
            head.text = " ".join(w.text for w in part)
            head.plural = last.plural
            head.possessive = last.possessive
        elif head.text in table.lists["prepositions"]:
            head.senses = {"preposition": head.text}
        out.append(head)
        at += max(1, length)
    return _let_out(_whole_for_part(_collected(out)))


def _is_first_noun(words: list[Word], at: int) -> bool:
    """True where no preposition of place or time leads to the noun: after the bus stops, but at the bus stops."""
    before = words[at - 1].text if at else ""
    return before in ("after", "before", "when", "until", "while") or before not in lexicon().lists["prepositions"]


def _let_out(words: list[Word]) -> list[Word]:
    """Lets the dog out: lets it RUN out."""
    for i, word in enumerate(words):
        after = [w.text for w in words[i + 1 : i + 6]]
        at = next((n for n, text in enumerate(after) if text in ("out", "in", "off")), 0)
        led = word.text in ("let", "lets", "letting") and at and words[i + at].has("animal", "person")
        if led:
            run = Word("run", frozenset(("run",)), {"verb": "run"}, lemma="run", parts=(frozenset(("run",)),))
            return [*words[: i + 1 + at], run, *words[i + 1 + at :]]
    return words


def _burns(words: list[Word], at: int) -> bool:
    """True for "on fire" of what is on fire; not for "sets a car on fire", "pours water on a fire"."""
    if [w.text for w in words[at : at + 2]] != ["on", "fire"] or words[at + 1].determiner:
        return False
    before = words[at - 1] if at else Word("", frozenset())
    set_alight = any(w.lemma in _LIGHTING for w in words[max(0, at - 6) : at])
    return words[at].auxiliary or (not set_alight and before.has("prop", "vehicle", "person") and before.text != "fire")


def _names_more(words: list[Word], at: int, length: int) -> bool:
    """True if a place or thing of `length` words or more begins at `at`."""
    longest, senses = _longest(words, at)
    return longest >= length and bool(senses.keys() & {"place", "prop", "vehicle"})


def _collected(words: list[Word]) -> list[Word]:
    """A pile of tyres, rows of bottles, a basket full of red apples: one thing, drawn as all that it is made of."""
    out: list[Word] = []
    i = 0
    while i < len(words):
        word, at = words[i], _content(words, i)
        if at is not None and word.senses.get("prop") not in _HOLDERS and word.has("vehicle"):
            word.load = words[at].senses["prop"]
            out.append(word)
            i = at + 1
            continue
        if at is None:
            out.append(word)
            i += 1
            continue
        content = words[at]
        colour = next((w.senses["colour"] + " " for w in words[i + 2 : at] if w.has("colour")), "")
        measure = _MEASURES.get(word.text) or word.senses["prop"]
        part = "glass" if content.text == "glasses" else content.senses["prop"]
        if measure in ("open shelf", "shelf") and part in ("book", "notebook"):
            measure, part = "pile", "bookshelf"
        drawn_so = part in _MASSES and (measure in ("pile", "bunch", "stack") or measure in _LADLES)
        word.text = f"{word.text} of {content.text}"
        word.senses = {"prop": part if drawn_so else f"{measure} of {colour}{part}"}
        word.senses = {"prop": measure} if measure == "cement bag" else word.senses  # a sack, whatever is in it
        word.plural = word.plural or measure in ("rows", "dozens", "hundreds")
        word.noun, word.ending, word.lemma = word.text, "", ""
        out.append(word)
        i = at + 1
    return out


def _content(words: list[Word], i: int) -> int | None:
    """The word of the things that word i is a pile, row or basket of; None where they are none or named again."""
    word, kind = words[i], words[i].senses.get("prop", "")
    laden = words[i].senses.get("vehicle") in _LOADED and kind not in _HOLDERS
    measured = word.text in _MEASURES and (word.determiner or word.text.endswith("s") or i == 0)
    if not measured and not laden and (kind not in _HOLDERS or word.possessive):
        return None
    linked = 2 if i + 2 < len(words) and words[i + 1].text in _FULL and words[i + 2].text in ("of", "with") else 1
    link = words[i + linked].text if i + linked < len(words) else ""
    if link != "of" and not (linked == 2 and not measured):
        return None
    for at in range(i + linked + 1, min(i + linked + 4, len(words))):
        content = words[at]
        if content.determiner or content.possessive or content.has("person", "animal", "vehicle", "preposition"):
            return None
        following = words[at + 1] if at + 1 < len(words) else None
        if content.has("prop") and not (following is not None and following.has("prop") and not following.determiner):
            part = content.senses["prop"]
            liquid = part in _LIQUIDS or part == kind
            again = any(w.noun == content.noun or w.text == content.text for w in words[at + 1 :])
            many = content.plural or part in _MASSES or laden
            return at if many and not again and not liquid and not (measured and not many) else None
        if content.text in ".,;" or (
            content.has("verb") and content.text != "empty" and content.ending not in ("ed", "ing")
        ):
            return None
    return None


def _whole_for_part(words: list[Word]) -> list[Word]:
    """On the roof of a car is on the car, at the foot of a tree beside it: without words that say no more than that."""
    out: list[Word] = []
    for i, word in enumerate(words):
        if word.text == "on top" and i + 2 < len(words) and words[i + 1].text == "of":
            word.text, word.senses = "on", {"preposition": "on"}
            whole = next((w for w in words[i + 2 : i + 5] if w.has("prop", "vehicle", "place")), None)
            words[i + 1].top = True
            if whole is not None:
                whole.top, whole.part = True, "top"
        struck = word.text in _BUMPERS and i and words[i - 1].has("verb") and words[i + 1 : i + 2]
        if struck and words[i + 1].text == "of" and any(w.has("vehicle") for w in words[i + 2 : i + 5]):
            words[i + 1].top = True  # hits the back of a taxi
            continue
        if word.text in (*_TOPS, *_FEET) and word.determiner and i + 2 < len(words) and words[i + 1].text == "of":
            whole = next((w for w in words[i + 2 : i + 5] if w.has("prop", "vehicle", "place")), None)
            if whole is not None and word.text in _FEET:
                words[i + 1].top = True
                if out and out[-1].text in ("at", "by") and not whole.has("place"):
                    out[-1].text = out[-1].senses["preposition"] = "beside"
                continue
            if whole is not None:
                whole.top = words[i + 1].top = True
                whole.part = word.text
                continue
        if word.text == "set" and word.determiner and i + 2 < len(words) and words[i + 1].text == "of":
            words[i + 1].top = True  # a set of keys
            words[i + 2].determiner = words[i + 2].determiner or word.determiner
            continue
        if word.text in ("each", "all", "both", "most") and i + 2 < len(words) and words[i + 1].text == "of":
            words[i + 1].top, words[i + 2].part = True, "each"
            continue
        if word.text == "in" and i + 1 < len(words) and words[i + 1].text in _JAWS and words[i + 1].determiner:
            words[i + 1].top = True  # with a stick in its mouth: it has it
            continue
        if word.text in ("wearing", "having") and i and words[i - 1].text == "without":
            continue  # without wearing gloves: without gloves
        if (word.top and word.text in _JAWS) or (word.text in _PERCHES and i and words[i - 1].part == word.text):
            continue
        if _sat_on(words, i):
            word.possessive, word.part = False, words[i + 1].text
        if word.text == "dark" and word.determiner == "the" and i and words[i - 1].text == "in":
            word.senses = {"time": "night"}
        if word.text == "lot" and word.determiner == "the" and i and words[i - 1].has("preposition", "verb"):
            word.text, word.senses = "parking lot", {"place": "parking lot"}
        if word.text in _HALFWAY and (whole := _climbed(words, i)) is not None:
            words[i + 1].text = words[i + 1].senses["preposition"] = "on"
            whole.part = "middle"
            continue
        if not (word.text == "of" and word.top):
            out.append(word)
    return out


def _sat_on(words: list[Word], i: int) -> bool:
    """True for the woman of "a parrot lands on a woman's shoulder": on her."""
    word, before = words[i], words[max(0, i - 1)].text
    owned = i + 1 < len(words) and word.possessive and word.has("person") and words[i + 1].text in _PERCHES
    return owned and before.endswith(("on", "onto", "from")) and any(w.has("animal") for w in words[:i])


def _climbed(words: list[Word], i: int) -> Word | None:
    """The thing that somebody stands or sits halfway up; None where they go halfway up it."""
    led = i and words[i - 1].senses.get("verb") in ("stand", "sit", "work", "look", "wave", "sing")
    up = i + 1 < len(words) and words[i + 1].text in ("up", "down")
    return next((w for w in words[i + 2 : i + 4] if w.has("prop")), None) if led and up else None


def _longest(words: list[Word], at: int, most: int = _MAX_PHRASE) -> tuple[int, dict[str, str]]:
    """How many words from `at` on make the longest known phrase, `most` of them, and its senses."""
    table = lexicon()
    best: tuple[int, dict[str, str]] = (0, {})
    found: Iterable[tuple[str, ...]] = [()]
    for length in range(1, min(most, len(words) - at) + 1):
        word = words[at + length - 1]
        if length > 1 and word.negated:
            break  # the bus does NOT stop
        lemmas = sorted(word.lemmas) + ([f"{word.text}'s"] if word.possessive else [])
        grown = [(*begun, lemma) for begun in found for lemma in lemmas]
        merged: dict[str, str] = {}
        for phrase in grown:
            if senses := table.phrases.get(phrase):
                as_noun = all(p in (w.text, w.noun, f"{w.text}'s") for p, w in zip(phrase, words[at:]))
                several = any(w.plural and p != w.text for p, w in zip(phrase[:-1], words[at:]))
                as_noun = as_noun and not several  # ten bicycles stand in a row: no bicycle stand
                as_noun = as_noun and not (phrase[-1].endswith("'s") and _owns(words, at + length))  # his own apron
                as_noun = as_noun and (phrase != _CAR_PARK or word.text == "park")
                one = length > 1 and words[at].determiner == "a" and phrase[-1] != word.text
                after = words[at + length].text if at + length < len(words) else ""
                one = one or (length > 1 and word.text == "stops" and (
                    after in table.lists["prepositions"] or (after in _ENDS and _is_first_noun(words, at))
                ))  # fmt: skip
                one = one or _has_own_object(words[at : at + length])  # a girl pets A dog
                as_noun = as_noun and not one  # a bus STOPS is no bus stop
                as_verb = length == 1 or not words[at].determiner or words[at].infinitive
                for sense, value in senses.items():
                    if sense == "idiom" and phrase[-1] == "top" and after in _STOREYS:
                        continue  # on the top shelf
                    if as_verb if sense in ("verb", "idiom") else as_noun:
                        merged.setdefault(sense, value)
        if merged:
            best = length, merged
        found = [phrase for phrase in grown if phrase in table.heads]
        if word.possessive:  # the dentist's office, but no words across another owner
            found = [phrase for phrase in found if phrase[-1].endswith("'s")]
        if not found:
            break
    return best


def _owns(words: list[Word], at: int) -> bool:
    """True if a thing stands after its owner, as in "the baker's apron"; not for "at the baker's"."""
    after = words[at] if at < len(words) else None
    if after is None or not after.text[0].isalpha() or after.determiner or after.auxiliary or after.ending:
        return False
    return after.text not in lexicon().lists["prepositions"] and after.text not in ("and", "while", "when", "as")


def _has_own_object(phrase: list[Word]) -> bool:
    """True for "pets a dog" of "a girl pets a dog"; not for the bank of a river."""
    following = pairwise(phrase)
    return any(w.determiner == "a" and before.text not in lexicon().lists["prepositions"] for before, w in following)


def _gets(token: str, following: str) -> bool:
    """True for "got off the bus", "gets a gun"; False for "got hit", "is getting dark"."""
    table = lexicon()
    if token not in ("get", "got", "gets", "getting"):
        return False
    led = following in table.lists["determiners"] or following in table.lists["prepositions"] or following == "back"
    return led and following != "by"


# No noun: hugs HER and leaves, follows HER through the park.
_AFTER_HER: Final = ("and", "but", "while", "as", "when", "then", "before", "after", "until", "who", "up", "down",
                     "into", "through", "across", "along", "to", "from", "with", "in", "on", "at", "by", "over", "away",
                     "off", "out", "behind")  # fmt: skip


def _tokens(text: str) -> list[Word]:
    """Words with their marks: what stood before them (the, was, to, not) is put on them and left out."""
    table = lexicon()
    out: list[Word] = []
    marks = Word("", frozenset())
    tokens = _TOKEN.findall(text)
    for before, token, following in zip(["", *tokens], tokens, [*tokens[1:], ""]):
        possessive = token.endswith(("'s", "s'")) and token not in ("it's", "he's", "she's", "let's", "there's")
        token = _SAME.get(token.removesuffix("'s"), token.removesuffix("'s"))
        if token in ("straight", "directly", "right") and following in ("toward", "towards"):
            continue
        if token == "round" and following in _ARTICLES and before not in _CIRCLING:
            token = "around"  # rides round a fountain
        if token in _REFUSING and following == "to":
            marks.negated = True
        elif token == "to" and before in _REFUSING:
            continue
        elif token == "can" and marks.determiner:
            marks, can = Word("", frozenset()), Word(token, frozenset({token}), noun=token, determiner=marks.determiner)
            out.append(can)
        elif token == "can" and out and out[-1].text in _CANS:
            out.append(Word(token, frozenset({token}), noun=token))
        elif token in _NOBODY or (before == "no" and token == "one"):
            out.append(Word("nobody", frozenset({"nobody"}), {"person": "person"}, negated=True, noun="nobody"))
            marks = Word("", frozenset())
        elif token == "nothing":
            out.append(Word("nothing", frozenset({"nothing"}), {"prop": "anything"}, negated=True, noun="nothing"))
            marks = Word("", frozenset())
        elif token.endswith("n't") or token in _NEGATIONS:
            marks.negated = True
            marks.determiner = "a" if token == "no" else marks.determiner
        elif token == "her" and (not following.isalpha() or following in _AFTER_HER):
            out.append(Word("her", frozenset({"her"}), {"pronouns": "her"}))
            marks = Word("", frozenset())
        elif token in table.lists["determiners"]:
            marks.determiner = "the" if token not in ("a", "an", "any") else "a"
            marks.owner = token if token in ("his", "her", "their") else ""
        elif token == "other" and out and out[-1].text == "each":
            out.append(Word(token, frozenset({token})))
        elif token in ("another", "other", "others") and stands_alone(token, following, tells_of_one(out, marks)):
            the = token != "another" and marks.determiner == "the"
            out.append(Word(f"the {token}" if the and token == "other" else token, frozenset({token}),
                            {"pronouns": token}, determiner=marks.determiner))  # fmt: skip
            marks = Word("", frozenset())
        elif token in ("another", "other"):
            marks.determiner = "another"
        elif token in table.lists["be"] and not _gets(token, following):
            marks.auxiliary = True
        elif token == "to" and marks.infinitive is False:
            marks.infinitive = True
            out.append(Word("to", frozenset({"to"}), {"preposition": "to"}))
        elif token in table.lists["auxiliaries"]:
            marks.helped = True
        elif token in table.lists["adverbs"]:
            continue
        elif is_adverb(token):
            marks.manner = (*marks.manner, token)
        else:
            base, ending = table.verbs.get(token, ("", ""))
            word = Word(
                token, lemmas_of(token), ending=ending, lemma=base, plural=token in table.nouns, possessive=possessive
            )
            word.noun = table.nouns.get(token, token)
            word.determiner, word.auxiliary, word.owner = marks.determiner, marks.auxiliary, marks.owner
            word.infinitive, word.negated, word.helped = marks.infinitive, marks.negated, marks.helped
            word.manner = marks.manner
            out.append(word)
            marks = Word("", frozenset())
    if marks.manner and out:
        out[-1].manner += marks.manner
    return out
