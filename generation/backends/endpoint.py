"""A served text-to-video model: SGLang Diffusion, vLLM-Omni, or another server of the OpenAI Videos API.

svta generate captions.jsonl --backend endpoint --endpoint http://gpu1:30000/v1,http://gpu2:30000/v1 --model OWNER/NAME

Every clip is a job of one of the servers; what comes back is decoded, brought to the dataset's frames, rate and size,
and goes through the same gates and encoder as the clips of other backends. docs/serving.md is the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, fields, replace
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from svta.builder.io.json_text import parse_json_object
from svta.builder.io.parallel import thread_pool
from svta.builder.minors.judgement import forbidden
from svta.builder.record import Clip
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.decoder import sample
from svta.builder.video.frame_buffer import VideoError, pil_resized
from svta.builder.video.marking import SourceType
from svta.generation.video_api.dialects import DIALECTS
from svta.generation.video_api.errors import JobFailed
from svta.generation.video_api.jobs import Fleet
from svta.generation.video_api.ledger import Ledger
from svta.generation.video_api.one_job import Limits, Server, Video
from svta.generation.video_api.server import VideoServer, base_url
from svta.generation.video_api.trial import HONOURED, IGNORED, Trial, try_servers

from .base import GENERATION_FAILED, Backend, BackendOutput
from .config import GenerateConfig
from .licences import licence_notes
from .prompts import negative_of, prompt_of
from .quality import Gates
from .settings import parse_settings
from .spec import JsonObject, Options, PlanError, RenderSpec

JOBS: Final = "jobs"  # the ledger's folder, in the clips folder
SEED_BITS: Final = 31  # that every engine takes: some read a seed as a signed number of 32 bits
SHAPE: Final[Mapping[str, Any]] = {"num_frames": 33, "height": 480, "width": 832, "fps": 16.0}
_SECONDS: Final = (4, 8, 12)  # that OpenAI's videos may last


@dataclass(frozen=True)
class EndpointSettings:
    """What `--set` changes. Steps, guidance and the like: None leaves them to the server.

    size: WxH to ask the server for, where the dataset's is another. seconds: for engines that take no frames. fields:
    more fields of the request, as the engine names them; null leaves one of svta's out. dialect: "" to find out.
    mode: jobs, or sync (the form that answers at once). concurrency: jobs at a time on a server. timeout: seconds of a
    job. The last four decide no pixels, and may change from run to run.
    """

    steps: int | None = None
    guidance_scale: float | None = None
    flow_shift: float | None = None
    negative_prompt: str = ""
    negative_prompts: Mapping[str, str] = field(default_factory=dict)
    size: str = ""
    seconds: int | None = None
    fields: Options = field(default_factory=dict)
    attempts: int = 3
    gates: Mapping[str, float] = field(default_factory=dict)
    dialect: str = ""
    mode: str = "jobs"
    concurrency: int = 4
    timeout: float = 3_600.0

    @property
    def limits(self) -> Limits:
        """How jobs are run."""
        return Limits(self.concurrency, self.timeout, sync=self.mode == "sync")


HOW_IT_RUNS: Final = ("dialect", "mode", "concurrency", "timeout")


class Endpoint(Backend):
    """Servers of one model. Created with a RenderSpec of backend `endpoint` that prepared() has completed."""

    source_type: SourceType = "trainedAlgorithmicMedia"
    accepts = ("model", "model_id", "settings", "endpoint")

    def __init__(self, spec: RenderSpec):
        super().__init__(spec)
        self.settings = settings_of(spec)
        self.generator = str(spec.options["model"])
        self.attempts, self.gates = self.settings.attempts, Gates.of(self.settings.gates)
        trials = trials_of(spec)
        servers = [Server(VideoServer(url, trial.as_dialect()), trial.facts) for url, trial in trials.items()]
        self.trial = next(iter(trials.values()))
        self.ledger = Ledger(spec.local[JOBS])
        self.fleet = Fleet(servers, self.ledger, self.settings.limits, self.trial.shape_problem)
        self.batch_size = self.fleet.capacity

    def generate(
        self, clips: Sequence[Clip], seeds: Sequence[int], positions: Sequence[int] | None = None
    ) -> Iterator[BackendOutput]:
        """One output per clip, in order; all servers are busy meanwhile. Raises VideoApiError."""
        refused = self.refusals(clips)
        self.fleet.stop.clear()
        pool = thread_pool(self.fleet.capacity, name="svta-jobs")
        waiting: dict[int, Future[BackendOutput]] = {}
        done = False
        try:
            for i, (clip, seed) in enumerate(zip(clips, seeds)):
                if i not in refused:
                    waiting[i] = pool.submit(self._output, clip, seed)
            for i in range(len(clips)):
                yield refused[i] if i in refused else waiting.pop(i).result()
            done = True
        finally:
            if not done:
                self.fleet.end()
            pool.shutdown(wait=True, cancel_futures=True)

    def _output(self, clip: Clip, seed: int) -> BackendOutput:
        """One clip's video, its pixels decoded where the output is resolved."""
        values = request_values(self.spec, self.settings) | {
            "prompt": prompt_of(clip),
            "negative_prompt": negative_of(clip, self.settings.negative_prompt, self.settings.negative_prompts) or None,
            "seed": seed % (1 << SEED_BITS),
        }
        try:
            video = self.fleet.video(f"{clip.key}.{seed}", values, self.settings.fields)
        except JobFailed as error:
            return BackendOutput(
                None, reason="content_filter" if error.filtered else GENERATION_FAILED, detail=str(error)
            )
        return BackendOutput(None, video.facts, deferred=lambda: self._decoded(video))

    def _decoded(self, video: Video) -> BackendOutput:
        try:
            return BackendOutput(planned_frames(video.data, self.trial.fps, self.spec), video.facts)
        except VideoError as error:
            return BackendOutput(None, reason=GENERATION_FAILED, detail=f"the server's video {error}")

    def release(self, clips: Sequence[Clip]) -> None:
        """The ledger of these clips is not needed any more."""
        self.ledger.release({clip.key for clip in clips})

    @classmethod
    def finish(cls, clips_dir: str | Path) -> None:
        """Nor is that of the others."""
        Ledger(Path(clips_dir) / JOBS).clear()

    @property
    def recorded(self) -> JsonObject:
        """What goes into each clip's provenance, besides the engine and the fields that its request had."""
        names = ("model", "served")
        return {name: self.spec.options[name] for name in names if name in self.spec.options}

    @classmethod
    def workers(cls, spec: RenderSpec) -> int:
        """One process: the servers do the work, and its threads keep all of them busy."""
        return 1

    @classmethod
    def notes(cls, spec: RenderSpec, clips: Sequence[Clip] = ()) -> list[str]:
        """What the licences of the model and the clips' chat models allow; the server's other parts are not known."""
        return licence_notes(str(spec.options["model"]), clips)

    @classmethod
    def plan_spec(cls, config: GenerateConfig) -> RenderSpec:
        """The spec as it is wanted; prepared() says what the servers make of it."""
        urls = _urls(config.endpoint or "")
        if not urls or not config.model:
            raise PlanError("--backend endpoint needs --endpoint URL[,URL...] and --model ID")
        spec = super().plan_spec(replace(config, **{k: v for k, v in SHAPE.items() if getattr(config, k) is None}))
        texts = config.settings
        given = dict(texts) if isinstance(texts, Mapping) else parse_settings(texts, EndpointSettings)
        settings = EndpointSettings(**given)
        for fault in _faults(settings):
            raise PlanError(f"--set {fault}")
        Gates.of(settings.gates)
        values = asdict(settings)
        options: JsonObject = {"model": config.model_id or config.model, "served_as": config.model}
        options |= {name: value for name, value in values.items() if name not in HOW_IT_RUNS and value is not None}
        local = {name: str(values[name]) for name in HOW_IT_RUNS}
        return replace(spec, options=options, local={**local, "endpoint": ",".join(urls)})

    @classmethod
    def prepared(
        cls, spec: RenderSpec, clips: Sequence[Clip], *, memory: Path, clips_dir: Path | None
    ) -> tuple[RenderSpec, list[str]]:
        """A trial of every server: its frames and size become the spec's, its engine and seeds are printed."""
        settings, judged_by = settings_of(spec), load_taxonomy(spec.local.get("taxonomy"))
        first = next((clip for clip in clips if forbidden(clip, judged_by) is None), None)
        if first is None:
            return spec, []
        negative = negative_of(first, settings.negative_prompt, settings.negative_prompts)
        values = request_values(spec, settings) | {"prompt": prompt_of(first), "negative_prompt": negative or None}
        values["seed"] = spec.seed % (1 << SEED_BITS)
        trials = try_servers(
            _urls(spec.local["endpoint"]),
            values,
            settings.fields,
            memory=memory,
            dialect=settings.dialect,
            limits=settings.limits,
        )
        spec = _as_served(spec, settings, list(trials.values()))
        folder = memory if clips_dir is None else clips_dir
        texts = json.dumps({url: asdict(trial) for url, trial in trials.items()})
        spec = replace(spec, local={**spec.local, "trials": texts, JOBS: str((folder / JOBS).resolve())})
        return spec, [line for url, trial in trials.items() for line in _trial_notes(url, trial)]


