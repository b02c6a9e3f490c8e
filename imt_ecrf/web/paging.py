"""A long list cut into pages: which one this is, how many there are, where the others are; knows no list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST: Final = 10**6
"""The last page that is asked of a database: it counts rows no further than a whole number of its own."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: its number, the last number, how to get to another."""

    number: int
    last: int
    href: Callable[[int], str]


def number_of(given: int) -> int:
    """Read the number of a page that somebody asks for as one that can be looked up."""
    return min(max(given, 1), MOST)


def page_of(number: int, total: int, size: int, href: Callable[[int], str]) -> Page:
    """Give a page; a number beyond the list is that of its last page."""
    last = max(1, -(-total // size))
    return Page(min(max(number, 1), last), last, href)
