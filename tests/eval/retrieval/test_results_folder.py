"""RESULTS/ on disk: figures before pictures, one writer at a time, hostile and torn files, keys that are paths."""

from __future__ import annotations

import io
import json
import math
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from eval_world import environment
from PIL import Image
from squares import frames

from svta.builder.errors import DatasetError, SvtaError
from svta.builder.record import Clip
from svta.builder.video.container import probe
from svta.builder.video.encoder import encode
from svta.builder.video.marking import synthetic_mark
from svta.cli import main
from svta.eval.metrics.figures import Directions, ResultsError, from_json
from svta.eval.metrics.rank_table import RankTable
from svta.eval.reports.comparison import comparison
from svta.eval.reports.page import render, write_tables
from svta.eval.retrieval.result import EvalRecord, EvalResult, Metrics
from svta.eval.retrieval.results_folder import (
    _read_ranks,
    best_and_worst,
    draw_strip,
    open_results,
    read_results,
    small_clip,
    write_results,
)

FIGURES = {"R@1": 50.0, "R@5": 75.0, "R@10": 100.0, "MdR": 1.5, "MnR": 4.25}
JPEG, MP4 = b"\xff\xd8 a picture", b"\0\0\0\x20ftypisom"


@pytest.mark.parametrize("value", [True, "50", None, math.nan, 10**400, [1.0]])
def test_a_figure_that_is_no_number_is_none(value: object) -> None:
    assert from_json(Directions, {"t2v": {"R@1": value, "MdR": 3}, "v2t": {}}, "x").t2v == {"R@1": None, "MdR": 3.0}


def result(**more) -> EvalResult:
    """Four queries, two of them found first."""
    keys = [f"k{i}" for i in range(4)]
    ranks = RankTable(
        keys,
        np.array([1.0, 1.0, 12.0, 3.5]),
        np.array([1.0, 2.0, 2.0, 400.0]),
        caption=[f"caption {i}" for i in range(4)],
        category=[None] * 4,
        is_anomaly=[True, False, None, None],
        group=[None] * 4,
        source=["made"] * 4,
        generator=["storyboard"] * 4,
        score=np.array([0.5, 0.9, 0.1, 0.2], np.float32),
        top_key=["k0", "k1", "k1", "k0"],
        top_score=np.array([0.5, 0.9, 0.4, 0.6], np.float32),
    )
    config = EvalRecord(name="model a", data="set", split="test", frames={"num_frames": 12, "size": 224})
    return EvalResult(config, Metrics(FIGURES, FIGURES, 4), ranks, strip=lambda key: JPEG, clip=lambda key: MP4, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_results(tmp_path / "run", result())
    return tmp_path / "run"


def test_what_is_written_is_read_back(folder: Path) -> None:
    back, given = read_results(folder), result()
    assert back.config == given.config and back.metrics == given.metrics and back.name == "model a"
    for name in RankTable.__dataclass_fields__:
        assert np.array_equal(getattr(back.ranks, name), getattr(given.ranks, name)), name
    assert back.strip("k1") == JPEG and {path.stem for path in (folder / "strips").iterdir()} == {
        "k0",
        "k1",
        "k2",
        "k3",
    }
    assert EvalResult.from_dict(given.to_dict(), given.ranks).to_dict() == given.to_dict()


def test_best_and_worst_share_no_query() -> None:
    assert best_and_worst(result().ranks) == ([1, 0], [2, 3])
    assert best_and_worst(RankTable(["a"], np.array([1.0]), score=np.array([0.1]))) == ([0], [])


def test_figures_are_there_before_the_first_picture(tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    def strip(key: str) -> bytes:
        raise Killed

    with pytest.raises(Killed):
        write_results(tmp_path / "run", replace(result(), strip=strip))
    assert read_results(tmp_path / "run").metrics.t2v == FIGURES


def test_a_strip_shows_the_frames_of_a_clip() -> None:
    picture = Image.open(io.BytesIO(draw_strip(encode(frames(0, count=8), fps=8))))
    assert picture.size == (5 * 96 + 4 * 2, 96)
    short = Image.open(io.BytesIO(draw_strip(encode(frames(0, count=2), fps=8))))
    assert short.size == (2 * 96 + 2, 96)


@pytest.mark.slow
def test_clips_that_a_page_plays_are_small_and_plain_h264() -> None:
    clip = Clip(key="k1", caption="a man falls", synthetic=True)
    mark = synthetic_mark("algorithmicMedia", "k1")
    large = encode(np.random.default_rng(0).integers(0, 255, (8, 480, 832, 3), np.uint8), fps=8, metadata=mark)
    for video in (large, encode(frames(0, count=8), fps=8, codec="av1", metadata=mark)):
        small = probe(small_clip(clip, video))
        assert (small.codec, small.num_frames) == ("h264", 8) and min(small.width, small.height) <= 192
        assert "algorithmicMedia" in str(small.metadata)
    assert small_clip(clip, large * 40) is None  # a long clip is not kept, its frames are


def test_a_strip_of_very_wide_frames_is_drawn_lower() -> None:
    """JPEG holds 65,500 pixels a side: 144:1 frames at full height would need 69,128."""
    video = encode(np.random.default_rng(0).integers(0, 255, (6, 16, 2304, 3), np.uint8), fps=8)
    assert Image.open(io.BytesIO(draw_strip(video))).size == (5 * 1536 + 8, 11)


def test_two_evaluations_in_one_folder_are_refused(tmp_path: Path) -> None:
    with open_results(tmp_path / "run") as write:
        with pytest.raises(DatasetError, match="another process is at work there"):
            write_results(tmp_path / "run", result())
        code = "import sys; from svta.eval.retrieval.results_folder import open_results\n"
        code += "with open_results(sys.argv[1]): pass"
        other = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "run")], env=environment(), capture_output=True, text=True
        )
        assert other.returncode == 1 and "another process is at work there" in other.stderr
        write(result())
    write_results(tmp_path / "run", result())


