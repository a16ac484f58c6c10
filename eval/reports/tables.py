"""A report's headline table for a paper or a README, as LaTeX (booktabs) and Markdown; the paper's rows on request.

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
_NO_FONT: Final = 0x180  # the first letter after Latin Extended-A
Block = tuple[str, list[TableRow]]


def latex_table(comparison: Comparison, *, with_paper: bool = False) -> str:
    """A booktabs table one column wide (\\columnwidth of a two-column article): the directions one below the other.

    R@1 carries its 95 % interval, where it has one.
    """
    width = 1 + len(COLUMNS)
    lines = [
        "% made by svta report; needs \\usepackage{booktabs}",
        "\\begin{table}[t]",
        "\\centering\\footnotesize\\setlength{\\tabcolsep}{2.5pt}",
        f"\\caption{{{_tex(caption(comparison, with_paper=with_paper))}}}",
        f"\\begin{{tabular}}{{@{{}}p{{.26\\columnwidth}}{'r' * len(COLUMNS)}@{{}}}}",
        "\\toprule",
        f"Model & {' & '.join(_tex(column) for column in COLUMNS)} \\\\",
    ]
    for title, rows in blocks(comparison, with_paper=with_paper):
        for way in WAYS:
            head = f"\\raggedright\\emph{{{_tex(WAY_NAMES[way].capitalize())}. {_tex(title)}}}"
            lines += ["\\midrule", f"\\multicolumn{{{width}}}{{@{{}}p{{\\columnwidth}}@{{}}}}{{{head}}} \\\\"]
            for row in rows:
                cells = (_cell(row, way, column, "{} {{\\tiny [{}, {}]}}") for column in COLUMNS)
                lines.append(f"\\raggedright {_tex(row.name)} & {' & '.join(cells)} \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", "\\end{table}"]) + "\n"


def markdown_table(comparison: Comparison, *, with_paper: bool = False) -> str:
    """Two header rows in one (Markdown has no spans), a bold row opens each block."""
    heads = [f"{'T2V' if way == 't2v' else 'V2T'} {column}" for way in WAYS for column in COLUMNS]
    lines = [f"| model | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
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
    published = comparison.paper
    for table in published.tables if with_paper else ():
        rows = [TableRow(method, figures) for method, figures in published.rows(table)]
        yield f"Paper: {table.name} ({OTHER_DATA})", rows


def caption(comparison: Comparison, *, with_paper: bool) -> str:
    """What the table's reader has to know."""
    galleries = sorted({run.metrics.gallery for run in comparison.runs})
    paper = f" Rows of the paper: {comparison.paper.source}." if with_paper else ""
    return (
        f"R@K in percent, MdR and MnR: median and mean rank; ties: {', '.join(comparison.ties)}. Gallery: "
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
