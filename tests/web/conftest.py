"""A small study with its pages, for tests of one page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories import small_book
from tests.web.clerk import Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    """Give the small study with two sites and its pages."""
    place = office(tmp_path / "house", small_book())
    yield place
    place.world.engines.dispose()
