"""The card's parts: what is the owner's stays, whoever edited it where; what follows from the data is svta's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svta.builder.card.card_parts import CardParts, card_record, keep_edits, merge_cards, read_card

FRONT = {"pretty_name": "Port", "language": ["en"], "license": "mit", "configs": [1], "tags": ["video"]}
CARD = CardParts(FRONT, "# Port\n\n12 clips")
RECORD = {"pretty_name": "Port", "language": ["en"], "tags": ["video"]}


def synced(card: CardParts) -> CardParts:
    """As it is after a push or a pull: the mark says so."""
    return read_card(replace(card, synced=None).text())


def test_a_card_is_read_back_part_by_part() -> None:
    card = replace(CARD, above="Above.", below="Below.\n\nMore.")
    again = read_card(card.text())
    assert (again.front, again.generated, again.above, again.below) == (
        FRONT,
        CARD.generated,
        "Above.",
        "Below.\n\nMore.",
    )
    assert again.synced == again.free_digest and read_card(again.text()) == again
    assert read_card(card.text().replace("\n", "\r\n")) == again  # as a browser may save it
    assert again.digest == CARD.digest != read_card(card.text().replace("12 clips", "13 clips")).digest
    plain = read_card("---\nlicense: mit\n---\n\n# By hand\n")
    assert plain.generated is None and plain.below == "# By hand"
    assert card_record(CARD) == {"sha256": CARD.digest, "data": CARD.data_digest, "front": RECORD}
    assert replace(CARD, front={**FRONT, "pretty_name": "Harbour"}).data_digest == CARD.data_digest
    assert replace(CARD, front={**FRONT, "license": "other"}).data_digest != CARD.data_digest


QUOTED = "<!-- generated: begin (0123456789abcdef). Written from the data. -->\nold\n<!-- generated: end -->"


@pytest.mark.parametrize(
    "above",
    [
        f"Marks:\n\n```html\n{QUOTED}\n```",
        f"~~~~\n```\n{QUOTED}\n~~~~\n\nThen `{QUOTED.splitlines()[0]}`.",
        f"```\n{QUOTED.splitlines()[0]}\n```\n\n```\n{QUOTED}\n```\n",
        f"A list:\n\n    {QUOTED}",
        "```\nno end of the block",
    ],
)
def test_marks_that_are_quoted_are_the_owners_words(above: str) -> None:
    card = replace(CARD, above=above.strip("\n"), below="" if "no end" in above else f"```\n{QUOTED}\n```")
    again = read_card(card.text())
    assert (again.generated, again.above, again.below) == (card.generated, card.above, card.below)
    assert read_card(again.text()) == again


def test_letters_of_the_yaml_stay_letters() -> None:
    text = "---\npretty_name: Accidents de télésiège\ntags:\n- sécurité\n- 雪\n---\n\nÀ propos.\n"
    card = read_card(text)
    assert card.text() == text and read_card(card.text()) == card
    assert read_card('---\npretty_name: "t\\xE9l\\xE9si\\xE8ge"\n---\n').front == {"pretty_name": "télésiège"}


@pytest.mark.parametrize("hidden", ["\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\x85---\x85license: mit"])
def test_what_ends_or_turns_a_line_is_written_as_its_number(hidden: str) -> None:
    front = {"pretty_name": f"é{hidden}b", "tags": [hidden]}
    text = CardParts(front, "x").text()
    assert read_card(text).front == front and hidden[0] not in text


def test_a_card_generated_anew_keeps_what_was_edited() -> None:
    edited = replace(synced(CARD), below="Mine.", front={**FRONT, "pretty_name": "Harbour", "tags": None, "new": 1})
    fresh = CardParts({**FRONT, "license": "other", "language": ["de"]}, "# Port\n\n20 clips")
    kept = keep_edits(fresh, edited, card_record(CARD))
    assert kept.below == "Mine." and kept.generated == "# Port\n\n20 clips"
    assert kept.front["pretty_name"] == "Harbour" and kept.front["new"] == 1 and "tags" not in kept.front
    assert kept.front["license"] == "other" and kept.front["language"] == ["de"]  # the data's, and not edited
    assert kept.synced == edited.synced


def edit(card: CardParts, words: str, name: str = "Port") -> CardParts:
    return replace(card, below=words, front={**card.front, "pretty_name": name})


BASE = synced(CARD)
HUB, HERE = edit(BASE, "On the Hub.", "Hub"), edit(BASE, "In the folder.", "Here")


@pytest.mark.parametrize(
    ("ours", "theirs", "below", "name"),
    [
        (BASE, BASE, "", "Port"),
        (BASE, HUB, "On the Hub.", "Hub"),
        (HERE, BASE, "In the folder.", "Here"),
        (HERE, HUB, "On the Hub.\n\nIn the folder.", "Here"),  # nothing that anybody wrote is lost
        (edit(synced(HUB), "Again."), HUB, "Again.", "Port"),  # pulled, then edited: the newer one
        (synced(HERE), edit(synced(HERE), "Later.", "Later"), "Later.", "Later"),  # pushed, then edited on the Hub
        (edit(BASE, "", "Port"), edit(synced(HUB), ""), "", "Port"),
    ],
)
def test_of_two_edited_cards_the_later_edit_counts(ours: CardParts, theirs: CardParts, below: str, name: str) -> None:
    theirs = replace(theirs, generated="other data", front={**theirs.front, "license": "gpl"})
    merged = merge_cards(ours, theirs, RECORD, RECORD)
    assert (merged.below, merged.front["pretty_name"]) == (below, name)
    assert merged.generated == CARD.generated and merged.front["license"] == "mit"


def test_a_new_title_of_the_project_and_an_edit_on_the_hub_both_count() -> None:
    ours = replace(BASE, front={**FRONT, "pretty_name": "New title"})
    merged = merge_cards(ours, edit(BASE, "On the Hub."), {**RECORD, "pretty_name": "New title"}, RECORD)
    assert merged.below == "On the Hub." and merged.front["pretty_name"] == "New title"
