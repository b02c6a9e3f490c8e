"""Visits are called as a person says them."""

from __future__ import annotations

import pytest

from imt_ecrf.study.naming import event_name
from tests.factories import real_book


@pytest.mark.parametrize(
    ("event", "repeat", "en", "ru"),
    [
        ("SE_SCR", 1, "Screening", "Скрининг"),
        ("SE_CYC", 3, "Cycle 3 day 1", "Цикл 3 день 1"),
        ("SE_CYC", 12, "Cycle 12 day 1", "Цикл 12 день 1"),
        ("SE_TA", 2, "Tumour assessment 2", "Оценка опухоли 2"),
        ("SE_UNS", 1, "Unscheduled visit 1", "Внеплановый визит 1"),
        ("SE_C1D1", 1, "Cycle 1 day 1 (baseline)", "Цикл 1 день 1 (исходный)"),
    ],
)
def test_a_repeating_visit_carries_its_number_where_its_name_has_room(
    event: str, repeat: int, en: str, ru: str
) -> None:
    found = real_book().events[event]
    assert (event_name(found, repeat, "en"), event_name(found, repeat, "ru")) == (en, ru)
