"""Video: what probe and decode make of good, odd and hostile bytes, and that encode gives the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from svta.builder.video.container import coded_hash, probe
from svta.builder.video.decoder import decode
from svta.builder.video.encoder import encode
from svta.builder.video.frame_buffer import VideoError
from svta.builder.video.marking import marked_source_type, synthetic_mark
from svta.builder.video.mp4 import index_first
from svta.builder.video.sampling import SamplingError, frame_indices
from svta.builder.video.transcode import to_mp4

os.environ.setdefault("SVT_LOG", "0")


def moving(num_frames: int = 33, height: int = 48, width: int = 64) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A textured ground and a red square that moves, so that no two frames are equal."""
    yy, xx = np.mgrid[:height, :width]
    ground = np.stack([yy * 255 // height, xx * 255 // width, np.full_like(xx, 90)], -1).astype(np.uint8)
    frames = np.repeat(ground[None], num_frames, 0)
    for i in range(num_frames):
        left = i * 2 % max(width - 12, 1)
        frames[i, height // 3 : height // 3 + 12, left : left + 12] = (220, 30, 30)
    return frames


def written(
    frames: Any, codec: str = "libx264", pix_fmt: str = "yuv420p", container: str = "mp4", **options: Any
) -> bytes:
    """A video by PyAV alone, in ways encode() does not offer; pts: the frames' times in 1/100 s."""
    buffer, pts = io.BytesIO(), options.pop("pts", None)
    setup = options.pop("setup", lambda stream: None)
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=16, options={k: str(v) for k, v in options.items()})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pix_fmt
        if pts is not None:
            stream.codec_context.time_base = Fraction(1, 100)
        setup(stream)
        for i, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = i if pts is None else pts[i]
            frame.time_base = Fraction(1, 16 if pts is None else 100)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def psnr(a: Any, b: Any) -> float:
    return float(10 * np.log10(255**2 / max(((a.astype(float) - b) ** 2).mean(), 1e-9)))


@pytest.fixture(scope="module")
def clip() -> bytes:
    return encode(moving(), fps=16, metadata=synthetic_mark("algorithmicMedia", "abc"))


def test_encode_then_probe(clip: bytes) -> None:
    info = probe(clip)
    assert (info.num_frames, info.fps, info.width, info.height) == (33, 16.0, 64, 48)
    assert info.duration == pytest.approx(33 / 16)
    assert (info.codec, info.pixel_format, info.colorspace, info.color_range) == ("h264", "yuv420p", 1, 1)
    assert not info.has_audio and info.rotation == 0
    assert info.metadata["svta_key"] == "abc" and "algorithmicMedia" in info.metadata["comment"]
    assert marked_source_type(info.metadata) == "algorithmicMedia"
    assert marked_source_type({"comment": info.metadata["comment"]}) == "algorithmicMedia"
    assert marked_source_type({"comment": "filmed"}) is None
    assert clip.find(b"moov") < clip.find(b"mdat") and index_first(clip) == clip


def test_encode_keeps_the_picture_and_uses_b_frames(clip: bytes) -> None:
    frames, mask = decode(clip, sampling="all", size=None)
    assert frames.shape == (33, 48, 64, 3) and mask.all()
    assert psnr(frames, moving()) > 30
    with av.open(io.BytesIO(clip)) as container:
        assert av.video.frame.PictureType.B in {frame.pict_type for frame in container.decode(video=0)}


@pytest.mark.parametrize("codec", ["h264", "av1"])
@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (20, 60, 200), (128, 128, 128), (255, 255, 255)])
def test_colours_come_back_as_they_went(codec: str, colour: tuple[int, int, int]) -> None:
    data = encode(np.full((3, 64, 64, 3), colour, np.uint8), codec=codec)
    for options in ({"size": None}, {"size": 32}, {"size": 32, "resize": "squash"}, {"size": 32, "resize": "exact"}):
        frames, _ = decode(data, num_frames=1, **options)  # type: ignore[arg-type]
        assert np.abs(frames[0, 8:24, 8:24].astype(int) - colour).max() <= 3


