"""The app in a real browser and asked by hand: a query is typed, moments are seen, files are not handed out."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from browser_pages import MARKS, started

from svta.eval.search.app.interface import AppConfig, build_app, open_sources, start_app

pytest.importorskip("gradio", reason="pip install 'svta[app]'")
pytestmark = [*MARKS, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over two indexes, served from the folder of the footage."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        patch.setenv("GRADIO_ALLOWED_PATHS", "/")
        patch.setenv("GRADIO_SHARE", "True")
        patch.chdir(footage)
        app = build_app(open_sources(AppConfig(indexes=[footage / "idx", footage / "other"])))
        yield start_app(app).rstrip("/")
        assert app.share_url is None
        app.close(verbose=False)


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[object]:
    with started() as browser:
        opened_in = browser.new_context(viewport={"width": 1200, "height": 900})
        page = opened_in.new_page()
        page.set_default_timeout(
            240_000
        )  # Gradio's page is megabytes of scripts: half a minute does not do where CPUs are busy
        page.elsewhere = []
        page.on("request", lambda r: page.elsewhere.append(r.url) if _leaves(r.url, address) else None)
        page.goto(address)
        page.get_by_label("What happens, in words").wait_for()
        yield page
        opened_in.close()


def _leaves(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:"))


def search(page, words: str, first: str) -> list[str]:
    """The texts of the cards after a query, of both indexes, once the first one is of the file `first`."""
    page.get_by_label("What happens, in words").fill(words)
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_function("name => document.querySelector('.svta .card p')?.innerText.includes(name)", arg=first)
    return page.locator(".svta .card p").all_inner_texts()


def test_moments_of_a_query(page) -> None:
    cards = search(page, "red", "north.mp4")
    assert "north.mp4" in cards[0] and "0:00:2" in cards[0] and "score" in cards[0]
    assert page.locator(".svta h2").count() == 2 and page.locator(".svta .mark").count() >= 2
    video = page.locator(".svta video").first
    video.evaluate("v => { v.muted = true; return v.play() }")
    page.wait_for_function("() => document.querySelector('.svta video').currentTime > 0")


def test_a_hostile_name_is_text(page) -> None:
    cards = search(page, "green", "onerror")
    assert "<img src=x onerror=\"document.title='taken'\">${document.title}{{value}}'" in cards[0]
    assert page.title() == "svta" and page.locator(".svta p img").count() == 0


def test_nothing_is_asked_elsewhere(page) -> None:
    assert page.elsewhere == []


@pytest.mark.parametrize("way", ["/gradio_api/file=", "/file=", "/gradio_api/file=../../../..", "/static/../../.."])
def test_files_are_refused(address: str, footage: Path, way: str) -> None:
    for path in ("/etc/passwd", str(footage / "f/north.mp4"), str(footage / "idx/manifest.json")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address + way + quote(path), timeout=20)
        assert refused.value.code in (403, 404)


def test_a_file_of_the_machine_is_no_example(address: str) -> None:
    """A call that names a file instead of uploading one."""
    example = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    data = json.dumps({"data": ["", "", example, None, None, 5, ""]}).encode()
    asked = urllib.request.Request(f"{address}/gradio_api/call/search", data, {"Content-Type": "application/json"})
    number = json.load(urllib.request.urlopen(asked, timeout=20))["event_id"]
    answered = urllib.request.urlopen(f"{address}/gradio_api/call/search/{number}", timeout=60).read().decode()
    assert "event: error" in answered and "root:" not in answered
