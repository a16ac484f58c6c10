"""LaTeX and Markdown tables: the user's rows first, the paper's on request, one column wide, no text stops LaTeX."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from svta.eval.metrics.rank_table import RankTable
from svta.eval.reports.comparison import Comparison, comparison
from svta.eval.reports.tables import latex_table, markdown_table
from svta.eval.retrieval.result import EvalRecord, EvalResult, Metrics

FIGURES = {"R@1": 41.5, "R@5": 100.0, "R@10": 100.0, "MdR": 12.5, "MnR": 1234.5}
DOCUMENT = r"""\documentclass[twocolumn]{article}
\usepackage{booktabs}
\begin{document}
%s
\end{document}
"""


def compared(*names: str) -> Comparison:
    """Runs of the widest figures there are, each with its interval."""
    ends = {way: {"R@1": (38.04, 45.26)} for way in ("t2v", "v2t")}
    metrics = Metrics(FIGURES, FIGURES, 8263, interval_95=ends)
    keys = [f"k{i}" for i in range(4)]
    ranks = RankTable(keys, np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    return comparison([EvalResult(EvalRecord(name=name), metrics, ranks) for name in names])


def test_the_users_rows_come_first_and_the_papers_on_request() -> None:
    runs = compared("my model", "my other model")
    for table in (latex_table, markdown_table):
        plain, full = table(runs), table(runs, with_paper=True)
        assert "GRAM" not in plain and "Paper" not in plain and "of the paper" not in plain
        assert full.index("my model") < full.index("my other model") < full.index("GRAM")
        assert "not comparable with the rows of this evaluation" in full and "Rows of the paper: " in full


def test_in_latex_each_set_of_rows_is_a_float_of_its_own() -> None:
    """One float of all of them would be longer than a page; what is said of our gallery is not said of the paper's."""
    floats = latex_table(compared("my model"), with_paper=True).split(r"\begin{table}")[1:]
    assert [("my model" in part, "GRAM" in part) for part in floats] == [(True, False), (False, True), (False, True)]
    assert ["8,263 videos" in part for part in floats] == [True, False, False]
    assert ["Rows of the paper: " in part for part in floats] == [False, True, True]
    assert markdown_table(compared("my model"), with_paper=True).count("Rows of the paper: ") == 1


def test_both_directions_stand_one_below_the_other_in_one_column() -> None:
    text = latex_table(compared("a" * 12))
    assert text.count("aaaaaaaaaaaa & 41.5 {\\tiny [38.0, 45.3]} & 100.0 & 100.0 & 12.5 & 1234.5 \\\\") == 2
    assert text.index("Text to video. ") < text.index("Video to text. ")
    assert r"\begin{table}[t]" in text and "table*" not in text


def test_a_row_is_no_wider_than_a_column() -> None:
    """Computer Modern's widths in points: at 8 pt a digit 4.25, a stop 2.36; at 5 pt a digit 3.40, signs 1.9 to 2.0."""
    row = next(line for line in latex_table(compared("model")).splitlines() if line.startswith(r"\raggedright model"))
    width = 0.26 * 229.5 + 5 * 2 * 2.5  # the name's column, and the gaps between six columns
    for cell in row.removesuffix(r" \\").split(" & ")[1:]:
        plain, _, tiny = cell.partition(" {\\tiny ")
        width += sum(4.25 if letter.isdigit() else 2.36 for letter in plain)
        width += (2.84 if tiny else 0) + sum(3.4 if letter.isdigit() else 2.0 for letter in tiny.removesuffix("}"))
    assert 190 < width < 229.5, "\\columnwidth of a two-column article in points"


@pytest.mark.parametrize("name", ["50 % & more_of #1 {x} ~^\\ <b>|", "modèle é ß", "模型 Ω", "-- \x1b[31m\nnewline"])
def test_it_compiles_and_is_not_too_wide(tmp_path: Path, name: str) -> None:
    if (latex := shutil.which("pdflatex")) is None:
        pytest.skip("pdflatex is not installed")
    (tmp_path / "a.tex").write_text(DOCUMENT % latex_table(compared(name, *"bcdefghij"), with_paper=True))
    done = subprocess.run(
        [latex, "-interaction=nonstopmode", "-halt-on-error", "a.tex"], cwd=tmp_path, capture_output=True
    )
    log = (tmp_path / "a.log").read_text(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Float too large" not in log
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide", log)]
    assert not [points for points in wide if points > 1], log


def test_letters_without_a_font_do_not_stop_latex() -> None:
    assert "?? Ω" not in latex_table(compared("模型 Ω")) and "?? ? &" in latex_table(compared("模型 Ω"))
    assert "模型 Ω" in markdown_table(compared("模型 Ω"))
