"""What the consents of a subject say: kinds and dates, withdrawals, when the child comes of age; pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.clinical.age import anniversary
from imt_ecrf.study.gates import SAID
from imt_ecrf.study.values import Date, read_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imt_ecrf.study.gates import Gates, Keeps
    from imt_ecrf.study.records import Record, Subject

BIRTH: Final = "F_DM"
_PARTS: Final = ("BRTHYY", "BRTHMO", "BRTHDD")
_DAY: Final = dt.timedelta(days=1)
MONTHS: Final = 12

Given = tuple[str, dt.date]
"""A consent: its kind and its date."""
Taken = tuple[str, dt.date | None]
"""A withdrawal: its scope (empty when it is not stated) and its date."""


def given(subject: Subject, gates: Gates) -> tuple[Given, ...]:
    """List the dated consents of a subject, the oldest first; struck lines do not count."""
    if gates.consent is None:
        return ()
    found = []
    for record in subject.valid_records(gates.consent.form):
        kind, day = record.text(gates.consent.kind), full(record.text(gates.consent.date))
        if kind and day:
            found.append((kind, day))
    return tuple(sorted(found, key=lambda one: (one[1], one[0])))


def taken(subject: Subject, gates: Gates) -> tuple[Taken, ...]:
    """List the withdrawals of a subject as they stand in its consents."""
    if gates.consent is None or gates.withdrawal is None:
        return ()
    rule = gates.withdrawal
    return tuple(
        (record.text(rule.scope) or "", full(record.text(rule.date)))
        for record in subject.valid_records(gates.consent.form)
        if record.text(rule.said) == SAID
    )


def consented(gates: Gates, consents: Iterable[Given], today: dt.date) -> bool:
    """Tell whether a consent that counts is on record, with a date that is not in the future."""
    return gates.consent is None or any(
        kind in gates.consent.counts and day <= today for kind, day in consents
    )


@dataclass(frozen=True, slots=True)
class Stop:
    """A withdrawal in force: from when (None: its date is not stated), and what it leaves open."""

    on: dt.date | None
    keeps: Keeps

    def holds_back(self, day: dt.date) -> bool:
        """Tell whether what is dated on a day comes after the withdrawal."""
        return self.on is None or day > self.on


def stops(gates: Gates, consents: Iterable[Given], withdrawals: Iterable[Taken]) -> Iterator[Stop]:
    """List the withdrawals in force; consent given anew on a later day lifts one."""
    if gates.withdrawal is None or gates.consent is None:
        return
    counted = [day for kind, day in consents if kind in gates.consent.counts]
    for scope, on in withdrawals:
        if on is None or not any(day > on for day in counted):
            yield Stop(on, gates.withdrawal.left(scope))


def born(subject: Subject, first: dt.date | None) -> tuple[dt.date, dt.date] | None:
    """Give the first and the last day on which the child may have been born; None when that is not known.

    The parts of the birth date that may be collected narrow it, and so does the age in the source at consent.
    """
    record = next(iter(subject.valid_records(BIRTH)), None)
    if record is None:
        return None
    bounds = [one for one in (_parts(record), _aged(record, first)) if one]
    if not bounds:
        return None
    earliest, latest = max(one[0] for one in bounds), min(one[1] for one in bounds)
    return (earliest, latest) if earliest <= latest else bounds[0]


def of_age(birth: tuple[dt.date, dt.date], years: int) -> tuple[dt.date, dt.date]:
    """Give the first and the last day on which the child may reach an age."""
    return anniversary(birth[0], years), anniversary(birth[1], years)


def full(text: str | None) -> dt.date | None:
    """Give a date of which day, month and year are known."""
    day = read_date(text) if text else None
    return day.first if isinstance(day, Date) and day.full else None


def _parts(record: Record) -> tuple[dt.date, dt.date] | None:
    parts = [_whole(record, item) for item in _PARTS]
    year, month, day = parts
    try:
        if year is None:
            return None
        if month is None:
            return dt.date(year, 1, 1), dt.date(year, 12, 31)
        if day is None:
            following = dt.date(year + month // MONTHS, month % MONTHS + 1, 1)
            return dt.date(year, month, 1), following - _DAY
        return dt.date(year, month, day), dt.date(year, month, day)
    except ValueError:
        return None


def _aged(record: Record, first: dt.date | None) -> tuple[dt.date, dt.date] | None:
    """Bound the birth by the completed years (or months) of age on the day of the first consent."""
    years, months = _whole(record, "AGEIC_Y"), _whole(record, "AGEIC_M")
    if first is None or (years is None and months is None):
        return None
    low, span = (months, 1) if months is not None else ((years or 0) * MONTHS, MONTHS)
    return _before(first, low + span) + _DAY, _before(first, low)


def _before(day: dt.date, months: int) -> dt.date:
    """Give the day so many months earlier; a day the month does not have becomes its last."""
    total = day.year * MONTHS + day.month - 1 - months
    year, month = divmod(total, MONTHS)
    following = dt.date(year + (month + 1) // MONTHS, (month + 1) % MONTHS + 1, 1)
    return min(dt.date(year, month + 1, 1) + dt.timedelta(days=day.day - 1), following - _DAY)


def _whole(record: Record, item: str) -> int | None:
    text = record.text(item)
    return int(text) if text and text.isascii() and text.isdigit() else None
