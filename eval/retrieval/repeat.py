"""An evaluation run again: `svta eval --repeat RESULTS` reads the settings of RESULTS/repeat.json and compares.

repeat.json holds an EvalConfig with the paths of the machine that ran it; config.json beside it holds none. Paths given
again take priority. Code is never run because a file says so: plugins and trust_remote_code have to be given again.

    config = repeated_config("RESULTS", {"data": "MOVED"})
    differences = compare_results(read_results("RESULTS"), evaluate(config))      # [] where every figure is the same
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from svta.builder.errors import escaped
from svta.builder.io.json_text import read_json_object
from svta.builder.io.safe_path import Root
from svta.eval.metrics.figures import ResultsError, to_json

from .config import EvalConfig, EvalError
from .result import METRICS, EvalResult, Json

SETTINGS: Final = "repeat.json"
GIVEN_ANEW: Final = (  # what may be elsewhere, or run elsewhere, without being another evaluation
    *("data", "videos", "disjoint_from", "model", "checkpoint", "tokenizer", "vision", "rerank", "rivals"),
    *("plugins", "trust_remote_code", "cache", "device", "threads", "compile"),
)
_OF_THE_RUN: Final = ("cache", "threads", "name")
_ELSEWHERE: Final = ("cache", "device", "threads", "compile")  # where it runs, not what is measured
_PATHS: Final = ("data", "disjoint_from", "model", "checkpoint", "tokenizer", "vision", "rerank")
_IDENTITY: Final = ("gallery_hash", "model_files")  # of config.json: another model or gallery is another result


@dataclass(frozen=True)
class Difference:
    """One figure that is not what it was; `before` or `now` is None if only one of the two has it."""

    figure: str
    before: object
    now: object

    def __str__(self) -> str:
        return f"{self.figure}: {self.before}, now {self.now}"


def settings_to_repeat(
    config: EvalConfig, *, with_mteb: bool = False, more: Mapping[str, object] | None = None
) -> Json:
    """repeat.json: the settings with absolute paths; `more` of those that an evaluation of moments has."""
    paths: dict[str, Any] = {name: _absolute(value) for name in _PATHS if (value := getattr(config, name)) is not None}
    rivals = {name: _absolute(place) for name, place in config.rivals.items()}
    changes: dict[str, Any] = {name: None for name in _OF_THE_RUN if name != "name"}
    plugins = tuple(path.absolute() for path in config.plugins)
    videos = None if config.videos is None else config.videos.absolute()
    taxonomy = None if config.taxonomy is None else config.taxonomy.absolute()
    kept = replace(config, **paths, **changes, rivals=rivals, plugins=plugins, videos=videos, taxonomy=taxonomy)
    settings = TypeAdapter(EvalConfig).dump_python(kept, mode="json", exclude_defaults=True)
    others = {name: _absolute(str(value)) for name, value in (more or {}).items() if value is not None}
    return {"settings": settings, "mteb": with_mteb, **others}


def _absolute(place: str) -> str:
    """A path, or the path of NAME=FILE, from the root; Hub ids and names stay."""
    if Path(place).exists():
        return str(Path(place).absolute())
    name, equals, path = place.partition("=")
    return f"{name}={Path(path).absolute()}" if equals and Path(path).exists() else place


def check_same_run(out: str | Path, settings: Mapping[str, object], *, replace: bool) -> None:
    """Raise ResultsError if `out` holds an evaluation by other settings, which would be lost.

    settings: what this run leaves as repeat.json.
    """
    if replace or not (Path(out) / METRICS).is_file():
        return
    path = Root(out).file(SETTINGS)
    before = _flat(read_json_object(path, error=ResultsError)) if path.is_file() else {}
    now = _flat(settings)
    names = [name for name in dict.fromkeys((*before, *now)) if before.get(name) != now.get(name)]
    if names or not before:
        told = [
            f"--{name.replace('_', '-')} {before.get(name, 'default')} there, {now.get(name, 'default')} now"
            for name in names[:5]
        ]
        why = "; ".join(told) if before else f"it has no {SETTINGS}"
        raise ResultsError(f"{out}: contains another evaluation ({why}); --replace replaces it, or give another --out")


def _flat(stored: Mapping[str, object]) -> dict[str, object]:
    settings = stored.get("settings")
    known = settings if isinstance(settings, Mapping) else {}
    rest = {name: value for name, value in stored.items() if name != "settings" and value}
    return {**rest, **{name: value for name, value in known.items() if name not in _ELSEWHERE}}


def repeated_config(results: str | Path, given: Mapping[str, Any]) -> tuple[EvalConfig, bool]:
    """(the settings of RESULTS with those `given` again, whether it ran mteb too). Raises ResultsError, EvalError."""
    path = Root(results).file(SETTINGS)
    if not path.is_file():
        raise ResultsError(f"{results}: has no {SETTINGS}, so it cannot be run again; run `svta eval --out` again")
    values = read_json_object(path, error=ResultsError)
    try:
        config = TypeAdapter(EvalConfig).validate_python(values.get("settings"))
        with_mteb = TypeAdapter(bool).validate_python(values.get("mteb", False))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = escaped(".".join(str(part) for part in problem["loc"]))[:120]
        raise ResultsError(f"{path}: {where or 'settings'}: {problem['msg'][:120]}; run `svta eval` again") from None
    if wrong := [name for name in given if name not in GIVEN_ANEW]:
        option = "--" + wrong[0].replace("_", "-")
        raise EvalError(f"--repeat takes the settings of {results}: {option} would make it another evaluation")
    if config.trust_remote_code and not given.get("trust_remote_code"):
        raise EvalError(f"{results} ran code that came with its model: read it, then give --trust-remote-code again")
    if config.plugins and not given.get("plugins"):
        names = " ".join(f"--plugin {path.name}" for path in config.plugins)
        raise EvalError(f"{results} ran a plugin of yours: give {names} again, with its path")
    config = replace(config, cache=None, threads=None)  # never in a file of ours: a folder of somebody's choice to fill
    return replace(config, **given), with_mteb


def changed_settings(config: EvalConfig) -> dict[str, Any]:
    """The settings that are not the defaults."""
    plain = EvalConfig("")
    values = {f.name: getattr(config, f.name) for f in fields(EvalConfig)}
    return {name: value for name, value in values.items() if value != getattr(plain, name)}


def compare_results(before: EvalResult, now: EvalResult) -> list[Difference]:
    """Every figure of metrics.json and every rank that differs, and a model or a gallery that is another one."""
    old, new = ({name: to_json(getattr(some.config, name)) for name in _IDENTITY} for some in (before, now))
    old = {name: value for name, value in old.items() if value is not None}  # an older version did not say
    found = list(_differences(old, {name: new[name] for name in old}, ""))
    found += _differences(to_json(before.metrics), to_json(now.metrics), "")
    return found + list(_rank_differences(before, now))


def changed_surroundings(before: EvalResult, now: EvalResult) -> list[Difference]:
    """Versions, device and precision that are not those of the first run: where a difference may come from."""
    names = ("versions", "device", "dtype")
    old, new = ({name: to_json(getattr(some.config, name)) for name in names} for some in (before, now))
    return list(_differences(old, new, ""))


def _differences(before: object, now: object, name: str) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*before, *now)):
            yield from _differences(before.get(key), now.get(key), f"{name} {key}".strip())
    elif before != now:
        yield Difference(name, before, now)


def _rank_differences(before: EvalResult, now: EvalResult) -> Iterator[Difference]:
    """How many queries have another rank, by direction, where both rank the same clips."""
    if before.ranks.key != now.ranks.key:
        return  # the gallery's hash or size says so already
    for name in ("t2v_rank", "v2t_rank"):
        old, new = (getattr(some.ranks, name) for some in (before, now))
        if (
            old is not None
            and new is not None
            and (other := ~np.isclose(old, new, rtol=0, atol=1e-9, equal_nan=True)).any()
        ):
            first = int(other.argmax())
            text = f"{name} of {int(other.sum()):,} of {len(other):,} queries, first {before.ranks.key[first]}"
            yield Difference(text, float(old[first]), float(new[first]))
