"""From backend outputs to finished clips: quality gates, encoding and records, in threads while the backend goes on.

Reads BackendOutputs, gives (clip, mp4 bytes) in plan order; what a gate refuses is generated again with another seed,
up to the backend's attempts, then rejected with its figures. Called by unit.generate_unit.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from svta.builder.io.parallel import thread_pool
from svta.builder.record import Clip
from svta.builder.rights import facts_of
from svta.builder.video.container import probe
from svta.builder.video.encoder import encode
from svta.builder.video.marking import synthetic_mark

from .base import GENERATION_FAILED, Backend, BackendOutput, GenerationError
from .quality import Gates, motion_energy, perceptual_hash, quality_figures
from .spec import JsonObject, Options, RenderSpec, seed_of

THREADS: Final = 2  # .7 core-seconds a clip of 832x480x33 (x264): one keeps up with a GPU, two with a distilled model


@dataclass(frozen=True)
class FinishedClip:
    """A clip with its record filled and its mp4 bytes; `image_hash` finds duplicates."""

    clip: Clip
    video: bytes
    image_hash: str = ""


@dataclass(frozen=True)
class FailedClip:
    """Why an output gave no clip; `retry`: another seed may succeed."""

    reason: str
    detail: str
    retry: bool = False


def postprocess(
    clip: Clip, output: BackendOutput | None, spec: RenderSpec, backend: Backend, attempt: int = 0
) -> FinishedClip | FailedClip:
    """One output, resolved, judged and encoded. Raises GenerationError if the mp4 is not what was planned."""
    output = output.resolve() if output else BackendOutput(None, detail=f"{backend.generator} gave no output")
    if (frames := output.frames) is None:
        return FailedClip(output.reason or GENERATION_FAILED, output.detail, output.retry)
    expected = (spec.num_frames, spec.height, spec.width, 3)
    if frames.dtype != "uint8" or frames.shape != expected:
        detail = f"{frames.dtype} {list(frames.shape)}, uint8 {list(expected)} is needed"
        return FailedClip("wrong_shape", detail)
    facts: JsonObject = {**output.provenance, "attempt": attempt}
    if backend.gates is None:
        motion, image_hash = motion_energy(frames), ""
    else:
        quality, image_hash = quality_figures(frames), perceptual_hash(frames)
        motion = quality["motion"]
        facts |= {"quality": quality, "look": image_hash}
        if (fault := backend.gates.fault(quality)) is not None:
            return FailedClip(*fault, retry=True)
    if (score := backend.score(frames, clip.caption)) is not None:
        facts["similarity"] = round(float(score), 5)
    mark = synthetic_mark(backend.source_type, clip.key)
    video = encode(frames, fps=spec.fps, metadata=mark, preset=backend.encoder_preset, audio=output.audio)
    if backend.gates is not None:
        _check_video(video, clip, spec)
    finished = clip.replace(
        num_frames=spec.num_frames,
        fps=float(spec.fps),
        width=spec.width,
        height=spec.height,
        duration=round(spec.num_frames / spec.fps, 6),
        seed=seed_of(spec.digest, clip.key, attempt),
        generator=backend.generator,
        provenance=_provenance(clip, spec, backend, facts),
        motion=motion,
        flags=tuple(dict.fromkeys((*clip.flags, *output.flags))),
        synthetic=True,
    )
    return FinishedClip(finished, video, image_hash)


def generate_gated(
    backend: Backend, clips: Sequence[Clip], spec: RenderSpec, rejected: list[JsonObject]
) -> Iterator[tuple[Clip, bytes]]:
    """A whole unit through a backend with gates, generating and encoding at the same time; results in plan order."""
    finished: dict[int, FinishedClip] = {}
    failed: dict[int, list[FailedClip]] = {}
    waiting = list(range(len(clips)))
    for attempt in range(backend.attempts):
        results = _generate_round(backend, clips, spec, waiting, attempt)
        hashes = {clips[position].key: finished[position].image_hash for position in sorted(finished)}
        waiting = []
        for position in sorted(results):
            result = results[position]
            if isinstance(result, FinishedClip):
                result = _unless_duplicate(result, hashes, backend.gates)
            if isinstance(result, FinishedClip):
                finished[position], hashes[clips[position].key] = result, result.image_hash
                continue
            failed.setdefault(position, []).append(result)
            if result.retry:
                waiting.append(position)
        if not waiting:
            break
    for position, clip in enumerate(clips):
        if position in finished:
            yield finished[position].clip, finished[position].video
        else:
            rejected.append(_reject(clip, failed[position]))


def _unless_duplicate(
    result: FinishedClip, hashes: Mapping[str, str], gates: Gates | None
) -> FinishedClip | FailedClip:
    """The clip, unless it shows the same as one of `hashes` (key -> hash)."""
    other = None if gates is None else gates.duplicate_of(result.image_hash, hashes)
    return result if other is None else FailedClip("duplicate", f"looks like {other}", retry=True)


def _reject(clip: Clip, attempts: Sequence[FailedClip]) -> JsonObject:
    """A row of rejected.jsonl: the last reason, and the figures of every attempt."""
    history = [f"attempt {number}: {failed.reason}, {failed.detail}" for number, failed in enumerate(attempts)]
    detail = attempts[0].detail if len(attempts) == 1 else "; ".join(history)
    return {"reason": attempts[-1].reason, "detail": detail, **clip.to_dict()}


def _generate_round(
    backend: Backend, clips: Sequence[Clip], spec: RenderSpec, positions: Sequence[int], attempt: int
) -> dict[int, FinishedClip | FailedClip]:
    """Generate the clips at `positions` and encode each in a thread; at most two batches wait for a thread."""
    seeds = [seed_of(spec.digest, clips[position].key, attempt) for position in positions]
    results: dict[int, FinishedClip | FailedClip] = {}
    pending: list[tuple[int, Future[FinishedClip | FailedClip]]] = []
    max_pending = 2 * THREADS + 2 * backend.batch_size  # a batch comes at once, and must not stop the next
    pool = thread_pool(THREADS)
    outputs = backend.generate([clips[position] for position in positions], seeds, positions)
    try:
        for position in positions:
            job = pool.submit(postprocess, clips[position], next(outputs, None), spec, backend, attempt)
            pending.append((position, job))
            while len(pending) > max_pending:
                first, oldest = pending.pop(0)
                results[first] = oldest.result()
        results.update((position, job.result()) for position, job in pending)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(outputs, Generator):
            outputs.close()  # what it still waits for ends now, not when the interpreter gets to it
    return results


def _check_video(video: bytes, clip: Clip, spec: RenderSpec) -> None:
    """The finished mp4 holds what was planned, counted on the file itself."""
    info = probe(video)
    if (info.num_frames, info.height, info.width) != (spec.num_frames, spec.height, spec.width):
        raise GenerationError(
            f"key {clip.key}: the mp4 contains {info.num_frames} frames of {info.width}x{info.height}, "
            f"{spec.num_frames} of {spec.width}x{spec.height} were planned"
        )


def _provenance(clip: Clip, spec: RenderSpec, backend: Backend, facts: Options) -> str:
    """How the clip was generated, as sorted JSON; what its caption's author recorded (a chat model) stays in it."""
    earlier = facts_of(clip.provenance)
    whole = {**earlier, "spec": spec.digest, "versions": dict(spec.versions), **backend.recorded, **facts}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
