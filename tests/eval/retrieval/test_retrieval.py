"""Evaluation: what is ranked, what is counted though it cannot be ranked, controls, and the command."""

from __future__ import annotations

import json
import os
import shutil
from hashlib import sha256

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import pyarrow.parquet as pq
from squares import COLOURS, COMBINATIONS, FIELDS, dataset, frames

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.errors import DatasetError
from svta.builder.record import Clip
from svta.cli import main
from svta.eval.embeddings.frame_store import FrameStore
from svta.eval.encoders.registry import register_encoder
from svta.eval.metrics.figures import to_json
from svta.eval.metrics.retrieval import retrieval_metrics
from svta.eval.retrieval import controls
from svta.eval.retrieval.config import EvalConfig
from svta.eval.retrieval.gallery import draw_gallery, open_for
from svta.eval.retrieval.ranking import rank_clips
from svta.eval.retrieval.results_folder import read_results
from svta.eval.retrieval.summary import intervals, rank_table, rejected_before, summarise


@register_encoder("squares_by_colour")
class ByColour:
    """Knows the square's colour and the field's, not the way it moves: of 24 combinations it tells 12 apart."""

    num_frames, image_size, resize = 4, 32, "squash"

    def __init__(self, model=None, *, device=None, dtype=None):
        self.seen = 0

    def encode_text(self, texts):
        rows = []
        for text in texts:
            rows.append([float(name in text) for name in (*COLOURS, *FIELDS)])
        return torch.nn.functional.normalize(torch.tensor(rows), dim=1)

    def encode_video(self, pixel_values, frame_mask):
        self.seen += len(pixel_values)
        rows = []
        for clip in pixel_values.float():
            pixels = clip.permute(0, 2, 3, 1).reshape(-1, 3)
            nearest = [torch.cdist(pixels, torch.tensor(list(table.values())).float()) for table in (COLOURS, FIELDS)]
            both = torch.cat(nearest, 1).argmin(1)
            counts = torch.bincount(both, minlength=7)
            row = torch.zeros(7)
            row[counts[:4].argmax()] = row[4 + counts[4:].argmax()] = 1.0
            rows.append(row)
        return torch.nn.functional.normalize(torch.stack(rows), dim=1)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    splits = {"train": range(72), "validation": range(100, 124), "test": range(200, 248)}
    return dataset(tmp_path_factory.mktemp("squares") / "packed", splits)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    (folder / "config.json").write_text('{"model_type": "squares_by_colour"}')
    return folder


def rank(packed, positions=None, **options):
    encoder = ByColour()
    ds = open_for(encoder, str(packed), "test")
    return rank_clips(encoder, ds, range(len(ds)) if positions is None else positions, **options)


def test_ranks_ties_and_twins_are_counted_as_they_are(packed):
    metrics = summarise(rank(packed))
    # 48 clips, 24 captions twice each; colour and field leave 4 clips that look alike: expected rank 2.5 of 4
    assert metrics.gallery == 48
    assert metrics.t2v["R@1"] == 25 and metrics.t2v["R@5"] == 100 and metrics.t2v["MnR"] == 2.5
    assert metrics.bounds["optimistic"].t2v["R@1"] == 100
    assert metrics.bounds["pessimistic"].t2v["MnR"] == 4
    assert metrics.duplicates.captions_that_repeat == 48
    assert metrics.duplicates.videos_that_repeat == 0
    # two of the four that tie have the same caption: one of them comes first half the time
    assert metrics.duplicates.t2v_any_twin == {"R@1": 50, "R@5": 100, "R@10": 100}
    assert metrics.components == 24 and metrics.interval("t2v") is None  # every query adds a quarter
    assert metrics.category_level["R@10"] == 100
    assert metrics.anomaly_or_normal.keys() == {"normal"}
    assert sum(part.queries for part in metrics.by_category.values()) == 48


