"""Verbs that mean another one by what they are done to: cuts a plank is sawing, presses a button is no push.

Reads a Reading whose clauses are complete; changes the verb of a clause by the tables of handwork.json.
"""

from __future__ import annotations

from functools import cache

from svta.generation.storyboard.drawn_tables import handwork

from ...clauses import Clause, Denial, Reading
from ...mentions import Mention
from ...verbs import GIFTS
from .context import as_the_sentence_has_it
from .doers import by_what_they_are
from .loads import by_loads
from .nature import (
    blown_over,
    burning_verb,
    from_danger,
    hat_off,
    in_the_night_sky,
    in_the_weather,
    splash,
    unroofed,
)
from .tools import by_tools

_HUNG = {"lamp": "chandelier", "night lamp": "chandelier", "rope": "hanging rope", "chain": "hanging rope"}
# What things are without a part of theirs, or without doing what they do.
_PARTLESS = {"scarecrow": {"hat": "bare scarecrow"}, "fountain": {"run": "dry fountain", "work": "dry fountain",
             "flow": "dry fountain", "spray": "dry fountain"}}  # fmt: skip
_BALLS = {"ball", "soccer ball", "basketball", "tennis ball", "can", "stone", "bottle", "water bottle", "beach ball",
          "beer bottle", "tin can", "shoe", "volleyball"}  # fmt: skip  # what a kick sends off
_CLEARED = {"pile of snow", "snow", "rubble", "leaves", "pile of sand", "pile of earth", "pile of gravel", "branch"}
_CRAMMING = ("squeeze", "push", "press", "cram", "pile", "crowd", "jam", "shove", "pack", "rush", "stream", "pour")
_SWIMMERS = ("swimmer", "swimmers")
_WATERS = ("swimming pool", "lake", "river", "sea")
RUNNERS = ("jogger", "runner", "sprinter", "joggers", "runners", "athlete", "athletes", "sprinters", "marathon runners")
_PARTING = ("part", "make", "move", "step", "clear", "open", "stand", "split", "give")
_SERVED = ("eat", "cook", "give", "serve")
_GROOMED = {
    "snip": (("cut", "trim", "clip"), {"hair", "fringe"}),
    "tie": (("tie", "lace"), {"shoe", "shoes", "shoelaces"}),
}
_BATHING = {"bath": "sit", "shower": "shower"}
# What is drunk, by what is seen of it.
DRINKS = {"wine": "wine glass", "red wine": "wine glass", "champagne": "wine glass", "juice": "juice glass",
           "orange juice": "juice glass", "water": "glass", "whisky": "glass", "lemonade": "glass"}  # fmt: skip
_SPILT: dict[str, str | None] = {"milk bottle": "white", "teacup": "brown", "wine glass": "red", "carton box": "orange",
                                 "soup": "orange", "water bottle": None}  # fmt: skip
_DOCTORS = ("doctor", "doctors", "nurse", "nurses", "vet", "veterinarian", "physician", "paramedic", "medic")
_BANDS = ("band", "orchestra", "musician", "musicians", "street musician", "busker", "rock band")
# What welders do is welding: work on a pipe, join two beams, make sparks, start working.
_WELDING = ("type", "repair", "grind", "work", "walk", "put", "assemble", "build", "cut metal", "saw", "tighten")
_WELDED = ("work", "join", "fix", "repair", "mend", "make", "send", "cut", "connect", "attach", "fuse", "seal", "throw",
           "produce", "assemble")  # fmt: skip
_MOUNTED = {"bicycle", "motorcycle", "scooter", "moped"}
_ON = ("on", "at", "against", "with", "off", "out", "in")


