"""`svta report`: a page, JSON, LaTeX and Markdown about evaluations; or whether rank on one set predicts another's.

svta report results-a results-b --out comparison.html
svta report --validity [TABLES.json | RUN RUN ...]
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from svta.cli.options import AsJson
from svta.cli.outputs import writes

if TYPE_CHECKING:
    from svta.eval.reports.comparison import Pair, Run
    from svta.eval.reports.seeds import SeedSpread


def _page(values: dict[str, Any]) -> list[Path]:
    own = values["out"] is None and values["runs"] and not values["validity"]
    return [values["runs"][0] / f"report.{ending}" for ending in ("html", "json", "tex", "md")] if own else []


@writes(out=(".json", ".tex", ".md"), default=_page)
def command(
    runs: Annotated[list[Path] | None, typer.Argument(help="Results folders of `svta eval --out`.")] = None,
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
    paper: Annotated[
        bool, typer.Option("--paper", help="Add the figures of the SVTA paper, on its own dataset, to page and tables.")
    ] = False,
    eval_results: Annotated[
        Path | None, typer.Option(help="A model folder: write the first run's R@1 for the Hub into it.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="With --eval-results: the benchmark, ns/name[@commit].")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a page, a LaTeX table and a Markdown table about evaluations.

    Example: svta report results-a results-b --out comparison.html
    """
    if (eval_results is None) != (dataset is None):
        raise typer.BadParameter("--eval-results MODEL and --dataset ns/name go together")
    if validity and eval_results is not None:
        raise typer.BadParameter("--validity and --eval-results are two different things")
    if validity:
        _validity(runs or [], statistic, out, as_json)
    elif runs and any(map(_is_probes, runs)):
        _probes(runs, out or runs[0] / "report.html", as_json)
    elif runs:
        _report(runs, out or runs[0] / "report.html", paper, eval_results, dataset, as_json)
    else:
        raise typer.BadParameter("name at least one folder that `svta eval --out` wrote", param_hint="RUNS")


def _report(
    runs: list[Path], page: Path, with_paper: bool, model: Path | None, dataset: str | None, as_json: bool
) -> None:
    from svta.builder.io.files import write_text
    from svta.builder.layout.guards import check_output
    from svta.cli.console import emit
    from svta.eval.reports.comparison import comparison
    from svta.eval.reports.page import render, write_tables
    from svta.eval.retrieval.results_folder import read_results

    if page.suffix in (".json", ".tex", ".md"):
        raise typer.BadParameter(f"{page}: a table beside the page has this name; .html", param_hint="--out")
    results = [read_results(run) for run in runs]
    compared = comparison(results)
    check_output(page)
    write_text(page, render(compared, with_paper=with_paper))
    tables = write_tables(compared, page, with_paper=with_paper)
    values = {"page": str(page), "tables": [str(table) for table in tables], **compared.to_dict(with_paper=with_paper)}
    lines = [_run_line(run) for run in compared.runs] + [_seed_line(spread) for spread in compared.seeds]
    lines += [line for line in map(_pair_line, compared.pairs) if line]
    if model is not None and dataset is not None:
        from svta.eval.reports.hub_scores import write_scores

        scores = write_scores(model, results[0], dataset)
        values["eval_results"] = str(scores)
        lines.append(f"-> {scores}")
    lines.append(f"-> {page}, {', '.join(table.suffix for table in tables)} beside it")
    emit(values, as_json=as_json, text="\n".join(lines))


def _is_probes(run: Path) -> bool:
    from svta.eval.reports.probes_page import is_probes_run

    return is_probes_run(run)


def _probes(runs: list[Path], page: Path, as_json: bool) -> None:
    """A page about evaluations of probes; they have no ranks to compare with those of retrieval."""
    from svta.builder.io.files import write_text
    from svta.builder.layout.guards import check_output
    from svta.cli.console import emit
    from svta.eval.reports.probes_page import read_probes_run, render_probes

    found = [read_probes_run(run) for run in runs]
    check_output(page)
    write_text(page, render_probes(found))
    emit({"page": str(page), "runs": found}, as_json=as_json, text=f"-> {page}")


def _run_line(run: Run) -> str:
    from svta.eval.metrics.retrieval import WAY_NAMES, WAYS
    from svta.eval.reports.cautions import shown

    figures = ((shown(run.metrics.of(way).get("R@1")), WAY_NAMES[way]) for way in WAYS)
    return f"{run.name}: R@1 " + ", ".join(f"{figure} {direction}" for figure, direction in figures)


def _seed_line(spread: SeedSpread) -> str:
    found = {way: figures["R@1"] for way, figures in spread.figures.items() if "R@1" in figures}
    ways = ", ".join(f"{one.mean:.1f} ± {one.deviation:.1f} {way}" for way, one in found.items())
    return f"{len(spread.names)} seeds ({', '.join(spread.names)}): R@1 {ways} (mean, standard deviation)"


def _pair_line(pair: Pair) -> str | None:
    if (test := pair.test) is None:
        return f"{pair.b} against {pair.a}: not tested: {pair.refused}"
    if pair.way != "t2v" or test.statistic != "R@1":
        return None
    return (
        f"{pair.b} against {pair.a}: {test.difference:+.1f} points of text-to-video R@1, "
        f"95 % interval {pair.interval}, Holm's p {pair.p_holm:.4f}"
    )


def _validity(places: list[Path], statistic: str, out: Path | None, as_json: bool) -> None:
    from svta.builder.io.files import write_json
    from svta.builder.layout.guards import check_output
    from svta.cli.console import emit
    from svta.eval.reports.validity import validity, validity_text

    if out is not None and out.suffix != ".json":
        raise typer.BadParameter(f"{out}: --validity writes JSON; give a name that ends in .json", param_hint="--out")
    checked = validity(places, statistic)
    text = validity_text(checked)
    if out is not None:
        check_output(out)
        write_json(out, checked.to_dict())
        text += f"\n-> {out}"
    emit(checked.to_dict(), as_json=as_json, text=text)
