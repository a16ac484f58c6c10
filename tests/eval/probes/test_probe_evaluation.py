"""Minimal sets scored with models whose answers are known, with files missing, and from a public file."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from svta.builder.errors import SvtaError
from svta.builder.video.encoder import encode
from svta.cli import main
from svta.eval.encoders.base import Encoder
from svta.eval.metrics.figures import to_json
from svta.eval.probes import evaluate, minimal_sets
from svta.eval.probes.evaluate import score_sets, summarise
from svta.eval.probes.grids import ProbesError
from svta.eval.probes.minimal_sets import ProbeData, bag_of_words, read_probes
from svta.eval.reports.probes_page import read_probes_run, render_probes
from svta.eval.retrieval.config import EvalConfig


class Brightness(Encoder):
    """Knows whether a clip gets brighter; a caption says so by its first word: 'bright' late or early."""

    num_frames, image_size = 8, 32

    def encode_text(self, texts: list[str]) -> torch.Tensor:
        signs = [1.0 if text.lower().startswith("dark") else -1.0 for text in texts]
        return torch.tensor([[sign, 0.1] for sign in signs])

    def encode_video(self, pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> torch.Tensor:
        light = pixel_values.float().mean((2, 3, 4))
        return torch.stack([(light[:, -1] - light[:, 0]) / 255, light.mean(1) / 255], 1)


def film(values: list[int]) -> bytes:
    return encode(np.stack([np.full((64, 64, 3), value, np.uint8) for value in values]), fps=8)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vinoground")
    rise = [40, 60, 80, 100, 120, 140, 160, 180]
    lines = ["index,major,minor,pos_cap,neg_cap"]
    for i in range(12):
        major, minor = ("object", "contextual;cyclical") if i % 2 else ("action", "cyclical")
        lines.append(f'{i},{major},{minor},"Dark, then bright {i}.","Bright, then dark {i}."')
        (folder / f"{i}_pos.mp4").write_bytes(film(rise))
        (folder / f"{i}_neg.mp4").write_bytes(film(rise[::-1]))
    (folder / "vinoground.csv").write_text("\n".join(lines) + "\n")
    return folder


def figures(data: ProbeData, encoder: Encoder):
    gallery = data.gallery.with_frames(encoder.frames())
    return summarise("m", data, score_sets(encoder, ProbeData(data.name, gallery, data.sets, data.parts)))


def test_a_public_file_and_what_controls_lose(pairs: Path) -> None:
    data = read_probes(pairs / "vinoground.csv", pairs)
    result = figures(data, Brightness())
    assert result.overall.strict["group"] == 100.0 and result.overall.num_groups == 12
    assert {name: part.num_groups for name, part in result.of("factor").items()} == {
        "action": 6, "cyclical": 12, "object": 6, "contextual": 6,
    }  # fmt: skip
    for control in ("bag of words", "one frame"):
        assert result.controls[control]["all"].choices == pytest.approx(50.0)
        assert result.controls[control]["all"].strict["group"] == 0.0
    assert result.overall.interval_95["group"] == (75.8, 100.0)  # Wilson, 12 of 12
    assert result.entailment["all"] == {
        "num_items": 24, "num_nan": 0, "classic": 100.0, "strict": 100.0, "classic_expected": 100.0,
    }  # fmt: skip


def test_a_missing_video_is_wrong_and_stays_in_the_denominator(pairs: Path, tmp_path: Path) -> None:
    for path in pairs.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "3_neg.mp4").unlink()
    (tmp_path / "5_pos.mp4").write_bytes(b"no video")
    result = figures(read_probes(tmp_path / "vinoground.csv", tmp_path), Brightness())
    assert result.failed == ["3", "5"] and result.overall.num_failed == 2
    assert result.overall.strict["group"] == pytest.approx(100 * 10 / 12)
    assert result.of("factor")["object"].strict["text"] == pytest.approx(100 * 4 / 6)


def test_a_caption_that_no_clip_may_have_is_a_pair_that_cannot_be_run(pairs: Path, tmp_path: Path) -> None:
    for i in range(3):
        for side in ("pos", "neg"):
            (tmp_path / f"{i}_{side}.mp4").write_bytes((pairs / f"{i}_{side}.mp4").read_bytes())
    rows = ["Dark.,Bright.", f"{'word ' * 500},Bright.", "Dark.,\u200b"]
    (tmp_path / "v.csv").write_text("\n".join(["pos_cap,neg_cap", *rows]) + "\n")
    data = read_probes(tmp_path / "v.csv", tmp_path)
    assert [one.positions for one in data.sets] == [(0, 1), (None, None), (None, None)]


def probes_folder(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> Path:
    """A folder whose gallery holds no clip, with one set of probes."""
    variants = [{"key": "k0", "caption": "A man waves."}, {"key": "k1", "caption": "A man bows."}]
    line = {"probe_id": "p", "factor": "order", "variants": variants, "dose": {"size": 0.5}, **changes}
    (folder / "probes.jsonl").write_text(json.dumps(line) + "\n")
    monkeypatch.setattr(minimal_sets, "open_dataset", lambda path, split: NoClips())
    return folder


class NoClips(list):
    source = SimpleNamespace(find=lambda name: None)


def one_caption(caption: object) -> list[dict[str, object]]:
    return [{"key": "k0", "caption": caption}, {"key": "k1", "caption": "A man bows."}]


def test_a_set_of_probes_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = read_probes(probes_folder(tmp_path, monkeypatch)).sets
    assert (one.dose, one.factor, one.category, one.positions) == ("size 0.5", "order", None, (None, None))


@pytest.mark.parametrize(
    "changes",
    [
        {"dose": {"size": "big"}}, {"dose": {"size": None}}, {"dose": {"size": 10**400}}, {"dose": [["size", [1]]]},
        {"dose": 3}, {"factor": None}, {"factor": " "}, {"factor": "x" * 3000}, {"category": {"a": 1}},
        {"variants": {"a": 1}}, {"variants": one_caption("")}, {"variants": one_caption("  ")},
        {"variants": one_caption(None)}, {"variants": one_caption("word " * 500)},
    ],
    ids=lambda changes: str(changes)[:40],
)  # fmt: skip
def test_a_line_that_is_no_set_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    with pytest.raises(ProbesError, match=r"probes.jsonl line 1: not a set of probes"):
        read_probes(probes_folder(tmp_path, monkeypatch, **changes))


class Broken(Brightness):
    def encode_video(self, pixel_values: torch.Tensor, frame_mask: torch.Tensor) -> torch.Tensor:
        return torch.full((len(pixel_values), 2), float("nan"))


def test_scores_that_are_no_numbers_are_wrong_told_and_written(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "load_models", lambda config, watch: SimpleNamespace(encoder=Broken()))
    config = EvalConfig(data=str(pairs / "vinoground.csv"), model="m", videos=pairs)
    result = evaluate.evaluate_probes(config, pairs, tmp_path / "out")
    assert result.overall.strict["group"] == 0.0 and result.overall.num_failed == 0
    assert "12 of 12 sets contain scores that are not numbers" in result.text()
    line = json.loads((tmp_path / "out/scores.jsonl").read_text().splitlines()[0])
    assert line["scores"]["model"] == [[None, None], [None, None]]
    page = render_probes([read_probes_run(tmp_path / "out")])
    assert "12 of 12 sets contain scores that are not numbers" in page


def test_figures_of_another_kind_are_refused_and_missing_ones_are_dashes(pairs: Path, tmp_path: Path) -> None:
    result = to_json(figures(read_probes(pairs / "vinoground.csv", pairs), Brightness()))
    (tmp_path / "config.json").write_text('{"task": "probes"}')

    def read(**changes: object) -> str:
        (tmp_path / "metrics.json").write_text(json.dumps({**result, **changes}))
        return render_probes([read_probes_run(tmp_path)])

    bare = {**result["overall"], "strict": {}, "expected": {}, "interval_95": {}, "chance": {}}
    assert "<td>12</td><td>-</td><td>-</td>" in read(overall=bare)
    assert "&lt;b&gt;" in read(parts={"factor <b>": bare}) and "<b>" not in read(parts={"factor <b>": bare})
    strange = ({"overall": 3}, {"overall": {}}, {"parts": [1]}, {"controls": {"a": 1}}, {"unaudited": "many"},
               {"overall": {**bare, "num_groups": "many"}}, {"overall": {**bare, "strict": {"text": "x"}}})  # fmt: skip
    for changes in strange:
        with pytest.raises(SvtaError, match=r"metrics\.json"):
            read(**changes)


def test_words_without_their_order() -> None:
    captions = ["A man waves, then a dog barks.", "A dog barks, then a man waves."]
    assert len(set(bag_of_words(captions))) == 1
    assert len(set(bag_of_words(["A dog.", "A cat."]))) == 2


def test_other_files_are_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "v.csv"
    table.write_text("a,b\n1,2\n")
    for arguments in (
        ["--probes", str(tmp_path)],
        ["--probes", str(table)],
        ["--probes", str(table), "--videos", str(tmp_path)],
    ):
        with pytest.raises(SystemExit) as end:
            main(["eval", "--model", "x", *arguments])
        assert end.value.code == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1 and "Traceback" not in lines[0]
        assert arguments[1] in lines[0], "the place that was given is named"