@pytest.mark.parametrize(("matrix", "full", "luma"), [(1, False, 173), (5, False, 145), (1, True, 182), (5, True, 150)])
def test_matrix_and_range_are_obeyed(matrix: int, full: bool, luma: int) -> None:
    """Pure green is another luma in each of the four; written as YUV by hand, it must be read back as green."""
    kr, kb = (0.2126, 0.0722) if matrix == 1 else (0.299, 0.114)
    scale, span, base = (255, 255, 0) if full else (219, 224, 16)
    y = 1 - kr - kb
    yuv = [round(base + scale * y), round(128 + span * -y / (2 * (1 - kb))), round(128 + span * -y / (2 * (1 - kr)))]
    assert yuv[0] == luma
    planes = np.concatenate([np.full((32, 32), yuv[0]), np.full((8, 32), yuv[1]), np.full((8, 32), yuv[2])])
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=16, options={"crf": "1"})
        stream.width = stream.height = 32
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, 2 if full else 1
        frame = av.VideoFrame.from_ndarray(planes.astype(np.uint8), format="yuv420p")
        frame.colorspace, frame.color_range, frame.pts = matrix, 2 if full else 1, 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    for options in ({"size": None}, {"size": 16}):
        frames, _ = decode(buffer.getvalue(), num_frames=1, **options)  # type: ignore[arg-type]
        assert np.abs(frames[0, 4:12, 4:12].astype(int) - (0, 255, 0)).max() <= 4


@pytest.mark.parametrize("shape", [(33, 33), (16, 17), (65, 64), (2, 2), (1, 1)])
def test_odd_sizes_keep_their_size(shape: tuple[int, int]) -> None:
    frames, mask = decode(encode(moving(5, 70, 70)[:, : shape[0], : shape[1]]), sampling="all", size=None)
    assert frames.shape == (5, *shape, 3) and mask.all()


def test_what_cannot_be_encoded_is_a_video_error() -> None:
    for frames, options in (
        (np.zeros((3, 8, 8), np.uint8), {}),
        (np.zeros((0, 8, 8, 3), np.uint8), {}),
        (np.zeros((3, 8, 8, 3), np.float32), {}),
        (moving(2), {"codec": "mpeg4"}),
        (moving(2), {"fps": 0}),
        (moving(2, 16, 16)[:, :2, :2], {"codec": "av1"}),
    ):
        with pytest.raises(VideoError):
            encode(frames, **options)  # type: ignore[arg-type]


@pytest.mark.slow
def test_same_frames_same_bytes_whatever_lies_in_memory() -> None:
    """x264 with AVX-512 reads memory it never wrote; glibc's MALLOC_PERTURB_ makes that visible."""
    code = (
        "import hashlib, sys; sys.path.insert(0, 'tests/builder/video')\n"
        "from test_video import encode, moving\n"
        "print(*(hashlib.md5(encode(moving(33, 96, 160), codec=c)).hexdigest() for c in ('h264', 'av1')))"
    )
    root = Path(__file__).resolve().parents[3]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "MALLOC_PERTURB_": perturb, "SVT_LOG": "0"},
            capture_output=True, text=True, check=True, cwd=root,
        ).stdout
        for perturb in ("0", "85", "170")
    }  # fmt: skip
    assert len(outputs) == 1


def test_shorter_clips_are_padded_and_masked(clip: bytes) -> None:
    frames, mask = decode(clip, num_frames=40, size=32)
    assert frames.shape == (40, 32, 32, 3) and mask.tolist() == [True] * 33 + [False] * 7
    assert not frames[33:].any()
    frames, mask = decode(clip, num_frames=12, size=32, sampling="official")
    assert mask.sum() == 3 and not frames[3:].any()


def test_sampled_frames_are_the_frames_of_the_whole(clip: bytes) -> None:
    whole, _ = decode(clip, sampling="all", size=40)
    for sampling in ("uniform", "official", "random-segment"):
        for skip in (True, False):
            frames, mask = decode(clip, size=40, sampling=sampling, seed=7, exact_skip=skip)
            indices = frame_indices(33, 12, sampling, fps=16, seed=7)
            assert (frames[mask] == whole[indices]).all()


def test_exact_is_pils_bicubic_and_centre_crop(clip: bytes) -> None:
    frames, _ = decode(clip, num_frames=1, size=32, resize="exact")
    with av.open(io.BytesIO(clip)) as container:
        first = next(container.decode(video=0)).to_image()
    scaled = first.resize((int(32 * 64 / 48), 32), Image.Resampling.BICUBIC)
    left = round((scaled.width - 32) / 2)
    assert (frames[0] == np.asarray(scaled)[:, left : left + 32]).all()
    near, _ = decode(clip, num_frames=1, size=32)
    assert np.abs(near.astype(int) - frames).mean() < 6


def test_the_coded_hash_is_that_of_the_packets_whatever_the_container(clip: bytes) -> None:
    digest, moved = hashlib.sha256(), io.BytesIO()
    with av.open(io.BytesIO(clip)) as given, av.open(moved, "w", "matroska") as written:
        stream = written.add_stream_from_template(given.streams.video[0])
        written.metadata["title"] = "put anew"
        for packet in given.demux(video=0):
            digest.update(bytes(packet))
            if packet.size:
                packet.stream = stream
                written.mux(packet)
    assert coded_hash(clip) == coded_hash(moved.getvalue()) == int(digest.hexdigest()[:16], 16)
    assert coded_hash(encode(decode(clip, num_frames=4)[0], fps=8)) != coded_hash(clip)


