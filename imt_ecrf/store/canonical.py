"""Canonical JSON and its SHA-256: the same bytes on both databases; knows not what is written."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")


def dumps(value: object) -> str:
    """Write JSON with sorted keys, without spaces, in Unicode NFC; the character NUL is refused."""
    text = _ENCODER.encode(value).decode()
    # most documents are in NFC already, and then need not be walked through
    if unicodedata.is_normalized("NFC", text) and "\\u0000" not in text:
        return text
    return _ENCODER.encode(_composed(value)).decode()


def loads(text: str) -> Any:
    """Read JSON back."""
    return msgspec.json.decode(text)


def sha256(text: str) -> str:
    """Give the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _composed(value: object) -> object:
    if isinstance(value, str):
        if "\0" in value:  # PostgreSQL keeps no text with it
            raise ValueError("a text with the character NUL cannot be kept")
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_composed(key): _composed(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_composed(inner) for inner in value]
    return value