def refine(reading: Reading) -> None:
    """Give each clause the verb that its object makes of it."""
    if any(denial.name in ("book", "newspaper") for denial in reading.denials):
        for mention in reading.mentions:
            mention.kind = "open shelf" if mention.kind in ("bookshelf", "shelf") else mention.kind
    _as_denied(reading)
    as_the_sentence_has_it(reading)
    by_tools(reading)
    for clause in reading.clauses:
        by_loads(reading, clause)
        splash(reading, clause)
        limping = {state.mention for state in reading.states if state.verb == "limp"}
        clause.verb = "limp" if clause.verb == "walk" and limping.intersection(clause.subjects) else clause.verb
        done_to = [reading.mentions[k] for k in clause.objects]
        done_to += [reading.mentions[k] for preposition, k in clause.obliques if preposition in _ON]
        _things_at_home(reading, clause, done_to)
        kinds = {mention.kind for mention in done_to} | {
            mention.group.upper() for mention in done_to if mention.group == "animal"
        }
        people = any(reading.mentions[k].group == "person" for k in clause.objects)
        _at_home(reading, clause, done_to, people)
        if (burning := burning_verb(reading, clause)) is not None:
            clause.verb = burning
            continue
        if clause.lemma == "take" and "stairs" in kinds and clause.objects and not clause.passive:
            clause.verb, clause.objects = "walk", []
            clause.obliques = [("up", k) for k, m in enumerate(reading.mentions) if m.kind == "stairs"]
            clause.words |= {"up"}
        if clause.verb == "knock" and any(p in ("off", "from", "onto") for p, _ in clause.obliques):
            clause.verb = "push"  # knocks a glass off a table
        by_what_they_are(reading, clause)
        _for_others(reading, clause)
        _by_things(clause, kinds)
        if clause.verb == "stop" and kinds & {"ramp", "hill"} and clause.words & {"up", "down"}:
            clause.verb = "drive"  # drives up a ramp
        unroofed(reading, clause)
        for rule in (_make_way, in_the_weather, hat_off, blown_over, from_danger, in_the_night_sky):
            rule(reading, clause)
        clause.verb = "swim" if _swims(reading, clause) else "hold back" if _held(reading, clause) else clause.verb
        if clause.lemma in ("push", "squeeze", "shove", "force", "fight", "elbow") and not clause.objects and any(
            p in ("through", "against") and reading.mentions[k].count > 2 for p, k in clause.obliques
        ):  # fmt: skip
            clause.verb = "walk"  # pushes his way through a crowd
        if clause.lemma in _CRAMMING and not clause.objects and _leads_into(reading, clause):
            clause.verb = "enter"  # squeezes into a train
        if clause.verb == "speed up" and any(reading.mentions[k].group == "person" for k in clause.subjects):
            clause.verb = "run" if any(reading.mentions[k].text in RUNNERS for k in clause.subjects) else "walk"
        if clause.lemma in ("help", "assist") and any(reading.mentions[k].prone for k in clause.objects):
            clause.verb = "kneel"  # beside who lies there
        if clause.lemma == "knock" and clause.down and people:
            clause.verb = "push"  # knocks somebody to the ground
        if clause.lemma == "kick" and clause.verb == "kick" and kinds & _BALLS:
            clause.verb = "kick ball"
        if clause.verb == "clear" and kinds & _CLEARED:
            clause.verb = "dig"
        if clause.lemma == "break" and clause.verb == "stop" and clause.objects:
            clause.verb = "smash"  # breaks down a door
        for k in clause.subjects if clause.lemma in ("flash", "blink", "shine", "glow") else ():
            if reading.mentions[k].kind == "traffic light" and not any(m.group == "vehicle" for m in reading.mentions):
                reading.mentions[k].kind = "warning light"
                reading.mentions[k].colour = reading.mentions[k].colour or "red"
        if any(reading.mentions[k].kind == "traffic light" for k in clause.subjects):
            after = reading.words[clause.at + 1 : clause.at + 4]
            clause.verb = "close" if any(w.senses.get("colour") == "red" for w in after) else clause.verb
        for k in clause.subjects if clause.lemma == "hang" else ():
            reading.mentions[k].kind = _HUNG.get(reading.mentions[k].kind, reading.mentions[k].kind)
        if clause.lemma == "hang" and clause.objects and not clause.passive:
            clause.verb = "dangle" if "from" in clause.words else "put"  # from a crane; a coat on a hook
        if clause.lemma == "give" and (gift := _gift(reading, clause)) is not None:
            clause.verb = gift
            continue
        if clause.lemma in _WELDED and clause.verb in _WELDING and _is_welder(reading, clause):
            clause.verb = "weld"
        work = handwork().get(clause.verb, {})
        if people and "people" in work:
            clause.verb = work["people"]
        elif not people and _by_hand(reading, clause) and (verb := _verb(clause, kinds)) is not None:
            knife = any(m.held and m.kind in ("knife", "kitchen knife") for m in reading.mentions)
            clause.verb = "cut" if verb == "snip" and knife else verb


