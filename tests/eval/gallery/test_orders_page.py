"""Orders, neighbours, charts and tables of the gallery in a real browser, each counted anew in Python."""

from __future__ import annotations

import re
from collections import Counter

import browser_pages
import pytest
from browser_pages import drawn
from gallery_site import CATEGORIES, evaluation, make_world, records, taxonomy

import svta
from svta.builder.record import Clip, make_key
from svta.eval.gallery import GalleryConfig, export_gallery
from svta.eval.gallery.descriptions import review_page
from svta.eval.gallery.entries import facets_of
from svta.eval.metrics.significance import wilson
from svta.eval.retrieval.results_folder import read_results, write_results

pytestmark = browser_pages.MARKS
CLIPS = {clip.key: clip for clip in records()}
ORDERS = {
    "longest": lambda clip: -len(clip.caption.split()),
    "shortest": lambda clip: len(clip.caption.split()),
    "category": lambda clip: sorted(CATEGORIES).index(clip.category),
    "seconds": lambda clip: -clip.duration,
    "": lambda clip: 0,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("orders")
    dataset, results = make_world(root)
    write_results(root / "second", evaluation(records(), seed=1))
    export_gallery(dataset, root / "site", GalleryConfig(media=False), runs=[results, root / "second"])
    return root


@pytest.fixture(scope="module")
def page(browser, site):
    with browser_pages.watched(browser, site / "site/index.html", viewport={"width": 1200, "height": 6000}) as opened:
        yield opened


def at(page, address: str):
    page.goto(f"{page.address}#/{address}")
    drawn(page)
    return page


def keys(page, within: str) -> list[str]:
    return page.locator(f"{within} .card").evaluate_all("(all) => all.map((one) => one.dataset.key)")


@pytest.mark.parametrize("order", ORDERS)
def test_orders_of_clips(page, site, order):
    shown = svta.open_dataset(site / "data", "all")["key"]
    assert keys(at(page, f"browse?sort={order}"), ".grid") == sorted(shown, key=lambda key: ORDERS[order](CLIPS[key]))


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def test_what_a_clip_shares(page, site):
    """Every fifth clip is of one video; a caption that repeats ties two such sets. Its twin comes first."""
    data = svta.open_dataset(site / "data", "all")
    split = dict(zip(data["key"], data["split"], strict=True))
    number = {key: int(clip.source_id) for key, clip in CLIPS.items()}
    by_number = {n: key for key, n in number.items()}
    own, twin = by_number[24], by_number[0]
    at(page, f"clip?clip={own}")
    assert "(12 of 18)" in page.locator("main section section h3").first.inner_text()
    section = page.locator("main section section").first.locator(".card")
    cards = section.evaluate_all(
        "(all) => all.map((one) => [one.dataset.key, one.querySelector('strong')?.textContent])"
    )
    same_video = [key for key in data["key"] if number[key] % 5 == 4 and key != own]
    others = [key for key in data["key"] if number[key] % 5 == 0 and key != twin]
    shared = {twin: "caption"} | dict.fromkeys(same_video, "bytes") | dict.fromkeys(others, "")
    told = {
        key: [what] * bool(what) + [f"in {split[key]}"] * (split[key] != split[own]) for key, what in shared.items()
    }
    assert cards == [[key, "; ".join(said) or None] for key, said in told.items()][:12]


def test_what_is_near(browser, tmp_path):
    """Six captions share one word each with the first, the rarer the nearer; a word of every fourth caption is none."""
    count, shared = 60, [1, 2, 3]
    texts = ["first rare0 rare1 rare2 often"] + [
        f"clip{i} rare{n} " for n, times in enumerate(shared) for i in range(100 * n, 100 * n + times)
    ]
    texts += [f"clip{i} often" for i in range(500, 500 + count // 4)]
    texts += [f"clip{i}" for i in range(900, 900 + count - len(texts))]
    clips = [Clip(key=make_key("near", str(i), text), caption=text, source="t") for i, text in enumerate(texts)]
    (tmp_path / "near.html").write_text(review_page(clips, taxonomy(), {}, "Near"))
    with browser_pages.watched(browser, tmp_path / "near.html") as opened:
        found = keys(at(opened, f"clip?clip={clips[0].key}"), "main section section")
        assert found == [clip.key for clip in clips[1:7]]
        assert len(keys(at(opened, f"clip?clip={clips[4].key}"), "main section section")) == 3


def test_every_bar_counts_and_leads_to_its_clips(page, site):
    facets = facets_of(svta.open_dataset(site / "data", "all"))
    charts = at(page, "statistics").locator(".chart").evaluate_all(
        "(all) => all.map((one) => [one.querySelector('h3').textContent, [...one.querySelectorAll('li')].map((li) =>"
        " [li.querySelector('.value').textContent, li.querySelector('.number').firstChild.textContent,"
        " li.querySelector('a').getAttribute('href'), li.querySelector('.fill').style.width])])"
    )  # fmt: skip
    bars = {title: {name: (int(count), link, width) for name, count, link, width in rows} for title, rows in charts}
    for facet in facets:
        counts = {value: bar[0] for value, bar in bars[facet.title].items()}
        assert counts == facet.counts()
        widths = [float(bar[2].rstrip("%")) for bar in bars[facet.title].values()]
        assert widths == pytest.approx([100 * count / max(counts.values()) for count in counts.values()], abs=0.01)
    clips_of = Counter(word for clip in CLIPS.values() for word in words(clip.caption))
    assert {name: bar[0] for name, bar in bars["Words by clips"].items()} == dict(
        sorted(clips_of.items(), key=lambda item: (-item[1], item[0]))[:40]
    )
    for title in ("Words in the caption", "Repeats and leaks", "Words by clips"):
        for count, link, _ in list(bars[title].values())[:3]:
            assert at(page, link.removeprefix("#/")).locator(".browse .count").inner_text().startswith(f"{count} of ")


def test_orders_of_queries(page, site):
    first, second = (read_results(site / name).ranks for name in ("results", "second"))
    rank, other = (dict(zip(one.key, one.t2v_rank, strict=True)) for one in (first, second))
    score, top = dict(zip(first.key, first.score)), dict(zip(first.key, first.top_score))
    orders = {
        "worst": sorted(first.key, key=lambda key: -rank[key]),
        "best": sorted((key for key in first.key if rank[key] <= 1), key=lambda key: -score[key]),
        "surprising": sorted((key for key in first.key if rank[key] > 1), key=lambda key: -top[key]),
        "change": sorted(first.key, key=lambda key: -abs(other[key] - rank[key])),
        "gained": [key for key in first.key if rank[key] <= 1 < other[key]],
        "lost": [key for key in first.key if other[key] <= 1 < rank[key]],
    }
    for order, wanted in orders.items():
        links = at(page, f"runs?other=1&sort={order}").locator("td.words a")
        shown = links.evaluate_all("(all) => all.map((one) => /clip=([0-9a-f]+)/.exec(one.getAttribute('href'))[1])")
        assert shown == wanted, order
        cells = page.locator("table.queries tbody tr").evaluate_all(
            "(all) => all.map((row) => [...row.children].map((cell) => cell.textContent))"
        )
        assert [row[:2] for row in cells] == [[f"{rank[key]:g}", f"{other[key]:g}"] for key in wanted]
        assert [row[3] for row in cells] == [CLIPS[key].category for key in wanted]


def test_tables_of_categories_and_confusions(page, site):
    ran = read_results(site / "results")
    rows = at(page, "runs?tab=categories").locator("tbody tr:has(.interval)").evaluate_all(
        "(all) => all.map((row) => [row.querySelector('th').textContent, row.children[1].textContent,"
        " row.querySelector('.fill').style.width, row.querySelector('.interval').style.left,"
        " row.querySelector('.interval').style.width])"
    )  # fmt: skip
    assert len(rows) == len(CATEGORIES)
    for name, count, fill, left, width in rows:
        subset = ran.metrics.by_category[name]
        low, high = wilson(subset.t2v["R@1"] / 100, subset.queries)
        assert int(count) == subset.queries
        drawn_at = [float(value.rstrip("%")) for value in (fill, left, width)]
        assert drawn_at == pytest.approx([subset.t2v["R@1"], low, high - low], abs=0.01)
    wrong = Counter(
        (CLIPS[key].category, CLIPS[top].category)
        for key, rank, top in zip(ran.ranks.key, ran.ranks.t2v_rank, ran.ranks.top_key, strict=True)
        if rank > 1 and CLIPS[key].category != CLIPS[top].category
    )
    table = at(page, "runs?tab=confusions").locator("[aria-label=confusions] tbody tr")
    cells = table.evaluate_all("(all) => all.map((row) => [...row.children].map((cell) => cell.textContent))")
    assert cells == [[*pair, str(count)] for pair, count in sorted(wrong.items(), key=lambda item: (-item[1], item[0]))]
