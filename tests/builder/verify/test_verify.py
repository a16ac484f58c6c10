"""Verify: every flipped bit is found and named, every kind of tampering has its finding."""

from __future__ import annotations

import io
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from clip_videos import film
from finished import clip, clips_folder

from svta.builder.errors import DatasetError
from svta.builder.layout.manifest import read_build, seal
from svta.builder.packing.config import PackConfig
from svta.builder.packing.pack import pack
from svta.builder.paths import INDEX
from svta.builder.record import Clip
from svta.builder.shards.index import IndexRow, read_index, to_table, write_index
from svta.builder.shards.reader import read_shard
from svta.builder.shards.writer import write_shard
from svta.builder.taxonomy import load_taxonomy
from svta.builder.verify.finding import MAX_FINDINGS
from svta.builder.verify.folder import verify
from svta.builder.verify.video import check_video
from svta.builder.video.marking import SourceType, synthetic_mark
from svta.cli import main


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 clips of random bytes: what nothing decodes."""
    folder = tmp_path_factory.mktemp("packed")
    pack(clips_folder(folder / "clips", 200), folder / "d")
    return folder / "d"


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 real clips with proxies."""
    folder = tmp_path_factory.mktemp("filmed")
    clips = clips_folder(folder / "clips", 24, make=lambda i: clip(i).replace(width=80, height=48), video=film)
    pack(clips, folder / "d", PackConfig(proxy=32))
    return folder / "d"


@pytest.fixture
def dataset(packed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(packed, tmp_path / "d"))


def codes(dataset: Path, **options: str) -> dict[str, set[tuple[str, str | None]]]:
    found: dict[str, set[tuple[str, str | None]]] = {}
    for finding in verify(dataset, **options).findings:  # type: ignore[arg-type]
        found.setdefault(finding.code, set()).add((finding.file, finding.key))
    return found


def rewrite(dataset: Path, change: Callable[[list[IndexRow]], list[IndexRow]]) -> None:
    """Change rows of the index and seal the folder again: what somebody does who knows the checksums."""
    rows = change(list(read_index(dataset / INDEX)))
    shards: dict[str, list[IndexRow]] = {}
    for row in rows:
        shards.setdefault(row.shard, []).append(row)
    write_index(dataset / INDEX, [to_table(group) for group in shards.values()])
    seal(dataset, read_build(dataset))


def reshard(dataset: Path, name: str, change: Callable[[list[tuple[Clip, bytes]]], list[tuple[Clip, bytes]]]) -> None:
    """Write other clips into a shard and seal the folder again; the index stays."""
    write_shard(dataset / name, change(list(read_shard(dataset / name))))
    seal(dataset, read_build(dataset))


SHARD = "data/train/svta-train-00003.tar"


def test_a_packed_dataset_is_clean(packed: Path, filmed: Path) -> None:
    for level in ("quick", "full"):
        result = verify(packed, level=level)  # type: ignore[arg-type]
        assert result.ok and result.clips == 200 and result.files == 33
    deep = verify(filmed, level="deep")
    assert deep.ok, [str(f) for f in deep.findings]
    assert deep.clips == 24


def flip_bits(dataset: Path, flips: int, seed: int) -> None:
    """One flipped bit at a time: found, the file named, and the key where it lies in a clip; nothing else is blamed."""
    places: dict[str, list[tuple[int, str]]] = {}
    for index in (INDEX, f"proxy/{INDEX}"):
        for row in read_index(dataset / index) if (dataset / index).is_file() else ():
            places.setdefault(row.shard, []).append((row.offset - 512, row.clip.key))
    files = [path for path in sorted(dataset.rglob("*")) if path.is_file() and path.stat().st_size]
    rnd = random.Random(seed)
    for number in range(flips):
        path = files[number % len(files)] if number % 2 else rnd.choice(files)
        name, data = path.relative_to(dataset).as_posix(), path.read_bytes()
        at = rnd.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << rnd.randrange(8)]) + data[at + 1 :])
        findings = verify(dataset).findings
        key = None
        if name in places and at < len(data) - 1024:
            key = [k for offset, k in sorted(places[name]) if offset <= at][-1]
        assert any(f.file == name and (key is None or f.key == key) for f in findings), (name, at, key)
        assert all(f.file == name and f.key in (key, None) for f in findings), (name, at, [str(f) for f in findings])
        assert any(f.file == name for f in verify(dataset, level="quick").findings), (name, at)
        path.write_bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("flips", [pytest.param(60, marks=pytest.mark.slow), 12])
