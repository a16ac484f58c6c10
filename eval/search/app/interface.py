"""The Gradio app: a form for a query, and an answer from each source side by side.

run_app(open_sources(AppConfig(indexes=["IDX"])))                     # svta app --index IDX
run_app(open_sources(AppConfig(data="DATASET", models=["A", "B"])))   # two models beside each other

It reads its sources and what is uploaded to it, and hands out nothing but HTML: gradio may serve no file. It is on
127.0.0.1 unless another host is named, shares no link and reports nothing to anybody.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from svta.builder.errors import MissingExtra, SvtaError, first_line
from svta.eval.encoders.registry import load_plugin
from svta.eval.search.calibration import too_little
from svta.eval.search.index import open_index
from svta.eval.search.query import Example
from svta.eval.search.store.layout import SearchError

from .results import refusal_html, results_html
from .sources import MAX_TOP, DatasetSource, IndexSource, Query, Source

MAX_UPLOAD: Final = "200mb"
MAX_SOURCES: Final = 2
UPLOADS_SECONDS: Final = 3600  # that an uploaded example is kept


@dataclass(frozen=True)
class AppConfig:
    """indexes: folders of `svta index`; data: a dataset instead, of which `split` is searched by each of `models`.

    models: of indexes where their encoders are now, one each and in order, or none. cache: of a dataset's embeddings.
    alarms_per_hour: what the form begins with.
    """

    indexes: Sequence[str | Path] = ()
    data: str | None = None
    models: Sequence[str] = ()
    split: str = "test"
    plugins: Sequence[str | Path] = ()
    device: str | None = None
    cache: Path | None = None
    alarms_per_hour: float | None = None

    def check(self) -> None:
        """Raise SearchError if there are no sources, too many, or if they do not match the models."""
        if bool(self.indexes) == (self.data is not None):
            raise SearchError("what is searched? Name one: --index IDX (up to two), or --data DATASET with --model")
        if self.data is not None and not self.models:
            raise SearchError(f"{self.data}: a dataset is searched by a model: --model MODEL")
        if self.indexes and len(self.models) not in (0, len(self.indexes)):
            raise SearchError("--model with --index: one for each index, in the same order, or none")
        if len(self.indexes) > MAX_SOURCES or (self.data is not None and len(self.models) > MAX_SOURCES):
            raise SearchError(f"at most {MAX_SOURCES} indexes or models are shown side by side")
        if self.alarms_per_hour is not None and not 0 <= self.alarms_per_hour < math.inf:
            raise SearchError(f"--alarms-per-hour {self.alarms_per_hour}: a number from 0 is needed")


def open_sources(config: AppConfig, on_clips: Callable[[int, int], None] | None = None) -> list[Source]:
    """What the app searches, with the encoders loaded: a wrong one ends the start, not a query. Raises SvtaError."""
    config.check()
    for plugin in config.plugins:
        load_plugin(plugin)
    if config.data is not None:
        return [
            DatasetSource(
                config.data, model, split=config.split, device=config.device, cache=config.cache, on_clips=on_clips
            )
            for model in config.models
        ]
    models: list[str | None] = [*config.models] or [None] * len(config.indexes)
    indexes = [open_index(folder, model=model, device=config.device) for folder, model in zip(config.indexes, models)]
    for index in indexes:
        index.encoder  # noqa: B018 - loads it
    return [IndexSource(index) for index in indexes]


def answer(
    sources: Sequence[Source],
    words: str | None,
    example: Example | None,
    *,
    without: str | None = None,
    top: float = 10,
    alarms_per_hour: float | None = None,
) -> list[str]:
    """The HTML of each source's answer; what one of them refuses is in its place."""
    return [_answer(source, words, example, without, top, alarms_per_hour) for source in sources]


def _answer(
    source: Source, words: str | None, example: Example | None, without: str | None, top: float, per_hour: float | None
) -> str:
    try:
        query: Query | None = (words or "").strip() or example
        if query is None or (query is not example and example is not None):
            raise SearchError("give either words, or a picture or video")
        if per_hour is not None and not 0 <= per_hour < math.inf:
            raise SearchError("alarms an hour: a number from 0 is needed")
        count = int(min(max(top, 1), MAX_TOP))
        found = source.find(query, top=count, alarms_per_hour=per_hour, without=(without or "").strip() or None)
    except SvtaError as error:
        return refusal_html(source.name, str(error))
    lines = (source.note, too_little(per_hour, found.normal_hours))
    return results_html(source.name, found, " ".join(line for line in lines if line))


