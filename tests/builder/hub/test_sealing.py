"""Sealed fields: opened by the caption, unreadable and unforgeable in parts without it."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from svta.builder.hub.sealing import seal, unseal

FIELDS = {"tag": "red coat", "flags": ["a", "ü"], "group": None, "nested": {"note": "he falls"}}
CAPTION = "A man falls."


def test_the_caption_opens_what_it_sealed() -> None:
    text = seal(FIELDS, CAPTION)
    assert unseal(text, CAPTION) == FIELDS and seal(FIELDS, CAPTION) == text and text.isascii()
    assert unseal(text, "A man falls") is None and unseal(text, "") is None
    assert seal({}, "") and unseal(seal({}, ""), "") == {}


def test_nothing_of_the_fields_can_be_read() -> None:
    text = seal({"x": "a" * 2_000}, CAPTION)
    data = base64.b85decode(text)
    assert b"aaa" not in data and len(data) < 100  # compressed first
    other = base64.b85decode(seal({"x": "a" * 1_999 + "b"}, CAPTION))
    assert sum(a == b for a, b in zip(data, other)) < 12  # another content, another key stream
    assert seal(FIELDS, "A man falls!") != seal(FIELDS, CAPTION)


def test_nothing_of_a_seal_can_be_computed_without_the_caption() -> None:
    """Equal fields under two captions have nothing in common: no plain hash of the content is among the bytes."""
    one, other = (base64.b85decode(seal({"tag": "red"}, caption)) for caption in ("A man falls.", "A man waits."))
    assert len(one) == len(other) and sum(a == b for a, b in zip(one, other)) < len(one) // 3
    assert one[:16] != other[:16]


@pytest.mark.parametrize("at", [0, 7, 15, 16, 30, -1])
def test_a_changed_byte_is_seen(at: int) -> None:
    data = bytearray(base64.b85decode(seal(FIELDS, CAPTION)))
    data[at] ^= 1
    assert unseal(base64.b85encode(bytes(data)).decode(), CAPTION) is None


def test_known_content_cannot_be_exchanged() -> None:
    """Whoever knows the fields and not the caption could turn a bare stream cipher's text into other fields."""
    old, new = ({"x": letter * 3} for letter in "ab")
    packed = [zlib.compress(json.dumps(one, separators=(",", ":")).encode(), 9) for one in (old, new)]
    data = base64.b85decode(seal(old, CAPTION))
    assert len(packed[0]) == len(packed[1]) == len(data) - 16
    forged = data[:16] + bytes(a ^ b ^ c for a, b, c in zip(data[16:], *packed))
    assert forged != data and unseal(base64.b85encode(forged).decode(), CAPTION) is None


@pytest.mark.parametrize("text", ["", "abc", "~~~~~", "é", "A" * 39, "0" * 40])
def test_what_is_no_seal_opens_nothing(text: str) -> None:
    assert unseal(text, CAPTION) is None


def test_a_bomb_is_not_unpacked() -> None:
    assert unseal(seal({"x": "a" * 3_000_000}, CAPTION), CAPTION) is None
