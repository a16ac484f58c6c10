"""Verbs of a caption -> clauses: subjects before it, objects after it, turned round by a passive."""

from __future__ import annotations

from typing import Final

from .clauses import Clause, Lasting
from .lexicon import lexicon
from .mentions import Mention
from .noun_kinds import attributive
from .state import State

# Things within a verb phrase that are seen where it happens; others are in hand, such as the phone of a phone call.
_PLACED: Final = {
    "stairs",
    "chair",
    "bed",
    "sofa",
    "door",
    "window",
    "fence",
    "wall",
    "ladder",
    "escalator",
    "tree",
    "plant",
    "piano",
    "drums",
    "punching bag",
}
_NOT_PASSIVE: Final = {"walk", "run", "stand", "sit", "lie", "leave", "enter", "go", "fall", "sleep", "look"}

_EVENTS: Final = {"fight", "brawl", "argument", "quarrel", "duel", "collision", "scuffle", "conversation", "race"}
BEGIN: Final = ("start", "starts", "started", "begin", "begins", "began")
_AFRESH: Final = (*BEGIN, "before", "after")  # a form in -ing after it is an event of its own
_ENDED: Final = ("stop", "stops", "stopped", "ceases", "ends", "ended")
_LYING: Final = ("lie", "stand", "stretch", "rest", "remain", "stay", "sleep")
_ENDING: Final = (
    "stop",
    "vanish",
    "leave",
    "rise",
    "lift",
    "brighten",
    "clear",
    "run out",
)  # of weather: it stops, passes, lifts
_SAME_IN_PAST: Final = {"hit", "put", "cut", "let", "set", "shut", "hurt", "spread", "burst", "cast", "beat", "read",
                        "bet", "quit", "split", "come", "run", "be", "get"}  # fmt: skip
# What giving it is: an injection, a kick.
GIFTS: Final = {"hug": "hug", "kiss": "kiss", "injection": "inject", "shot": "inject", "vaccination": "inject",
                "haircut": "snip", "massage": "stroke", "push": "push", "kick": "kick", "bandage": "bandage",
                "shave": "shave", "speech": "talk", "wave": "wave", "bow": "bow", "slap": "slap"}  # fmt: skip
_LETTING: Final = ("let", "lets", "letting", "makes", "make", "made")
_SEEING: Final = ("watch", "see", "film", "notice", "spot", "observe")
_HEARING: Final = ("hear", "hears", "heard", "feel", "feels", "notices")
_PERCEIVED: Final = {"see", "watch", "make", "let", "help", "hear", "have", "look", "notice", "feel", "film"}


def read_verb(s: State, i: int) -> None:
    """The verb at i opens a clause, unless it is denied, or says how something is."""
    word = s.words[i]
    viewed, s.viewed = s.viewed, False
    if s.denies(i, "verb", word.senses.get("verb", "leave"), s.subjects):
        _not_done(s, i)
        return
    if word.determiner == "a" and s.clause is not None and s.clause.lemma == "give" and word.text in GIFTS:
        s.clause.verb = GIFTS[word.text]
        s.out.particles.add(i)
        return
    if word.text in ("shot", "shots") and word.determiner and not word.infinitive:  # saves the shot: of a ball
        s.out.unknown.append(word.text)
        return
    if _is_state(s, i) or _is_no_event(s, i, viewed):
        return
    if (let := _let(s, i)) is not None:  # lets it fall, watches the ball roll
        s.subjects, s.subjects_used, s.linked = [let], False, False
        if s.clause is not None and let in s.clause.objects and s.clause.verb != word.senses.get("verb"):
            s.clause.objects.remove(let) if s.clause.objects.count(let) > 1 else None
    elif _disagrees(s, i):
        s.out.unknown.append(word.text)
        return
    by = any(w.text == "by" for w in s.words[i + 1 : i + 3])
    participle = word.ending == "ed" and not word.auxiliary and by and s.at_word.get(i - 1) is not None
    passive = (word.ending == "ed" and word.auxiliary and word.lemma not in _NOT_PASSIVE) or participle
    loose = word.ending in ("ing", "ed") and not word.auxiliary and not s.linked
    nobody = s.at_word.get(i - 1) if loose and word.ending == "ing" else None  # with nobody standing on it
    if nobody is not None and not s.out.mentions[nobody].absent:
        nobody = None
    if nobody is not None or (s.subjects and all(s.out.mentions[k].absent for k in s.subjects)):  # nobody is hurt
        s.negated = True
        s.denies(i, "verb", word.senses.get("verb", "leave"))
        _not_done(s, i)
        return
    reduced = word.reduced and word.ending == "ed"  # a cat being bitten
    subjects = _subjects(s, i, reduced or (loose and (word.ending == "ing" or participle)))
    if s.out.clauses:
        if s.back:
            s.step -= 0.5
        elif not (s.together or (word.ending == "ing" and not word.auxiliary and s.words[i - 1].text not in _AFRESH)):
            s.step = max(c.step for c in s.out.clauses) + (0 if _accompanies(s, i, subjects) else 1)
    s.holding = loose and word.ending == "ing" and word.lemma in ("hold", "carry", "wield", "bring")
    _open_clause(s, i, subjects, passive)


