"""Runs of five words: found whatever stands around and between them, not where they are everybody's."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, PngImagePlugin

from svta.builder.errors import DatasetError
from svta.builder.hub.caption_search import CaptionSearch, words_of

CAPTION = "A man in a red coat falls over \"a\" box near the café; nobody helps."  # fmt: skip
RUN = "red coat falls over a"


@pytest.fixture(scope="module")
def search() -> CaptionSearch:
    return CaptionSearch([CAPTION, "Two dogs."])


@pytest.mark.parametrize(
    "text",
    [
        "RED coat, falls -- over: a",
        "red_coat_falls_over_a.mp4",
        "red\\ncoat\\tfalls\\nover a",
        "red coat falls over&nbsp;a",
        "red%20coat%20falls+over%20a",
        "ｒｅｄ coat falls over a",
        json.dumps({"x": "box near the café; nobody"}),
        "falls over &quot;a&quot; box near",
        "[\"red\", \"coat\", \"falls\", \"over\", \"a\"]",
    ],
)  # fmt: skip
def test_a_run_is_found_in_any_dress(search: CaptionSearch, text: str) -> None:
    assert search.find(text) is not None
    wide = [b"\xe9" * 9 + text.encode(name) for name in ("utf-16-le", "utf-16-be")] if text.isascii() else []
    for data in (text.encode(), b"\x00\x9f" + text.encode() + b"\xff\x00", *wide):
        assert search.find_bytes(data) is not None


@pytest.mark.parametrize("text", ["red coat falls over", "a red coat falls on a box near", "Two dogs.", ""])
def test_four_words_are_no_run(search: CaptionSearch, text: str) -> None:
    assert search.find(text) is None and search.find_bytes(text.encode()) is None


def test_the_shortest_run_is_found_between_other_bytes() -> None:
    shortest = CaptionSearch(["I am on a bus."])
    for data in (b"i am on a bus", b"\xffi am on a bus\x00", b"\x00\x01i am on a bus"):
        assert shortest.find_bytes(data) == "i am on a bus"


def test_words() -> None:
    assert words_of("It's A_B\\u00e9 &amp; c%20d 男が倒れる") == ["it", "s", "a", "bé", "c", "d", *"男が倒れる"]
    assert CaptionSearch(["男が赤い箱の上に倒れる"]).find("これは赤い箱の上です") == "赤 い 箱 の 上"
    assert words_of("\\ud83d\\ude00 x") == ["x"] and words_of("\\ud83d x") == ["x"]


def test_a_phrase_of_twenty_captions_is_everybody_s() -> None:
    captions = [f"In the middle of the night somebody number{i} runs off" for i in range(20)]
    assert CaptionSearch(captions).find("in the middle of the night") is None
    assert CaptionSearch(captions[:19]).find("in the middle of the night") == "in the middle of the"
    same = CaptionSearch([captions[0]] * 30 + [captions[0].upper()])  # one caption, however often it stands there
    assert same.find("in the middle of the night") == "in the middle of the"
    assert CaptionSearch(captions).find("night somebody number3 runs off") is not None


def test_what_is_published_is_public(search: CaptionSearch) -> None:
    other = CaptionSearch([CAPTION])
    other.allow("A man in a red coat waits.")
    assert other.find("a man in a red coat") is None and other.find(f"x {RUN}") == RUN


def test_near_copies(search: CaptionSearch) -> None:
    assert search.original_of(CAPTION.replace("red", "blue"), independent=True) == CAPTION
    chance = "A woman sees how a man in a red coat gets off a bus at the corner and buys a newspaper."
    assert search.original_of(chance, independent=True) is None
    assert search.original_of(chance, independent=False) == CAPTION
    assert search.original_of("A dog sleeps in the sun all day.", independent=False) is None
    half = "red coat falls over a wall"  # one of its two runs
    assert search.original_of(half, independent=True) == CAPTION
    assert search.original_of(f"{half} today", independent=True) is None


def test_a_run_is_found_across_the_border_of_two_blocks(
    search: CaptionSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("svta.builder.hub.caption_search._BLOCK", 64)
    for offset in range(1, 65):
        (tmp_path / "a.tar").write_bytes(b"\0" * offset + RUN.encode() + b"\0" * 70)
        assert search.find_in_file(tmp_path / "a.tar") == RUN


@pytest.mark.slow
@pytest.mark.parametrize(
    "offset",
    [
        pytest.param(0, marks=pytest.mark.slow),
        (16 << 20) - 9,
        pytest.param((16 << 20) + 1, marks=pytest.mark.slow),
        pytest.param(20_000_000, marks=pytest.mark.slow),
    ],
)
def test_a_run_is_found_anywhere_in_a_large_file(search: CaptionSearch, tmp_path: Path, offset: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 20_000_100, np.uint8).tobytes()
    (tmp_path / "a.tar").write_bytes(noise[:offset] + f" {RUN} ".encode() + noise[offset:])
    (tmp_path / "b.tar").write_bytes(noise)
    files = {"a.tar": tmp_path / "a.tar", "b.tar": tmp_path / "b.tar"}
    assert search.find_in_files(files) == {"a.tar": RUN}


def test_columns_of_parquet_are_decoded(search: CaptionSearch, tmp_path: Path) -> None:
    columns = {
        "plain": ["x", f"so {RUN} box"],
        "nested": [["x"], [f"{RUN} box"]],
        "struct": [{"a": "x"}, {"a": {"b": f"{RUN} box"}["b"]}],
        "binary": [b"x", f"{RUN} box".encode()],
    }
    for name, values in columns.items():
        column = pa.array(values)
        if name == "plain":
            column = column.dictionary_encode()
        pq.write_table(pa.table({"c": column}), tmp_path / f"{name}.parquet", compression="zstd")
        assert search.find_in_file(tmp_path / f"{name}.parquet") == RUN, name
    escaped = "".join(f"&#{ord(letter)};" for letter in RUN)  # nothing that the bytes of the file would show
    kinds = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.binary(len(escaped)))
    for kind in (*kinds, pa.list_(pa.large_string()), pa.large_list(pa.binary()), pa.map_(pa.string(), pa.string())):
        value = [escaped] if pa.types.is_list(kind) or pa.types.is_large_list(kind) else escaped
        value = [(escaped, "x")] if pa.types.is_map(kind) else value
        pq.write_table(pa.table({"c": pa.array([None, value], kind)}), tmp_path / "kind.parquet", compression="zstd")
        assert search.find_in_file(tmp_path / "kind.parquet") == RUN, kind
    late = pa.table({"c": ["nothing"] * 9 + [escaped]})
    pq.write_table(late, tmp_path / "late.parquet", compression="zstd", row_group_size=5)
    assert search.find_in_file(tmp_path / "late.parquet") == RUN
    for note in ({"note": escaped}, {escaped: "note"}):
        pq.write_table(pa.table({"c": [1]}).replace_schema_metadata(note), tmp_path / "noted.parquet")
        assert search.find_in_file(tmp_path / "noted.parquet") == RUN
    pq.write_table(pa.table({RUN: [1]}), tmp_path / "name.parquet")
    assert search.find_in_file(tmp_path / "name.parquet") == RUN
    pq.write_table(pa.table({"c": ["nothing", None, ""]}), tmp_path / "none.parquet")
    assert search.find_in_file(tmp_path / "none.parquet") is None
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no table PAR1")
    with pytest.raises(DatasetError, match=r"broken\.parquet: Parquet .+; it cannot be searched"):
        search.find_in_file(tmp_path / "broken.parquet")


def test_metadata_of_pictures_is_decoded(search: CaptionSearch, tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", f"{RUN} box " * 20, zip=True)
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "png", pnginfo=info)
    assert RUN.encode() not in picture.getvalue()
    (tmp_path / "a.png").write_bytes(picture.getvalue())
    assert search.find_in_files({"a.png": tmp_path / "a.png"}) == {"a.png": RUN}


def test_exif_that_a_compressed_text_holds_in_hex_is_read(search: CaptionSearch, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[270] = f"{RUN} box"  # ImageDescription
    data = exif.tobytes()
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(data):8}\n{data.hex()}", zip=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=info)
    assert search.find_in_file(tmp_path / "a.png") == RUN


def test_names_of_files_are_searched(search: CaptionSearch, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    assert search.find_in_files({"plots/red-coat-falls-over-a.svg": tmp_path / "x"})
    assert not CaptionSearch(["Two dogs."]) and CaptionSearch([]).find_in_files({"x": tmp_path / "gone"}) == {}
