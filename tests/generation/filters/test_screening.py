"""filters.py: every reject has a reason, every flag its sign, nothing is lost, violence is never a reason."""

from __future__ import annotations

import pytest

from svta.builder.record import Clip, make_key
from svta.generation.filters.duplicates import Duplicates, NearIndex, repeats, word_pairs
from svta.generation.filters.screening import fault, flags_of, screen


def clips(*captions, **fields):
    return [Clip(key=make_key("t", str(i), c), caption=c, **fields) for i, c in enumerate(captions)]


def run(items, **kwargs):
    rejects = []
    kept = list(screen(items, on_reject=rejects.append, **kwargs))
    assert len(kept) + len(rejects) == len(items)
    return kept, rejects


FAULTS = {
    "control_characters": "A man\x07 falls down the stairs.",
    "think_tag": "<think>They want a fall.</think> A man falls down.",
    "markdown": "**A man** falls down the stairs.",
    "refusal": "I'm sorry, but I can't help with descriptions of violence.",
    "language": "一名男子在楼梯上摔倒。",
    "too_short": "Falls.",
    "too_long": "A man walks " * 60,
    "not_a_caption": "Here are the next fifty prompts for throw",
    "several_sentences": "A man falls. A woman helps him up.",
}


@pytest.mark.parametrize(("reason", "caption"), FAULTS.items())
def test_every_fault_has_its_reason(reason, caption):
    assert fault(caption) == reason


@pytest.mark.parametrize(
    "caption",
    [
        "1. A man falls down the stairs.",
        "- A man falls down the stairs.",
        "As an AI language model I cannot describe this.",
        "Un hombre se cae por las escaleras de la estación y nadie le ayuda.",
        "Ein Mann fällt auf der Treppe hin und niemand hilft ihm dabei.",
        "Sure! Here are 50 prompts:",
    ],
)
def test_what_is_no_english_caption_is_refused(caption):
    assert fault(caption) is not None


@pytest.mark.parametrize(
    "caption",
    [
        "A man stabs another man in front of a bar at night.",
        "At 3 p.m. a car hits Mr. Brown's fence.",
        "A man falls.",
        "Two dogs fight over a bone; a woman screams.",
        "A café guest slips on the wet floor.",
    ],
)
def test_good_captions_pass_violence_included(caption):
    assert fault(caption) is None


def test_a_persons_caption_is_flagged_not_refused():
    kept, rejects = run(
        clips("A man hits a woman. She falls.", "Falls", "A \u202eman\u202c waits", "A\u200b man waits here")
    )
    assert not rejects
    assert [c.flags for c in kept] == [("violence",), (), ("bidi",), ("invisible_characters",)]


def test_minors_are_flagged_and_sexual_content_is_always_refused():
    items = clips("A child falls off a chair.", "A woman slaps a child.", "A naked child runs.")
    kept, rejects = run(items)
    assert [c.flags for c in kept] == [("depicts_minor",), ("depicts_minor", "violence", "text_only")]
    assert [r["reason"] for r in rejects] == ["minor_sexual"]
    pytest.importorskip("rensa")
    kept, rejects = run(items, written_by="chat")
    assert [r["reason"] for r in rejects] == ["minor_violence", "minor_sexual"]


def test_a_category_that_is_text_only_counts():
    kept, _ = run(clips("A child stands there.", category="abuse", is_anomaly=True))
    assert kept[0].flags == ("depicts_minor", "text_only")


def test_repeats_are_flagged_and_rejected_only_with_dedup():
    items = clips("A man falls.", "a  MAN falls.", "A man falls", "A man runs.")
    kept, rejects = run(items)
    assert [c.flags for c in kept] == [(), ("duplicate",), (), ()]
    kept, rejects = run(items, dedup=True)
    assert [c.caption for c in kept] == ["A man falls.", "A man falls", "A man runs."]
    assert [(r["reason"], r["of"], r["key"]) for r in rejects] == [("duplicate", items[0].key, items[1].key)]


LONG = (
    "A man in a red jacket throws a glass bottle from the third floor balcony onto a parked silver car "
    "in the street below at night"
)


def test_near_duplicates_of_a_chat_model_are_rejected_and_name_the_first():
    pytest.importorskip("rensa")
    items = clips(LONG + ".", LONG.replace("silver", "grey") + "!", "A man throws a cup.", "1 A man throws a cup .")
    kept, rejects = run(items, written_by="chat")
    assert [c.caption for c in kept] == [items[0].caption, items[2].caption, items[3].caption]
    assert [(r["reason"], r["of"]) for r in rejects] == [("near_duplicate", items[0].key)]
    different = clips("A man in a red coat throws a cup.", "A man in a blue coat throws a cup.")
    assert len(run(different, written_by="chat")[0]) == 2


