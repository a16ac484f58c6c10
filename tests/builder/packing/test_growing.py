"""A dataset that grows: whatever order of appends, edits of the card and changes of the project, nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from finished import clips_folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packed import mp4

from svta.builder.dataset.difference import difference
from svta.builder.dataset.source import open_source
from svta.builder.errors import DatasetError
from svta.builder.layout.manifest import read_build
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.project.config import Project
from svta.builder.record import Clip, make_key
from svta.builder.shards.index import read_index
from svta.builder.verify.folder import verify

STEPS = st.lists(st.one_of(st.integers(1, 20), st.sampled_from(["text", "yaml", "project", "same"])), max_size=5)


def own(i: int) -> Clip:
    caption = f"Forklift number {i} tips over."
    fields = {"is_anomaly": True, "generator": "storyboard", "synthetic": True, "num_frames": 17, "fps": 16.0}
    return Clip.from_dict(
        {"key": make_key("port", str(i), caption), "caption": caption, "source": "port", "license": "CC BY 4.0"}
        | fields
    )


def made(folder: Path, start: int, count: int) -> Path:
    make = (lambda i: own(start + i)) if start else own
    return clips_folder(folder / f"clips-{start}-{count}", count, make=make, video=lambda clip: mp4(len(clip.key) % 3))


@pytest.mark.slow
@pytest.mark.parametrize("proxy", [None, 32])
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(first=st.integers(1, 30), steps=STEPS)
def test_any_order_of_appends_and_edits_is_clean(tmp_path_factory, proxy: int | None, first: int, steps: list) -> None:
    folder = tmp_path_factory.mktemp("grow")
    out, project, wanted, text = folder / "d", Project(name="port", license="CC-BY-4.0"), first, ""
    pack(made(folder, 0, first), out, PackConfig(shard_multiple=2, proxy=proxy, project=project), workers=1)
    pretty = "port"
    for step in steps:
        card = (out / "README.md").read_text()
        if isinstance(step, int):
            pack(made(folder, wanted, step), out, PackConfig(), append=True, workers=1)
            wanted += step
        elif step == "text":
            text += f"\nLine {len(text)} of the owner.\n"
            (out / "README.md").write_text(f"{card}\nLine {len(text)} of the owner.\n")
            text = (out / "README.md").read_text().split("generated: end -->\n", 1)[1]
        elif step == "yaml":
            (out / "README.md").write_text(card.replace(f"pretty_name: {pretty}\n", "pretty_name: Owned\n"))
            pretty = "Owned"
        elif step == "project":
            project = project.model_copy(update={"title": "Harbour", "authors": ["Ada"]})
            project = Project.model_validate(project.model_dump(exclude_unset=True) | {"title": "Harbour"})
            pack(made(folder, 0, first), out, PackConfig(shard_multiple=2, proxy=proxy, project=project), workers=1)
            pretty = "Harbour" if pretty != "Owned" else pretty
        else:
            assert pack(made(folder, 0, first), out, PackConfig(shard_multiple=2, proxy=proxy), workers=1).done
        checked = verify(out, workers=1)
        assert checked.ok, (step, checked.findings)
        card = (out / "README.md").read_text()
        assert f"pretty_name: {pretty}\n" in card and text.strip() in card
    rows = list(read_index(out / "clips.parquet"))
    assert {row.clip.key for row in rows} == {own(i).key for i in range(wanted)} and len(rows) == wanted
    assert all(row.shard.startswith(f"data/{row.split}/port-{row.split}-") for row in rows)
    assert read_build(out)["config"] == {"shard_size": 256_000_000, "shard_multiple": 2, "proxy": proxy}
    if proxy:
        assert {row.clip.key for row in read_index(out / "proxy/clips.parquet")} == {row.clip.key for row in rows}
    assert read_build(out)["rights"]["licence"] == "cc-by-4.0"


def test_an_append_takes_what_the_dataset_was_packed_with(tmp_path: Path) -> None:
    out = tmp_path / "d"
    config = PackConfig(splits="1:0:1", seed=3, shard_multiple=2, proxy=48, project=Project(name="port"))
    pack(made(tmp_path, 0, 12), out, config, workers=1)
    pack(made(tmp_path, 12, 8), out, PackConfig(note="seen by a <drone>"), append=True, workers=1)
    runs = read_build(out)["inputs"]
    assert [(run["ratios"], run["seed"]) for run in runs] == [([0.5, 0.0, 0.5], 3)] * 2
    assert verify(out, workers=1).ok and (out / "proxy" / "clips.parquet").is_file()
    card = (out / "README.md").read_text()
    assert "- **2**: 8 clips added, 20 in all: seen by a &lt;drone&gt;\n- **1**: 12 clips packed, 12 in all" in card
    assert json.loads((out / "croissant.json").read_text())["version"] == "1.1.0"
    with pytest.raises(DatasetError, match="--proxy 64: the dataset has small videos of 48 pixels"):
        pack(made(tmp_path, 30, 2), out, PackConfig(proxy=64), append=True)
    plain = tmp_path / "plain"
    pack(made(tmp_path, 0, 12), plain, PackConfig(shard_multiple=2), workers=1)
    with pytest.raises(DatasetError, match="--proxy 64: the dataset has no small videos"):
        pack(made(tmp_path, 30, 2), plain, PackConfig(proxy=64), append=True)


def test_what_two_versions_differ_in(tmp_path: Path) -> None:
    pack(made(tmp_path, 0, 12), tmp_path / "one", PackConfig(shard_multiple=1), workers=1)
    edited = clips_folder(
        tmp_path / "edited", 10, make=lambda i: own(i + 4).replace(tag="new") if i < 3 else own(i + 4),
        video=lambda clip: mp4(1 if clip.tag else len(clip.key) % 3),
    )  # fmt: skip
    pack(edited, tmp_path / "two", PackConfig(shard_multiple=1, project=Project(name="port", title="T")), workers=1)
    found = difference(open_source(tmp_path / "one"), open_source(tmp_path / "two"))
    assert found.removed.total() == 4 and found.added.total() == 2
    assert found.num_changed == 3 and found.changed == {"tag": 3, "video": 3}
    assert found.texts == {"name": (None, "port"), "title": (None, "T")} and found.card_differs
    assert difference(open_source(tmp_path / "one"), open_source(tmp_path / "one")).is_empty
