"""`svta annotate`: categories for descriptions that have none, and groups for a person to judge.

svta annotate descriptions.jsonl --clusters 98 --out annotated.jsonl
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from svta.cli.console import command_line, emit, note, parse_prices, progress, tell_questions, used


def command(
    descriptions: Annotated[Path, typer.Argument(help="What `svta describe` wrote.")],
    out: Annotated[Path, typer.Option(help="Labels and groups go beside it.")] = Path("annotated.jsonl"),
    clusters: Annotated[int, typer.Option(help="K-Means groups to propose; 0 for none.")] = 0,
    on: Annotated[str, typer.Option(help="Group captions or tags.")] = "captions",
    encoder: Annotated[str | None, typer.Option(help="A sentence encoder of transformers instead of TF-IDF.")] = None,
    chat: Annotated[
        str | None, typer.Option(help="URL of an OpenAI-compatible endpoint, or a model folder or id.")
    ] = None,
    chat_model: Annotated[str | None, typer.Option(help="Which model, where the endpoint serves several.")] = None,
    chat_cache: Annotated[Path | None, typer.Option(help="Folder of answers; default beside --out.")] = None,
    template: Annotated[Path | None, typer.Option(help="Your own questions (JSON, see templates.json).")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Questions asked at the same time.")] = 8,
    prices: Annotated[str | None, typer.Option(help="PROMPT,COMPLETION price per million tokens.")] = None,
    taxonomy: Annotated[Path | None, typer.Option(help="Your own taxonomy.json.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the groups.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N descriptions only.")] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Write nothing; with --chat tell questions and cost."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Nothing but JSON on stdout.")] = False,
) -> None:
    """Name the category of every description by its source, its tag or a chat model; group all of them by K-Means.

    Example: svta annotate descriptions.jsonl --clusters 98 --out annotated.jsonl
    """
    from svta.builder.layout.guards import keep_out
    from svta.builder.taxonomy import load_taxonomy
    from svta.generation.annotation.annotate import ANSWER_TOKENS_LIKELY, annotate, questions, write_annotation
    from svta.generation.annotation.clustering import AnnotateError
    from svta.generation.captions.chat_author import load_templates
    from svta.generation.captions.describe import cache_path
    from svta.generation.chat.client import open_chat
    from svta.generation.chat.messages import estimate
    from svta.generation.planning.descriptions import read_descriptions

    if on not in ("captions", "tags"):
        raise AnnotateError(f"--on {on}: captions or tags")
    keep_out(out, kind="file")
    table = load_taxonomy(taxonomy)
    clips, rejects = read_descriptions(descriptions, limit=limit)
    if rejects:
        raise AnnotateError(f"{rejects[0]['detail']} ({len(rejects)} such rows); `svta describe` sorts them out")
    price = parse_prices(prices)
    opened = None
    if chat and dry_run:
        asks = questions(clips, table, load_templates(template))
        tell_questions(asks, estimate(asks, ANSWER_TOKENS_LIKELY), price, as_json)
        return
    if chat:
        opened = open_chat(chat, cache=chat_cache or cache_path(out), model=chat_model, concurrency=concurrency)
    with progress("answers") as bar:
        answered = 0

        def on_answer() -> None:
            nonlocal answered
            answered += 1
            bar(answered, len(clips))

        found = annotate(
            clips,
            table,
            clusters=clusters,
            on="tags" if on == "tags" else "captions",
            encoder=encoder,
            chat=opened,
            templates=load_templates(template),
            seed=seed,
            on_answer=on_answer,
        )
    if not dry_run:
        write_annotation(out, found)
    by = Counter(label.by for label in found.labels)
    review = sum(label.needs_review for label in found.labels)
    result: dict[str, Any] = {
        "clips": len(found.clips),
        "by": dict(by),
        "to_review": review,
        "groups": len(found.groups),
        "agreement": found.agreement,
        "out": None if dry_run else str(out),
    }
    lines = [f"{len(found.clips):>9,}  descriptions, {review:,} without a category: for review"]
    lines += [f"{n:>9,}  named by {name}" for name, n in by.most_common() if name != "nobody"]
    if opened:
        result["chat"], more = used({"model": opened.model, **asdict(opened.usage)}, price)
        lines += more
    lines += [
        f"           groups against {name} tags: purity {a['purity']:.3f} "
        f"(one group {a['purity_of_one_cluster']:.3f}), "
        f"NMI {a['nmi']:.3f}; {a['rows']:,.0f} rows, {a['tags']:.0f} tags"
        for name, a in found.agreement.items()
    ]
    lines += [
        f"{group.size:>9,}  {group.name}: {group.typical[0][:80]}" for group in found.groups[:20] if group.typical
    ]
    emit(result, as_json=as_json, text="\n".join(lines))
    if not dry_run and not as_json:
        note("next: " + command_line("review", "export", out, out="review.html"))
