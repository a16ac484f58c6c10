"""A report's headline table for a paper or a README, as LaTeX (booktabs) and Markdown; the paper's rows on request.

Reads a Comparison; returns text; `svta report` writes it beside the page. Names are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from svta.eval.metrics.retrieval import COLUMNS, WAY_NAMES, WAYS, Way

from .comparison import Comparison, TableRow

FIGURES: Final = "R@K in percent, MdR and MnR: median and mean rank"
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
_NO_FONT: Final = 0x180  # the first letter after Latin Extended-A
Block = tuple[str, list[TableRow]]


def latex_table(comparison: Comparison, *, with_paper: bool = False) -> str:
    """Booktabs tables one column wide (\\columnwidth of a two-column article): the directions one below the other.

    A float per block, ours first: with the paper's rows one float would be longer than a page. R@1 carries its 95 %
    interval, where it has one.
    """
    lines = ["% made by svta report; needs \\usepackage{booktabs}"]
    for title, rows in blocks(comparison, with_paper=False):
        lines += _latex_float(title, rows, caption(comparison, with_paper=False))
    for title, rows in _paper_blocks(comparison) if with_paper else ():
        lines += _latex_float(title, rows, f"{FIGURES}. {_of_paper(comparison)}")
    return "\n".join(lines) + "\n"


def _latex_float(title: str, rows: Sequence[TableRow], told: str) -> list[str]:
    """The lines of one table."""
    width = 1 + len(COLUMNS)
    names = ".26" if any(row.ends(way) for row in rows for way in WAYS) else ".42"  # of the column; intervals take room
    lines = [
        "\\begin{table}[t]",
        "\\centering\\footnotesize\\setlength{\\tabcolsep}{2.5pt}",
        f"\\caption{{{_tex(told)}}}",
        f"\\begin{{tabular*}}{{\\columnwidth}}{{@{{}}p{{{names}\\columnwidth}}@{{\\extracolsep{{\\fill}}}}"
        f"{'r' * len(COLUMNS)}@{{}}}}",
        "\\toprule",
        f"Model & {' & '.join(_tex(column) for column in COLUMNS)} \\\\",
    ]
    for way in WAYS:
        head = f"\\raggedright\\emph{{{_tex(WAY_NAMES[way].capitalize())}. {_tex(title)}}}\\strut"
        box = f"\\rlap{{\\parbox[t]{{\\columnwidth}}{{{head}}}}}"  # of no width, so that it widens no column
        lines += ["\\midrule", f"\\multicolumn{{{width}}}{{@{{}}l@{{}}}}{{{box}}} \\\\"]
        for row in rows:
            cells = (_cell(row, way, column, "{} {{\\tiny [{}, {}]}}") for column in COLUMNS)
            lines.append(f"\\raggedright {_tex(row.name)} & {' & '.join(cells)} \\\\")
    return [*lines, "\\bottomrule", "\\end{tabular*}", "\\end{table}"]


def markdown_table(comparison: Comparison, *, with_paper: bool = False) -> str:
    """Two header rows in one (Markdown has no spans), a bold row opens each block."""
    heads = [f"{'T2V' if way == 't2v' else 'V2T'} {column}" for way in WAYS for column in COLUMNS]
    lines = ["<!-- made by svta report -->", "", f"| model | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    for title, rows in blocks(comparison, with_paper=with_paper):
        lines.append(f"| **{_md(title)}** |{' |' * len(heads)}")
        for row in rows:
            cells = (_cell(row, way, column, "{} ({}–{})") for way in WAYS for column in COLUMNS)
            lines.append(f"| {_md(row.name)} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _md(caption(comparison, with_paper=with_paper)), ""])


def blocks(comparison: Comparison, *, with_paper: bool) -> Iterator[Block]:
    """(title, rows) in the order of the table: ours, the transductive ones, then the paper's by table."""
    yield OURS, list(comparison.headline_rows)
    if rows := comparison.transductive_rows:
        yield TRANSDUCTIVE, rows
    if with_paper:
        yield from _paper_blocks(comparison)


def _paper_blocks(comparison: Comparison) -> Iterator[Block]:
    published = comparison.paper
    for table in published.tables:
        rows = [TableRow(method, figures) for method, figures in published.rows(table)]
        yield f"Paper: {table.name} ({OTHER_DATA})", rows


def _of_paper(comparison: Comparison) -> str:
    return f"Rows of the paper: {comparison.paper.source}."


def caption(comparison: Comparison, *, with_paper: bool) -> str:
    """What the table's reader has to know."""
    galleries = sorted({run.metrics.gallery for run in comparison.runs})
    paper = f" {_of_paper(comparison)}" if with_paper else ""
    return (
        f"{FIGURES}; ties: {', '.join(comparison.ties)}. Gallery: "
        f"{', '.join(f'{count:,}' for count in galleries)} videos. Intervals: 95 %, bootstrap over connected clips."
        f"{paper}"
    )


def _cell(row: TableRow, way: Way, column: str, with_interval: str) -> str:
    value, ends = row.figure(way, column), row.ends(way)
    if value is None:
        return "–"
    if column == "R@1" and ends is not None:
        return with_interval.format(f"{value:.1f}", *(f"{end:.1f}" for end in ends))
    return f"{value:.1f}"


def _tex(text: str) -> str:
    """Escaped text; "?" for letters that pdfLaTeX's own fonts lack, which would stop it."""
    letters = (letter if ord(letter) < _NO_FONT else "?" for letter in _one_line(text))
    return "".join(_LATEX.get(letter, letter) for letter in letters)


def _md(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
