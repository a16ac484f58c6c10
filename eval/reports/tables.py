"""A report's headline table for a paper or a README, as LaTeX (booktabs) and Markdown; the paper's rows stand apart.

Reads what comparison.comparison() gives; returns text; `svta report` writes it beside the page. Names are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from .comparison import COLUMNS, WAY_NAMES, WAYS, headline_rows, number, paper_rows

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
Block = tuple[str, list[tuple[str, dict[str, Any]]]]


def latex_table(told: dict[str, Any]) -> str:
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
    for title, rows in blocks(told):
        lines += ["\\midrule", f"\\multicolumn{{{width}}}{{l}}{{\\emph{{{_tex(title)}}}}} \\\\"]
        for name, figures in rows:
            cells = (_cell(figures, way, column, "{} {{\\tiny [{}, {}]}}") for way in WAYS for column in COLUMNS)
            lines.append(f"{_tex(name)} & {' & '.join(cells)} \\\\")
    lines += [
        "\\bottomrule",
        "\\end{tabular}",
        f"\\caption{{{_tex(caption(told))}}}",
        "\\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def markdown_table(told: dict[str, Any]) -> str:
    """Two header rows in one (Markdown has no spans), a bold row opens each block."""
    heads = [f"{'T2V' if way == 't2v' else 'V2T'} {column}" for way in WAYS for column in COLUMNS]
    lines = [f"| model | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    for title, rows in blocks(told):
        lines.append(f"| **{_md(title)}** |{' |' * len(heads)}")
        for name, figures in rows:
            cells = (_cell(figures, way, column, "{} ({}–{})") for way in WAYS for column in COLUMNS)
            lines.append(f"| {_md(name)} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _md(caption(told)), ""])


def blocks(told: dict[str, Any]) -> Iterator[Block]:
    """(title, rows) in the order of the table: the paper's by table, ours, then the transductive ones."""
    for table in told["paper"]["tables"]:
        yield f"Paper: {table['name']} ({OTHER_DATA})", list(paper_rows(table, told["paper"]["columns"]))
    yield OURS, list(headline_rows(told))
    if told["transductive"]:
        yield TRANSDUCTIVE, [(row["name"], row) for row in told["transductive"]]


def caption(told: dict[str, Any]) -> str:
    """What the table's reader has to know."""
    galleries = sorted({run["gallery"] for run in told["runs"]})
    ties = sorted({str(run.get("ties", "expected")) for run in told["runs"]})
    return (
        f"R@K in percent, MdR and MnR: median and mean rank; ties: {', '.join(ties)}. Gallery: "
        f"{', '.join(f'{count:,}' for count in galleries)} clips. Intervals: 95 %, bootstrap over groups. "
        f"Rows of the paper: {told['paper']['source']}."
    )


def _cell(figures: dict[str, Any], way: str, column: str, with_interval: str) -> str:
    value = number((figures.get(way) or {}).get(column))
    if value is None:
        return "–"
    ends = (figures.get("interval_95") or {}).get(way) or {}
    ends = [number(end) for end in ends.get(column) or []] if column == "R@1" else []
    if len(ends) == 2 and None not in ends:
        return with_interval.format(f"{value:.1f}", *(f"{end:.1f}" for end in ends))
    return f"{value:.1f}"


def _tex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in _one_line(text))


def _md(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
