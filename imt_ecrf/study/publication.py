"""A StudyVersion as canonical bytes with a fingerprint, and back; knows no YAML and no database."""

from __future__ import annotations

import hashlib

import msgspec

from imt_ecrf.study.book import Book
from imt_ecrf.study.definition import StudyVersion


class NotAStudyVersion(Exception):  # noqa: N818 - named as what it tells
    """These bytes do not hold a published study version."""


def publish(version: StudyVersion) -> bytes:
    """Write a version as canonical JSON: sorted keys, no spaces, UTF-8, NFC (since its texts were read)."""
    return msgspec.json.encode(version, order="sorted")


def fingerprint(document: bytes) -> str:
    """Give the SHA-256 of a published document, in hexadecimal."""
    return hashlib.sha256(document).hexdigest()


def read(document: bytes) -> Book:
    """Read a published document; what is none is refused: NotAStudyVersion."""
    try:
        version = msgspec.json.decode(document, type=StudyVersion)
    except msgspec.MsgspecError as reason:
        raise NotAStudyVersion(str(reason)) from reason
    return Book(version, fingerprint(document))
