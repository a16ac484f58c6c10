"""Several captions a video, as in MSVD, VATEX and MSR-VTT full: the same figures as a plain script by every route."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import pyarrow.parquet as pq
from several_captions import counted, world

from svta.builder.dataset.clip_dataset import open_dataset
from svta.cli import main
from svta.eval.embeddings.frame_store import FrameStore
from svta.eval.encoders.registry import load_encoder, load_plugin
from svta.eval.metrics.significance import bootstrap
from svta.eval.retrieval.config import EvalConfig
from svta.eval.retrieval.evaluate import evaluate
from svta.eval.retrieval.results_folder import read_results

RULES = ("expected", "optimistic", "pessimistic", "official")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The set as a folder of videos, and imported and packed."""
    folder = world(tmp_path_factory.mktemp("msvd") / "world")
    pack(folder)
    return folder


def pack(folder):
    videos, captions = str(folder / "videos"), str(folder / "captions.csv")
    run("import", "--videos", videos, "--annotations", captions, "--out", str(folder / "clips"))
    run("pack", str(folder / "clips"), "--out", str(folder / "packed"), "--splits", "0:0:1")


def run(*arguments):
    with pytest.raises(SystemExit) as done:
        main(list(arguments))
    assert done.value.code == 0, arguments


def config(folder, route, model="knows_some", **more):
    data = {"data": str(folder / "packed"), "split": "all"}
    if route == "folder":
        data = {"data": str(folder / "captions.csv"), "split": "all", "videos": folder / "videos"}
    return EvalConfig(**{**data, "model": str(folder / model), "plugins": (folder / "plugin.py",), **more})


def scores_of(folder, result):
    """(scores [T, V], the video of each text) by the plug-in itself, of the queries in the order of the result."""
    load_plugin(folder / "plugin.py")
    encoder = load_encoder(str(folder / "knows_some"))
    owners = list(dict.fromkeys(result.ranks.video))
    group_of = dict(zip(result.ranks.key, result.ranks.group))  # it names the file
    scene = [8 if "twin" in group_of[key] else int(re.search(r"v(\d)", group_of[key])[1]) for key in owners]
    pixels = torch.stack([torch.full((1, 3, 8, 8), 25 * n, dtype=torch.uint8) for n in scene])
    video = encoder.encode_video(pixels, torch.ones(len(scene), 1, dtype=torch.bool))
    text = encoder.encode_text(result.ranks.caption)
    return (text.double() @ video.double().T).numpy(), [owners.index(key) for key in result.ranks.video]


@pytest.mark.slow
@pytest.mark.parametrize("route", ["packed", "folder"])
def test_figures_are_those_of_a_plain_script_in_every_mode(place, route):
    found = {}
    for ties in RULES:
        result = evaluate(config(place, route, ties=ties))
        scores, owner = scores_of(place, result)
        truth = counted(scores, owner, ties)
        for way in ("t2v", "v2t"):
            assert dict(getattr(result.metrics, way)) == pytest.approx(truth[way], abs=1e-4), (ties, way)
        found[ties] = result.metrics
    metrics = found["expected"]
    assert (metrics.gallery, metrics.captions) == (10, 74) and not metrics.missing
    # three rows hold a caption that another row has too, in other letters or for another video; twins are two videos
    assert metrics.duplicates.captions_that_repeat == 4 and metrics.duplicates.videos_that_repeat == 2
    assert metrics.t2v["R@1"] < metrics.bounds["optimistic"].t2v["R@1"] and metrics.t2v["R@1"] > 0


def test_both_routes_agree(place):
    packed, folder = (evaluate(config(place, route)).metrics for route in ("packed", "folder"))
    assert packed.t2v == folder.t2v and packed.v2t == folder.v2t and packed.components == folder.components
    assert packed.duplicates == folder.duplicates


@pytest.mark.parametrize("route", ["packed", "folder"])
def test_any_twin_is_a_video_of_the_same_caption_or_the_same_bytes(place, route):
    """Counted caption by caption: the chance that one of the right videos is among the first k of the tied ones."""
    result = evaluate(config(place, route))
    scores, owner = scores_of(place, result)
    names, groups = result.ranks.caption, dict(zip(owner, result.ranks.group))
    said = [" ".join(re.findall(r"\w+", name.lower())) for name in names]
    content = [re.sub("twin", "v8", groups[video].split()[-1]) for video in range(len(groups))]  # a copy of v8
    assert len(set(content)) == len(content) - 1
    found = {k: [] for k in (1, 5, 10)}
    for t, row in enumerate(scores):
        right = {owner[u] for u in range(len(said)) if said[u] == said[t]}
        right |= {v for v in range(len(row)) if content[v] == content[owner[t]]}
        best = max(row[v] for v in right)
        above, tied = sum(row > best), [v for v in range(len(row)) if row[v] == best]
        wrong = len(tied) - len(right & set(tied))
        for k, chances in found.items():
            drawn = min(max(k - above, 0), len(tied))
            chances.append(1 - math.comb(wrong, drawn) / math.comb(len(tied), drawn))
    expected = {f"R@{k}": 100 * float(np.mean(chances)) for k, chances in found.items()}
    assert result.metrics.duplicates.t2v_any_twin == pytest.approx(expected, abs=1e-4)


