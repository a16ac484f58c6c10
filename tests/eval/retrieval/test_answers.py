"""Right answers besides the caption's own video: its category, its twins; ties in random order, NaN never."""

from __future__ import annotations

from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from svta.builder.errors import DatasetError
from svta.builder.ingest.video_names import VideoFolder
from svta.builder.record import Clip
from svta.builder.sources.registry import Record
from svta.builder.video.encoder import encode
from svta.builder.video.frame_spec import FrameSpec
from svta.eval.encoders.base import Encoder
from svta.eval.retrieval.answers import best_answers, count_right
from svta.eval.retrieval.folder_gallery import FolderGallery
from svta.eval.retrieval.ranking import Ranking, rank_clips
from svta.eval.retrieval.summary import _nan_embeddings, rank_table, summarise


class Table(Encoder):
    """Embeddings from a table: caption number n is row n, a clip's pixels say its number."""

    num_frames, image_size, resize = 1, 8, "squash"

    def __init__(self, text, video):
        self.text, self.video = torch.as_tensor(text).float(), torch.as_tensor(video).float()

    def encode_text(self, texts):
        return self.text[[int(text.rpartition("#")[2]) for text in texts]]

    def encode_video(self, pixel_values, frame_mask):
        return self.video[(pixel_values[:, 0, 0, 0, 0].long() / 20).round().long()]


def gallery(tmp_path, rows):
    """A folder gallery of (video number, caption, fields); a video is grey of 20 times its number."""
    clips = []
    for i, (number, caption, fields) in enumerate(rows):
        file = tmp_path / f"v{number}.mp4"
        if not file.exists():
            file.write_bytes(encode(np.full((2, 16, 16, 3), 20 * number, np.uint8), fps=2))
        clips.append(Clip(key=f"k{i}", caption=f"{caption} #{i}", source_id=file.name, **fields))
    records = [Record(clip, "row", (str(clip.source_id),)) for clip in clips]
    return FolderGallery.open(records, VideoFolder(tmp_path), frames=FrameSpec(1, 8, resize="squash"))


def ranked(tmp_path, rows, text, video) -> Ranking:
    return rank_clips(Table(text, video), gallery(tmp_path, rows), range(len(rows)))


def test_a_category_is_found_by_any_of_its_clips_and_no_category_is_none(tmp_path):
    categories = ["fire", "fire", "arson", "arson", None, None]
    rows = [(n, "caption", {"category": category}) for n, category in enumerate(categories)]
    found = summarise(ranked(tmp_path, rows, np.eye(6)[[1, 0, 2, 4, 5, 4]], np.eye(6)))
    # captions 0 and 1 find each other's clip, 2 its own, 3 that of a clip without category; 4 and 5 do not count
    assert found.category_level["R@1"] == 75 and found.t2v["R@1"] == pytest.approx(100 / 6, abs=1e-4)
    collapsed = summarise(ranked(tmp_path, rows, np.ones((6, 2)), np.ones((6, 2))))
    assert collapsed.category_level["R@1"] == pytest.approx(100 / 3, abs=1e-4)  # two of six that tie are right
    assert collapsed.by_category["fire"].t2v["R@1"] == pytest.approx(100 / 6, abs=1e-4)
    assert collapsed.category_level["R@5"] == 100 and collapsed.t2v["R@5"] == pytest.approx(500 / 6, abs=1e-4)


def test_nan_is_found_by_no_category_and_no_twin(tmp_path):
    rows = [(n, "caption", {"category": "fire"}) for n in range(4)]
    nothing = summarise(ranked(tmp_path, rows, np.full((4, 2), np.nan), np.ones((4, 2))))
    assert nothing.category_level == nothing.duplicates.t2v_any_twin == {"R@1": 0, "R@5": 0, "R@10": 0}
    assert nothing.t2v["R@10"] == 0 and nothing.nan_embeddings.captions == 4
    one = summarise(ranked(tmp_path, rows, np.eye(4) * [[np.nan], [1], [1], [1]], np.eye(4)))
    assert one.duplicates.t2v_any_twin["R@1"] == 75 and one.category_level["R@1"] == 75


