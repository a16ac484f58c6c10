"""A folder of videos and a list of captions ranked like a dataset: names, what is missing, what cannot be paired."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from svta.builder.ingest.video_names import VideoFolder
from svta.builder.record import Clip, make_key
from svta.builder.sources.records import video_names
from svta.builder.sources.registry import Record
from svta.builder.video.encoder import encode
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.retrieval.folder_gallery import FolderGallery, TransferError
from svta.eval.retrieval.ranking import rank_clips
from svta.eval.retrieval.summary import summarise

CAPTIONS = ["a red square", "a green square", "a blue square"]


def record(source_id, caption, **fields):
    made = Clip(key=make_key("set", source_id, caption), caption=caption, source_id=source_id, **fields)
    return Record(made, "row 1", video_names({"source_id": source_id, **fields}))


@pytest.fixture
def videos(tmp_path):
    root = tmp_path / "videos"
    for name, colour in [
        ("Abuse/Abuse001_x264", (200, 30, 30)),
        ("Fall002", (30, 200, 30)),
        ("video7020", (30, 30, 200)),
    ]:
        frames = np.zeros((8, 48, 64, 3), np.uint8) + np.array(colour, np.uint8)
        path = root / f"{name}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(frames, fps=8))
    (root / "notes.txt").write_text("no video")
    return root


class Colours:
    """Text by the word, video by its mean colour."""

    num_frames, image_size = 4, 32

    def encode_text(self, texts):
        return torch.eye(3)[[["red", "green", "blue"].index(t.split()[1]) for t in texts]]

    def encode_video(self, pixel_values, frame_mask):
        mean = pixel_values.float().mean(dim=(1, 3, 4))
        return torch.nn.functional.normalize(mean, dim=-1)


def test_ranked_like_a_dataset(videos):
    rows = [
        record("Abuse/Abuse001_x264.mp4", CAPTIONS[0]),
        record("fall#3", CAPTIONS[1], group="ucf-crime:Fall002"),
        record("msr7020", CAPTIONS[2]),
        record("nowhere", "a green nothing"),
    ]
    gallery = FolderGallery.open(rows, VideoFolder(videos), frames=FrameSpec(4, 32))
    assert len(gallery) == 3 and gallery.read_frames(0).frames.shape == (4, 32, 32, 3)
    assert gallery.missing == [(rows[3].clip.key, "no video nowhere")]
    ranking = rank_clips(Colours(), gallery, range(3))
    assert ranking.metrics.t2v.recall(1) == ranking.metrics.v2t.recall(1) == 100
    assert summarise(ranking).gallery == 3
    assert gallery.fingerprint == FolderGallery.open(rows, VideoFolder(videos)).fingerprint
    assert gallery.fingerprint != FolderGallery.open(rows[:2], VideoFolder(videos)).fingerprint


def test_a_damaged_video_is_named_not_dropped(videos):
    (videos / "Fall002.mp4").write_bytes(b"not a video")
    rows = [record("Abuse001_x264", CAPTIONS[0]), record("Fall002", CAPTIONS[1])]
    gallery = FolderGallery.open(rows, VideoFolder(videos), frames=FrameSpec(4, 32))
    ranking = rank_clips(Colours(), gallery, range(2))
    assert len(ranking.clips) == 1 and "Fall002.mp4" in ranking.unreadable[0][1]


def test_what_cannot_be_ranked_says_why(videos, tmp_path):
    one = record("Fall002", CAPTIONS[1])
    for rows, folder, said in [
        ([one], tmp_path / "none", "no such folder"),
        ([one], tmp_path / "empty", "no video file"),
        ([record("x", "y")], videos, "none of 1 captions"),
        (
            [record("Fall002", "a part", start=1.0, end=2.0)],
            videos,
            "row 1: names a part of Fall002.mp4 .* 1 of 1 captions",
        ),
    ]:
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(TransferError, match=said):
            FolderGallery.open(rows, VideoFolder(folder))
