"""From a take to a finished clip: developed, judged, encoded and filled in, in threads while the backend films on.

Reads Takes, gives (clip, mp4 bytes) in plan order; what a gate refuses is filmed again with another seed, up to the
backend's attempts, then rejected with its figures. Called by worker.film_unit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from svta.builder.record import Clip
from svta.builder.video.container import probe
from svta.builder.video.encoder import encode
from svta.builder.video.marking import synthetic_mark

from .base import FILM_FAILED, Backend, FilmError, Take, motion_energy
from .quality import Gates, figures, look
from .spec import FilmSpec, seed_of

THREADS: Final = 2  # .7 core-seconds a clip of 832x480x33 (x264): one keeps up with a GPU, two with a distilled model


@dataclass(frozen=True)
class Finished:
    """A clip with its record filled and its mp4 bytes; `look` tells doubles apart."""

    clip: Clip
    video: bytes
    look: str = ""


@dataclass(frozen=True)
class Failed:
    """Why a take became no clip; `again`: another seed may do."""

    reason: str
    detail: str
    again: bool = False


def finish(clip: Clip, take: Take | None, spec: FilmSpec, backend: Backend, attempt: int = 0) -> Finished | Failed:
    """One take, developed, judged and encoded. Raises FilmError where the mp4 is not what was planned."""
    if take is not None and take.develop is not None:
        take = take.develop()
    take = take or Take(None, reason=FILM_FAILED, detail=f"{backend.generator} gave no film")
    if take.frames is None:
        return Failed(take.reason or FILM_FAILED, take.detail, take.again)
    want = (spec.num_frames, spec.height, spec.width, 3)
    if take.frames.dtype != "uint8" or take.frames.shape != want:
        detail = f"{take.frames.dtype} {list(take.frames.shape)}, uint8 {list(want)} was asked for"
        return Failed("wrong_shape", detail)
    facts: dict[str, Any] = {**take.provenance, "attempt": attempt}
    gates: Gates | None = getattr(backend, "gates", None)
    if gates is not None:
        facts["quality"], facts["look"] = figures(take.frames), look(take.frames)
        if (fault := gates.fault(facts["quality"])) is not None:
            return Failed(*fault, again=True)
    if (score := getattr(backend, "score", None)) is not None:
        facts["similarity"] = round(float(score(take.frames, clip.caption)), 5)
    mark = synthetic_mark(backend.source_type, clip.key)
    preset = getattr(backend, "preset", "medium")
    video = encode(take.frames, fps=spec.fps, metadata=mark, preset=preset, audio=take.audio)
    if gates is not None:
        _check(video, clip, spec)
    num_frames, height, width = take.frames.shape[:3]
    made = clip.replace(
        num_frames=num_frames,
        fps=float(spec.fps),
        width=width,
        height=height,
        duration=round(num_frames / spec.fps, 6),
        seed=seed_of(spec.digest, clip.key, attempt),
        generator=backend.generator,
        provenance=_provenance(clip, spec, backend, facts),
        motion=motion_energy(take.frames),
        synthetic=True,
    )
    return Finished(made, video, facts.get("look", ""))


def film_gated(
    backend: Any, clips: Sequence[Clip], spec: FilmSpec, rejected: list[dict[str, Any]]
) -> Iterator[tuple[Clip, bytes]]:
    """A whole unit through a backend with gates, filming and finishing at the same time; results in plan order."""
    done: dict[int, Finished] = {}
    failed: dict[int, Failed] = {}
    told: dict[int, list[str]] = {}
    waiting = list(range(len(clips)))
    for attempt in range(backend.attempts):
        results = _round(backend, clips, spec, waiting, attempt)
        looks = {clips[place].key: done[place].look for place in sorted(done)}
        waiting = []
        for place in sorted(results):
            result = results[place]
            if isinstance(result, Finished) and (double := backend.gates.duplicate_of(result.look, looks)):
                result = Failed("duplicate", f"looks like {double}", again=True)
            if isinstance(result, Finished):
                done[place], looks[clips[place].key] = result, result.look
                continue
            told.setdefault(place, []).append(f"attempt {attempt}: {result.reason}, {result.detail}")
            failed[place] = result
            if result.again:
                waiting.append(place)
        if not waiting:
            break
    for place, clip in enumerate(clips):
        if place in done:
            yield done[place].clip, done[place].video
        else:
            detail = failed[place].detail if len(told[place]) == 1 else "; ".join(told[place])
            rejected.append({"reason": failed[place].reason, "detail": detail, **clip.to_dict()})


def _round(
    backend: Any, clips: Sequence[Clip], spec: FilmSpec, places: Sequence[int], attempt: int
) -> dict[int, Finished | Failed]:
    """Film the clips at `places` and finish each in a thread; no more than two batches of takes wait for a thread."""
    seeds = [seed_of(spec.digest, clips[place].key, attempt) for place in places]
    results: dict[int, Finished | Failed] = {}
    pending: list[tuple[int, Future[Finished | Failed]]] = []
    most = 2 * THREADS + 2 * getattr(backend, "batch_size", 1)  # a batch comes at once, and must not stop the next
    pool = ThreadPoolExecutor(THREADS)
    try:
        takes = backend.film([clips[place] for place in places], seeds, places=places)
        for place in places:
            job = pool.submit(finish, clips[place], next(takes, None), spec, backend, attempt)
            pending.append((place, job))
            while len(pending) > most:
                first, oldest = pending.pop(0)
                results[first] = oldest.result()
        results.update((place, job.result()) for place, job in pending)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return results


def _check(video: bytes, clip: Clip, spec: FilmSpec) -> None:
    """The finished mp4 holds what was planned, counted on the file itself."""
    info = probe(video)
    if (info.num_frames, info.height, info.width) != (spec.num_frames, spec.height, spec.width):
        raise FilmError(
            f"key {clip.key}: the mp4 holds {info.num_frames} frames of {info.width}x{info.height}, "
            f"{spec.num_frames} of {spec.width}x{spec.height} were planned"
        )


def _provenance(clip: Clip, spec: FilmSpec, backend: Backend, facts: Mapping[str, Any]) -> str:
    """How the clip was made, as sorted JSON; what its caption's maker recorded (a chat model) stays in it."""
    before = json.loads(clip.provenance) if clip.provenance else {}
    options = getattr(backend, "recorded", spec.options)
    whole = {**before, "spec": spec.digest, "versions": dict(spec.versions), **options, **facts}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