@pytest.mark.slow
def test_within_sets_that_one_thing_tells_apart_colours_do_not_help(tmp_path, model, capsys):
    folder = dataset(tmp_path / "sets", {"train": range(48), "test": range(200, 224)}, sets=True)
    args = ["eval", "--data", str(folder), "--model", str(model), "--controls", "--out", str(tmp_path / "results")]
    with pytest.raises(SystemExit) as end:
        main(args)
    assert end.value.code == 0
    found = read_results(tmp_path / "results").metrics.contrasts
    assert (found.sets, found.queries, found.chance) == (12, 24, 50.0)
    assert found.t2v["R@1"] == found.v2t["R@1"] == 50.0 and not found.interval_95  # every pair ties
    assert found.by_factor["direction"].queries == 24 and found.by_factor["direction"].t2v["R@1"] == 50.0
    assert set(found.controls) == {"colour histogram", "same model, one frame", "same model, shuffled frames"}
    assert found.controls["same model, one frame"].t2v["R@1"] == 50.0
    text = capsys.readouterr().out
    assert "within sets that differ in one thing only (24 captions in 12 sets, chance 50.0)" in text
    assert "R@1 50.0" in text and "direction 50.0" in text


def test_sets_count_videos_where_a_video_has_several_captions(tmp_path):
    folder = dataset(tmp_path / "sets", {"test": range(200, 224)}, sets=True)
    ranking = rank(folder, [0, 0, 1, 1, *range(2, 24)], with_controls=True)
    assert (len(ranking.videos.first), len(ranking.clips)) == (24, 26)
    assert [one.videos.tolist() for one in ranking.contrast_sets] == [
        sorted(one.videos.tolist()) for one in ranking.contrast_sets
    ]
    found = summarise(ranking).contrasts
    assert (found.sets, found.queries) == (12, 24) and found.t2v["R@1"] == found.v2t["R@1"] == 50.0
    assert found.controls["same model, one frame"].t2v["R@1"] == 50.0


def test_a_gallery_without_sets_has_no_such_figures(packed):
    metrics = summarise(rank(packed))
    assert metrics.contrasts is None and "contrasts" not in to_json(metrics)


def test_official_ties_count_each_tie(packed):
    metrics = summarise(rank(packed, ties="official"))
    assert metrics.num_ranked == {"t2v": 48 * 4, "v2t": 48 * 4}
    assert len(rank_table(rank(packed, ties="official"))) == 48


def drawn(videos, gallery=None, seed=0, captions="all"):
    """The keys that are ranked of clips whose videos have these names."""
    clips = [
        Clip(key=f"k{i}", caption=f"caption {i}", group=name, sha256=sha256(name.encode()).hexdigest())
        for i, name in enumerate(videos)
    ]
    config = EvalConfig(data="x", gallery=gallery, seed=seed, captions=captions)
    return draw_gallery(clips, range(len(clips)), config)


def test_a_gallery_is_drawn_once_and_for_all():
    hundred = [f"v{i}" for i in range(100)]
    assert drawn(hundred, 10, 3) == drawn(hundred, 10, 3) != drawn(hundred, 10, 4)
    assert drawn(hundred[:5]) == [0, 1, 2, 3, 4]
    assert len(set(drawn(hundred, 60))) == 60
    with pytest.raises(DatasetError, match="101 clips out of 100"):
        drawn(hundred, 101)


def test_videos_are_drawn_with_all_their_captions_or_with_the_first():
    videos = ["a", "b", "a", "c", "a", "b"]
    assert drawn(videos) == [0, 1, 2, 3, 4, 5] and drawn(videos, captions="first") == [0, 1, 3]
    for seed in range(5):
        two = drawn(videos, 2, seed)
        assert len({videos[i] for i in two}) == 2 and two == [
            i for i in range(6) if videos[i] in {videos[t] for t in two}
        ]
        assert drawn(videos, 2, seed, "first") == [i for i in two if i in (0, 1, 3)]
    with pytest.raises(DatasetError, match="4 clips out of 3"):
        drawn(videos, 4)


def test_damaged_clips_are_named_and_counted(tmp_path):
    folder = dataset(tmp_path / "packed", {"test": range(6)})
    index = pq.read_table(folder / "clips.parquet").to_pydict()
    shard = next((folder / "data" / "test").glob("*.tar"))
    data = bytearray(shard.read_bytes())
    middle = index["offset"][2] + index["size"][2] // 2
    data[middle] ^= 255
    shard.write_bytes(data)
    metrics = summarise(rank(folder))
    assert metrics.gallery == 5
    assert [item.key for item in metrics.unreadable] == [index["key"][2]]
    assert "sha256" in metrics.unreadable[0].reason
    store = FrameStore(open_dataset(folder, "test", num_frames=2, size=16))
    assert len(store) == 5 and [key for key, _ in store.unreadable] == [index["key"][2]]
    on_demand = FrameStore(open_dataset(folder, "test", num_frames=2, size=16), memory=0)
    assert len(on_demand) == 6
    with pytest.raises(DatasetError, match="svta verify"):
        on_demand.get(range(6))
    with pytest.raises(DatasetError, match="none of 1 clips"):
        rank(folder, positions=[2])


