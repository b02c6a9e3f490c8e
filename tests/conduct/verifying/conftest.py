"""The small study with critical items, on each of the two databases in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conduct.sdv import sdv_book
from tests.factories import World, make_study

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Give the small study with critical items."""
    made = make_study(database_url, sdv_book())
    yield made
    made.engines.dispose()
