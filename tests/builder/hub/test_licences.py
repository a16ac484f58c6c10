"""Captions without a licence are asked about before anything is sent; a licence that is given lets them out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from finished import clip, clips_folder
from hub_client import HubClient, failed
from loopback_hub import LoopbackHub

from svta.builder.hub.unlicensed import unpublishable_captions
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip
from svta.builder.shards.index import read_index

pytest_plugins = ["hub_fixtures"]


def dataset(folder: Path, licence: str | None, source: str = "harbour", count: int = 9) -> Path:
    make = lambda i: clip(i, source).replace(license=licence if i else None)  # noqa: E731 - the first row says none
    pack(clips_folder(folder / "c", count, make=make), folder / "d", PackConfig(shard_multiple=1))
    return folder / "d"


@pytest.mark.slow
def test_captions_that_nobody_licensed_are_asked_about_first(
    lfs: HubClient, fresh: LoopbackHub, tmp_path: Path
) -> None:
    folder = dataset(tmp_path, None)
    says = "9 captions have no licence that svta knows (harbour 9)"
    failed(lfs.run("push", folder, "ns/port"), 2, says)
    assert not fresh.repos  # nothing was sent, not even hashes
    done = lfs.run("push", folder, "ns/port", "--dry-run")
    assert (
        done.code == 0 and says in done.err and "--license CC-BY-4.0" in done.err and "9 captions withheld" in done.out
    )
    failed(lfs.run("push", folder, "ns/port", "--license", "free for all"), 2, "give an SPDX name like CC-BY-4.0")
    done = lfs.run("push", folder, "ns/port", "--license", "CC BY 4.0", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["withheld"], told["clips"]) == (0, 9)
    files = fresh.pushed_bytes("ns/port")
    assert b"license: cc-by-4.0" in files["README.md"] and b"sha256:" not in files["data/train/svta-train-00000.tar"]
    assert lfs.run("verify", "ns/port").code == 0
    failed(lfs.run("push", folder, "ns/port@next", "--revision", "other", "--dehydrate"), 2, "give one branch")
    assert lfs.run("push", folder, "ns/port@next", "--license", "CC-BY-4.0").code == 0  # as every command names a place
    assert lfs.run("verify", "ns/port@next").code == 0 and "next" in fresh.repos["ns/port"].refs
    done = lfs.run("push", folder, "ns/hashes", "--dehydrate", "--json")
    assert done.code == 0 and json.loads(done.out)["withheld"] == 9


@pytest.mark.slow
def test_a_row_that_reserves_its_rights_is_not_given_another_licence(
    lfs: HubClient, fresh: LoopbackHub, tmp_path: Path
) -> None:
    """`--license`, and the project's licence that is its default, are for rows that name none."""
    folder = dataset(tmp_path, "All rights reserved")
    stake = unpublishable_captions(folder, "CC-BY-4.0")
    assert stake.forbidden == {"harbour": 8} and not stake.unknown and stake.terms == {"All rights reserved": 8}
    done = lfs.run("push", folder, "ns/port", "--license", "CC-BY-4.0")
    assert done.code == 0 and "8 captions are withheld: as far as svta knows, their licence does not" in done.err
    assert "8 captions withheld: their sources do not allow publishing them" in done.out
    sent = b"".join(fresh.pushed_bytes("ns/port").values())
    clips = [row.clip for row in read_index(folder / "clips.parquet")]
    assert [one.caption.encode() in sent for one in clips] == [not one.license for one in clips]
    assert b"All rights reserved" not in sent and lfs.run("verify", "ns/port").code == 0


def test_what_is_withheld_says_why(lfs: HubClient, fresh: LoopbackHub, tmp_path: Path) -> None:
    words = "a white van stops beside the steep stairs of the upper deck number"

    def make(i: int) -> Clip:
        made = clip(i, "log" if i < 2 else "harbour")
        made = made.replace(license="All rights reserved" if i < 2 else "CC-BY-4.0")
        return made.replace(caption=f"{words} {i}") if i in (0, 5) else made

    folder = clips_folder(tmp_path / "c", 9, make=make)
    rejected = make(10).replace(caption=f"{words} 7").to_dict()  # a copy too, but no clip of the dataset
    (folder / "rejected.jsonl").write_text(json.dumps({**rejected, "reason": "dark"}) + "\n")
    pack(folder, tmp_path / "d", PackConfig(shard_multiple=1))
    copy = "1 caption that may be published but repeats most words of one that may not"
    for extra in (["--dry-run"], []):
        done = lfs.run("push", tmp_path / "d", "ns/copies", *extra)
        assert f"3 captions withheld: their sources do not allow publishing them; {copy}" in done.out, done
    done = lfs.run("push", tmp_path / "d", "ns/copies", "--dry-run", "--dehydrate")
    assert "9 captions withheld: as --dehydrate says" in done.out