@pytest.mark.parametrize("fps", [0.5, 0.04, 0.0])
def test_official_sampling_of_less_than_a_frame_a_second_is_every_frame(fps: float) -> None:
    assert frame_indices(9, 12, "official", fps=fps).tolist() == list(range(9))
    assert frame_indices(9, 3, "official", fps=fps).tolist() == [0, 4, 8]


def test_official_sampling_equals_the_fixtures(shared: Path) -> None:
    fixtures = json.loads((shared / "reference/frame_sampling.json").read_text())
    assert min(map(len, (fixtures["clip4clip_extractor"], fixtures["slice_framepos2_linspace"]))) >= 10
    for case in fixtures["clip4clip_extractor"]:
        total, fps, rate = case["n_frames"], case["fps"], case["feature_framerate"]
        if isinstance(case["indices"], str):
            with pytest.raises(SamplingError):
                frame_indices(total, 1000, "official", fps=fps, feature_framerate=rate)
        else:
            indices = frame_indices(total, 1000, "official", fps=fps, feature_framerate=rate)
            assert indices.tolist() == case["indices"]
    for name, indices in fixtures["slice_framepos2_linspace"].items():
        total, count = map(int, name.split("->"))
        assert frame_indices(total, count).tolist() == indices


def test_random_segments_take_one_frame_of_each() -> None:
    draws = np.stack([frame_indices(33, 12, "random-segment", seed=seed) for seed in range(200)])
    edges = np.arange(13) * 33 // 12
    assert (draws >= edges[:-1]).all() and (draws < edges[1:]).all()
    assert (np.ptp(draws, axis=0) == np.diff(edges) - 1).all()
    assert (frame_indices(33, 12, "random-segment", seed=3) == draws[3]).all()


def test_wrong_wishes_are_named(clip: bytes) -> None:
    for options in ({"sampling": "best"}, {"resize": "stretch"}, {"num_frames": 0}, {"size": 0}):
        with pytest.raises(VideoError):
            decode(clip, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirror", [False, True])
def test_rotation_and_mirroring_are_applied(degrees: int, mirror: bool) -> None:
    frames = moving(3, 32, 64)
    data = written(frames, setup=lambda s: s.set_display_rotation(degrees, hflip=mirror))
    shown, _ = decode(data, sampling="all", size=None)
    turned = np.rot90(frames, degrees // 90, axes=(1, 2))
    expected = turned[:, :, ::-1] if mirror else turned
    assert shown.shape == expected.shape
    assert psnr(shown, expected) > 25
    small, _ = decode(data, num_frames=1, size=16, resize="exact")
    direct, _ = decode(data, num_frames=1, size=16)
    assert np.abs(small.astype(int) - direct).mean() < 8
    kept = to_mp4(data)
    assert kept.how == "remuxed" and (decode(kept.mp4, sampling="all", size=None)[0] == shown).all()


def test_variable_frame_rate() -> None:
    pts = np.cumsum([0] + [3, 9, 30] * 4).tolist()
    data = written(moving(13), pts=pts, setup=lambda s: None)
    info = probe(data)
    assert info.num_frames == 13
    assert info.duration == pytest.approx((pts[-1] + 168 / 12) / 100, abs=0.35)
    frames, mask = decode(data, num_frames=13, size=None)
    assert mask.all() and psnr(frames, moving(13)) > 25


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "container"),
    [
        ("libx264", "yuv420p10le", "mp4"), ("libx264", "yuv422p", "matroska"), ("libx265", "yuv420p10le", "mp4"),
        ("libvpx", "yuv420p", "webm"), ("libvpx-vp9", "yuva420p", "webm"), ("mpeg4", "yuv420p", "avi"),
        ("mpeg2video", "yuv420p", "mpegts"), ("png", "rgba", "mov"), ("mjpeg", "yuvj420p", "mov"),
        ("libsvtav1", "yuv420p10le", "mp4"), ("ffv1", "gray", "matroska"), ("libx264", "yuv420p", "flv"),
    ],
)  # fmt: skip
def test_many_codecs_and_formats(codec: str, pix_fmt: str, container: str) -> None:
    options = {"log-level": "none"} if codec == "libx265" else {}
    data = written(moving(9, 64, 96), codec, pix_fmt, container, **options)
    assert probe(data).num_frames == 9
    frames, mask = decode(data, num_frames=9, size=None)
    other, _ = decode(data, num_frames=9, size=None, exact_skip=False)
    assert frames.shape == (9, 64, 96, 3) and mask.all() and (frames == other).all()
    reference = moving(9, 64, 96)
    if pix_fmt == "gray":
        frames, reference = frames.mean(-1), reference @ (0.299, 0.587, 0.114)
    assert psnr(frames, reference) > 22
    converted = to_mp4(data)
    assert converted.info.num_frames == 9 and converted.info.codec in ("h264", "hevc", "av1", "vp9")
    assert psnr(decode(converted.mp4, num_frames=9, size=None)[0], decode(data, num_frames=9, size=None)[0]) > 30


