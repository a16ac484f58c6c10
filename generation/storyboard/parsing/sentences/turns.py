"""What several events in a row leave out: whom a child follows, the car that a driver gets out of, the door by which
somebody leaves home, the bowl of a cat's milk, the verb of who comes "then". And what happens last though said first.

Changes the mentions and clauses of a Reading.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final

from svta.generation.storyboard.scene import MINORS

from ..clauses import Clause, Denial, Reading
from ..mentions import Mention
from ..state import State
from .verb_senses.handled_verbs import RUNNERS

_DRIVERS: Final = {"driver": "car", "motorist": "car", "taxi driver": "taxi", "bus driver": "bus",
                   "truck driver": "truck", "lorry driver": "truck", "van driver": "van"}  # fmt: skip
_AT_HOME: Final = frozenset(("put on", "take off", "put on coat", "take off coat", "brighten", "darken", "eat", "drink",
                             "sleep", "wake", "comb", "brush teeth", "tie shoes", "sit", "kiss", "hug"))  # fmt: skip
_HOMES: Final = ("house", "home", "apartment", "flat", "building")
_TEACHERS: Final = ("teacher", "pupil", "pupils", "headmaster", "monk", "priest", "butler", "waiter")
_ROOMS: Final = ("room", "living room", "corridor", "bedroom")
_STOPPING: Final = ("stop", "brake", "halt", "swerve", "slow", "duck", "dodge", "pull")
_BLOWS: Final = ("hit", "collide", "crash", "push", "kick", "punch")
_CATCHING: Final = ("catch", "grab", "save", "hold", "rescue")
_FALLS: Final = ("fall", "drop", "plunge", "topple", "break", "smash", "roll", "drown", "crash")
_ARRIVING: Final = ("come", "comes", "arrive", "arrives", "appear", "appears", "turn up", "show up", "shows up")
_LOOKING_ON: Final = ("cheer", "look", "clap", "applaud", "laugh")
_CROWD: Final = 6
_BOLTING: Final = ("bolt", "dash", "scamper", "scurry", "scuttle")
_MASSES: Final = ("milk", "water", "tea", "coffee", "juice", "beer", "wine", "soup", "bread", "cheese", "hay", "food",
                  "rice", "grass", "honey", "butter", "meat", "cream", "lemonade", "cereal", "salad", "cake",
                  "sugar", "salt", "flour", "paint", "sand")  # fmt: skip
_SPILLING: Final = ("glass", "cup", "mug", "teacup", "bottle", "jug", "bucket", "can", "carton box", "wine glass",
                    "milk bottle", "wine bottle", "water bottle", "paint can", "bowl", "vase")  # fmt: skip
_FILLED: Final = {("glass", "milk"): "milk glass", ("bottle", "wine"): "wine bottle", ("glass", "wine"): "wine glass"}
_RUNNING: Final = ("run", "flow", "spill", "pour", "spread", "drip", "stream", "trickle", "leak")
_THEN: Final = ("then", "and then", "after that")
_FIRST: Final = ("before", "after", "when", "while", "as", "until", "once")
_BOWLS: Final = ("bowl", "water bowl", "bowl of pet food")
_FOLLOWED: Final = ("jump", "climb", "enter", "leave", "dive", "swim", "slide down", "flee", "crawl")


def told_in_turn(out: Reading) -> None:
    """All of it, one reading after the other."""
    for mention in out.mentions:
        some = mention.counted is None or out.words[mention.counted].text in ("some", "any", "more")
        if mention.text in _MASSES and mention.count > 1 and some:
            mention.count = 1  # some milk
    for clause in out.clauses:
        living = [k for k in clause.subjects if out.mentions[k].group in ("person", "animal")]
        if clause.lemma in _BOLTING and living and not clause.objects:
            clause.verb = "flee" if out.mentions[living[0]].group == "animal" else "run"
        _from_a_bowl(out, clause)
        airy = [one for one in clause.obliques if out.mentions[one[1]].text == "air" and one[0] in ("into", "in")]
        if airy and clause.verb == "throw":  # throws a hat into the air
            clause.obliques = [one for one in clause.obliques if one not in airy]
            clause.words |= {"air"}
            out.particles |= {i for i, k in out.mention_at.items() if k in {j for _, j in airy}}
    for one, two in pairwise(sorted(out.clauses, key=lambda clause: clause.at)):
        if two.lemma == "follow" and not two.objects and not two.obliques and set(one.subjects) - set(two.subjects):
            two.objects = one.subjects[:1]  # a ball rolls away, and a child follows
        _leave_home(out, one, two)
        _runs_out(out, one, two)


def _cake_with_candles(out: Reading) -> None:
    """Blows out candles, then cuts the cake: they are on it."""
    candles = [k for k, m in enumerate(out.mentions) if m.kind == "candle" and not m.absent]
    cakes = [k for k, m in enumerate(out.mentions) if m.kind in ("cake", "birthday cake") and not m.absent]
    blown = any({*candles} & {*c.objects} and c.lemma == "blow" for c in out.clauses)
    if not candles or not cakes or not blown:
        return
    out.mentions[cakes[0]].kind = "birthday cake"
    for clause in out.clauses:
        clause.objects = list(dict.fromkeys(cakes[0] if k in candles else k for k in clause.objects))
        clause.obliques = [(p, k) for p, k in clause.obliques if k not in candles]
    out.mention_at = {i: cakes[0] if k in candles else k for i, k in out.mention_at.items()}
    for k in candles:
        out.mentions[k].absent = out.mentions[k].inner = True


def _cuffs_and_bells(out: Reading, clause: Clause) -> None:
    """Who puts handcuffs on somebody handcuffs them; a postman rings the bell of a house."""
    cuffs = [k for k in clause.objects if out.mentions[k].kind == "handcuffs"]
    on = [k for p, k in clause.obliques if p == "on" and out.mentions[k].group == "person"]
    if cuffs and on and clause.verb in ("put", "lay", "close"):
        clause.verb, clause.objects, clause.obliques = "handcuff", on, []
        for k in cuffs:
            out.mentions[k].inner = out.mentions[k].held = True
    bells = [k for k in clause.objects if out.mentions[k].text == "bell"]
    who = [out.mentions[k] for k in clause.subjects if out.mentions[k].group == "person"]
    at_school = out.place is not None or any(mention.text in _TEACHERS or mention.kind in MINORS for mention in who)
    if clause.lemma == "ring" and bells and who and not at_school:
        out.mentions[bells[0]].kind = "doorbell"


def cars_of_drivers(out: Reading) -> None:
    """Before the doors and boots of cars are looked for."""
    _cake_with_candles(out)
    _food_in_a_bowl(out)
    for clause in out.clauses:
        _out_of_the_car(out, clause)
        _cuffs_and_bells(out, clause)


def _food_in_a_bowl(out: Reading) -> None:
    """The food in the bowl of an animal: one thing, the bowl with the food in it."""
    animals = any(m.group == "animal" and not m.absent for m in out.mentions)
    for i, k in sorted(out.mention_at.items()) if animals else ():
        j = out.mention_at.get(i + 2, k)
        between = out.words[i + 1].text if i + 1 < len(out.words) else ""
        if out.mentions[k].text != "food" or between not in ("in", "from") or out.mentions[j].kind not in _BOWLS:
            continue
        out.mentions[k].kind = "bowl of pet food"
        for clause in out.clauses:
            clause.obliques = [(p, n) for p, n in clause.obliques if n != j]
        out.mention_at = {n: k if m == j else m for n, m in out.mention_at.items()}
        out.mentions[j].inner, out.mentions[j].absent = True, True


def _from_a_bowl(out: Reading, clause: Clause) -> None:
    """An animal drinks milk from a bowl; the bowl that is named is that one."""
    if not {clause.verb, clause.lemma} & {"drink", "lick", "lap"} or not clause.subjects:
        return
    if any(out.mentions[k].group != "animal" for k in clause.subjects):
        return
    for k in clause.objects:
        if out.mentions[k].kind == "milk bottle":
            clause.verb = "drink"
            out.mentions[k].kind = "bowl of milk"
            named = {j for _, j in clause.obliques if out.mentions[j].kind in ("water bowl", "bowl", "saucer", "plate")}
            clause.obliques = [(p, j) for p, j in clause.obliques if j not in named]
            for i, j in out.mention_at.items():
                out.mention_at[i] = k if j in named else j
            for j in named:
                out.mentions[j].inner, out.mentions[j].absent = True, True


def _out_of_the_car(out: Reading, clause: Clause) -> None:
    """A driver gets out: of a car."""
    who = next((out.mentions[k].text for k in clause.subjects if out.mentions[k].text in _DRIVERS), None)
    if who is None or clause.objects or clause.obliques or clause.grounds or clause.verb not in ("leave", "enter"):
        return
    if not clause.words & {"get", "climb", "step", "jump"}:
        return
    cars = [k for k, mention in enumerate(out.mentions) if mention.group == "vehicle" and not mention.absent]
    if not cars:
        out.mentions.append(Mention("vehicle", _DRIVERS[who], text=_DRIVERS[who], inner=True))
        cars = [len(out.mentions) - 1]
    clause.objects = cars[:1]


def _runs_out(out: Reading, one: Clause, two: Clause) -> None:
    """A glass tips over and the milk runs off the table: out of the glass, which stood on it."""
    vessels = [k for k in one.subjects if out.mentions[k].kind in _SPILLING]
    drinks = [k for k in two.subjects if out.mentions[k].text in _MASSES and k not in vessels]
    if (
        not vessels
        or not drinks
        or two.lemma not in _RUNNING
        or one.verb not in ("topple", "fall", "plunge", "roll over")
    ):
        return
    tables = [k for _, k in two.obliques if out.mentions[k].group == "prop"] + [
        k for k in two.objects if out.mentions[k].group == "prop" and k not in drinks]  # fmt: skip
    vessel = out.mentions[vessels[0]]
    vessel.kind = _FILLED.get((vessel.kind, out.mentions[drinks[0]].text), vessel.kind)
    for k in drinks:
        out.mentions[k].absent = out.mentions[k].inner = True
    out.mention_at = {i: vessels[0] if k in drinks else k for i, k in out.mention_at.items()}
    one.verb, two.verb, two.subjects, two.objects, two.obliques = "topple", "spill", vessels[:1], [], []
    if tables and not one.obliques:
        one.obliques.append(("on", tables[0]))


def _leave_home(out: Reading, one: Clause, two: Clause) -> None:
    """Who dresses and then leaves the house goes out by a door of the room."""
    houses = [k for k in two.objects if out.mentions[k].text in _HOMES]
    out_of_doors = two.verb == "leave" or (two.verb in ("walk", "run", "flee") and two.words & {"out", "outside"})
    goes = out_of_doors and one.subjects == two.subjects and one.verb in _AT_HOME
    if not goes or (two.objects and not houses) or out.place not in (None, *_ROOMS):
        return
    if not houses and (two.obliques or two.grounds):
        return
    if not houses:
        out.mentions.append(Mention("prop", "door", text="door", inner=True))
        houses = [len(out.mentions) - 1]
    out.mentions[houses[0]].group, out.mentions[houses[0]].kind = "prop", "door"
    two.verb, two.objects, out.place = "enter", houses[:1], out.place or "room"


def avert(out: Reading) -> None:
    """A car stops before it hits a man, a woman catches a vase before it falls: the second event does not happen."""
    for first, second in pairwise(sorted(out.clauses, key=lambda clause: clause.at)):
        if not any(word.text == "before" for word in out.words[first.at : second.at]):
            continue
        stopped = first.lemma in _STOPPING and second.verb in _BLOWS and {*first.subjects} & {*second.subjects}
        caught = first.lemma in _CATCHING and second.verb in _FALLS and {*first.objects} & {*second.subjects}
        if stopped or caught:
            out.clauses.remove(second)
            text = out.words[second.at].text
            out.denials.append(Denial(second.at, "verb", second.verb, text, tuple(second.subjects)))
    missed = [denial for denial in out.denials if denial.group == "verb" and denial.text in _ARRIVING]
    for clause in out.clauses if missed else ():
        for preposition, k in clause.obliques:  # waits for a bus that does not come
            if clause.words & {"wait"} and preposition == "for" and out.mentions[k].group == "vehicle":
                out.mentions[k].absent = True


def stand_back(out: Reading) -> None:
    """A crowd that looks on and cheers stands behind those whom it watches; a train passes a level crossing."""
    for clause in out.clauses:
        acting = {k for c in out.clauses if c is not clause for k in c.subjects} | {*clause.objects}
        watched = [k for k in acting if out.mentions[k].group == "person" and out.mentions[k].count == 1]
        for k in clause.subjects if clause.verb in _LOOKING_ON and watched else ():
            crowd = out.mentions[k]
            crowd.behind = crowd.group == "person" and crowd.count >= _CROWD and len(out.mentions) > 1
    for i, place in out.places.items():
        if place == "crossroads" and out.words[i].text in ("crossing", "crossings"):
            trains = any(mention.kind in ("train", "steam train") for mention in out.mentions)
            out.places[i] = "level crossing" if trains else place
            out.place = "level crossing" if trains and out.place == place else out.place


_FULL: Final = {"person": 42, "animal": 10, "vehicle": 6}  # of them fill a place


def fill_places(out: Reading) -> None:
    """Shoppers fill a market, pigeons a square: many of them are there, and pour nothing."""
    for clause in out.clauses:
        who = [out.mentions[k] for k in clause.subjects]
        alive = bool(who) and all(m.group in ("person", "animal", "vehicle") and m.count > 1 for m in who)
        things = any(out.mentions[k].group == "prop" for k in clause.objects)
        if clause.lemma in ("fill", "pack", "crowd") and alive and not things and out.places and not clause.obliques:
            running = all(m.text in RUNNERS for m in who)
            clause.verb, clause.objects = "run" if running else "stand", []
            for mention in who:
                told = mention.counted is not None
                mention.count = mention.count if told else max(mention.count, _FULL[mention.group])


def close_again(out: Reading) -> None:
    """A woman opens the fridge, takes out milk and closes IT: what was opened before."""
    for clause in out.clauses:
        named = any(clause.at < i < clause.at + 3 and out.words[i].text != "it" for i in out.mention_at)
        opened = next((c for c in out.clauses if c.verb == "open" and c.at < clause.at and c.objects), None)
        if clause.verb == "close" and opened is not None and not named and opened.subjects == clause.subjects:
            clause.objects = opened.objects[-1:]


def repeat_elided(s: State) -> None:
    """First a bus arrives, then a taxi: who comes after "then" does the same, if no verb follows."""
    at = next((i for i in range(len(s.words) - 1, 0, -1) if s.sense[i] == "after" and s.words[i].text in _THEN), None)
    if at is None or not s.out.clauses or s.out.clauses[-1].at > at:
        return
    named = [k for i, k in sorted(s.out.mention_at.items()) if i > at]
    last = s.out.clauses[-1]
    if len(named) != 1 or not last.subjects or named[0] in last.subjects:
        return
    noun = next(i for i, k in s.out.mention_at.items() if k == named[0] and i > at)
    if any(w.text.endswith(("s", "ed")) and not sense for w, sense in zip(s.words[noun + 1 :], s.sense[noun + 1 :])):
        return  # then the crowd groans, which nobody knows
    last.objects = [k for k in last.objects if k != named[0]]
    last.obliques = [(p, k) for p, k in last.obliques if k != named[0]]
    again = replace(last, at=at, step=last.step + 1, subjects=named, grounds=list(last.grounds))
    s.out.clauses.append(again)


def follow_suit(out: Reading) -> None:
    """A dog jumps over the fence, then a boy FOLLOWS: he does the same."""
    for last, clause in zip(out.clauses, out.clauses[1:]):
        bare = clause.lemma == "follow" and not (clause.objects or clause.obliques or clause.grounds)
        if bare and last.verb in _FOLLOWED and clause.step > last.step and {*clause.subjects}.isdisjoint(last.subjects):
            clause.verb, clause.lemma, clause.words = last.verb, last.lemma, clause.words | last.words
            clause.objects, clause.obliques = list(last.objects), list(last.obliques)
            clause.grounds = list(last.grounds)


def put_first_last(s: State) -> None:
    """Before the train arrives, a woman sits down: what is said first happens last."""
    end = s.front_end
    if not s.words or s.words[0].text != "before" or end is None:
        return
    first = [clause for clause in s.out.clauses if clause.at < end]
    others = [clause.step for clause in s.out.clauses if clause.at > end]
    for clause in first if others else ():
        clause.step += max(others) + 1


def named_later(out: Reading) -> None:
    """Before SHE crosses the street, A WOMAN looks: one person, told of by a pronoun first."""
    if not out.words or out.words[0].text not in _FIRST:
        return
    people = [k for k, m in enumerate(out.mentions) if m.group == "person" and not m.absent]
    if len(people) < 2 or out.mentions[people[0]].text not in ("he", "she"):
        return
    one, same = people[0], people[1]
    female = out.mentions[same].kind in ("woman", "old woman", "girl")
    neutral = out.mentions[same].kind not in ("woman", "old woman", "girl", "man", "old man", "boy")
    if out.mentions[same].count > 1 or (female != (out.mentions[one].text == "she") and not neutral):
        return

    def renamed(members: list[int]) -> list[int]:
        return list(dict.fromkeys(same if k == one else k for k in members))

    for clause in out.clauses:
        clause.subjects = renamed(clause.subjects)
        clause.objects = [k for k in renamed(clause.objects) if k not in clause.subjects]
        clause.obliques = [(p, same if k == one else k) for p, k in clause.obliques]
    out.mention_at = {i: same if k == one else k for i, k in out.mention_at.items()}
    out.mentions[one].absent = out.mentions[one].inner = True


def push_swings(out: Reading) -> None:
    """A father pushes his daughter on a swing: she sits on it, and he pushes the swing."""
    for clause in list(out.clauses):
        swing = next((k for p, k in clause.obliques if p == "on" and out.mentions[k].kind == "swing"), None)
        people = [k for k in clause.objects if out.mentions[k].group == "person"]
        if clause.verb != "push" or clause.passive or swing is None or not people or "down" in clause.words:
            continue
        sits = Clause("sit", "swing", clause.at, clause.step, subjects=people, obliques=[("on", swing)])
        clause.objects, clause.obliques = [swing], [(p, k) for p, k in clause.obliques if k != swing]
        out.clauses.insert(out.clauses.index(clause), sits)
