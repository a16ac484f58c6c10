"""`svta report`: one self-contained page about one or several evaluations.

svta report results-a results-b --out report.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    runs: Annotated[list[Path], typer.Argument(help="Folders that `svta eval --out` wrote.")],
    out: Annotated[Path | None, typer.Option(help="The page; default report.html in the first folder.")] = None,
    eval_results: Annotated[
        Path | None, typer.Option(help="A model folder: write the first run's R@1 for the Hub into it.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="With --eval-results: the benchmark, ns/name[@commit].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON on stdout and nothing else.")] = False,
) -> None:
    """Write a page with tables, ranks, categories and frame strips of evaluations, beside the paper's figures.

    Example: svta report results-a results-b --out comparison.html
    """
    from svta.eval.report import comparison, write_report
    from svta.eval.results import read_results

    from .console import emit

    if (eval_results is None) != (dataset is None):
        raise typer.BadParameter("--eval-results MODEL and --dataset ns/name go together")
    read = [read_results(run) for run in runs]
    page = write_report(read, out or runs[0] / "report.html")
    first = [(run.name, *(run.metrics[way]["R@1"] for way in ("t2v", "v2t"))) for run in read]
    rows = [f"{name}: R@1 {t2v:.1f} text to video, {v2t:.1f} video to text" for name, t2v, v2t in first]
    told = {"page": str(page), **comparison(read)}
    if eval_results is not None and dataset is not None:
        from svta.eval.hub_scores import write_scores

        scores = write_scores(eval_results, read[0], dataset)
        told["eval_results"] = str(scores)
        rows.append(f"-> {scores}")
    emit(told, as_json=as_json, text="\n".join([*rows, f"-> {page}"]))