def test_every_flipped_bit_is_found_and_named(dataset: Path, flips: int) -> None:
    flip_bits(dataset, flips, seed=11)


@pytest.mark.nightly
def test_five_hundred_flipped_bits_in_a_dataset_with_proxies(tmp_path: Path) -> None:
    rejects = [{**clip(i).to_dict(), "reason": "too_dark"} for i in range(500, 510)]
    clips = clips_folder(tmp_path / "c", 200, make=lambda i: clip(i).replace(width=80, height=48), video=film)
    (tmp_path / "c" / "rejected.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rejects))
    pack(clips, tmp_path / "d", PackConfig(proxy=32))
    flip_bits(tmp_path / "d", 500, seed=12)


def test_files_that_are_gone_or_new(dataset: Path) -> None:
    shutil.copy(dataset / SHARD, dataset / "data/train/svta-train-00099.tar")
    assert ("data/train/svta-train-00099.tar", None) in codes(dataset)["unexpected"]
    (dataset / "data/train/svta-train-00099.tar").unlink()
    for name in (SHARD, "README.md", "taxonomy.json", INDEX):
        data = (dataset / name).read_bytes()
        (dataset / name).unlink()
        assert (name, None) in codes(dataset)["missing"], name
        (dataset / name).write_bytes(data)
    (dataset / "SHA256SUMS").unlink()
    assert "unfinished" in codes(dataset)


@pytest.mark.slow
def test_a_cut_shard(dataset: Path) -> None:
    data = (dataset / SHARD).read_bytes()
    for cut in (len(data) - 512, len(data) - 1024, len(data) // 2, 100, 0):
        (dataset / SHARD).write_bytes(data[:cut])
        assert any(f.file == SHARD for f in verify(dataset).findings), cut
        assert any(f.file == SHARD for f in verify(dataset, level="quick").findings), cut


def test_a_shard_that_is_not_what_the_index_lists(dataset: Path) -> None:
    keys = [c.key for c, _ in read_shard(dataset / SHARD)]
    saved = (dataset / SHARD).read_bytes()

    reshard(dataset, SHARD, lambda clips: clips[:3] + clips[4:])
    found = codes(dataset)
    assert found["missing"] == {(SHARD, keys[3])} and not found.keys() & {"header", "checksum"}  # it is no damage
    (dataset / SHARD).write_bytes(saved)

    extra = clip(7_777).replace(key="zz" + "0" * 18)
    reshard(dataset, SHARD, lambda clips: [*clips, (extra, b"x" * 900)])
    assert (SHARD, extra.key) in codes(dataset)["unexpected"]
    (dataset / SHARD).write_bytes(saved)

    reshard(dataset, SHARD, lambda clips: [clips[1], clips[0], *clips[2:]])
    assert "order" in codes(dataset)
    (dataset / SHARD).write_bytes(saved)

    def other_words(clips: list[tuple[Clip, bytes]]) -> list[tuple[Clip, bytes]]:
        return [(c.replace(caption="another caption") if c.key == keys[2] else c, v) for c, v in clips]

    reshard(dataset, SHARD, other_words)
    assert codes(dataset)["record"] == {(SHARD, keys[2])}
    (dataset / SHARD).write_bytes(saved)

    def other_video(clips: list[tuple[Clip, bytes]]) -> list[tuple[Clip, bytes]]:
        return [(c.replace(sha256=None), bytes(len(v))) if c.key == keys[5] else (c, v) for c, v in clips]

    reshard(dataset, SHARD, other_video)
    assert (SHARD, keys[5]) in codes(dataset)["checksum"]


def test_a_text_member_that_is_not_the_caption(dataset: Path) -> None:
    first = next(iter(read_shard(dataset / SHARD)))[0]
    data = (dataset / SHARD).read_bytes()
    at = data.index(first.caption.encode(), data.index(f"{first.key}.txt".encode()))
    (dataset / SHARD).write_bytes(data[:at] + b"Z" + data[at + 1 :])
    seal(dataset, read_build(dataset))
    [finding] = verify(dataset).findings
    assert (finding.file, finding.key) == (SHARD, first.key) and "txt" in finding.problem


@pytest.mark.slow
def test_leaks_and_splits(dataset: Path) -> None:
    rows = list(read_index(dataset / INDEX))
    train = next(row for row in rows if row.split == "train")
    test = next(row for row in rows if row.split == "test")

    def same_group(rows: list[IndexRow]) -> list[IndexRow]:
        leaking = train.clip.replace(group=test.clip.group)
        return [row._replace(clip=leaking) if row.clip.key == train.clip.key else row for row in rows]

    rewrite(dataset, same_group)
    assert {test.clip.key, train.clip.key} & {key for _, key in codes(dataset)["group_leak"]}

    def same_recording(rows: list[IndexRow]) -> list[IndexRow]:
        filmed = json.dumps({"imported": {"footage": "abc"}})
        changed = {row.clip.key: row.clip.replace(provenance=filmed) for row in (train, test)}
        return [row._replace(clip=changed.get(row.clip.key, row.clip)) for row in rows]

    rewrite(dataset, same_recording)
    found = verify(dataset, level="full")
    copies = [(note.code, note.key) for note in found.notes if note.code == "recording_copy"]
    assert {test.clip.key, train.clip.key} & {key for _, key in copies} and len(copies) == 1

    def same_caption(rows: list[IndexRow]) -> list[IndexRow]:
        leaking = train.clip.replace(caption=test.clip.caption.upper())
        return [row._replace(clip=leaking) if row.clip.key == train.clip.key else row for row in rows]

    rewrite(dataset, lambda _: rows)
    assert verify(dataset).ok
    rewrite(dataset, same_caption)
    assert "caption_leak" in codes(dataset)
    rewrite(dataset, lambda _: [r._replace(split="validation") if r is train else r for r in rows])
    assert (INDEX, train.clip.key) in codes(dataset)["split"]
    rewrite(dataset, lambda _: [*rows[:1], *rows[:-1]])
    assert (INDEX, rows[0].clip.key) in codes(dataset)["duplicate"]


def test_categories_counts_and_card(dataset: Path) -> None:
    rows = list(read_index(dataset / INDEX))
    odd = rows[0].clip.replace(category="no such category")
    rewrite(dataset, lambda _: [rows[0]._replace(clip=odd), *rows[1:]])
    assert codes(dataset)["category"] == {(INDEX, odd.key)}
    rewrite(dataset, lambda _: rows)
    card = (dataset / "README.md").read_text()
    build = {**read_build(dataset), "clips": 199}
    count = build["splits"]["train"]
    (dataset / "README.md").write_text(card.replace(f"num_examples: {count}", f"num_examples: {count + 1}"))
    seal(dataset, build)
    found = codes(dataset)
    assert found["card"] == {("README.md", None)} and found["count"] == {("build.json", None)}
    (dataset / "README.md").write_text(card + "\n## My own words\n")
    seal(dataset, {**build, "clips": 200})
    assert verify(dataset).ok


TAMPERED: dict[str, tuple[str, str]] = {
    "configs": ("data/train/svta-train-*", "data/train/svta-*"),
    "dataset_info": ("num_examples: ", "num_examples: 1"),
    "license": ("license: other", "license: mit"),
    "license_name": ("license_name: strictest-of-sources", "license_name: free"),
    "size_categories": ("- n<1K", "- 1M<n<10M"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_every_yaml_field_that_speaks_of_the_content_is_compared(tmp_path: Path, name: str) -> None:
    pack(clips_folder(tmp_path / "c", 24, source="nobody-knows"), tmp_path / "d")
    card = (tmp_path / "d" / "README.md").read_text()
    told, other = TAMPERED[name]
    assert told in card
    (tmp_path / "d" / "README.md").write_text(card.replace(told, other, 1))
    seal(tmp_path / "d", read_build(tmp_path / "d"))
    [finding] = verify(tmp_path / "d").findings
    assert finding.code == "card" and f"YAML field {name} " in finding.problem
    (tmp_path / "d" / "README.md").write_text(card.replace("- synthetic\n", "- synthetic\n- my-own-tag\n"))
    seal(tmp_path / "d", read_build(tmp_path / "d"))
    assert verify(tmp_path / "d").ok


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("croissant.json", '"sha256": "', '"sha256": "0', "croissant"),
        ("croissant.json", '"distribution"', '"distributed"', "croissant"),
        ("eval.yaml", "split: test", "split: dev", "eval"),
        ("eval.yaml", "tasks:", "chores:", "eval"),
    ],
)
def test_descriptions_for_machines_speak_of_this_dataset(
    dataset: Path, name: str, old: str, new: str, code: str
) -> None:
    text = (dataset / name).read_text()
    assert old in text
    (dataset / name).write_text(text.replace(old, new))
    seal(dataset, read_build(dataset))
    assert codes(dataset) == {code: {(name, None)}}


def test_a_damaged_index_still_lets_shards_be_checked(dataset: Path) -> None:
    keys = [c.key for c, _ in read_shard(dataset / SHARD)]
    (dataset / INDEX).write_bytes(b"PAR1 no more")
    data = bytearray((dataset / SHARD).read_bytes())
    data[600] ^= 4
    (dataset / SHARD).write_bytes(data)
    found = codes(dataset)
    assert (INDEX, None) in found["checksum"] and (SHARD, keys[0]) in found["checksum"]


def test_deep_looks_at_the_pictures(tmp_path: Path) -> None:
    def odd(made: Clip) -> bytes:
        n = int(made.source_id or 0)
        if n == 1:
            return film(made, num_frames=32)
        if n == 2:
            return film(made, term=None)
        if n == 3:
            return film(made, fps=8)
        if n == 4:
            return film(clip(99))  # another clip's mark
        return b"no video at all" * 50 if n == 5 else film(made)

    clips = clips_folder(
        tmp_path / "c", 8, make=lambda i: clip(i).replace(width=80, height=64 if i == 6 else 48), video=odd
    )
    pack(clips, tmp_path / "d")
    assert verify(tmp_path / "d").ok
    found = {code: {key for _, key in places} for code, places in codes(tmp_path / "d", level="deep").items()}
    want = {"num_frames": {1}, "mark": {2, 4}, "fps": {3}, "video": {5}, "size": {6}}
    assert found == {code: {clip(i).key for i in numbers} for code, numbers in want.items()}


def test_proxies_are_checked_like_the_rest(filmed: Path, tmp_path: Path) -> None:
    dataset = Path(shutil.copytree(filmed, tmp_path / "d"))
    small = next(iter(read_index(dataset / "proxy" / INDEX)))
    assert (small.clip.width, small.clip.height) == (54, 32)
    data = bytearray((dataset / small.shard).read_bytes())
    data[small.offset + 50] ^= 8
    (dataset / small.shard).write_bytes(data)
    assert (small.shard, small.clip.key) in codes(dataset)["checksum"]


def test_a_clip_and_its_small_video_are_in_one_split(filmed: Path, tmp_path: Path) -> None:
    dataset = Path(shutil.copytree(filmed, tmp_path / "d"))
    first, *rows = read_index(dataset / "proxy" / INDEX)
    other = "test" if first.split == "train" else "train"
    write_index(dataset / "proxy" / INDEX, [to_table([row]) for row in (first._replace(split=other), *rows)])
    seal(dataset, read_build(dataset))
    problems = [f.problem for f in verify(dataset).findings if (f.code, f.key) == ("split", first.clip.key)]
    assert f"is in {other} here and in {first.split} in {INDEX}" in problems


@pytest.mark.parametrize("name", ["good_3.tar", "duplicate_keys.tar", "split_sample.tar", "no_eof_blocks.tar"])
def test_a_single_tar(shared: Path, name: str) -> None:
    result = verify(shared / "data" / "bad" / "tar" / name)
    assert result.ok == (name == "good_3.tar")
    assert name != "good_3.tar" or result.clips == 3


def test_bytes_after_the_last_clip_of_a_shard(dataset: Path) -> None:
    with open(dataset / SHARD, "ab") as file:
        file.write(bytes(512))
    seal(dataset, read_build(dataset))
    assert codes(dataset)["layout"] == {(SHARD, None)}
    assert "512 bytes after the last clip" in str(verify(dataset).findings[0])


def test_a_clip_in_one_variant_only(filmed: Path, tmp_path: Path) -> None:
    dataset = Path(shutil.copytree(filmed, tmp_path / "d"))
    rows = list(read_index(dataset / "proxy" / INDEX))
    lost = rows.pop()
    assert lost.shard == rows[-1].shard
    reshard(dataset, lost.shard, lambda clips: clips[:-1])
    write_index(dataset / "proxy" / INDEX, [to_table([row]) for row in rows])
    seal(dataset, read_build(dataset))
    found = codes(dataset)
    assert found["proxy"] == {(f"proxy/{INDEX}", lost.clip.key)}
    assert "1 clip is in one variant only" in " ".join(f.problem for f in verify(dataset).findings)


def test_the_number_of_rejects_is_compared(dataset: Path) -> None:
    with open(dataset / "rejected.jsonl", "a") as file:
        file.write('{"key":"k","reason":"too_dark"}\n')
    seal(dataset, read_build(dataset))
    assert codes(dataset) == {"count": {("build.json", None)}}
    with open(dataset / "rejected.jsonl", "a") as file:
        file.write("no JSON\n")
    seal(dataset, {**read_build(dataset), "rejected": 2})
    assert codes(dataset) == {"rejected": {("rejected.jsonl", None)}}


@pytest.mark.parametrize(("colorspace", "color_range", "found"), [(1, 1, []), (5, 1, ["colour"]), (1, 2, ["colour"])])
def test_the_colour_tags_of_a_synthetic_clip(colorspace: int, color_range: int, found: list[str]) -> None:
    made = clip(1).replace(width=80, height=48, num_frames=4)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata.update(synthetic_mark("algorithmicMedia", made.key))
        stream = container.add_stream("libx264", rate=16)
        stream.width, stream.height, stream.pix_fmt = 80, 48, "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = colorspace, color_range
        for shade in range(4):
            frame = av.VideoFrame.from_ndarray(np.full((48, 80, 3), 50 * shade, np.uint8), format="rgb24")
            frame = frame.reformat(format="yuv420p")
            frame.colorspace, frame.color_range = colorspace, color_range
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert [finding.code for finding in check_video(made, buffer.getvalue(), "x.tar")] == found
    real = made.replace(synthetic=False)
    assert not list(check_video(real, buffer.getvalue(), "x.tar"))  # footage comes in all colours


@pytest.mark.parametrize(
    ("generator", "term", "found"),
    [
        ("storyboard", "algorithmicMedia", []),
        ("storyboard", "trainedAlgorithmicMedia", ["mark"]),
        ("Wan-AI/Wan2.1-T2V-1.3B", "trainedAlgorithmicMedia", []),
        ("a renderer of my own", "algorithmicMedia", []),
        ("a renderer of my own", None, ["mark"]),
    ],
)
def test_the_mark_of_a_backend(generator: str, term: SourceType | None, found: list[str]) -> None:
    made = clip(1).replace(width=80, height=48, generator=generator)
    assert [finding.code for finding in check_video(made, film(made, term=term), "x.tar")] == found


def test_an_index_of_bad_rows_gives_examples_and_a_count(dataset: Path) -> None:
    table = pq.read_table(dataset / INDEX)
    row = table.to_pylist()[0]
    bad = [{**row, "key": f"k{number:05d}", "caption": ""} for number in range(2_500)]
    pq.write_table(pa.Table.from_pylist(bad, schema=table.schema), dataset / INDEX)
    seal(dataset, read_build(dataset))
    found = [finding for finding in verify(dataset).findings if finding.code == "record"]
    assert len(found) == MAX_FINDINGS + 1 and found[-1].problem == "1,500 more findings of this kind"
    assert {finding.key for finding in found[:-1]} == {f"k{number:05d}" for number in range(MAX_FINDINGS)}


ODD_TYPES = (pa.int64(), pa.string(), pa.float64(), pa.list_(pa.string()), pa.binary())


@pytest.mark.parametrize("name", ["key", "caption", "split", "shard", "offset", "size", "sha256", "flags", "category"])
def test_an_index_of_other_types_is_a_finding(dataset: Path, name: str) -> None:
    whole = pq.read_table(dataset / INDEX)
    place = whole.schema.get_field_index(name)
    for kind in ODD_TYPES:
        if kind == whole.schema.field(name).type:
            continue
        value = {"int64": 7, "string": "7", "double": 7.5, "binary": b"7"}.get(str(kind), ["7"])
        column = pa.array([value] * len(whole), kind)
        pq.write_table(whole.set_column(place, name, column), dataset / INDEX)
        seal(dataset, read_build(dataset))
        for level in ("quick", "full"):
            result = verify(dataset, level=level)  # type: ignore[arg-type]
            assert not result.ok or name in ("caption", "category", "flags", "sha256"), (kind, level)
            assert not result.ok or level == "quick", kind
    pq.write_table(whole.drop_columns([name]), dataset / INDEX)
    seal(dataset, read_build(dataset))
    assert not verify(dataset).ok


def test_command_line(packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*args: object) -> int:
        with pytest.raises(SystemExit) as stop:
            main(["verify", *map(str, args)])
        return int(stop.value.code or 0)

    assert run(packed) == 0 and "200 clips" in capsys.readouterr().out
    broken = Path(shutil.copytree(packed, tmp_path / "d"))
    key = next(iter(read_shard(broken / SHARD)))[0].key
    data = bytearray((broken / SHARD).read_bytes())
    data[700] ^= 1
    (broken / SHARD).write_bytes(data)
    assert run(broken, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert {(f["shard"], f["key"], f["code"]) for f in told["findings"]} == {(SHARD, key, "checksum")}
    for args in ((tmp_path,), (tmp_path / "absent",), (packed, "--quick", "--deep")):
        assert run(*args) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1, error


def test_index_without_a_column_is_a_finding(dataset: Path) -> None:
    table = pq.read_table(dataset / INDEX).drop_columns(["offset"])
    pq.write_table(table, dataset / INDEX)
    seal(dataset, read_build(dataset))
    assert "no column offset" in " ".join(f.problem for f in verify(dataset).findings)


def test_what_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not an svta dataset"):
        verify(tmp_path)
    (tmp_path / ".build").mkdir()
    with pytest.raises(DatasetError, match="not finished"):
        verify(tmp_path)
    assert load_taxonomy().names