def test_near_index_measures_what_the_sketch_proposes():
    pytest.importorskip("rensa")
    index = NearIndex(threshold=0.99)
    assert index.add("a", LONG) is None
    assert index.add("b", LONG.replace("silver", "grey")) is None
    assert index.add("c", LONG.upper() + " !") == "a"
    pairs, others = word_pairs(LONG), word_pairs(LONG.replace("silver", "grey"))
    assert 0.84 < len(pairs & others) / len(pairs | others) < 0.95


def test_dedup_is_the_same_in_any_run():
    pytest.importorskip("rensa")
    captions = [LONG.replace("silver", colour).replace("red", other) for colour in "abcdef" for other in "uvwxyz"]
    runs = [[r["of"] for r in run(clips(*captions), written_by="chat")[1]] for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0]


def test_duplicates_remember_the_first():
    seen = Duplicates()
    assert seen.first_of("k1", "A man") is None
    assert seen.first_of("k2", " a MAN ") == ("duplicate", "k1")
    assert seen.first_of("k1", "A man") is None


def test_names_of_people_are_flagged():
    assert "names_person" in flags_of("A woman looks like Taylor Smith on stage.")
    assert "names_person" in flags_of("Mr. Brown opens the door.")
    assert "names_person" not in flags_of("An African American man opens the door.")


def test_counts_by_half():
    items = [
        *clips("a b c", "a b c", "d e f", is_anomaly=False),
        *(Clip(key=f"x{i}", caption=c, is_anomaly=True) for i, c in enumerate(("A b C", "g h i", "g h i", "g h i"))),
    ]
    assert repeats(items) == {
        "normal": {"rows_in_groups": 2, "repeats": 1},
        "anomaly": {"rows_in_groups": 3, "repeats": 2},
        "both": {"rows_in_groups": 6, "repeats": 4},
    }


@pytest.mark.slow
def test_the_real_files_repeat_as_measured(shared):
    from svta.builder.sources.registry import read_source

    rows = [
        clip
        for name, path in (("uca", "uca"), ("ucfcrime-ar", "ucfcrime_ar"))
        for clip in read_source(name, str(shared / "data/captions" / path), on_reject=print)
    ]
    assert repeats(rows) == {
        "normal": {"rows_in_groups": 1055, "repeats": 708},
        "anomaly": {"rows_in_groups": 334, "repeats": 196},
        "both": {"rows_in_groups": 1429, "repeats": 930},
    }
    _, rejects = run(rows, dedup=True)
    assert [r["reason"] for r in rejects].count("duplicate") == 930
    assert {r["reason"] for r in rejects} == {"duplicate", "minor_sexual"}


def test_a_near_duplicate_of_two_names_the_first():
    pytest.importorskip("rensa")
    index, second = NearIndex(threshold=0.7), LONG.replace("silver", "grey").replace("red", "blue")
    assert [index.add("a", LONG), index.add("b", second.replace("glass", "milk"))] == [None, None]
    assert index.add("c", LONG.replace("silver", "grey")) == "a"  # .86 alike to the first, .74 to the second


def test_a_rejected_caption_is_no_first_of_a_repeat():
    pytest.importorskip("rensa")
    text = "A child stands there quietly."
    items = [Clip(key="a", caption=text, category="abuse"), Clip(key="b", caption=text), Clip(key="c", caption=text)]
    kept, rejects = run(items, written_by="chat")
    assert [clip.key for clip in kept] == ["b"]
    assert [(row["reason"], row.get("of")) for row in rejects] == [("minor_violence", None), ("duplicate", "b")]


def test_the_gravest_reason_is_named_and_flags_of_the_row_stay():
    refused = run(clips("A naked child runs."), refuse=("depicts_minor",))[1]
    assert [row["reason"] for row in refused] == ["minor_sexual"]
    assert run(clips("A child runs."), refuse=("depicts_minor",))[1][0]["reason"] == "depicts_minor"
    kept = run(clips("A child runs.", flags=("tiny", "depicts_minor")))[0]
    assert kept[0].flags == ("tiny", "depicts_minor")


def test_a_language_that_captions_may_be_in_is_none_of_another() -> None:
    french, german = "Un skieur tombe sur la piste et ne se relève pas.", "Ein Mann fällt in der Nacht aus seinem Bett."
    assert fault(french) == fault(german, languages=("fr",)) == "language"
    assert fault(french, languages=("fr",)) is None and fault(french, languages=("en", "fr-CA")) is None
    assert fault("A man falls on the slope.", languages=("fr",)) is None
    assert "language" in flags_of(german, languages=("fr",)) and "language" not in flags_of(german, languages=("de",))
