"""SVTA in mteb: our encoder (mteb_encoder.py) gives our own R@K there; other models get videos as they ask."""

from __future__ import annotations

import importlib
import json
import sys
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")
mteb = pytest.importorskip("mteb", reason="pip install 'svta[mteb]'")

from squares import dataset

from svta.builder.errors import MissingExtra, SvtaError
from svta.builder.ingest.video_names import VideoFolder
from svta.builder.sources.registry import Record
from svta.cli import main
from svta.eval.encoders.base import EncoderError, as_encoder
from svta.eval.encoders.registry import load_encoder, load_plugin, register_encoder
from svta.eval.metrics.retrieval import retrieval_metrics
from svta.eval.mteb.encoder import MtebEncoder
from svta.eval.mteb.evaluate import evaluate_with_mteb
from svta.eval.mteb.tasks import SVTAT2VRetrieval, SVTAV2TRetrieval, answer_rank, as_ranked
from svta.eval.retrieval.caption_sets import read_data
from svta.eval.retrieval.config import EvalConfig
from svta.eval.retrieval.evaluate import evaluate
from svta.eval.retrieval.folder_gallery import FolderGallery
from svta.eval.retrieval.gallery import open_for
from svta.eval.retrieval.ranking import rank_clips

pytestmark = pytest.mark.filterwarnings("ignore")  # mteb and its dependencies


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return dataset(tmp_path_factory.mktemp("mteb") / "packed", {"test": range(100, 160)})


class Noisy:
    """Random but repeatable embeddings, some clips and captions equal: a tiny encoder with ties."""

    num_frames, image_size, resize = 2, 8, "squash"

    def __init__(self, dim=6, classes=23):
        self.table = torch.randn((classes, dim), generator=torch.Generator().manual_seed(1))
        self.classes = classes

    def _embed(self, numbers):
        return torch.nn.functional.normalize(self.table[torch.tensor(numbers) % self.classes], dim=1)

    def encode_text(self, texts):
        return self._embed([sum(map(ord, text)) for text in texts])

    def encode_video(self, pixel_values, frame_mask):
        return self._embed(pixel_values.long().flatten(1).sum(1).tolist())


class Words(Noisy):
    """Scores by itself, from embeddings of other shapes, and not the same both ways."""

    def encode_text(self, texts):
        return torch.stack([super().encode_text(texts), super().encode_text([text[::-1] + "x" for text in texts])], 1)

    def similarity(self, text, video):
        return (text[:, 0] @ video.T) + 0.3 * (text[:, 1] @ video.T).round(decimals=1)


@pytest.mark.parametrize("encoder", [Noisy(), Words()], ids=["products", "own scores"])
def test_our_encoder_through_mteb_gives_our_figures(packed, tmp_path, encoder):
    ranking = rank_clips(encoder, open_for(encoder, str(packed), "test"), range(60))
    found = evaluate_with_mteb(encoder, str(packed), name="noisy", out=tmp_path / "mteb")
    ours = ranking.metrics.as_dict()
    for way in ("t2v", "v2t"):
        assert 0 < ours[way]["R@10"] < 100
        assert found.of(way) == pytest.approx({k: ours[way][k] for k in ("R@1", "R@5", "R@10")}, abs=1e-6)
    place = tmp_path / "mteb/results/local__noisy/local"  # mteb's own layout, which its ResultCache reads
    told = json.loads((place / "SVTAT2VRetrieval.json").read_text())
    assert json.loads((place / "model_meta.json").read_text())["name"] == "local/noisy"
    cached = mteb.ResultCache(tmp_path / "mteb").load_results(["local/noisy"], ["SVTAT2VRetrieval"])
    assert (
        cached.model_results[0].task_results[0].scores["test"][0]["recall_at_1"]
        == told["scores"]["test"][0]["recall_at_1"]
    )
    (scores,) = told["scores"]["test"]
    assert scores["main_score"] == scores["recall_at_1"] and 100 * scores["expected_recall_at_5"] == pytest.approx(
        ours["t2v"]["R@5"], abs=1e-4
    )
    assert told["dataset_revision"] == open_for(encoder, str(packed), "test").fingerprint
    assert str(packed.parent) not in json.dumps(told)