def load_gradio() -> Any:
    """gradio, which reports nothing. Raises MissingExtra."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.pop("GRADIO_ALLOWED_PATHS", None)  # would let files be served
    try:
        import gradio
    except ImportError:
        raise MissingExtra("gradio", "app") from None
    return gradio


def build_app(sources: Sequence[Source], *, alarms_per_hour: float | None = None) -> Any:
    """The page as gradio's Blocks."""
    gradio = load_gradio()
    begins = "" if alarms_per_hour is None else f"{alarms_per_hour:g}"

    def search(
        words: str, without: str, file: str | None, start: float | None, end: float | None, top: float,
        per_hour: str,
    ) -> Any:  # fmt: skip
        try:
            example = Example(file, start or None, end or None) if file else None  # an empty number may come as 0
            rate = _rate(per_hour)
        except SearchError as error:
            reason = str(error).replace(str(file), Path(str(file)).name)
            shown = [refusal_html(source.name, reason) for source in sources]
        else:
            shown = answer(sources, words, example, without=without, top=top, alarms_per_hour=rate)
        return shown if len(shown) > 1 else shown[0]

    with gradio.Blocks(title="svta", analytics_enabled=False, delete_cache=(UPLOADS_SECONDS, UPLOADS_SECONDS)) as app:
        gradio.Markdown("# Find the moment")
        with gradio.Row():
            words = gradio.Textbox(label="What happens, in words", autofocus=True)
            without = gradio.Textbox(label="Without")
        with gradio.Accordion("Or by a picture or a video", open=False), gradio.Row():
            file = gradio.File(label="Picture or video", type="filepath")
            start = gradio.Number(label="From second", value=None)
            end = gradio.Number(label="To second", value=None)
        with gradio.Row():
            top = gradio.Slider(1, MAX_TOP, value=10, step=1, label="Moments at most")
            per_hour = gradio.Textbox(
                label="Alarms an hour at most (empty: any)",
                value=begins,
            )
        button = gradio.Button("Search", variant="primary")
        with gradio.Row():
            views = [gradio.HTML() for _ in sources]
        gradio.on(
            [button.click, words.submit],
            search,
            [words, without, file, start, end, top, per_hour],
            views,
            api_name="search",
            concurrency_limit=1,
        )
    return app


def _rate(text: str | None) -> float | None:
    """Alarms an hour as typed; nothing typed is not a limit."""
    try:
        return float(text) if text and text.strip() else None
    except ValueError:
        raise SearchError(f"alarms an hour: {str(text)[:40]!r} is not a number") from None


def run_app(
    sources: Sequence[Source],
    *,
    alarms_per_hour: float | None = None,
    host: str | None = "127.0.0.1",
    port: int | None = None,
    on_start: Callable[[str], None] | None = None,
) -> None:
    """Serve the app until it is interrupted. host: None takes a Space's own; on_start gets the address. SvtaError."""
    with tempfile.TemporaryDirectory(prefix="svta-app-") as uploads:
        os.environ["GRADIO_TEMP_DIR"] = uploads
        app = build_app(sources, alarms_per_hour=alarms_per_hour)
        address = start_app(app, host=host, port=port)
        if on_start is not None:
            on_start(address)
        try:
            while app.is_running:
                time.sleep(0.2)
        except KeyboardInterrupt:
            pass
        finally:
            app.close(verbose=False)


def start_app(app: Any, *, host: str | None = "127.0.0.1", port: int | None = None) -> str:
    """Serve the app in a thread; its address. Raises SearchError if the port is taken."""
    theme = load_gradio().themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    try:
        _, address, _ = app.queue(max_size=32).launch(
            server_name=host, server_port=port, share=False, allowed_paths=[], max_file_size=MAX_UPLOAD, theme=theme,
            quiet=True, prevent_thread_lock=True, enable_monitoring=False, ssr_mode=False, inbrowser=False,
            footer_links=[], run_history=False, mcp_server=False, pwa=False,
        )  # fmt: skip
    except OSError as error:
        raise SearchError(f"{host}:{port}: {first_line(error)}") from None
    return str(address)
