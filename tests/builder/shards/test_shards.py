"""Shards: reproducible to write, strict to read, and every damaged tar behaves as its manifest says."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from svta.builder.record import Clip
from svta.builder.shards.reader import read_member, read_samples, read_shard
from svta.builder.shards.sample import ShardEntry, ShardError
from svta.builder.shards.writer import write_shard

CLIPS = [(Clip(key=f"clip-{i}", caption=f"a man number {i} falls é"), bytes([i + 1]) * (700 * i + 3)) for i in range(5)]


def tar_of(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, fmt: int = tarfile.USTAR_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=fmt) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def sample(key: str, caption: str = "a man walks") -> list[tuple[str, bytes]]:
    return [(f"{key}.mp4", b"video of " + key.encode()), (f"{key}.json", json.dumps({"caption": caption}).encode())]


def read(data: bytes) -> tuple[list[str], list[ShardError]]:
    errors: list[ShardError] = []
    keys = [clip.key for clip, _ in read_shard(io.BytesIO(data), on_error=errors.append)]
    return keys, errors


def test_round_trip_from_path_file_and_gzip(tmp_path: Path) -> None:
    path = tmp_path / "svta-train-00000.tar"
    entries = write_shard(path, iter(CLIPS))
    assert list(read_shard(path)) == CLIPS
    with open(path, "rb") as file:
        assert list(read_shard(file)) == CLIPS
    assert list(read_shard(io.BytesIO(gzip.compress(path.read_bytes())))) == CLIPS
    for entry, (clip, video), found in zip(entries, CLIPS, read_samples(path), strict=True):
        assert entry == ShardEntry(clip.key, found.offset, len(video), hashlib.sha256(video).hexdigest())
        assert read_member(path, entry.offset, entry.size) == video
        assert found.members == ("mp4", "json", "txt")


def test_records_of_every_length_read_the_same_both_ways(tmp_path: Path) -> None:
    lengths = [1, 300, 900, 1500, 2600, 3000, 3400, 5000, 19_000]
    clips = [
        (Clip(key=f"k{i}", caption="é" * (length % 2000 + 1), provenance="p" * length), b"v" * length)
        for i, length in enumerate(lengths)
    ]
    write_shard(tmp_path / "a.tar", clips)
    with open(tmp_path / "a.tar", "rb") as file:
        assert list(read_samples(tmp_path / "a.tar")) == list(read_samples(file))
    assert list(read_shard(tmp_path / "a.tar")) == clips


def test_tarfile_agrees_and_nothing_tells_when_or_who(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_shard(path, CLIPS)
    with tarfile.open(path) as tar:
        members = tar.getmembers()
        assert [m.name for m in members[:4]] == ["clip-0.mp4", "clip-0.json", "clip-0.txt", "clip-1.mp4"]
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o644)}
        text = tar.extractfile("clip-2.txt")
        assert text is not None and text.read().decode() == CLIPS[2][0].caption
    write_shard(tmp_path / "b.tar", CLIPS)
    assert path.read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_webdataset_reads_the_same_clips(tmp_path: Path) -> None:
    wds = pytest.importorskip("webdataset")
    write_shard(tmp_path / "a.tar", CLIPS)
    samples = list(wds.WebDataset(str(tmp_path / "a.tar"), shardshuffle=False))
    assert [(s["__key__"], s["mp4"], s["txt"].decode()) for s in samples] == [(c.key, v, c.caption) for c, v in CLIPS]


def test_write_refuses_and_leaves_nothing_behind(tmp_path: Path) -> None:
    clip, video = CLIPS[0]
    for clips, words in (
        ([(clip, video), (clip, video)], "is given twice"),
        ([(clip, b"")], "0 bytes"),
        ([(clip.replace(sha256="0" * 64), video)], "sha256"),
    ):
        with pytest.raises(ShardError, match=words) as caught:
            write_shard(tmp_path / "x.tar", clips)
        assert caught.value.key == clip.key
        assert list(tmp_path.iterdir()) == []


def test_a_foreign_shard_needs_only_mp4_and_caption() -> None:
    assert read(tar_of(*sample("a"), *sample("b"))) == (["a", "b"], [])
    odd = tar_of(("./a.json", b'{"caption": "x"}'), ("./a.cls", b"7"), ("./a.MP4", b"v"), ("./a.txt", b"x\n"))
    assert read(odd) == (["a"], [])


@pytest.mark.parametrize(
    ("members", "kept", "words"),
    [
        ([*sample("a.b"), *sample("c")], ["c"], "dot"),
        ([*sample("a"), ("b.mp4", b"v"), *sample("c")], ["a", "c"], "no json"),
        ([("a.mp4", b""), ("a.json", b'{"caption":"x"}'), *sample("c")], ["c"], "empty"),
        ([("a.mp4", b"v"), ("a.json", b'{"caption":""}'), *sample("c")], ["c"], "caption: is empty"),
        ([("a.mp4", b"v"), ("a.json", b'{"caption":NaN}'), *sample("c")], ["c"], "NaN"),
        ([("a.mp4", b"v"), ("a.json", b'{"key":"z","caption":"x"}'), *sample("c")], ["c"], "says key 'z'"),
        ([*sample("a", "x"), ("a.txt", b"y"), *sample("c")], ["c"], "txt is not the caption"),
        ([*sample("a"), ("a.mp4", b"v"), *sample("c")], ["c"], "two mp4"),
        ([*sample("a"), *sample("c"), *sample("a")], ["a", "c"], "second time"),
        ([*sample("../../x"), *sample("c")], ["c"], "is a path"),
        ([("x" * 81 + ".mp4", b"v"), *sample("c")], ["c"], "1 to 80"),
        ([("a.mp4", b"v"), ("a.json", b"{" + b" " * 1_000_001 + b"}"), *sample("c")], ["c"], "allowed"),
    ],
)
def test_one_bad_sample_is_named_and_the_others_are_read(
    members: list[tuple[str, bytes]], kept: list[str], words: str
) -> None:
    data = tar_of(*members)
    keys, errors = read(data)
    assert keys == kept
    assert len(errors) == 1 and words in str(errors[0]) and errors[0].key is not None
    with pytest.raises(ShardError, match="stream"):
        list(read_shard(io.BytesIO(data)))


def test_pax_times_are_harmless_and_pax_names_are_refused() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in (*sample("a"), *sample("b")):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1234.5  # as webdataset's TarWriter does
            if name == "b.mp4":
                info.pax_headers = {"path": "../evil.mp4"}
            tar.addfile(info, io.BytesIO(data))
    keys, errors = read(buffer.getvalue())
    assert keys == ["a"] and {error.key for error in errors} == {"../evil", "b"}


def test_a_name_set_for_all_members_refuses_all_of_them() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"path": "evil.mp4"}) as tar:
        for name, data in (*sample("a"), *sample("b")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    keys, errors = read(buffer.getvalue())
    assert keys == [] and errors and all("PAX record sets its path" in str(error) for error in errors)


def test_one_closing_block_is_no_end(tmp_path: Path) -> None:
    write_shard(tmp_path / "x.tar", [(Clip(key="a", caption="a man walks"), b"mp4")])
    whole = (tmp_path / "x.tar").read_bytes()
    assert whole.endswith(bytes(1_024)) and read(whole)[1] == []
    keys, errors = read(whole[:-512])
    assert keys == ["a"] and "without the two closing blocks" in str(errors[0])
    keys, errors = read(whole[:-512] + b"x" * 512)
    assert keys == ["a"] and "data after a closing block" in str(errors[0])
    assert read(whole + bytes(9_216))[1] == []  # tar fills up to 10 kB
    keys, errors = read(whole + bytes(512) + b"x")
    assert keys == ["a"] and "data after the end of the archive" in str(errors[0])


def test_sparse_members_are_refused_whatever_they_declare() -> None:
    header = bytearray(tar_of(("a.mp4", b"x" * 512))[:512])
    header[156:157] = b"S"
    header[482] = 1  # one more block of the sparse map follows
    header[483:495] = b"\x80" + (1 << 40).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    data = bytes(header) + bytes(512) + b"x" * 512 + tar_of(*sample("b"))
    keys, errors = read(data)
    assert keys == ["b"] and "sparse" in str(errors[0])


def test_a_damaged_header_in_the_middle_is_never_silent(tmp_path: Path) -> None:
    data = bytearray(tar_of(*sample("a"), *sample("b"), *sample("c")))
    data[4 * 512 + 148] ^= 1
    keys, errors = read(bytes(data))
    assert keys == ["a"] and "damaged header at byte 2,048" in str(errors[0])


@pytest.mark.parametrize("cut", [1, 511, 512, 700, 1024, 1500, 2048, 3000, 3584])
def test_every_cut_is_noticed(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.tar"
    data = tar_of(*sample("a"), *sample("b"))[: 8 * 512]
    path.write_bytes(data[:cut])
    for source in (path, io.BytesIO(data[:cut])):
        errors: list[ShardError] = []
        assert len(list(read_shard(source, on_error=errors.append))) <= cut // 2048
        assert errors


def test_read_member_beyond_the_end_names_the_shard(tmp_path: Path) -> None:
    (entry, *_) = write_shard(tmp_path / "a.tar", CLIPS[4:])
    os.truncate(tmp_path / "a.tar", 1000)
    with pytest.raises(ShardError, match=r"a\.tar.*cut or replaced"):
        read_member(tmp_path / "a.tar", entry.offset, entry.size)
    with pytest.raises(ShardError, match="index is damaged"):
        read_member(tmp_path / "a.tar", 0, 1 << 50)


@pytest.mark.parametrize("buffering", [None, -1, 0])
def test_a_shard_that_is_written_to_under_its_reader_never_ends_in_silence(
    tmp_path: Path, buffering: int | None
) -> None:
    """Every header stays where it was, so that only the file's own stamp tells. None: read by its path."""
    path, other = tmp_path / "a.tar", tmp_path / "b.tar"
    write_shard(path, CLIPS)
    write_shard(other, [(clip.replace(caption=clip.caption[::-1]), video[::-1]) for clip, video in CLIPS])
    with open(path, "rb", buffering=-1 if buffering is None else buffering) as file:
        reader = read_shard(path if buffering is None else file)
        next(reader)
        with open(path, "r+b") as again:
            again.write(other.read_bytes())
        os.utime(path, ns=(0, 0))
        with pytest.raises(ShardError, match=r"a\.tar: was written to while it was read"):
            list(reader)
    assert len(list(read_shard(path))) == len(CLIPS)


