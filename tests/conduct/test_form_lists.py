"""Lists of filled forms, page by page: the pages together are the whole list, each as long as it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.conduct import form_lists
from imt_ecrf.conduct.views import Address, Answer
from tests.conduct.sdv import sdv_book
from tests.factories import World, enrolled, filled_form, make_study

if TYPE_CHECKING:
    from collections.abc import Iterator

VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-06"}
MEASURED = {"VSPERF": Answer("Y"), "WEIGHT": Answer("12.50", "kg"), "HEIGHT": Answer("100")}


@pytest.fixture
def filled(database_url: str) -> Iterator[World]:
    """Give four children at two sites with forms filled in turns."""
    world = make_study(database_url, sdv_book())
    sites = ("01", "02", "01", "02")
    codes = [enrolled(world, site) for site in sites]
    for form, answers in (("F_VS", MEASURED), ("F_SV", VISIT)):
        for code, site in zip(codes, sites, strict=True):
            filled_form(world, world.user("CRC", site), Address(code, "SE_SCR", 1, form), answers)
    yield world
    world.engines.dispose()


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("late", [None, 0])
def test_the_pages_of_a_list_together_are_the_whole_list(
    filled: World, monkeypatch: pytest.MonkeyPatch, size: int, late: int | None
) -> None:
    dm = filled.user("DM")
    with filled.looking() as session:
        whole = form_lists.forms(session, dm, late=late)
        assert whole.total == len(whole.rows) >= 8
        assert [row.site for row in whole.rows] == sorted(row.site for row in whole.rows)
        monkeypatch.setattr(form_lists, "PAGE", size)
        last = -(-whole.total // size)
        pages = [form_lists.forms(session, dm, late=late, number=one + 1) for one in range(last)]
        assert tuple(row for page in pages for row in page.rows) == whole.rows
        assert {page.total for page in pages} == {whole.total}
        assert form_lists.forms(session, dm, late=late, number=last + 1) == pages[0]
