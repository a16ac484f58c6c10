"""`svta audit`: does the clip show its caption? People on a page, a vision model, or both, with their errors.

svta audit DATASET --out AUDIT                                        # a page for two people
svta audit DATASET --out AUDIT --answers ann.jsonl --answers bob.jsonl
svta audit DATASET --out AUDIT --chat http://127.0.0.1:8000/v1        # a vision model, corrected by its own error
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from svta.cli.options import AsJson, ChatOptions, chat_options
from svta.cli.outputs import FOLDER, writes

if TYPE_CHECKING:
    from svta.eval.audit.audit import Prepared
    from svta.eval.audit.clips import ClipSource
    from svta.eval.audit.config import AuditConfig
    from svta.eval.audit.cost import Cost
    from svta.eval.audit.questions import Rating
    from svta.generation.chat.messages import Usage


def _audit_config(
    data: Annotated[str, typer.Argument(help="A packed folder, ns/name[@revision] on the Hub, or a clips folder.")],
    interval: Annotated[
        float,
        typer.Option(help="Half width of the 95 % interval in points; sets the number of clips."),
    ] = 5.0,
    sample: Annotated[int | None, typer.Option(min=1, help="Maximum number of clips, over all categories.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Only this category; may repeat. Default: all.")] = None,
    split: Annotated[list[str] | None, typer.Option(help="train, validation or test; may repeat. Default all.")] = None,
    swapped: Annotated[
        float, typer.Option(help="Controls per clip of the sample: clips with another caption of their category.")
    ] = 0.2,
    threshold: Annotated[
        float, typer.Option(help="Lowest mean score (1 to 5) at which a clip shows its caption.")
    ] = 4.0,
    known: Annotated[
        Path | None, typer.Option(help="Drawn clips to measure the judge's errors; default: drawn by this command.")
    ] = None,
    num_frames: Annotated[int, typer.Option(min=1, max=64, help="Frames per clip that the model sees.")] = 8,
    frame_size: Annotated[
        int, typer.Option(min=32, max=4320, help="Longer side of the frames for the model, in pixels.")
    ] = 336,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives another sample.")] = 0,
    i_have_rights: Annotated[
        str | None, typer.Option(help="Show withheld clips to people and remote models; give the reason in words.")
    ] = None,
) -> AuditConfig:
    from svta.eval.audit.config import AuditConfig

    return AuditConfig(
        data, tuple(split or ("all",)), tuple(category or ()), interval, sample, swapped, seed, threshold, num_frames,
        frame_size, known, i_have_rights,
    )  # fmt: skip


@writes(out=FOLDER, dataset_out=FOLDER)
@chat_options(config=_audit_config)
def command(
    *,
    config: AuditConfig,
    out: Annotated[Path, typer.Option(help="The audit: sample, answers, figures; the page is in page/.")],
    answers: Annotated[list[Path] | None, typer.Option(help="A rater's saved answers (JSONL); may repeat.")] = None,
    with_page: Annotated[
        bool, typer.Option("--with-page", help="Write the page for people also with --chat or --answers.")
    ] = False,
    dataset_out: Annotated[
        Path | None, typer.Option(help="Write the dataset again with audit_* columns and the figures on its card.")
    ] = None,
    known_clips: Annotated[
        int, typer.Option(min=0, help="Maximum number of drawn clips for the judge's errors; 0: none.")
    ] = 100,
    chat: ChatOptions,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the questions and their cost.")] = False,
    as_json: AsJson = False,
) -> None:
    """Audit whether clips show their captions: a sample, answers of people or a vision model, rates with intervals.

    Example: svta audit dataset --out audit --chat http://127.0.0.1:8000/v1
    """
    from svta.cli.chat_judge import leaves_machine
    from svta.cli.console import note
    from svta.eval.audit.audit import begin, prepare
    from svta.eval.audit.people import num_counted, read_answers

    page = with_page or (chat.place is None and not answers)
    # the same for the page and for the answers to it: the sample is one
    leaves = page or bool(answers) or leaves_machine(chat.place)
    prepared = prepare(config, leaves=leaves)
    if dry_run:
        _tell_cost(prepared, chat, known_clips, as_json)
        return
    begin(prepared, out)
    if page:
        note(f"for people: open {_write_page(prepared, out)}; each saves a file for --answers")
    ratings = read_answers(answers or (), prepared.sample)
    if answers and ((counted := num_counted(ratings, prepared.items)) < len(ratings) or not ratings):
        note(f"{counted:,} of {len(ratings):,} answers count: those with a score, about an item of this sample")
    usage = None
    if chat.place is not None:
        prepared, judged, usage = _judge(prepared, chat, out, known_clips)
        ratings = [*ratings, *judged]
    _finish(prepared, ratings, out, dataset_out, chat, usage, as_json)


def _tell_cost(prepared: Prepared, chat: ChatOptions, known_clips: int, as_json: bool) -> None:
    """A dry run: how many clips, questions, images and tokens; nothing is asked and nothing written."""
    from svta.cli.console import emit

    cost = _cost(prepared, chat, known_clips)
    result = {**vars(cost), "sample": prepared.sample, "left_out": prepared.sampled.left_out}
    lines = [f"{prepared.source.name}: {cost.clips:,} of {prepared.sampled.population:,} clips would be audited"]
    lines += [f"not drawn from: {count:,} {reason}" for reason, count in prepared.sampled.left_out.items()]
    emit(result, as_json=as_json, text="\n".join([*lines, f"for people: {cost.items:,} items a rater", cost.text()]))


def _cost(prepared: Prepared, chat: ChatOptions, known_clips: int) -> Cost:
    from svta.eval.audit.cost import Cost
    from svta.eval.audit.questions import load_templates

    if chat.place is None:
        known_clips = 0
    elif prepared.config.known is None:  # as many as the sample has captions to draw
        known_clips = min(known_clips, sum(item.kind == "own" for item in prepared.items))
    return Cost.of(prepared, known_clips, load_templates(chat.template), chat.prices)


def _write_page(prepared: Prepared, out: Path) -> Path:
    from svta.cli.console import note, progress
    from svta.eval.gallery.audit_page import write_audit_page

    with progress("videos") as on_video:
        written = write_audit_page(prepared, out / "page", progress=on_video)
    for key, reason in written.unreadable.items():
        note(f"not readable, not on the page: {key}: {reason}")
    return written.folder / "index.html"


def _judge(prepared: Prepared, chat: ChatOptions, out: Path, known_clips: int) -> tuple[Prepared, list[Rating], Usage]:
    """The sample with its known clips, the judge's answers to all of it, and what was paid."""
    from svta.cli.chat_judge import ChatJudge
    from svta.cli.console import note, progress, quiet_hub
    from svta.eval.audit.audit import with_known
    from svta.eval.audit.judge import judge_items
    from svta.eval.audit.questions import load_templates

    quiet_hub()
    templates = load_templates(chat.template)
    judge = ChatJudge(chat, chat.cache or out.with_name(f"{out.name}.chat"))  # wrong use is reported before any work
    known = _known(prepared, out, known_clips)
    if known is not None:
        prepared = with_known(prepared, known, known_clips)
    note(_cost(prepared, chat, 0).text())
    total, done, ratings = 2 * len(prepared.all_items), 0, []
    with progress("answers") as bar:

        def on_answer(count: int) -> None:
            nonlocal done
            done += count
            bar(done, total)

        for source, items in prepared.parts:
            ratings += judge_items(judge, source, items, prepared.config, templates, on_answer=on_answer)
    return prepared, ratings, judge.chat.usage


