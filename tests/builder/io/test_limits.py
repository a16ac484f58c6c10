"""Bytes and seconds are counted before and while something foreign is read."""

from __future__ import annotations

import gzip
import os
import time
import zlib

import pytest

from svta.builder.errors import DatasetError
from svta.builder.io.files import sha256_file
from svta.builder.io.limits import (
    Deadline,
    TooLarge,
    check_regular,
    read_bytes,
    read_chunks,
    read_text,
    regular,
    unpack_gzip,
)
from svta.builder.layout.manifest import is_sealed
from svta.builder.shards.reader import read_member


def test_files_up_to_the_limit_and_not_a_byte_more(tmp_path):
    path = tmp_path / "taxonomy.json"
    path.write_bytes(b"x" * 10)
    assert read_bytes(path, 10) == b"x" * 10
    with pytest.raises(TooLarge, match=r"taxonomy.json: has 10 bytes; the limit is 9"):
        read_bytes(path, 9)


def test_a_sparse_terabyte_is_refused_at_once(tmp_path):
    with open(tmp_path / "big", "wb") as file:
        file.truncate(1 << 40)
    started = time.monotonic()
    with pytest.raises(TooLarge):
        read_bytes(tmp_path / "big", 1_000)
    assert time.monotonic() - started < 1


def test_devices_pipes_and_folders_are_no_data(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in ("/dev/zero", tmp_path / "pipe"):
        with pytest.raises(DatasetError, match="is not a regular file"):
            read_bytes(path, 100)
    with pytest.raises(IsADirectoryError):
        read_bytes(tmp_path, 100)
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "missing", 100)


def test_text_is_utf8(tmp_path):
    (tmp_path / "t").write_bytes("ü".encode("latin-1"))
    with pytest.raises(DatasetError, match="not UTF-8"):
        read_text(tmp_path / "t", 100)


def test_an_endless_body_stops_at_the_limit():
    def endless():
        while True:
            yield b"x" * 1000

    with pytest.raises(TooLarge, match="the Hub: has more than 5,000 bytes"):
        read_chunks(endless(), 5_000, place="the Hub")
    assert read_chunks(endless(), 5_000, place="the Hub", cut=True) == b"x" * 5_000
    assert read_chunks([b"ab", b"c"], 3, place="p") == b"abc"
    assert read_chunks([b"abc", b"def", b"ghi"], 7, place="p", skip=4, cut=True) == b"efg"
    assert read_chunks([b"abc"], 7, place="p", skip=4) == b""


def test_a_byte_now_and_then_stops_at_the_deadline():
    def drip():
        while True:
            time.sleep(0.01)
            yield b"x"

    with pytest.raises(TooLarge, match=r"slow: not finished after 0\.1 seconds"):
        read_chunks(drip(), 1 << 30, place="slow", deadline=Deadline(0.1, "slow"))
    assert Deadline(0.0, "p").left() == 0.0
    assert 50 < Deadline(60, "p").left() <= 60


def test_a_gzip_bomb_unpacks_to_the_limit_only():
    bomb = zlib.compress(bytes(50_000_000), 9)
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        read_chunks(unpack_gzip([bomb], place="b"), 3_000_000, place="b")
    for pack in (zlib.compress, gzip.compress):
        assert read_chunks(unpack_gzip([pack(b"abc")], place="b"), 10, place="b") == b"abc"
    with pytest.raises(DatasetError, match="damaged gzip"):
        list(unpack_gzip([b"no gzip"], place="b"))


def test_a_pipe_in_a_dataset_folder_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for read in (sha256_file, lambda path: read_member(path, 0, 1)):
        with pytest.raises(DatasetError, match="is not a regular file"):
            read(tmp_path / "pipe")
    (tmp_path / "build.json").write_text("{}")
    os.mkfifo(tmp_path / "SHA256SUMS")
    assert not is_sealed(tmp_path)


def test_a_pointer_of_git_lfs_is_named_wherever_a_file_is_read(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n")
    for read in (lambda: read_bytes(path, 1_000), lambda: sha256_file(path), lambda: check_regular(path)):
        with pytest.raises(DatasetError, match=r"data.csv: is a Git LFS pointer.*git lfs pull"):
            read()
    path.write_text("version,https://git-lfs.github.com/\n1,2\n")
    assert read_bytes(path, 1_000).startswith(b"version,")
    with open(path, "r+b", opener=regular) as file:  # what is written over is not read
        file.write(b"new content")
    with open(path, "wb", opener=regular) as file:
        file.write(b"other")
    assert read_bytes(path, 10) == b"other"


def test_a_file_that_holds_more_than_its_size_says_stops_at_the_limit():
    """As one does that grows while it is read: the size that the system tells is 0 here."""
    assert os.stat("/proc/self/status").st_size == 0
    with pytest.raises(TooLarge, match="has more than 10 bytes"):
        read_bytes("/proc/self/status", 10)
