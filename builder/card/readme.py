"""README.md of a dataset folder: YAML that lets datasets load it with no code of ours, and what a reader must know.

Reads the stats of the index, the rights and the taxonomy; writes DIR/README.md. Every statement follows from what is
counted. Nothing a user supplied goes in unescaped, and no caption goes in at all: captions may not be ours to publish.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from svta.builder.errors import DatasetError, quantity
from svta.builder.layout.stats import DatasetStats, SplitTies
from svta.builder.project.config import DEFAULT_PROJECT, Project
from svta.builder.rights import DatasetRights
from svta.builder.taxonomy import Taxonomy

from .audit_section import audit_section
from .card_parts import CardParts
from .citation import BIBTEX
from .front_matter import UNNAMED_TITLE, escape, front_matter, of_the_paper

_Name = TypeVar("_Name")
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#@%&=+,;-]+")  # nothing that ends a link or begins markup
_FIGURES: Final = ("R@1", "R@5", "R@10", "MdR")
_MINOR: Final = "depicts_minor"
_VIOLENT: Final = ("minor_violence", "text_only")  # flags of captions that are kept as text


def card_text(
    stats: DatasetStats,
    rights: DatasetRights,
    taxonomy: Taxonomy,
    project: Project = DEFAULT_PROJECT,
    *,
    ties: SplitTies | None = None,
    has_proxy: bool = False,
    gated: bool = True,
    notice: str = "",
    plots: Sequence[str] = (),
    results: Sequence[Mapping[str, object]] = (),
    versions: Sequence[Mapping[str, object]] = (),
    audit: Mapping[str, object] | None = None,
) -> str:
    """The whole card, all of it generated. `ties`: what is in several splits, None if this was not counted.

    `notice`: a paragraph that push adds (dehydrated captions, a claim of rights); `plots`: SVG files; `results`:
    evaluations, each with model, split, clips, ties, and the figures of t2v and v2t; `versions`: the runs of pack;
    `audit`: what `svta audit` found out about a sample.
    """
    of_paper = of_the_paper(stats, taxonomy, project)
    citations = [text for text in (project.citation, BIBTEX if of_paper else None) if text]
    sections = [
        _opening(stats, project, of_paper),
        *([f"> {escape(notice)}\n"] if notice else []),
        _contents(stats, ties),
        *([f"![{Path(plot).stem}]({plot})\n" for plot in plots]),
        _sources(stats, rights),
        _use(stats, has_proxy),
        *([_results(results)] if results else []),
        *([audit_section(audit)] if audit else []),
        _limits(stats, of_paper),
        *([_versions(versions, stats.clips)] if len(versions) > 1 else []),
        *([_citation(citations)] if citations else []),
    ]
    front = front_matter(stats, rights, taxonomy, project, has_proxy=has_proxy, gated=gated)
    return CardParts(front, "\n".join(sections).strip("\n")).text()


def split_statement(ties: SplitTies | None) -> str:
    """What is known of clips that belong together and their splits; nothing if this was not counted."""
    if ties is None:
        return ""
    if ties == (0, 0):
        return "No source video and no caption has clips in two splits (counted when this card was written)."
    return (
        f"**{ties.groups:,} source videos and {ties.captions:,} captions have clips in more than one split**: scores "
        "on a test split are higher than on new videos."
    )


def minors_statements(stats: DatasetStats) -> list[str]:
    """What is known of minors in the clips, from their flags: generated clips and footage apart."""
    real = stats.synthetic[False]
    statements = []
    if generated := stats.clips - real:
        counted = _minors(stats, generated, "generated clips", real=False)
        statements.append(
            f"{counted} `svta generate` refuses captions that its rule reads as violence against a minor; the rule "
            "knows many words, not all."
        )
    if real:
        statements.append(
            f"{_minors(stats, real, 'clips of real footage', real=True)} They show real people, and a missing "
            "flag does not prove that there is no minor."
        )
    return statements


def _minors(stats: DatasetStats, clips: int, kind: str, *, real: bool) -> str:
    flags = _flags(stats, real)
    violent = max(flags[flag] for flag in _VIOLENT)
    return (
        f"Of the {clips:,} {kind} {flags[_MINOR]:,} are flagged as depicting a minor and {violent:,} as showing "
        "violence against one."
    )


def _flags(stats: DatasetStats, real: bool) -> Counter[str]:
    """Flags of the clips that are footage, or of all others."""
    counts: Counter[str] = Counter()
    for (synthetic, flag), count in stats.flagged.items():
        if (synthetic is False) is real:
            counts[flag] += count
    return counts


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(map(str, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines) + "\n"


def _opening(stats: DatasetStats, project: Project, of_paper: bool) -> str:
    drawn, real = stats.makers.get("storyboard", 0), stats.synthetic[False]
    made = []
    if drawn:
        by = "svta's storyboard" if of_paper else "a storyboard"
        made.append(f"{drawn:,} are **drawn** by {by} (flat figures acting a caption out), not filmed.")
    if drawn and (measured := sum(stats.fidelity.values())):
        mean = sum(value * count for value, count in stats.fidelity.items()) / measured
        made.append(
            f"Of what a caption says, a drawn clip shows {100 * mean:.1f} % on average; {stats.fidelity[1.0]:,} of "
            f"{measured:,} show all of it (`fidelity` in each clip's provenance)."
        )
    if other := stats.clips - drawn - real:
        made.append(f"{other:,} were made by the generators named below or do not name one.")
    if real:
        made.append(f"{real:,} are **real footage**, imported.")
    title = escape(project.heading) if project.heading else ("SVTA reconstruction" if of_paper else UNNAMED_TITLE)
    words = [f"# {title}\n"]
    if project.description:
        words.append("\n\n".join(escape(part) for part in project.description.split("\n\n") if part.strip()) + "\n")
    facts = [("Authors", ", ".join(project.authors)), ("Homepage", project.homepage), ("Contact", project.contact)]
    if said := [f"{name}: {_linked(value)}." for name, value in facts if value]:
        words.append(" ".join(said) + "\n")
    kind = "anomalous and normal events" if stats.anomalies[True] else "events"
    if not of_paper:
        words.append(
            f"{stats.clips:,} video-caption pairs for text-video retrieval of {kind}. Of the clips, {' '.join(made)}\n"
        )
        return "\n".join(words)
    apart = "." if stats.is_footage else (
        " even where the clip is synthetic: synthetic video alone removes no privacy risk."
    )  # fmt: skip
    words.append(
        f"""{stats.clips:,} video-caption pairs for text-video retrieval of anomalous and normal events, made with the