@pytest.mark.slow
@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 6])
def test_every_real_clip_decodes_the_same_with_and_without_skipping(shared: Path, every: int) -> None:
    folder = shared / "data/videos"
    for name in ("real_clips.jsonl", "svta_shaped.jsonl"):
        rows = [json.loads(line) for line in (folder / name).read_text().splitlines()]
        assert len(rows) >= 20
        for row in rows[::every]:
            data = (folder / row["file"]).read_bytes()
            if not row.get("frames") or row.get("decode_error"):
                for call in (probe, decode):
                    with pytest.raises(VideoError):
                        call(data)
                continue
            info = probe(data)
            assert (info.num_frames, info.width, info.height) == (row["frames"], row["width"], row["height"]), row
            assert info.rotation == (row.get("rotation") or 0)
            for options in ({"size": 224}, {"size": None, "num_frames": 3}):
                frames, mask = decode(data, **options)  # type: ignore[arg-type]
                plain, same = decode(data, exact_skip=False, **options)  # type: ignore[arg-type]
                assert (frames == plain).all() and (mask == same).all(), row["file"]


# file -> frames it holds, 0: it must be refused; as ../data/bad/MANIFEST.json asks
BAD_VIDEOS = {
    "good_33.mp4": 33, "zero_bytes.mp4": 0, "text.mp4": 0, "html_404.mp4": 0, "random.mp4": 0, "truncated_60pct.mp4": 0,
    "moov_missing_truncated.mp4": 0, "moov_renamed.mp4": 0, "huge_dims_stsd.mp4": 33, "huge_dims.y4m.mp4": 0,
    "bitflips_mdat.mp4": 0, "audio_only.mp4": 0, "frames_32.mp4": 32, "frames_34.mp4": 34, "vfr.mp4": 33,
    "static_frames.mp4": 33, "webm_named.mp4": 33, "with_audio.mp4": 33, "exe_header.mp4": 0, "zip_named.mp4": 0,
    "hls_http_loopback.mp4": 0, "ffconcat.mp4": 0,
}  # fmt: skip


def test_every_bad_video_behaves_as_its_manifest_says(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    folder = shared / "data/bad/video"
    monkeypatch.chdir(folder)  # where ffconcat's sibling lies
    assert {path.name for path in folder.iterdir()} == set(BAD_VIDEOS)
    for name, num_frames in BAD_VIDEOS.items():
        data = (folder / name).read_bytes()
        if num_frames:
            assert probe(data).num_frames == num_frames, name
            assert decode(data, num_frames=num_frames, size=32)[1].all()
        else:
            for call in (probe, decode, to_mp4):
                with pytest.raises(VideoError):
                    call(data)
    info = probe((folder / "vfr.mp4").read_bytes())
    assert abs(info.duration - 33 / 16) > 1 and info.fps == pytest.approx(33 / info.duration, rel=0.06)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9, 0.999])
def test_cut_files_are_refused(clip: bytes, cut: float) -> None:
    with pytest.raises(VideoError, match="cut off|read"):
        probe(clip[: int(len(clip) * cut)])
    with pytest.raises(VideoError, match="cut off|read"):
        decode(clip[: int(len(clip) * cut)])


def test_random_damage_gives_frames_or_a_video_error(clip: bytes) -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        data = bytearray(clip)
        for place in rng.integers(0, len(clip), 4):
            data[place] ^= 1 << int(rng.integers(8))
        try:
            frames, _ = decode(bytes(data), size=32)
            assert frames.shape == (12, 32, 32, 3)
        except VideoError:
            refused += 1
    assert refused > 50


def test_remuxing_keeps_every_packet(clip: bytes) -> None:
    def packets(data: bytes) -> list[str]:
        with av.open(io.BytesIO(data)) as container:
            return [hashlib.md5(bytes(p)).hexdigest() for p in container.demux(video=0) if p.size]

    converted = to_mp4(clip)
    assert converted.how == "remuxed" and packets(converted.mp4) == packets(clip)
    assert converted.info.metadata["svta_key"] == "abc"
    assert to_mp4(clip).mp4 == converted.mp4


def test_audio_is_dropped_or_kept(shared: Path) -> None:
    data = (shared / "data/bad/video/with_audio.mp4").read_bytes()
    assert to_mp4(data).audio == "dropped" and not to_mp4(data).info.has_audio
    kept = to_mp4(data, keep_audio=True)
    assert kept.audio == "kept" and kept.info.has_audio and kept.info.num_frames == 33