def test_what_cannot_be_opened_names_the_shard_and_a_fifo_is_a_stream(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match=r"none\.tar: cannot be opened: No such file"):
        list(read_shard(tmp_path / "none.tar"))
    with pytest.raises(ShardError, match="cannot be opened: Is a directory"):
        list(read_shard(tmp_path))
    write_shard(tmp_path / "a.tar", CLIPS)
    os.mkfifo(tmp_path / "fifo")
    with subprocess.Popen(f"cat a.tar > {tmp_path}/fifo", shell=True, cwd=tmp_path):
        assert list(read_shard(tmp_path / "fifo")) == CLIPS


# file -> (samples read, whether an error is reported) as ../data/bad/MANIFEST.json asks
BAD_TARS = {
    "good_3.tar": (3, False), "traversal.tar": (1, True), "backslash_drive.tar": (0, True), "symlink.tar": (0, True),
    "symlink_dir_write_through.tar": (0, True), "devices.tar": (0, True), "duplicate_keys.tar": (0, True),
    "duplicate_member_in_sample.tar": (0, True), "missing_json.tar": (1, True), "split_sample.tar": (0, True),
    "same_basename_dirs.tar": (0, True), "case_collision.tar": (0, True), "apple_double.tar": (1, False),
    "unicode_names.tar": (0, True), "newline_name.tar": (0, True), "latin1_name.tar": (0, True),
    "only_eof.tar": (0, True), "truncated_in_member.tar": (0, True), "no_eof_blocks.tar": (3, True),
    "bad_checksum_first.tar": (0, True), "huge_size_header.tar": (0, True), "negative_size.tar": (0, True),
    "pax_path_override.tar": (0, True), "gz_bomb_256MiB.tar.gz": (0, True), "gz_bad_crc.tar.gz": (3, True),
    "plain_named.tar.gz": (3, False), "zip_named.tar": (0, True), "many_members_20k.tar.gz": (0, True),
}  # fmt: skip


