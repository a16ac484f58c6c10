"""What of a gallery the model has seen in training, whatever way the clips were packed: train, validation, captions."""

from __future__ import annotations

import io
import json
from pathlib import Path

import av
import pytest

torch = pytest.importorskip("torch")

from squares import dataset

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.record import Clip
from svta.cli import main
from svta.eval.encoders.training_clips import ClipHashes, TrainingClips
from svta.eval.metrics.figures import ResultsError
from svta.eval.reports.hub_scores import write_scores
from svta.eval.retrieval.config import EvalConfig
from svta.eval.retrieval.evaluate import evaluate
from svta.eval.retrieval.identity import seen_clips
from svta.eval.retrieval.result import SeenClips
from svta.eval.retrieval.results_folder import read_results
from svta.eval.training.config import TrainConfig
from svta.eval.training.run import train_baseline


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """data/, the same clips packed otherwise (again/), and ckpt/ trained on data/."""
    root = tmp_path_factory.mktemp("seen")
    data = dataset(root / "data", {"train": range(24), "validation": range(100, 112), "test": range(203, 215)})
    pack(root / "data-clips", root / "again", PackConfig(splits="source", shard_multiple=3), workers=1)
    settings = {"epochs": 1, "batch_size": 12, "evaluations": 1, "num_frames": 1, "precision": "bfloat16"}
    train_baseline(TrainConfig(str(data), root / "ckpt", **settings))
    return root


def seen(world: Path, out: Path, split: str, *more: str) -> dict[str, object]:
    arguments = ["--data", str(world / "again"), "--split", split, "--model", str(world / "ckpt"), "--out", str(out)]
    with pytest.raises(SystemExit) as done:
        main(["eval", *arguments, *more])
    assert done.value.code == 0
    return json.loads((out / "metrics.json").read_text())


@pytest.mark.slow
def test_training_clips_are_known_in_another_packing(world: Path, tmp_path: Path, capsys) -> None:
    metrics = seen(world, tmp_path, "train")
    assert metrics["trained_on_gallery"] and metrics["seen_in_training"]["train_videos"] == 24
    told = "the model was trained on 24 of these clips"
    assert told in capsys.readouterr().out
    assert told[0].upper() + told[1:] in (tmp_path / "report.html").read_text()
    with pytest.raises(ResultsError, match="trained on 24 of these clips.*no score to publish"):
        write_scores(world / "ckpt", read_results(tmp_path), "ns/any-dataset")


def other_container(path: Path, mp4: bytes) -> None:
    """The same packets in another file, under a tag."""
    with av.open(io.BytesIO(mp4)) as given, av.open(str(path), "w") as written:
        stream = written.add_stream_from_template(given.streams.video[0])
        written.metadata["title"] = "put anew"
        for packet in given.demux(given.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                written.mux(packet)


@pytest.mark.parametrize("split", ["train", "validation"])
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_clips_in_another_container_are_known_without_their_captions(
    world: Path, tmp_path: Path, ending: str, split: str
) -> None:
    """A folder of files of other bytes and other captions; one file is of a clip that the model has not seen."""
    videos = tmp_path / "videos"
    videos.mkdir()
    lines = ["video,caption"]
    for name, count in ((split, 5), ("test", 1)):
        known = open_dataset(str(world / "data"), name)
        for i in range(count):
            other_container(videos / f"{name}{i}.{ending}", known.video(i))
            assert (videos / f"{name}{i}.{ending}").read_bytes() != known.video(i)
            lines.append(f"{name}{i}.{ending},other words for {name} {i}")
    (tmp_path / "captions.csv").write_text("\n".join(lines))
    data = EvalConfig(str(tmp_path / "captions.csv"), split="all", videos=videos, model=str(world / "ckpt"))
    counts = evaluate(data).metrics.seen_in_training
    assert counts == SeenClips(**{f"{split}_videos": 5})


def test_a_video_without_a_hash_is_known_by_its_caption(world: Path, tmp_path: Path) -> None:
    """As in datasets whose index holds no sha256; a video with one, of the same caption, is another video."""
    TrainingClips(ClipHashes.of([Clip(key="x", caption="One dog"), Clip(key="y", caption="Two cats")])).save(tmp_path)
    clips = [Clip(key="a", caption="one DOG."), Clip(key="b", caption="two cats", sha256="ab" * 32)]
    found = seen_clips(str(tmp_path), clips, [0, 1], open_dataset(str(world / "data"), "test"), None)
    assert found == SeenClips(train_videos=1, train_captions=1)


def test_the_split_that_weights_were_chosen_on_is_named(world: Path, tmp_path: Path, capsys) -> None:
    metrics = seen(world, tmp_path, "validation", "--gallery", "7")
    assert not metrics["trained_on_gallery"] and metrics["seen_in_training"]["validation_videos"] == 7
    assert "weights were chosen on 7 of these clips" in capsys.readouterr().out
    with pytest.raises(ResultsError, match="chosen on 7 .*no score to publish"):
        write_scores(world / "ckpt", read_results(tmp_path), "ns/any-dataset")


def test_the_cards_figures_are_those_of_eval(world: Path, tmp_path: Path) -> None:
    """Trained in bfloat16; selected, and told on the card, as `svta eval` measures by default."""
    best = json.loads((world / "ckpt" / "training.json").read_text())["best"]
    metrics = seen(world, tmp_path, "validation")
    for way in ("t2v", "v2t"):
        for name, value in metrics[way].items():
            assert best[f"{way}_{name}"] == pytest.approx(value, abs=1e-4), (way, name)
        row = " | ".join(f"{metrics[way][f'R@{k}']:.1f}" for k in (1, 5, 10))
        assert f"| {row} |" in (world / "ckpt" / "README.md").read_text()


def test_equal_captions_of_other_videos_are_told_apart(world: Path, tmp_path: Path, capsys) -> None:
    """The squares' 24 captions return: every test caption is a training caption, of another video."""
    metrics = seen(world, tmp_path, "test")
    counts = metrics["seen_in_training"]
    assert not metrics["trained_on_gallery"] and counts["train_videos"] == counts["validation_videos"] == 0
    assert counts["train_captions"] == 12
    assert "of these captions were in the model's train or validation split" in capsys.readouterr().out
    write_scores(world / "ckpt", read_results(tmp_path), "ns/any-dataset")


def test_older_checkpoints_know_their_own_packing(world: Path, tmp_path: Path) -> None:
    (world / "ckpt" / "training_clips.json").rename(tmp_path / "away.json")
    try:
        assert not seen(world, tmp_path / "other", "train")["trained_on_gallery"]
        assert seen(world, tmp_path / "same", "train", "--data", str(world / "data"))["trained_on_gallery"]
        assert "seen_in_training" not in seen(world, tmp_path / "test", "test")
    finally:
        (tmp_path / "away.json").rename(world / "ckpt" / "training_clips.json")
