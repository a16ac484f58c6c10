"""The page of an audit in a real browser from file://: two people by keyboard, blind to each other; their figures."""

from __future__ import annotations

import json
import re

import browser_pages
import pytest
from audit_world import CATEGORIES, clips_folder, records

from svta.eval.audit.audit import finish, prepare
from svta.eval.audit.config import AuditConfig
from svta.eval.audit.people import read_answers
from svta.eval.audit.result import FIDELITY
from svta.eval.gallery.audit_page import write_audit_page
from svta.eval.gallery.export import GalleryError

MARKS = browser_pages.MARKS
HOSTILE = "</script><script>document.title='taken'</script>"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = tmp_path_factory.mktemp("audit_page")
    clips = records(("red", "blue"))[:8]
    clips[3] = clips[3].replace(flags=("depicts_minor",), caption=f"{clips[3].caption}{HOSTILE}")
    prepared = prepare(AuditConfig(str(clips_folder(root / "clips", clips)), swapped=0.5), leaves=True)
    written = write_audit_page(prepared, root / "audit" / "page")
    assert written.items == 12 and not written.unreadable
    return prepared, written.folder


def test_nothing_on_the_page_tells_a_control(world) -> None:
    prepared, folder = world
    text = "".join(path.read_text() for path in sorted((folder / "data").glob("*.js")))
    assert not any(word in text for word in ("swapped", '"own"', *(clip.key for clip in prepared.source.clips)))
    assert HOSTILE not in text and "https://" not in text
    videos = {path.stem: path.read_bytes() for path in (folder / "media").glob("*.mp4")}
    assert set(videos) == {item.id for item in prepared.items} and len(set(videos.values())) == 8
    core = re.search(r'receive\("core",(.*)\);', (folder / "data" / "core.js").read_text())
    assert core is not None
    keys = json.loads(core[1])["keys"].split()
    assert keys == sorted(keys)  # the order says nothing of how they were drawn


def test_only_a_page_is_replaced(world, tmp_path) -> None:
    prepared, _ = world
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(GalleryError, match="the page of an audit"):
        write_audit_page(prepared, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.fixture
def window(browser, world):
    with browser_pages.watched(browser, world[1] / "index.html") as page:
        yield page


def begin(page, name: str) -> None:
    page.wait_for_selector("[aria-label='Your name']")
    page.fill("[aria-label='Your name']", name)
    page.keyboard.press("Enter")
    page.wait_for_selector(".reviewed .card")


def press(page, key: str) -> None:
    before = page.locator(".reviewed").inner_html()
    page.keyboard.press(key)
    page.wait_for_function("(html) => document.querySelector('.reviewed').innerHTML !== html", arg=before)


def rate_all(page, prepared, wrong: int) -> list[str]:
    """Everything by keyboard, as the colours are: 5 for what is shown, `wrong` for what is not; the order of clips."""
    kinds = {item.id: item for item in prepared.items}
    by_key = {clip.key: clip for clip in prepared.source.clips}
    order = []
    for _ in prepared.items:
        key = page.locator(".reviewed .card").get_attribute("data-key")
        order.append(key)
        shown = str(by_key[kinds[key].key].tag) in page.locator(".reviewed .caption").text_content().split()
        press(page, "5" if shown else str(wrong))
        press(page, "n")
        press(page, "4")
        last = len(order) == len(prepared.items)
        page.keyboard.press("5" if shown else str(wrong))
        done = f"() => document.querySelector('.count').textContent.startsWith('{len(order)} of ')"
        page.wait_for_function(done)
        if not last:
            page.wait_for_function("(key) => document.querySelector('.card').dataset.key !== key", arg=key)
    return order


def save(page, path):
    with page.expect_download() as download:
        page.click("button.save")
    download.value.save_as(path)
    return path


@pytest.mark.browser
class TestInABrowser:
    pytestmark = MARKS

    def test_two_people_rate_alone_and_their_files_make_the_figures(self, browser, window, world, tmp_path) -> None:
        prepared, _ = world
        begin(window, "Ann  B")
        assert window.title() == "Does the clip show its caption?"
        assert window.locator("nav[aria-label=Pages] a").all_inner_texts() == ["Rating"]
        first = rate_all(window, prepared, 1)
        files = [save(window, tmp_path / "ann.jsonl")]
        window.reload()
        begin(window, "bob")
        # the second person, in the same browser: nothing of the first is there, and the order is another one
        assert window.locator(".count").inner_text().startswith("0 of 12") and "Ann" not in window.content()
        second = rate_all(window, prepared, 2)
        files.append(save(window, tmp_path / "bob.jsonl"))
        assert sorted(first) == sorted(second) and first != second
        ratings = read_answers(files, prepared.sample)
        result = finish(prepared, ratings, tmp_path / "out")
        people = result.people
        assert people is not None and people.raters == {"Ann B": 12, "bob": 12}
        assert people.found_out.percent == 100.0 and people.rate.percent == 75.0
        ordinal = people.alpha[FIDELITY]["ordinal"]
        assert ordinal is not None and 0.5 < ordinal < 1  # 1 and 2 for the same clips
        assert people.means["action"] is None and people.means["attribute"] == 4.0
        assert (tmp_path / "out" / "metrics.json").exists()

    def test_back_skip_and_what_is_kept(self, window, world) -> None:
        begin(window, "carl")
        key = window.locator(".card").get_attribute("data-key")
        press(window, "3")
        press(window, "b")
        assert "3 about half" in window.locator(".axis").first.inner_text()
        press(window, "4")
        assert "4 most of it" in window.locator(".axis").first.inner_text()
        press(window, "s")
        assert window.locator(".card").get_attribute("data-key") != key
        window.reload()
        begin(window, "carl")
        assert window.locator(".card").get_attribute("data-key") == key
        assert "4 most of it" in window.locator(".axis").first.inner_text()

    def test_violence_and_minors_are_blurred_until_somebody_asks(self, window, world) -> None:
        prepared, _ = world
        begin(window, "dora")
        minors = {item.id for item in prepared.items if item.minor}
        violent = prepared.source.taxonomy.find(CATEGORIES[1])
        assert minors and violent is not None
        seen = set()
        for _ in prepared.items:
            key = window.locator(".card").get_attribute("data-key")
            if key in minors:
                assert "Depicts a minor" in window.locator(".blurred .reveal").inner_text()
                press(window, "v")
                assert window.locator(".blurred").count() == 0
                seen.add(key)
                assert HOSTILE in window.locator(".caption").text_content() or len(seen) > 1
            if seen == minors:
                break
            press(window, "s")
        assert seen == minors and window.title() != "taken"

    def test_axe_finds_nothing(self, browser, world) -> None:
        with browser_pages.watched(browser, world[1] / "index.html", strict=False) as page:
            assert browser_pages.serious_faults(page, "start") == []
            begin(page, "eve")
            assert browser_pages.serious_faults(page, "rating") == []