tool `svta`.

**What it is not.** Not the files of the SVTA authors (arXiv 2506.01466): a reconstruction of their way of making a
dataset from public sources. Of its clips, {" ".join(made)} Captions taken from annotated surveillance video describe
**real people's footage**{apart}
"""
    )
    return "\n".join(words)


def _citation(entries: Sequence[str]) -> str:
    blocks = "\n\n".join(f"```bibtex\n{entry.strip().replace('```', '')}\n```" for entry in entries)
    return f"## Citation\n\n{blocks}\n"


def _versions(runs: Sequence[Mapping[str, object]], clips: int) -> str:
    """What was added when: a line per run of `svta pack`, the newest first; and where `clips`, those of this copy, are
    fewer (a push leaves out what may not be published), how many there are."""
    total, lines = 0, []
    for number, run in enumerate(runs, 1):
        kept = run.get("kept")
        total += kept if isinstance(kept, int) else 0
        note = f": {escape(str(run['note']))}" if run.get("note") else ""
        added = quantity(kept if isinstance(kept, int) else 0, "clip")
        lines.append(f"- **{number}**: {added} {'packed' if number == 1 else 'added'}, {total:,} in all{note}")
    here = "" if clips == total else f"\nOf them {clips:,} are in this copy.\n"
    return "## Versions\n\n" + "\n".join(reversed(lines)) + "\n" + here


def _contents(stats: DatasetStats, ties: SplitTies | None) -> str:
    splits = list(stats.splits)
    named = sorted((name, counts) for name, counts in stats.categories.items() if name is not None)
    rows = [[escape(name), *(counts[s] for s in splits), sum(counts.values())] for name, counts in named]
    if None in stats.categories:
        counts = stats.categories[None]
        rows.append(["(no category)", *(counts[s] for s in splits), sum(counts.values())])
    rows.append(["**all**", *stats.splits.values(), stats.clips])
    sizes = ", ".join(f"{w}x{h} ({n:,})" if w and h else f"not stated ({n:,})" for (w, h), n in _most(stats.sizes))
    flags = ", ".join(f"{escape(flag)} ({n:,})" for flag, n in _most(stats.flags)) or "none"
    return f"""## Contents

{stats.anomalies[True]:,} anomalous, {stats.anomalies[False]:,} normal, {stats.anomalies[None]:,} not stated.
{stats.num_frames:,} frames, {stats.seconds / 3600:.2f} hours. Sizes: {sizes}. Flags: {flags}.
{split_statement(ties)}

