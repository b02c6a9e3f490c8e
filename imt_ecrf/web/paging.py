"""A long list cut into pages: which one this is, how many there are, where the others are; knows no list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: its number, the last number, how to get to another."""

    number: int
    last: int
    href: Callable[[int], str]


def page_of(number: int, total: int, size: int, href: Callable[[int], str]) -> Page:
    """Give a page; a number beyond the list is that of its last page."""
    last = max(1, -(-total // size))
    return Page(min(max(number, 1), last), last, href)
