"""STREAMS/: one mp4 a stream, in several processes; then the tables of what happens, and build.json last.

A finished stream is kept: its part in .parts/ names the settings it was made with, and the same command resumes.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from shutil import rmtree
from typing import Final

from svta.builder.io.files import atomic_write, exclusive_lock, write_json
from svta.builder.io.json_text import JsonObject, read_json_object
from svta.builder.io.parallel import cpu_count
from svta.builder.layout.guards import check_foreign, check_output
from svta.builder.paths import BUILD
from svta.builder.video.encoder import encode
from svta.builder.video.marking import synthetic_mark

from .config import Happening, StreamsConfig, StreamsError, StreamTruth
from .drawn import drawn_frames
from .plan import plan_stream, stream_name
from .truth import write_truth
from .windows import write_windows

VIDEOS: Final = "videos"
PARTS: Final = ".parts"
SETTINGS: Final = "settings.json"
REAL_NUMBERS: Final = ("hours", "events_per_hour", "stream_minutes", "fps")
FORMAT: Final = 2  # of the plan: another one draws other streams from the same settings
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class StreamsSummary:
    """What a run made."""

    streams: int
    made: int
    hours: float
    events: int
    normal: int
    queries: int


def make_streams(
    config: StreamsConfig, out: str | Path, on_stream: Progress = lambda done, total: None
) -> StreamsSummary:
    """Make what is missing in `out`. Raises StreamsError for a folder of other streams, and what the source raises."""
    config.check()
    out = Path(out)
    check_output(out, kind="folder")
    check_foreign(out, (BUILD, PARTS), "folder of streams")
    settings = _settings(config)
    (out / VIDEOS).mkdir(parents=True, exist_ok=True)
    with exclusive_lock(out):
        if (counts := _finished(out, settings, config.num_streams)) is not None:
            rmtree(out / PARTS, ignore_errors=True)  # the run that finished it may have been killed before this
            return StreamsSummary(made=0, **counts)
        key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:20]
        numbers = range(config.num_streams)
        missing = [number for number in numbers if _part(out, number, key) is None]
        if config.source is None:
            for number in missing:
                plan_stream(config, number)  # what does not fit is said before anything is drawn
        _make(config, out, key, missing, on_stream)
        truths = [truth for number in numbers if (truth := _part(out, number, key)) is not None]
        return _finish(config, out, settings, truths, len(missing))


def _finish(
    config: StreamsConfig, out: Path, settings: JsonObject, truths: list[StreamTruth], made: int
) -> StreamsSummary:
    _, queries = write_truth(out, truths, config.fps)
    write_windows(out, truths, config.fps)
    happenings = [one for truth in truths for one in truth.happenings]
    summary = StreamsSummary(
        streams=len(truths),
        made=made,
        hours=sum(truth.num_frames for truth in truths) / config.fps / 3600,
        events=sum(bool(one.is_anomaly) for one in happenings),
        normal=sum(one.is_anomaly is False for one in happenings),
        queries=queries,
    )
    counts = {name: value for name, value in asdict(summary).items() if name != "made"}
    write_json(out / BUILD, {"streams": settings, "counts": counts})
    rmtree(out / PARTS)
    return summary


def _settings(config: StreamsConfig) -> JsonObject:
    """What decides the content: no path, no number of workers."""
    settings = {name: value for name, value in asdict(config).items() if name not in ("workers", "source", "split")}
    settings |= {name: float(settings[name]) for name in REAL_NUMBERS}  # 1 and 1.0 are one setting
    if config.source is not None:
        from svta.builder.dataset.clip_dataset import open_dataset

        settings |= {"split": config.split, "clips": open_dataset(config.source, split=config.split).fingerprint}
    return {"format": FORMAT, **settings}


def _finished(out: Path, settings: JsonObject, num_streams: int) -> JsonObject | None:
    """The counts of a finished run of these settings; None if there is something to do, which is then noted down.

    Raises StreamsError for a folder that was begun or finished with other settings.
    """
    record = out / PARTS / SETTINGS
    build = read_json_object(out / BUILD, error=StreamsError) if (out / BUILD).is_file() else {}
    begun = read_json_object(record, error=StreamsError) if record.is_file() else settings
    if (build and build.get("streams") != settings) or begun != settings:
        raise StreamsError(f"{out}: contains streams of other settings; use another --out")
    if build and all((out / VIDEOS / f"{stream_name(number)}.mp4").is_file() for number in range(num_streams)):
        counts: JsonObject = build["counts"]
        return counts
    record.parent.mkdir(exist_ok=True)
    write_json(record, settings)
    return None


def _part(out: Path, number: int, key: str) -> StreamTruth | None:
    """The truth of a finished stream; None if it is still to be made."""
    path = out / PARTS / f"{stream_name(number)}.json"
    if not path.is_file() or not (out / VIDEOS / f"{stream_name(number)}.mp4").is_file():
        return None
    part = read_json_object(path, error=StreamsError)
    if part.get("key") != key:
        return None
    happenings, absent = (tuple(Happening(**one) for one in part[name]) for name in ("happenings", "absent"))
    camera, normal_life = (str(part.get(name, "")) for name in ("camera", "normal_life"))
    return StreamTruth(part["video"], part["num_frames"], happenings, absent, camera, normal_life)


def _make(config: StreamsConfig, out: Path, key: str, numbers: list[int], on_stream: Progress) -> None:
    workers = min(config.workers or cpu_count(), len(numbers))
    if workers <= 1:
        for done, number in enumerate(numbers):
            on_stream(done, len(numbers))
            make_stream(config, out, key, number)
        return
    context = multiprocessing.get_context("spawn")
    one = replace(config, workers=1)
    try:
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            running = [pool.submit(make_stream, one, out, key, number) for number in numbers]
            for done, future in enumerate(as_completed(running), 1):
                future.result()
                on_stream(done, len(numbers))
    except BrokenProcessPool:
        raise StreamsError("a process was killed; finished streams are kept; the same command resumes") from None


def make_stream(config: StreamsConfig, out: Path, key: str, number: int) -> None:
    """One stream: its video, then its part."""
    name = stream_name(number)
    own_key = f"{name}-{key}"
    if config.source is None:
        planned = plan_stream(config, number)
        truth, frames, mark = planned.truth, drawn_frames(planned, config), synthetic_mark("algorithmicMedia", own_key)
    else:
        from .stitched import Footage

        footage = Footage(config)
        stitched = footage.plan(number)
        truth, frames, mark = stitched.truth, footage.frames(stitched), footage.mark(stitched, own_key)
    data = encode(frames, fps=config.fps, metadata=mark, preset="veryfast")
    with atomic_write(out / VIDEOS / f"{name}.mp4") as file:
        file.write(data)
    write_json(out / PARTS / f"{name}.json", {"key": key, **asdict(truth)})
