"""The grid of many clips in a real browser: scrolled slowly, fast and in jumps; words of many languages searched."""

from __future__ import annotations

import unicodedata

import browser_pages
import pytest
from browser_pages import drawn

from svta.builder.record import Clip, make_key
from svta.builder.taxonomy import load_taxonomy
from svta.eval.gallery.descriptions import review_page

pytestmark = browser_pages.MARKS
COUNT = 1500
LANGUAGES = (
    "Straße und GRÜSSE, Füße", "एक आदमी सीढ़ी से गिरता है", "ชายคนหนึ่งล้มลง", "İstanbul'da kadın düştü",
    "الرَّجُلُ يسقط من السلم", "Ο ΣΙΣΥΦΟΣ πέφτει, ο άνθρωπος", "Мужчина падает с лестницы", "男が梯子から落ちる",
    "한 남자가 넘어진다", "cafe\u0301 naïve ﬁre", "𠀀人 falls ￭ x²", "don’t l’homme", "dấu tiếng Việt ngã",
    "snake_case 3:00 №5", "Ǆungla ŉ և",
)  # fmt: skip
FRAMES = """(steps) => new Promise((done) => {
  // [rows, whether outlines stand for them] of each frame, where one takes 10 ms; the grid rests at the end
  const seen = [], step = document.body.scrollHeight / steps, { setTimeout: later } = window, { now } = performance;
  let time = now.call(performance), rest = () => {};
  performance.now = () => (time += 10);
  window.setTimeout = (does, after) => { if (after) rest = does; else later(does, 0); return 0; };
  const next = () => {
    seen.push([document.querySelectorAll(".row").length, !document.querySelector(".outlines").hidden]);
    if (seen.length > steps) {
      Object.assign(window, { setTimeout: later });
      delete performance.now;
      rest();
      done(seen.slice(1));
      return;
    }
    window.scrollTo(0, seen.length * step);
    requestAnimationFrame(() => later(next, 0));
  };
  next(); })"""


@pytest.fixture(scope="module")
def clips():
    texts = [*LANGUAGES, *(f"Clip number{i} of the yard" for i in range(COUNT - len(LANGUAGES)))]
    return [Clip(key=make_key("grid", str(i), text), caption=text, source="t") for i, text in enumerate(texts)]


@pytest.fixture(scope="module")
def file(tmp_path_factory, clips):
    path = tmp_path_factory.mktemp("grid") / "grid.html"
    path.write_text(review_page(clips, load_taxonomy(), {}, "Many"))
    return path


@pytest.fixture
def page(browser, file):
    with browser_pages.watched(browser, file) as opened:
        opened.goto(f"{opened.address}#/browse")
        opened.wait_for_selector(".card .caption:not(:empty)")
        yield opened


def in_view(page) -> list[str]:
    """Captions of the cards on the screen."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.card')].filter((one) => { const box = one.getBoundingClientRect();"
        " return box.bottom > 0 && box.top < innerHeight; }).map((one) => one.querySelector('.caption').textContent)"
    )


def test_what_rushes_by_is_outlined_and_drawn_where_it_rests(page, clips):
    frames = page.evaluate(FRAMES, 20)
    assert frames[0][0] > 0 and not frames[0][1]  # a single jump is drawn
    assert frames[5:] == [[0, True]] * len(frames[5:])
    page.wait_for_function("() => document.querySelector('.outlines').hidden")
    page.wait_for_function(
        "(text) => document.querySelector('.grid').textContent.includes(text)", arg=clips[-1].caption
    )
    assert clips[-1].caption in in_view(page) and "" not in in_view(page)


def test_a_jump_is_drawn_in_its_frame(page):
    for at in (0.5, 0.9, 0.1):
        page.wait_for_timeout(400)
        page.evaluate("(at) => window.scrollTo(0, at * document.body.scrollHeight)", at)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert in_view(page) and page.locator(".outlines").is_hidden()


def test_a_filter_draws_at_once_whatever_rushed_before(page):
    page.evaluate(FRAMES, 6)
    page.evaluate("() => { location.hash = '#/browse?query=number7'; }")
    drawn(page)
    assert page.locator(".row .card").count() > 0 and page.locator(".outlines").is_hidden()


def test_every_clip_is_seen_by_who_scrolls_through(page, clips):
    seen = page.evaluate(
        """() => new Promise((done) => {
  const seen = new Set(), step = document.querySelector(".row").offsetHeight, end = step * 60;
  let at = 0;
  const next = () => {
    for (const card of document.querySelectorAll(".card")) seen.add(card.dataset.key);
    at += step; window.scrollTo(0, at);
    if (at < end) requestAnimationFrame(() => setTimeout(next, 0)); else done([...seen]);
  };
  next(); })"""
    )
    columns = page.evaluate("() => document.querySelector('.row').children.length")
    assert len(seen) >= 60 * columns and [clip.key for clip in clips[: 60 * columns]] == seen[: 60 * columns]


def test_every_word_of_a_caption_finds_it(page, clips):
    """As it is written, in capitals, in the other Unicode form, and by its beginning."""
    for text, clip in zip(LANGUAGES, clips, strict=False):
        for query in (text, text.upper(), unicodedata.normalize("NFD", text), *text.split(), text.split()[0][:3]):
            page.fill("input[type=search]", query)
            drawn(page)
            keys = page.locator(".grid .card").evaluate_all("(all) => all.map((one) => one.dataset.key)")
            assert clip.key in keys or not any(map(str.isalnum, query)), query
