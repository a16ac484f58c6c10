"""Pronouns, and some of those who were named: "one ... the other", "another", "the others", "the rest", "it", "they".

Reads the State at such a word; divides the mention that it is a part of, so that each part does what it does by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from svta.generation.storyboard.scene import VEHICLES

from .clauses import Lasting, Reading
from .lexicon import Word, lexicon
from .mentions import Mention
from .state import State

_ALIVE: Final = ("person", "animal", "vehicle")
_VESSELS: Final = ("bottle", "glass", "cup", "mug", "teacup", "jug", "can", "milk bottle", "carton box", "water bottle",
                   "teapot", "thermos", "wine glass", "jam jar", "kettle", "pot", "saucepan", "bucket", "barrel",
                   "oil drum", "tank", "jerrycan", "flour bag", "bag", "paper bag", "cement bag", "box", "jar",
                   "paint can", "test tube", "pills", "papers", "yarn", "candy", "chocolate")  # fmt: skip
_CONTENTS: Final = ("carton box", "milk bottle", "can", "teacup", "jam jar", "soup", "paint can", "water bottle",
                    "salt shaker", "flour bag", "pills", "popcorn", "chocolate", "candy", "ketchup", "soap", "butter",
                    "paper", "sheet of paper", "detergent", "toothpaste", "wine glass", "meal", "yarn", "cement bag",
                    "money")  # fmt: skip
# What opens where its door or lid is opened: drawn open as a whole.
_OPENINGS: Final = {
    "door": ("oven", "fridge", "microwave", "washing machine", "dishwasher", "wardrobe", "cabinet", "safe", "locker",
             "cage", "furnace", "elevator"),
    "pot lid": ("treasure chest", "box", "trash can", "jewelry box", "toolbox", "piano", "suitcase"),
}  # fmt: skip
_RIDDEN: Final = ("bicycle", "motorcycle", "scooter", "wheelchair", "horse")
_PANES: Final = ("glass", "pane", "windowpane")
_CARTS: Final = ("pram", "shopping cart", "bicycle", "wheelbarrow", "sack truck", "cart of luggage")
_OPENING_WORDS: Final = ("door", "doors", "lid")
_FLAPS: Final = {"boot": "boot", "trunk": "boot", "tailgate": "boot", "liftgate": "boot", "bonnet": "bonnet",
                 "hood": "bonnet", "back": "boot", "rear": "boot"}  # fmt: skip  # of vehicles
_FOR_THINGS: Final = ("open", "close", "lock", "read", "repair", "drop", "smash", "pour")  # what no animal suffers
_FALLING: Final = ("plunge", "fall", "roll", "topple", "slide down", "land", "float", "fly", "drop", "spill")
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


def read_it(s: State) -> int | None:
    """The thing that "it" takes up: what was last acted on, else what acted, else where that was; never itself."""
    own = s.clause.subjects if s.clause is not None and not s.linked else []
    told = s.out.clauses[:-1] if own and len(s.out.clauses) > 1 else s.out.clauses
    lifeless = own and s.clause is not None and s.clause.verb in _FOR_THINGS
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


def join_doors(out: Reading) -> None:
    """The door of the fridge, opens the oven and shuts its door: what opens is the whole."""
    words = {k: out.words[i] for i, k in out.mention_at.items()}
    for k, door in enumerate(out.mentions):
        fits = _OPENINGS.get(door.kind, ()) if not door.absent else ()
        wholes = [j for j, m in enumerate(out.mentions) if m.kind in fits and not m.absent]
        own = k in words and words[k].determiner not in ("the", "its", "his", "her", "their")
        named = (k in words and words[k].text in _OPENING_WORDS) or door.inner
        if not wholes or own or not named:
            continue
        door.absent = True
        for clause in out.clauses:
            if clause.verb in ("lift", "pull", "grab") and k in clause.objects:  # lifts the lid of a chest
                clause.verb = "open"
            clause.subjects = _instead(clause.subjects, k, wholes[-1])
            clause.objects = _instead(clause.objects, k, wholes[-1])
            clause.obliques = [(p, wholes[-1] if n == k else n) for p, n in clause.obliques]
            whole = [n for p, n in clause.obliques if p in ("of", "at") and n == wholes[-1]]
            if clause.verb in ("open", "close") and not clause.objects and whole:
                clause.objects = whole[:1]
        for i in [i for i, n in out.mention_at.items() if n == k]:
            out.mention_at[i] = wholes[-1]


def push_along(out: Reading) -> None:
    """A woman with a stroller walks: she pushes it. Lights that go on are no walkers."""
    for clause in (c for c in out.clauses if c.lemma == "go" and "on" in c.words and len(c.subjects) == 1):
        if out.mentions[clause.subjects[0]].kind == "lights":
            clause.verb = "brighten"
    for clause in (c for c in out.clauses if c.verb == "give" and {"pass", "over"} <= c.words and c.subjects):
        if out.mentions[clause.subjects[0]].group == "vehicle":
            clause.verb = "drive"  # passes over a bridge
    for clause in (c for c in out.clauses if len(c.subjects) == 2 and out.mentions[c.subjects[1]].kind == "lights"):
        if out.mentions[clause.subjects[0]].group == "vehicle" and "with" in (word.text for word in out.words):
            clause.subjects = clause.subjects[:1]  # an ambulance with flashing lights
    for clause in (c for c in out.clauses if c.verb in ("walk", "run") and c.subjects):
        who = clause.subjects[0]
        mention = out.mentions[who]
        cart = next((k for k in clause.subjects[1:] if out.mentions[k].kind in _CARTS), None)
        if mention.holds in _CARTS:
            cart = next((k for k, m in enumerate(out.mentions) if m.kind == mention.holds), None)
        led = cart is not None and any(out.words[i - 1].text == "with" or out.words[i - 2].text == "with"
                                       for i, k in out.mention_at.items() if k == cart)  # fmt: skip
        if mention.group == "person" and cart is not None and led and not out.mentions[cart].absent:
            clause.verb, clause.subjects = "push", [k for k in clause.subjects if k != cart]
            way = next((text for text in ("up", "down", "past", "across", "over") if text in clause.words), "to")
            clause.obliques = [*clause.obliques, *((way, k) for k in clause.objects if k != cart)]
            clause.objects = [cart]
            mention.holds, out.mentions[cart].held = None, False


def _car_of_the_boot(out: Reading, texts: list[str]) -> None:
    """The trunk into which somebody puts a bag is that of a car, named or not."""
    if "trunk" not in texts or any(m.group in ("vehicle", "animal") or m.kind == "tree" for m in out.mentions):
        return
    at = texts.index("trunk")
    clause = next((c for c in reversed(out.clauses) if c.at < at), None)
    if clause is None or clause.verb not in ("put", "load", "grab", "open", "close", "hide", "throw"):
        return
    out.mentions.append(Mention("vehicle", "car", text="trunk"))
    out.mention_at[at], out.senses[at] = len(out.mentions) - 1, "vehicle"
    out.words[at].senses["vehicle"] = "car"
    if clause.verb in ("open", "close"):
        clause.objects = [*clause.objects, len(out.mentions) - 1]
    else:
        way = "from" if texts[at - 1] in ("of", "from") else "into"
        clause.obliques = [*clause.obliques, (way, len(out.mentions) - 1)]


def _into_the_boot(out: Reading, texts: list[str]) -> None:
    """Into the trunk OF a taxi is into the taxi; out of its trunk is out of it."""
    for at, k in out.mention_at.items():
        flaps = (j for j in range(max(0, at - 3), at) if _FLAPS.get(texts[j]) == "boot")
        part = next((j for j in flaps if texts[j + 1] == "of"), None)
        if part is None or out.mentions[k].group != "vehicle":
            continue
        led = texts[part - 1]
        for clause in out.clauses:
            if ("of", k) in clause.obliques and led in ("in", "into", "inside", "from", "of", "to"):
                way = "from" if led in ("from", "of") else "into"
                clause.obliques = [(way if pair == ("of", k) else pair[0], pair[1]) for pair in clause.obliques]
                clause.words |= {"boot"}


def join_panes(out: Reading) -> None:
    """The glass of the window that was named before it; the candles on a cake, which are drawn with it."""
    for i, k in list(out.mention_at.items()):
        part = out.mentions[k]
        wholes = ("window", "shop window") if part.text in _PANES else ("cake", "birthday cake")
        whole = next((j for j, m in enumerate(out.mentions) if m.kind in wholes and not m.absent), None)
        if whole is None or out.words[i].determiner != "the" or not (part.text in _PANES or part.kind == "candle"):
            continue
        if part.text in _PANES and whole > k:
            continue
        part.absent, out.mention_at[i] = True, whole
        out.mentions[whole].kind = "birthday cake" if part.kind == "candle" else out.mentions[whole].kind
        for clause in out.clauses:
            clause.subjects = _instead(clause.subjects, k, whole)
            clause.objects = _instead(clause.objects, k, whole)
            clause.obliques = [(p, whole if n == k else n) for p, n in clause.obliques]


def join_vehicle_doors(out: Reading) -> None:
    """The door, boot or bonnet of a car: what opens is the car, and which part of it the verb says."""
    texts = [word.text for word in out.words]
    _car_of_the_boot(out, texts)
    _into_the_boot(out, texts)
    cars = [k for k, m in enumerate(out.mentions) if m.group == "vehicle" and not m.absent and m.kind not in _RIDDEN]
    opening = [c for c in out.clauses if c.verb in ("open", "close") or "open" in c.words]
    for k, door in enumerate(out.mentions):
        parts = door.kind == "door" or door.kind in _FLAPS
        if door.absent or not parts:
            continue
        at = next((i for i, n in out.mention_at.items() if n == k), -1)
        named = next((text for text in door.text.split()[:-1] if text in VEHICLES), "")
        if named in VEHICLES and named not in _RIDDEN:
            if door.text.startswith("open "):
                out.states.append(Lasting(at, "open", k))
            door.group, door.kind, door.text, whole = "vehicle", named, named, k
        elif (before := out.mention_at.get(at - 1)) in cars and before is not None:  # an open car door
            whole, door.absent = before, True
            if texts[at - 1].startswith("open "):
                out.mentions[whole].kind = texts[at - 1].split()[1]
                out.states.append(Lasting(at - 1, "open", whole))
        elif (
            opening
            and cars
            and (door.inner or door.kind != "door" or texts[at + 1 : at + 2] == ["of"] or texts[at - 1] == "its")
        ):
            whole, door.absent = cars[-1], True
        else:
            continue
        cars.append(whole)
        for clause in out.clauses:
            clause.subjects = _instead(clause.subjects, k, whole)
            clause.objects = [n for n in _instead(clause.objects, k, whole) if n not in clause.subjects]
            part = k if whole != k else None  # swerves around a car door: around the car
            clause.obliques = [(p, n) for p, n in clause.obliques if n not in (part, *clause.subjects)]
    named_parts = [text for word in out.words for text in (*word.text.split()[:1], word.part) if text in _FLAPS
                   and (text not in ("back", "rear") or " " in word.text)]  # fmt: skip
    part = _FLAPS[named_parts[0]] if named_parts else ""
    for clause in [c for c in opening if c.verb == "open" and not c.subjects and not c.objects and cars and part]:
        out.clauses[:] = [c for c in out.clauses if c.at != clause.at - 1]  # the boot pops open
        clause.subjects, clause.step = cars[:1], 0.0
    for clause in opening:
        opened = clause.objects or [*clause.subjects, *(n for p, n in clause.obliques if p in ("of", "at"))]
        named_cars = [n for n in opened if n in cars]
        if not named_cars and not clause.objects and cars and {*texts[clause.at + 1 : clause.at + 2]} & {*_FLAPS}:
            named_cars = cars[-1:]  # gets out of a taxi and opens the trunk
        if not named_cars:
            continue
        clause.words |= {part} if part else set()
        if clause.verb != "close":
            clause.verb = f"open {part}" if part else "open"
        if not clause.objects and named_cars[0] not in clause.subjects:
            clause.objects = named_cars[:1]


def _instead(members: list[int], part: int, whole: int) -> list[int]:
    return list(dict.fromkeys(whole if k == part else k for k in members))


def read_contents(s: State, i: int, kind: str) -> int | None:
    """The bottle in "a bottle of milk", the soup in "a bowl of soup": one thing, not two; None where both are seen."""
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
            s.clause.words |= {"each other"}
        return
    if text in ("another", "the other", "other", "others", "the rest"):
        read_another(s, i)
        return
    if text in ("he", "she") and not people and s.clause is None:  # he drops his keys: nobody was named before
        s.out.mentions.append(Mention("person", "man" if text == "he" else "woman", text=text))
        s.take([len(s.out.mentions) - 1], i)
    elif text == "it":
        thing = read_it(s)
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