def test_only_some_clips_are_ranked(packed):
    encoder, some = Noisy(), [3, 5, 8, 13, 21, 34]
    ours = rank_clips(encoder, open_for(encoder, str(packed), "test"), some).metrics.as_dict()
    found = evaluate_with_mteb(encoder, str(packed), name="noisy", positions=some)
    assert found.v2t["R@1"] == pytest.approx(ours["v2t"]["R@1"], abs=1e-6)


def test_a_model_of_mteb_gets_frames_without_torchcodec(packed):
    """What mteb's own video models do: FramesCollator over the task's DataLoader, then dot products."""
    from mteb.models.abs_encoder import AbsEncoder
    from mteb.models.modality_collators import FramesCollator

    class Theirs(AbsEncoder):
        mteb_model_meta = MtebEncoder("theirs", encoder=Noisy()).mteb_model_meta
        seen = ()

        def encode(self, inputs, *, prompt_type=None, **options):
            if "video" not in inputs.dataset.column_names:
                return np.concatenate([Noisy().encode_text(list(batch["text"])) for batch in inputs])
            inputs.collate_fn = FramesCollator(num_frames=4)
            shapes = [video.shape for batch in inputs for video in batch["video"]]
            Theirs.seen += tuple(shapes)
            return Noisy()._embed(list(range(len(shapes)))).numpy()

        def similarity(self, a, b):
            return torch.as_tensor(a) @ torch.as_tensor(b).T

    tasks = [SVTAT2VRetrieval(str(packed), positions=range(9)), SVTAV2TRetrieval(str(packed), positions=range(9))]
    found = mteb.evaluate(Theirs(), tasks, cache=None, co2_tracker=False, show_progress_bar=False)
    assert [result.task_name for result in found.task_results] == ["SVTAT2VRetrieval", "SVTAV2TRetrieval"]
    assert Theirs.seen == ((4, 3, 64, 64),) * 18


def test_a_clip_is_what_mteb_calls_a_video(packed):
    task = SVTAT2VRetrieval(str(packed))
    task.load_data()
    row = task.dataset["default"]["test"]["corpus"][7]
    video = row["video"]
    assert row["id"] == task.clips.clip(7).key and len(video) == video.metadata.num_frames == 8
    assert video.metadata.end_stream_seconds == pytest.approx(len(video) / video.metadata.average_fps, rel=0.1)
    assert torch.equal(video[-1], video.get_frames_at([len(video) - 1]).data[0]) and video[0].dtype == torch.uint8
    with pytest.raises(IndexError):
        video[len(video)]


def test_tasks_are_found_by_name_and_described(packed, monkeypatch):
    import svta.eval.mteb

    monkeypatch.chdir(packed.parent)
    packed.with_name("svta").symlink_to(packed)  # a task by name alone opens ./svta
    assert svta.eval.mteb.__doc__ and type(mteb.get_task("SVTAV2TRetrieval")) is SVTAV2TRetrieval
    (task,) = mteb.get_tasks(tasks=["SVTAT2VRetrieval"])
    assert task.metadata.category == "t2v" and len(task.clips) == 60
    some = SVTAT2VRetrieval(str(packed), positions=range(5))
    found = some.calculate_descriptive_statistics()["test"]
    assert found["num_queries"] == found["num_documents"] == 5
    video = found["documents_video_statistics"]
    assert video["min_duration_seconds"] > 0 and (video["min_width"], video["max_height"]) == (64, 64)


def test_ranks_under_ties_are_ours():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 4, (30, 30)).astype(float)
    ours, itself = retrieval_metrics(scores).t2v, {str(j): str(j) for j in range(30)}
    theirs = as_ranked([answer_rank({str(j): scores[i, j] for j in range(30)}, str(i), itself) for i in range(30)])
    assert theirs.rank.tolist() == ours.ranks.tolist() and theirs.figure("R@5") == pytest.approx(ours.recall(5))
    assert answer_rank({}, "x", {}) == answer_rank({"x": -np.inf}, "x", {"x": "x"}) == (np.inf, 0)


