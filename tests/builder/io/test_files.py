"""Writing whole files: what a rename may take the place of."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from svta.builder.errors import DatasetError
from svta.builder.io.files import atomic_write, write_text
from svta.builder.layout.guards import check_output


def refused(path: Path) -> None:
    before = os.lstat(path)
    with pytest.raises(DatasetError, match="is not a regular file"):
        write_text(path, "words")
    for kind in ("file", "folder", None):
        with pytest.raises(DatasetError, match="is not a regular file"):
            check_output(path, kind=kind)  # type: ignore[arg-type]
    after = os.lstat(path)
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)
    assert not [other for other in path.parent.iterdir() if other.name.endswith(".part")]


def test_pipes_sockets_and_links_to_them_stay(tmp_path: Path) -> None:
    """As root, a file in the place of /dev/null or /dev/stdout breaks every other program of the machine."""
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe")
    (tmp_path / "to pipe").symlink_to(tmp_path / "pipe")
    refused(tmp_path / "to pipe")
    (tmp_path / "null").symlink_to("/dev/null")
    refused(tmp_path / "null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        refused(tmp_path / "socket")


def test_what_a_process_has_open_stays_a_link(tmp_path: Path) -> None:
    """/dev/stdout is a link to /proc/self/fd/1, which may well be a regular file."""
    with open(tmp_path / "file", "wb") as file:
        (tmp_path / "stdout").symlink_to(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        assert (tmp_path / "stdout").is_file()
        refused(tmp_path / "stdout")


def test_devices_stay(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no right to make a device")
    refused(tmp_path / "zero")


def test_files_and_links_to_files_are_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "old")
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    for name in ("new", "link", "dangling"):
        write_text(tmp_path / name, "words")
        assert (tmp_path / name).read_text() == "words" and not (tmp_path / name).is_symlink()
    with pytest.raises(ValueError, match="stop"), atomic_write(tmp_path / "old") as file:
        file.write(b"half")
        raise ValueError("stop")
    assert (tmp_path / "old").read_text() == "old"
