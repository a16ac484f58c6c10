"""Words in an mp4's container that could repeat a withheld caption: found, blanked in place, and put back.

Reads an mp4, gives its bytes with every title, comment, handler name and free space emptied that svta did not write
itself; nothing moves, so offsets stay. The mark that says a clip is synthetic stays. Pixels are not looked at.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from typing import Final

from svta.builder.video.marking import SOURCE_TYPE_URL
from svta.builder.video.mp4 import boxes

_CONTAINERS: Final = (b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf", b"mvex", b"edts", b"dinf")
_FREE: Final = (b"free", b"skip", b"wide", b"uuid")
_MAX_DEPTH: Final = 8  # moov, trak, mdia, minf
_KEY_NAMES: Final = (b"comment", b"digital_source_type", b"svta_key", b"encoder", b"title", b"description")
_HANDLERS: Final = (b"VideoHandler", b"SoundHandler", b"")
_MARK: Final = re.compile(
    rb"(?:synthetic video; digital source type )?"
    + re.escape(SOURCE_TYPE_URL.encode())
    + rb"(?:trainedAlgorithmicMedia|algorithmicMedia)(?:; svta key ([0-9a-f]{16,64}))?"
    rb"|[0-9a-f]{16,64}|Lav[cf][0-9.]*(?: libx264| libsvtav1)?"
)
Patch = tuple[int, bytes]
"""(offset, the bytes that were there)"""


def blank_tags(mp4: bytes) -> tuple[bytes, list[Patch]]:
    """The mp4 without foreign words in its container, and what was removed where: put_back restores it."""
    blanked = bytearray(mp4)
    patches: list[Patch] = []
    for start, end in _foreign(mp4, 0, len(mp4)):
        if any(mp4[start:end]):
            patches.append((start, mp4[start:end]))
            blanked[start:end] = bytes(end - start)
    return (bytes(blanked), patches) if patches else (mp4, [])


def put_back(mp4: bytes, patches: Sequence[Patch]) -> bytes:
    """The mp4 as it was before blank_tags. Raises ValueError for patches outside of it."""
    whole = bytearray(mp4)
    for start, data in patches:
        if not 0 <= start <= start + len(data) <= len(mp4):
            raise ValueError("a patch is outside the video")
        whole[start : start + len(data)] = data
    return bytes(whole)


def patches_to_json(patches: Sequence[Patch]) -> list[list[object]]:
    """Patches as plain data: [offset, base 85]."""
    return [[start, base64.b85encode(data).decode("ascii")] for start, data in patches]


def patches_from_json(value: object) -> list[Patch]:
    """What patches_to_json wrote. Raises ValueError for anything else."""
    if not isinstance(value, list):
        raise ValueError("a list of patches is needed")
    patches = []
    for item in value:
        match item:
            case [int(start), str(text)]:
                patches.append((start, base64.b85decode(text.encode("ascii"))))
            case _:
                raise ValueError("a patch is [offset, text]")
    return patches


def _foreign(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[tuple[int, int]]:
    """Where words are that svta did not write, in the boxes of data[start:end]."""
    if depth > _MAX_DEPTH:
        return
    for kind, box, box_end in boxes(data, start, end):
        body, stop = box + _header(data, box), min(box_end, end)
        if kind in _CONTAINERS:
            yield from _foreign(data, body, stop, depth + 1)
        elif kind == b"hdlr":
            if data[body + 24 : stop].rstrip(b"\0") not in _HANDLERS:
                yield body + 24, stop
        elif kind == b"udta":
            yield from _user_data(data, body, stop)
        elif kind == b"meta":
            yield from _meta(data, body, stop)
        elif kind in _FREE:
            yield body, stop


def _user_data(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    for kind, box, box_end in boxes(data, start, end):
        body, stop = box + _header(data, box), min(box_end, end)
        yield from _meta(data, body, stop) if kind == b"meta" else [(body, stop)]


def _meta(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A meta box: in MP4 four bytes of version come first, in QuickTime none do."""
    start += 0 if data[start + 4 : start + 8] in (b"hdlr", b"keys", b"ilst") else 4
    for kind, box, box_end in boxes(data, start, end):
        body, stop = box + _header(data, box), min(box_end, end)
        if kind == b"hdlr":
            yield body + 24, stop
        elif kind == b"keys":
            yield from _key_names(data, body + 8, stop)
        elif kind == b"ilst":
            for _, item, item_end in boxes(data, body, stop):
                yield from _values(data, item + _header(data, item), min(item_end, stop))
        else:
            yield body, stop


def _key_names(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start + 8 <= end:
        stop = min(end, start + max(8, int.from_bytes(data[start : start + 4], "big")))
        if data[start + 8 : stop] not in _KEY_NAMES:
            yield start + 8, stop
        start = stop


def _values(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    for kind, box, box_end in boxes(data, start, end):
        body, stop = box + _header(data, box), min(box_end, end)
        text = body + 8 if kind == b"data" else body + 4
        if not (kind == b"data" and _MARK.fullmatch(data[text:stop])):
            yield min(text, stop), stop


def _header(data: bytes, box: int) -> int:
    return 16 if data[box : box + 4] == b"\0\0\0\1" else 8
