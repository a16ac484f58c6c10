"""Cuts a caption into Words of the lexicon: longest phrases first, articles and auxiliaries as marks on the next word.

cut("Two men got off the black-and-white bus")    # men -> person man (plural), got off -> verb leave, ...
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from ..lexicon import Word, is_adverb, lemmas_of, lexicon, plain
from ..parts import stands_alone, tells_of_one
from .neighbours import by_neighbours
from .of_phrases import collected, in_rows, whole_for_part

_MAX_PHRASE: Final = 4
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[.,;:!?()]")
_CAR_PARK: Final = ("car", "park")  # but "a car parks" is no place
_CANS: Final = ("trash", "garbage", "spray", "rubbish", "beer", "waste")
_SAME: Final = {"beneath": "under", "underneath": "under", "atop": "on", "upon": "on", "alongside": "beside",
                "amid": "among", "amidst": "among", "amongst": "among"}  # fmt: skip  # prepositions of one meaning
_ARTICLES: Final = ("a", "an", "the", "its", "his", "her", "their", "two", "three")
_CIRCLING: Final = ("a", "the", "go", "goes", "run", "runs", "going", "running", "went", "ran")  # goes round a pole
_LIGHTING: Final = ("set", "light", "put", "catch", "throw", "pour", "blow", "spray")
_ENDS: Final = (",", ".", "and", "then", "")
_NOBODY: Final = ("nobody", "noone", "none")
_NOT_ONE: Final = ("neither", "none")
_REFUSING: Final = ("refuses", "refuse", "refused", "fails", "fail", "failed")
_CANNOT: Final = ("cannot", "can't", "couldn't", "won't", "doesn't", "don't", "didn't", "wouldn't")
_NEGATIONS: Final = ("not", "no", "never", "cannot", "neither", "nor")
_BRIGHT: Final = ("brightly", "softly", "warmly", "well")  # lit: it is day
_STOREYS: Final = ("shelf", "shelves", "drawer", "step", "bunk", "rack", "floor", "row", "board")


def cut(caption: str) -> list[Word]:
    """A caption as Words in order. Determiners, auxiliaries and adverbs become marks on the word that follows them."""
    table, words = lexicon(), _failing(_tokens(plain(caption)))
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
        if length == 2 and words[at].lemma in ("flicker", "shine", "glow") and at + 2 < len(words):
            length, senses = (1, _longest(words, at, 1)[1]) if words[at + 2].determiner else (length, senses)
        part = words[at : at + max(1, length)]
        head, last = part[0], part[-1]
        head.parts = tuple(w.lemmas for w in part)
        if head.lemma == "burn" and head.text == "on":
            head.parts = (frozenset(("be",)), *head.parts)
        head.manner = tuple(adverb for w in part for adverb in w.manner)
        if senses:
            head.senses = senses
            head.text = " ".join(w.text for w in part)
            head.plural = part[0].plural if any(w.text == "of" for w in part[1:-1]) else last.plural
            head.possessive = last.possessive
        elif head.text in table.lists["prepositions"]:
            head.senses = {"preposition": head.text}
        out.append(head)
        at += max(1, length)
    return by_neighbours(_let_out(whole_for_part(collected(in_rows(out, table.exteriors)))))


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
                one = one or (length > 1 and word.text == "smokes")  # a woman in white SMOKES
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


_NEAR_MISSES: Final = ("almost", "nearly")  # it does not happen: a car almost hits a man
# No noun: hugs HER and leaves, follows HER through the park.
_AFTER_HER: Final = ("and", "but", "while", "as", "when", "then", "before", "after", "until", "who", "up", "down",
                     "into", "through", "across", "along", "to", "from", "with", "in", "on", "at", "by", "over", "away",
                     "off", "out", "behind")  # fmt: skip


def _is_a_can(following: str) -> bool:
    """True for what is a thing and no auxiliary: a fuel can CATCHES fire, an oil can on a shelf."""
    table = lexicon()
    acts = following in table.verbs and table.verbs[following][1] == "s"
    return acts or not following.isalpha() or following in (*table.lists["prepositions"], "and", "is", "then", "lies")


def _no_longer(token: str, following: str, out: list[Word], marks: Word) -> Word:
    """The marks for what follows: a dog no longer barks, no more cars pass; a man runs no more."""
    if token == "more" and not following.isalpha() and out:
        out[-1].negated = True
        return Word("", frozenset())
    return marks


def _not_one(tokens: list[str]) -> tuple[list[str], int | None]:
    """Neither of the two men moves, neither dog barks: the tokens without "neither", and which one is the verb."""
    first = tokens[0].lower() if tokens else ""
    if [token.lower() for token in tokens[:3]] == ["not", "one", "of"]:
        tokens, first = ["neither", *tokens[2:]], "neither"  # not one of the six students
    if first not in _NOT_ONE or len(tokens) < 3 or (tokens[1] != "of" and first == "none"):
        return tokens, None
    kept = tokens[2:] if tokens[1] == "of" else ["two", *tokens[1:]]
    skipped = {*lexicon().lists["determiners"], "two", "three", "four", "five", "six", "seven", "eight", "ten", "both"}
    noun = next((i for i, token in enumerate(kept) if token not in skipped), 0)
    return kept, next((i for i in range(noun + 1, len(kept)) if kept[i] in lexicon().verbs), None)


def _failing(words: list[Word]) -> list[Word]:
    """Tries to lift a box, but CANNOT: no verb follows."""
    out: list[Word] = []
    for word in words:
        unable = word.text in ".;" and word.unable
        out += [Word("fails", frozenset({"fail"}), lemma="fail"), Word(word.text, frozenset())] if unable else [word]
    return out


def _tokens(text: str) -> list[Word]:
    """Words with their marks: what stood before them (the, was, to, not) is put on them and left out."""
    table = lexicon()
    out: list[Word] = []
    marks = Word("", frozenset())
    tokens, denied = _not_one(_TOKEN.findall(text))
    for at, (before, token, following) in enumerate(zip(["", *tokens], tokens, [*tokens[1:], ""])):
        marks.negated = marks.negated or at == denied
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
        elif token == "can" and out and (out[-1].text in _CANS or _is_a_can(following)):
            out.append(Word(token, frozenset({token}), noun=token))
        elif token in _NOBODY or (before == "no" and token == "one"):
            out.append(Word("nobody", frozenset({"nobody"}), {"person": "person"}, negated=True, noun="nobody"))
            marks = Word("", frozenset())
        elif token == "nothing":
            out.append(Word("nothing", frozenset({"nothing"}), {"prop": "anything"}, negated=True, noun="nothing"))
            marks = Word("", frozenset())
        elif token.endswith("n't") or token in _NEGATIONS:
            marks.negated = True
            marks.helped = marks.helped or token in _CANNOT
            marks.unable = marks.unable or token in _CANNOT[:3]
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
            marks.reduced, marks.auxiliary = token in ("being", "getting") and not marks.auxiliary, True
        elif token == "to" and marks.infinitive is False:
            marks.infinitive = True
            out.append(Word("to", frozenset({"to"}), {"preposition": "to"}))
        elif token in table.lists["auxiliaries"]:
            marks.helped = True
        elif before == "no" and token in ("longer", "more"):
            marks = _no_longer(token, following, out, marks)
        elif token in _NEAR_MISSES and following in table.verbs:
            marks.negated, marks.manner = True, (*marks.manner, token)
        elif token in table.lists["adverbs"]:
            continue
        elif token == "lit" and marks.manner[-1:] and marks.manner[-1] in _BRIGHT:
            marks.manner = marks.manner[:-1]  # a brightly lit shop does not burn
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
            word.manner, word.unable, word.reduced = marks.manner, marks.unable, marks.reduced
            out.append(word)
            marks = Word("", frozenset())
    if marks.manner and out:
        out[-1].manner += marks.manner
    return out
