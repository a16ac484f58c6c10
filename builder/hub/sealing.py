"""Fields that may not be read by those who lack a caption, and can be read by those who have it.

`seal` turns a record's withheld fields into text that gives nothing away; `unseal` takes the caption and gives them
back. Both are pure functions: the same fields and caption give the same text. `svta push` writes it, `svta pull` reads.

The key is made from the caption alone, so anyone who can guess the caption word for word can read the fields too, as
anybody can test a guess against the caption's published hash. It hides text; it adds no secret to a short caption.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from typing import Final

from svta.builder.io.json_text import loose_json

_DOMAIN: Final = b"svta sealed fields 1:"
_TAG_BYTES: Final = 16
MAX_SEALED_CHARS: Final = 18_000  # a clip's provenance has 20,000, the public facts beside it take the rest
_MAX_PLAIN_BYTES: Final = 1_000_000


def seal(fields: dict[str, object], caption: str) -> str:
    """The fields as text for anyone who has the caption: compressed, encrypted, authenticated.

    Deterministic encryption with a synthetic nonce: the nonce is the keyed hash of the content, the key stream is
    SHAKE-256 of key and nonce. Opening checks the hash again, so a changed byte is an error and never other fields.
    """
    plain = zlib.compress(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    nonce = _nonce(plain, caption)
    return base64.b85encode(nonce + _crypt(plain, nonce, caption)).decode("ascii")


def unseal(text: str, caption: str) -> dict[str, object] | None:
    """The fields that `seal` put in; None if the caption is another one or the text was changed."""
    try:
        data = base64.b85decode(text.encode("ascii"))
        nonce, crypted = data[:_TAG_BYTES], data[_TAG_BYTES:]
        plain = _crypt(crypted, nonce, caption)
        if not hmac.compare_digest(nonce, _nonce(plain, caption)):
            return None
        unpacked = zlib.decompressobj().decompress(plain, _MAX_PLAIN_BYTES)
    except (ValueError, zlib.error):
        return None
    fields = loose_json(unpacked)
    return fields if isinstance(fields, dict) else None


def _key(caption: str, use: bytes) -> bytes:
    return hmac.digest(_DOMAIN + use, caption.encode(), "sha256")


def _nonce(plain: bytes, caption: str) -> bytes:
    return hmac.digest(_key(caption, b"nonce"), plain, "sha256")[:_TAG_BYTES]


def _crypt(data: bytes, nonce: bytes, caption: str) -> bytes:
    """Encrypt or decrypt: the same exclusive or."""
    stream = hashlib.shake_256(_key(caption, b"stream") + nonce).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")
