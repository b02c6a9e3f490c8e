"""The first page of who writes no form but items of some: it says where the work is, and claims no list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.factories import real_book
from tests.web.clerk import office

if TYPE_CHECKING:
    from pathlib import Path


def test_a_coder_is_told_which_forms_hold_the_own_items_and_nobody_else_is(tmp_path: Path) -> None:
    place = office(tmp_path / "house", real_book())
    told = place.clerk("CODER").get("/").page.text
    assert "Items of these forms are yours: Medical history, Prior and concomitant medication" in told
    assert "not assigned to anybody" in told
    assert "Visits that are due" not in told
    assert "Ваши показатели" in place.clerk("CODER").get("/?lang=ru").page.text
    for role in ("CRC", "DM", "CRA"):
        assert "Items of these forms are yours" not in place.clerk(role).get("/").page.text
    place.world.engines.dispose()
