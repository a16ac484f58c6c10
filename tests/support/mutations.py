"""Mutations of files: of any bytes, and of what the bytes mean (values of JSON, columns of Parquet, members of a tar).

Mutator(random.Random(0)).file(path)     # the file, changed in place by the rules of its format
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

NUMBERS = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
    1 << 63,
)
WORDS = (
    b"moov",
    b"mdat",
    b"PAR1",
    b"ustar",
    b"{",
    b"[",
    b'"',
    b"../",
    b"\0" * 8,
    b"\xff" * 8,
    b"elst",
    b"stts",
    b"null",
)
ODD = (
    None, True, False, 0, 1, -1, 1.5, 1e308, -0.0, 2**31, 2**63, 2**200, "", " ", "x", "../x", "/etc/passwd",
    "a" * 5_000,     "\u202e", "\0", "é" * 200, [], {}, [[]], [None], {"a": 1}, {"": []}, ["x"] * 50, "http://127.0.0.1:9/x",
    "2026-13-45", "nan", "-1", [1, "x", None], {"key": {"key": {}}}, "\udc80",
)  # fmt: skip
FIELDS = (
    b"../x", b"/abs", b"\xff" * 12, b"0" * 11, b"77777777777", b"x" * 100, b"\n\t", b"1", b"2", b"5", b"x", b"g", b"L",
    b"._a.mp4", b"a.b.c.json", b" ",
)  # fmt: skip
RAW = ("NaN", "Infinity", "1e999", "[" * 3_000, '{"a":1,"a":2}', "01", "tru", "9" * 5_000)
COLUMNS: tuple[Callable[[int], pa.Array], ...] = (
    pa.nulls,
    lambda n: pa.array([True] * n),
    lambda n: pa.array([b"\xff\xfe"] * n),
    lambda n: pa.array([[1, None]] * n),
    lambda n: pa.array([{"a": 1}] * n),
    lambda n: pa.array([-1] * n, pa.int8()),
    lambda n: pa.array([2**63] * n, pa.uint64()),
    lambda n: pa.array([float("nan")] * n),
    lambda n: pa.array([float("inf")] * n),
    lambda n: pa.array(["x"] * n).dictionary_encode(),
    lambda n: pa.array(["../../x"] * n),
    lambda n: pa.array([""] * n),
    lambda n: pa.array([1] * n, pa.timestamp("ns")),
    lambda n: pa.array([1] * n, pa.duration("s")),
    lambda n: pa.array([[("a", 1)]] * n, pa.map_(pa.string(), pa.int64())),
    lambda n: pa.array([1.5] * n, pa.float16()),
    lambda n: pa.array(["a" * 3_000] * n),
    lambda n: pa.array([10**20] * n, pa.decimal128(38, 2)),
)


class Mutator:
    """Decided by its random generator alone."""

    def __init__(self, chance: random.Random):
        self.chance = chance

    def file(self, path: Path) -> str:
        """Change a file in place; what was done, in words."""
        data, kind = path.read_bytes(), path.suffix
        if self.chance.random() < 0.65 and data:
            try:
                if kind in (".json", ".jsonl"):
                    return self._write(path, self.json_text(data, lines=kind == ".jsonl"), "JSON")
                if kind == ".parquet":
                    return self._parquet(path)
                if kind == ".tar":
                    return self._write(path, self.tar(data), "tar")
                if kind == ".safetensors":
                    return self._write(path, self.safetensors(data), "safetensors")
                if kind in (".mp4", ".webm", ".mkv"):
                    return self._write(path, self.boxes(data), "boxes")
            except (ValueError, KeyError, TypeError, IndexError, struct.error, pa.ArrowException):
                pass  # no longer of its kind: bytes are left to change
        return self._write(path, self.data(data), "bytes")

    @staticmethod
    def _write(path: Path, data: bytes, what: str) -> str:
        path.write_bytes(data)
        return f"{path.name}: {what}"

    def data(self, data: bytes) -> bytes:
        """Some bytes flipped, set, taken away, repeated, or the end cut off."""
        out = bytearray(data)
        for _ in range(self.chance.choice((1, 1, 2, 4, 16))):
            at = (
                self.chance.randrange(len(out) + 1)
                if self.chance.random() < 0.7
                else self.chance.randrange(min(64, len(out)) + 1)
            )
            self.chance.choice((self._flip, self._number, self._drop, self._repeat, self._word, self._cut))(out, at)
        return bytes(out)

    def _flip(self, out: bytearray, at: int) -> None:
        if at < len(out):
            out[at] ^= 1 << self.chance.randrange(8)

    def _number(self, out: bytearray, at: int) -> None:
        size = self.chance.choice((1, 2, 4, 8))
        order = self.chance.choice(("big", "little"))
        out[at : at + size] = (self.chance.choice(NUMBERS) % (1 << 8 * size)).to_bytes(size, order)  # type: ignore[arg-type]

    def _drop(self, out: bytearray, at: int) -> None:
        del out[at : at + self.chance.choice((1, 4, 64, 600))]

    def _repeat(self, out: bytearray, at: int) -> None:
        out[at:at] = out[at : at + self.chance.choice((1, 8, 512, 2_000))]

    def _word(self, out: bytearray, at: int) -> None:
        word = self.chance.choice(WORDS)
        out[at : at + len(word)] = word

    def _cut(self, out: bytearray, at: int) -> None:
        if self.chance.random() < 0.3:
            del out[at:]

    def boxes(self, data: bytes) -> bytes:
        """Fields of an mp4's boxes: what stands behind a name of four letters is a size, a count or a time."""
        names = (
            b"moov mvhd tkhd elst mdhd hdlr stsd avc1 avcC stts ctts stsc stsz stco udta meta ilst trak edts ftyp mdat"
        )
        out = bytearray(data)
        places = [at for name in names.split() if (at := data.find(name)) >= 0]
        for _ in range(self.chance.choice((1, 2, 3))):
            at = self.chance.choice(places) + self.chance.choice((-4, 0, 4, 8, 12, 16, 20, 24, 28, 32))
            self._number(out, max(0, at))
        return bytes(out)

    def json_text(self, data: bytes, *, lines: bool) -> bytes:
        """One value, name or line of JSON changed."""
        if lines:
            rows = data.split(b"\n")
            number = self.chance.randrange(max(1, len(rows) - 1))
            rows[number] = self.json_text(rows[number], lines=False)
            if self.chance.random() < 0.1:
                rows.insert(number, rows[self.chance.randrange(len(rows))])
            return b"\n".join(rows)
        if self.chance.random() < 0.15:
            text = data.decode()
            value = json.dumps(self._leaf(json.loads(text)))
            return text.replace(value, self.chance.choice(RAW), 1).encode()
        value = self._value(json.loads(data))
        return json.dumps(value, ensure_ascii=self.chance.random() < 0.5).encode(errors="surrogateescape")

    def _leaf(self, value: Any) -> Any:
        while isinstance(value, (dict, list)) and value:
            value = self.chance.choice(list(value.values()) if isinstance(value, dict) else value)
        return value

    def _value(self, value: Any, depth: int = 0) -> Any:
        """The same value with one place of it changed."""
        if not isinstance(value, (dict, list)) or not value or self.chance.random() < 0.1:
            return self.chance.choice(ODD)
        if isinstance(value, list):
            at = self.chance.randrange(len(value))
            action = self.chance.random()
            if action < 0.1:
                return value[:at] + value[at + 1 :]
            if action < 0.2:
                return value[:at] + value[at:] * 2
            return [*value[:at], self._value(value[at], depth + 1), *value[at + 1 :]]
        name, action = self.chance.choice(list(value)), self.chance.random()
        if action < 0.1:
            return {key: item for key, item in value.items() if key != name}
        if action < 0.15:
            return {
                self.chance.choice(("x", "", "../x", "é")) if key == name else key: item for key, item in value.items()
            }
        return value | {name: self._value(value[name], depth + 1)}

    def _parquet(self, path: Path) -> str:
        """One column of another type, missing, twice, or under another name."""
        table = pq.read_table(path)
        at = self.chance.randrange(table.num_columns)
        name, action = table.column_names[at], self.chance.random()
        if action < 0.1:
            table = table.remove_column(at)
        elif action < 0.2:
            table = table.append_column(name if action < 0.15 else "other", table.column(at))
        elif action < 0.3:
            rows = [self.chance.randrange(max(1, table.num_rows)) for _ in range(table.num_rows)]
            table = table.take(rows)
        elif action < 0.5:
            values = table.column(at).to_pylist()
            values[self.chance.randrange(len(values))] = self.chance.choice(
                (None, 0, -1, "", "../x", "a" * 3_000, 2**40)
            )
            table = table.set_column(at, name, pa.array(values, table.schema.field(at).type))
        else:
            table = table.set_column(at, name, self.chance.choice(COLUMNS)(table.num_rows))
        pq.write_table(table, path)
        return f"{path.name}: column {name}"

    def tar(self, data: bytes) -> bytes:
        """A field of a header, with a right checksum: what only a hostile writer does; or blocks that move."""
        blocks = [data[i : i + 512] for i in range(0, len(data), 512)]
        heads = [i for i, block in enumerate(blocks) if block[257:262] == b"ustar"]
        at = self.chance.choice(heads)
        if self.chance.random() < 0.2:
            other = self.chance.choice(heads)
            blocks[at], blocks[other] = blocks[other], blocks[at]
            return b"".join(blocks)
        head = bytearray(blocks[at])
        start, size = self.chance.choice(((0, 100), (100, 8), (124, 12), (136, 12), (156, 1), (157, 100), (345, 155)))
        filling = self.chance.choice(FIELDS)
        head[start : start + size] = filling[:size].ljust(size, b"\0")
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
        blocks[at] = bytes(head)
        return b"".join(blocks)

    def safetensors(self, data: bytes) -> bytes:
        """The header, or its length."""
        (size,) = struct.unpack("<Q", data[:8])
        if self.chance.random() < 0.2:
            return struct.pack("<Q", self.chance.choice(NUMBERS) % (1 << 64)) + data[8:]
        head = self.json_text(data[8 : 8 + size], lines=False)
        return struct.pack("<Q", len(head)) + head + data[8 + size :]
