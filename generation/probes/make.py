"""OUT/: a packed dataset whose clips are probes, and probes.jsonl, one line per set; several processes draw.

Finished units are in the folder .NAME.probes beside OUT until it is packed, so that the same command resumes after a
kill. Same config, same versions: the same bytes, with any number of processes.

    svta probes --out probes --seed 7
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Final

from svta.builder.io.files import exclusive_lock
from svta.builder.io.json_text import JsonObject, parse_json_object, write_jsonl
from svta.builder.io.parallel import cpu_count
from svta.builder.layout.clips_folder import clean_stale, finished_parts, is_finished, read_part, write_part, write_plan
from svta.builder.layout.guards import check_foreign, check_output
from svta.builder.layout.manifest import is_sealed, read_build, seal
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.packing.resume import WORK
from svta.builder.paths import BUILD, INDEX, PLAN, SUMS
from svta.builder.project.config import Project
from svta.builder.record import Clip, make_key
from svta.builder.taxonomy import load_taxonomy
from svta.builder.video.encoder import encode
from svta.builder.video.marking import synthetic_mark
from svta.generation.backends.quality import motion_energy
from svta.generation.backends.registry import loaded_backend, spec_for
from svta.generation.backends.spec import installed, json_digest

from .config import FPS, ProbesConfig, ProbesError, ProbeSet
from .draw import Frames, categories_of, draw_set, levels_of

PROBES: Final = "probes.jsonl"
SOURCE: Final = "probes"
UNIT: Final = 8  # sets a unit: what a killed process may lose
FORMAT: Final = 1  # of the sets: another one draws other sets from the same config
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class ProbesSummary:
    """What is at `out`: sets by factor, clips, and how many sets were drawn by this run."""

    out: str
    sets: dict[str, int]
    clips: int
    drawn: int


@dataclass(frozen=True)
class _Unit:
    """Sets first to last - 1 of a factor."""

    number: int
    factor: str
    first: int
    last: int


def num_sets(config: ProbesConfig) -> dict[str, int]:
    """How many sets each factor gets: per_factor, at every level of the doses that apply to it."""
    return {factor: config.per_factor * len(levels_of(config, factor)) for factor in config.factors}


def make_probes(
    config: ProbesConfig,
    out: str | Path,
    project: Project | None = None,
    *,
    workers: int | None = None,
    on_set: Progress = lambda done, total: None,
) -> ProbesSummary:
    """Draw what is missing, pack it under the project's name.

    Raises ProbesError for what cannot be drawn and a folder of other probes.
    """
    config.check()
    if not categories_of(config):
        raise ProbesError("no category to draw probes of")
    out = Path(out)
    settings = _settings(config)
    work = out.absolute().parent / f".{out.absolute().name}.probes"
    wanted = num_sets(config)
    _finish_seal(out, work, settings)
    if is_sealed(out):
        build = read_build(out)
        if build.get("probes") == settings:
            rmtree(work, ignore_errors=True)
            return ProbesSummary(str(out), wanted, int(str(build["clips"])), 0)
        if not (work / PLAN).is_file():
            raise ProbesError(f"{out}: contains another dataset; use another --out")
    else:
        check_output(out, kind="folder")
        check_foreign(out, (WORK, INDEX, SUMS, BUILD), "folder of probes")
    units = _units(wanted)
    digest = json_digest(settings)
    with exclusive_lock(work):
        write_plan(work, {"kind": "probes", "spec": digest, "units": len(units)})
        clean_stale(work)
        missing = [unit for unit in units if not is_finished(work, unit.number, digest)]
        _make(config, work, digest, missing, sum(wanted.values()), workers, on_set)
        report = pack(work, out, PackConfig(splits="source", project=project or Project()), workers=workers)
        if report.rejected:
            raise ProbesError(f"{out}: {report.rejected} clips were rejected: {report.reasons}")
        write_jsonl(out / PROBES, _lines(work))
        build = read_build(out)
        known = build["files"]
        seal(out, {**build, "probes": settings}, known={k: str(v) for k, v in known.items() if k != PROBES})
    rmtree(work)
    return ProbesSummary(str(out), wanted, report.clips, sum(unit.last - unit.first for unit in missing))


def _finish_seal(out: Path, work: Path, settings: JsonObject) -> None:
    """Where a run was killed between the build.json that names the probes and its SHA256SUMS: write the latter."""
    if (work / PLAN).is_file() and (out / BUILD).is_file() and not is_sealed(out):
        build = read_build(out)
        known = build.get("files")
        if build.get("probes") == settings and isinstance(known, dict):
            seal(out, build, known={name: str(digest) for name, digest in known.items()})


def _settings(config: ProbesConfig) -> JsonObject:
    """What decides the content, as build.json has it; no path, no number of workers."""
    chosen = {**config.to_dict(), "categories": categories_of(config)}
    return parse_json_object(json.dumps({"format": FORMAT, **chosen, "versions": installed("svta", "av")}))


def _units(wanted: dict[str, int]) -> list[_Unit]:
    starts = [(factor, first, total) for factor, total in wanted.items() for first in range(0, total, UNIT)]
    return [_Unit(i, factor, first, min(first + UNIT, total)) for i, (factor, first, total) in enumerate(starts)]


def _make(
    config: ProbesConfig, work: Path, digest: str, units: list[_Unit], total: int, workers: int | None, on_set: Progress
) -> None:
    done = total - sum(unit.last - unit.first for unit in units)
    processes = min(workers or cpu_count(), len(units)) if config.drawn else 1
    if processes <= 1:
        for unit in units:
            on_set(done, total)
            make_unit(config, work, digest, unit)
            done += unit.last - unit.first
        return
    try:
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            running = {pool.submit(make_unit, config, work, digest, unit): unit for unit in units}
            for future in as_completed(running):
                future.result()
                done += running[future].last - running[future].first
                on_set(done, total)
    except BrokenProcessPool:
        raise ProbesError("a process was killed; finished sets are kept; the same command resumes") from None


def make_unit(config: ProbesConfig, work: Path, digest: str, unit: _Unit) -> None:
    """Draw, encode and write one unit's sets."""

    def clips() -> Iterator[tuple[Clip, bytes]]:
        for number in range(unit.first, unit.last):
            probe, frames = draw_set(config, unit.factor, number)
            yield from _clips_of(config, probe, frames)

    write_part(work, unit.number, clips(), spec=digest)


