"""Captions without a licence are asked about before anything is sent; a licence that is given lets them out."""

from __future__ import annotations

import json
from pathlib import Path

from finished import clip, clips_folder
from hub_client import HubClient, failed
from loopback_hub import LoopbackHub

from svta.builder.hub.unlicensed import unpublishable_captions
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack

pytest_plugins = ["hub_fixtures"]


def dataset(folder: Path, licence: str | None, source: str = "harbour", count: int = 9) -> Path:
    make = lambda i: clip(i, source).replace(license=licence if i else None)  # noqa: E731 - the first row says none
    pack(clips_folder(folder / "c", count, make=make), folder / "d", PackConfig(shard_multiple=1))
    return folder / "d"


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


def test_a_licence_counts_row_by_row(lfs: HubClient, fresh: LoopbackHub, tmp_path: Path) -> None:
    folder = dataset(tmp_path, "https://creativecommons.org/licenses/by/4.0/")
    stake = unpublishable_captions(folder)
    assert stake.unknown == {"harbour": 1} and not stake.forbidden
    assert not unpublishable_captions(folder, "CC0-1.0").unknown
    failed(lfs.run("push", folder, "ns/port"), 2, "1 caption has no licence that svta knows (harbour 1)")
    known = dataset(tmp_path / "known", "CC-BY-4.0", source="uca")
    stake = unpublishable_captions(known, "CC-BY-4.0")
    assert stake.forbidden == {"uca": 9} and not stake.unknown  # a known source keeps its strict row
    done = lfs.run("push", known, "ns/known")
    assert done.code == 0 and "9 captions are withheld" in done.err and "--i-have-rights" in done.err