def test_a_licence_counts_row_by_row(lfs: HubClient, fresh: LoopbackHub, tmp_path: Path) -> None:
    folder = dataset(tmp_path, "https://creativecommons.org/licenses/by/4.0/")
    stake = unpublishable_captions(folder)
    assert stake.unknown == {"harbour": 1} and not stake.forbidden
    assert not unpublishable_captions(folder, "CC0-1.0").unknown
    failed(lfs.run("push", folder, "ns/port"), 2, "1 caption has no licence that svta knows (harbour 1)")
    for name, answer in (("words", ["--i-have-rights", "It is ours."]), ("hashes", ["--dehydrate"])):  # no question
        assert lfs.run("push", folder, f"ns/{name}", *answer).code == 0
    known = dataset(tmp_path / "known", "CC-BY-4.0", source="uca")
    stake = unpublishable_captions(known, "CC-BY-4.0")
    assert stake.forbidden == {"uca": 9} and not stake.unknown  # a known source keeps its strict row
    done = lfs.run("push", known, "ns/known")
    assert done.code == 0 and "9 captions are withheld" in done.err and "--i-have-rights" in done.err


def test_footage_goes_out_under_the_licence_of_the_project_alone(
    lfs: HubClient, fresh: LoopbackHub, tmp_path: Path
) -> None:
    def make(i: int) -> Clip:
        made = clip(i, "import" if i < 3 else "harbour")
        return made.replace(license="CC-BY-4.0") if i >= 3 else made.replace(license=None, synthetic=False)

    pack(clips_folder(tmp_path / "c", 9, make=make), tmp_path / "d", PackConfig(shard_multiple=1))
    left_out = b"Clips whose videos may not be published are left out"
    for name, declared, clips in (("captions", "caption_license", 6), ("all", "license", 9)):
        (tmp_path / "svta.yaml").write_text(f"name: yard\n{declared}: CC-BY-4.0\n")
        done = lfs.run("push", tmp_path / "d", f"ns/{name}", "--license", "CC-BY-4.0", "--json")
        assert done.code == 0 and json.loads(done.out)["clips"] == clips, done
        files = fresh.pushed_bytes(f"ns/{name}")
        assert (left_out in files["README.md"]) == (clips == 6)
        given = json.loads(files["build.json"])["derived"]
        assert (given["license"], given.get("footage_license")) == ("CC-BY-4.0", "CC-BY-4.0" if clips == 9 else None)


@pytest.mark.slow
def test_a_rejected_row_goes_by_its_own_source_and_licence(lfs: HubClient, fresh: LoopbackHub, tmp_path: Path) -> None:
    """What could not be imported has a caption too; the licence of `push` is not for a row that may be anybody's."""
    clips = clips_folder(tmp_path / "c", 9, make=lambda i: clip(i, "harbour").replace(license="CC-BY-4.0"))
    rows = [
        {"reason": "missing_video", "caption": "A bell rings at noon.", "source": "harbour"},
        {"reason": "missing_video", "caption": "Eleven crates of herring stand there.", "source": "harbour",
         "license": "All rights reserved"},
        {"reason": "missing_video", "caption": "Ole paints the seventh lane white.", "source": "uca"},
        {"reason": "missing_video", "caption": "Nobody knows whose words these are."},
    ]  # fmt: skip
    (clips / "rejected.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pack(clips, tmp_path / "d", PackConfig(shard_multiple=1))
    assert lfs.run("push", tmp_path / "d", "ns/rows", "--license", "CC-BY-4.0").code == 0
    sent = b"".join(fresh.pushed_bytes("ns/rows").values())
    assert [row["caption"].encode() in sent for row in rows] == [True, False, False, False]