def test_frames_on_demand_are_the_frames_in_memory(packed):
    ds = open_dataset(packed, "validation", num_frames=3, size=24)
    held, read = FrameStore(ds), FrameStore(ds, memory=0)
    assert held.captions == read.captions
    for a, b in zip(held.get([5, 1]), read.get([5, 1])):
        assert torch.equal(a, b)


def test_one_clip_alone(packed):
    metrics = summarise(rank(packed, positions=[7], with_controls=True))
    assert metrics.gallery == 1 and metrics.t2v["R@1"] == 100
    assert metrics.controls["chance"].t2v["R@1"] == 100


@pytest.mark.slow
def test_controls(packed):
    train = FrameStore(open_for(ByColour(), str(packed), "train"))
    ranking = rank(packed, with_controls=True, colours=controls.colour_model(train), rivals={"again": ByColour()})
    figures = summarise(ranking).controls
    assert list(figures) == [
        "chance", "colour histogram", "same model, one frame", "same model, shuffled frames", "again"
    ]  # fmt: skip
    assert figures["chance"].t2v == pytest.approx(
        {"R@1": 2.0833, "R@5": 10.4167, "R@10": 20.8333, "MdR": 24.5, "MnR": 24.5}
    )
    assert figures["again"].t2v == summarise(ranking).t2v
    assert figures["same model, shuffled frames"] == figures["again"]  # colours do not hang on the order
    assert figures["colour histogram"].t2v["R@5"] > 60


def test_shuffled_and_still_frames():
    clip = torch.arange(8, dtype=torch.uint8)[None, :, None, None, None].expand(3, 8, 3, 2, 2).contiguous()
    mask = torch.tensor([[True] * 8, [True] * 3 + [False] * 5, [True] + [False] * 7])
    out = controls.shuffled(clip, mask, [0, 1, 2])
    order = out[:, :, 0, 0, 0].tolist()
    assert sorted(order[0]) == list(range(8)) and order[0] != list(range(8))
    assert sorted(order[1][:3]) == [0, 1, 2] and order[1] != list(range(8)) and order[1][3:] == [3, 4, 5, 6, 7]
    assert order[2] == list(range(8))
    assert torch.equal(out[1:2], controls.shuffled(clip[1:2], mask[1:2], [1]))
    assert controls.still(clip, mask)[:, :, 0, 0, 0].tolist()[:2] == [[4] * 8, [1] * 3 + [3, 4, 5, 6, 7]]


def test_colour_histograms_count_pixels():
    film = torch.from_numpy(frames(0).transpose(0, 3, 1, 2)[None].copy())
    mask = torch.ones(1, 8, dtype=torch.bool)
    histogram = controls.colour_histograms(film, mask)
    assert histogram.shape == (1, 64) and np.isclose((histogram**2).sum(), 1)
    assert np.count_nonzero(histogram) == 2
    assert controls.colour_histograms(film, ~mask).sum() == 0


