"""The ranges of a site's laboratories as they stand: what replaces, ends or withdraws what; no permission."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from imt_ecrf.clinical.labs import RangeRow, laboratory_key
from imt_ecrf.store.tables import LabRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

_OF_SITE = select(LabRange.__table__).where(LabRange.site == bindparam("at")).order_by(LabRange.seq)


@dataclass(frozen=True, slots=True)
class Standing:
    """A registered range and what became of it: `until` is the first day it no longer holds."""

    row: Any
    until: dt.date | None = None
    corrected: bool = False
    withdrawn: bool = False

    @property
    def holds(self) -> bool:
        """Tell whether the range is in force on some day."""
        return not self.corrected and not self.withdrawn

    @property
    def since(self) -> dt.date:
        """Give the first day in force."""
        return dt.date.fromisoformat(self.row.valid_from)

    def limits(self) -> RangeRow:
        """Give the range as results are looked up in it."""
        row = self.row
        return RangeRow(
            row.test,
            row.unit,
            Fraction(row.low) if row.low else None,
            Fraction(row.high) if row.high else None,
            row.sex,
            row.age_from_days or 0,
            row.age_to_days,
            laboratory_key(row.laboratory),
            self.since,
            self.until,
        )


def laboratory_ranges(session: Session, site: str) -> tuple[RangeRow, ...]:
    """Give the normal ranges that hold at a site, on whatever day."""
    return tuple(one.limits() for one in of_site(session, site) if one.holds)


def of_site(session: Session, site: str) -> tuple[Standing, ...]:
    """Give every range ever registered at a site, oldest first, with what became of it."""
    return standing(session.connection().execute(_OF_SITE, {"at": site}).all())


def standing(rows: Sequence[Any]) -> tuple[Standing, ...]:
    """Say of each range whether and until when it holds.

    One that replaces another from a later day ends it on that day; from the same or an earlier day it
    corrects it, so that the other never held. A withdrawn range never held, nor did it end another.
    """
    gone = {row.replaces for row in rows if row.withdrawn}
    live = [row for row in rows if not row.withdrawn and row.id not in gone]
    ends = _ends(live, {row.id: row for row in rows})
    return tuple(
        _standing(row, ends.get(row.id), withdrawn=row.id in gone) for row in rows if not row.withdrawn
    )


def _ends(live: Iterable[Any], rows: dict[str, Any]) -> dict[str, str]:
    """Give the day each replaced range ends; what corrects a range ends also what that one had ended."""
    ends: dict[str, str] = {}
    for row in live:
        before = rows.get(row.replaces)
        while before is not None:
            ends[before.id] = min(ends.get(before.id, row.valid_from), row.valid_from)
            corrected = row.valid_from <= before.valid_from
            before = rows.get(before.replaces) if corrected else None
    return ends


def _standing(row: Any, end: str | None, *, withdrawn: bool) -> Standing:
    days = [day for day in (end, row.valid_to) if day]
    corrected = end is not None and end <= row.valid_from
    return Standing(row, dt.date.fromisoformat(min(days)) if days else None, corrected, withdrawn)