def _by_things(clause: Clause, kinds: set[str]) -> None:
    """Shines a torch, answers a phone, mounts a horse, jumps on a scooter."""
    lit = clause.verb == "brighten" or clause.lemma in ("shine", "aim", "flash")
    if lit and kinds & {"phone", "flashlight"}:
        clause.verb = "show"
    elif clause.lemma == "answer" and "phone" in kinds:
        clause.verb = "phone"
    onto = clause.verb == "leap at" and clause.lemma in ("jump", "hop", "leap") and kinds & _MOUNTED
    if onto or (clause.lemma == "mount" and kinds & {*_MOUNTED, "horse", "donkey", "camel"}):
        clause.verb = "enter"


def _as_denied(reading: Reading) -> None:
    """Trees that have no leaves are bare; who reaches for a cookie and does not get it takes none."""
    _without_trying(reading)
    for mention in reading.mentions:
        for without, kind in _PARTLESS.get(mention.kind, {}).items():
            if any(without in (d.name, d.text) for d in reading.denials):
                mention.kind = kind
    if any(denial.name == "leaves" for denial in reading.denials):
        for mention in reading.mentions:
            mention.kind = "bare tree" if mention.kind == "tree" else mention.kind
    if any(d.group == "verb" and d.name == "burn" for d in reading.denials):
        for mention in reading.mentions:
            mention.kind = "cold candle" if mention.kind == "candle" else mention.kind
    for denial in reading.denials:  # a bus that never comes
        came = {denial.text, reading.words[denial.at].lemma} & {"come", "arrive", "appear", "show up"}
        for k in denial.subjects if denial.group == "verb" and came else ():
            waits = any(c.lemma == "wait" or (c.lemma == "look" and ("for", k) in c.obliques) for c in reading.clauses)
            reading.mentions[k].absent = reading.mentions[k].absent or waits
    for clause in [c for c in reading.clauses if c.at + 1 < len(reading.words)]:
        nothing = all(reading.mentions[k].kind == "anything" for k in clause.objects)
        if reading.words[clause.at + 1].text == "nothing" and nothing and clause.verb == "catch":  # catches nothing
            reading.clauses.remove(clause)
            word = reading.words[clause.at]
            reading.denials.append(Denial(clause.at, "verb", clause.verb, word.text, tuple(clause.subjects)))
            reading.particles.add(clause.at + 1)
    missed = any(d.group == "verb" and d.text in ("get", "reach", "take", "grab", "catch") for d in reading.denials)
    for clause in reading.clauses if missed else ():
        clause.verb = "point" if clause.lemma == "reach" else clause.verb


