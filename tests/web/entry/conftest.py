"""Two installations with their pages: of the small study, and of the real one with a child at every visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories import real_book, small_book
from tests.web.clerk import Clerk, Office, office
from tests.web.entry.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def small_office(tmp_path: Path) -> Iterator[Office]:
    """Give the small study with its pages."""
    made = office(tmp_path / "data", small_book())
    yield made
    made.world.engines.dispose()


@pytest.fixture
def crc(small_office: Office) -> Clerk:
    """Give a coordinator of site 01 who has signed in."""
    return small_office.clerk("CRC")


@pytest.fixture(scope="module")
def real_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Give the real study with its pages, once for a file of tests."""
    made = office(tmp_path_factory.mktemp("real") / "data", real_book())
    yield made
    made.world.engines.dispose()


@pytest.fixture
def desk(crc: Clerk) -> Desk:
    """Give a coordinator before a form."""
    return Desk(crc)