def _clips_of(config: ProbesConfig, probe: ProbeSet, frames: list[Frames]) -> Iterator[tuple[Clip, bytes]]:
    """The clips of a set. Another backend than the storyboard gets one seed and the edited captions."""
    taxonomy = load_taxonomy()
    clips = [
        Clip(
            key=make_key(SOURCE, f"{config.seed} {probe.probe_id} {i}", variant.caption),
            caption=variant.caption,
            category=probe.category,
            is_anomaly=taxonomy[probe.category].is_anomaly,
            source=SOURCE,
            source_id=f"{probe.probe_id}-{i}",
            source_split="test",
            group=probe.probe_id,
            tag=probe.factor,
            seed=probe.variants[0].scene.seed,
            synthetic=True,
        )
        for i, variant in enumerate(probe.variants)
    ]
    facts: list[JsonObject] = [
        {"scene": hashlib.sha256(v.scene.to_json().encode()).hexdigest()[:16], "fidelity": 1.0} for v in probe.variants
    ]
    generator, term, preset, fps = "storyboard", "algorithmicMedia", "veryfast", config.fps or FPS
    if not config.drawn:
        spec = spec_for(
            config.backend, model=config.model, num_frames=config.num_frames, height=config.height, width=config.width,
            fps=config.fps, seed=config.seed, preset=config.preset, settings=config.settings,
        )  # fmt: skip
        fps = spec.fps
        backend = loaded_backend(spec)
        outputs = [output.resolve() for output in backend.generate(clips, [int(clips[0].seed or 0)] * len(clips))]
        if failed := [output for output in outputs if output.frames is None] or len(outputs) != len(clips):
            raise ProbesError(f"{probe.probe_id}: {backend.generator} gave no clip: {failed}")
        frames = [output.frames for output in outputs if output.frames is not None]
        facts = [{"spec": spec.digest, **backend.recorded, **output.provenance} for output in outputs]
        generator, term, preset = backend.generator, backend.source_type, backend.encoder_preset
    for i, (clip, pictures) in enumerate(zip(clips, frames, strict=True)):
        mark = synthetic_mark("algorithmicMedia" if term == "algorithmicMedia" else "trainedAlgorithmicMedia", clip.key)
        video = encode(pictures, fps=fps, metadata=mark, preset=preset, causal=True)
        provenance = {"probe": _said(config, probe, i, fps), "versions": installed("svta", "av"), **facts[i]}
        yield (
            clip.replace(
                num_frames=len(pictures), fps=float(fps), height=pictures.shape[1], width=pictures.shape[2],
                duration=round(len(pictures) / fps, 6), generator=generator, motion=motion_energy(pictures),
                provenance=json.dumps(provenance, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
            ),
            video,
        )  # fmt: skip


def _said(config: ProbesConfig, probe: ProbeSet, i: int, fps: float) -> JsonObject:
    """What a clip's provenance says of its set. change_at in seconds."""
    seconds = probe.change_at * (config.num_frames - 1) / fps
    return {
        "probe_id": probe.probe_id,
        "factor": probe.factor,
        "variant": i,
        "value": probe.variants[i].value,
        "edit": probe.edit,
        "change_at": round(seconds, 6),
        "dose": probe.dose,
        "by_construction": config.drawn,
        **({} if config.drawn else {"audited": False}),
    }


def _lines(work: Path) -> Iterator[JsonObject]:
    """One line per set, by factors and numbers: what is the same of all variants, then each of them."""
    line: JsonObject = {}
    for part in finished_parts(work):
        for clip, _ in read_part(part):
            said = parse_json_object(str(clip.provenance))["probe"]
            variant = {"key": clip.key, "value": said.pop("value"), "caption": clip.caption}
            if said.pop("variant") == 0:
                if line:
                    yield line
                line = {**said, "category": clip.category, "seed": clip.seed, "variants": []}
            line["variants"].append(variant)
    if line:
        yield line


def counted(config: ProbesConfig) -> str:
    """What would be made, in words, for --dry-run."""
    wanted = num_sets(config)
    sets = Counter(wanted).total()
    each = ", ".join(f"{factor} {total:,}" for factor, total in wanted.items())
    return f"{sets:,} sets of {len(categories_of(config))} categories: {each}"