def test_a_videos_category_is_that_of_its_own_first_caption(tmp_path):
    rows = [(0, "one", {"category": "fire"}), (0, "two", {"category": "fire"}), (1, "three", {"category": "arson"}),
            (2, "four", {"category": "fire"}), (1, "five", {"category": "arson"})]  # fmt: skip
    ranking = ranked(tmp_path, rows, np.eye(3)[[0, 2, 1, 0, 0]], np.eye(3))
    found = summarise(ranking)
    # by category: 0 and 2 own, 1 finds video 2 (fire), 3 finds video 0 (fire), 4 finds fire instead of arson
    assert found.category_level["R@1"] == 80 and (found.gallery, found.captions) == (3, 5)
    assert {name: part.queries for name, part in found.by_category.items()} == {"arson": 2, "fire": 3}
    assert found.by_category["arson"].t2v["R@1"] == 50
    assert found.by_category["fire"].t2v["R@1"] == pytest.approx(33.3333)
    # video to text: captions of all three describe video 0 best, those of video 1 alone video 1, of video 0 video 2
    assert found.by_category["arson"].v2t["R@1"] == 100
    assert found.by_category["fire"].v2t["R@1"] == pytest.approx(100 * (1 / 3 + 0) / 2, abs=1e-4)
    table = rank_table(ranking)
    assert table.video == ["k0", "k0", "k2", "k3", "k2"] and table.top_key == ["k0", "k3", "k2", "k0", "k0"]
    assert np.isnan(table.v2t_rank).tolist() == [False, True, False, False, True]  # in the row of its first caption
    assert table.components.tolist() == [0, 0, 1, 2, 1] and found.components == 3


def test_a_twin_is_right_too_by_its_bytes_or_by_its_caption(tmp_path):
    rows = [(0, "one", {}), (1, "two", {}), (2, "three", {}), (3, "four", {})]
    opened = gallery(tmp_path, rows)
    (tmp_path / "v1.mp4").write_bytes((tmp_path / "v0.mp4").read_bytes())  # 0 and 1 are twins of two names
    opened = gallery(tmp_path, rows)
    text = np.eye(4)[[1, 0, 3, 3]]  # the caption of 0 finds video 1; both show video 0's frames, so they tie
    video = np.eye(4)[[0, 0, 2, 3]]
    found = summarise(rank_clips(Table(text, video), opened, range(4)))
    assert found.duplicates.videos_that_repeat == 2 and found.duplicates.captions_that_repeat == 0
    assert (found.gallery, found.components) == (4, 4)
    # caption 0 ties with all: 1/4 its own, 2/4 a twin; caption 1 ties with its twin: 1/2 and 1; 2 finds 3; 3 its own
    assert found.t2v["R@1"] == pytest.approx(100 * (0.25 + 0.5 + 0 + 1) / 4)
    assert found.duplicates.t2v_any_twin["R@1"] == pytest.approx(100 * (0.5 + 1 + 0 + 1) / 4)


class Rounding(Table):
    """Its rows differ in the last places by where they stand in a batch, as those of real models do."""

    def encode_text(self, texts):
        return super().encode_text(texts) + 1e-6 * torch.arange(len(texts))[:, None]

    def encode_video(self, pixel_values, frame_mask):
        return super().encode_video(pixel_values, frame_mask) + 1e-6 * torch.arange(len(pixel_values))[:, None]


def test_twins_and_repeated_captions_tie_although_a_model_rounds_otherwise(tmp_path):
    gallery(tmp_path, [(n, "", {}) for n in range(3)])
    (tmp_path / "v1.mp4").write_bytes((tmp_path / "v0.mp4").read_bytes())
    clips = [Clip(key=f"k{n}", caption=f"a caption #{max(n, 1)}", source_id=f"v{n}.mp4") for n in range(3)]
    records = [Record(clip, "row", (str(clip.source_id),)) for clip in clips]
    opened = FolderGallery.open(records, VideoFolder(tmp_path), frames=FrameSpec(1, 8, resize="squash"))
    table = np.eye(3)[[0, 0, 2]]
    metrics = rank_clips(Rounding(table, table), opened, range(3)).metrics
    assert metrics.t2v.ranks.tolist() == metrics.v2t.ranks.tolist() == [1.5, 1.5, 1]
    assert metrics.t2v.recall(1) == metrics.v2t.recall(1) == pytest.approx(200 / 3)


def test_captions_of_one_file_are_one_video_whatever_their_groups(tmp_path):
    rows = [(0, "one", {"group": "b"}), (0, "two", {}), (0, "three", {"group": "a"}), (1, "four", {})]
    opened = gallery(tmp_path, rows)
    assert [clip.group for clip in opened.clips] == ["a", "a", "a", None]
    digest = sha256((tmp_path / "v0.mp4").read_bytes()).hexdigest()
    assert [clip.sha256 == digest for clip in opened.clips] == [True, True, True, False]
    assert summarise(ranked(tmp_path, rows, np.eye(2)[[0, 0, 0, 1]], np.eye(2))).gallery == 2