def _for_others(reading: Reading, clause: Clause) -> None:
    """Brings a plate to the one who eats then; helps somebody who fell before onto the feet."""
    if clause.lemma in ("bring", "serve") and not clause.obliques and clause.objects:
        diner = next((k for c in reading.clauses if c.verb in ("eat", "drink", "pay") and c.step > clause.step
                      for k in c.subjects if k not in clause.subjects), None)  # fmt: skip
        if diner is not None:
            clause.verb, clause.obliques = "give", [("to", diner)]
            clause.words |= {"bring"}
    people = any(reading.mentions[k].group == "person" for k in clause.objects)
    helps = clause.lemma in ("help", "assist") and people and not clause.obliques
    if helps and (clause.step > 0 or "up" in clause.words) and clause is reading.clauses[-1]:
        clause.verb = "kneel"


def _without_trying(reading: Reading) -> None:
    """Who struggles to hold an umbrella holds it."""
    for first in [c for c in reading.clauses if c.lemma in ("struggle", "manage", "attempt")]:
        then = next((c for c in reading.clauses if c.at == first.at + 2 and c.subjects == first.subjects), None)
        if then is not None and reading.words[first.at + 1].text == "to":
            then.step = first.step
            reading.clauses.remove(first)
            reading.particles.add(first.at + 1)


def _make_way(reading: Reading, clause: Clause) -> None:
    """Those who part or step aside, and for whom: for a police car, to let an ambulance through."""
    many = any(reading.mentions[k].count > 2 for k in clause.subjects)
    aside = clause.lemma == "part" or clause.words & {"way", "aside", "apart", "room"}
    if not many or not aside or clause.lemma not in _PARTING:
        return
    clause.words |= {"make way"}
    texts = [word.text for word in reading.words]
    let = next((i for i in range(clause.at, len(texts)) if texts[i] in ("let", "allow")), None)
    if let is None:
        return
    led = next((k for i, k in sorted(reading.mention_at.items()) if i > let), None)
    reading.particles |= {
        i for i in range(let, len(texts)) if texts[i] in ("let", "through", "pass", "by", "allow", "to")
    }
    if led is not None:
        clause.obliques = [(p, k) for p, k in clause.obliques if k != led] + [("for", led)]
        reading.clauses = [c for c in reading.clauses if c is clause or led not in c.subjects or c.at < let]


def _leads_into(reading: Reading, clause: Clause) -> bool:
    """True where the way ends in a vehicle, a building or a place."""
    ways = ("into", "onto", "inside", "aboard")
    if not all(reading.mentions[k].group == "person" for k in clause.subjects):
        return False
    return any(p in ways for p, _ in (*clause.obliques, *clause.grounds)) or bool({*ways} & clause.words)


def _things_at_home(reading: Reading, clause: Clause, done_to: list[Mention]) -> None:
    """What is washed, drummed on or drunk is another thing than the word alone says."""
    for mention in done_to:
        if mention.text == "dishes" and clause.verb not in _SERVED:
            mention.kind = "dishes"  # plates, not what is on them
        if mention.text in ("drum", "drums") and clause.lemma in ("play", "beat"):
            mention.kind = "drums"
        mention.count = 1 if mention.kind == "salt shaker" else mention.count  # some salt
    _sup(reading, clause)
    for k in clause.objects if clause.lemma in ("mop", "wipe", "clean") and "up" in clause.words else ():
        mention = reading.mentions[k]
        if mention.kind in _SPILT:  # of spilled milk no bottle is left
            mention.kind, mention.colour = "puddle", _SPILT[mention.kind]
    if clause.lemma == "swing" and any(mention.kind == "swing" for mention in done_to):
        clause.verb = "sit"