def settings_of(spec: RenderSpec) -> EndpointSettings:
    """The settings that a spec holds."""
    names = {f.name for f in fields(EndpointSettings)}
    values = {name: value for name, value in spec.options.items() if name in names}
    local = spec.local
    return EndpointSettings(
        **values,
        dialect=local["dialect"],
        mode=local["mode"],
        concurrency=int(local["concurrency"]),
        timeout=float(local["timeout"]),
    )


def request_values(spec: RenderSpec, settings: EndpointSettings) -> JsonObject:
    """svta's values for a request, without those of one clip: prompt, negative prompt and seed."""
    wanted = spec.options.get("wanted", {})  # before the server snapped it
    num_frames = wanted.get("num_frames", spec.num_frames)
    size = settings.size or f"{wanted.get('width', spec.width)}x{wanted.get('height', spec.height)}"
    needed = ceil(num_frames / spec.fps)
    seconds = settings.seconds or next((allowed for allowed in _SECONDS if allowed >= needed), needed)
    return {
        "model": spec.options["served_as"],
        "size": size,
        "num_frames": num_frames,
        "fps": max(1, round(spec.fps)),
        "seconds": str(seconds),
        "steps": settings.steps,
        "guidance_scale": settings.guidance_scale,
        "flow_shift": settings.flow_shift,
    }


