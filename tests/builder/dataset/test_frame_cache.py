"""Kept frames are the pixels that decoding gives: killed, damaged, repacked, shared, bounded and on a full disk."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from packed import make_dataset

import svta
from svta.builder.dataset import frame_cache
from svta.builder.dataset.folder_budget import UNUSED_SECONDS, USAGE, FolderBudget
from svta.builder.errors import DatasetError
from svta.builder.shards.sample import ShardError
from svta.builder.video.frame_buffer import VideoError

FRAMES = 4 * 3 * 32 * 32  # bytes of one kept clip
HOME = Path(svta.__file__).parent


def open_kept(folder, kept, **options):
    return svta.open_dataset(folder, **{"num_frames": 4, "size": 32, "threads": 0, "cache_frames": kept, **options})


def files(kept: Path) -> list[Path]:
    return sorted(kept.rglob("*.frames"))


def assert_pixels(data, folder, **options):
    plain = svta.open_dataset(folder, **{"num_frames": 4, "size": 32, "threads": 0, **options})
    for i in range(len(plain)):
        ours, wanted = data.read_frames(i, seed=i), plain.read_frames(i, seed=i)
        assert np.array_equal(ours.frames, wanted.frames)
        assert np.array_equal(ours.mask, wanted.mask)
        assert np.array_equal(ours.times.indices, wanted.times.indices)
        assert (ours.times.total, ours.times.fps) == (wanted.times.total, wanted.times.fps)


@pytest.fixture(scope="module")
def ten(tmp_path_factory):
    """Ten clips of five different videos, 17 frames of 64x48."""
    return make_dataset(tmp_path_factory.mktemp("frames") / "data", {"train": 10})


@pytest.fixture
def damaged_tars(tmp_path):
    """A dataset of its own whose shards a test may overwrite, with what it takes to break them."""
    folder = make_dataset(tmp_path / "broken", {"train": 5}, shards=1)

    def overwrite():
        for tar in folder.glob("data/train/*.tar"):
            tar.write_bytes(b"\0" * tar.stat().st_size)

    return folder, overwrite


@pytest.mark.parametrize("sampling", ["uniform", "official", "random-segment", "all"])
@pytest.mark.parametrize(("size", "resize"), [(32, "crop"), (None, "crop"), (24, "exact"), (24, "squash")])
def test_kept_frames_are_decoded_frames(ten, tmp_path, sampling, size, resize):
    options = {"sampling": sampling, "size": size, "resize": resize}
    data = open_kept(ten, tmp_path, **options)
    for _ in range(2):
        assert_pixels(data, ten, **options)
    assert len(files(tmp_path)) == 5  # ten clips, five videos


@pytest.mark.parametrize("num_frames", [16, 17, 30])
def test_short_videos_are_padded_as_decoding_pads_them(ten, tmp_path, num_frames):
    for sampling in ("uniform", "random-segment"):
        data = open_kept(ten, tmp_path, num_frames=num_frames, sampling=sampling)
        for _ in range(2):
            assert_pixels(data, ten, num_frames=num_frames, sampling=sampling)


def test_what_is_kept_needs_no_video_and_no_decoder(damaged_tars, tmp_path):
    folder, overwrite = damaged_tars
    before = [open_kept(folder, tmp_path / "kept")[i]["pixel_values"].copy() for i in range(5)]
    overwrite()
    after = open_kept(folder, tmp_path / "kept")
    assert all(np.array_equal(after[i]["pixel_values"], before[i]) for i in range(5))
    with pytest.raises(ShardError):
        open_kept(folder, tmp_path / "kept", size=16)[0]


def test_options_never_share_a_file(ten, tmp_path):
    for options in ({}, {"size": 16}, {"num_frames": 3}, {"sampling": "official"}, {"resize": "exact"}):
        assert_pixels(open_kept(ten, tmp_path, **options), ten, **options)
    assert len(files(tmp_path)) == 25
    open_kept(ten, tmp_path, resize="fast")[0]  # another name of crop
    assert len(files(tmp_path)) == 25


def test_draws_take_every_frame_and_differ_by_seed(ten, tmp_path):
    data = open_kept(ten, tmp_path, sampling="random-segment")
    drawn = {int(i) for seed in range(60) for i in data.read_frames(0, seed=seed).times.indices}
    assert drawn == set(range(17))
    assert len(files(tmp_path)) == 1


def test_writing_into_a_sample_changes_no_file(ten, tmp_path):
    data = open_kept(ten, tmp_path)
    data[0]
    data[0]["pixel_values"][:] = 7
    assert_pixels(data, ten)
    assert np.array_equal(pickle.loads(pickle.dumps(data))[3]["pixel_values"], data[3]["pixel_values"])


@pytest.mark.parametrize(
    "harm",
    [
        lambda whole: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: b"\0" * 4096 + whole[4096:],
        lambda whole: b"\0" * len(whole),
        lambda whole: whole.replace(b'"total": 17', b'"total": "x'),
        lambda whole: whole.replace(
            b'"shape": [4, 3, 32, 32]', b'"shape": [4, 3, 16, 64]'.replace(b"16, 64", b"32, 99")
        ),
        lambda whole: whole[:-8] + b"\xff" * 8,
        lambda whole: b"no frames at all",
    ],
)
def test_a_damaged_file_is_decoded_and_written_anew(ten, tmp_path, harm):
    open_kept(ten, tmp_path)[0]
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(harm(whole))
    plain = svta.open_dataset(ten, num_frames=4, size=32, threads=0)
    assert np.array_equal(open_kept(ten, tmp_path)[0]["pixel_values"], plain[0]["pixel_values"])
    assert path.read_bytes() == whole


def test_every_byte_of_the_pixels_is_checked(ten, tmp_path):
    """3 x 5 x 5 bytes: the last three are no whole 64-bit word."""
    options = {"num_frames": 1, "size": 5}
    open_kept(ten, tmp_path, **options)[0]
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for at in (0, 7, 71, 72, 73, 74):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert frame_cache.read_frames_file(path) is None
    path.write_bytes(whole)
    assert frame_cache.read_frames_file(path).frames.nbytes == 75


@pytest.mark.parametrize("library", ["av", "pillow"])
def test_frames_of_another_version_of_the_decoder_are_not_taken(ten, tmp_path, monkeypatch, library):
    """A patch release may round pixels otherwise."""
    open_kept(ten, tmp_path)[0]
    before = files(tmp_path)
    versions = frame_cache.version
    monkeypatch.setattr(frame_cache, "version", lambda name: versions(name) + ".1" * (name == library))
    frame_cache._decoder.cache_clear()
    try:
        open_kept(ten, tmp_path)[0]
    finally:
        frame_cache._decoder.cache_clear()
    assert len(files(tmp_path)) == 2 == len(before) + 1


def test_a_dataset_packed_anew_gives_its_own_frames(tmp_path):
    folder = make_dataset(tmp_path / "a", {"train": 5})
    assert_pixels(open_kept(folder, tmp_path / "kept"), folder)
    first = open_kept(folder, tmp_path / "kept")[0]["pixel_values"].copy()
    key = svta.open_dataset(folder).clip(0).key
    shutil.rmtree(folder)
    os.rename(_repacked(tmp_path / "b"), folder)  # other videos under the same keys in the same place
    data = open_kept(folder, tmp_path / "kept")
    assert_pixels(data, folder)
    assert data.clip(0).key == key
    assert not np.array_equal(data[0]["pixel_values"], first)


def _repacked(folder: Path) -> Path:
    """The clips of make_dataset with each video one shade on."""
    import packed

    original = packed.mp4
    packed.mp4 = lambda shade: original(shade + 1)
    try:
        return make_dataset(folder, {"train": 5})
    finally:
        packed.mp4 = original


FILL = """
import sys, svta
from concurrent.futures import ThreadPoolExecutor
data = svta.open_dataset(sys.argv[1], num_frames=4, size=32, cache_frames=sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for epoch in range(int(sys.argv[3])):
    with ThreadPoolExecutor(2) as pool:
        for frames in pool.map(data.read_frames, range(len(data))):
            print(frames.frames.sum(), flush=True)
"""


def start(folder, kept, *, epochs=1, before="") -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(HOME)}
    command = [sys.executable, "-c", before + FILL, str(folder), str(kept), str(epochs)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, env=environment, text=True, **pipes)
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def go(process: subprocess.Popen) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.slow
def test_two_processes_may_fill_it_at_once(ten, tmp_path):
    both = [start(ten, tmp_path, epochs=2) for _ in range(2)]
    for process in both:
        go(process)
    sums = [process.communicate()[0] for process in both]
    assert sums[0] == sums[1]
    assert sums[0] == _sums(ten)
    assert [process.returncode for process in both] == [0, 0]
    assert len(files(tmp_path)) == 5
    assert_pixels(open_kept(ten, tmp_path), ten)


# each write is cut in two, with a pause between: a kill lands within one of them
SLOW = """
import io, time
from svta.builder.dataset import frame_cache
whole = frame_cache.atomic_write
class Slow:
    def __init__(self, file): self.file = file
    def write(self, data):
        data = bytes(data)
        self.file.write(data[:99]); self.file.flush(); time.sleep(.05); self.file.write(data[99:])
from contextlib import contextmanager
@contextmanager
def slow(path, **options):
    with whole(path, **options) as file: yield Slow(file)
frame_cache.atomic_write = slow
"""


@pytest.mark.slow
def test_killed_while_it_is_written(ten, tmp_path):
    for pause in (0.0, 0.04):
        process = start(ten, tmp_path, before=SLOW)
        go(process)
        while not list(tmp_path.rglob("*.part")) and process.poll() is None:
            time.sleep(0.005)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert_pixels(open_kept(ten, tmp_path), ten)
        for path in files(tmp_path)[1:]:
            path.unlink()


@pytest.mark.slow
def test_a_full_disk_is_one_warning_and_decoding_goes_on(ten, tmp_path):
    """RLIMIT_FSIZE: the system refuses to write beyond it, as a full disk does."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({FRAMES // 2},) * 2)\n"
    process = start(ten, tmp_path, epochs=2, before=limit)
    go(process)
    sums, told = process.communicate()
    assert process.returncode == 0, told
    assert told.count("UserWarning") == 1
    assert "File too large; frames that are not kept are decoded each time" in told
    assert not files(tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    assert sums == _sums(ten)


def _sums(folder) -> str:
    """What two epochs of FILL print."""
    data = svta.open_dataset(folder, num_frames=4, size=32)
    return "".join(f"{data.read_frames(i).frames.sum()}\n" for _ in range(2) for i in range(len(data)))


def test_the_ceiling_holds_and_what_nobody_uses_makes_room(ten, tmp_path):
    one = FRAMES + 200  # a file with its trailer
    ceiling = 3 * one / 1e9
    with pytest.warns(UserWarning, match=r"GB are taken; frames that are not kept are decoded each time") as told:
        data = open_kept(ten, tmp_path, max_gigabytes=ceiling)
        for _ in range(2):
            assert_pixels(data, ten)
    assert len(told) == 1
    kept = files(tmp_path)
    assert len(kept) == 3
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.suffix == ".frames") <= ceiling * 1e9
    old = time.time() - UNUSED_SECONDS - 60
    for path in kept[:2]:
        os.utime(path, (old, old))
    os.utime(kept[0], (old - 60, old - 60))
    data = open_kept(ten, tmp_path, size=30, max_gigabytes=ceiling)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data[0]
    left = files(tmp_path)
    assert kept[0] not in left  # the one that was unused for longest
    assert kept[2] in left
    assert len([path for path in left if path not in kept]) == 1


def test_the_file_unused_for_longest_goes_first_and_no_more_than_needed(tmp_path):
    """Ten files of 10 bytes fill 100. With what comes at most 90 are taken: two go for 1 byte, two more for 30."""
    days = [5, 2, 9, 7, 3, 4, 8, 6, 11, 10]
    budget = FolderBudget(tmp_path, 100)
    for age in days:
        (tmp_path / f"{age}").write_bytes(b"x" * 10)
        os.utime(tmp_path / f"{age}", (time.time() - age * 86_400,) * 2)
    assert budget.reserve(1)
    assert {int(path.name) for path in tmp_path.glob("[0-9]*")} == set(days) - {11, 10}
    (tmp_path / USAGE).unlink()
    assert budget.reserve(30)
    assert {int(path.name) for path in tmp_path.glob("[0-9]*")} == set(days) - {11, 10, 9, 8}


def test_files_of_the_user_are_neither_counted_nor_removed(ten, tmp_path):
    """The folder is given by its user and may hold anything, older than all kept frames."""
    mine = [tmp_path / "thesis.doc", tmp_path / "photos/a.frames", tmp_path / "ab" / f"{'0' * 64}.frames"]
    mine += [tmp_path / "usage", tmp_path / "film.mkv.part", tmp_path / "film.mkv.17.part"]
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * 10 * FRAMES)
        os.utime(path, (1, 1))
    data = open_kept(ten, tmp_path, max_gigabytes=2.5 * FRAMES / 1e9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i in range(5):
            data[i]
    assert all(path.stat().st_size == 10 * FRAMES for path in mine)
    (own,) = {path.parent.parent for path in files(tmp_path) if path.parent.parent.name.startswith("4-")}
    assert len(list(own.rglob("*.frames"))) == 2
    left = own / "ab" / f"{'0' * 64}.frames.17.part"  # of a process of ours that was killed
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"x")
    os.utime(left, (1, 1))
    (tmp_path / USAGE).write_text("nonsense")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        open_kept(ten, tmp_path, size=30, max_gigabytes=2.5 * FRAMES / 1e9)[0]
    assert not left.exists()


