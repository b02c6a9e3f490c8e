"""The small study with milestones of every kind, for tests of due signatures in every room."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from imt_ecrf.study import publication
from imt_ecrf.study.definition import Milestone, Setting
from tests.factories import small_book, words

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book

PLAN = (
    Milestone(
        "MS_ENTRY", words("Before the dose"), "subject", ("F_LB",), ("SE_SCR",), "days", before="first dose"
    ),
    Milestone("MS_FAST", words("Event"), "form", ("F_AE",), (), "hours", "hours", ("AESTDAT",)),
    Milestone("MS_SCAN", words("Scan"), "visit", ("F_TL", "F_ICR"), (), "days", before="data cut"),
    Milestone("MS_CYCLE", words("Cycle"), "cycle", (), ("SE_C1D1", "SE_CYC"), "days"),
    Milestone("MS_END", words("End"), "subject", ("F_SIGN",), (), "days"),
    Milestone("MS_REST", words("Rest"), "visit", (), (), "days"),
)
SETTINGS = (Setting("days", "integer", "study", 30), Setting("hours", "integer", "study", 24))


@cache
def dated_book() -> Book:
    """Give the small study with its milestones: 30 days, 24 hours."""
    version = replace(small_book("dated").version, milestones=PLAN, settings=SETTINGS)
    return publication.read(publication.publish(version))
