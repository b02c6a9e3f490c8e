"""Whether the answers of a worked case could be stored at all: numbers are numbers, codes stand in lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imt_ecrf.study.values import UNREADABLE, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imt_ecrf.study.book import Book


def answers(case: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give each item a case answers with each of its texts: in its own record, in other records, in rows."""
    for item, value in _said(case):
        for text in _texts(value):
            yield item, text


def impossible(book: Book, case: Mapping[str, Any]) -> Iterator[str]:
    """Say which answers of a case no form could hold; a rule that reads them proves nothing."""
    for oid, text in answers(case):
        place = book.places.get(oid)
        codes = book.codelists.get(place.item.codelist or "") if place else None
        if codes is not None and all(one.value != text for one in codes.items):
            yield f"{oid}: {text} is no code of {codes.oid}"
        elif place is not None and codes is None and read(text, place.item.data_type) is UNREADABLE:
            yield f"{oid}: {text} is no {place.item.data_type.replace('_', ' ')}"


def _said(case: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from case.get("given", {}).items()
    rows = [case.get("rows", {}), *(record.get("rows", {}) for record in case.get("records", ()))]
    for record in case.get("records", ()):
        yield from record.get("values", {}).items()
    for groups in rows:
        for group in groups.values():
            for row in group:
                yield from row.items()


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = value.get("value", value.get("kept"))
    listed = value if isinstance(value, list) else [value]
    return [str(one) for one in listed if one is not None]