{_table(["category", *splits, "all"], rows)}"""


def _linked(value: str) -> str:
    """An address as a link, any other text as itself."""
    return f"<{value}>" if _ADDRESS.fullmatch(value) else escape(value)


def _most(counts: Mapping[_Name, int]) -> list[tuple[_Name, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:8]


def _sources(stats: DatasetStats, rights: DatasetRights) -> str:
    yes = {True: "yes", False: "no", None: "-"}
    rows = [
        [
            part.kind, escape(part.name), escape(part.licence), yes[part.redistribute_text],
            yes[part.redistribute_video], yes[part.commercial], yes[part.outputs_may_train_models],
            escape(part.territory), escape(part.note),
        ]
        for part in rights.parts
    ]  # fmt: skip
    head = ["kind", "name", "licence", "captions may be republished", "videos may be", "commercial", "may train models"]
    counts = ", ".join(f"{escape(name)} ({n:,})" for name, n in _most(stats.sources))
    makers = ", ".join(f"{escape(name)} ({n:,})" for name, n in _most(stats.makers))
    return f"""## Sources and rights

Captions: {counts}. Videos: {makers}. The strictest of all parts counts for the whole: captions may be republished:
**{yes[rights.redistribute_text]}**, videos: **{yes[rights.redistribute_video]}**, commercial use:
**{yes[rights.commercial]}**, training on it: **{yes[rights.outputs_may_train_models]}**, territory:
**{escape(rights.territory)}**. Unknown counts as no. This is our reading, not legal advice.

{_table([*head, "territory", "note"], rows)}"""


def _use(stats: DatasetStats, has_proxy: bool) -> str:
    split = next(iter(stats.splits), "train")
    small = f'\nsmall = load_dataset(PATH, "proxy", split="{split}")  # the same clips, small'
    proxy = small if has_proxy else ""
    return f"""## Loading

```python
from datasets import load_dataset

clips = load_dataset(PATH, split="{split}", streaming=True)  # PATH: this folder or repo; no code of svta needed
for clip in clips:
    clip["json"]["caption"], clip["json"]["category"], clip["mp4"]["bytes"]{proxy}
```

With `pip install svta`: `import svta; load_dataset("svta", data_dir=PATH)` gives flat columns, and
`svta.open_dataset(PATH)` decoded frames for training. `webdataset.WebDataset` reads the tars as they are.
`clips.parquet` is the index: one row per clip with its shard, offset, size and sha256; `svta verify PATH` checks all.
"""


def _results(results: Sequence[Mapping[str, object]]) -> str:
    try:
        rows = [_result_row(run) for run in results]
    except (KeyError, TypeError, ValueError):  # of a pulled build.json, which anybody may have written
        raise DatasetError("build.json: its results are not evaluations; see `svta verify`") from None
    head = ["model", "split", "clips", "ties", *(f"{way} {name}" for way in ("text", "video") for name in _FIGURES)]
    return f"""## Results

Retrieval by `svta eval`, R@K in percent; text: text to video, video: video to text. Higher R@K and lower MdR are
better; scores on synthetic clips say nothing certain about camera footage.

{_table(head, rows)}"""


def _result_row(run: Mapping[str, object]) -> list[str]:
    clips, ways = run["clips"], [run["t2v"], run["v2t"]]
    if not isinstance(clips, int) or not all(isinstance(way, Mapping) for way in ways):
        raise TypeError("no evaluation")
    figures = [f"{way[name]:.1f}" for way in ways if isinstance(way, Mapping) for name in _FIGURES]
    return [*(escape(str(run[name])) for name in ("model", "split")), f"{clips:,}", escape(str(run["ties"])), *figures]


def _limits(stats: DatasetStats, of_paper: bool) -> str:
    biases = (
        "- Categories and captions carry the biases of their sources: what cameras watch, which crimes are annotated, "
        "how\n  annotators and language models describe people.\n"
        if of_paper
        else "- Categories and captions carry the biases of their sources and of their authors.\n"
    )
    violence = "- Violence is the subject.\n" if of_paper else ""
    drawn = "" if not stats.makers.get("storyboard") else (
        "- Drawn clips are flat figures; the clip's provenance (`undrawn`) lists the words of the caption that are not "
        "drawn. Scores on them say little about real video.\n"
    )  # fmt: skip
    marked = "" if stats.is_footage else (
        "- Synthetic clips state that they are synthetic in their container's metadata. That is a marking, not legal "
        "compliance,\n  and re-encoding removes it.\n"
    )  # fmt: skip
    minors = "".join(f"- {statement}\n" for statement in minors_statements(stats))
    return f"""## Intended use, misuse, limits

For research on retrieving and localising anomalous events with natural language. **Not** for identifying people, for
deciding about individuals, for surveillance in operation without evaluation on real data, nor as evidence of events.

{drawn}{biases}{marked}{violence}{minors}"""