def planned_frames(data: bytes, fps: float, spec: RenderSpec) -> NDArray[np.uint8]:
    """uint8 [N, H, W, 3] of the spec's frames, rate and size out of a served video of `fps`. Raises VideoError.

    Frames by time from the first one on; scaled to fill the size by PIL's bicubic and cropped to the centre.
    """
    frames = sample(data, size=None, sampling="all").frames
    wanted = np.floor(np.arange(spec.num_frames) * ((fps or spec.fps) / spec.fps) + 1e-6).astype(int)
    frames = frames[np.minimum(wanted, len(frames) - 1)]
    height, width = frames.shape[1:3]
    if (height, width) == (spec.height, spec.width):
        return frames
    scale = max(spec.width / width, spec.height / height)
    size = max(spec.width, round(width * scale)), max(spec.height, round(height * scale))
    left, top = (size[0] - spec.width) // 2, (size[1] - spec.height) // 2
    box = (left, top, left + spec.width, top + spec.height)
    return np.stack([pil_resized(frame, size, box) for frame in frames])


def trials_of(spec: RenderSpec) -> dict[str, Trial]:
    """What prepared() found out of each server, by its URL."""
    stored = parse_json_object(spec.local["trials"])
    return {url: Trial(**{**facts, "without": tuple(facts["without"])}) for url, facts in stored.items()}