def _accompanies(s: State, i: int, subjects: list[int]) -> bool:
    """True for who follows somebody on the way that was told of: a man carries a ladder, and a woman FOLLOWS him."""
    last = s.out.clauses[-1]
    then = any(sense == "after" for sense in s.sense[last.at : i])
    return s.words[i].lemma == "follow" and not then and bool(subjects) and not {*subjects} & {*last.subjects}


def _is_state(s: State, i: int) -> bool:
    """Whether the word says how something is, and notes that: the door is open, a parked car, a flooded street."""
    word = s.words[i]
    ends = i + 1 >= len(s.words) or s.words[i + 1].text in (*".,;", "and", "but", "while", "because")
    if word.text == "open" and word.auxiliary and ends and s.subjects:  # the door is open
        s.out.states.append(Lasting(i, "open", s.subjects[-1]))
    elif word.text == "open" and word.determiner and not word.infinitive:  # an open laptop
        s.adjectives.append(i)
    elif word.text == "open" and s.clause and s.clause.at == i - 1 and s.clause.verb in ("lie", "stand", "sit"):
        s.out.states.append(Lasting(i, "open", s.clause.subjects[-1] if s.clause.subjects else None))
    elif word.determiner and not word.infinitive and word.text in _EVENTS:
        _read_event(s, i)
    else:
        return False
    return True


def _is_no_event(s: State, i: int, viewed: bool) -> bool:
    """Whether nobody does what the word says: it belongs to an event before it, to the camera or to a noun."""
    word = s.words[i]
    if word.lemma == "break" and s.out.clauses and s.out.clauses[-1].event and not s.out.clauses[-1].obliques:
        s.out.particles |= {i, i + 1}  # a fight breaks out
    elif viewed and not s.subjects:  # the video shows, the screen turns, the camera follows
        pass
    elif word.senses.get("verb") == "flood" and word.ending == "ed" and i and s.sense[i - 1] == "place":
        s.out.states.append(Lasting(i, "flood", None))  # the street is flooded
    elif word.senses.get("verb") == "burn" and not s.subjects and i and s.sense[i - 1] == "place":
        s.out.states.append(Lasting(i, "burn", None))  # a forest burns
    elif not s.subjects and i and s.sense[i - 1] == "place" and not s.out.mentions:  # big waves hit the beach
        pass
    elif word.lemma in _LYING and not s.subjects and s.out.places and all(m.absent for m in s.out.mentions):
        s.out.particles.add(i)  # a village lies in the sun
    elif word.ending in ("ed", "ing") and not word.auxiliary and attributive(s.words, s.sense, i):
        s.adjectives.append(i)
    else:
        return False
    return True


