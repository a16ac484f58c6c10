"""The short way through a shard against the careful one, and against tarfile: same samples, same errors, same order."""

from __future__ import annotations

import io
import json
import random
import tarfile
from pathlib import Path
from typing import Any

import pytest

from svta.builder.record import Clip
from svta.builder.shards.reader import read_samples, read_shard
from svta.builder.shards.sample import ShardError
from svta.builder.shards.writer import write_shard


def events(source: Path | io.BufferedReader, read: Any) -> list[Any]:
    """Everything a reader gives and reports, in order."""
    told: list[Any] = []
    for given in read(source, on_error=lambda error: told.append((str(error), error.key))):
        told.append(tuple(given))
    return told


def raised(source: Path | io.BufferedReader) -> list[Any]:
    told: list[Any] = []
    try:
        told.extend(read_shard(source))
    except ShardError as error:
        told.append((str(error), error.key))
    return told


def assert_both_ways_agree(path: Path, what: object) -> None:
    """A path takes the short way, an open file the careful one; the careful one is right."""
    ways = []
    for way in (read_samples, read_shard):
        with open(path, "rb") as file:
            ways.append((events(path, way), events(file, way)))
    with open(path, "rb") as file:
        ways.append((raised(path), raised(file)))
    for short, careful in ways:
        assert short == careful, (what, path)


def drawn_members(draw: random.Random, key: str) -> list[tuple[str, bytes]]:
    """The members of one clip: as svta writes them two times in three, else with something odd."""
    caption = "".join(draw.choices('ab :\\"é漢\U0001f600{},\n', k=draw.choice((1, 9, 600, 1999)))) + "x"
    more = draw.choice(({}, {"source_id": "a:b\\"}, {"provenance": '{"a": "' + "é" * draw.choice((1, 9000)) + '"}'}))
    clip = Clip.from_dict({"key": key, "caption": caption, "tag": "t", **more})
    record, odd = clip.to_bytes(), draw.randrange(42)
    members = [
        (f"{key}.mp4", draw.randbytes(draw.choice((1, 511, 512, 513, draw.randrange(1, 9000))))),
        (f"{key}.json", json.dumps(json.loads(record), indent=1).encode() if odd == 0 else record),
        (f"{key}.txt", caption.encode()),
    ]
    extras = [(f"{key}.cls", b"7"), (f"./{key}.cls", b"7"), (key, b"7"), ("._a.mp4", b""), members[0], members[2]]
    if odd < len(extras):
        members.append(extras[odd])
    elif odd == 7:
        members += [("._a", b"junk"), (f"{key}.cls", b"7")]
    elif odd == 8:
        members.insert(draw.randrange(4), ("__MACOSX/a.mp4", b"junk"))
    elif odd == 9:
        del members[draw.randrange(3)]
    elif odd == 10:
        draw.shuffle(members)
    elif odd in (11, 12):
        twice = draw.choice((b'"caption":"y"', b'"start":NaN', b'"seed":1.0', b'"x":1', b'"flags":["\\ud800"]'))
        members[1] = (members[1][0], record[:-1] + b"," + twice + b"}")
    elif odd == 13:
        members[2] = (members[2][0], members[2][1] + draw.choice((b"\n", b"z")))
    return members


def drawn_tar(draw: random.Random) -> bytes:
    """One to twenty clips, more than are parsed at a time, in one of tarfile's formats; a key may come twice."""
    keys = [f"k{i}" for i in range(draw.choice((1, 2, 7, 8, 9, 20)))]
    if draw.random() < 0.2:
        keys[-1] = draw.choice(keys)
    fmt = draw.choice((tarfile.USTAR_FORMAT, tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    user, mtime = draw.choice(("", "root", "é")), draw.choice((0, 7, 7.5))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=fmt) as tar:
        for name, data in (member for key in keys for member in drawn_members(draw, key)):
            info = tarfile.TarInfo(name)
            info.size, info.uname = len(data), user
            info.mtime = mtime if fmt == tarfile.PAX_FORMAT else int(mtime)
            if draw.random() < 0.01:
                info.pax_headers = {"comment": "harmless"}
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def damaged(draw: random.Random, data: bytes) -> bytes:
    """A bit or some bytes of it changed, mostly in headers, sometimes with a checksum that fits again; or cut."""
    harmed = bytearray(data)
    headers = [at for at in range(0, len(data), 512) if data[at + 257 : at + 262] == b"ustar"]
    header = draw.choice(headers)
    at = draw.choice((draw.randrange(len(data)), header + draw.choice((*range(124, 158), draw.randrange(512)))))
    kind = draw.randrange(10)
    if kind < 6:
        harmed[at] ^= 1 << draw.randrange(8)
    elif kind < 8:
        harmed[at : at + 8] = draw.choice((bytes(8), b"01234567", draw.randbytes(8)))[: len(data) - at]
    elif kind == 8:
        return data[: at // 64 * 64]
    else:
        harmed[header:header] = data[headers[0] : headers[0] + 512]
    if draw.random() < 0.4 and at - header not in range(148, 156):
        block = harmed[header : header + 512]
        block[148:156] = b" " * 8
        harmed[header + 148 : header + 156] = b"%06o\0 " % (sum(block) & 0o777777)
    return bytes(harmed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_short_way_gives_and_says_what_the_careful_way_does(tmp_path: Path, seed: int) -> None:
    draw, path = random.Random(seed), tmp_path / "a.tar"
    for number in range(25):
        data = drawn_tar(draw)
        path.write_bytes(data)
        assert_both_ways_agree(path, (seed, number))
        for again in range(20):
            path.write_bytes(damaged(draw, data))
            assert_both_ways_agree(path, (seed, number, again))


@pytest.mark.slow
def test_every_cut_and_every_flipped_bit_of_a_header_reads_the_same_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_shard(path, [(Clip(key=f"k{i}", caption="a: man\\"), b"v" * 600) for i in range(2)])
    data = path.read_bytes()
    for cut in range(0, len(data), 64):
        path.write_bytes(data[:cut])
        assert_both_ways_agree(path, cut)
    for at in (*range(0, 20), *range(100, 160), *range(257, 265), 345, 500, *range(1536 + 124, 1536 + 158)):
        for bit in range(8):
            harmed = bytearray(data)
            harmed[at] ^= 1 << bit
            path.write_bytes(harmed)
            assert_both_ways_agree(path, (at, bit))


def resized(data: bytes, header: int, size: bytes) -> bytes:
    """`data` with other bytes as the size in the header at `header`, and the checksum that fits."""
    block = bytearray(data[header : header + 512])
    block[124:136], block[148:156] = size.ljust(12, b"\0"), b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return data[:header] + bytes(block) + data[header + 512 :]


def test_a_size_of_twelve_digits_is_one_number(tmp_path: Path) -> None:
    """Eleven of them would be an eighth of it: another video, and another sample hidden in this one."""
    path, inner = tmp_path / "a.tar", tmp_path / "inner.tar"
    write_shard(inner, [(Clip(key="a", caption="hidden"), b"h" * 512)])
    hidden = inner.read_bytes()[512:-1024]  # what follows an mp4 header: 512 bytes, json and txt of key a
    whole = hidden.ljust(4096, b"\0")
    write_shard(path, [(Clip(key="a", caption="seen"), whole)])
    path.write_bytes(resized(path.read_bytes(), 0, b"%012o" % 4096))
    assert [(clip.caption, video) for clip, video in read_shard(path)] == [("seen", whole)]
    assert_both_ways_agree(path, "twelve digits")
