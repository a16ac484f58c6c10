"""Counts of what a video file's index holds, taken before FFmpeg opens it: mp4, Matroska, Ogg, ASF and FLV.

FFmpeg looks through all tags for each further one, and copies the whole frame list for each entry of an edit list: a
file of 1 MB would hold it for minutes, and nothing in it can be stopped from outside.

    check_index(data)      # VideoError for 20,000 tags
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from .frame_buffer import VideoError

MAX_TAGS: Final = 1_000  # of all tracks; tools write 10 to 50
MAX_EDITS: Final = 1_000  # of all tracks; tools write 1 to 3 a track
MAX_EDITED_FRAMES: Final = 1_000_000  # entries times frames of one track, where there are more than _FEW_EDITS
MAX_BOXES: Final = 100_000
_FEW_EDITS: Final = 3
_PARENTS: Final = (b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl", b"udta", b"meta", b"ilst")
_TAGS_OF: Final = (b"udta", b"ilst")
MAX_SCRIPT_BYTES: Final = 65_536  # of FLV's onMetaData besides tables of numbers: about 8,000 tags at the most
_MATROSKA: Final = b"\x1a\x45\xdf\xa3"
_MATROSKA_TAGS: Final = re.compile(rb"\x12\x54\xc3\x67")
_MATROSKA_TAG: Final = b"\x67\xc8"
_OGG_COMMENTS: Final = re.compile(rb"\x03vorbis|\x81theora|OpusTags|OVP80\x02 ")  # then a vendor's name and a count
_OGG_COMMENT: Final = re.compile(rb"\0\0[^\0=]+=")  # the upper half of its length, and its key
_ASF: Final = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_TAGS: Final = re.compile(  # extended content description, metadata, metadata library
    b"|".join(
        re.escape(bytes.fromhex(guid))
        for guid in (
            "40a4d0d207e3d21197f000a0c95ea850",
            "eacbf8c5af5b77488467aa8c44fa4cca",
            "941c23449894d149a1411d134e457054",
        )
    )
)
_FLV_SCRIPT: Final = re.compile(rb"\x12.{10}\x02\x00\x0aonMetaData", re.DOTALL)
_FLV_NUMBERS: Final = re.compile(rb"\x0a.{4}(?:\x00.{8})+", re.DOTALL)
_BLOCK: Final = 1 << 24  # of a file that is searched block by block
_OVERLAP: Final = 256


class _Box(NamedTuple):
    kind: bytes
    parent: bytes
    track: int  # where its trak begins; 0 outside
    start: int  # of its content
    end: int


class FileSlices:
    """An open file that is sliced as bytes are; only what is asked for is read."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self._size = file.seek(0, 2)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        self._file.seek(start)
        return self._file.read(max(0, stop - start))


def check_index(data: bytes | FileSlices) -> None:
    """VideoError for a file whose index FFmpeg would read for minutes. Microseconds for one that is as others are."""
    if data[:4] == _MATROSKA:
        starts = (end for _, end in _find(_MATROSKA_TAGS, data))
        tags = sum(data[start : _end_of_element(data, start)].count(_MATROSKA_TAG) for start in starts)
        _check(tags, MAX_TAGS, "metadata tags")
    elif data[:4] == b"OggS":
        claimed = sum(_after_vendor(data, end) for _, end in _find(_OGG_COMMENTS, data))
        _check(max(claimed, sum(1 for _ in _find(_OGG_COMMENT, data))), MAX_TAGS, "metadata tags")
    elif data[:16] == _ASF:
        counts = (data[end + 8 : end + 10] for _, end in _find(_ASF_TAGS, data))
        _check(sum(int.from_bytes(count, "little") for count in counts), MAX_TAGS, "metadata tags")
    elif data[:3] == b"FLV":
        sizes = (_script_size(data, *place) for place in _find(_FLV_SCRIPT, data))
        _check(sum(sizes), MAX_SCRIPT_BYTES, "bytes of metadata")
    else:
        _check_boxes(data)


def _after_vendor(data: bytes | FileSlices, start: int) -> int:
    """How many comments an Ogg header claims; 0 if there is no header."""
    count = start + 4 + int.from_bytes(data[start : start + 4], "little")
    return int.from_bytes(data[count : count + 4], "little")


def _script_size(data: bytes | FileSlices, start: int, end: int) -> int:
    """Bytes of FLV's metadata besides tables of numbers, which FFmpeg keeps apart."""
    stop = start + 11 + int.from_bytes(data[start + 1 : start + 4], "big")
    return len(_FLV_NUMBERS.sub(b"", data[end:stop]))


def _check_boxes(data: bytes | FileSlices) -> None:
    tags = keys = 0
    edits: Counter[int] = Counter()
    frames: Counter[int] = Counter()
    for count, box in enumerate(_boxes(data), 1):
        _check(count, MAX_BOXES, "boxes in its index")
        if box.kind == b"cmov":
            raise VideoError("has a compressed index (cmov), as QuickTime wrote 20 years ago; remux it")
        tags += box.parent in _TAGS_OF
        if box.kind == b"keys":
            keys += _number(data, box, 4)
        elif box.kind == b"elst":
            edits[box.track] += min(_number(data, box, 4), (box.end - box.start) // 12)
        elif box.kind in (b"stsz", b"stz2"):
            frames[box.track] += _number(data, box, 8)
    _check(max(tags, keys), MAX_TAGS, "metadata tags")
    _check(sum(edits.values()), MAX_EDITS, "entries in its edit lists")
    for track, entries in edits.items():
        if entries > _FEW_EDITS:
            _check(entries * frames[track], MAX_EDITED_FRAMES, "frames that its edit list shows again")


def _check(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise VideoError(f"has {count:,} {what}; the limit is {limit:,}")


def _boxes(data: bytes | FileSlices) -> Iterator[_Box]:
    """All boxes of the index, parents first, sized as FFmpeg sizes them: 0 means up to the parent's end."""
    open_boxes = [(0, len(data), b"", 0)]
    while open_boxes:
        start, end, parent, track = open_boxes.pop()
        if start + 8 > end:
            continue
        size, kind, header = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        stop = end if size == 0 else min(start + size, end)
        if size and size < header:
            continue
        open_boxes.append((stop, end, parent, track))
        within = start if kind == b"trak" else track
        if parent or kind in _PARENTS:
            yield _Box(kind, parent, within, start + header, stop)
        if kind in _PARENTS:
            has_version = kind == b"meta" and data[start + header + 4 : start + header + 8] != b"hdlr"
            open_boxes.append((start + header + 4 * has_version, stop, kind, within))


def _number(data: bytes | FileSlices, box: _Box, offset: int) -> int:
    return int.from_bytes(data[box.start + offset : min(box.start + offset + 4, box.end)], "big")


def _find(pattern: re.Pattern[bytes], data: bytes | FileSlices) -> Iterator[tuple[int, int]]:
    """(start, end) of what matches, searched block by block."""
    for block in range(0, len(data), _BLOCK):
        for match in pattern.finditer(data[block : block + _BLOCK + _OVERLAP]):
            if match.start() < _BLOCK:
                yield block + match.start(), block + match.end()


def _end_of_element(data: bytes | FileSlices, start: int) -> int:
    """Where a Matroska element ends whose size is at `start`; a block further where the size is unknown."""
    first = data[start : start + 1]
    width = 9 - first[0].bit_length() if first else 9
    if width > 8:
        return start + _BLOCK
    size = int.from_bytes(data[start : start + width], "big") & ((1 << 7 * width) - 1)
    return start + (_BLOCK if size == (1 << 7 * width) - 1 else min(width + size, _BLOCK))
