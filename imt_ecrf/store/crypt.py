"""Drafts made unreadable with the installation's key; knows no table."""

from __future__ import annotations

import base64
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE: Final = 12


class DraftUnreadable(ValueError):  # noqa: N818 - it says what is so
    """The draft was written with another key, for another person or for another form."""


def draft_key(secret: bytes) -> bytes:
    """Work the key for drafts out of the installation's secret key, so that one file holds both."""
    return HKDF(hashes.SHA256(), 32, None, b"imt-ecrf drafts").derive(secret)


def encrypt(key: bytes, text: str, bound_to: str) -> str:
    """Encrypt a text so that it opens only for what it is bound to (`user id / form address`)."""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), bound_to.encode())
    return base64.b64encode(nonce + sealed).decode()


def decrypt(key: bytes, sealed: str, bound_to: str) -> str:
    """Open what `encrypt` made; DraftUnreadable for another key or another binding."""
    raw = base64.b64decode(sealed)
    try:
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], bound_to.encode()).decode()
    except InvalidTag as error:
        raise DraftUnreadable(DraftUnreadable.__doc__) from error
