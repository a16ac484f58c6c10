"""`svta report RUN [RUN...]`: one self-contained page for a person; beside it the same as JSON, LaTeX and Markdown.

Reads evaluations (RESULTS folders) and report.html (the page's frame). Writes PAGE.html, which needs no network: tables
with what a score has to beat, paired tests between runs, where the right clip came out, every category, the best and
worst queries as frame strips and clips to play; with --paper the paper's figures as what they are: another dataset.
Every text from data is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from svta.builder.io.files import write_json, write_text
from svta.builder.layout.guards import check_output
from svta.eval.metrics.figures import Subset
from svta.eval.metrics.retrieval import COLUMNS, WAY_NAMES, WAYS, Way
from svta.eval.retrieval.result import EvalResult
from svta.eval.retrieval.results_folder import read_results

from .charts import interval_chart, scale_of
from .comparison import Comparison, Pair, Run, TableRow, comparison
from .published import Published
from .run_section import run_section, shown
from .seeds import SeedSpread
from .tables import latex_table, markdown_table

PAGE: Final = "report.html"
_HALVES: Final = ("anomaly", "normal", "not stated")


def write_report(runs: Sequence[EvalResult | str | Path], out: str | Path) -> Path:
    """The page about these runs (folders or evaluations) at `out`."""
    check_output(out)
    results = [run if isinstance(run, EvalResult) else read_results(run) for run in runs]
    write_text(out, render(comparison(results)))
    return Path(out)


def write_tables(compared: Comparison, page: str | Path, *, with_paper: bool = False) -> list[Path]:
    """The comparison as .json, .tex and .md beside the page, with or without the paper's rows; returns their paths."""
    page = Path(page)
    paths = [page.with_suffix(suffix) for suffix in (".json", ".tex", ".md")]
    write_json(paths[0], compared.to_dict(with_paper=with_paper))
    write_text(paths[1], latex_table(compared, with_paper=with_paper))
    write_text(paths[2], markdown_table(compared, with_paper=with_paper))
    return paths


def render(compared: Comparison, *, with_paper: bool = False) -> str:
    """HTML of the whole page, with or without the paper's figures at its end."""
    runs = compared.runs
    several = len(runs) > 1
    title = "How well clips are found" if several else f"How well {runs[0].name} finds clips"
    body = [f"<h1>{escape(title)}</h1>", _lead(runs)]
    body += [_intervals(runs) if several else _tiles(runs[0]), _results_table(compared), _seeds(compared.seeds)]
    body += [_tests(compared.pairs)]
    body += [_transductive(compared.transductive_rows), _halves(runs), _contrasts(runs), _zero_shot(runs)]
    body += [_categories(runs) if several else ""]
    body += [run_section(run, several=several) for run in runs]
    body += [_paper_section(compared.paper) if with_paper else "", _footer(runs)]
    frame = files("svta.eval.reports").joinpath(PAGE).read_text(encoding="utf-8")
    base = files("svta.eval.gallery").joinpath("site/base.css").read_text(encoding="utf-8")  # the look of the gallery
    return Template(frame).substitute(title=escape(title), base=base, body="\n".join(part for part in body if part))


def _lead(runs: Sequence[Run]) -> str:
    lines = []
    for run in runs:
        config, generators = run.result.config, run.result.ranks.generator or []
        count, data, split = f"{run.metrics.gallery:,}", escape(config.data or "?"), escape(config.split or "?")
        captions = f"{run.metrics.num_captions:,}"
        kind = " These are drawn clips (storyboard), not camera footage." if set(generators) == {"storyboard"} else ""
        who = f"{escape(run.name)}: " if len(runs) > 1 else ""
        lines.append(f"{who}{captions} captions searched among {count} clips of {data}, split {split}.{kind}")
    return f'<p class="lead">{"<br>".join(lines)}</p>'


def _tiles(run: Run) -> str:
    metrics, ends = run.metrics, run.metrics.interval("t2v")
    span = f"95 % interval {ends[0]:.1f} to {ends[1]:.1f}" if ends else "percent of captions"
    tiles = [
        (shown(metrics.t2v.get("R@1")), f"text to video R@1 · {span}"),
        (shown(metrics.v2t.get("R@1")), "video to text R@1"),
        (shown(metrics.t2v.get("MdR")), "median rank of the right clip"),
        (shown(100.0 / max(metrics.gallery, 1), 2), "R@1 by chance"),
    ]
    cells = "".join(f"<div class=tile><b>{figure}</b><span>{label}</span></div>" for figure, label in tiles)
    return f'<div class="tiles">{cells}</div>'


