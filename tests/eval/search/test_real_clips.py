"""Real recordings of many containers: indexed, searched and cut; a cut's first and last frame are the moment's."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from colour_encoder import colour_model

import svta
from svta.eval.search import IndexConfig, update_index
from svta.eval.search.clips import cut_moments
from svta.eval.search.index import Filters

SIDE = 64
LIKENESS = 8.0  # levels of 255, mean over a small picture: what one encoding more changes


def small_frames(source: object) -> list[tuple[float, np.ndarray]]:
    """(seconds after the first frame, [64, 64] grey levels, upright) of every frame, as PyAV alone decodes it."""
    with av.open(source) as container:
        stream = container.streams.video[0]
        shown = []
        for frame in container.decode(stream):
            picture = frame.reformat(SIDE, SIDE, "gray").to_ndarray().astype(float)
            shown.append((frame.time, np.rot90(picture, frame.rotation // 90)))
        step = 1 / float(stream.average_rate or 25)
    if any(time is None for time, _ in shown):
        return [(number * step, picture) for number, (_, picture) in enumerate(shown)]
    origin = min(time for time, _ in shown)
    return sorted(((time - origin, picture) for time, picture in shown), key=lambda pair: pair[0])


@pytest.mark.slow
def test_the_first_and_the_last_frame_of_every_cut_are_the_moments(shared, tmp_path):
    places = [shared / "data/videos/videos", shared / "data/videos/videos_svta_shaped"]
    model = colour_model(tmp_path / "model", "test_colour_clips")
    report = update_index(IndexConfig(places, tmp_path / "index", model=str(model)))
    assert report.files >= 30 and all(reason for _, reason in report.unreadable)
    index = svta.open_index(tmp_path / "index")
    endings = set()
    damaged = {path for path, _ in report.damaged}  # PyAV alone gives up on them
    faults = []
    for number, video in enumerate(index.stored.videos):
        if damaged & {*video.paths}:
            continue
        found = index.find("grey", top=2, filters=Filters(videos=frozenset([number])))
        clips = cut_moments(index, found)
        frames = small_frames(video.paths[0])
        assert clips, video.paths
        for clip in clips:
            if clip.video is None:
                faults.append((video.paths[0], clip.problem))
                continue
            (tmp_path / "clip.mp4").write_bytes(clip.video.mp4)
            shown = small_frames(str(tmp_path / "clip.mp4"))
            rounding = min(1e-3, (clip.moment.end - clip.moment.start) / 2)
            start, end = clip.moment.start - rounding, clip.moment.end - rounding
            wanted = [picture for time, picture in frames if start <= time < end]
            where = (video.paths[0], clip.moment, clip.video.how)
            if len(shown) != len(wanted):
                faults.append((*where, f"{len(shown)} frames, not {len(wanted)}"))
                continue
            for place in (0, -1):
                away = np.abs(shown[place][1] - wanted[place]).mean()
                if away > LIKENESS:
                    faults.append((*where, place, away))
        endings.add(Path(video.paths[0]).suffix)
    assert not faults, "\n".join(map(str, faults))
    assert {".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts"} <= endings
