"""What a server makes of a request, found out before it is given work: which engine, frames and size, which seeds.

The same request twice, with one seed: the answer tells what the server snaps frames and size to, what a clip takes, and
whether the seed decides its pixels. Kept beside the descriptions (NAME.endpoint/), so that neither `svta generate`
after `svta plan` nor other ranks pay for it again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from svta.builder.errors import SvtaError
from svta.builder.io.files import locked_file, write_json
from svta.builder.io.json_text import Json, JsonObject, read_json_object
from svta.builder.io.parallel import thread_pool
from svta.builder.video.container import probe
from svta.builder.video.decoder import decode
from svta.builder.video.frame_buffer import VideoError

from .dialects import DIALECTS, Dialect
from .errors import JobFailed, VideoApiError
from .jobs import Fleet
from .ledger import Ledger
from .one_job import Limits, Server, Video
from .server import VideoServer

TRIALS: Final = "trials.json"
MAX_LESSONS: Final = 12  # refusals of a server that are learnt from
MAX_MEMORY_BYTES: Final = 1 << 20
HONOURED: Final = "honoured"  # the same seed gave the same pixels twice
IGNORED: Final = "ignored"
NOT_SENT: Final = "not sent"  # the engine has no field for it, or refuses it


@dataclass(frozen=True)
class Trial:
    """What one server showed. num_frames, width, height, fps: of the video that it sent, counted on the file.

    seed: HONOURED, IGNORED or NOT_SENT. seconds: of the second of two jobs, when the first has warmed the server up.
    marks: as of Dialect, and seen.
    """

    dialect: str
    without: tuple[str, ...]
    engine: str
    version: str
    num_frames: int
    width: int
    height: int
    fps: float
    seed: str
    seconds: float
    num_bytes: int
    marks: bool = False

    def as_dialect(self) -> Dialect:
        """The dialect that the server turned out to take."""
        return replace(DIALECTS[self.dialect], without=self.without, marks=self.marks)

    @property
    def facts(self) -> JsonObject:
        """What each clip of the server records."""
        version = self.version or "not told"
        return {"engine": self.engine, "engine_version": version, "seed_is": self.seed}

    def shape_problem(self, data: bytes) -> str:
        """What is wrong with a file that the server sends later, "" if nothing is: it has to be like the trial's."""
        try:
            info = probe(data)
        except VideoError as error:
            return f"it is not a video: {error}"
        if (info.num_frames, info.width, info.height) == (self.num_frames, self.width, self.height):
            return ""
        return (
            f"it has {info.num_frames} frames of {info.width}x{info.height}, "
            f"the trial had {self.num_frames} of {self.width}x{self.height}"
        )


_STORED: Final = TypeAdapter(Trial)


def try_servers(
    urls: Sequence[str],
    values: Mapping[str, Json],
    own: Mapping[str, Json],
    *,
    memory: Path,
    dialect: str = "",
    limits: Limits | None = None,
) -> dict[str, Trial]:
    """A trial of every server by its URL, from the folder `memory` where it is known there. Raises VideoApiError.

    values: of the request, with the prompt of a clip. dialect: the name of a row of DIALECTS, "" to find out.
    """
    limits = limits or Limits()
    settings = {name: value for name, value in values.items() if name not in ("prompt", "negative_prompt", "seed")}
    digests = {
        url: hashlib.sha256(repr([url, sorted(settings.items()), own, dialect, limits.sync]).encode()).hexdigest()[:32]
        for url in urls
    }
    with locked_file(memory / "lock"):  # of several ranks, one tries and the others read
        known = _read(memory / TRIALS)
        missing = [url for url in urls if digests[url] not in known]

        def try_one(url: str) -> Trial:
            ledger = Ledger(memory / digests[url])
            trial = _try(url, values, own, ledger, limits, dialect)
            ledger.clear()
            return trial

        with thread_pool(max(1, len(missing))) as pool:
            trials = {digests[url]: pool.submit(try_one, url) for url in missing}
        if new := {digest: trial.result() for digest, trial in trials.items() if trial.exception() is None}:
            known |= new
            write_json(memory / TRIALS, {digest: asdict(trial) for digest, trial in known.items()})
        for trial in trials.values():
            trial.result()  # raises what went wrong with a server; the others are not paid for a trial again
    return {url: known[digests[url]] for url in urls}


