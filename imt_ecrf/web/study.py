"""The published version the pages speak of; knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.conduct import runtime
from imt_ecrf.web.db import reading

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.study.book import Book


def newest(session: Session) -> str | None:
    """Give the fingerprint of the version in force, or None before the first publication."""
    return runtime.newest(session)


def current_book() -> Book:
    """Give the published version in force; NoStudy before the first publication."""
    return book_of(newest(reading()))


def book_of(fingerprint: str | None) -> Book:
    """Give a published version by its fingerprint, read from the database once a process."""
    return runtime.study(reading(), fingerprint).book
