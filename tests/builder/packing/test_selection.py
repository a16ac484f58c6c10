"""What pack takes of a clips folder, and where each clip goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from finished import clip, clips_folder

from svta.builder.layout.clips_folder import PartError, finished_parts
from svta.builder.packing.part_reader import read_entry
from svta.builder.packing.selection import Selection, SplitRule, read_rejected, ready_parts, select_clips
from svta.builder.record import Clip
from svta.builder.splits import RATIOS, SplitError, plan_splits
from svta.builder.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()


@pytest.mark.parametrize(
    ("text", "seed", "recorded"),
    [
        ("7:1:2", 3, {"splits": "ratios", "ratios": [0.7, 0.1, 0.2], "seed": 3}),
        ("1:1:1", 0, {"splits": "ratios", "ratios": [0.333333333] * 3, "seed": 0}),
        ("source", 5, {"splits": "source", "ratios": [0.7, 0.1, 0.2], "seed": 5}),
    ],
)
def test_a_rule_as_it_is_recorded(text: str, seed: int, recorded: dict[str, object]) -> None:
    assert SplitRule.parse(text, seed).as_dict() == recorded


def test_the_seed_of_a_rule_is_nought() -> None:
    assert SplitRule.parse("ratios") == SplitRule("ratios", RATIOS, 0) == SplitRule("ratios")


def test_the_rule_of_a_file_is_recorded_by_its_digest(tmp_path: Path) -> None:
    (tmp_path / "splits.csv").write_text("key,split\na,train\n")
    rule = SplitRule.parse(str(tmp_path / "splits.csv"), 2)
    assert (rule.name, rule.ratios, rule.seed, rule.file) == ("file", RATIOS, 2, {"a": "train"})
    digest = "b71fb9d32b6daee25a8444713c7abb26e453d7b223c2f4e0e5a0ef7db9ecdff3"
    assert rule.as_dict() == {"splits": "file", "ratios": [0.7, 0.1, 0.2], "seed": 2, "split_file_sha256": digest}


def without_digest(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "sha256"}


def made(i: int) -> Clip:
    """One clip of an unknown category, one that repeats a key of another part, one whose source names no split."""
    one = clip(3 if i == 36 else i)
    if i == 5:
        return one.replace(category="no such thing")
    return one.replace(source_split="extra", group="alone") if i == 6 else one


def test_what_is_taken_and_what_is_turned_away(tmp_path: Path) -> None:
    clips_folder(tmp_path, 40, make=made)
    selection = select_clips(tmp_path, finished_parts(tmp_path), SplitRule.parse("source"), TAXONOMY)
    assert selection.read == 40
    assert [row["reason"] for row in selection.rejected] == ["unknown_category", "duplicate_key"]
    assert without_digest(selection.rejected[1]) == {**clip(3).to_dict(), "reason": "duplicate_key", "of": clip(3).key}
    kept = [made(i) for i in range(40) if i not in (5, 36)]
    found = {split: [entry.key for entry in entries] for split, entries in selection.entries.items()}
    for split, name in (("train", "Train"), ("validation", "Val"), ("test", "Test")):
        wanted = {one.key for one in kept if one.source_split == name}
        assert wanted <= {*found[split]} and found[split] == sorted(found[split])
    assert sorted(key for keys in found.values() for key in keys) == sorted(one.key for one in kept)
    assert selection.groups == {one.group for one in kept}
    assert selection.unknown_splits == {"extra": 1}
    assert selection.named == [one.category for one in kept if one.category is not None]


def test_clips_without_a_source_split_need_another_rule(tmp_path: Path) -> None:
    clips_folder(tmp_path, 3, make=lambda i: clip(i).replace(source_split=None))
    with pytest.raises(SplitError, match="no clip names a source_split"):
        select_clips(tmp_path, finished_parts(tmp_path), SplitRule.parse("source"), TAXONOMY)


def test_a_split_file_takes_its_clips_alone_and_its_conflicts_are_told(tmp_path: Path) -> None:
    clips_folder(tmp_path / "c", 6)
    keys = [clip(i).key for i in range(6)]  # 0 to 2 are of one source video, 3 to 5 of another
    lines = [f"{keys[0]},train", f"{keys[1]},train", f"{keys[3]},test", f"{keys[4]},test"]
    (tmp_path / "splits.csv").write_text("\n".join(["key,split", *lines]))
    rule = SplitRule.parse(str(tmp_path / "splits.csv"))
    selection = select_clips(tmp_path / "c", finished_parts(tmp_path / "c"), rule, TAXONOMY)
    assert [(row["key"], row["reason"]) for row in selection.rejected] == [
        (keys[2], "not_in_split_file"), (keys[5], "not_in_split_file")]  # fmt: skip
    assert {s: {e.key for e in es} for s, es in selection.entries.items()} == {
        "train": {*keys[:2]}, "test": {*keys[3:5]}}  # fmt: skip


def test_clips_that_are_packed_already_are_not_taken_again(tmp_path: Path) -> None:
    clips_folder(tmp_path, 6)
    old, tied = clip(0), clip(9).replace(group=clip(3).group)
    packed = {old.key: "test", tied.key: "validation"}
    rule = SplitRule.parse("7:1:2")

    def select(first: Clip) -> Selection:
        parts, old_ones = finished_parts(tmp_path), iter([first, tied])
        return select_clips(tmp_path, parts, rule, TAXONOMY, packed=packed, packed_clips=old_ones)

    selection = select(old)
    assert [(row["key"], row["reason"]) for row in selection.rejected] == [(old.key, "duplicate_key")]
    assert "detail" not in selection.rejected[0] and selection.recategorised == 0
    other = old.replace(category=next(name for name in TAXONOMY.names if name != old.category))
    again = select(other)
    assert again.recategorised == 1 and again.rejected[0]["detail"] == f"the dataset has it as {other.category}"
    entries = {split: {entry.key for entry in entries} for split, entries in selection.entries.items()}
    assert entries == {"test": {clip(1).key, clip(2).key}, "validation": {clip(3).key, clip(4).key, clip(5).key}}
    assert selection.read == 6 and selection.groups == {old.group, clip(3).group}


def test_a_clip_tied_to_two_splits_is_rejected_with_the_reason(tmp_path: Path) -> None:
    clips_folder(tmp_path, 1)
    sides = [clip(1), clip(2).replace(caption=clip(0).caption, group="another")]
    packed = {sides[0].key: "train", sides[1].key: "test"}
    rule = SplitRule.parse("7:1:2")
    selection = select_clips(
        tmp_path, finished_parts(tmp_path), rule, TAXONOMY, packed=packed, packed_clips=iter(sides)
    )
    why = {"reason": "split_conflict", "detail": "its group or caption is already in train and test"}
    assert [without_digest(row) for row in selection.rejected] == [{**clip(0).to_dict(), **why}]
    assert not selection.entries


def test_unfinished_folders_wait_or_are_taken_as_they_are(tmp_path: Path) -> None:
    clips_folder(tmp_path / "some", 3, units=4)
    with pytest.raises(PartError, match="1 of 4 units are finished"):
        ready_parts(tmp_path / "some")
    assert [part.num_clips for part in ready_parts(tmp_path / "some", partial=True)] == [3]
    clips_folder(tmp_path / "none", 0, units=1)
    with pytest.raises(PartError, match="contains no finished clip"):
        ready_parts(tmp_path / "none", partial=True)


def test_rejects_come_from_the_list_or_from_the_parts(tmp_path: Path) -> None:
    clips_folder(tmp_path, 3)
    parts = finished_parts(tmp_path)
    assert list(read_rejected(tmp_path, parts)) == [row for part in parts for row in part.rejected]
    (tmp_path / "rejected.jsonl").write_text('{"reason": "no_caption"}\n')
    assert list(read_rejected(tmp_path, parts)) == [{"reason": "no_caption"}]


def test_groups_that_are_given_several_splits_are_named(tmp_path: Path) -> None:
    clips_folder(tmp_path, 4, make=lambda i: clip(i).replace(group="one" if i < 2 else f"g{i}"))
    keys = [clip(i).key for i in range(4)]
    file = tmp_path / "s.csv"
    for second, torn in (("test", {"one"}), ("train", set())):
        file.write_text("key,split\n" + "".join(f"{k},{s}\n" for k, s in zip(keys, ("train", second, "test", "val_1"))))
        selection = select_clips(tmp_path, finished_parts(tmp_path), SplitRule.parse(str(file)), TAXONOMY)
        assert selection.torn == torn and sum(map(len, selection.entries.values())) == 4


def test_a_group_with_clips_of_no_known_split_goes_where_the_others_are(tmp_path: Path) -> None:
    sides = ("extra", "test", "train", None)
    clips_folder(tmp_path, 4, make=lambda i: clip(i).replace(group=f"g{i // 2}", source_split=sides[i]))
    selection = select_clips(tmp_path, finished_parts(tmp_path), SplitRule.parse("source"), TAXONOMY)
    assert not selection.torn and selection.unknown_splits == {"extra": 1}
    found = {split: {entry.key for entry in entries} for split, entries in selection.entries.items()}
    assert found == {"test": {clip(0).key, clip(1).key}, "train": {clip(2).key, clip(3).key}}


def test_clips_of_one_recording_under_two_paths_stay_together(tmp_path: Path) -> None:
    """Imported from `vids` and from `vids/park`, its clips come with the groups park/v1.mp4 and v1.mp4."""

    def filmed(footage: str, group: str, i: int) -> Clip:
        facts = json.dumps({"imported": {"codec": "h264", "footage": footage}})
        return clip(i).replace(group=group, provenance=facts, caption=f"Something new, number {i}.")

    videos = [filmed(f"digest{i % 4}", f"v{i % 4}.mp4", i) for i in range(8)]
    clips_folder(tmp_path, 8, make=lambda i: videos[i])
    packed = [filmed(f"digest{i}", f"park/v{i}.mp4", 100 + i) for i in range(4)]
    sides = dict(zip((one.key for one in packed), ("train", "test", "validation", "train"), strict=True))
    parts, rule = finished_parts(tmp_path), SplitRule.parse("7:1:2")
    selection = select_clips(tmp_path, parts, rule, TAXONOMY, packed=sides, packed_clips=iter(packed))
    found = {read_entry(entry, TAXONOMY)[0].group: split for split, es in selection.entries.items() for entry in es}
    assert found == {"v0.mp4": "train", "v1.mp4": "test", "v2.mp4": "validation", "v3.mp4": "train"}
    here = [filmed("digest", "a", 0), filmed("digest", "b", 1), filmed("other", "c", 2)]
    splits = [plan_splits(here, seed=seed).splits for seed in range(9)]
    assert all(side[here[0].key] == side[here[1].key] for side in splits)
    assert any(side[here[0].key] != side[here[2].key] for side in splits)


def test_captions_that_the_dataset_has_already_are_counted(tmp_path: Path) -> None:
    """A renamed table gives its captions new keys."""
    clips_folder(tmp_path, 6)
    packed = [clip(i).replace(key=f"old{i}", caption=f" {clip(i).caption.upper()}") for i in range(2)]
    sides, rule = dict.fromkeys((one.key for one in packed), "train"), SplitRule.parse("7:1:2")
    parts = finished_parts(tmp_path)
    selection = select_clips(tmp_path, parts, rule, TAXONOMY, packed=sides, packed_clips=iter(packed))
    assert selection.repeated == 2 and selection.read == 6
    assert select_clips(tmp_path, parts, rule, TAXONOMY).repeated == 0
