"""The small study and the real one, on each of the two databases in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories import World, make_study, real_book, small_book

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def small(database_url: str) -> Iterator[World]:
    """Give the small study with two sites."""
    world = make_study(database_url, small_book())
    yield world
    world.engines.dispose()


@pytest.fixture
def real(sqlite_url: str) -> Iterator[World]:
    """Give the real study with two sites (one database: its rules are tested elsewhere)."""
    world = make_study(sqlite_url, real_book())
    yield world
    world.engines.dispose()