def _intervals(runs: Sequence[Run]) -> str:
    """R@1 of every run with its interval, both ways."""
    points = {
        way: [(run.name, run.metrics.of(way).get("R@1"), run.metrics.interval(way)) for run in runs] for way in WAYS
    }
    scale, cards = max(map(scale_of, points.values())), []  # one scale: the two are side by side
    for way in WAYS:
        chart = interval_chart(points[way], f"R@1, {WAY_NAMES[way]}", scale=scale)
        cards.append(f"<div class=card><h2 class=inner>R@1, {WAY_NAMES[way]}</h2>{chart}</div>")
    note = "Dots: R@1 in percent. Lines: 95 % bootstrap intervals over groups; whether runs differ: the tests below."
    return f'<div class="two lifted">{"".join(cards)}</div><p class="note">{note}</p>'


def _results_table(compared: Comparison) -> str:
    controls = {run.name: run.control_rows for run in compared.runs}
    lines: list[tuple[TableRow, bool]] = []
    for row in compared.headline_rows:
        lines.append((row, True))
        lines += [(control, False) for control in controls.get(row.name, [])]
    note = (
        "R@K: percent of queries whose right answer is among the first K. MdR, MnR: median and mean rank. Ties: "
        f"{escape(', '.join(compared.ties))}. Controls are ranked on the same gallery; &ldquo;same "
        "model&rdquo; was trained on frames in their order, so a model trained on single frames may well do better."
    )
    return f'<h2>Results</h2>{_table(lines, "Results of this evaluation")}<p class="note">{note}</p>'


def _table(rows: Sequence[tuple[TableRow, bool]], label: str) -> str:
    """Rows of (figures, whether they are a model's, not a control's of the model above)."""
    indented = any(is_model for _, is_model in rows)
    head = "".join(
        f"<th scope=col{' class=gap' if column == 'R@1' else ''}>{column}</th>" for _ in WAYS for column in COLUMNS
    )
    top = "".join(f"<th colspan=5 scope=colgroup class='gap over'>{WAY_NAMES[way]}</th>" for way in WAYS)
    lines = [f"<thead><tr><td></td>{top}</tr><tr><th scope=col>model</th>{head}</tr></thead>"]
    for row, is_model in rows:
        cells = "".join(
            f"<td{' class=gap' if column == 'R@1' else ''}>{shown(row.figure(way, column))}"
            f"{_interval(row, way) if column == 'R@1' and is_model else ''}</td>"
            for way in WAYS
            for column in COLUMNS
        )
        kind = " class=model" if is_model else " class=sub" if indented else ""
        lines.append(f"<tr{kind}><th scope=row>{escape(row.name)}</th>{cells}</tr>")
    return _scroll(label, "".join(lines))


def _scroll(label: str, rows: str) -> str:
    return f'<div class="scroll" tabindex=0 role=region aria-label="{escape(label)}"><table>{rows}</table></div>'


def _tests(pairs: Sequence[Pair]) -> str:
    if not pairs:
        return ""
    lines = [
        "<thead><tr>"
        + "".join(f"<th scope=col>{head}</th>" for head in ("second against first", "", "first", "second"))
        + "<th scope=col>difference</th><th scope=col>95 % interval</th><th scope=col>p (Holm)</th></tr></thead>"
    ]
    refused = []
    for pair in pairs:
        names = f"{escape(pair.b)} against {escape(pair.a)}"
        if (test := pair.test) is None:
            refused.append(f"<li>{names}: not tested, {escape(pair.refused or '')}.</li>")
            continue
        kind = " class=model" if pair.p_holm < 0.05 else ""
        lines.append(
            f"<tr{kind}><th scope=row>{names}</th><td>{WAY_NAMES[pair.way]}, {escape(test.statistic)}</td>"
            f"<td>{shown(test.value_a)}</td><td>{shown(test.value_b)}</td><td>{test.difference:+.1f}</td>"
            f"<td>{pair.interval}</td><td>{pair.p_holm:.4f}</td></tr>"
        )
    table = _scroll("Paired tests between runs", "".join(lines)) if len(lines) > 1 else ""
    note = (
        "Paired by query; queries of one source video or one caption are drawn and swapped together. Intervals: "
        "bootstrap, none where it would say nothing. p: randomisation test, Holm's correction over the pairs of runs; "
        "shaded below .05."
    )
    reasons = f"<ul>{''.join(refused)}</ul>" if refused else ""
    return f"<h2>Is one better than the other?</h2>{table}{reasons}<p class=note>{note}</p>"


