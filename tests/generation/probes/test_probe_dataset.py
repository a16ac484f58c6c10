"""The dataset of probes: whole, the same bytes again, resumed after a kill, and blind where a control is blind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from svta.builder.dataset.clip_dataset import open_dataset
from svta.builder.layout.manifest import read_sums
from svta.builder.verify.folder import verify
from svta.builder.video.decoder import decode
from svta.generation.probes.config import ProbesConfig, ProbesError
from svta.generation.probes.make import make_probes

SMALL = {"height": 96, "width": 160, "per_factor": 4, "seed": 4}
CONFIG = ProbesConfig(factors=("order", "direction", "role", "negation"), **SMALL)


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("probes") / "set"
    summary = make_probes(CONFIG, out, workers=1)
    assert summary.clips == 32 and summary.drawn == 16 and not list(out.parent.glob(".*.probes"))
    return out


def lines(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "probes.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_it_is_a_whole_dataset(probes: Path) -> None:
    assert verify(probes, level="deep").ok and "probes.jsonl" in read_sums(probes)
    data = open_dataset(probes, "test")
    assert len(data) == 32
    clips = {clip.key: clip for clip in (data.clip(i) for i in range(len(data)))}
    for line in lines(probes):
        for i, variant in enumerate(line["variants"]):
            clip = clips[variant["key"]]
            said = json.loads(clip.provenance)["probe"]
            assert (clip.caption, clip.tag, clip.group) == (variant["caption"], line["factor"], line["probe_id"])
            assert (said["probe_id"], said["variant"], said["edit"]) == (line["probe_id"], i, line["edit"])
            assert said["value"] == variant["value"] and clip.generator == "storyboard" and clip.synthetic


def test_decoded_videos_are_equal_before_the_change(probes: Path) -> None:
    data = open_dataset(probes, "test")
    video = {data.clip(i).key: data.video(i) for i in range(len(data))}
    for line in lines(probes):
        one, two = (
            decode(video[variant["key"]], sampling="all", size=None)[0].astype(int) for variant in line["variants"]
        )
        before = int(np.ceil(line["change_at"] * 16))
        assert before > 0 and np.array_equal(one[:before], two[:before]), line["probe_id"]
        assert np.abs(one[before:] - two[before:]).max() > 24
        if line["factor"] != "negation":
            assert np.array_equal(one[16:19], two[16:19]), line["probe_id"]


def test_again_and_other_settings(probes: Path) -> None:
    before = read_sums(probes)
    assert make_probes(CONFIG, probes).drawn == 0 and read_sums(probes) == before
    with pytest.raises(ProbesError, match="another dataset"):
        make_probes(ProbesConfig(factors=("order",), **SMALL), probes)


def test_killed_between_its_build_json_and_its_sums_it_is_sealed(probes: Path, tmp_path: Path) -> None:
    out, work = tmp_path / "set", tmp_path / ".set.probes"
    shutil.copytree(probes, out)
    (out / "SHA256SUMS").write_text("0" * 64 + "  build.json\n")  # of the build.json before
    work.mkdir()
    (work / "plan.json").write_text("{}")
    assert make_probes(CONFIG, out).drawn == 0
    assert read_sums(out) == read_sums(probes) and not work.exists()


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from svta.generation.probes import make

    config = ProbesConfig(factors=("time", "place"), **{**SMALL, "per_factor": 2})
    make_probes(config, tmp_path / "whole", workers=2)
    real = make.pack
    monkeypatch.setattr(make, "pack", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        make_probes(config, tmp_path / "cut", workers=1)
    assert not (tmp_path / "cut").exists()
    monkeypatch.setattr(make, "pack", real)
    assert make_probes(config, tmp_path / "cut", workers=1).drawn == 0
    assert read_sums(tmp_path / "cut") == read_sums(tmp_path / "whole")


def test_what_sees_no_order_gets_chance(probes: Path) -> None:
    torch = pytest.importorskip("torch")
    from svta.eval.encoders.base import Encoder
    from svta.eval.probes.evaluate import score_sets, summarise
    from svta.eval.probes.minimal_sets import ProbeData, read_probes

    class Random(Encoder):
        num_frames, image_size = 12, 48

        def encode_text(self, texts):
            rows = [np.random.default_rng(list(text.encode())).normal(size=16) for text in texts]
            return torch.nn.functional.normalize(torch.tensor(np.array(rows), dtype=torch.float32), dim=1)

        def encode_video(self, pixel_values, frame_mask):
            flat = pixel_values.float().flatten(1) / 255
            return torch.nn.functional.normalize(
                flat @ torch.randn(flat.shape[1], 16, generator=torch.manual_seed(0)), dim=1
            )

    data = read_probes(probes)
    encoder = Random()
    sets = score_sets(encoder, ProbeData(data.name, data.gallery.with_frames(encoder.frames()), data.sets, data.parts))
    result = summarise("random", data, sets)
    for factor in ("order", "direction", "role"):
        for control in ("bag of words", "one frame"):
            assert result.controls[control][f"factor {factor}"].choices == pytest.approx(50.0), (factor, control)
        assert result.controls["colours"][f"factor {factor}"].choices == pytest.approx(50.0, abs=1e-6)
    assert result.overall.num_groups == 16 and not result.failed
