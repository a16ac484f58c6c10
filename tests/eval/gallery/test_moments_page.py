"""The page of moments in a real browser: counts and spans are Python's, a click plays, ten hours stay smooth."""

from __future__ import annotations

import json

import browser_pages
import pytest
from browser_pages import drawn
from moments_site import MARKUP, PREDICTED, SECONDS, TRUTH, make_index, make_moments_run, make_streams

from svta.eval.gallery import GalleryConfig, export_gallery
from svta.eval.moments.event_matching import temporal_iou
from svta.eval.search.page import clock

pytestmark = browser_pages.MARKS
QUERIES = list(TRUTH)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("moments")
    streams = make_streams(root / "streams")
    run, index = make_moments_run(streams, root / "run"), make_index(streams, root)
    export_gallery(None, root / "site", GalleryConfig(title="Streets"), runs=[run], streams=streams, indexes=[index])
    return root / "site/index.html"


@pytest.fixture
def page(browser, site):
    with browser_pages.watched(browser, site) as opened:
        yield opened


def at(page, address: str):
    page.goto(f"{page.address}#/{address}")
    drawn(page)
    return page


def table(page, kind: str) -> list[list[str]]:
    rows = page.locator(f"table.{kind} tbody tr")
    return rows.evaluate_all("(all) => all.map((row) => [...row.children].map((cell) => cell.textContent))")


def test_a_site_of_recordings_opens_on_them(page):
    page.wait_for_selector(".moments h2")
    assert page.locator("nav[aria-label=Pages] a").all_inner_texts() == ["Moments"]
    total = page.locator(".total").inner_text()
    assert total == f"3 recordings of {clock(sum(SECONDS.values()))}; 3 queries, 1 without a moment; 3 true moments."
    assert [row[:3] for row in table(page, "queries")] == [
        [query, "arson" if "red" in query else "walking", str(sum(map(len, found.values())))]
        for query, found in TRUTH.items()
    ]
    names = page.locator(".recording").evaluate_all("(all) => all.map((one) => one.dataset.recording)")
    assert names == list(SECONDS)


@pytest.mark.parametrize("name", ["browse", "statistics", "review", "clip?clip=x"])
def test_pages_of_clips_that_are_none_lead_to_the_recordings(page, name):
    assert at(page, name).locator("h2").first.inner_text() == "Moments"


def test_a_search_of_queries(page):
    page.wait_for_selector(".moments input")
    page.fill(".moments input[type=search]", "GREEN some")
    assert [row[0] for row in table(page, "queries")] == ["something green"]


@pytest.mark.parametrize("number", [0, 1])
def test_hits_of_a_query_and_their_overlap(page, number):
    at(page, f"moments?q={number}")
    query = QUERIES[number]
    wanted = []
    rows = [(name, *row) for (text, name), found in PREDICTED.items() if text == query for row in found]
    for rank, (name, start, end, score) in enumerate(sorted(rows, key=lambda row: -row[-1]), 1):
        best = max((temporal_iou((start, end), one) for one in TRUTH[query][name]), default=0.0)
        said = "none" if not best else f"IoU {best:.2f}" + (", right" if best >= 0.5 else "")
        wanted.append([str(rank), f"{name} {clock(start)} to {clock(end)}", f"{score:.3f}", said])
    mine = [row[1:] for row in table(page, "hits") if row[0].startswith("locator")]
    assert mine == wanted
    spans = [f"{name} {clock(s)} to {clock(e)}" for name, found in TRUTH[query].items() for s, e in found]
    assert [row[0] for row in table(page, "truth")] == spans


def test_a_click_on_a_span_plays_from_there_and_back_returns(page):
    at(page, "moments?q=0")
    page.locator("table.truth a").first.click()
    drawn(page)
    assert page.locator("h2").inner_text() == "north.mp4"
    playing = "() => { const video = document.querySelector('video'); return video.currentTime > 20 && !video.paused; }"
    page.wait_for_function(playing, timeout=20_000)
    assert page.evaluate("() => document.querySelector('video').currentTime") < 30
    page.go_back()
    drawn(page)
    assert page.locator("h2").inner_text() == "something red"


