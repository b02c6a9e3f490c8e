"""The cases beside rules are possible data: their codes stand in the lists, their dates are days."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.loader import draft_book
from imt_ecrf.study.proving import Proving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BOOK = draft_book()


def _answers(case: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from case.get("given", {}).items()
    rows = [case.get("rows", {}), *(record.get("rows", {}) for record in case.get("records", ()))]
    for record in case.get("records", ()):
        yield from record.get("values", {}).items()
    for groups in rows:
        for group in groups.values():
            for row in group:
                yield from row.items()


def _said(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = value.get("value", value.get("kept"))
    texts = value if isinstance(value, list) else [value]
    return [str(one) for one in texts if one is not None]


def _pairs() -> Iterator[tuple[str, str, str]]:
    for trial in Proving(BOOK).trials:
        for item, value in _answers(trial.case):
            for text in _said(value):
                yield trial.oid, item, text


def test_codes_of_cases_stand_in_their_lists() -> None:
    lists = {oid: {code.value for code in one.items} for oid, one in BOOK.codelists.items()}
    named = {oid: lists[place.item.codelist] for oid, place in BOOK.places.items() if place.item.codelist}
    assert [one for one in _pairs() if one[1] in named and one[2] not in named[one[1]]] == []


def test_dates_of_cases_are_days() -> None:
    dates = {oid for oid, place in BOOK.places.items() if place.item.data_type == "date"}
    for _, item, text in _pairs():
        if item in dates:
            dt.date.fromisoformat(text)