def _open_clause(s: State, i: int, subjects: list[int], passive: bool) -> None:
    """The clause of the verb at i, which the words after it go to."""
    word = s.words[i]
    clause = Clause(word.senses.get("verb", "leave"), word.lemma or word.text, i, s.step)
    if word.lemma == "park" and word.ending == "ed" and (word.auxiliary or s.at_word.get(i - 1) is not None):
        clause.verb, passive = "stop", False  # cars parked on the street stand there
    clause.down = any("down" in p or "ground" in p for p in word.parts)
    clause.passive = passive
    clause.part, s.part = s.part, False
    clause.words = frozenset().union(*word.parts)
    if s.sky is not None and s.sky == i - 1 and s.words[s.sky].determiner:  # as THE RAIN stops
        subjects = []
    if not subjects and s.sky is not None:
        clause.weather = s.words[s.sky].senses["weather"]
        begun = {*BEGIN} & {word.text for word in s.words[s.sky : i]}
        clause.verb = "appear" if begun else "vanish" if clause.verb in _ENDING else clause.verb
        s.sky = None
    elif not subjects and clause.verb in _ENDING and i and s.words[i - 1].text == "it" and not s.out.mentions:
        fallen = [w.senses["weather"] for w, sense in zip(s.words[:i], s.sense) if sense == "weather"]
        if fallen:  # it rains, then it stops
            clause.weather, clause.verb = fallen[-1], "vanish"
    clause.objects, clause.subjects = (list(subjects), []) if passive else ([], list(subjects))
    before = s.words[i - 1] if i else word
    if before.text in ("tried", "trying", "failed", "try") and s.out.clauses:
        clause.step = s.out.clauses[-1].step
    if s.where is not None and s.out.mentions[s.where].group == "prop":
        clause.obliques.append(("at", s.where))
    s.where = None
    s.out.clauses.append(clause)
    _inner_noun(s, i, clause)
    s.clause, s.subjects_used, s.together, s.back = clause, True, False, False
    s.subjects, s.determiner = list(subjects), ""
    s.preposition, s.colours, s.count, s.linked = None, [], None, False


def _read_event(s: State, i: int) -> None:
    """A fight between two women: those after "between" do it, while others do what was told before."""
    word = s.words[i]
    clause = Clause(word.senses.get("verb", "talk"), word.lemma or word.text, i, s.step, event=True)
    clause.words = frozenset().union(*word.parts)
    s.out.clauses.append(clause)
    s.clause, s.subjects, s.subjects_used, s.preposition = clause, [], True, None


def name_those_in_events(s: State) -> None:
    """The ones between whom something is are those who do it."""
    for clause in s.out.clauses:
        among = [k for p, k in clause.obliques if p in ("between", "among", "of", "with")] if clause.event else []
        if among:
            clause.subjects = among
            clause.obliques = [(p, k) for p, k in clause.obliques if k not in among]


def read_change(s: State, i: int) -> None:
    """It starts to rain; after the rain: weather that begins or is over is an event of its own."""
    weather = s.words[i].senses["weather"]
    before = [word.text for word in s.words[max(0, i - 2) : i]]
    after = before[-1:] == ["after"]
    if before and before[-1] in _ENDED and s.words[i].text.endswith("ing"):  # it stops snowing
        if s.out.clauses and s.out.clauses[-1].at == i - 1 and not s.out.clauses[-1].subjects:
            s.out.clauses.pop()  # it stops
        s.out.particles.add(i - 1)
        step = max((c.step for c in s.out.clauses), default=-1.0) + (1 if not s.together else 0)
        s.out.clauses.append(Clause("vanish", "stop", i, step, weather=weather))
        s.clause, s.sky, s.together, s.subjects_used = s.out.clauses[-1], None, False, True
        return
    if not after and not (before and before[-1] in ("to", *BEGIN) and {*before} & {*BEGIN}):
        return
    step = max((c.step for c in s.out.clauses), default=-1.0) + (1 if not s.together else 0)
    if after:
        step = min((c.step for c in s.out.clauses), default=0.5) - 0.5
    clause = Clause("vanish" if after else "appear", "begin", i, max(step, 0.0) if not after else step)
    clause.weather = weather
    s.out.clauses.append(clause)
    s.sky = None
    if not after:
        s.clause, s.together, s.subjects_used = clause, False, True


def begin_weather(s: State, i: int) -> None:
    """The rain starts: from then on it rains."""
    assert s.sky is not None
    step = max((c.step for c in s.out.clauses), default=-1.0) + (1 if not s.together else 0)
    clause = Clause("appear", "begin", i, max(step, 0.0), weather=s.words[s.sky].senses["weather"])
    s.out.clauses.append(clause)
    s.sense[i], s.words[i].senses["verb"] = "verb", "appear"
    s.clause, s.sky, s.together, s.subjects_used = clause, None, False, True