def _read(path: Path) -> dict[str, Trial]:
    try:
        stored = read_json_object(path, MAX_MEMORY_BYTES)
        return {digest: _STORED.validate_python(value) for digest, value in stored.items()}
    except (OSError, SvtaError, ValidationError):
        return {}


def _try(
    url: str, values: Mapping[str, Json], own: Mapping[str, Json], ledger: Ledger, limits: Limits, dialect: str
) -> Trial:
    api = VideoServer(url, DIALECTS[dialect or "sglang"])
    engine = _engine(api)
    if not dialect:
        api.dialect = DIALECTS.get(engine, DIALECTS["sglang"])
    if limits.sync and not api.dialect.sync_path:
        raise VideoApiError(f"{api.url}: {api.dialect.name} has no form that answers at once; leave mode=sync out")

    def generate(name: str) -> Video:
        return Fleet([Server(api, {})], ledger, replace(limits, concurrency=1), _is_video).video(name, values, own)

    api.dialect = replace(api.dialect, marks=False)
    first = _learning(api, lambda: generate("trial.1"))
    can_mark = DIALECTS[api.dialect.name].marks and api.dialect.name in (engine, dialect)
    second, seconds = _timed(lambda: _marked(api, lambda: generate("trial.2"), can_mark))
    seed = NOT_SENT
    try:
        info = probe(second.data)
        if api.dialect.sends("seed"):
            seed = HONOURED if _pixels(first.data) == _pixels(second.data) else IGNORED
    except VideoError as error:
        raise VideoApiError(f"{api.url}: the video of the trial job {error}") from None
    name, without = api.dialect.name, api.dialect.without
    shape = (info.num_frames, info.width, info.height, info.fps)
    size = len(second.data)
    marks = api.dialect.marks
    return Trial(name, without, engine or name, _version(api), *shape, seed, round(seconds, 3), size, marks)


def _learning(api: VideoServer, generate: Callable[[], Video]) -> Video:
    """What `generate` gives, without the fields that the server refuses. Raises VideoApiError."""
    for _ in range(MAX_LESSONS):
        try:
            return generate()
        except JobFailed as error:
            sent = {name: "" for name in (*api.dialect.fields.values(), *api.dialect.nested.values())}
            learnt = None if error.reply is None else api.dialect.learn(sent, error.reply)
            if learnt is None:
                raise VideoApiError(f"{api.url}: the trial job gave no video: {error}") from None
            api.dialect = learnt
    raise VideoApiError(f"{api.url}: refuses one field of the request after the other; give --set dialect=NAME")


def _marked(api: VideoServer, generate: Callable[[], Video], can_mark: bool) -> Video:
    """What `generate` gives, marked if the server takes that: a gateway before an engine may know its models' names."""
    if can_mark:
        api.dialect = replace(api.dialect, marks=True)
        try:
            return generate()
        except (JobFailed, VideoApiError):
            api.dialect = replace(api.dialect, marks=False)
    return _learning(api, generate)


def _timed(generate: Callable[[], Video]) -> tuple[Video, float]:
    start = time.monotonic()
    return generate(), time.monotonic() - start


def _engine(api: VideoServer) -> str:
    """Which engine answers, by what it says of itself: the name of a row of DIALECTS, "" where it does not say."""
    models = api.facts("/models").get("data")
    owners = [str(row.get("owned_by")).lower() for row in models or () if isinstance(row, dict)]
    for word, name in (("sglang", "sglang"), ("vllm", "vllm-omni"), ("nvidia", "dynamo"), ("openai", "openai")):
        if any(word in owner for owner in owners):
            return name
    if "pipeline_class" in api.facts("/models", root=True):
        return "sglang"
    if _version(api, ("/version",)):
        return "vllm-omni"
    return "openai" if (urlsplit(api.url).hostname or "").endswith("openai.com") else ""


def _version(api: VideoServer, paths: Sequence[str] = ("/version", "/server_info", "/get_server_info")) -> str:
    """The version that the server tells, "" where it tells none."""
    for path in paths:
        if isinstance(version := api.facts(path, root=True).get("version"), str) and version.isprintable():
            return version[:80]
    return ""


def _is_video(data: bytes) -> str:
    try:
        probe(data)
    except VideoError as error:
        return f"it is not a video: {error}"
    return ""


def _pixels(data: bytes) -> str:
    frames, _ = decode(data, size=None, sampling="all")
    return hashlib.sha256(frames.tobytes()).hexdigest()
