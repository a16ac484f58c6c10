"""Words beside certain others have another sense: a queue that forms, washing on a line, a river that floods.

Reads the Words that cutting.cut makes; gives them with the class that their neighbours tell, without those that say
no more than that.
"""

from __future__ import annotations

from typing import Final

from ..lexicon import Word

_NONE: Final = Word("", frozenset())
_BEFORE_RAIN: Final = ("after", "before", "during", "heavy", "rain", "sudden", "summer", "brief", "light", "short")
_FLOODING: Final = ("river", "lake", "sea", "riverside", "beach")
_FLOODS: Final = ("flood", "overflow", "inundate", "swamp", "submerge", "carry", "sweep", "wash", "drag")
_LEAKING: Final = ("leak", "drip")
_ABOVE: Final = ("ceiling", "roof")
_SWOLLEN: Final = ("flooded", "overflowing", "swollen", "raging")
_WASHING: Final = ("washing", "laundry", "clothes")
_OFF_LINES: Final = ("off", "from", "on", "over")
_LINES: Final = ("line", "washing line", "clothes line")


def by_neighbours(words: list[Word]) -> list[Word]:
    """Words of another sense beside certain others: washing on a line, a queue that forms, a river that floods."""
    out: list[Word] = []
    words = _told_by_another(words)
    for i, word in enumerate(words):
        before, after = words[i - 1] if i else _NONE, words[i + 1] if i + 1 < len(words) else _NONE
        told = {w.text for w in words}
        if word.text in _WASHING and not word.auxiliary and _on_a_line(words, i):
            taken = after.text in _OFF_LINES
            word.senses, word.ending, word.lemma = {"prop": "washing" if taken else "laundry"}, "", ""
        elif "line" in word.text and before.text in _OFF_LINES and {*_WASHING} & told:
            word.senses = {"prop": "bare line"}
        elif word.text in ("forms", "form") and {"queue", "line", "jam"} & {*before.text.split()}:
            word.senses, word.ending, word.lemma = {"verb": "queue"}, "s", "form"
        elif word.text == "shower" and (before.text in _BEFORE_RAIN or after.text in ("begins", "starts")):
            word.senses = {"weather": "rain"}
        elif word.text == "crossing" and before.determiner and not word.auxiliary and (
            not before.senses or before.has("weather", "colour")
        ):  # fmt: skip
            word.senses, word.ending, word.lemma = {"place": "crossroads"}, "", ""
        elif word.text in ("packed", "crowded") and after.has("place") and word.ending == "ed":
            word.senses = {}
        elif _is_flood(word, after) or (word.text == "rain" and after.lemma in _LEAKING and {*_ABOVE} & told):
            word.senses = {"substance": "water"}
        elif word.text == "winds" and (before.has("crowd") or before.plural):  # through a hall
            word.senses, word.ending, word.lemma = {"verb": "queue"}, "s", "wind"
        elif word.senses.get("prop") == "market stall" and before.has("prop") and " " not in word.text:
            out.pop()
            word.senses, word.determiner = {"prop": f"market stall of {before.senses['prop']}"}, before.determiner
            word.text = word.noun = f"{before.text} {word.text}"
        elif word.text == "black ice" or (word.text == "ice" and after.lemma in ("cover", "coat")):
            word.senses = {"weather": "icy"}
        elif word.text in ("heat", "air") and (after.lemma or after.text).startswith("shimmer"):
            word.senses = {"substance": "heat"}
        elif word.text == "dry" and word.determiner and after.senses and not after.has("verb"):
            word.senses, word.ending, word.lemma = {}, "", ""
        elif word.text in ("coats", "coat") and before.has("weather"):
            word.senses, word.ending, word.lemma = {"verb": "hide"}, "s", "coat"
        elif word.text == "torches" and any(w.has("crowd") or w.plural for w in words[:i]):
            word.senses = {"prop": "flaming torch"}
        elif word.text == "dust" and after.lemma in ("blow", "sweep", "roll", "billow"):
            word.senses = {"weather": "sandstorm"}
        out.append(word)
    return out


def _is_flood(word: Word, after: Word) -> bool:
    """True for a river that floods a street or carries a car away."""
    return word.senses.get("place") in _FLOODING and after.lemma in _FLOODS and bool(after.ending)


def _told_by_another(words: list[Word]) -> list[Word]:
    """Without what other words say: washing ON A LINE, pull on a rope IN A TUG OF WAR, BLACK ice, a FLOODED river."""
    texts = [w.text for w in words]
    drop: set[int] = set()
    for i, text in enumerate(texts):
        if text in _LINES and texts[i - 1] == "on" and {"washing", "laundry"} & {*texts}:
            drop |= {i - 1, i}
        elif texts[i : i + 3] == ["tug", "of", "war"] and i and texts[i - 1] in ("in", "during"):
            drop |= {i - 1, i, i + 1, i + 2}
        elif text == "ice" and i and texts[i - 1] in ("with", "in") and any(w.has("weather") for w in words[:i]):
            drop |= {i - 1, i}
        elif text == "heat" and texts[i + 1 : i + 4] == ["makes", "air", "shimmer"]:
            drop |= {i + 1, i + 2}
            words[i + 3].ending = "s"
        elif texts[i : i + 2] == ["black", "ice"]:
            drop |= {i}
            words[i + 1].text = "black ice"
        elif text in _SWOLLEN and i + 2 < len(words) and texts[i + 1] == "river" and words[i + 2].lemma in _FLOODS:
            drop |= {i}
    return [word for i, word in enumerate(words) if i not in drop] if drop else words


def _on_a_line(words: list[Word], i: int) -> bool:
    """True for washing that hangs on a line or comes off it, and for "the washing" that is blown away."""
    after = [w.text for w in words[i + 1 : i + 5]]
    if words[i].text != "washing":
        return after[:1] in (["off"], ["from"]) and any("line" in text for text in after[1:3])
    hung = after[:1] and (after[0] in _OFF_LINES or words[i + 1].lemma in ("hang", "flap", "dry", "blow"))
    return bool(words[i].determiner or hung) and not (len(words) > i + 1 and words[i + 1].determiner)