def test_an_unreadable_video_costs_all_its_captions_and_nothing_else(tmp_path):
    rows = [(0, "one", {}), (1, "two", {}), (0, "three", {})]
    opened = gallery(tmp_path, rows)
    (tmp_path / "v0.mp4").write_bytes(b"no video")
    found = summarise(rank_clips(Table(np.eye(3), np.eye(3)), opened, range(3)))
    assert [item.key for item in found.unreadable] == ["k0", "k2"] and (found.gallery, found.captions) == (1, 1)
    (tmp_path / "v1.mp4").write_bytes(b"neither")
    with pytest.raises(DatasetError, match="none of 2"):
        rank_clips(Table(np.eye(3), np.eye(3)), opened, range(3))


def test_intervals_of_videos_draw_the_videos_components(tmp_path):
    """Six captions of the first video come first in the table: video-to-text has three queries in three components."""
    rows = [(0, f"caption {i}", {}) for i in range(6)] + [(1, "x", {"group": "g"}), (2, "y", {"group": "g"})]
    text = np.eye(3)[[0] * 6 + [2, 1]]
    found = summarise(ranked(tmp_path, rows, text, np.eye(3)))
    assert found.components == 2 and found.v2t["R@1"] == pytest.approx(100 / 3, abs=1e-4)
    assert found.interval("v2t") == (0, 100) and found.interval("t2v") == (0, 100)


def test_intervals_of_videos_are_wide_where_few_components_hold_them(tmp_path):
    """Twelve videos of two sources, those of one all right: 0 to 100; one by one they would give 25 to 75."""
    rows = [(n, f"caption {n}", {"group": f"source {n // 6}"}) for n in range(12)]
    text = np.eye(12)[[*range(6), *range(7, 12), 6]]
    found = summarise(ranked(tmp_path, rows, text, np.eye(12)))
    assert found.components == 2 and found.v2t["R@1"] == found.t2v["R@1"] == 50
    assert found.interval("v2t") == found.interval("t2v") == (0, 100)


def test_equal_videos_tie_in_every_block():
    """1,100 captions, three blocks: BLAS gives equal rows other last bits by place, here they tie all the same."""
    rng = np.random.default_rng(0)
    text, video = rng.standard_normal((2, 1_100, 512)).astype(np.float32)
    alike = np.sort(rng.permutation(1_100)[:300])
    video[alike] = video[alike[0]]
    right = np.zeros((1_100, 1_100), bool)
    right[:, alike] = True
    found = best_answers(Encoder(), text, video, {"alike": lambda some: right[some]}).any_right["alike"]
    assert (found.tied == 300).all() and (found.right == 300).all()


def test_counts_by_hand():
    scores = np.array([[3.0, 2.0, 2.0, 2.0, 1.0], [-np.inf, 5.0, 1.0, 1.0, 0.0]])
    right = np.array([[False, True, True, False, True], [True, False, False, False, False]])
    greater, tied, count = count_right(scores, right)
    assert (greater[0], tied[0], count[0]) == (1, 3, 2) and count[1] == 0


def test_an_embedding_with_one_nan_is_told():
    """One number of eight is enough; a video of two captions is one embedding and two keys."""
    text, video = np.zeros((4, 8)), np.zeros((3, 2, 4))
    text[3, 7] = video[0, 1, 3] = np.nan
    clips = [Clip(key=f"k{i}", caption="a man") for i in range(4)]
    videos = SimpleNamespace(inverse=np.array([0, 0, 1, 2]))
    found = _nan_embeddings(SimpleNamespace(text=text, video=video, clips=clips, videos=videos))
    assert (found.captions, found.videos, found.keys) == (1, 1, ["k0", "k1", "k3"])


def test_the_best_captions_of_each_video_are_those_of_a_whole_sort():
    draw = np.random.default_rng(3)
    text = np.round(draw.normal(size=(1300, 4)), 1).astype(np.float32)  # many equal scores, three blocks
    text[[5, 700]] = np.nan
    video = np.round(draw.normal(size=(37, 4)), 1).astype(np.float32)
    text[900] = text[2]

    class Encoder:
        dot_product = True

    found = best_answers(Encoder(), text, video, {})
    with np.errstate(invalid="ignore"):
        scores = np.concatenate([np.nan_to_num(text[i : i + 512] @ video.T, nan=-np.inf) for i in range(0, 1300, 512)])
    assert np.array_equal(found.captions, np.argsort(-scores, axis=0, kind="stable")[:5].T)
    few = best_answers(Encoder(), text[4:7], video, {}).captions
    assert (few[:, 2:] == -1).all() and set(few[:, :2].ravel()) == {0, 2}


def test_top_captions_stand_in_the_row_of_a_videos_first_caption(tmp_path):
    rows = [(0, "a", {}), (0, "b", {}), (1, "c", {})]
    table = rank_table(ranked(tmp_path, rows, np.array([[1, 0.1], [0.9, 0], [0, 1]]), np.eye(2)))
    assert table.top_captions == [["k0", "k1", "k2"], [], ["k2", "k0", "k1"]]