def _as_served(spec: RenderSpec, settings: EndpointSettings, trials: Sequence[Trial]) -> RenderSpec:
    """The spec with the frames and size that the servers make. Raises PlanError if they differ from each other."""
    shapes = {(trial.num_frames, trial.width, trial.height, round(trial.fps, 3)) for trial in trials}
    if len(shapes) > 1:
        shown = " and ".join(f"{n} frames of {w}x{h} at {fps:g} a second" for n, w, h, fps in sorted(shapes))
        raise PlanError(f"--endpoint: the servers make different videos ({shown}); give each its own run")
    num_frames, width, height, fps = shapes.pop()
    most = floor((num_frames - 1) * spec.fps / (fps or spec.fps) + 1e-6) + 1
    served = {"num_frames": num_frames, "width": width, "height": height, "fps": fps}
    wanted = {"num_frames": spec.num_frames, "width": spec.width, "height": spec.height}
    changes: JsonObject = {"num_frames": min(spec.num_frames, most)}
    if not settings.size:  # the server's own is the dataset's, but for an odd row or column
        changes |= {"width": width - width % 2, "height": height - height % 2}
    return replace(spec, options={**spec.options, "served": served, "wanted": wanted}, **changes)


def _urls(text: str) -> list[str]:
    """The servers that `--endpoint` names, each once."""
    return list(dict.fromkeys(base_url(url) for url in text.split(",") if url.strip()))


def _trial_notes(url: str, trial: Trial) -> Iterator[str]:
    engine = f"{trial.engine} {trial.version or '(version unknown)'}"
    shape = f"{trial.num_frames} frames of {trial.width}x{trial.height} at {trial.fps:g} a second"
    yield f"{url}: {engine} makes {shape}, {trial.seconds:,.1f} s a clip (two trial jobs)"
    if trial.without:
        yield f"{url}: refuses {', '.join(trial.without)}: not sent, the server decides"
    if trial.seed == IGNORED:
        yield f"{url}: does not honour seeds: the same one gave two different videos; provenance says so"
    elif trial.seed != HONOURED:
        yield f"{url}: accepts no seed: a clip cannot be made again; provenance says so"


def _faults(settings: EndpointSettings) -> Iterator[str]:
    """What is wrong with the settings."""
    for name, number, least, most in (
        ("steps", settings.steps, 1, 1_000),
        ("guidance_scale", settings.guidance_scale, 0, 100),
        ("flow_shift", settings.flow_shift, 0, 100),
        ("seconds", settings.seconds, 1, 3_600),
        ("attempts", settings.attempts, 1, 100),
        ("concurrency", settings.concurrency, 1, 256),
        ("timeout", settings.timeout, 1, 86_400),
    ):
        if number is not None and not least <= number <= most:
            yield f"{name}={number:g}: {least} to {most}"
    if settings.dialect and settings.dialect not in DIALECTS:
        yield f"dialect={settings.dialect}: one of {', '.join(DIALECTS)}"
    if settings.mode not in ("jobs", "sync"):
        yield f"mode={settings.mode}: jobs or sync"
    width, times, height = settings.size.partition("x")
    if settings.size and not (times and width.isdecimal() and height.isdecimal()):
        yield f"size={settings.size}: WxH is needed, e.g. 1280x720"
    if wrong := next((name for name, text in settings.negative_prompts.items() if not isinstance(text, str)), None):
        yield f"negative_prompts: {wrong} needs a text"