def _known(prepared: Prepared, out: Path, count: int) -> ClipSource | None:
    """Drawn clips whose truth is known: those of --known, else captions of the sample, drawn here."""
    from svta.cli.console import note
    from svta.cli.known_clips import draw_captions
    from svta.eval.audit.clips import open_clips

    if not count:
        return None
    if prepared.config.known is not None:
        return open_clips(prepared.config.known)
    folder = draw_captions(prepared, out / "known", count)
    if folder is None:
        note("no caption of the sample can be drawn: the judge's error is not measured; give drawn clips with --known")
    return None if folder is None else open_clips(folder)


def _finish(
    prepared: Prepared,
    ratings: list[Rating],
    out: Path,
    dataset_out: Path | None,
    chat: ChatOptions,
    usage: Usage | None,
    as_json: bool,
) -> None:
    from svta.cli.app import CheckFailed
    from svta.cli.console import emit, note, used
    from svta.eval.audit.audit import finish
    from svta.eval.audit.write_dataset import write_audited
    from svta.eval.metrics.figures import to_json

    result = finish(prepared, ratings, out)
    values, lines = to_json(result), [result.text(), f"-> {out}"]
    if usage is not None:
        values["chat"], more = used(usage, chat.prices)
        lines += more
    if dataset_out is not None:
        write_audited(prepared, ratings, result, dataset_out)
        values["dataset_out"] = str(dataset_out)
        lines.append(f"-> {dataset_out}: audit_* columns, figures on the card")
    emit(values, as_json=as_json, text="\n".join(lines))
    judge = result.judge
    if judge is not None and judge.specificity.percent is not None and judge.corrected is None:
        raise CheckFailed(f"{judge.model}: {judge.why_not}")
    if not ratings and not as_json:
        note("next: answers of two people, then the same command with --answers FILE --answers FILE")