def _seeds(spreads: Sequence[SeedSpread]) -> str:
    """Runs that differ by seed alone, as mean and standard deviation."""
    if not spreads:
        return ""
    heads = [f"{column}, {way.upper()}" for way in WAYS for column in COLUMNS]
    lines = ["<thead><tr><th scope=col>runs</th>", *(f"<th scope=col>{head}</th>" for head in heads), "</tr></thead>"]
    for spread in spreads:
        found = [spread.figures[way].get(column) for way in WAYS for column in COLUMNS]
        cells = "".join(f"<td>{f'{one.mean:.1f} ± {one.deviation:.1f}' if one else '–'}</td>" for one in found)
        lines.append(f"<tr><th scope=row>{escape(', '.join(spread.names))}</th>{cells}</tr>")
    note = "Mean and standard deviation (n - 1) over runs that differ by seed alone, of training or of a drawn gallery."
    return f"<h2>Spread over seeds</h2>{_scroll('Spread over seeds', ''.join(lines))}<p class=note>{note}</p>"


def _transductive(rows: Sequence[TableRow]) -> str:
    if not rows:
        return ""
    note = "Each score uses all test queries together, which no search engine has: do not compare it with the others."
    table = _table([(row, False) for row in rows], "Transductive figures")
    return f"<h2>Transductive figures, kept apart</h2><p class=note>{note}</p>{table}"


def _halves(runs: Sequence[Run]) -> str:
    """Anomaly and normal, the right category, any twin: one line per run."""
    lines = []
    named = [name for name in _HALVES if any(name in run.metrics.anomaly_or_normal for run in runs)]
    heads = [f"{name} R@1, {way.upper()}" for name in named for way in WAYS]
    heads += ["right category first", "right category in 5", "any twin, R@1"]
    for run in runs:
        halves, level, twins = run.metrics.anomaly_or_normal, run.metrics.category_level, run.metrics.duplicates
        cells = [halves.get(name, Subset()).of(way).get("R@1") for name in named for way in WAYS]
        cells += [level.get("R@1"), level.get("R@5"), twins.t2v_any_twin.get("R@1") if twins is not None else None]
        filled = "".join(f"<td>{shown(cell)}</td>" for cell in cells)
        lines.append(f"<tr><th scope=row>{escape(run.name)}</th>{filled}</tr>")
    head = "<thead><tr><th scope=col>model</th>" + "".join(f"<th scope=col>{head}</th>" for head in heads)
    note = (
        "Every query is ranked in the whole gallery. Right category: any clip of the caption's category is right. Any "
        "twin: a clip with the same caption or the same bytes is right too."
    )
    if len(runs) == 1 and named:
        counts = (f"{name} {runs[0].metrics.anomaly_or_normal[name].queries:,}" for name in named)
        note += f" Queries: {', '.join(counts)}."
    table = _scroll("Anomaly and normal, categories, duplicates", f"{head}</tr></thead>{''.join(lines)}")
    return f"<h2>Anomaly and normal, categories, duplicates</h2>{table}<p class=note>{note}</p>"


def _contrasts(runs: Sequence[Run]) -> str:
    """R@1 within the sets that differ in one thing only: each model, what it has to beat, what the thing is."""
    measured = [(run.name, run.metrics.contrasts) for run in runs if run.metrics.contrasts is not None]
    if not measured:
        return ""
    factors = sorted({name for _, found in measured for name in found.by_factor})
    heads = ("text to video", "video to text", *factors)
    lines = ["<thead><tr><th scope=col>model</th>", *(f"<th scope=col>{escape(head)}</th>" for head in heads)]
    lines.append("</tr></thead>")
    for name, found in measured:
        parts = [found.by_factor.get(factor, Subset()).t2v for factor in factors]
        rows = [(name, [found.t2v, found.v2t, *parts]), *((n, [c.t2v, c.v2t]) for n, c in found.controls.items())]
        for i, (label, figures) in enumerate(rows):
            cells = "".join(f"<td>{shown(one.get('R@1'))}</td>" for one in figures)
            cells += "<td></td>" * (len(heads) - len(figures))
            lines.append(f"<tr class={'sub' if i else 'model'}><th scope=row>{escape(label)}</th>{cells}</tr>")
    note = (
        "R@1 in percent, each query among the clips of its own set: the same people, place and light, one thing "
        f"different. {measured[0][1].queries:,} captions in {measured[0][1].sets:,} sets; chance "
        f"{shown(measured[0][1].chance)}. The columns on the right: text to video, by what differs."
    )
    table = _scroll("Within sets that differ in one thing only", "".join(lines))
    return f"<h2>Sets that differ in one thing only</h2>{table}<p class=note>{note}</p>"


