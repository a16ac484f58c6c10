"""lexicon.py: the forms of the verbs that english.json lists."""

from __future__ import annotations

import pytest

from svta.builder.minors.lexicon import BASE, PARTICIPLE, verb_forms


@pytest.mark.parametrize(
    ("entry", "base", "third", "participles", "ing"),
    [
        ("create", "create", "creates", ["created"], "creating"),
        ("slap+", "slap", "slaps", ["slapped"], "slapping"),
        ("bury", "bury", "buries", ["buried"], "burying"),
        ("play", "play", "plays", ["played"], "playing"),
        ("kick", "kick", "kicks", ["kicked"], "kicking"),
        *((verb, verb, f"{verb}es", [f"{verb}ed"], f"{verb}ing") for verb in ("punch", "push", "toss", "box", "waltz")),
        ("strike/struck", "strike", "strikes", ["struck"], "striking"),
        ("beat/beaten", "beat", "beats", ["beaten"], "beating"),
    ],
)
def test_the_forms_of_a_verb(entry: str, base: str, third: str, participles: list[str], ing: str) -> None:
    wanted = {base: BASE, third: 0, ing: 0, **dict.fromkeys(participles, PARTICIPLE)}
    assert verb_forms(entry) == wanted


def test_a_form_in_ing_that_is_listed_is_no_participle() -> None:
    assert verb_forms("tie/tied/tying") == {"tie": BASE, "ties": 0, "tiing": 0, "tied": PARTICIPLE, "tying": 0}
