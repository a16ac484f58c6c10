"""A report's headline table for a paper or a README, as LaTeX (booktabs) and Markdown; the paper's rows stand apart.

Reads a Comparison; returns text; `svta report` writes it beside the page. Names are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from svta.eval.metrics.retrieval import COLUMNS, WAY_NAMES, WAYS, Way

from .comparison import Comparison, TableRow

OURS: Final = "This evaluation"
OTHER_DATA: Final = "the paper's own dataset; not comparable with the rows of this evaluation"
TRANSDUCTIVE: Final = "Transductive: scores saw all test queries; not comparable with the rows above"
_LATEX: Final = {
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
Block = tuple[str, list[TableRow]]


def latex_table(comparison: Comparison) -> str:
    """A booktabs table*: needs \\usepackage{booktabs}. R@1 of ours carries its 95 % interval."""
    width = 1 + 2 * len(COLUMNS)
    over = " & ".join(f"\\multicolumn{{{len(COLUMNS)}}}{{c}}{{{_tex(WAY_NAMES[way])}}}" for way in WAYS)
    heads = " & ".join(_tex(column) for _ in WAYS for column in COLUMNS)
    lines = [
        "% made by svta report; \\usepackage{booktabs}",
        "\\begin{table*}[t]",
        "\\centering\\small",
        f"\\begin{{tabular}}{{l{'r' * (width - 1)}}}",
        "\\toprule",
        f"& {over} \\\\",
        f"\\cmidrule(lr){{2-{1 + len(COLUMNS)}}}\\cmidrule(lr){{{2 + len(COLUMNS)}-{width}}}",
        f"Model & {heads} \\\\",
    ]
    for title, rows in blocks(comparison):
        lines += ["\\midrule", f"\\multicolumn{{{width}}}{{l}}{{\\emph{{{_tex(title)}}}}} \\\\"]
        for row in rows:
            cells = (_cell(row, way, column, "{} {{\\tiny [{}, {}]}}") for way in WAYS for column in COLUMNS)
            lines.append(f"{_tex(row.name)} & {' & '.join(cells)} \\\\")
    lines += [
        "\\bottomrule",
        "\\end{tabular}",
        f"\\caption{{{_tex(caption(comparison))}}}",
        "\\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def markdown_table(comparison: Comparison) -> str:
    """Two header rows in one (Markdown has no spans), a bold row opens each block."""
    heads = [f"{'T2V' if way == 't2v' else 'V2T'} {column}" for way in WAYS for column in COLUMNS]
    lines = [f"| model | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    for title, rows in blocks(comparison):
        lines.append(f"| **{_md(title)}** |{' |' * len(heads)}")
        for row in rows:
            cells = (_cell(row, way, column, "{} ({}–{})") for way in WAYS for column in COLUMNS)
            lines.append(f"| {_md(row.name)} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _md(caption(comparison)), ""])


def blocks(comparison: Comparison) -> Iterator[Block]:
    """(title, rows) in the order of the table: the paper's by table, ours, then the transductive ones."""
    published = comparison.paper
    for table in published.tables:
        rows = [TableRow(method, figures) for method, figures in published.rows(table)]
        yield f"Paper: {table.name} ({OTHER_DATA})", rows
    yield OURS, list(comparison.headline_rows)
    if rows := comparison.transductive_rows:
        yield TRANSDUCTIVE, rows


def caption(comparison: Comparison) -> str:
    """What the table's reader has to know."""
    galleries = sorted({run.metrics.gallery for run in comparison.runs})
    return (
        f"R@K in percent, MdR and MnR: median and mean rank; ties: {', '.join(comparison.ties)}. Gallery: "
        f"{', '.join(f'{count:,}' for count in galleries)} clips. Intervals: 95 %, bootstrap over groups. "
        f"Rows of the paper: {comparison.paper.source}."
    )


def _cell(row: TableRow, way: Way, column: str, with_interval: str) -> str:
    value, ends = row.figure(way, column), row.ends(way)
    if value is None:
        return "–"
    if column == "R@1" and ends is not None:
        return with_interval.format(f"{value:.1f}", *(f"{end:.1f}" for end in ends))
    return f"{value:.1f}"


def _tex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in _one_line(text))


def _md(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