def test_intervals_draw_whole_groups():
    scores = np.eye(100)
    scores[np.arange(50, 100), np.arange(50)] = 2.0  # the last 50 captions come out second
    ten = retrieval_metrics(scores).t2v
    assert ten.ranks.tolist() == [1.0] * 50 + [2.0] * 50
    alone = intervals(ten, np.arange(100))
    kin = intervals(ten, np.arange(100) // 50)
    assert 38 < alone["R@1"][0] < 45 and 55 < alone["R@1"][1] < 62
    assert kin["R@1"] == (0.0, 100.0)
    assert intervals(ten, np.zeros(100, int)) == {}  # one component: nothing to draw


def test_an_interval_belongs_to_the_figure_beside_it():
    scores = np.eye(8)
    scores[0, :4] = 1.0  # one query of eight ties with three others
    official = retrieval_metrics(scores, ties="official").t2v
    assert official.recall(1) == pytest.approx(100 * 8 / 11) and len(official.query_of_rank) == 11
    low, high = intervals(official, np.arange(8))["R@1"]
    assert low < 50 and high == 100
    assert intervals(official.with_ties("optimistic"), np.arange(8)) == {}
    assert intervals(official.with_ties("expected"), np.arange(8))["R@1"][0] == pytest.approx(71.88, abs=0.01)
    assert intervals(retrieval_metrics(np.ones((8, 8)), ties="official").t2v, np.arange(8)) == {}
    assert intervals(retrieval_metrics(np.full((3, 3), np.nan), ties="official").t2v, np.arange(3)) == {}


def test_the_command(packed, model, tmp_path, capsys):
    out = tmp_path / "results"
    arguments = ["eval", "--data", str(packed), "--model", str(model), "--controls", "--out", str(out)]
    with pytest.raises(SystemExit) as done:
        main([*arguments, "--min", "R@5=100", "--min", "v2t:MnR=3", "--json"])
    assert done.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert said["gallery"] == 48 and said == {
        "config": said["config"],
        **json.loads((out / "metrics.json").read_text()),
    }
    table = pq.read_table(out / "ranks.parquet")
    assert table.num_rows == 48 and set(table["t2v_rank"].to_pylist()) == {2.5}
    assert {path.name for path in out.iterdir()} == {
        "metrics.json", "config.json", "ranks.parquet", "repeat.json", "report.html", "strips"
    }  # fmt: skip
    with pytest.raises(SystemExit) as done:
        main([*arguments, "--min", "R@1=40"])
    captured = capsys.readouterr()
    assert done.value.code == 1 and "R@1 is 25.00, 40 is needed" in captured.err and "48 captions" in captured.out
    for wrong, says in (
        (["--min", "R@7=3"], "like R@1=40"),
        (["--rival", "nothing"], "single-frame=CHECKPOINT"),
        (["--split", "holdout"], "holdout"),
        (["--gallery", "49"], "49 clips out of 48"),
        (["--gallery", "47"], "another evaluation (--gallery default there, 47 now)"),
        (["--ties", "lucky"], "lucky"),
        (["--model", str(tmp_path / "no-model")], "no-model"),
        (["--data", str(tmp_path)], "clips.parquet"),
    ):
        with pytest.raises(SystemExit) as done:
            main([*arguments, *wrong, *([] if "another evaluation" in says else ["--out", str(tmp_path / "other")])])
        error = capsys.readouterr().err
        assert done.value.code == 2 and says in error and len(error.strip().splitlines()) == 1, error


def test_what_packing_left_out_is_told(packed, model, capsys):
    (packed / "rejected.jsonl").write_text(
        '{"key":"a","reason":"minor_violence"}\n{"key":"b","reason":"minor_violence"}\n'
    )
    with pytest.raises(SystemExit):
        main(["eval", "--data", str(packed), "--model", str(model)])
    assert "left out when the dataset was packed, over all splits: 2 minor_violence" in capsys.readouterr().out
    (packed / "rejected.jsonl").write_text('{"reason":"static"}\nno JSON\n{"key":"b"}\n{"reason":"static"}\n')
    assert rejected_before(open_dataset(packed)) == {"static": 2, "a line that cannot be read": 1, "no reason given": 1}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pipe", "folder", "link", "pointer"])
def test_a_list_of_rejects_that_cannot_be_read_costs_no_figure(packed, model, tmp_path, capsys, caplog, kind):
    folder = tmp_path / "packed"
    shutil.copytree(packed, folder)
    place = folder / "rejected.jsonl"
    place.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "link":
        place.symlink_to("/etc/hostname")
    else:
        place.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n")
    with pytest.raises(SystemExit) as done:
        main(["eval", "--data", str(folder), "--model", str(model), "--out", str(tmp_path / "results")])
    assert done.value.code == 0 and json.loads((tmp_path / "results" / "metrics.json").read_text())["t2v"]["R@1"] == 25
    assert "left out when" not in capsys.readouterr().out
    assert "what packing left out is not counted" in caplog.text and "rejected.jsonl" in caplog.text


def test_the_little_world_has_24_combinations():
    assert len(COMBINATIONS) == 24