def test_a_video_of_several_captions_is_one_document(tmp_path):
    """A set shaped as MSVD through mteb: our figures, text-to-video by caption, video-to-text by the best caption."""
    from several_captions import world

    folder = world(tmp_path / "world")
    load_plugin(folder / "plugin.py")
    encoder = load_encoder(str(folder / "knows_some"))
    config = EvalConfig(
        data=str(folder / "captions.csv"), split="all", videos=folder / "videos", model=str(folder / "knows_some")
    )
    gallery = read_data(config.data, "all", folder / "videos", None).open(encoder.frames())
    found = evaluate_with_mteb(encoder, gallery, name="knows_some")
    ours = evaluate(config).metrics
    assert (ours.captions, ours.gallery) == (74, 10)
    for way in ("t2v", "v2t"):
        assert found.of(way) == pytest.approx({k: ours.of(way)[k] for k in ("R@1", "R@5", "R@10")}, abs=1e-4)
    task = SVTAV2TRetrieval(gallery)
    task.load_data()
    split = task.dataset["default"]["test"]
    assert len(split["queries"]) == 10 and len(split["corpus"]) == 74
    assert sorted(len(captions) for captions in split["relevant_docs"].values()) == [1, 1, 2, 3, 3, 4, 6, 6, 7, 41]


def test_what_cannot_be_encoded_is_told(packed):
    model = MtebEncoder("ns/name@abc", encoder=Noisy())
    assert (model.mteb_model_meta.name, model.mteb_model_meta.revision) == ("ns/name", "abc")
    with pytest.raises(EncoderError, match="asks for audio"):
        model.encode([{"audio": []}])
    with pytest.raises(EncoderError, match="another task"):
        model.encode([{"video": [types.SimpleNamespace()]}])
    nan = model.similarity(torch.tensor([[float("nan")]]), torch.ones(1, 1))
    assert nan.item() == -np.inf
    with pytest.raises(SvtaError, match="no such"):
        SVTAT2VRetrieval("no/where/at/all")


def test_without_mteb_one_line_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "mteb"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mteb", None)
    monkeypatch.delitem(sys.modules, "svta.eval.mteb.tasks")
    with pytest.raises(MissingExtra, match=r"svta\[mteb\]"):
        importlib.import_module("svta.eval.mteb.tasks")


def test_svta_eval_through_mteb(packed, tmp_path, capsys):
    register_encoder("noisy_mteb_test")(lambda model, *, device=None, dtype=None: Noisy())
    model, out = tmp_path / "model", tmp_path / "results"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"model_type": "noisy_mteb_test"}))
    args = ["eval", "--data", str(packed), "--model", str(model), "--gallery", "40", "--sampling", "official"]
    with pytest.raises(SystemExit) as done:
        main([*args, "--mteb", "--out", str(out), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert done.value.code == 0 and told["gallery"] == 40
    for way in ("t2v", "v2t"):
        assert told["mteb"][way]["R@5"] == pytest.approx(told[way]["R@5"], abs=1e-4)  # metrics.json rounds
    names = {path.name for path in (out / "mteb/results/local__model/local").iterdir()}
    assert names >= {"SVTAT2VRetrieval.json", "SVTAV2TRetrieval.json", "model_meta.json"}
    assert json.loads((out / "metrics.json").read_text())["mteb"]["version"] == mteb.__version__


def test_a_folder_of_videos_too(packed, tmp_path):
    whole = open_for(Noisy(), str(packed), "test")
    for i in range(12):
        (tmp_path / f"{whole.clip(i).key}.mp4").write_bytes(whole.video(i))
    clips = [whole.clip(i).model_copy(update={"source_id": whole.clip(i).key}) for i in range(12)]
    records = [Record(clip, "row", (str(clip.source_id),)) for clip in clips]
    gallery = FolderGallery.open(records, VideoFolder(tmp_path), frames=as_encoder(Noisy()).frames())
    ours = rank_clips(Noisy(), gallery, range(12)).metrics.as_dict()
    found = evaluate_with_mteb(Noisy(), gallery, name="noisy")
    assert found.t2v["R@1"] == pytest.approx(ours["t2v"]["R@1"], abs=1e-6)
