"""A review of descriptions in a real browser: proposals, moves, merges, notes, by keyboard; applied by the command."""

from __future__ import annotations

import json

import browser_pages
import pytest
from browser_pages import drawn

from svta.builder.record import Clip, make_key, read_clips, write_clips
from svta.builder.taxonomy import load_taxonomy
from svta.cli import main
from svta.eval.gallery.descriptions import Proposal, review_page

NASTY = "</script><script>document.title='taken'</script><img src=x onerror=alert(2)> & \u2028\u202e"


def clip(caption: str, **fields: object) -> Clip:
    return Clip(key=make_key("t", "1", caption), caption=caption, source="t", **fields)


CLIPS = [
    clip("A man falls.", category="drunkenness", is_anomaly=True),
    clip(f"A man walks. {NASTY}"),
    clip("A man runs."),
    clip("A dog barks."),
]
PROPOSED = {CLIPS[2].key: Proposal("cluster", 0.3, "running", "man, runs"), CLIPS[1].key: Proposal("chat", 0.5)}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("review") / "review.html"
    path.write_text(review_page(CLIPS, load_taxonomy(), PROPOSED, "Review of a.jsonl"))
    return path


def test_one_file_holds_everything_and_no_caption_breaks_out(file):
    text = file.read_text()
    assert "document.title='taken'</script>" not in text and "<img src=x" not in text
    assert "https://" not in text and "default-src 'none'" in text
    assert "<script src" not in text and '<link rel="stylesheet"' not in text


@pytest.fixture
def page(browser, file):
    with browser_pages.watched(browser, file) as opened:
        opened.wait_for_selector(".reviewed .card")
        yield opened


pytestmark = browser_pages.MARKS


def caption(page) -> str:
    return page.locator(".reviewed .caption").text_content()


def press(page, key: str) -> None:
    """A key, and wait until another clip is shown."""
    before = page.locator(".reviewed").inner_text()
    page.keyboard.press(key)
    page.wait_for_function("(text) => document.querySelector('.reviewed').innerText !== text", arg=before)


def save(page, path):
    with page.expect_download() as download:
        page.click("button.save")
    download.value.save_as(path)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_category_is_known_by_its_letters_alone(browser, tmp_path):
    taxonomy = load_taxonomy()
    road = taxonomy.categories[0].model_copy(update={"name": "Sturz_auf der STRAßE", "aliases": ["ΔΡΌΜΟΣ", "İzmir"]})
    other = taxonomy.model_copy(update={"categories": [road, *taxonomy.categories[1:3]]})
    (tmp_path / "r.html").write_text(review_page(CLIPS, other, {}, "Own"))
    with browser_pages.watched(browser, tmp_path / "r.html") as page:
        page.wait_for_selector(".reviewed .card")
        for name in ("constructor", "__proto__", "toString"):
            page.keyboard.press("m")
            page.keyboard.press("Control+a")
            page.keyboard.type(name)
            page.keyboard.press("Enter")
            assert page.locator("#status").inner_text() == f"no category {name}"
        for name in ("sturz  auf der straße", "δρόμος", "İZMIR"):
            page.keyboard.press("m")
            page.keyboard.press("Control+a")
            page.keyboard.type(name)
            before = caption(page)
            page.keyboard.press("Enter")
            page.wait_for_function(
                "(text) => document.querySelector('.reviewed .caption').textContent !== text", arg=before
            )
        found = save(page, tmp_path / "d.jsonl")
    assert [one["category"] for one in found] == [road.name] * 3


def test_those_without_a_category_come_first_and_the_keyboard_decides(page, tmp_path):
    assert page.locator("nav[aria-label=Pages] a").all_inner_texts() == ["Browse", "Statistics", "Review"]
    assert caption(page) == "A dog barks."  # nobody proposes anything
    page.keyboard.press("n")
    page.keyboard.type("no dogs here")
    page.keyboard.press("Enter")
    press(page, "r")
    assert caption(page) == "A man runs." and "proposed: running" in page.locator(".proposed").inner_text()
    press(page, "a")
    assert caption(page) == CLIPS[1].caption
    press(page, "s")
    assert caption(page) == "A man falls."
    press(page, "b")
    page.keyboard.press("m")
    page.keyboard.type("Strolling")  # an alias, in any case
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.count').textContent.startsWith('3 of 4 ')")
    page.reload()  # decisions stay
    page.wait_for_function("() => document.querySelector('.count').textContent.startsWith('3 of 4 ')")
    page.click(".taxonomy summary")
    for label, text in (
        ("Category to merge or rename", "drunkenness"),
        ("Merge into, or new name", "drunkenness"),
        ("Reason", "same"),
    ):
        page.fill(f"[aria-label='{label}']", text)
    page.click(".taxonomy button")
    assert "A known category" in page.locator("#status").inner_text()
    page.fill("[aria-label='Merge into, or new name']", "Fall")
    page.click(".taxonomy button")
    found = save(page, tmp_path / "decisions.jsonl")
    assert [one["action"] for one in found] == ["merge", "drop", "move", "move"]
    assert {one.get("category") for one in found if one["action"] == "move"} == {"running", "walking"}
    write_clips(tmp_path / "a.jsonl", CLIPS)
    files = ["--descriptions", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "b.jsonl")]
    with pytest.raises(SystemExit) as done:
        main(["review", "apply", str(tmp_path / "decisions.jsonl"), *files])
    assert done.value.code == 0
    kept = {one.caption: one.category for one in read_clips(tmp_path / "b.jsonl")}
    assert kept == {"A man falls.": "loss of balance or falls", "A man runs.": "running", CLIPS[1].caption: "walking"}
    (dropped,) = [json.loads(line) for line in (tmp_path / "b.rejected.jsonl").read_text().splitlines()]
    assert (dropped["caption"], dropped["detail"]) == ("A dog barks.", "no dogs here")


def test_undo_and_all_that_was_reviewed(page):
    press(page, "a")
    page.uncheck(".review input[type=checkbox]")
    page.wait_for_function("() => document.querySelector('.verdict:last-child').textContent !== ''")
    page.keyboard.press("b")
    page.keyboard.press("b")
    page.wait_for_function("() => document.querySelector('.reviewed .verdict:last-child').textContent === 'accepted'")
    page.keyboard.press("u")
    page.wait_for_function("() => document.querySelector('.count').textContent.startsWith('0 of 4 ')")


def test_filters_of_proposals(page):
    page.goto(f"{page.address}#/browse?f.proposal=running")
    drawn(page)
    assert page.locator(".browse .count").inner_text() == "1 of 4 clips"
    page.locator("nav[aria-label=Pages] a", has_text="Review").click()
    drawn(page)
    assert caption(page) == "A man runs."


def test_markup_is_text_and_axe_finds_nothing(browser, file):
    with browser_pages.watched(browser, file, strict=False) as page:
        page.wait_for_selector(".reviewed .card")
        assert page.title() == "Review of a.jsonl"
        assert browser_pages.serious_faults(page, "review") == []
        page.goto(f"{page.address}#/clip?clip={CLIPS[1].key}")
        drawn(page)
        assert page.locator(".clip h2").text_content() == CLIPS[1].caption
