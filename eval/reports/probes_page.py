"""The page about evaluations of probes: each factor beside chance and the controls, then categories and doses.

Reads RESULTS of `svta eval --probes --out`; every text from data is escaped, and the page needs no network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from svta.builder.io.json_text import Json, JsonObject, read_json_object
from svta.builder.io.safe_path import Root
from svta.eval.metrics.figures import from_json, to_json
from svta.eval.probes.evaluate import CONFIG, METRICS, TASK
from svta.eval.probes.grids import ProbesError
from svta.eval.probes.result import SCORES, ProbesResult, shown

HEADS: Final = ("sets", *SCORES, "group, 95 %", "chance", "text item", "video item")


def is_probes_run(folder: str | Path) -> bool:
    """Whether RESULTS are of `svta eval --probes`."""
    try:
        return read_json_object(Root(folder).file(CONFIG), error=ProbesError).get("task") == TASK
    except (OSError, ProbesError):
        return False


def read_probes_run(folder: str | Path) -> JsonObject:
    """metrics.json of an evaluation of probes. Raises ProbesError in one line."""
    if not is_probes_run(folder) or not (Path(folder) / METRICS).is_file():
        raise ProbesError(f"{folder}: not a finished evaluation of probes; a page shows runs of one kind")
    values: JsonObject = dict(read_json_object(Root(folder).file(METRICS), error=ProbesError))
    if missing := {"name", "data", "overall", "parts", "controls"} - values.keys():
        raise ProbesError(f"{folder}/{METRICS}: {sorted(missing)[0]} is missing; run `svta eval --probes` again")
    read: JsonObject = to_json(from_json(ProbesResult, values, METRICS))
    return read


def render_probes(runs: Sequence[Mapping[str, Json]]) -> str:
    """HTML of the whole page about these runs (ProbesResult as JSON)."""
    title = "What tells clips apart" if len(runs) > 1 else f"What {runs[0]['name']} tells apart"
    body = [f"<h1>{escape(title)}</h1>"]
    for run in runs:
        body += _section(run)
    frame = files("svta.eval.reports").joinpath("report.html").read_text(encoding="utf-8")
    base = files("svta.eval.gallery").joinpath("site/base.css").read_text(encoding="utf-8")
    return Template(frame).substitute(title=escape(title), base=base, body="\n".join(body))


def _section(run: Mapping[str, Json]) -> list[str]:
    overall, parts, controls = run["overall"], run["parts"], run["controls"]
    unaudited = (
        f" {run['unaudited']:,} of them are generated, and no audit found that their clips show their captions."
        if run.get("unaudited")
        else ""
    )
    lead = f"{overall['num_groups']:,} minimal sets of {run['data']}, {overall['num_failed']:,} could not be run."
    lines = [f"<h2>{escape(str(run['name']))}</h2>", f'<p class="lead">{escape(lead + unaudited)}</p>']
    by_kind = {
        kind: {name.removeprefix(f"{kind} "): part for name, part in parts.items() if name.startswith(f"{kind} ")}
        for kind in ("factor", "dose", "category")
    }
    lines.append(_table("By factor", {"all": overall, **by_kind["factor"]}))
    told = ". ".join([str(run.get("rule", "")), *run.get("notes", ())])
    lines.append(f'<p class="note">{escape(told)}. Percent; intervals: Wilson.</p>')
    rows = {
        name: [part, *(own.get("all" if name == "all" else f"factor {name}") for own in controls.values())]
        for name, part in {"all": overall, **by_kind["factor"]}.items()
    }
    cells = [
        f"<tr><th scope=row>{escape(name)}</th>" + "".join(f"<td>{_choices(part)}</td>" for part in found) + "</tr>"
        for name, found in rows.items()
    ]
    heads = "".join(f"<th scope=col>{escape(name)}</th>" for name in ("model", *controls))
    lines.append(
        _framed(
            "Single choices: the model and its controls", f"<thead><tr><td></td>{heads}</tr></thead>{''.join(cells)}"
        )
    )
    note = "Correct choices of one caption for a clip, or of one clip for a caption. Ties count in parts: a model that "
    lines.append(f'<p class="note">{note}cannot see the factor gets chance, 50 in sets of two.</p>')
    lines += [_table(f"By {kind}", by_kind[kind]) for kind in ("dose", "category") if by_kind[kind]]
    return lines


def _choices(part: Mapping[str, Json] | None) -> str:
    items = [part["expected"].get(name) for name in ("text_item", "video_item")] if part else []
    return shown(sum(items) / 2) if items and None not in items else "-"


def _table(title: str, parts: Mapping[str, Mapping[str, Json]]) -> str:
    head = "".join(f"<th scope=col>{name}</th>" for name in HEADS)
    rows = []
    for name, part in parts.items():
        strict, ends = part["strict"], " to ".join(map(shown, part["interval_95"].get("group", ())))
        cells = [f"{part['num_groups']:,}", *(shown(strict.get(score)) for score in SCORES), ends or "-"]
        cells += [shown(part["chance"].get("group")), shown(strict.get("text_item")), shown(strict.get("video_item"))]
        rows.append(f"<tr><th scope=row>{escape(name)}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return _framed(title, f"<thead><tr><td></td>{head}</tr></thead>{''.join(rows)}")


def _framed(title: str, rows: str) -> str:
    label = escape(title)
    return (
        f'<h3>{label}</h3><div class="scroll" tabindex=0 role=region aria-label="{label}"><table>{rows}</table></div>'
    )
