"""`svta report`: a page, JSON, LaTeX and Markdown about evaluations; or whether rank on one set predicts another's.

svta report results-a results-b --out comparison.html
svta report --validity [TABLES.json | RUN RUN ...]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def command(
    runs: Annotated[list[Path] | None, typer.Argument(help="Folders that `svta eval --out` wrote.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The page; default report.html in the first folder. Tables go beside it.")
    ] = None,
    validity: Annotated[
        bool,
        typer.Option(
            "--validity",
            help="Does the order of models on one test set hold on another? Of runs on two sets, of a JSON file of "
            "tables, or, without either, of the paper's seven models.",
        ),
    ] = False,
    statistic: Annotated[str, typer.Option(help="With --validity: R@1, R@5, R@10, MdR or MnR.")] = "R@1",
    eval_results: Annotated[
        Path | None, typer.Option(help="A model folder: write the first run's R@1 for the Hub into it.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="With --eval-results: the benchmark, ns/name[@commit].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON on stdout and nothing else.")] = False,
) -> None:
    """Write a page, a LaTeX and a Markdown table about evaluations, beside the paper's figures.

    Example: svta report results-a results-b --out comparison.html
    """
    from svta.cli.console import emit
    from svta.eval.reports.comparison import comparison
    from svta.eval.reports.page import render, write_tables
    from svta.eval.reports.results import read_results

    if (eval_results is None) != (dataset is None):
        raise typer.BadParameter("--eval-results MODEL and --dataset ns/name go together")
    if validity:
        if eval_results is not None:
            raise typer.BadParameter("--validity and --eval-results are two different things")
        _validity(runs or [], statistic, out, as_json)
        return
    if not runs:
        raise typer.BadParameter("name at least one folder that `svta eval --out` wrote", param_hint="RUNS")
    from svta.builder.io.files import write_text
    from svta.builder.layout.guards import keep_out

    read = [read_results(run) for run in runs]
    told = comparison(read)
    page = out or runs[0] / "report.html"
    keep_out(page)
    write_text(page, render(read, told))
    tables = write_tables(told, page)
    result = {"page": str(page), "tables": [str(table) for table in tables], **told}
    rows = [_line(row) for row in told["runs"]] + [_pair_line(row) for row in told["pairs"] if _is_told(row)]
    if eval_results is not None and dataset is not None:
        from svta.eval.reports.hub_scores import write_scores

        scores = write_scores(eval_results, read[0], dataset)
        result["eval_results"] = str(scores)
        rows.append(f"-> {scores}")
    emit(
        result, as_json=as_json, text="\n".join([*rows, f"-> {page}, {', '.join(t.suffix for t in tables)} beside it"])
    )


def _line(row: dict[str, Any]) -> str:
    ways = (("t2v", "text to video"), ("v2t", "video to text"))
    figures = ("none" if row[way]["R@1"] is None else f"{row[way]['R@1']:.1f}" for way, _ in ways)
    return f"{row['name']}: R@1 " + ", ".join(f"{figure} {name}" for figure, (_, name) in zip(figures, ways))


def _is_told(row: dict[str, Any]) -> bool:
    return "refused" in row or (row["way"] == "t2v" and row["statistic"] == "R@1")


def _pair_line(row: dict[str, Any]) -> str:
    if "refused" in row:
        return f"{row['b']} against {row['a']}: not tested: {row['refused']}"
    return (
        f"{row['b']} against {row['a']}: {row['difference']:+.1f} points of text-to-video R@1, "
        f"95 % interval {row['low']:+.1f} to {row['high']:+.1f}, p {row['p_holm']:.4f}"
    )


def _validity(places: list[Path], statistic: str, out: Path | None, as_json: bool) -> None:
    from svta.builder.io.files import write_json
    from svta.builder.layout.guards import keep_out
    from svta.cli.console import emit
    from svta.eval.reports.validity import validity_report, validity_text

    if out is not None and out.suffix != ".json":
        raise typer.BadParameter(f"{out}: --validity writes JSON, name it so", param_hint="--out")

    told = validity_report(places, statistic)
    text = validity_text(told)
    if out is not None:
        keep_out(out)
        write_json(out, told)
        text += f"\n-> {out}"
    emit(told, as_json=as_json, text=text)
