"""Paths out of data: what is joined to a folder, what is refused, where symbolic links may lead."""

from __future__ import annotations

import os

import pytest

from svta.builder.errors import ClipError, DatasetError, SvtaError, UnsafePath
from svta.builder.io.safe_path import Root, check_relative, without_folders

PLAIN = [
    "a.mp4",
    "sub/a b.mp4",
    "ü/é.mp4",
    "...mp4",
    "data/train/svta-train-00000.tar",
    "-x",
    "~",
    "./a",
    "a//b",
    "a" * 255,
]
UNSAFE = [
    "/etc/passwd", "../x", "a/../../x", "a/..", "..", "C:/x", "c:x", "https://h/x", "file:x", "a\\b", "..\\x", "//h/x",
    "./", "a/.", "a/", "a\0b", "a\nb", "a\x1b[0m", "\x7f", "", None, 3, ["a"], b"a", "\ud800",
    "a" * 256, "a" * 256 + "/b", "é" * 128, "a/" * 999 + "abc",
]  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_plain_relative_names_are_joined(tmp_path, name):
    assert check_relative(name) == name
    assert Root(tmp_path).path(name) == tmp_path / name


@pytest.mark.parametrize("name", UNSAFE, ids=lambda name: ascii(name)[:30])
def test_everything_else_is_refused_by_one_line_that_names_file_and_value(tmp_path, name):
    with pytest.raises(UnsafePath) as refused:
        Root(tmp_path).path(name, "clips.parquet row 3")
    text = str(refused.value)
    assert text.startswith("clips.parquet row 3: ")
    assert text.isprintable() and text.isascii() and len(text) < 250
    assert isinstance(refused.value, ClipError) and isinstance(refused.value, DatasetError)


def test_without_a_place_the_folder_is_named(tmp_path):
    with pytest.raises(UnsafePath, match=f"^{tmp_path}: '../x' is a URL or leaves its folder$"):
        Root(tmp_path).path("../x")


def test_links_are_followed_inside_and_not_out(tmp_path):
    inside, outside = tmp_path / "dataset", tmp_path / "home"
    (inside / "data").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret").write_text("s")
    (inside / "a.txt").write_text("a")
    (inside / "good").symlink_to("a.txt")
    (inside / "file").symlink_to(outside / "secret")
    (inside / "folder").symlink_to(outside)
    (inside / "chain").symlink_to("file")
    (inside / "dangling").symlink_to(tmp_path / "nothing")
    (inside / "twin").symlink_to(tmp_path / "dataset-twin")  # a name that begins as the folder's
    root = Root(inside)
    assert root.file("good").read_text() == "a"
    for name in ("file", "folder", "folder/secret", "folder/new/file", "chain", "dangling", "twin"):
        with pytest.raises(UnsafePath, match="a symbolic link that leads out of"):
            root.path(name)
    both = Root(inside, links_to=[outside])
    assert both.file("folder/secret").read_text() == "s" and both.file("good").read_text() == "a"


def test_the_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_text("x")
    (tmp_path / "link").symlink_to("real")
    assert Root(tmp_path / "link").file("x") == tmp_path / "link" / "x"


def test_a_snapshot_of_the_hubs_cache_may_lead_to_its_blobs_only(tmp_path):
    repo = tmp_path / "hub" / "datasets--ns--name"
    snapshot = repo / "snapshots" / ("a" * 40)
    (snapshot / "data").mkdir(parents=True)
    (repo / "blobs").mkdir()
    (repo / "blobs" / ("b" * 64)).write_text("blob")
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("a" * 40)
    (snapshot / "data" / "x.tar").symlink_to(f"../../../blobs/{'b' * 64}")
    (snapshot / "bad").symlink_to("../../refs/main")
    (snapshot / "worse").symlink_to("/etc/passwd")
    root = Root(snapshot)
    assert root.file("data/x.tar").read_text() == "blob"
    for name in ("bad", "worse"):
        with pytest.raises(UnsafePath):
            root.path(name)
    longer = repo / "snapshots" / ("a" * 41)  # no commit's name
    longer.mkdir()
    (longer / "x").symlink_to(f"../../blobs/{'b' * 64}")
    with pytest.raises(UnsafePath):
        Root(longer).path("x")
    looks_like_it = tmp_path / "snapshots" / ("a" * 40)  # a folder of this name alone is none
    looks_like_it.mkdir(parents=True)
    (tmp_path / "blobs").mkdir()
    (looks_like_it / "x").symlink_to("../../blobs")
    with pytest.raises(UnsafePath):
        Root(looks_like_it).path("x")