def test_keys_of_foreign_ranks_reach_no_file_outside(tmp_path: Path, folder: Path) -> None:
    secret = tmp_path / "passport.jpg"
    secret.write_bytes(b"\xff\xd8 a passport")
    (folder / "strips" / "linked.jpg").symlink_to(secret)
    (folder / "strips" / "text.jpg").write_bytes(b"root:x:0:0")
    (folder / "strips" / "k2.mp4").write_bytes(b"<html>")
    run = read_results(folder)
    assert run.clip("k1") == MP4 and run.clip("k2") is None and run.clip("../../passport") is None
    for key in (str(secret)[:-4], "../../passport", "linked", "text", "k1\0", "a/../../../passport", "", "x" * 5000):
        assert run.strip(key) is None, key
    assert run.strip("k1") == JPEG
    shown = replace(run.ranks, key=["../../passport", "linked", str(secret)[:-4], "k1"], top_key=["linked"] * 4)
    page = render(comparison([replace(run, ranks=shown)]))
    assert "passport" not in page and page.count("data:image/jpeg") == 1


@pytest.mark.parametrize("name", ["metrics.json", "config.json", "ranks.parquet", "strips"])
def test_links_that_lead_out_of_results_are_not_followed(tmp_path: Path, folder: Path, name: str) -> None:
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    if name == "strips":
        assert read_results(folder).strip("k1") is None
        with pytest.raises(SvtaError, match="symbolic link"):
            write_results(folder, result())
        assert len(list((tmp_path / "strips").iterdir())) == 2 * 4
        return
    with pytest.raises(ResultsError, match="symbolic link"):
        read_results(folder)