def test_every_bad_tar_behaves_as_its_manifest_says(shared: Path) -> None:
    folder = shared / "data/bad/tar"
    assert {path.name for path in folder.iterdir()} == set(BAD_TARS)
    for name, (samples, reported) in BAD_TARS.items():
        errors: list[ShardError] = []
        keys = [clip.key for clip, _ in read_shard(folder / name, on_error=errors.append)]
        assert (len(keys), bool(errors)) == (samples, reported), name
        assert len(set(keys)) == len(keys)
        for error in errors:
            assert name in str(error) and str(error).isprintable() and str(error).isascii()
        if reported:
            with pytest.raises(ShardError, match=name.split(".")[0]):
                list(read_shard(folder / name))
        with open(folder / name, "rb") as file:
            assert len(list(read_shard(file, on_error=lambda error: None))) == samples, name


def test_bombs_and_huge_headers_take_little_memory(shared: Path) -> None:
    code = (
        "import sys; from svta.builder.shards.reader import read_shard\n"
        "for path in sys.argv[1:]: print(len(list(read_shard(path, on_error=lambda e: None))))"
    )
    names = ("gz_bomb_256MiB.tar.gz", "huge_size_header.tar", "many_members_20k.tar.gz")
    run = subprocess.run(
        [sys.executable, "-c", code, *(str(shared / "data/bad/tar" / name) for name in names)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20)),
    )
    assert run.stdout.split() == ["0", "0", "0"]
