"""A migrated database with a small study in it, on each of the two engines in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.store import Engines, engines, migrate
from tests.store.saves import Study, begin

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def opened(database_url: str) -> Iterator[Engines]:
    """Open an empty, migrated database."""
    found = engines(database_url)
    migrate(found)
    yield found
    found.dispose()


@pytest.fixture
def study(opened: Engines) -> Study:
    """Give a study with one site, one user and one subject."""
    return begin(opened)
