"""Pronouns, and some of those who were named: "one ... the other", "another", "the others", "the rest", "it", "they".

Reads the State at such a word; divides the mention that it is a part of, so that each part does what it does by itself.
Also what a colour says of one who was named: the van is white, the light turns red.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .lexicon import Word, lexicon
from .mentions import Mention
from .state import State
from .word_senses import HEADS

_ALIVE: Final = ("person", "animal", "vehicle")
_VESSELS: Final = ("bottle", "glass", "cup", "mug", "teacup", "jug", "can", "milk bottle", "carton box", "water bottle",
                   "teapot", "thermos", "wine glass", "jam jar", "kettle", "pot", "saucepan", "bucket", "barrel",
                   "oil drum", "tank", "jerrycan", "flour bag", "bag", "paper bag", "cement bag", "box", "jar",
                   "paint can", "test tube", "pills", "papers", "yarn", "candy", "chocolate")  # fmt: skip
_CONTENTS: Final = ("carton box", "milk bottle", "can", "teacup", "jam jar", "soup", "paint can", "water bottle",
                    "salt shaker", "flour bag", "pills", "popcorn", "chocolate", "candy", "ketchup", "soap", "butter",
                    "paper", "sheet of paper", "detergent", "toothpaste", "wine glass", "meal", "yarn", "cement bag",
                    "money")  # fmt: skip
_PICTURES: Final = ("picture", "drawing", "photo", "poster", "sketch", "portrait")
_FOR_THINGS: Final = ("open", "close", "lock", "read", "repair", "drop", "smash", "pour")  # what no animal suffers
_FALLING: Final = ("plunge", "fall", "roll", "topple", "slide down", "land", "float", "fly", "drop", "spill")
_BY_ANIMALS: Final = ("lie", "sleep", "nod off", "sit", "eat", "drink", "bite", "lick", "sniff", "scratch", "yawn",
                      "dig", "walk", "run", "jump", "climb", "swim", "wake", "stretch", "chase")  # fmt: skip
_DISHES: Final = ("bowl", "plate", "cup", "mug", "pot")  # of which the food is drawn with its dish
_SERVED: Final = ("soup", "salad", "pasta", "meal", "fried egg")


def read_one(s: State, i: int) -> bool:
    """ "one" without a noun: one of the group that was named last. False where no group was named."""
    k = _group(s)
    if k is None:
        return False
    one = _divided(s, k)
    if s.out.mentions[k].count == 1:  # of two, the one is the first and the other is the second
        k, one = one, k
    s.out.counts[i] = one
    s.rest = [k]
    _open(s, i, [one])
    return True


def read_another(s: State, i: int) -> None:
    """ "another" or "the other(s)" without a noun."""
    text = s.words[i].text
    things = [k for k, m in enumerate(s.out.mentions) if m.group == "prop" and not m.absent]
    if (
        text == "another" and s.preposition in ("to", "onto", "into", "from", "on") and things
    ):  # from one tree to another
        s.out.mentions.append(replace(s.out.mentions[things[-1]], text="another", counted=None))
        s.take([len(s.out.mentions) - 1], i)
        return
    if text == "another":
        _open(s, i, [_another(s)])
        return
    known = [k for k in s.rest or _apart_from_the_acting(s)]
    if not known:
        alive = [k for k in s.people() or range(len(s.out.mentions)) if s.out.mentions[k].group in _ALIVE]
        one = replace(s.out.mentions[alive[-1]]) if alive else Mention("person", "person")
        count = 3 if text in ("others", "the rest") else 1
        s.out.mentions.append(replace(one, count=count, text=text, counted=None, part_of=None, holds=None, held=False))
        known = [len(s.out.mentions) - 1]
    _open(s, i, known)


def _another(s: State) -> int:
    """One more: of a group that has some left, or one like the last one."""
    k = _group(s)
    if k is not None and (s.rest or s.out.mentions[k].count > 2):
        return _divided(s, k)
    people = [j for j, m in enumerate(s.out.mentions) if m.group in _ALIVE and not m.absent]
    like = s.out.mentions[people[-1]] if people else Mention("person", "person")
    s.out.mentions.append(
        Mention(like.group, like.kind, text="another", part_of=None if like.part_of is None else like.part_of)
    )
    return len(s.out.mentions) - 1


def _open(s: State, i: int, who: list[int]) -> None:
    s.linked = s.linked or s.clause is None
    s.take(who, i)


def _group(s: State) -> int | None:
    """Those of whom one is a part: the last mention of several."""
    if s.rest and s.out.mentions[s.rest[-1]].count > 1:
        return s.rest[-1]
    many = [k for k, m in enumerate(s.out.mentions) if m.count > 1 and not m.absent and m.group in (*_ALIVE, "prop")]
    return many[-1] if many else None


def _divided(s: State, k: int) -> int:
    """Takes one away from a group: from now on they are two mentions, and what the group did both have done."""
    group = s.out.mentions[k]
    whole = k if group.part_of is None else group.part_of
    s.out.mentions.append(replace(group, count=1, counted=None, part_of=whole))
    one = len(s.out.mentions) - 1
    group.count -= 1
    for clause in s.out.clauses:
        for members in (clause.subjects, clause.objects):
            if k in members:
                members.insert(members.index(k) + 1, one)
    return one


def _apart_from_the_acting(s: State) -> list[int]:
    """The one of two who does not do what is being told: the man pushes THE OTHER."""
    acting = s.clause.subjects if s.clause is not None and not s.linked else s.subjects
    kinds = {s.out.mentions[k].group for k in acting}
    return [k for k, m in enumerate(s.out.mentions) if k not in acting and m.group in kinds and not m.absent][-1:]


def read_it(s: State, i: int) -> int | None:
    """The thing that "it" takes up: what was last acted on, else what acted, else where that was; never itself."""
    own = s.clause.subjects if s.clause is not None and not s.linked else []
    told = s.out.clauses[:-1] if own and len(s.out.clauses) > 1 else s.out.clauses
    lifeless = own and s.clause is not None and s.clause.verb in _FOR_THINGS
    does = s.words[i + 1].senses.get("verb") if i + 1 < len(s.words) and s.sense[i + 1] == "verb" else None
    living = [k for k, m in enumerate(s.out.mentions) if m.group == "animal" and not m.absent]
    if does in _BY_ANIMALS and living:
        return living[-1]  # a cat drinks milk before it lies down
    for clause in reversed(told):
        places = [k for _, k in clause.obliques]
        moves = clause.verb in _FALLING and any(s.out.mentions[k].group == "prop" for k in clause.subjects)
        found = (*clause.subjects, *clause.objects) if moves else (*clause.objects, *clause.subjects)
        for k in (*found, *places):
            mention = s.out.mentions[k]
            if lifeless and mention.group == "animal":
                continue
            if k not in own and mention.group not in ("person", "unknown") and not mention.absent:
                return k
    return None


def read_contents(s: State, i: int, kind: str) -> int | None:
    """The bottle in "a bottle of milk", the soup in "a bowl of soup": one thing, not two; None where both are seen."""
    k = next((s.at_word[j] for j in (i - 2, i - 3) if j in s.at_word and s.words[j + 1].text == "of"), None)
    if s.preposition == "of" and k is not None and s.out.mentions[k].kind in _PICTURES:  # a picture of a house
        return k
    if s.preposition != "of" or i < 2 or (k := s.at_word.get(i - 2)) is None or s.words[i].determiner:
        return None
    holder = s.out.mentions[k]
    if holder.kind in _VESSELS and (kind in _CONTENTS or s.words[i].has("substance")):
        return k
    if holder.kind in _DISHES and kind in _SERVED:
        holder.kind = kind
        return k
    return None


def stands_alone(token: str, following: str, one: bool = False) -> bool:
    """True if no noun comes after "another" or "the other": another RUNS, hits the other AND. `one`: one was named."""
    table = lexicon()
    if token == "others" or not following.isalpha() or following in table.lists["prepositions"]:
        return True
    if following in ("and", "but", "or", "then", "while", "who", "that", "is", "are", "has"):
        return True
    if (token == "another" or one) and following in table.verbs and table.verbs[following][1] == "s":
        return True  # another runs: no plural follows it; one sits and the other stands
    verb = following in table.verbs and table.verbs[following][1] in ("s", "ed")
    return verb and following not in table.nouns and (following,) not in table.phrases


def tells_of_one(words: list[Word], marks: Word) -> bool:
    """True before "the other", if one was told of: one man sits and THE OTHER stands."""
    return marks.determiner == "the" and any(word.text == "one" for word in words)


def read_pronoun(s: State, i: int) -> None:
    text, people = s.words[i].text, s.people()
    things = [k for k, m in enumerate(s.out.mentions) if m.group != "person"]
    if text in ("who", "which", "that"):
        if (k := s.at_word.get(i - 1)) is None:
            k = len(s.out.mentions) - 1
        s.subjects, s.subjects_used = ([k] if k >= 0 else s.subjects), False
        s.linked = False
        return
    if text in ("each other", "one another", "himself", "herself", "themselves"):
        if s.clause is not None and text in ("each other", "one another"):
            by = s.preposition in ("past", "by") or s.clause.lemma == "pass" or "past" in s.words[s.clause.at].text
            s.clause.words |= {"each other", "past"} if by else {"each other"}
        return
    if text in ("another", "the other", "other", "others", "the rest"):
        read_another(s, i)
        return
    if text in ("he", "she") and not people and s.clause is None:  # he drops his keys: nobody was named before
        s.out.mentions.append(Mention("person", "man" if text == "he" else "woman", text=text))
        s.take([len(s.out.mentions) - 1], i)
    elif text == "it":
        thing = read_it(s, i)
        s.take([thing] if thing is not None else things[-1:], i) if things else None
    elif text in ("they", "them"):
        busy = s.clause.subjects if s.clause is not None and text == "them" else []
        many = [k for k, m in enumerate(s.out.mentions) if m.count > 1 and k not in busy and m.group != "unknown"]
        s.take(many[-1:] or people or things[-1:], i) if s.out.mentions else None
    elif people:
        busy = s.clause.subjects if s.clause is not None and not s.linked else []
        female = ("woman", "old woman", "girl")
        fits = [k for k in people if (s.out.mentions[k].kind in female) == (text in ("she", "her"))]
        others = [k for k in (fits or people) if k not in busy] or people
        last = s.out.clauses[-1] if s.out.clauses else None
        answered = last is not None and last.verb in ("talk", "give", "show") and i and s.words[i - 1].text == "and"
        told = [k for k in (last.objects if last is not None and answered else ()) if k in others]
        s.take(told[-1:] or (others[:1] if text in ("he", "she") else others[-1:]), i)


_SHINING: Final = ("flash", "blink", "glow", "shine")
_PAINTING: Final = ("paint", "dye", "spray", "colour", "color", "varnish", "repaint", "stain")


def coloured(s: State, i: int) -> bool:
    """An alarm light flashes red, somebody paints a wall green: the colour is of who does it, or of its object."""
    clause, colour = s.clause, s.words[i].senses["colour"]
    if clause is None:
        return False
    if clause.at == i - 1 and clause.lemma in _SHINING and clause.subjects:
        s.out.mentions[clause.subjects[-1]].colour = colour
        return True
    if clause.at == i - 1 and clause.lemma in _PAINTING and clause.obliques:  # a DOOR within the verb
        s.out.mentions[clause.obliques[-1][1]].colour = colour
        return True
    before = s.at_word.get(i - 1)
    last = i + 1 >= len(s.words) or s.sense[i + 1] not in (*HEADS, "colour")
    if clause.lemma in _PAINTING and before is not None and before in clause.objects and last:
        s.out.mentions[before].colour = colour
        return True
    return False


def name_traffic_light(s: State, colour: str) -> None:
    """The light that turns green is a traffic light."""
    assert s.clause is not None
    for k in s.clause.subjects if colour in ("red", "green", "yellow") else ():
        if s.out.mentions[k].kind == "lights":
            s.out.mentions[k] = replace(s.out.mentions[k], group="prop", kind="traffic light", text="traffic light")
            for i in (i for i, named in s.out.mention_at.items() if named == k):
                s.words[i].text = "traffic light"
        if s.out.mentions[k].kind == "traffic light" and colour == "red":
            s.clause.verb = "close"  # green before