def test_reading_marks_a_file_as_used(ten, tmp_path):
    data = open_kept(ten, tmp_path)
    data[0]
    (path,) = files(tmp_path)
    old = time.time() - UNUSED_SECONDS
    os.utime(path, (old, old))
    data[0]
    assert path.stat().st_mtime > time.time() - 60


def test_bytes_of_processes_that_were_killed_are_counted_out(ten, tmp_path):
    (tmp_path / USAGE).write_text("99999999999")
    data = open_kept(ten, tmp_path, max_gigabytes=0.001)
    data[0]
    assert len(files(tmp_path)) == 1
    (tmp_path / USAGE).write_text("nonsense")
    data[1]
    assert len(files(tmp_path)) == 2
    assert int((tmp_path / USAGE).read_text()) == sum(path.stat().st_size for path in files(tmp_path))


def test_long_videos_are_not_kept_whole_for_draws(ten, tmp_path, monkeypatch):
    monkeypatch.setattr(frame_cache, "_MAX_FILE_BYTES", 16 * 3 * 32 * 32)  # one frame too few
    assert_pixels(open_kept(ten, tmp_path, sampling="random-segment"), ten, sampling="random-segment")
    assert_pixels(open_kept(ten, tmp_path, sampling="all"), ten, sampling="all")
    assert not files(tmp_path)


def test_wrong_use_is_one_line(ten, tmp_path):
    (tmp_path / "file").write_text("")
    for options, message in (
        ({"cache_frames": tmp_path / "file"}, r"cache_frames='.*file': File exists"),
        ({"cache_frames": tmp_path / "file" / "below"}, "Not a directory"),
        ({"max_gigabytes": 0}, "max_gigabytes=0: a number above 0"),
        ({"max_gigabytes": float("nan")}, "max_gigabytes=nan"),
    ):
        with pytest.raises(DatasetError, match=message):
            svta.open_dataset(ten, **{"cache_frames": tmp_path, **options})


def test_a_video_that_cannot_be_decoded_is_an_error_as_ever(tmp_path):
    folder = make_dataset(tmp_path / "noise", {"train": 4}, real=False)
    with pytest.raises(VideoError, match=r"svta-train-00000\.tar key "):
        open_kept(folder, tmp_path / "kept")[0]
    assert not files(tmp_path / "kept")