def test_a_videos_interval_draws_by_the_component_of_the_video(place):
    """Captions come shuffled, so the first ten rows are not those of the ten videos."""
    result = evaluate(config(place, "folder"))
    ranks, rows = result.ranks, result.ranks.queries("v2t")
    components = ranks.components[rows].tolist()
    assert components != ranks.components[: len(rows)].tolist() and 1 < len(set(components)) < len(rows)
    for column, ends in result.metrics.interval_95["v2t"].items():
        drawn = bootstrap(ranks.ranked("v2t").take(rows), statistic=column, groups=components)
        assert ends == pytest.approx(drawn, abs=0.006)
    assert "R@1" in result.metrics.interval_95["v2t"]


@pytest.mark.slow
def test_a_perfect_model_is_perfect_in_every_mode_by_every_route(tmp_path):
    folder = world(tmp_path / "world", twins=False)
    table = folder / "captions.csv"  # less the caption that describes two videos: no model can know which is meant
    lines = [line for line in table.read_text().splitlines() if line != "v2.mp4,Caption 0 of scene 5."]
    table.write_text("\n".join(lines) + "\n")
    pack(folder)
    for route in ("packed", "folder"):
        for captions, ties in [("all", rule) for rule in RULES] + [("first", "expected"), ("first", "official")]:
            metrics = evaluate(config(folder, route, "knows_all", ties=ties, captions=captions)).metrics
            assert metrics.t2v["R@1"] == metrics.v2t["R@1"] == 100 and metrics.t2v["MnR"] == 1, (route, ties)
            assert (metrics.gallery, metrics.captions) == (9, 70 if captions == "all" else 9)


def test_the_command_writes_what_can_be_recounted(place, tmp_path, capsys):
    arguments = ["--plugin", str(place / "plugin.py"), "--model", str(place / "knows_some"), "--split", "all"]
    run("eval", "--data", str(place / "packed"), *arguments, "--out", str(tmp_path / "r"))
    text = capsys.readouterr().out
    assert "74 captions, 10 videos" in text and "2 videos repeat" in text
    table = pq.read_table(tmp_path / "r/ranks.parquet").to_pandas()
    assert len(table) == 74 and table.video.nunique() == 10 and table.v2t_rank.notna().sum() == 10
    figures = json.loads((tmp_path / "r/metrics.json").read_text())
    assert figures["captions"] == 74 and figures["gallery"] == 10
    for way in ("t2v", "v2t"):
        rank, tied = table[f"{way}_rank"].dropna(), table[f"{way}_tied"].dropna()
        first = rank - (tied - 1) / 2  # the best place of the tie
        for k in (1, 5, 10):
            share = ((k - first + 1) / tied).clip(0, 1)
            assert figures[way][f"R@{k}"] == pytest.approx(100 * share.mean(), abs=1e-3)
        assert figures[way]["MnR"] == pytest.approx(rank.mean(), abs=1e-3)
    page = (tmp_path / "r/report.html").read_text()
    assert "74 captions searched among 10 clips" in page
    again = read_results(tmp_path / "r")
    assert again.ranks.queries("v2t").tolist() == np.flatnonzero(table.v2t_rank.notna()).tolist()


@pytest.mark.parametrize(("captions", "queries"), [("first", 10), ("all", 74)])
def test_the_command_takes_one_caption_a_video_or_all(place, tmp_path, capsys, captions, queries):
    model = ["--plugin", str(place / "plugin.py"), "--model", str(place / "knows_some"), "--captions", captions]
    folder = ["--data", str(place / "captions.csv"), "--videos", str(place / "videos")]
    for name, data in (("packed", ["--data", str(place / "packed")]), ("folder", folder)):
        run("eval", *data, "--split", "all", *model, "--out", str(tmp_path / name), "--json")
        told = json.loads(capsys.readouterr().out)
        assert (told["captions"], told["gallery"]) == (queries, 10), name
        result = read_results(tmp_path / name)
        scores, owner = scores_of(place, result)
        truth = counted(scores, owner, "expected")
        for way in ("t2v", "v2t"):
            assert dict(told[way]) == pytest.approx(truth[way], abs=1e-4), (name, way)
        if captions == "first":  # in the order of the gallery
            every = evaluate(config(place, name)).ranks
            first = [key for key, rank in zip(every.key, every.v2t_rank) if not np.isnan(rank)]
            assert result.ranks.key == first and owner == list(range(10))


def test_a_choice_of_captions_that_is_none_is_told(place, capsys):
    with pytest.raises(SystemExit) as done:
        main(["eval", "--data", str(place / "packed"), "--model", str(place / "knows_some"), "--captions", "some"])
    assert done.value.code == 2 and "some" in capsys.readouterr().err


def test_a_cache_and_a_second_stage_know_videos_too(place, tmp_path):
    plain = evaluate(config(place, "packed", controls=True, dual_softmax=True)).metrics
    for _ in range(2):
        cached = evaluate(config(place, "packed", cache=tmp_path / "cache")).metrics
        assert cached.t2v == plain.t2v and cached.v2t == plain.v2t
    assert plain.controls["same model, one frame"].t2v == plain.t2v  # one frame is all that it sees
    assert plain.controls["chance"].t2v["R@1"] == 10 and plain.dual_softmax is not None


def test_training_holds_each_video_once(place):
    store = FrameStore(open_dataset(place / "packed", "test", num_frames=1, size=16))
    assert len(store) == 74 and len(store.videos.first) == 10 and len(store._pixels) == 10
    on_demand = FrameStore(open_dataset(place / "packed", "test", num_frames=1, size=16), memory=0)
    for indices in ([0, 5, 9], list(range(73, 60, -1))):
        assert torch.equal(store.get(indices)[0], on_demand.get(indices)[0])
    assert [clip.key for clip in store.clips] == [clip.key for clip in on_demand.clips]
