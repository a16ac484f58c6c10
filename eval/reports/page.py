"""`svta report RUN [RUN...]`: one self-contained page for a person; beside it the same as JSON, LaTeX and Markdown.

Reads RESULTS folders (results.py) and report.html (the page's frame). Writes PAGE.html, which needs no network: tables
with what a score has to beat, paired tests between runs, where the right clip came out, every category, the best and
worst queries as frame strips; the paper's figures as what they are: another dataset. Every text from data is escaped.
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

from svta.builder.io.files import write_json, write_text
from svta.builder.layout.guards import keep_out

from .charts import category_bars, interval_chart, rank_histogram
from .comparison import COLUMNS, WAY_NAMES, WAYS, comparison, headline_rows, number, paper_rows
from .results import Results, best_and_worst, read_results
from .tables import latex_table, markdown_table

PAGE: Final = "report.html"
_HALVES: Final = ("anomaly", "normal", "not stated")


def write_report(runs: Sequence[Results | str | Path], out: str | Path) -> Path:
    """The page about these runs (folders or what read_results gave) at `out`."""
    keep_out(out)
    write_text(out, render([run if isinstance(run, Results) else read_results(run) for run in runs]))
    return Path(out)


def write_tables(told: dict[str, Any], page: str | Path) -> list[Path]:
    """What comparison() gave as .json, .tex and .md beside the page; returns their paths."""
    page = Path(page)
    paths = [page.with_suffix(suffix) for suffix in (".json", ".tex", ".md")]
    write_json(paths[0], told)
    write_text(paths[1], latex_table(told))
    write_text(paths[2], markdown_table(told))
    return paths


def render(runs: Sequence[Results], told: dict[str, Any] | None = None) -> str:
    """HTML of the whole page; `told` is comparison(runs) where it is at hand. Raises ResultsError without a run."""
    told = comparison(runs) if told is None else told
    rows = told["runs"]
    title = "How well clips are found" if len(runs) > 1 else f"How well {rows[0]['name']} finds clips"
    body = [f"<h1>{escape(title)}</h1>", _lead(runs, rows)]
    body += [_several(rows) if len(runs) > 1 else _tiles(rows[0]), _results_table(rows, told), _tests(told["pairs"])]
    body += [_transductive(told["transductive"]), _sides(rows), _zero_shot(rows)]
    body += [_categories(rows) if len(runs) > 1 else ""]
    body += [_run_section(run, row, several=len(runs) > 1) for run, row in zip(runs, rows)]
    body += [_paper_section(told["paper"]), _footer(rows)]
    frame = files("svta.eval.reports").joinpath(PAGE).read_text(encoding="utf-8")
    return Template(frame).substitute(title=escape(title), body="\n".join(part for part in body if part))


def _lead(runs: Sequence[Results], rows: Sequence[dict[str, Any]]) -> str:
    lines = []
    for run, row in zip(runs, rows):
        count = f"{row['gallery']:,}"
        data, split = (escape(str(run.config.get(name, "?"))) for name in ("data", "split"))
        drawn = set(run.ranks.get("generator", [])) == {"storyboard"}
        kind = " These are drawn clips (storyboard), not camera footage." if drawn else ""
        who = f"{escape(row['name'])}: " if len(runs) > 1 else ""
        lines.append(f"{who}{count} captions searched among {count} clips of {data}, split {split}.{kind}")
    return f'<p class="lead">{"<br>".join(lines)}</p>'


def _tiles(row: dict[str, Any]) -> str:
    chance = 100.0 / max(row["gallery"], 1)
    ends = _ends(row, "t2v")
    span = f"95 % interval {ends[0]:.1f} to {ends[1]:.1f}" if ends else "percent of captions"
    tiles = [
        (_figure(row["t2v"]["R@1"]), f"text to video R@1 · {span}"),
        (_figure(row["v2t"]["R@1"]), "video to text R@1"),
        (_figure(row["t2v"]["MdR"]), "median rank of the right clip"),
        (_figure(chance, 2), "R@1 by chance"),
    ]
    cells = "".join(f"<div class=tile><b>{figure}</b><span>{label}</span></div>" for figure, label in tiles)
    return f'<div class="tiles">{cells}</div>'


def _several(rows: Sequence[dict[str, Any]]) -> str:
    """R@1 of every run with its interval, both ways."""
    cards = []
    for way in WAYS:
        points = [(row["name"], row[way]["R@1"], _ends(row, way)) for row in rows]
        chart = interval_chart(points, f"R@1, {WAY_NAMES[way]}")
        cards.append(f"<div class=card><h2 class=inner>R@1, {WAY_NAMES[way]}</h2>{chart}</div>")
    note = "Dots: R@1 in percent. Lines: 95 % intervals, bootstrap over groups. Overlap is no test: see below."
    return f'<div class="two lifted">{"".join(cards)}</div><p class="note">{note}</p>'


def _results_table(rows: Sequence[dict[str, Any]], told: dict[str, Any]) -> str:
    controls = {row["name"]: row["controls"] for row in rows}
    lines: list[tuple[str, dict[str, Any], bool]] = []
    for name, figures in headline_rows(told):
        lines.append((name, figures, True))
        lines += [(label, control, False) for label, control in controls.get(name, {}).items()]
    ties = sorted({str(row.get("ties", "expected")) for row in rows})
    note = (
        "R@K: percent of queries whose right answer is among the first K. MdR, MnR: median and mean rank. Ties: "
        f"{escape(', '.join(ties))}. Controls are ranked on the same gallery; &ldquo;same "
        "model&rdquo; was trained on frames in their order, so a model trained on single frames may well do better."
    )
    return f'<h2>Results</h2>{_table(lines, "Results of this evaluation")}<p class="note">{note}</p>'


def _table(rows: Sequence[tuple[str, dict[str, Any], bool]], label: str) -> str:
    """Rows of (name, {"t2v": {...}, "v2t": {...}}, is the model itself, not a control of the one above)."""
    indented = any(is_model for _, _, is_model in rows)
    head = "".join(
        f"<th scope=col{' class=gap' if column == 'R@1' else ''}>{column}</th>" for _ in WAYS for column in COLUMNS
    )
    top = "".join(f"<th colspan=5 scope=colgroup class='gap over'>{WAY_NAMES[way]}</th>" for way in WAYS)
    lines = [f"<thead><tr><td></td>{top}</tr><tr><th scope=col>model</th>{head}</tr></thead>"]
    for name, figures, is_model in rows:
        cells = "".join(
            f"<td{' class=gap' if column == 'R@1' else ''}>{_figure((figures.get(way) or {}).get(column))}"
            f"{_interval(figures, way) if column == 'R@1' and is_model else ''}</td>"
            for way in WAYS
            for column in COLUMNS
        )
        kind = " class=model" if is_model else " class=sub" if indented else ""
        lines.append(f"<tr{kind}><th scope=row>{escape(name)}</th>{cells}</tr>")
    return _scroll(label, "".join(lines))


def _scroll(label: str, rows: str) -> str:
    return f'<div class="scroll" tabindex=0 role=region aria-label="{escape(label)}"><table>{rows}</table></div>'


def _tests(pairs: Sequence[dict[str, Any]]) -> str:
    if not pairs:
        return ""
    lines = [
        "<thead><tr>"
        + "".join(f"<th scope=col>{head}</th>" for head in ("second against first", "", "first", "second"))
        + "<th scope=col>difference</th><th scope=col>95 % interval</th><th scope=col>p (Holm)</th></tr></thead>"
    ]
    refused = []
    for row in pairs:
        pair = f"{escape(row['b'])} against {escape(row['a'])}"
        if "refused" in row:
            refused.append(f"<li>{pair}: not tested, {escape(row['refused'])}.</li>")
            continue
        sure = " class=model" if row["p_holm"] < 0.05 else ""
        lines.append(
            f"<tr{sure}><th scope=row>{pair}</th><td>{WAY_NAMES[row['way']]}, {escape(row['statistic'])}</td>"
            f"<td>{_figure(row['value_a'])}</td><td>{_figure(row['value_b'])}</td><td>{row['difference']:+.1f}</td>"
            f"<td>{row['low']:+.1f} to {row['high']:+.1f}</td><td>{row['p_holm']:.4f}</td></tr>"
        )
    table = _scroll("Paired tests between runs", "".join(lines)) if len(lines) > 1 else ""
    note = (
        "Paired by clip; whole groups (the same source video or caption) are drawn and swapped together. Intervals: "
        "bootstrap. p: randomisation test, Holm's correction over the pairs of runs; shaded below .05."
    )
    why = f"<ul>{''.join(refused)}</ul>" if refused else ""
    return f"<h2>Is one better than the other?</h2>{table}{why}<p class=note>{note}</p>"


def _transductive(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return ""
    note = "Each score was made with all test queries at hand, which no search engine has: not to be set beside others."
    table = _table([(row["name"], row, False) for row in rows], "Transductive figures")
    return f"<h2>Transductive figures, kept apart</h2><p class=note>{note}</p>{table}"


def _sides(rows: Sequence[dict[str, Any]]) -> str:
    """Anomaly and normal, the right category, any twin: one line a run."""
    lines = []
    named = [name for name in _HALVES if any(name in (row.get("anomaly_or_normal") or {}) for row in rows)]
    heads = [f"{name} R@1, {way.upper()}" for name in named for way in WAYS]
    heads += ["right category first", "right category in 5", "any twin, R@1"]
    for row in rows:
        halves = row.get("anomaly_or_normal") or {}
        cells = [(halves.get(name) or {}).get(way, {}).get("R@1") for name in named for way in WAYS]
        level, twins = row.get("category_level") or {}, (row.get("duplicates") or {}).get("t2v_any_twin") or {}
        cells += [level.get("R@1"), level.get("R@5"), twins.get("R@1")]
        filled = "".join(f"<td>{_figure(cell)}</td>" for cell in cells)
        lines.append(f"<tr><th scope=row>{escape(row['name'])}</th>{filled}</tr>")
    head = "<thead><tr><th scope=col>model</th>" + "".join(f"<th scope=col>{head}</th>" for head in heads)
    note = (
        "Every query is ranked in the whole gallery. Right category: any clip of the caption's category is right. Any "
        "twin: a clip with the same caption or the same bytes is right too."
    )
    if len(rows) == 1 and named:
        counts = (f"{name} {rows[0]['anomaly_or_normal'][name].get('queries', 0):,}" for name in named)
        note += f" Queries: {', '.join(counts)}."
    table = _scroll("Anomaly and normal, categories, duplicates", f"{head}</tr></thead>{''.join(lines)}")
    return f"<h2>Anomaly and normal, categories, duplicates</h2>{table}<p class=note>{note}</p>"


_COUNTS: Final = ("categories", "classified", "detected")


def _zero_shot(rows: Sequence[dict[str, Any]]) -> str:
    """Classification and detection of the runs that were asked for it."""
    found = [(row["name"], row["zero_shot"]) for row in rows if row.get("zero_shot")]
    if not found:
        return ""
    columns = {"accuracy": 1, "top_5": 1, "mean_class_accuracy": 1, "auroc": 3, "average_precision": 3}
    heads = ("accuracy", "in top 5", "accuracy, mean of categories", "anomaly AUROC", "anomaly AP")
    lines = ["<thead><tr><th scope=col>model</th>", *(f"<th scope=col>{head}</th>" for head in heads), "</tr></thead>"]
    for name, figures in found:
        cells = "".join(f"<td>{_figure(figures.get(column), digits)}</td>" for column, digits in columns.items())
        lines.append(f"<tr><th scope=row>{escape(name)}</th>{cells}</tr>")
    note = "Videos against prompts of category names, nothing trained; accuracy in percent."
    counts = {tuple(int(number(zero.get(key)) or 0) for key in _COUNTS) for _, zero in found}
    if len(counts) == 1:
        note += " {:,} names; {:,} clips with a category, {:,} that say whether they are anomalies.".format(
            *counts.pop()
        )
    table = _scroll("Zero-shot recognition", "".join(lines))
    return f"<h2>Zero-shot recognition</h2>{table}<p class=note>{note}</p>"


def _categories(rows: Sequence[dict[str, Any]]) -> str:
    """R@1 of every category and run, text to video, in one table."""
    names = sorted({name for row in rows for name in row["by_category"]})
    if not names:
        return ""
    lines = ["<thead><tr><th scope=col>category</th><th scope=col>queries</th>"]
    lines += [f"<th scope=col>{escape(row['name'])}</th>" for row in rows] + ["</tr></thead>"]
    for name in names:
        found = [row["by_category"].get(name) or {} for row in rows]
        values = [number((figures.get("t2v") or {}).get("R@1")) for figures in found]
        best = max((value for value in values if value is not None), default=None)
        count = max((int(number(figures.get("queries")) or 0) for figures in found), default=0)
        cells = "".join(
            f"<td>{f'<b>{_figure(v)}</b>' if v is not None and v == best else _figure(v)}</td>" for v in values
        )
        lines.append(f"<tr><th scope=row>{escape(name)}</th><td>{count:,}</td>{cells}</tr>")
    table = _scroll("R@1 by category and run", "".join(lines))
    return (
        f"<h2>R@1 by category, text to video</h2><details><summary>{len(names)} categories</summary>{table}</details>"
    )


def _run_section(run: Results, row: dict[str, Any], *, several: bool) -> str:
    ranks, level = run.ranks, "h3" if several else "h2"
    parts = [f"<h2>{escape(row['name'])}</h2>"] if several else []
    parts.append(f"<{level}>Where the right clip came out</{level}>")
    charts = [
        f"<div class=card><h3>{WAY_NAMES[way]}</h3>{rank_histogram(ranks[f'{way}_rank'], WAY_NAMES[way])}</div>"
        for way in WAYS
        if f"{way}_rank" in ranks
    ]
    parts.append(f'<div class="two">{"".join(charts)}</div>')
    if row["by_category"]:
        parts.append(f"<{level}>R@1 and R@5 by category, text to video</{level}>")
        parts.append(f"<div class=card>{category_bars(row['by_category'])}</div>")
        parts.append(
            '<p class="note"><span class=key style="background:var(--bar)"></span>R@1<span class=key '
            'style="background:var(--bar2)"></span>R@5; behind a bar R@1 in percent and how many queries.</p>'
        )
    parts += [_queries(run, level), _honesty(run.metrics)]
    return "\n".join(parts)


def _queries(run: Results, level: str) -> str:
    if not {"caption", "score", "top_key"} <= run.ranks.keys():
        return ""
    best, worst = best_and_worst(run.ranks)
    place = {key: i for i, key in enumerate(run.ranks["key"])}
    cards = []
    for title, chosen, tone in (
        ("Found first, with the highest scores", best, "good"),
        ("Missed by most", worst, "bad"),
    ):
        figures = []
        for i in chosen:
            if not (picture := _picture(run, run.ranks["key"][i])):
                continue
            rank = f'<span class="rank {tone}">rank {run.ranks["t2v_rank"][i]:g}</span>'
            got = ""
            top = place.get(run.ranks["top_key"][i])
            if top is not None and top != i:
                shown = f'<p class="got">shown first instead: {escape(run.ranks["caption"][top])}</p>'
                got = shown + _picture(run, run.ranks["top_key"][i])
            caption = escape(run.ranks["caption"][i])
            figures.append(f"<figure>{picture}<figcaption>{rank}{caption}</figcaption>{got}</figure>")
        if figures:
            cards.append(f"<div><h3>{title}</h3>{''.join(figures)}</div>")
    return f'<{level}>Best and worst queries</{level}><div class="two">{"".join(cards)}</div>' if cards else ""


def _picture(run: Results, key: str) -> str:
    data = run.strip(key)
    if data is None:
        return ""
    return f'<img alt="frames of the clip" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'


def _honesty(metrics: dict[str, Any]) -> str:
    """What a reader must know before believing the figures: ties, duplicates, leaks, what was left out."""
    lines = []
    if metrics.get("trained_on_gallery"):
        lines.append("<b>The gallery holds clips this model was trained on.</b>")
    if bounds := metrics.get("bounds"):
        low, high = (bounds[rule]["t2v"]["R@1"] for rule in ("pessimistic", "optimistic"))
        lines.append(f"Ties: text-to-video R@1 is {_figure(low, 2)} to {_figure(high, 2)}, however they fall.")
    if twins := metrics.get("duplicates"):
        lines.append(
            f"{twins['captions_that_repeat']:,} captions and {twins['videos_that_repeat']:,} videos stand in the "
            f"gallery more than once; if any twin counts as right, R@1 is {_figure(twins['t2v_any_twin']['R@1'], 2)}."
        )
    if leaks := metrics.get("leaks"):
        lines.append(
            f"{leaks.get('leaked', 0):,} of {leaks.get('test', 0):,} test clips leak: their text or source video is in "
            "the training captions."
        )
    left_out = metrics.get("unreadable") or []
    lines.append(f"{len(left_out):,} clips could not be read and are not in the gallery.")
    lines += [f"<code>{escape(str(item['key']))}</code>: {escape(str(item['reason']))}" for item in left_out[:20]]
    if rejected := metrics.get("rejected_before"):
        reasons = ", ".join(f"{escape(reason)} {count:,}" for reason, count in rejected.items())
        lines.append(f"Left out of the dataset when it was packed, over all splits: {reasons}.")
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f"<details open><summary>What to know before believing this</summary><ul>{items}</ul></details>"


def _paper_section(paper: dict[str, Any]) -> str:
    tables = []
    for table in paper["tables"]:
        rows = [(f"{method} (paper)", figures, False) for method, figures in paper_rows(table, paper["columns"])]
        tables.append(f"<h3>{escape(table['name'])}</h3>{_table(rows, 'The paper: ' + table['name'])}")
    return (
        f"<h2>The paper's figures, on the paper's dataset</h2><p class=note>{escape(paper['note'])} "
        f"Source: {escape(paper['source'])}.</p>{''.join(tables)}"
    )


def _footer(rows: Sequence[dict[str, Any]]) -> str:
    texts = [(row["name"], json.dumps(row["config"], indent=2, ensure_ascii=False)) for row in rows]
    configs = "".join(f"<h3>{escape(n)}</h3><pre><code>{escape(text)}</code></pre>" for n, text in texts)
    return f"<footer><details><summary>Settings of these runs</summary>{configs}</details>Made by svta report.</footer>"


def _ends(figures: dict[str, Any], way: str) -> tuple[float, float] | None:
    ends = [number(end) for end in ((figures.get("interval_95") or {}).get(way) or {}).get("R@1") or []]
    return (ends[0], ends[1]) if len(ends) == 2 and ends[0] is not None and ends[1] is not None else None


def _interval(figures: dict[str, Any], way: str) -> str:
    ends = _ends(figures, way)
    return f"<small>{ends[0]:.1f} to {ends[1]:.1f}</small>" if ends else ""


def _figure(value: Any, digits: int = 1) -> str:
    return "–" if (known := number(value)) is None else f"{known:,.{digits}f}"
