"""Nouns that "of" or "with" joins are one thing: a pile of tyres, a basket full of apples, the roof of a car.

Reads the Words that cutting.cut makes; gives fewer of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..lexicon import Word

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
_CARTS: Final = ("cart", "trolley", "hand cart", "handcart")
_GOODS_CART: Final = "flat cart"
_GOODS: Final = ("brick", "bricks", "stone", "rock", "cement bag", "plank", "pipe", "log", "logs", "crate", "gear",
                 "tyre", "spare wheel", "barrel", "beam", "hay", "metal bar", "plastic crate", "milk can")  # fmt: skip
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
_SHELVES: Final = ("open shelf", "shelf", "rack", "crate", "plastic crate", "box", "table", "counter", "market stall")
_CRATES: Final = {"crate": "crate", "crates": "crate", "box": "box", "boxes": "box", "basket": "basket",
                  "baskets": "basket"}  # fmt: skip
_CRATED: Final = {
    **{kind: kind for kind in ("apple", "orange", "banana", "tomato", "potato", "carrot", "fish", "egg", "melon",
                               "lemon", "pear", "peach", "cabbage", "bottle", "strawberry", "onion", "pumpkin",
                               "cherry", "mango",
                               "pineapple", "water bottle", "beer bottle", "wine bottle", "milk bottle")},
    "milk": "milk bottle", "beer": "bottle", "wine": "wine bottle", "fruit": "apple", "vegetable": "carrot",
}  # fmt: skip
_IN_SACKS: Final = ("cement", "sand", "flour", "grain", "fertiliser", "fertilizer", "mortar", "gravel", "salt", "rice",
                    "feed", "wheat", "sugar", "coffee", "plaster", "compost")  # fmt: skip
_VESSELS: Final = {
    ("bottle", "milk"): "milk bottle", ("bottle", "wine"): "wine bottle", ("bottle", "water"): "water bottle",
    ("can", "paint"): "paint can", ("tin", "paint"): "paint can", ("can", "soup"): "can", ("tin", "soup"): "can",
    ("carton", "eggs"): "egg box", ("box", "eggs"): "egg box", ("carton", "egg"): "egg box",
    ("jar", "honey"): "jam jar", ("jar", "jam"): "jam jar", ("drum", "chemicals"): "oil drum",
    ("barrel", "oil"): "oil drum", ("drum", "oil"): "oil drum", ("barrel", "chemicals"): "oil drum",
}  # fmt: skip
_MEASURED: Final = ("stack", "pile", "heap")
_PILED: Final = ("log", "logs", "plank", "box", "crate", "barrel", "oil drum", "pallet", "spare wheel", "tyre", "brick",
                 "plate", "book", "can", "pipe", "beam", "container", "chair", "cement bag")  # fmt: skip
_WITH_WALLS: Final = ("chimney", "tower", "house", "building", "barn", "castle", "church", "warehouse", "garage",
                      "cottage", "farmhouse")  # fmt: skip
_FRUIT_CRATES: Final = dict.fromkeys(("apple", "orange", "tomato", "peach", "mango", "pear"), "fruit crate")
_FEET: Final = ("foot", "base", "bottom")
_STEEP_PARTS: Final = ("trunk", "side", "face", "facade", "front", "wall", "stem", "slope", "outside", "mast")
_ABOUT: Final = ("about", "nearly", "almost", "roughly", "approximately")
_SIDES: Final = ("side", "end", "bank", "edge")
_STEEPLY: Final = ("up", "down", "along", "around", "at", "against")
_JAWS: Final = ("mouth", "beak", "jaws", "teeth", "talons", "claws")
_PERCHES: Final = ("shoulder", "shoulders", "head", "hand", "hands", "arm", "back")
_BUMPERS: Final = ("back", "rear", "side", "front")
_BACKED: Final = ("chair", "armchair", "sofa", "bench", "stool", "office chair", "park bench")
_HALFWAY: Final = ("halfway", "midway")


def collected(words: list[Word]) -> list[Word]:
    """A pile of tyres, rows of bottles, a basket full of red apples: one thing, drawn as all that it is made of."""
    out: list[Word] = []
    words = _crated(words)
    i = 0
    while i < len(words):
        word, at = words[i], _content(words, i)
        if (
            at is not None
            and word.senses.get("prop") not in _HOLDERS
            and word.has("vehicle")
            and not _is_goods_cart(word, words[at])
        ):
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
        measure = _MEASURES.get(word.text) or (_GOODS_CART if word.text in _CARTS else word.senses["prop"])
        part = "glass" if content.text == "glasses" else content.senses["prop"]
        part = _nested(part)
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


def _is_goods_cart(word: Word, content: Word) -> bool:
    """True for a cart of bricks or stones, which is no shopping cart."""
    return word.text in _CARTS and content.senses["prop"] in _GOODS


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
            liquid = (part in _LIQUIDS and kind != "pallet") or part == kind
            again = any(w.noun == content.noun or w.text == content.text for w in words[at + 1 :])
            fish = content.text == "fish" and kind in (*_SHELVES, "basket", "bucket", "pallet")
            many = content.plural or fish or part in _MASSES or laden or kind == "pallet"
            liquid = liquid and not ((measured or kind in _SHELVES) and content.plural)  # but a tower of cups
            return at if many and not again and not liquid and not (measured and not many) else None
        if content.text in ".,;" or (
            content.has("verb") and content.text != "empty" and content.ending not in ("ed", "ing")
        ):
            return None
    return None


def _nested(part: str) -> str:
    """What is piled up is one thing: of crates of apples a crate of fruit; a sheet of paper is no more than that."""
    whole, _, load = part.partition(" of ")
    return _FRUIT_CRATES.get(load, whole) if load and whole in ("crate", "box", "basket") else part


def _crated(words: list[Word]) -> list[Word]:
    """Apple crates are crates of apples."""
    out: list[Word] = []
    for i, word in enumerate(words):
        if word.text in ("bags", "sacks") and [w.text for w in words[i + 1 : i + 2]] == ["of"] and i + 2 < len(words):
            loose = words[i + 2].text
            if loose in _IN_SACKS and not any(w.has("prop") for w in words[i + 3 : i + 4]):
                word.text, word.senses = f"{word.text[:-1]} of {loose}", {"prop": "cement bag"}
                words[i + 1].text = words[i + 2].text = ""
        vessel = _VESSELS.get((word.noun or word.text, words[i + 2].text)) if i + 2 < len(words) else None
        if vessel is not None and words[i + 1].text == "of":
            word.text, word.senses = f"{word.noun or word.text} of {words[i + 2].text}", {"prop": vessel}
            words[i + 1].text = words[i + 2].text = ""
        if word.text in ("wall", "walls", "facade") and i + 2 < len(words) and words[i + 1].text == "of":
            whole = next((w for w in words[i + 2 : i + 5] if w.text in _WITH_WALLS), None)
            if whole is not None:  # the wall of a chimney is the chimney
                whole.determiner = whole.determiner or word.determiner
                word.text = words[i + 1].text = ""
        if word.text in _MEASURED and word.determiner and [w.text for w in words[i + 1 : i + 2]] != ["of"]:
            of_what = next((w.senses["prop"] for w in reversed(out) if w.senses.get("prop") in _PILED), None)
            if of_what is not None and not word.has("prop"):  # rolls off a stack
                word.senses = {"prop": f"pile of {of_what}"}
        if not word.text:
            continue
        load = _CRATED.get(out[-1].text) if out and not out[-1].plural and not word.determiner else None
        if word.text in _CRATES and load is not None and word.has("prop"):
            before = out.pop()
            word.text = f"{before.text} {word.text}"
            word.senses = {"prop": f"{_CRATES[word.text.split()[-1]]} of {load}"}
            word.determiner = before.determiner
        out.append(word)
    return out


def whole_for_part(words: list[Word]) -> list[Word]:
    """On the roof of a car is on the car, at the foot of a tree beside it: without words that say no more than that."""
    out: list[Word] = []
    words = _across(words)
    for i, word in enumerate(words):
        if word.text == "on top" and i + 2 < len(words) and words[i + 1].text == "of":
            word.text, word.senses = "on", {"preposition": "on"}
            whole = next((w for w in words[i + 2 : i + 5] if w.has("prop", "vehicle", "place")), None)
            words[i + 1].top = True
            if whole is not None:
                whole.top, whole.part = True, "top"
        counted = i + 1 < len(words) and words[i + 1].has("number")
        if counted and (word.text in _ABOUT or (i == 0 and word.text in ("around", "some"))):
            words[i + 1].determiner = words[i + 1].determiner or word.determiner
            continue
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
        steep = word.text in _STEEP_PARTS and i and words[i - 1].text in _STEEPLY
        if steep and word.determiner and [w.text for w in words[i + 1 : i + 2]] == ["of"]:
            words[i + 1].top = True  # up the trunk of a pine
            continue
        backed = word.text == "back" and word.determiner and [w.text for w in words[i + 1 : i + 2]] == ["of"]
        seat = next((w for w in words[i + 2 : i + 5] if w.senses.get("prop") in _BACKED), None) if backed else None
        if seat is not None:  # hangs a coat over the back of a chair
            words[i + 1].top, seat.part = True, "back of it"
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


def _across(words: list[Word]) -> list[Word]:
    """From one side of the pool to the other (side): across the pool."""
    texts = [word.text for word in words]
    for i in range(len(words) - 5):
        if texts[i : i + 3] == ["from", "one", "side of road"]:
            words[i + 2].text, words[i + 2].senses = "road", {"place": "street"}
            words = [*words[: i + 2], *words[i : i + 2], *words[i + 2 :]]
            texts = [*texts[: i + 2], "side", "of", "road", *texts[i + 3 :]]
        if texts[i] != "from" or texts[i + 1] != "one" or texts[i + 2] not in _SIDES or texts[i + 3] != "of":
            continue
        to = next((j for j in range(i + 5, min(i + 8, len(words) - 1)) if texts[j] == "to"), None)
        if to is None or texts[to + 1] not in ("the other", "other", "another"):
            continue
        words[i].text, words[i].senses = "across", {"preposition": "across"}
        last = to + 2 + (texts[to + 2 : to + 3] in [[side] for side in _SIDES])
        return words[: i + 1] + words[i + 4 : to] + words[last:]
    return words


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


def in_rows(words: list[Word], exteriors: Mapping[tuple[str, ...], str]) -> list[Word]:
    """A row of shops or churches: as they are seen from the street."""
    for row, of, word in zip(words, words[1:], words[2:]):
        kind = exteriors.get(tuple(word.noun.split())) if row.text in ("row", "line") and of.text == "of" else None
        if kind is not None and word.plural:
            word.senses = {"prop": kind}
    return words