def _refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which `svta report` ends; empty where it reports."""
    with pytest.raises(SystemExit) as done:
        main(["report", str(folder), "--out", str(folder.parent / "page.html")])
    err = capsys.readouterr().err.strip()
    assert done.value.code == (2 if err else 0) and len(err.splitlines()) <= 1 and "(not foreseen: " not in err, err
    return err


ODD = (None, True, 5, -1, 10**400, 1e300, "x", "\x1b[2J", [], [1], [None], {}, {"x": 1}, {"R@1": "x"}, {"R@1": [1]})


@pytest.mark.slow
@pytest.mark.parametrize("section", [name for name in Metrics.__dataclass_fields__])
def test_odd_values_of_every_section_are_read_or_refused_in_one_line(folder, capsys, section: str) -> None:
    whole = json.loads((folder / "metrics.json").read_text())
    refused = 0
    for value in ODD:
        for shape in (value, [value], {"t2v": value}, {"a": {"t2v": value, "v2t": {}, "queries": value}}):
            text = json.dumps({**whole, section: shape})
            (folder / "metrics.json").write_text(text)
            try:
                told = comparison([read_results(folder)])
                render(told)
                json.dumps(told.to_dict(), allow_nan=False)
                write_tables(told, folder.parent / "page.html")
            except ResultsError as error:
                refused += 1
                assert len(str(error).splitlines()) == 1 and str(error).isprintable() and section in str(error)
    assert refused > 0


@pytest.mark.parametrize("name", ["metrics.json", "config.json"])
def test_files_that_are_no_json_object(folder: Path, capsys, name: str) -> None:
    texts = [
        "",
        "{",
        "[]",
        "5",
        "null",
        '"x"',
        "[" * 200_000,
        '{"t2v": ' * 50_000,
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        "\ud800",
    ]
    for text in texts:
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        assert name in _refused(folder, capsys), text[:20]
    (folder / name).write_bytes(b"[" + b"[]," * 30_000_000 + b"[]]")
    assert "the limit is" in _refused(folder, capsys)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert name in _refused(folder, capsys)


@pytest.mark.parametrize("field", [name for name in EvalRecord.__dataclass_fields__])
def test_odd_settings(folder: Path, field: str) -> None:
    refused = 0
    for value in ODD:
        try:
            from_json(EvalRecord, {field: value}, "config.json")
        except ResultsError as error:
            refused += 1
            assert f"{field} is of another kind" in str(error) and str(error).isprintable()
    assert refused > 5


COLUMNS = {
    "key": ["k0", "k1", "k2", "k3"],
    "caption": ["a", "b", "c", "d"],
    "t2v_rank": [1.0, 2.0, 3.0, 4.0],
    "v2t_rank": [1.0, 2.0, 3.0, 4.0],
    "score": [0.5, 0.4, 0.3, 0.2],
    "top_key": ["k0", "k1", "k2", "k3"],
    "group": [None, "g", "g", None],
    "generator": ["storyboard"] * 4,
    "is_anomaly": [True, None, False, None],
}
ODD_COLUMNS = {
    "missing": None,
    "null": pa.nulls(4),
    "text": pa.array(["x", None, "", "\x1b"]),
    "bytes": pa.array([b"\xff"] * 4),
    "integers": pa.array([1, 2**62, -1, 0]),
    "NaN and infinity": pa.array([math.nan, math.inf, -math.inf, 0.0]),
    "huge": pa.array([1e308, -1e308, 5e-324, 0.0]),
    "lists": pa.array([[1], [], [2], None]),
    "structs": pa.array([{"a": 1}] * 4),
    "dates": pa.array([0, 1, 2, 3], pa.timestamp("ns")),
    "decimals": pa.array([1, 2, 3, 4]).cast(pa.decimal128(38, 5)),
    "categories": pa.array(["k0", "k1", "k2", "k3"]).dictionary_encode(),
    "truths": pa.array([True, False, None, True]),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_odd_columns_of_ranks_are_read_or_refused_in_one_line(folder: Path, capsys, column: str) -> None:
    plain = {name: pa.array(values) for name, values in COLUMNS.items()}
    refused = 0
    for kind, odd in ODD_COLUMNS.items():
        table = pa.table({name: values for name, values in {**plain, column: odd}.items() if values is not None})
        pq.write_table(table, folder / "ranks.parquet")
        refused += bool(line := _refused(folder, capsys))
        assert not line or "ranks.parquet" in line, kind
    assert refused >= 5


def test_damaged_ranks_are_refused_in_one_line(folder: Path, capsys) -> None:
    data = (folder / "ranks.parquet").read_bytes()
    rng = random.Random(0)
    refused = 0
    for _ in range(60):
        torn = bytearray(data)
        for _ in range(rng.randint(1, 30)):
            torn[rng.randrange(len(torn))] = rng.randrange(256)
        (folder / "ranks.parquet").write_bytes(torn[: rng.randrange(len(torn))] if rng.random() < 0.3 else torn)
        try:
            render(comparison([read_results(folder)]))
        except ResultsError as error:
            refused += 1
            assert len(str(error).splitlines()) == 1
    assert refused > 20
    (folder / "ranks.parquet").write_bytes(b"")
    assert "not readable as ranks" in _refused(folder, capsys)


def test_millions_of_rows_in_a_small_file_are_refused_before_they_are_read(folder: Path) -> None:
    table = pa.table({"key": pa.DictionaryArray.from_arrays(np.zeros(6_000_000, np.int8), ["k"]).cast(pa.string())})
    pq.write_table(table.append_column("t2v_rank", pa.array(np.ones(6_000_000))), folder / "ranks.parquet")
    assert (folder / "ranks.parquet").stat().st_size < 1_000_000
    with pytest.raises(ResultsError, match="6,000,000 rows"):
        read_results(folder)


def test_an_empty_table_of_ranks_is_a_report_without_queries(folder: Path, capsys) -> None:
    pq.write_table(pa.table({"key": pa.array([], pa.string()), "t2v_rank": pa.array([], pa.float64())}),
                   folder / "ranks.parquet")  # fmt: skip
    assert _refused(folder, capsys) == ""


def test_ranks_of_a_few_kilobytes_that_unpack_to_gigabytes_are_refused(tmp_path):
    said = pa.DictionaryArray.from_arrays(pa.array([0] * 400, pa.int32()), pa.array(["x " * 5_000_000]))
    columns = {"key": [f"k{i}" for i in range(400)], "t2v_rank": [1.0] * 400, "caption": said}
    pq.write_table(pa.table(columns), tmp_path / "ranks.parquet", compression="zstd", store_schema=False)
    with pytest.raises(ResultsError, match="ranks.parquet: its [0-9,]+ bytes unpack to over"):
        _read_ranks(tmp_path / "ranks.parquet")


def test_a_model_s_folder_is_no_place_for_results(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    with pytest.raises(DatasetError, match="contains config.json, which is not part of any evaluation"):
        write_results(tmp_path, result())
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
    assert (tmp_path / "config.json").read_text() == '{"model_type": "clip"}'
