"""One dataset out of another: same bytes on any number of workers, after any interruption. Mirrors rewriting.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from finished import clip, clips_folder, contents

from svta.builder.errors import DatasetError
from svta.builder.hub.dehydration import Withholding, dehydrate
from svta.builder.layout.manifest import read_build
from svta.builder.packing.config import PackConfig
from svta.builder.packing.derive import Derivation, derive_dataset
from svta.builder.packing.pack import pack
from svta.builder.record import Clip
from svta.builder.verify.folder import verify


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rewriting")
    pack(clips_folder(folder / "c", 60, make=made), folder / "d", PackConfig(shard_multiple=4))
    return folder / "d"


def made(i: int) -> Clip:
    return clip(i, "uca" if i % 3 else "grammar")


def withheld(**more) -> Derivation:
    rules = Withholding()
    return Derivation({"made_for": "test"}, rules, rules.reject, **more)


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


def test_same_bytes_for_any_number_of_workers(dataset: Path, tmp_path: Path) -> None:
    for workers in (1, 4):
        derive_dataset(dataset, tmp_path / str(workers), withheld(notice="n"), workers=workers)
    assert contents(tmp_path / "1") == contents(tmp_path / "4")
    found = verify(tmp_path / "1")
    assert found.ok and (found.clips, found.withheld) == (60, 40), found.findings


@pytest.mark.slow
def test_interrupted_anywhere_and_run_again_it_ends_the_same(dataset: Path, tmp_path: Path) -> None:
    derive_dataset(dataset, tmp_path / "whole", withheld())
    for last in (0, 5, 23, 47):
        left = [last]

        def change(made: Clip, read_video: Callable[[], bytes], left: list[int] = left) -> Clip | str:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return Withholding()(made, read_video)

        out = tmp_path / str(last)
        with pytest.raises(Killed):
            derive_dataset(dataset, out, Derivation({"made_for": "test"}, change, withheld().reject), workers=1)
        assert not (out / "SHA256SUMS").exists()
        derive_dataset(dataset, out, withheld())
        assert contents(out) == contents(tmp_path / "whole")


def test_finished_shards_are_not_written_again_and_equal_ones_are_links(dataset: Path, tmp_path: Path) -> None:
    derive_dataset(dataset, tmp_path / "d", Derivation({}))
    for path in (dataset / "data").rglob("*.tar"):
        assert (tmp_path / "d" / path.relative_to(dataset)).samefile(path)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "d").rglob("*") if path.is_file()}
    (tmp_path / "d" / ".build").mkdir()  # as a run leaves it that was killed at its last step
    derive_dataset(dataset, tmp_path / "d", Derivation({}))
    assert not (tmp_path / "d" / ".build").exists()
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_another_rewriting_takes_its_place(dataset: Path, tmp_path: Path) -> None:
    derive_dataset(dataset, tmp_path / "d", withheld())
    build = derive_dataset(dataset, tmp_path / "d", Derivation({"other": 1}, splits=["test"]))
    assert list(build["splits"]) == ["test"] and build["derived"]["other"] == 1
    found = verify(tmp_path / "d")
    assert found.ok and found.withheld == 0 and found.clips == build["clips"]
    assert not (tmp_path / "d" / "data" / "train").exists()


def test_clips_left_out_are_listed_with_their_reason(dataset: Path, tmp_path: Path) -> None:
    def change(made: Clip, _: Callable[[], bytes]) -> Clip | str:
        return "odd" if (made.seed or 0) % 2 else dehydrate(made)

    build = derive_dataset(dataset, tmp_path / "d", Derivation({}, change))
    rows = [json.loads(line) for line in (tmp_path / "d" / "rejected.jsonl").read_text().splitlines()]
    assert {row["key"] for row in rows} == {made(i).key for i in range(1, 60, 2)} and build["reasons"] == {"odd": 30}
    assert build["clips"] + build["rejected"] == read_build(dataset)["clips"]
    assert verify(tmp_path / "d").ok
    with pytest.raises(DatasetError, match="no clip is left: 60 all"):
        derive_dataset(dataset, tmp_path / "e", Derivation({}, lambda made, _: "all"))


def test_a_damaged_video_is_not_carried_over(dataset: Path, tmp_path: Path) -> None:
    import shutil

    damaged = Path(shutil.copytree(dataset, tmp_path / "d"))
    shard = damaged / "data" / "train" / "svta-train-00000.tar"
    data = bytearray(shard.read_bytes())
    data[600] ^= 1
    shard.write_bytes(data)
    with pytest.raises(DatasetError.__base__, match="sha256"):
        derive_dataset(damaged, tmp_path / "e", Derivation({}, lambda made, _: dehydrate(made)))
