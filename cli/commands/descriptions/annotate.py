"""`svta annotate`: categories for descriptions that have none, and groups for a person to judge.

svta annotate descriptions.jsonl --clusters 98 --out annotated.jsonl
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.console import (
    Prices,
    command_line,
    emit,
    note,
    own_taxonomy_hint,
    progress,
    show_questions,
    used,
)
from svta.cli.options import AsJson, ChatOptions, OwnTaxonomy, chat_options, text_or_none
from svta.cli.outputs import writes

if TYPE_CHECKING:
    from svta.builder.record import Clip
    from svta.builder.taxonomy import Taxonomy
    from svta.generation.annotation.annotate import AnnotateConfig
    from svta.generation.annotation.labels import Annotation
    from svta.generation.chat.messages import Usage


@writes(out=(".labels.jsonl", ".groups.json"))
@chat_options()
def command(
    *,
    descriptions: Annotated[Path, typer.Argument(help="The descriptions file of `svta describe`.")],
    out: Annotated[Path, typer.Option(help="The annotated descriptions; labels and groups go beside it.")] = Path(
        "annotated.jsonl"
    ),
    clusters: Annotated[int, typer.Option(help="Number of K-Means groups to propose; 0 for none.")] = 0,
    on: Annotated[str, typer.Option(help="What to group: captions or tags.")] = "captions",
    encoder: Annotated[str | None, typer.Option(help="A sentence encoder of transformers instead of TF-IDF.")] = None,
    chat: ChatOptions,
    taxonomy: OwnTaxonomy = None,
    seed: Annotated[int, typer.Option(help="Seed of the groups.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N descriptions only.")] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Write nothing; with --chat show questions and cost."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Assign a category to every description by its source, its tag or a chat model; group all captions by K-Means.

    Example: svta annotate descriptions.jsonl --clusters 98 --out annotated.jsonl
    """
    from svta.builder.layout.guards import check_output
    from svta.builder.taxonomy import carry_taxonomy, check_names, load_taxonomy, taxonomy_file
    from svta.generation.annotation.annotate import AnnotateConfig
    from svta.generation.annotation.labels import write_annotation

    config = AnnotateConfig(
        clusters=clusters, on=on, encoder=encoder, chat=chat.place, chat_model=chat.model, template=chat.template,
        concurrency=chat.concurrency, chat_fields=chat.fields, seed=seed, limit=limit,
        taxonomy=text_or_none(taxonomy_file(taxonomy, descriptions)),
    )  # fmt: skip
    check_output(out, kind="file")
    table = load_taxonomy(taxonomy_file(taxonomy, descriptions))
    clips = _read(descriptions, limit)
    unknown = [clip.category for clip in clips if clip.category is not None and table.find(clip.category) is None]
    check_names(unknown, (clip.category for clip in clips if clip.category not in unknown), table)
    if chat.place and dry_run:
        _show_questions(clips, table, config, chat.prices, as_json)
        return
    annotation, usage = _annotate(clips, table, config, chat.cache, out)
    target = None if dry_run else out
    if target is not None:
        carry_taxonomy(table, target)
        write_annotation(target, annotation, config.resolved())
    _emit(annotation, usage, config, target, chat.prices, len(unknown), as_json)


def _read(descriptions: Path, limit: int | None) -> list[Clip]:
    from svta.generation.annotation.clustering import AnnotateError
    from svta.generation.planning.descriptions import read_descriptions

    clips, rejects = read_descriptions(descriptions, limit=limit)
    if rejects:
        raise AnnotateError(f"{rejects[0]['detail']} ({len(rejects)} such rows); `svta describe` sorts them out")
    return clips


def _annotate(
    clips: list[Clip], taxonomy: Taxonomy, config: AnnotateConfig, cache: Path | None, out: Path
) -> tuple[Annotation, Usage | None]:
    from svta.generation.annotation.annotate import annotate
    from svta.generation.captions.describe import cache_path
    from svta.generation.chat.client import open_chat

    chat = None
    if config.chat:
        folder = cache or cache_path(out)
        chat = open_chat(
            config.chat, cache=folder, model=config.chat_model, concurrency=config.concurrency,
            fields=config.chat_fields,
        )  # fmt: skip
    with progress("answers") as bar:
        answered = 0

        def on_answer() -> None:
            nonlocal answered
            answered += 1
            bar(answered, len(clips))

        annotation = annotate(clips, taxonomy, config, chat=chat, on_answer=on_answer)
    return annotation, chat.usage if chat else None


def _emit(
    annotation: Annotation,
    usage: Usage | None,
    config: AnnotateConfig,
    out: Path | None,
    prices: Prices | None,
    unknown: int,
    as_json: bool,
) -> None:
    """Counts, agreement, the largest groups, and what to do next."""
    by = Counter(label.by for label in annotation.labels)
    review = sum(label.needs_review for label in annotation.labels)
    result: dict[str, object] = {
        "clips": len(annotation.clips),
        "by": dict(by),
        "to_review": review,
        "groups": len(annotation.groups),
        "agreement": annotation.agreement,
        "out": text_or_none(out),
    }
    lines = [f"{len(annotation.clips):>9,}  descriptions, {review:,} without a category: for review"]
    lines += [
        f"{n:>9,}  {'proposed' if name == 'cluster' else 'named'} by {name}"
        for name, n in by.most_common()
        if name != "nobody"
    ]
    if usage is not None:
        result["chat"], more = used(usage, prices)
        lines += more
    lines += [
        f"           groups against {name} tags: purity {a['purity']:.3f} "
        f"(one group {a['purity_of_one_cluster']:.3f}), "
        f"NMI {a['nmi']:.3f}; {a['rows']:,.0f} rows, {a['tags']:.0f} tags"
        for name, a in annotation.agreement.items()
    ]
    lines += [
        f"{group.size:>9,}  {group.name}: {group.typical[0][:80]}" for group in annotation.groups[:20] if group.typical
    ]
    lines += own_taxonomy_hint(unknown, config.taxonomy)
    emit(result, as_json=as_json, text="\n".join(lines))
    if out is not None and not as_json:
        note("next: " + command_line("review", "export", out, out="review.html"))


def _show_questions(
    clips: list[Clip], taxonomy: Taxonomy, config: AnnotateConfig, prices: Prices | None, as_json: bool
) -> None:
    from svta.generation.annotation.annotate import ANSWER_TOKENS_LIKELY, questions
    from svta.generation.captions.chat_author import load_templates
    from svta.generation.chat.messages import estimate

    requests = questions(clips, taxonomy, load_templates(config.template))
    show_questions(requests, estimate(requests, ANSWER_TOKENS_LIKELY), prices, as_json)