def _let(s: State, i: int) -> int | None:
    """Who is let, made or seen to do what the plain form at i says, or seen while it is done to them."""
    word = s.words[i]
    if (
        i < 2
        or (k := s.at_word.get(i - 1)) is None
        or s.words[i - 1].possessive
        or s.out.mentions[k].group == "unknown"
    ):
        return None
    before = next((w for w in reversed(s.words[: i - 1]) if not w.has("number", "colour")), s.words[i - 2])  # two cats
    seen = before.lemma in _SEEING or before.text in _HEARING
    if word.ending == "ed" and word.auxiliary:  # a cat being bitten
        return k if seen else None
    if word.ending or word.infinitive:
        return None
    return k if seen or before.text in _LETTING else None


def _disagrees(s: State, i: int) -> bool:
    """True for a plain form that its only subject, one person or thing, does not go with: the welder, in SPARKS FLY."""
    word = s.words[i]
    if word.ending or word.lemma in {"", *_SAME_IN_PAST} or len(s.subjects) != 1:
        return False
    if len(word.parts) > 1 and word.lemma.endswith("ly"):
        return False  # secretly follows
    begun = max((j for j in range(i) if s.words[j].text in ".;"), default=0)
    if any(w.infinitive or w.helped for w in s.words[begun : i + 1]) or word.auxiliary:
        return False
    if s.out.clauses and s.out.clauses[-1].words & _PERCEIVED:
        return False
    who = s.out.mentions[s.subjects[0]]
    at = [j for j, k in s.out.mention_at.items() if k == s.subjects[0]]
    one = (
        who.count == 1
        and who.group not in ("unknown", "substance")
        and who.text not in ("police", "staff", "traffic", "cattle")
        and not (who.group == "prop" and who.text.endswith("s") and not who.text.endswith("ss"))  # leaves fall
    )
    return one and not any(s.words[j].plural or s.words[j].has("crowd") for j in at)


def _inner_noun(s: State, i: int, clause: Clause) -> None:
    """The thing that a verb phrase names in itself: falls down stairs, knocks on the door."""
    for lemmas in s.words[i].parts[1:]:
        kinds = [kind for word in sorted(lemmas) if (kind := lexicon().phrases.get((word,), {}).get("prop"))]
        if kinds and kinds[0] in _PLACED and not any(m.kind == kinds[0] for m in s.out.mentions):
            s.out.mentions.append(Mention("prop", kinds[0], text=" ".join(sorted(lemmas)[:1]), inner=True))
            k = len(s.out.mentions) - 1
            resting = clause.verb in ("sit", "lie", "sleep")
            way = "on" if resting else "from" if clause.words & {"fall", "tumble", "off", "down"} else "at"
            clause.obliques.append((way, k))


def _not_done(s: State, i: int) -> None:
    """What does not happen takes its objects along, so that they are nobody's subjects."""
    for lemmas in s.words[i].parts[1:]:  # the ball that is not caught lies there
        kind = next((k for w in sorted(lemmas) if (k := lexicon().phrases.get((w,), {}).get("prop"))), None)
        if kind is not None and not any(m.kind == kind for m in s.out.mentions):
            s.out.mentions.append(Mention("prop", kind, text=" ".join(sorted(lemmas)[:1])))
    if s.words[i].ending != "ing":
        s.clause = Clause(s.words[i].senses.get("verb", "leave"), s.words[i].lemma, i, s.step, list(s.subjects))
        s.subjects_used = True
    s.preposition, s.linked = None, False


def _subjects(s: State, i: int, participle: bool) -> list[int]:
    if participle and (k := s.at_word.get(i - 1)) is not None:
        ridden = s.out.mentions[k].group in ("vehicle", "prop") and s.words[i].lemma in (
            "ride",
            "hold",
            "carry",
        )
        if not ridden:
            return [k]
    return s.subjects


def comes_down(s: State, i: int) -> int | None:
    """Where "starts" and "starts to fall" end; None where something else begins."""
    if i + 1 >= len(s.words) or s.words[i + 1].text != "to":
        return i + 1
    falls = i + 2 < len(s.words) and s.words[i + 2].text in ("fall", "pour", "pour down", "come down", "fall down")
    return i + 3 if falls else None
