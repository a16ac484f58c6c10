"""Words in an mp4's container: blanked in place, put back byte for byte, our own mark left alone."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from svta.builder.hub.video_tags import blank_tags, patches_from_json, patches_to_json, put_back
from svta.builder.video.container import probe
from svta.builder.video.decoder import decode
from svta.builder.video.encoder import encode
from svta.builder.video.marking import marked_source_type, synthetic_mark

FRAMES = np.random.default_rng(0).integers(0, 255, (6, 48, 64, 3), np.uint8)
MARK = synthetic_mark("algorithmicMedia", "0123456789abcdef0123")


def foreign(fragmented: bool = False) -> bytes:
    """An mp4 of another program, with words in every tag that FFmpeg writes."""
    out = io.BytesIO()
    options = {"movflags": "frag_keyframe+empty_moov"} if fragmented else {}
    with av.open(out, "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=16)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.metadata.update(
            title="red coat", comment="a man falls", description="over the box", artist="somebody"
        )
        stream.metadata.update(title="first words", handler_name="camera words")
        for frame in FRAMES:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return out.getvalue()


@pytest.mark.parametrize("fragmented", [False, True])
def test_foreign_words_go_and_come_back(fragmented: bool) -> None:
    mp4 = foreign(fragmented)
    blanked, patches = blank_tags(mp4)
    for words in (b"red coat", b"a man falls", b"over the box", b"first words", b"camera words", b"somebody"):
        assert (words in mp4) and words not in blanked, words
    assert len(blanked) == len(mp4) and put_back(blanked, patches) == mp4 and blank_tags(blanked) == (blanked, [])
    assert (decode(blanked)[0] == decode(mp4)[0]).all()
    assert put_back(blanked, patches_from_json(patches_to_json(patches))) == mp4


@pytest.mark.parametrize("kind", [b"uuid", b"free", b"skip", b"wide"])
def test_boxes_that_no_player_reads_are_emptied(kind: bytes) -> None:
    ours, words = encode(FRAMES, fps=16, metadata=MARK), b"a man in a red coat falls"
    mp4 = ours + (8 + len(words)).to_bytes(4, "big") + kind + words
    large = ours + (1).to_bytes(4, "big") + kind + (16 + len(words)).to_bytes(8, "big") + words  # a size of 64 bits
    for data in (mp4, large):
        blanked, patches = blank_tags(data)
        assert b"coat" not in blanked and put_back(blanked, patches) == data
        assert blanked == data.replace(words, bytes(len(words)))  # and nothing else: sizes stay


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


FREEFORM = (box(b"mean", bytes(4), b"coat"), box(b"name", bytes(4), b"coat falls"), box(b"data", bytes(8), b"a coat"))
OTHER_PLACES = {
    "freeform tag": box(b"moov", box(b"udta", box(b"meta", bytes(4), box(b"ilst", box(b"----", *FREEFORM))))),
    "meta of QuickTime": box(b"moov", box(b"meta", box(b"hdlr", bytes(24), b"a coat"), box(b"xml ", b"falls"))),
    "name of a key": box(b"moov", box(b"meta", box(b"keys", bytes(4), b"\0\0\0\1", box(b"mdta", b"a coat falls")))),
    "track of a fragment": box(b"moof", box(b"traf", box(b"udta", box(b"name", b"a coat falls")))),
    "media of a track": box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"dinf", box(b"free", b"a coat")))))),
    "edits, extension": box(
        b"moov", box(b"mvex", box(b"free", b"coat")), box(b"trak", box(b"edts", box(b"skip", b"a")))
    ),
}


@pytest.mark.parametrize("place", OTHER_PLACES)
def test_words_in_every_place_of_a_container_are_emptied(place: str) -> None:
    mp4 = OTHER_PLACES[place]
    blanked, patches = blank_tags(mp4)
    assert patches and put_back(blanked, patches) == mp4 and len(blanked) == len(mp4)
    assert b"coat" not in blanked and b"falls" not in blanked
    kinds = [kind for kind in (b"moov", b"moof", b"mdta", b"ilst", b"hdlr", b"name") if kind in mp4]
    assert all(kind in blanked for kind in kinds)  # the boxes themselves stay


def test_our_own_mark_stays() -> None:
    ours = encode(FRAMES, fps=16, metadata=MARK)
    assert blank_tags(ours) == (ours, [])
    titled = encode(FRAMES, fps=16, metadata={**MARK, "title": "red coat", "red_coat": "x"})
    blanked, patches = blank_tags(titled)
    assert len(patches) == 3 and b"red" not in blanked
    assert marked_source_type(probe(blanked).metadata) == "algorithmicMedia"
    worded = encode(FRAMES, fps=16, metadata=synthetic_mark("algorithmicMedia", "man_in_red_coat"))
    assert b"man_in_red_coat" not in blank_tags(worded)[0]


@pytest.mark.parametrize(
    "data", [b"", b"moov", b"\0\0\0\x08free" * 3, b"\0\0\0\1moov" + b"\xff" * 20, b"\0\0\1\0moov" * 40]
)
def test_what_is_no_mp4_stays_as_it_is(data: bytes) -> None:
    blanked, patches = blank_tags(data)
    assert put_back(blanked, patches) == data


@pytest.mark.parametrize("value", [5, [5], [[1]], [["a", "b"]], [[1, "\x7f~"]], [[1, "é"]], {}])
def test_patches_of_another_shape_are_refused(value: object) -> None:
    with pytest.raises(ValueError):
        patches_from_json(value)


def test_patches_stay_inside() -> None:
    for start in (-1, 3, 99):
        with pytest.raises(ValueError, match="outside"):
            put_back(b"abcd", [(start, b"xy")])