def _zero_shot(runs: Sequence[Run]) -> str:
    """Classification and detection, of the runs that measured them."""
    measured = [(run.name, run.metrics.zero_shot) for run in runs if run.metrics.zero_shot is not None]
    if not measured:
        return ""
    heads = ("accuracy", "in top 5", "accuracy, mean of categories", "anomaly AUROC", "anomaly AP")
    lines = ["<thead><tr><th scope=col>model</th>", *(f"<th scope=col>{head}</th>" for head in heads), "</tr></thead>"]
    for name, zero in measured:
        figures = [shown(value) for value in (zero.accuracy, zero.top_5, zero.mean_class_accuracy)]
        figures += [shown(value, 3) for value in (zero.auroc, zero.average_precision)]
        cells = "".join(f"<td>{figure}</td>" for figure in figures)
        lines.append(f"<tr><th scope=row>{escape(name)}</th>{cells}</tr>")
    note = "Videos against prompts of category names, nothing trained; accuracy in percent."
    counts = {(zero.categories, zero.classified, zero.detected) for _, zero in measured}
    if len(counts) == 1:
        names, classified, detected = counts.pop()
        note += (
            f" {names:,} names; {classified:,} clips with a category, {detected:,} that say whether they are anomalies."
        )
    table = _scroll("Zero-shot recognition", "".join(lines))
    return f"<h2>Zero-shot recognition</h2>{table}<p class=note>{note}</p>"


def _categories(runs: Sequence[Run]) -> str:
    """R@1 of every category and run, text to video, in one table."""
    names = sorted({name for run in runs for name in run.metrics.by_category})
    if not names:
        return ""
    lines = ["<thead><tr><th scope=col>category</th><th scope=col>queries</th>"]
    lines += [f"<th scope=col>{escape(run.name)}</th>" for run in runs] + ["</tr></thead>"]
    for name in names:
        subsets = [run.metrics.by_category.get(name, Subset()) for run in runs]
        values = [subset.t2v.get("R@1") for subset in subsets]
        best = max((value for value in values if value is not None), default=None)
        count = max(subset.queries for subset in subsets)
        cells = "".join(f"<td>{f'<b>{shown(v)}</b>' if v is not None and v == best else shown(v)}</td>" for v in values)
        lines.append(f"<tr><th scope=row>{escape(name)}</th><td>{count:,}</td>{cells}</tr>")
    table = _scroll("R@1 by category and run", "".join(lines))
    return (
        f"<h2>R@1 by category, text to video</h2><details><summary>{len(names)} categories</summary>{table}</details>"
    )


def _paper_section(paper: Published) -> str:
    tables = []
    for table in paper.tables:
        rows = [(TableRow(f"{method} (paper)", figures), False) for method, figures in paper.rows(table)]
        tables.append(f"<h3>{escape(table.name)}</h3>{_table(rows, 'The paper: ' + table.name)}")
    return (
        f"<h2>The paper's figures, on the paper's dataset</h2><p class=note>{escape(paper.note)} "
        f"Source: {escape(paper.source)}.</p>{''.join(tables)}"
    )


def _footer(runs: Sequence[Run]) -> str:
    texts = [(run.name, json.dumps(run.result.config.to_dict(), indent=2, ensure_ascii=False)) for run in runs]
    configs = "".join(f"<h3>{escape(n)}</h3><pre><code>{escape(text)}</code></pre>" for n, text in texts)
    return f"<footer><details><summary>Settings of these runs</summary>{configs}</details>Made by svta report.</footer>"


def _interval(row: TableRow, way: Way) -> str:
    ends = row.ends(way)
    return f"<small>{ends[0]:.1f} to {ends[1]:.1f}</small>" if ends else ""
