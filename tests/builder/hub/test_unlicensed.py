"""unlicensed.py: how many captions a push would withhold, by source, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from finished import clip, clips_folder

from svta.builder.hub.caption_search import CaptionSearch
from svta.builder.hub.dehydration import Withholding
from svta.builder.hub.push import DamagedDataset, PushConfig, _check_withheld, push
from svta.builder.hub.unlicensed import unpublishable_captions, with_licence
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.project.config import check_project
from svta.builder.record import Clip
from svta.builder.rights import Part

ORIGINS = [
    ("harbour", None), ("harbour", "n/a"), ("harbour", "unknown"), ("harbour", "all rights reserved"),
    ("harbour", "All rights  reserved"), ("harbour", "CC-BY-4.0"), ("uca", None), ("uca", "CC0-1.0"),
    ("chat:mine-7b", None), ("chat:mine-7b", None), ("grammar", None), ("port", None),
]  # fmt: skip
OWN = {"rights": [{"name": "harbour", "licence": "CC-BY-4.0"}]}


def made(i: int) -> Clip:
    source, licence = ORIGINS[i]
    return clip(i).replace(source=source, license=licence)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    pack(clips_folder(folder / "c", len(ORIGINS), make=made), folder / "d", PackConfig(shard_multiple=1))
    return folder / "d"


@pytest.mark.parametrize(
    ("licence", "own", "unknown", "forbidden"),
    [
        (None, {}, {"harbour": 3, "mine-7b": 2, "port": 1}, {"harbour": 2, "uca": 2}),
        ("CC-BY-4.0", {}, {}, {"harbour": 2, "uca": 2}),
        ("GPL-3.0-only", {}, {}, {"harbour": 5, "uca": 2, "mine-7b": 2, "port": 1}),
        (None, OWN, {"mine-7b": 2, "port": 1}, {"uca": 2}),
        ("CC-BY-4.0", OWN, {}, {"uca": 2}),
    ],
)
def test_captions_that_would_be_withheld(
    dataset: Path,
    monkeypatch: pytest.MonkeyPatch,
    licence: str | None,
    own: dict,
    unknown: dict[str, int],
    forbidden: dict[str, int],
) -> None:
    project = check_project(own, "svta.yaml")
    monkeypatch.setattr("svta.builder.hub.unlicensed.packed_project", lambda build: project)
    found = unpublishable_captions(dataset, licence)
    assert (dict(found.unknown), dict(found.forbidden)) == (unknown, forbidden)
    assert found.terms.total() == found.forbidden.total()


@pytest.mark.parametrize(
    ("part", "licence", "given"),
    [
        (Part("source", "port"), "CC-BY-4.0", "CC-BY-4.0"),
        (Part("chat", "mine-7b"), "CC-BY-4.0", "CC-BY-4.0"),
        (Part("source", "port"), None, ""),
        (Part("video", "my/model"), "CC-BY-4.0", ""),
        (Part("source", "uca"), "CC-BY-4.0", ""),
        (Part("source", "port", "MIT"), "CC-BY-4.0", "MIT"),
        (Part("source", "harbour"), "MIT", ""),
    ],
)
def test_who_is_given_a_licence(part: Part, licence: str | None, given: str) -> None:
    own = check_project(OWN, "svta.yaml").own_rights
    assert with_licence(part, licence, own) == part._replace(licence=given)


def test_a_licence_of_captions_is_none_of_imported_footage(tmp_path: Path) -> None:
    filmed = clips_folder(
        tmp_path / "c", 3, make=lambda i: clip(i).replace(source="import", license=None, synthetic=False)
    )
    pack(filmed, tmp_path / "d", PackConfig(shard_multiple=1))
    sent = push(tmp_path / "d", "me/d", PushConfig(license="CC-BY-4.0"), dry_run=True)
    assert sent.clips == 0 and dict(sent.left_out) == {"video_rights": 3}
    sent = push(tmp_path / "d", "me/d", PushConfig(footage_license="CC-BY-4.0"), dry_run=True)
    assert sent.clips == 3 and not sent.left_out


def test_a_definition_that_repeats_a_withheld_caption_is_named_with_the_remedy(tmp_path: Path) -> None:
    rolls = "an empty wheelchair rolls down"
    rows = [("rolling", f"{rolls} a ramp"), ("tipping", f"Over a kerb {rolls}."), ("queue", "A queue.")]
    own = [{"name": name, "is_anomaly": True, "definition": text, "minor_policy": "film"} for name, text in rows]
    (tmp_path / "taxonomy.json").write_text(json.dumps({"name": "mine", "version": 1, "categories": own}))
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  taxonomy.json\n")
    withholding = Withholding(everything=True)
    withholding.search = CaptionSearch([f"At dusk {rolls} the hill."])
    with pytest.raises(DamagedDataset, match=r"2 categories \(rolling, tipping\).*pack again"):
        _check_withheld(tmp_path, withholding, 1)
