"""The gallery in a real browser, from file:// and over HTTP: what it shows is what Python counts."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import browser_pages
import pytest
from browser_pages import drawn
from gallery_site import CATEGORIES, COUNT, HOSTILE, evaluation, make_world, records, taxonomy

import svta
from svta.builder.record import read_clips, write_clips
from svta.cli import main
from svta.eval.gallery import GalleryConfig, export_gallery
from svta.eval.gallery.entries import facets_of
from svta.eval.retrieval.results_folder import read_results, write_results

pytestmark = browser_pages.MARKS
PAGES = ("browse", "statistics", "runs", "runs?tab=categories", "runs?tab=confusions", "review")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("site")
    dataset, results = make_world(root)
    write_results(root / "second", evaluation(records(), seed=1))
    export_gallery(dataset, root / "site", GalleryConfig(title=f"Yard {HOSTILE}"), runs=[results, root / "second"])
    return root


@pytest.fixture
def page(browser, site):
    with browser_pages.watched(browser, site / "site/index.html") as opened:
        opened.wait_for_selector(".card .caption:not(:empty)")
        yield opened


def shown_count(page) -> int:
    drawn(page)
    return int(page.locator(".browse .count").inner_text().split(" of ")[0].replace(",", ""))


def counts_of(page) -> dict[str, dict[str, int]]:
    drawn(page)
    found = page.evaluate(
        "() => [...document.querySelectorAll('details.facet')].map((group) => [group.dataset.facet,"
        " [...group.querySelectorAll('li')].map((li) => [li.querySelector('input').dataset.value,"
        " Number(li.querySelector('.number').textContent.replaceAll(',', ''))])])"
    )
    return {name: dict(values) for name, values in found}


def box(page, facet: str, value: str):
    page.evaluate("() => document.querySelectorAll('details.facet').forEach((group) => { group.open = true; })")
    boxes = page.locator(f"details[data-facet={facet}] input")
    values = boxes.evaluate_all("(all) => all.map((one) => one.dataset.value)")
    return boxes.nth(values.index(value))


def test_counts_of_every_facet_are_pythons(page, site):
    data = svta.open_dataset(site / "data", "all")
    wanted = {facet.name: facet.counts() for facet in facets_of(data)}
    wanted["review"] = {"not reviewed": COUNT, "accepted": 0, "rejected": 0, "moved": 0}
    assert counts_of(page) == wanted
    assert shown_count(page) == COUNT


@pytest.mark.parametrize("value", CATEGORIES)
def test_a_facet_filters_and_the_back_button_restores(page, value):
    clips = records()
    box(page, "category", value).check()
    mine = [clip for clip in clips if clip.category == value]
    assert shown_count(page) == len(mine)
    counts = counts_of(page)
    assert counts["split"] == {
        split: sum(clip.source_split == split for clip in mine) for split in ("train", "validation", "test")
    }
    assert sum(counts["category"].values()) == COUNT  # what a click would give, its own picks apart
    box(page, "split", "test").check()
    tested = [clip for clip in clips if clip.source_split == "test"]
    assert shown_count(page) == sum(clip in tested for clip in mine)
    counts = counts_of(page)  # of each facet: what the picks of all others leave
    assert counts["category"] == {name: sum(clip.category == name for clip in tested) for name in CATEGORIES}
    assert sum(counts["split"].values()) == len(mine)
    assert sum(counts["review"].values()) == sum(clip in tested for clip in mine)
    page.go_back()
    assert shown_count(page) == len(mine)
    page.reload()
    assert shown_count(page) == len(mine)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("street", lambda text: "street" in text),
        ("STREET crane", lambda text: "street" in text and "crane" in text),
        ("number1", lambda text: "number1" in text),
        ("number1 ", lambda text: "number1 " in text),
        ("nothing like it", lambda text: False),
    ],
)
def test_search_finds_captions_by_their_words(page, query, wanted):
    page.fill("input[type=search]", query)
    number = sum(wanted(clip.caption.lower()) for clip in records())
    assert shown_count(page) == number
    assert page.locator(".nothing").is_visible() == (number == 0)


def test_ranks_shown_are_those_of_the_evaluation(page, site):
    ranks = read_results(site / "results").ranks
    for key, rank, top in zip(ranks.key, ranks.t2v_rank, ranks.top_keys, strict=True):
        page.evaluate(f"() => {{ location.hash = '#/runs?clip={key}'; }}")
        drawn(page)
        assert f"is at rank {rank:g} of {COUNT};" in page.locator(".gold").inner_text()
        cards = page.locator(".query .card").evaluate_all("(all) => all.map((one) => one.dataset.key)")
        assert cards[:10] == top
        right = page.locator(".query .card.right").evaluate_all("(all) => all.map((one) => one.dataset.key)")
        assert right == [key]
        captions = page.locator(".query ol li").all_text_contents()
        wanted = ranks.top_captions[ranks.key.index(key)]
        assert captions == [ranks.caption[ranks.key.index(one)] for one in wanted]


def test_two_runs_side_by_side(page, site):
    page.goto(f"{page.address}#/runs?other=1&sort=gained")
    drawn(page)
    first, second = (read_results(site / name).ranks.t2v_rank for name in ("results", "second"))
    gained = sum(a <= 1 < b for a, b in zip(first, second, strict=True))
    assert f"{gained} of {gained} queries" in page.locator(".page .count").inner_text()


def test_a_sample_shows_what_it_lacks_as_such(browser, site):
    export_gallery(site / "data", site / "few", GalleryConfig(sample=4, media=False), runs=[site / "results"])
    ranks = read_results(site / "results").ranks
    with browser_pages.watched(browser, site / "few/index.html") as page:
        page.wait_for_selector(".card")
        shown = page.locator(".grid .card").evaluate_all("(all) => all.map((one) => one.dataset.key)")
        for q, key in enumerate(ranks.key):
            page.evaluate(f"() => {{ location.hash = '#/runs?clip={key}'; }}")
            drawn(page)
            cards = page.locator(".query .card")
            top = ranks.top_keys[q]
            assert cards.count() == len(top) + (key not in top)
            assert page.locator(".query .card.right").count() == 1
            assert cards.nth(top.index(key) if key in top else 10).get_attribute("class").endswith("right")
            assert page.locator(".query .card[data-key]").count() == len(set(shown) & {*top, key})
            right = page.locator(".query ol .right").all_text_contents()
            assert right == [ranks.caption[q]] * (key in ranks.top_captions[q])


def test_the_worst_category_stands_first(page, site):
    page.goto(f"{page.address}#/runs?tab=categories")
    drawn(page)
    by_category = read_results(site / "results").metrics.by_category
    worst = min(by_category.items(), key=lambda item: (item[1].t2v["R@1"], item[0]))[0]
    assert page.locator("tbody th a").first.inner_text() == worst


def plays(page) -> None:
    page.wait_for_function(
        "() => [...document.querySelectorAll('.grid video')].some((video) => video.currentTime > 0)", timeout=20_000
    )


def test_clips_in_view_play_from_a_file(page):
    plays(page)
    assert page.locator("video[autoplay]").count() == 0


def test_clips_in_view_play_over_http_and_others_are_not_asked_for(browser, site):
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site / "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page(viewport={"width": 500, "height": 500})
    page.goto(f"http://127.0.0.1:{server.server_address[1]}/index.html")
    page.wait_for_selector(".card .caption:not(:empty)")
    plays(page)
    assert 0 < len({path for path in asked if path.endswith(".mp4")}) < COUNT / 2
    server.shutdown()
    page.close()


def test_motion_is_not_forced_on_anybody(browser, site):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto((site / "site/index.html").as_uri())
    page.wait_for_selector(".card video")
    page.wait_for_timeout(600)
    assert page.evaluate("() => [...document.querySelectorAll('video')].every((video) => video.paused)")
    context.close()


def test_violence_is_blurred_until_it_is_asked_for(page):
    box(page, "category", "beating").check()
    page.wait_for_function(
        "() => ((shown) => shown('.grid .card video') === shown('.grid .blurred'))"
        "((css) => document.querySelectorAll(css).length)"
    )
    assert page.locator(".grid .blurred").count() == COUNT // 4 - 1  # one has no picture
    page.wait_for_timeout(500)  # whatever is in view plays by now
    assert page.evaluate("() => [...document.querySelectorAll('.grid .blurred video')].every((video) => video.paused)")
    first = page.locator(".grid .card", has=page.locator(".reveal")).first
    first = page.locator(f".grid .card[data-key='{first.get_attribute('data-key')}']")
    first.locator(".reveal").click()
    assert "blurred" not in first.locator(".picture").get_attribute("class")
    assert page.locator(".grid .blurred").count() == COUNT // 4 - 2


def test_markup_is_shown_as_text(page):
    clip = next(clip for clip in records() if clip.source_id == "5")
    for address in (f"#/clip?clip={clip.key}", "#/statistics", "#/runs", "#/review"):
        page.goto(page.address + address)
        drawn(page)
        assert page.title() == f"Yard {HOSTILE}".strip()
        assert page.evaluate("() => document.querySelectorAll('main script').length") == 0
    page.goto(f"{page.address}#/clip?clip={clip.key}")
    drawn(page)
    assert page.locator(".clip h2").text_content() == clip.caption
    assert HOSTILE in page.locator(".facts").text_content()


def test_a_review_by_keyboard_is_applied(page, tmp_path):
    clips = {clip.key: clip for clip in records()}
    page.goto(f"{page.address}#/review")
    keys = []
    for press in ("a", "r", "s", "a"):
        page.wait_for_selector(".reviewed .card")
        keys.append(page.locator(".reviewed .card").get_attribute("data-key"))
        page.keyboard.press(press)
        page.wait_for_function("(key) => document.querySelector('.reviewed .card').dataset.key !== key", arg=keys[-1])
    page.reload()  # decisions stay in the browser
    page.wait_for_function(f"() => document.querySelector('.count').textContent.startsWith('3 of {COUNT} ')")
    with page.expect_download() as download:
        page.click("button.save")
    decisions = tmp_path / "decisions.jsonl"
    download.value.save_as(decisions)
    write_clips(tmp_path / "descriptions.jsonl", clips.values())
    (tmp_path / "taxonomy.json").write_text(taxonomy().to_json())
    where = {"descriptions": "descriptions.jsonl", "out": "out.jsonl", "taxonomy": "taxonomy.json"}
    options = [word for name, file in where.items() for word in (f"--{name}", str(tmp_path / file))]
    with pytest.raises(SystemExit) as done:
        main(["review", "apply", str(decisions), *options])
    assert done.value.code == 0
    assert {clip.key for clip in read_clips(tmp_path / "out.jsonl")} == set(clips) - {keys[1]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser, site, scheme):
    with browser_pages.watched(
        browser, site / "site/index.html", strict=False, color_scheme=scheme, reduced_motion="reduce"
    ) as page:
        for name in (*PAGES, f"clip?clip={records()[1].key}", f"runs?clip={records()[1].key}"):
            page.goto(f"{page.address}#/{name}")
            page.reload()
            drawn(page)
            page.wait_for_timeout(200)
            assert browser_pages.serious_faults(page, name) == []