def test_a_click_on_the_timeline_and_its_keys_move_the_video(page):
    at(page, "moments?video=north.mp4")
    page.wait_for_function("() => document.querySelector('video').readyState >= 1", timeout=20_000)
    line = page.locator(".timeline")
    box = line.bounding_box()
    line.click(position={"x": 92 + (box["width"] - 92) * 0.75, "y": 8})
    page.wait_for_function("() => document.querySelector('video').currentTime >= 47.5", timeout=20_000)
    assert abs(float(line.get_attribute("aria-valuenow")) - 48) <= 3
    line.press("Home")
    page.wait_for_function("() => document.querySelector('video').currentTime < 5", timeout=20_000)


def test_a_click_on_a_timeline_of_the_list_opens_that_time(page):
    page.wait_for_selector(".recording .timeline")
    line = page.locator(".recording .timeline").first
    box = line.bounding_box()
    line.click(position={"x": 92 + (box["width"] - 92) * 0.5, "y": 8})
    page.wait_for_function("() => location.hash.includes('video=north.mp4')")
    drawn(page)
    seconds = float(page.evaluate("() => new URLSearchParams(location.hash.split('?')[1]).get('t')"))
    assert seconds == pytest.approx(32, abs=0.5)


def test_what_is_drawn_lies_where_the_truth_is(page):
    """Pixels of the lane of truth are coloured from second 20 to 24 of 64, and nowhere else."""
    at(page, "moments?q=0&video=north.mp4")
    page.wait_for_timeout(300)
    shares = page.evaluate("""() => {
      const canvas = document.querySelector('.timeline canvas'), pen = canvas.getContext('2d');
      const y = 46 + 4 + 8, row = pen.getImageData(92, y, canvas.width - 92, 1).data, base = row.slice(0, 3).join();
      const on = [];
      for (let x = 0; x < row.length / 4; x++) if (row.slice(4 * x, 4 * x + 3).join() !== base) on.push(x);
      return [on[0] / (row.length / 4), (on.at(-1) + 1) / (row.length / 4), on.length / (on.at(-1) + 1 - on[0])]; }""")
    assert shares == pytest.approx([20 / 64, 24 / 64, 1], abs=0.005)


def test_markup_is_shown_as_text(page):
    at(page, "moments?q=2")
    assert page.locator("h2").text_content() == QUERIES[2]
    at(page, "moments?q=0")
    assert MARKUP in page.locator("table.hits").text_content()
    at(page, "moments?video=%3Cb%3Enone")
    assert page.locator(".moments p").inner_text() == "<b>none"
    assert page.title() == "Streets" and page.locator("main img").count() == 0


def test_ten_hours_of_many_events_zoom_and_move_smoothly(browser, tmp_path):
    """1,200 events and 4,096 columns of scores at phone width are drawn anew within a frame."""
    folder = tmp_path / "streams"
    (folder / "videos").mkdir(parents=True)
    lines = [
        {"qid": i, "query": f"query {i % 40}", "vid": "long.mp4", "duration": 36_000.0,
         "relevant_windows": [[30.0 * i, 30.0 * i + 12]], "is_anomaly": i % 2 == 0}
        for i in range(1200)
    ]  # fmt: skip
    (folder / "moments.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    export_gallery(None, tmp_path / "long", GalleryConfig(), streams=folder)
    viewport = {"width": 390, "height": 844}
    with browser_pages.watched(browser, tmp_path / "long/index.html", viewport=viewport) as page:
        at(page, "moments?video=long.mp4")
        assert page.locator("table.truth tbody tr").count() == 500
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        milliseconds = page.evaluate("""() => {
          const curve = Array.from({length: 4096}, (_, i) => i % 977);
          const spans = Array.from({length: 1200}, (_, i) => [30 * i, 30 * i + 12]);
          const line = new Timeline(36000, [{name: 'truth', colour: 'good', spans}], curve, [0, 977], 'test', () => {});
          document.querySelector('main').append(line.node);
          const taken = [];
          for (let i = 0; i < 21; i++) { const start = performance.now(); line.zoom(Infinity);
            taken.push(performance.now() - start); }
          return Math.min(...taken); }""")
        assert milliseconds < 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser, site, scheme):
    with browser_pages.watched(browser, site, strict=False, color_scheme=scheme) as page:
        for name in ("moments", "moments?q=0", "moments?q=0&video=north.mp4"):
            at(page, name)
            page.wait_for_timeout(200)
            assert browser_pages.serious_faults(page, name) == []