def _at_home(reading: Reading, clause: Clause, done_to: list[Mention], people: bool) -> None:
    """Takes a bath, feeds somebody, moves a chair: what a verb is with its object."""
    said = {word.text for word in reading.words[clause.at + 1 : clause.at + 6]}
    if groomed := next((verb for verb, (verbs, of) in _GROOMED.items() if clause.lemma in verbs and of & said), None):
        clause.verb, owners = groomed, [k for p, k in clause.obliques if p == "of"]
        clause.objects = owners or [k for k in clause.objects if k not in clause.subjects]
        clause.obliques = [(p, k) for p, k in clause.obliques if k not in owners]
    if clause.lemma == "feed" and people:
        clause.verb = "spoon feed"
    if clause.lemma in ("take", "have") and len(done_to) == 1 and done_to[0].text in _BATHING:
        clause.verb = _BATHING[done_to[0].text]
    over = [k for p, k in clause.obliques if p == "over"] + (clause.objects if "over" in clause.words else [])
    if clause.verb == "kneel" and clause.lemma == "bend" and over:
        clause.verb = "stoop"
    if clause.lemma == "examine" and people:
        clause.verb = "listen"
    elif clause.verb == "listen" and not any(reading.mentions[k].text in _DOCTORS for k in clause.subjects):
        clause.verb = "look"  # no stethoscope
    if clause.lemma == "move" and done_to and not clause.obliques and _by_hand(reading, clause) and all(
        mention.group == "prop" for mention in done_to
    ):  # fmt: skip
        clause.verb = "push"
    if clause.verb == "play" and not done_to and any(reading.mentions[k].text in _BANDS for k in clause.subjects):
        clause.verb = "strum"


def _sup(reading: Reading, clause: Clause) -> None:
    """Wine is drunk from a wine glass, juice and water from a glass."""
    for k in clause.objects if clause.lemma in ("drink", "spill") else ():
        mention = reading.mentions[k]
        if mention.text in DRINKS and not any(p in ("from", "out") for p, _ in clause.obliques):
            mention.group, mention.kind = "prop", DRINKS[mention.text]


def _by_hand(reading: Reading, clause: Clause) -> bool:
    """False where no person does it: a tornado fells trees."""
    return all(reading.mentions[k].group == "person" for k in clause.subjects)


def _is_welder(reading: Reading, clause: Clause) -> bool:
    return bool(clause.subjects) and all(
        reading.mentions[k].text in ("welder", "welders") or reading.mentions[k].kind == "robot arm"
        for k in clause.subjects
    )


def _gift(reading: Reading, clause: Clause) -> str | None:
    """What giving a hug, a kick or an injection is."""
    for k in clause.objects:
        if (verb := GIFTS.get(reading.mentions[k].text)) is not None:
            clause.objects.remove(k)
            at = next((i for i, j in reading.mention_at.items() if j == k), None)
            if at is not None:
                reading.particles.add(at)
                del reading.mention_at[at]
            reading.mentions[k].absent = True
            return verb
    return None


def _verb(clause: Clause, kinds: set[str]) -> str | None:
    found = [verb for verb, objects in _by_lemma().get(clause.lemma, ()) if kinds & objects]
    return found[0] if found else None


@cache
def _by_lemma() -> dict[str, list[tuple[str, frozenset[str]]]]:
    table: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for verb, work in handwork().items():
        for lemma in filter(None, work.get("lemmas", "").split(", ")):
            table.setdefault(lemma.split()[0], []).append((verb, frozenset(work["objects"].split(", "))))
    return table


def _swims(reading: Reading, clause: Clause) -> bool:
    """True for a swimmer who crosses the pool."""
    swimmers = clause.subjects and all(reading.mentions[k].text in _SWIMMERS for k in clause.subjects)
    return bool(swimmers) and clause.verb in ("walk", "run") and reading.place in _WATERS


def _held(reading: Reading, clause: Clause) -> bool:
    """True for police officers who hold or push back a crowd."""
    people = clause.objects and all(reading.mentions[k].group == "person" for k in clause.objects)
    many = any(reading.mentions[k].count > 1 for k in clause.objects)
    said = {*clause.words, *(w.text for w in reading.words[clause.at + 1 : clause.at + 2])}
    said |= {*reading.words[clause.at].text.split()}
    held = bool(people) and many and "back" in said and clause.lemma in ("hold", "keep", "push", "force", "press")
    reading.particles |= {clause.at + 1} if held and reading.words[clause.at + 1].text == "back" else set()
    return held
