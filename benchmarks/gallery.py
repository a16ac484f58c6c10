"""How fast the gallery of a large dataset answers: export without videos, then the page in a headless Chromium.

Packs COUNT records of 98 categories with a few bytes instead of videos, exports them, opens the site from file:// and
measures in the page: first paint, the longest click on a filter and keystroke of the search (until the frame that shows
what was found is over), the longest gap between frames while the whole grid is scrolled through in 240 frames, by a
wheel and by a row per frame, and the JavaScript heap. Prints JSON.

    python benchmarks/gallery.py [--count 41315] [--dir DIR] [--chromium /usr/bin/chromium]
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from svta.builder.layout.clips_folder import write_part, write_plan
from svta.builder.packing.pack import pack
from svta.builder.record import Clip, make_key
from svta.builder.taxonomy import load_taxonomy
from svta.eval.gallery import GalleryConfig, export_gallery

TARGETS = {
    "export_s": 60, "first_paint_ms": 1000, "facet_ms": 100, "keystroke_ms": 100, "longest_gap_ms": 100, "heap_mb": 300,
}  # fmt: skip
_WORDS = [
    "man",
    "woman",
    "child",
    "car",
    "truck",
    "ladder",
    "street",
    "yard",
    "crane",
    "forklift",
    "smoke",
    "fire",
    "runs",
    "falls",
    "carries",
    "opens",
    "closes",
    "a",
    "the",
    "red",
    "blue",
    "green",
    "old",
    "young",
    "door",
    "window",
    "station",
    "shop",
    "night",
    "day",
    "rain",
    "slowly",
    "suddenly",
    "behind",
    "before",
    "after",
    "near",
    "platform",
]
_CLICKED = ("train", "anomaly", "fire", "train", "anomaly", "fire")
_TYPED = ("man red thing1", "the old truck", "smoke near")
_DRAWN = """
  const drawn = () => requestAnimationFrame(() => (document.body.dataset.drawn === location.hash
    ? requestAnimationFrame(() => done(performance.now() - start)) : drawn()));
  drawn(); })"""  # the frame that shows what the address says is over
_CLICK = (
    """(value) => new Promise((done) => {
  const box = [...document.querySelectorAll("aside input")].find((one) => one.dataset.value === value);
  const start = performance.now(); box.click();"""
    + _DRAWN
)
_TYPE = (
    """(text) => new Promise((done) => {
  const box = document.querySelector("input[type=search]");
  const start = performance.now(); box.value = text; box.dispatchEvent(new Event("input"));"""
    + _DRAWN
)
_SCROLL = """(step) => new Promise((done) => {
  let last = 0, longest = 0, at = 0;
  step ||= document.body.scrollHeight / 240;
  const end = Math.min(document.body.scrollHeight, step * 1200), next = (now) => {
    if (last) longest = Math.max(longest, now - last);
    last = now; at += step; window.scrollTo(0, at);
    if (at < end) requestAnimationFrame(next); else done(longest);
  };
  requestAnimationFrame(next); })"""


def make_dataset(folder: Path, count: int, unit: int = 512) -> Path:
    """A packed dataset of `count` records whose captions have 15 to 30 words of a vocabulary of some 5,000."""
    parts, categories = folder / "clips", load_taxonomy().categories
    units = -(-count // unit)
    write_plan(parts, {"kind": "generate", "spec": "benchmark", "units": units})
    for number in range(units):
        draw = random.Random(number)

        def clips(first: int = number * unit, draw: random.Random = draw) -> Iterator[tuple[Clip, bytes]]:
            for i in range(first, min(count, first + unit)):
                rare = [f"thing{draw.randrange(5000)}" for _ in range(2)]
                caption = " ".join([*draw.choices(_WORDS, k=draw.randint(13, 28)), *rare])
                category = categories[i % len(categories)]
                yield Clip(key=make_key("benchmark", str(i), caption), caption=caption, category=category.name,
                           is_anomaly=category.is_anomaly, source="grammar", source_id=str(i), num_frames=33, fps=16.0,
                           width=832, height=480, duration=2.0625, seed=i, generator="storyboard", synthetic=True,
                           provenance="{}"), draw.randbytes(64)  # fmt: skip

        write_part(parts, number, clips(), spec="benchmark")
    pack(parts, folder / "data")
    return folder / "data"


def measure(site: Path, chromium: str) -> dict[str, float]:
    """Figures of the page: the longest of all clicks, keystrokes and gaps, and medians beside them."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as library:
        browser = library.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto((site / "index.html").as_uri())
        page.wait_for_selector(".card .caption:not(:empty)", timeout=60_000)
        page.wait_for_timeout(500)
        paint = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
        cards = page.evaluate("() => performance.now()")
        page.evaluate("() => document.querySelectorAll('details.facet').forEach((group) => { group.open = true; })")
        facets = [page.evaluate(_CLICK, value) for value in _CLICKED * 2]
        page.focus("input[type=search]")  # loads the words
        page.wait_for_timeout(1000)
        keys = [page.evaluate(_TYPE, text[:end]) for text in _TYPED for end in range(1, len(text) + 1)]
        page.evaluate(_TYPE, "")
        gaps = {}
        for name, step in (("whole_grid", 0), ("wheel", 120), ("row_a_frame", 300)):
            page.evaluate("() => window.scrollTo(0, 0)")
            page.wait_for_timeout(500)
            gaps[f"longest_gap_ms_{name}"] = round(page.evaluate(_SCROLL, step))
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        counters = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
        browser.close()
    return {
        "first_paint_ms": round(paint),
        "first_cards_ms_at_most": round(cards),
        "facet_ms": round(max(facets)),
        "facet_ms_median": round(statistics.median(facets)),
        "keystroke_ms": round(max(keys)),
        "keystroke_ms_median": round(statistics.median(keys)),
        "longest_gap_ms": max(gaps.values()),
        **gaps,
        "heap_mb": round(counters["JSHeapUsedSize"] / 1e6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=41_315)
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.dir or Path(temporary)
        dataset = folder / "data" if (folder / "data/SHA256SUMS").is_file() else make_dataset(folder, args.count)
        start, cpu = time.perf_counter(), time.process_time()
        export_gallery(dataset, folder / "site", GalleryConfig(media=False))
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        figures = {"count": args.count, "export_s": round(wall, 1), "export_cpu_s": round(cpu, 1)}
        figures |= measure(folder / "site", args.chromium)
    print(json.dumps({**figures, "asked": TARGETS}, indent=1))


if __name__ == "__main__":
    main()
