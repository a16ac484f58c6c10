"""`svta report RUN [RUN...]`: one self-contained page for a person, the same figures as JSON for a machine.

Reads RESULTS folders (results.py), report.html (the page's frame) and paper.json (the paper's figures, shown as what
they are: another dataset). Writes one HTML file that needs no network: tables beside what a score has to beat, where
the right clip came out, every category, the best and worst queries as frame strips. Every text from data is escaped.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final

from svta.builder.files import write_text
from svta.builder.manifest import keep_out

from .charts import category_bars, rank_histogram
from .results import Results, ResultsError, best_and_worst, read_results

_BARS_NOTE: Final = (
    '<p class="note"><span class=key style="background:var(--bar)"></span>R@1'
    '<span class=key style="background:var(--bar2)"></span>R@5; behind a bar R@1 in percent and how many queries.</p>'
)
COLUMNS: Final = ("R@1", "R@5", "R@10", "MdR", "MnR")
WAYS: Final = ("t2v", "v2t")
WAY_NAMES: Final = {"t2v": "text to video", "v2t": "video to text"}
PAGE: Final = "report.html"


def write_report(runs: Sequence[Results | str | Path], out: str | Path) -> Path:
    """The page about these runs (folders or what read_results gave) at `out`."""
    keep_out(out, kind="file")
    write_text(out, render([run if isinstance(run, Results) else read_results(run) for run in runs]))
    return Path(out)


def paper() -> dict[str, Any]:
    """The paper's tables, with source and note."""
    data: dict[str, Any] = json.loads(files("svta.eval").joinpath("paper.json").read_text(encoding="utf-8"))
    return data


def comparison(runs: Sequence[Results]) -> dict[str, Any]:
    """What the page says in figures: every run with its controls, then the paper's rows."""
    return {
        "runs": [
            {
                "name": run.name,
                **{name: run.metrics[name] for name in ("t2v", "v2t", "gallery", "ties") if name in run.metrics},
                "interval_95": run.metrics.get("interval_95", {}),
                "controls": run.metrics.get("controls", {}),
                "unreadable": len(run.metrics.get("unreadable", [])),
                "config": run.config,
            }
            for run in runs
        ],
        "paper": paper(),
    }


def render(runs: Sequence[Results]) -> str:
    """HTML of the whole page. Raises ResultsError without a run."""
    if not runs:
        raise ResultsError("no evaluation to report")
    title = "How well clips are found" if len(runs) > 1 else f"How well {runs[0].name} finds clips"
    body = [f"<h1>{escape(title)}</h1>", _lead(runs), _tiles(runs[0]), _results_table(runs)]
    for run in runs:
        body.append(_run_section(run, several=len(runs) > 1))
    body += [_paper_section(), _footer(runs)]
    frame = files("svta.eval").joinpath(PAGE).read_text(encoding="utf-8")
    return Template(frame).substitute(title=escape(title), body="\n".join(body))


def _lead(runs: Sequence[Results]) -> str:
    lines = []
    for run in runs:
        count = f"{run.metrics['gallery']:,}"
        data, split = (escape(str(run.config.get(name, "?"))) for name in ("data", "split"))
        drawn = set(run.ranks.get("generator", [])) == {"storyboard"}
        kind = " These are drawn clips (storyboard), not camera footage." if drawn else ""
        who = f"{escape(run.name)}: " if len(runs) > 1 else ""
        lines.append(f"{who}{count} captions searched among {count} clips of {data}, split {split}.{kind}")
    return f'<p class="lead">{"<br>".join(lines)}</p>'


def _tiles(run: Results) -> str:
    metrics = run.metrics
    chance = 100.0 / max(metrics["gallery"], 1)
    low_high = metrics.get("interval_95", {}).get("t2v", {}).get("R@1")
    span = f"95 % interval {low_high[0]:.1f} to {low_high[1]:.1f}" if low_high else "percent of captions"
    tiles = [
        (_figure(metrics["t2v"]["R@1"]), f"text to video R@1 · {span}"),
        (_figure(metrics["v2t"]["R@1"]), "video to text R@1"),
        (_figure(metrics["t2v"]["MdR"]), "median rank of the right clip"),
        (_figure(chance, 2), "R@1 by chance"),
    ]
    return (
        '<div class="tiles">'
        + "".join(f"<div class=tile><b>{b}</b><span>{s}</span></div>" for b, s in tiles)
        + "</div>"
    )


def _results_table(runs: Sequence[Results]) -> str:
    rows = []
    for run in runs:
        rows.append((run.name, run.metrics, True))
        prefix = f"{run.name}: " if len(runs) > 1 else ""
        rows += [(prefix + name, figures, False) for name, figures in run.metrics.get("controls", {}).items()]
    note = (
        "R@K: percent of queries whose right answer is among the first K. MdR, MnR: median and mean rank. Ties: "
        f"{escape(str(runs[0].metrics.get('ties', 'expected')))}. Controls are ranked on the same gallery; &ldquo;same "
        "model&rdquo; was trained on frames in their order, so a model trained on single frames may well do better."
    )
    return f'<h2>Results</h2>{_table(rows)}<p class="note">{note}</p>'


