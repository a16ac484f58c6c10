"""balance.py: counts by hand, leaks word for word, a page that no caption breaks out of."""

from __future__ import annotations

import pytest

from svta.builder.record import Clip, make_key
from svta.generation.annotation.balance import balance, leaks, page


def clip(caption, i=0, **fields):
    return Clip(key=make_key("t", str(i), caption), caption=caption, **fields)


CLIPS = [
    clip(
        "A man falls.", 0, category="fire", is_anomaly=True, source="a", source_split="train", group="v1", flags=("x",)
    ),
    clip("a man FALLS", 1, category="fire", is_anomaly=True, source="a", source_split="test", group="v1"),
    clip("Two dogs walk slowly along a long road.", 2, is_anomaly=False, source="b", group="v2"),
    clip("A man falls.", 3, source="b"),
]


def test_counts_by_hand():
    found = balance(CLIPS)
    assert (found["clips"], found["anomaly"], found["normal"], found["neither"]) == (4, 2, 1, 1)
    assert found["anomaly_to_normal"] == 2.0
    assert "paper_anomaly_to_normal" not in found and "paper" not in page(found, "mine")
    with_paper = balance(CLIPS, with_paper=True)
    assert with_paper["paper_anomaly_to_normal"] == 1.559 and "the paper has 1.56" in page(with_paper, "svta")
    assert found["by_category"] == {"(none)": 2, "fire": 2}
    assert found["by_source_split"] == {"b (none)": 2, "a test": 1, "a train": 1}
    assert found["by_flag"] == {"x": 1}
    assert found["groups"] == 3
    assert found["words"]["mean"] == 4.25
    assert found["words"]["longest"] == 8
    assert found["words"]["histogram"]["0 to 4"] == 3
    assert found["words"]["vocabulary"] == 10
    assert found["duplicates"]["both"] == {"rows_in_groups": 2, "repeats": 1}
    assert balance([])["words"]["mean"] is None


def test_leaks_are_told_word_for_word():
    test = [clip("A man falls!", 9, source_id="t1", group="v9"), clip("A cat sits.", 8, source_id="t2", group="v2")]
    found = leaks(CLIPS, test)
    assert (found["test_captions"], found["leaking"], found["same_video"]) == (2, 1, 1)
    assert found["rows"][0]["test"] == "t1"
    assert set(found["rows"][0]["keys"]) == {CLIPS[0].key, CLIPS[1].key, CLIPS[3].key}


def test_the_page_escapes_what_it_shows():
    nasty = "<script>alert(1)</script>"
    text = page(balance([clip(nasty, tag=nasty)], [clip(nasty, 1, source_id=nasty)]), nasty)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_every_count_has_its_plot():
    text = page(balance(CLIPS, [CLIPS[0]], with_paper=True), "t")
    for plot in ("Anomaly, normal", "Anomalies in a hundred", "Categories", "Sources<", "Sources and their splits"):
        assert f"<h2>{plot}" in text
    for plot in ("Tags", "Flags", "Words a caption", "Rows in groups", "Rows that keep-first", "Test captions"):
        assert f"<h2>{plot}" in text
    assert text.count("<svg") == 11
    assert "different words" in text


@pytest.mark.slow
def test_every_test_caption_of_ucfcrime_ar_leaks_into_the_papers_prompts(shared):
    from svta.builder.sources.registry import read_source

    captions = shared / "data/captions"
    uca = list(read_source("uca", str(captions / "uca"), on_reject=pytest.fail))
    ar = list(read_source("ucfcrime-ar", str(captions / "ucfcrime_ar"), on_reject=pytest.fail))
    test = [row for row in ar if row.source_split == "test"]
    assert leaks(uca + ar, test)["leaking"] == 290
    train = uca + [row for row in ar if row.source_split == "train"]
    assert leaks(train, test)["same_video"] == 286  # UCA left four of the videos out
    assert leaks(train, test)["leaking"] < 20
