"""What a checkpoint remembers of its clips, by content: packing does not matter; damage is told in one line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from svta.builder.record import Clip
from svta.eval.encoders.base import EncoderError
from svta.eval.encoders.training_clips import FILE, ClipHashes, TrainingClips


def clip(key: str, caption: str, video: bytes | None = None) -> Clip:
    return Clip(key=key, caption=caption, sha256=None if video is None else hashlib.sha256(video).hexdigest())


def test_hashes_are_the_first_64_bits_of_sha256() -> None:
    hashes = ClipHashes.of(
        [clip("a", "A dog  BARKS.", b"dog"), clip("b", "a dog barks"), clip("c", "Two cats", b"dog")]
    )
    assert hashes.videos.tolist() == [int(hashlib.sha256(b"dog").hexdigest()[:16], 16)]
    words = ("a dog barks", "two cats")  # case, spaces and stops make no other caption
    assert set(hashes.captions.tolist()) == {int(hashlib.sha256(w.encode()).hexdigest()[:16], 16) for w in words}


def test_what_is_saved_is_read_and_united(tmp_path: Path) -> None:
    coded = np.array([7, 0, 2**64 - 1], np.uint64)  # 0: a video that could not be read
    first = TrainingClips(ClipHashes.of([clip("a", "one", b"1")], coded), ClipHashes.of([clip("b", "two", b"2")]))
    first.save(tmp_path)
    read = TrainingClips.read(str(tmp_path))
    assert read is not None
    both = TrainingClips(ClipHashes.of([clip("c", "three", b"3")])) | read
    assert (len(both.train.videos), len(both.validation.videos)) == (2, 1)
    assert np.array_equal(both.validation.captions, first.validation.captions)
    assert both.train.coded.tolist() == [7, 2**64 - 1] and not len(both.validation.coded)
    (tmp_path / "none").mkdir()
    assert TrainingClips.read(str(tmp_path / "none")) is None


def test_sixteen_thousand_clips_are_small(tmp_path: Path) -> None:
    clips = [clip(f"k{i}", f"caption {i}", str(i).encode()) for i in range(16_000)]
    TrainingClips(ClipHashes.of(clips)).save(tmp_path)
    assert (tmp_path / FILE).stat().st_size < 22 * 16_000
    assert "caption" not in (tmp_path / FILE).read_text().replace('"captions"', "")


def test_a_list_of_an_older_version_is_read(tmp_path: Path) -> None:
    TrainingClips(ClipHashes.of([clip("a", "one", b"1")], np.array([7], np.uint64))).save(tmp_path)
    values = json.loads((tmp_path / FILE).read_text())
    del values["train"]["coded"], values["validation"]["coded"]
    (tmp_path / FILE).write_text(json.dumps(values))
    read = TrainingClips.read(str(tmp_path))
    assert read is not None and len(read.train.videos) == 1 and not len(read.train.coded)


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"train": None}, {"train": {"videos": "AAA", "captions": ""}}, {"train": {"videos": [1]}}],
)
def test_a_damaged_list_is_one_line(tmp_path: Path, change: dict[str, object]) -> None:
    TrainingClips().save(tmp_path)
    values = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps({**values, **change}))
    with pytest.raises(EncoderError, match="not a list of training clips") as caught:
        TrainingClips.read(str(tmp_path))
    assert len(str(caught.value).splitlines()) == 1
