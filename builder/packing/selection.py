"""What goes into a dataset: the clips of a clips folder's finished parts, their splits, and what is rejected.

Reads clips/parts/*.tar (headers and records only, no video) and clips/rejected.jsonl; used by `svta pack`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from svta.builder.io.files import sha256_file
from svta.builder.io.json_text import read_jsonl
from svta.builder.layout.clips_folder import Part, PartError, finished_parts, read_plan
from svta.builder.minors.judgement import MinorsRefused, keepable
from svta.builder.paths import REJECTED
from svta.builder.record import Clip
from svta.builder.sources.split_file import read_split_file
from svta.builder.splits import RATIOS, SplitError, normalise_caption, parse_ratios, plan_splits, split_in
from svta.builder.taxonomy import Taxonomy

from .part_reader import PackEntry, read_entry, resolve_category, scan_part


@dataclass
class Selection:
    """`entries`: what is kept, by split, in key order. `rejected`: rows with a reason. `read`: how many clips came.

    groups: the source videos of those kept, None if a clip names none; torn: those of them that are in several splits,
    as the splits were given. named: their categories. unknown_splits: words of source_split that mean none.
    repeated: clips whose caption the dataset has already under another key, as when a table was renamed.
    recategorised: clips that the dataset has already, in another category; of those packed.
    """

    entries: dict[str, list[PackEntry]]
    rejected: list[dict[str, object]] = field(default_factory=list)
    read: int = 0
    groups: set[str | None] = field(default_factory=set)
    named: list[str] = field(default_factory=list)
    torn: set[str] = field(default_factory=set)
    unknown_splits: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    recategorised: int = 0
    _sides: dict[str, str] = field(default_factory=dict)

    def see_group(self, group: str | None, side: str | None) -> None:
        """side: the split that is given for a clip of it."""
        self.groups.add(group)
        if group and side and self._sides.setdefault(group, side) != side:
            self.torn.add(group)


@dataclass(frozen=True)
class SplitRule:
    """How clips are placed: by ratios, by their source_split (`source`), or by a file of key,split."""

    name: str
    ratios: tuple[float, ...] = RATIOS
    seed: int = 0
    file: Mapping[str, str] | None = None
    digest: str = ""

    @classmethod
    def parse(cls, text: str, seed: int = 0) -> SplitRule:
        """`7:1:2`, `ratios`, `source` or the path of a file. Raises SplitError."""
        if (ratios := parse_ratios(text)) is not None:
            return cls("ratios", ratios, seed)
        if text == "source":
            return cls("source", RATIOS, seed)
        return cls("file", RATIOS, seed, read_split_file(text), sha256_file(text))

    def as_dict(self) -> dict[str, object]:
        """What build.json records and what decides whether two runs are the same run; no path inside."""
        rule: dict[str, object] = {"splits": self.name, "ratios": [round(r, 9) for r in self.ratios], "seed": self.seed}
        return {**rule, "split_file_sha256": self.digest} if self.digest else rule


def ready_parts(clips_dir: str | Path, *, partial: bool = False) -> list[Part]:
    """The finished parts of a clips folder; PartError while units are missing, unless `partial`."""
    units = read_plan(clips_dir)["units"]
    wanted = units if isinstance(units, int) else len(units)
    parts = finished_parts(clips_dir)
    if len(parts) < wanted and not partial:
        raise PartError(
            f"{clips_dir}: {len(parts)} of {wanted} units are finished; run the command that made it again, "
            f"or pack what is there with --partial"
        )
    if not sum(part.num_clips for part in parts):
        raise PartError(f"{clips_dir}: contains no finished clip; make some with `svta generate` or `svta import`")
    return parts


def select_clips(
    clips_dir: str | Path,
    parts: Sequence[Part],
    rule: SplitRule,
    taxonomy: Taxonomy,
    *,
    packed: Mapping[str, str] | None = None,
    packed_clips: Iterator[Clip] | None = None,
) -> Selection:
    """Decide for every clip of the parts: a split, or a reason to reject it. Memory: a few hundred bytes a clip.

    `packed` (key -> split) and `packed_clips`: what a dataset that is appended to holds already.
    """
    selection = Selection({})
    places: dict[str, PackEntry] = {}
    fixed: dict[str, str] = dict(packed or {})
    named = 0
    captions: set[int] = set()
    categories: dict[str, str | None] = {}  # of clips that are packed already

    def arriving() -> Iterator[Clip]:
        nonlocal named
        for clip in packed_clips or ():
            selection.see_group(clip.group, fixed.get(clip.key))
            captions.add(hash(normalise_caption(clip.caption)))
            categories[clip.key] = clip.category
            yield clip
        for part in parts:
            for clip, entry in scan_part(part):
                selection.read += 1
                if clip.key in places or clip.key in (packed or ()):
                    there = categories.get(clip.key, clip.category)
                    now = known.name if (known := taxonomy.find(clip.category or "")) is not None else clip.category
                    more = {} if now == there else {"detail": f"the dataset has it as {there or 'no category'}"}
                    selection.recategorised += now != there
                    selection.rejected.append(rejection(clip, "duplicate_key", of=clip.key, **more))
                    continue
                if clip.category is not None and taxonomy.find(clip.category) is None:
                    selection.rejected.append(rejection(clip, "unknown_category"))
                    continue
                own_flags, clip = clip.flags, resolve_category(clip, taxonomy)
                try:
                    clip = keepable(clip, taxonomy)
                except MinorsRefused as refused:
                    selection.rejected.append(rejection(clip, refused.reason, detail=str(refused)))
                    continue
                if clip.flags != own_flags:
                    entry = entry._replace(flags=clip.flags)
                if rule.file is not None and clip.key not in rule.file:
                    selection.rejected.append(rejection(clip, "not_in_split_file"))
                    continue
                side = rule.file[clip.key] if rule.file is not None else None
                if rule.name == "source":
                    side = split_in(clip.source_split)
                    selection.unknown_splits.update([clip.source_split] if clip.source_split and side is None else [])
                if side is not None:
                    fixed[clip.key] = side
                    named += 1
                selection.see_group(clip.group, side)
                selection.repeated += bool(captions) and hash(normalise_caption(clip.caption)) in captions
                selection.named += [clip.category] if clip.category is not None else []
                places[clip.key] = entry
                yield clip

    plan = plan_splits(arriving(), rule.ratios, rule.seed, existing=fixed)
    if rule.name == "source" and places and not named:
        raise SplitError(f"{clips_dir}: no clip names a source_split; use --splits 7:1:2")
    for key in sorted(plan.conflicts):
        clip = read_entry(places[key], taxonomy)[0]
        selection.rejected.append(rejection(clip, "split_conflict", detail=plan.conflicts[key]))
    for key, split in plan.splits.items():  # in key order
        if key in places and key not in (packed or ()):
            selection.entries.setdefault(split, []).append(places[key])
    return selection


def read_rejected(clips_dir: str | Path, parts: Sequence[Part]) -> Iterator[dict[str, object]]:
    """What generation or import rejected: clips/rejected.jsonl, or the parts' own lists where it is missing."""
    path = Path(clips_dir) / REJECTED
    if path.exists():
        yield from (row for _, row in read_jsonl(path))
    else:
        for part in parts:
            yield from part.rejected


def rejection(clip: Clip, reason: str, **more: str) -> dict[str, object]:
    """A line of rejected.jsonl: the record with its reason."""
    return {**clip.to_dict(), "reason": reason, **more}
