"""Regular forms of English verbs and nouns: stop -> stops, stopped, stopping; box -> boxes."""

from __future__ import annotations

import re


def _doubled(verb: str) -> str:
    short = re.fullmatch(r"[^aeiou]*[aeiou][bdgklmnprtv]", verb) or re.fullmatch(r"[a-z]*qu[aeiou][tdp]", verb)
    return verb + verb[-1] if short else verb


def verb_forms(verb: str) -> dict[str, str]:
    """The regular forms of a verb -> their ending: {"stop": "", "stops": "s", "stopped": "ed", "stopping": "ing"}."""
    y = len(verb) > 2 and verb.endswith("y") and verb[-2] not in "aeiou"
    forms = {verb: "", (verb[:-1] + "ies" if y else verb + ("es" if _hisses(verb) else "s")): "s"}
    stem = verb[:-1] if verb.endswith("e") else verb
    for base in {_doubled(verb), stem}:
        forms[verb[:-1] + "ied" if y else base + "ed"] = "ed"
        forms[(verb if verb.endswith("ee") else base) + "ing"] = "ing"
    return forms


def _hisses(word: str) -> bool:
    return word.endswith(("s", "x", "z", "ch", "sh", "o"))


def plural_of(noun: str) -> str:
    """The regular plural of a noun."""
    if len(noun) > 2 and noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if _hisses(noun) and not noun.endswith("o") else "s")