def test_pipes_devices_and_folders_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(SvtaError, match="is not a regular file"):
            Root(tmp_path).file(name)
    with pytest.raises(FileNotFoundError):
        Root(tmp_path).file("missing")


def test_files_lists_what_lies_inside(tmp_path):
    (tmp_path / "d" / "sub").mkdir(parents=True)
    for name in ("d/sub/b", "d/a", "z"):
        (tmp_path / name).write_text(name)
    (tmp_path / "d" / "again").symlink_to("a")
    (tmp_path / "d" / "round").symlink_to(tmp_path)
    assert [name for name, _ in Root(tmp_path).files()] == ["d/a", "d/again", "d/sub/b", "z"]
    assert [name for name, _ in Root(tmp_path).files("d")] == ["d/a", "d/again", "d/sub/b"]
    assert list(Root(tmp_path).files("nothing")) == []
    (tmp_path / "d" / "out").symlink_to("/etc/passwd")
    with pytest.raises(UnsafePath, match="d/out: is a symbolic link"):
        list(Root(tmp_path).files())


def test_files_does_not_start_outside_nor_pass_a_linked_folder_that_leads_out(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "own.txt").write_text("own")
    for below in ("../other", str(tmp_path / "other")):
        with pytest.raises(UnsafePath):
            list(Root(tmp_path / "d").files(below))
    (tmp_path / "d" / "linked").symlink_to(tmp_path / "other")
    for below in ("", "linked"):
        with pytest.raises(UnsafePath, match="linked: is a symbolic link that leads out"):
            list(Root(tmp_path / "d").files(below))


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "SHA256SUMS").symlink_to("SHA256SUMS")
    with pytest.raises(UnsafePath, match="broken symbolic link"):
        Root(tmp_path).path("SHA256SUMS")


def test_in_a_folder_blobs_beside_it_only_names_of_hashes_are_followed(tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "copy").mkdir()
    hashes, others = ["a" * 40, "b" * 64], ["own.txt", "c" * 39, "c" * 41, "c" * 64 + ".key", "C" * 40]
    for name in (*hashes, *others):
        (tmp_path / "blobs" / name).write_text(name)
        (tmp_path / "copy" / f"to-{name}").symlink_to(f"../blobs/{name}")
    root = Root(tmp_path / "copy")
    assert [root.file(f"to-{name}").read_text() for name in hashes] == hashes
    for name in others:
        with pytest.raises(UnsafePath, match="leads out"):
            root.path(f"to-{name}")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("/home/jo/Case 7/x y.mp4", "x y.mp4"),
        ("'/home/jo/Case 7/x.mp4' is not below the folder of videos", "'x.mp4' is not below the folder of videos"),
        ("/home/jo/x.mp4: no video and/or audio", "x.mp4: no video and/or audio"),
        ("'C:\\\\Users\\\\jo\\\\x.mp4' is a URL", "'x.mp4' is a URL"),
        (r"\\server\share\x.mp4", "x.mp4"),
        ("~jo/a/x.mp4", "x.mp4"),
        ("file:///home/jo/x.mp4", "x.mp4"),
        ("a.csv:3 names /a/b/c.mp4 (or '/d/e.mp4')", "a.csv:3 names c.mp4 (or 'e.mp4')"),
        ("day/x.mp4", "day/x.mp4"),
        ("https://example.org/a/x.mp4", "https://example.org/a/x.mp4"),
        ("1/2 of it, and/or / more", "1/2 of it, and/or / more"),
    ],
)
def test_of_absolute_paths_the_file_name_is_left(text, right):
    assert without_folders(text) == right
