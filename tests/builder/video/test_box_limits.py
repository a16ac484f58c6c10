"""Files whose index would hold FFmpeg for minutes are refused in moments; ordinary ones are not."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Callable

import av
import numpy as np
import pytest

from svta.builder.video import VideoError, decode, encode, probe
from svta.builder.video import container as container_module
from svta.builder.video.box_limits import MAX_EDITS, MAX_TAGS, check_index
from svta.builder.video.mp4 import boxes
from svta.builder.video.timeline import read_timeline
from svta.builder.video.transcode import to_mp4


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + kind + content


@pytest.fixture(scope="module")
def clip() -> bytes:
    return encode(np.random.default_rng(3).integers(0, 255, (6, 48, 64, 3), np.uint8), fps=6)


def changed(
    mp4: bytes, change: Callable[[bytes, bytes], bytes], parents: tuple[bytes, ...] = (b"moov", b"trak")
) -> bytes:
    """The mp4 with each box of its parents as change(kind, content) says, at its end so that offsets stay."""
    parts = []
    for name, start, end in boxes(mp4, 0, len(mp4)):
        content = mp4[start + 8 : end]
        if name in parents:
            content = changed(content, change, parents)
        parts.append(change(name, content))
    return b"".join(parts)


def with_tags(mp4: bytes, count: int) -> bytes:
    value = box(b"data", struct.pack(">II", 1, 0), b"v")
    item = b"".join(
        box(b"----", box(b"mean", bytes(4), b"x"), box(b"name", bytes(4), b"%d" % i), value) for i in range(count)
    )
    handler = box(b"hdlr", bytes(8), b"mdir", bytes(13))
    extra = box(b"udta", box(b"meta", bytes(4), handler, box(b"ilst", item)))
    return changed(mp4, lambda name, content: box(name, content, extra if name == b"moov" else b""))


def with_edits(mp4: bytes, count: int) -> bytes:
    edits = box(b"elst", struct.pack(">II", 0, count), struct.pack(">IIHH", 1000, 0, 1, 0) * count)

    def change(name: bytes, content: bytes) -> bytes:
        return box(name, edits if name == b"edts" else content)

    return changed(mp4, change)


@pytest.mark.parametrize(
    ("make", "message"),
    [(with_tags, r"has 20,00\d metadata tags"), (with_edits, "has 20,000 entries in its edit lists")],
)
def test_20000_entries_are_refused_at_once(clip: bytes, make: Callable[[bytes, int], bytes], message: str) -> None:
    bomb = make(clip, 20_000)
    started = time.process_time()
    for read in (probe, decode):
        with pytest.raises(VideoError, match=message):
            read(bomb)
    assert time.process_time() - started < 5


def test_limits_are_exact_and_ordinary_files_are_read(clip: bytes) -> None:
    assert probe(clip).num_frames == 6
    check_index(with_tags(clip, MAX_TAGS - 10))
    check_index(with_edits(clip, MAX_EDITS))
    with pytest.raises(VideoError, match=f"{MAX_EDITS + 1:,} entries"):
        check_index(with_edits(clip, MAX_EDITS + 1))
    for data in (b"", b"x", bytes(100), clip[:100], b"\0\0\0\1moov", struct.pack(">I", 0) + b"moov" + bytes(50)):
        check_index(data)


def test_an_edit_list_that_shows_long_footage_again_and_again_is_refused(clip: bytes) -> None:
    def claim(name: bytes, content: bytes) -> bytes:
        size = box(b"stsz", struct.pack(">III", 0, 100, 400_000))
        return box(name, size if name == b"mdia" else content)

    check_index(changed(with_edits(clip, 3), claim))
    with pytest.raises(VideoError, match="1,600,000 frames that its edit list shows again"):
        check_index(changed(with_edits(clip, 4), claim))


def test_a_compressed_index_and_boxes_without_end_are_refused(clip: bytes) -> None:
    with pytest.raises(VideoError, match="cmov"):
        check_index(box(b"moov", box(b"cmov", bytes(20))))
    with pytest.raises(VideoError, match="100,001 boxes"):
        check_index(box(b"moov", box(b"free") * 100_001))


def test_tags_of_matroska_are_counted() -> None:
    tag = b"\x67\xc8\x80"
    for size in (b"\x01\xff\xff\xff\xff\xff\xff\xff", b"\x01" + (3 * 2_000).to_bytes(7, "big"), b"\x00"):
        with pytest.raises(VideoError, match="2,000 metadata tags"):
            check_index(b"\x1a\x45\xdf\xa3\x80\x12\x54\xc3\x67" + size + tag * 2_000)
    check_index(b"\x1a\x45\xdf\xa3\x80" + tag * 2_000)  # no tags, but video that looks like them


@pytest.mark.parametrize(("width", "height"), [(8, 7_000), (7_000, 8)])
@pytest.mark.parametrize("resize", ["crop", "exact"])
def test_a_frame_that_would_grow_before_it_is_cropped_is_refused(width: int, height: int, resize: str) -> None:
    video = encode(np.zeros((2, height, width, 3), np.uint8), fps=2)
    assert (probe(video).width, probe(video).height) == (width, height)
    with pytest.raises(VideoError, match=f"frames of {width}x{height}, too narrow for a short side of 224"):
        decode(video, num_frames=2, resize=resize)
    assert decode(video, num_frames=2, resize="squash")[0].shape == (2, 224, 224, 3)
    assert decode(video, num_frames=2, size=None)[0].shape == (2, height, width, 3)


@pytest.mark.parametrize(
    ("codec", "width", "height", "pixels"),
    [("mjpeg", 2, 65_000, "yuvj420p"), ("rawvideo", 65_534, 2, "yuv420p"), ("rawvideo", 65_535, 1, "gray")],
)
def test_frames_that_are_lines_are_refused_before_one_is_decoded(
    codec: str, width: int, height: int, pixels: str
) -> None:
    video = muxed("avi", codec, 0, (width, height), pixels)
    started = time.process_time()
    for read in (probe, decode, read_timeline, to_mp4):
        with pytest.raises(VideoError, match=f"frames of {width}x{height}; a side may be 1,000 times the other"):
            read(video)
    assert time.process_time() - started < 2


def test_a_thousand_times_as_wide_as_high_is_read() -> None:
    assert probe(muxed("avi", "rawvideo", 0, (4_000, 4), "yuv420p")).num_frames == 3
    with pytest.raises(VideoError, match="frames of 4002x4"):
        probe(muxed("avi", "rawvideo", 0, (4_002, 4), "yuv420p"))


def with_samples(mp4: bytes, count: int) -> bytes:
    """The mp4 with so many frames, all of them the bytes of its first one; the new index stands at its end."""

    def change(name: bytes, content: bytes) -> bytes:
        if name in (b"stss", b"ctts", b"edts"):
            return b""
        size, first = content[12:16], content[8:12]  # of stsz, of stco
        tables = {
            b"stts": struct.pack(">IIII", 0, 1, count, 1),
            b"stsc": struct.pack(">IIIII", 0, 1, 1, 1, 1),
            b"stsz": bytes(4) + size + struct.pack(">I", count),
            b"stco": struct.pack(">II", 0, count) + first * count,
        }
        return box(name, tables.get(name, content))

    start, end = next((start, end) for name, start, end in boxes(mp4, 0, len(mp4)) if name == b"moov")
    index = changed(mp4[start:end], change, (b"moov", b"trak", b"mdia", b"minf", b"stbl"))
    return mp4[:start] + box(b"free", bytes(end - start - 8)) + mp4[end:] + index


@pytest.mark.slow
def test_an_index_that_names_the_same_bytes_again_and_again_is_refused() -> None:
    """Frames of 1 MB that 8,000 entries name would be gigabytes of packets, and minutes of decoding."""
    noise = np.random.default_rng(1).integers(0, 255, (2, 480, 640, 3), np.uint8)
    mp4 = encode(noise, fps=5, crf=1)
    assert probe(with_samples(mp4, 2)).num_frames == 2  # as an edit list shows frames again
    started = time.process_time()
    for read in (probe, decode, read_timeline, to_mp4):
        with pytest.raises(VideoError, match=r"names the same bytes as frames again and again: over [\d,]+ of "):
            read(with_samples(mp4, 8_000))
    assert time.process_time() - started < 5


def test_decoding_ends_at_its_deadline(clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_module, "DECODE_SECONDS", -1e6)
    for read in (probe, decode, lambda data: decode(data, exact_skip=False)):
        with pytest.raises(VideoError, match="seconds of CPU time to decode"):
            read(clip)


def muxed(container: str, codec: str, tags: int, size: tuple[int, int] = (64, 48), pixels: str = "yuv420p") -> bytes:
    """Three frames with so many tags of 20 characters."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        output.metadata.update({f"k{i:06d}": "v" * 20 for i in range(tags)})
        for number in range(3):
            frame = av.VideoFrame(*size, pixels)
            for plane in frame.planes:
                plane.update(bytes([16]) * plane.buffer_size)
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("container", "codec", "message"),
    [
        ("asf", "wmv2", r"has 3,00\d metadata tags"),
        ("flv", "flv1", r"has 9\d,\d{3} bytes of metadata"),
        ("ogg", "libvpx", r"has 3,00\d metadata tags"),
        ("matroska", "mpeg4", r"has 3,\d{3} metadata tags"),
    ],
)
def test_tags_are_counted_in_every_container(container: str, codec: str, message: str) -> None:
    assert probe(muxed(container, codec, 300)).num_frames == 3
    with pytest.raises(VideoError, match=message):
        probe(muxed(container, codec, 3_000))
    assert probe(muxed(container, codec, 0)).num_frames == 3


def test_key_frames_of_a_long_flv_are_no_tags() -> None:
    table = b"\x0a" + (20_000).to_bytes(4, "big") + (b"\0" + struct.pack(">d", 12.5)) * 20_000
    body = b"\x02\0\x0aonMetaData" + b"\x08\0\0\0\1\0\5times" + table + b"\0\0\x09"
    check_index(b"FLV\1\1\0\0\0\x09\0\0\0\0" + b"\x12" + len(body).to_bytes(3, "big") + bytes(7) + body)