def _table(rows: Sequence[tuple[str, dict[str, Any], bool]]) -> str:
    """Rows of (name, {"t2v": {...}, "v2t": {...}}, is the model itself)."""
    head = "".join(f"<th{' class=gap' if column == 'R@1' else ''}>{column}</th>" for _ in WAYS for column in COLUMNS)
    top = "".join(f'<th colspan=5 class=gap style="text-align:center">{WAY_NAMES[way]}</th>' for way in WAYS)
    lines = [f"<tr><th></th>{top}</tr><tr><th>model</th>{head}</tr>"]
    for name, figures, is_model in rows:
        cells = "".join(
            f"<td{' class=gap' if column == 'R@1' else ''}>{_figure(figures.get(way, {}).get(column))}</td>"
            for way in WAYS
            for column in COLUMNS
        )
        lines.append(f"<tr{' class=model' if is_model else ''}><td>{escape(name)}</td>{cells}</tr>")
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def _run_section(run: Results, *, several: bool) -> str:
    metrics, ranks = run.metrics, run.ranks
    parts = [f"<h2>{escape(run.name)}</h2>"] if several else []
    parts.append("<h2>Where the right clip came out</h2>" if not several else "<h3>Where the right clip came out</h3>")
    charts = [
        f"<div class=card><h3>{WAY_NAMES[way]}</h3>{rank_histogram(ranks[f'{way}_rank'])}</div>"
        for way in WAYS
        if f"{way}_rank" in ranks
    ]
    parts.append(f'<div class="two">{"".join(charts)}</div>')
    if by_category := metrics.get("by_category"):
        parts.append("<h3>R@1 and R@5 by category, text to video</h3>")
        parts.append(f"<div class=card>{category_bars(by_category)}</div>")
        parts.append(_BARS_NOTE)
        parts.append(_category_note(metrics))
    parts.append(_queries(run))
    parts.append(_honesty(metrics))
    return "\n".join(parts)


def _category_note(metrics: dict[str, Any]) -> str:
    halves = ", ".join(
        f"{escape(name)} R@1 {_figure(figures['t2v']['R@1'])} ({figures['queries']:,} queries)"
        for name, figures in metrics.get("anomaly_or_normal", {}).items()
    )
    level = metrics.get("category_level", {})
    right = (
        f" The first clip shown is of the right category for {_figure(level['R@1'])} % of captions." if level else ""
    )
    return f'<p class="note">{halves}.{right}</p>' if halves or right else ""


def _queries(run: Results) -> str:
    best, worst = best_and_worst(run.ranks)
    row = {key: i for i, key in enumerate(run.ranks["key"])}
    cards = []
    for title, chosen, tone in (
        ("Found first, with the highest scores", best, "good"),
        ("Missed by most", worst, "bad"),
    ):
        figures = []
        for i in chosen:
            picture = _picture(run, run.ranks["key"][i])
            if not picture:
                continue
            caption = escape(run.ranks["caption"][i])
            rank = f'<span class="rank {tone}">rank {run.ranks["t2v_rank"][i]:g}</span>'
            got = ""
            top = row.get(run.ranks["top_key"][i])
            if top is not None and top != i:
                got = (
                    f'<p class="got">shown first instead: {escape(run.ranks["caption"][top])}</p>'
                    f"{_picture(run, run.ranks['top_key'][i])}"
                )
            figures.append(f"<figure>{picture}<figcaption>{rank}{caption}</figcaption>{got}</figure>")
        if figures:
            cards.append(f"<div><h3>{title}</h3>{''.join(figures)}</div>")
    return f'<h2>Best and worst queries</h2><div class="two">{"".join(cards)}</div>' if cards else ""


def _picture(run: Results, key: str) -> str:
    data = run.strip(key)
    if data is None:
        return ""
    return f'<img alt="frames of the clip" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'


def _honesty(metrics: dict[str, Any]) -> str:
    """What a reader must know before believing the figures: ties, duplicates, what was left out."""
    lines = []
    if metrics.get("trained_on_gallery"):
        lines.append("<b>The gallery holds clips this model was trained on.</b>")
    if bounds := metrics.get("bounds"):
        low, high = (bounds[rule]["t2v"]["R@1"] for rule in ("pessimistic", "optimistic"))
        lines.append(f"Ties: text-to-video R@1 is {_figure(low, 2)} to {_figure(high, 2)}, however they fall.")
    if twins := metrics.get("duplicates"):
        any_twin = twins["t2v_any_twin"]["R@1"]
        lines.append(
            f"{twins['captions_that_repeat']:,} captions and {twins['videos_that_repeat']:,} videos stand in the "
            f"gallery more than once; if any twin counts as right, R@1 is {_figure(any_twin, 2)}."
        )
    left_out = metrics.get("unreadable", [])
    lines.append(f"{len(left_out):,} clips could not be read and are not in the gallery.")
    lines += [f"<code>{escape(item['key'])}</code>: {escape(item['reason'])}" for item in left_out[:20]]
    if rejected := metrics.get("rejected_before"):
        reasons = ", ".join(f"{escape(reason)} {count:,}" for reason, count in rejected.items())
        lines.append(f"Left out of the dataset when it was packed, over all splits: {reasons}.")
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f"<details open><summary>What to know before believing this</summary><ul>{items}</ul></details>"


def _paper_section() -> str:
    data = paper()
    tables = []
    for table in data["tables"]:
        rows = [
            (row["method"], {way: dict(zip(data["columns"], row[way])) for way in WAYS}, False) for row in table["rows"]
        ]
        tables.append(f"<h3>{escape(table['name'])}</h3>{_table(rows)}")
    return (
        f"<h2>The paper's figures, on the paper's dataset</h2><p class=note>{escape(data['note'])} "
        f"Source: {escape(data['source'])}.</p>{''.join(tables)}"
    )


def _footer(runs: Sequence[Results]) -> str:
    texts = [(run.name, json.dumps(run.config, indent=2, ensure_ascii=False)) for run in runs]
    configs = "".join(f"<h3>{escape(n)}</h3><pre><code>{escape(text)}</code></pre>" for n, text in texts)
    return f"<footer><details><summary>Settings of these runs</summary>{configs}</details>Made by svta report.</footer>"


def _figure(value: Any, digits: int = 1) -> str:
    return "–" if value is None else f"{float(value):,.{digits}f}"
