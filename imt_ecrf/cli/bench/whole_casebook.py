"""An invented child's whole casebook in memory, with as many forms as asked for; knows no database."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from imt_ecrf.clinical.labs import RangeRow
from imt_ecrf.study.records import VISIT_FORM, Event, Record, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Item, ItemGroup, Range, RowDef
    from imt_ecrf.study.engine import Engine
    from imt_ecrf.study.records import Key

DAY_ONE: Final = dt.date(2025, 3, 3)
LINES: Final = 3
BEFORE: Final = ("SE_SCR", "SE_C1D1", "SE_C1D8", "SE_C1D15", "SE_C1D22", "SE_C2D1", "SE_C2D15")
CHILD: Final = {"SEX": "F", "BRTHYY": "2016", "BRTHMO": "5", "BRTHDD": "17", "AGEIC_Y": "8", "SVOCCUR": "Y"}
DATES: Final = {
    "date": "%Y-%m-%d", "partial_date": "%Y-%m-%d", "time": "09:30", "datetime": "%Y-%m-%dT09:30",
}  # fmt: skip
DONE: Final = ("PERF", "OCCUR")
SIGNIFICANT: Final = "CLSIG"
"""A laboratory result out of range seldom means anything: one of 24 is called significant."""


@dataclass(frozen=True, slots=True)
class Size:
    """A casebook to be made: how many forms (each line of a log is one) and visits; lines by log.

    `survival` counts the visits after the end of treatment; without any the child is still treated.
    """

    forms: int
    cycles: int
    assessments: int
    unscheduled: int
    survival: int
    lines: dict[str, int]


# Visits, forms and log lines of the three casebooks the CRF book wants load tests to be made of: S-01 (a girl
# of 14, progression at week 8), S-02 (a boy of 9, 12 cycles, then surgery), S-03 (a girl of 3, 35 cycles).
_LOGS: Final = ("F_AE", "F_CM", "F_MH", "F_EX", "F_PR", "F_SAE", "F_AESI", "F_DV", "F_PT", "F_IC", "F_STX")
_SHORT: Final = (14, 12, 5, 4, 2, 1, 0, 1, 1, 3, 1)
_TYPICAL: Final = (38, 30, 7, 9, 4, 1, 1, 3, 1, 3, 0)
_LONG: Final = (75, 70, 9, 24, 6, 2, 2, 6, 1, 3, 0)
SIZES: Final = (
    Size(153, 3, 1, 1, 2, dict(zip(_LOGS, _SHORT, strict=True))),
    Size(352, 12, 6, 4, 3, dict(zip(_LOGS, _TYPICAL, strict=True))),
    Size(785, 35, 17, 14, 0, dict(zip(_LOGS, _LONG, strict=True))),
)


@dataclass(frozen=True)
class Casebook:
    """A casebook as it is stored: the child, its forms by kind, and the checks of each that others wake."""

    subject: Subject
    forms: dict[str, list[Record]]
    awake: dict[Key, frozenset[str]]

    def begun(self) -> Subject:
        """Give the child as a request has it that has just begun: nothing is worked out yet."""
        one = self.subject
        return Subject(one.code, one.site, one.events, one.settings, one.facts, self.of)

    def of(self, form: str) -> list[Record]:
        """List the records of a form."""
        return self.forms.get(form, [])


def casebook(engine: Engine, size: Size) -> Casebook:
    """Fill a casebook, every form judged by the rules as it is added; AssertionError for another number."""
    days = dict(_visits(size))
    subject = _child(engine.book, days)
    forms: dict[str, list[Record]] = defaultdict(list)
    awake = {}
    for record in chain(_lines(engine.book, size), _of_visits(engine.book, size, subject, days)):
        stored, awake[record.key] = _judged(engine, subject, record)
        forms[record.form].append(stored)
        subject = subject.with_record(stored)
    if len(awake) != size.forms:
        raise AssertionError(f"{size.forms} forms were to be made, {len(awake)} were")
    return Casebook(subject, dict(forms), awake)


def _child(book: Book, days: dict[tuple[str, int], dt.date]) -> Subject:
    events = tuple(
        Event(oid, repeat, day.isoformat(), book.places_of[oid], book.events[oid].in_order)
        for (oid, repeat), day in days.items()
    )
    facts: dict[str, Any] = {
        "today": max(days.values()).isoformat(),
        "timezone": "UTC",
        "status": "ON TREATMENT",
        "open_queries": 0,
        "missing_required_forms": 0,
        "same_site": lambda _: set(),
        "lab_ranges": _ranges(book),
    }
    return Subject("01-001", "01", events, facts=facts)


def _visits(size: Size) -> Iterator[tuple[tuple[str, int], dt.date]]:
    for oid, day in zip(BEFORE, (-7, 0, 7, 14, 21, 28, 42), strict=True):
        yield (oid, 1), DAY_ONE + dt.timedelta(days=day)
    for cycle in range(3, size.cycles + 1):
        yield ("SE_CYC", cycle), DAY_ONE + dt.timedelta(days=28 * (cycle - 1))
    for number in range(1, size.assessments + 1):
        yield ("SE_TA", number), DAY_ONE + dt.timedelta(days=56 * number)
    for number in range(1, size.unscheduled + 1):
        yield ("SE_UNS", number), DAY_ONE + dt.timedelta(days=28 * number + 10)
    if size.survival:
        end = DAY_ONE + dt.timedelta(days=28 * size.cycles)
        yield ("SE_EOT", 1), end
        yield ("SE_SFU", 1), end + dt.timedelta(days=30)
        for number in range(1, size.survival + 1):
            yield ("SE_SURV", number), end + dt.timedelta(days=30 + 84 * number)
        yield ("SE_EOS", 1), end + dt.timedelta(days=30 + 84 * (size.survival + 1))


def _lines(book: Book, size: Size) -> Iterator[Record]:
    """Give the lines of all logs: consent, then doses, as what others rest on."""
    for form in sorted(size.lines, key=("F_IC", "F_EX", *_LOGS).index):
        for line in range(1, size.lines[form] + 1):
            since = -14 if form == "F_IC" else 28 * size.cycles * (line - 1) // size.lines[form]
            record = Record(form, "SE_LOG", repeat=line, line=line)
            yield _filled(book, record, DAY_ONE + dt.timedelta(days=since))


def _of_visits(
    book: Book, size: Size, subject: Subject, days: dict[tuple[str, int], dt.date]
) -> Iterator[Record]:
    """Give the required forms of all visits, then those under a condition or optional until enough."""
    wanted: list[tuple[dt.date, Record]] = []
    spare: list[tuple[dt.date, Record]] = []
    for event in subject.events:
        for ref in book.events[event.oid].forms:
            is_spare = ref.expected == "O" or (ref.condition and event.repeat % 2)
            (spare if is_spare else wanted).append((days[event.key], Record(ref.form, *event.key)))
    chosen = [*wanted, *spare][: size.forms - sum(size.lines.values())]
    for day, record in sorted(chosen, key=lambda pair: (pair[0], pair[1].form != VISIT_FORM)):
        yield _filled(book, record, day)


def _judged(engine: Engine, subject: Subject, record: Record) -> tuple[Record, frozenset[str]]:
    """Give a form as a save leaves it: derived values stored, hidden questions without an answer."""
    outcome = engine.outcome(subject.with_record(record), record)
    if outcome.failed or any(one.code != "X02" for one in outcome.reports):
        raise AssertionError(f"a rule of {record.form} failed: {outcome.reports[:3]}")
    cells = {path: cell for path, cell in record.cells.items() if path not in outcome.hidden}
    cells |= {path: cell for path, cell in outcome.derived.items() if cell}
    return replace(record, cells=cells, hidden=outcome.hidden), frozenset(outcome.awake)


def _filled(book: Book, record: Record, day: dt.date) -> Record:
    return replace(record, cells=dict(_cells(book, record, day)))


def _cells(book: Book, record: Record, day: dt.date) -> Iterator[tuple[str, dict[str, Any]]]:
    for group in book.forms[record.form].groups:
        for prefix, row in _rows(group):
            for item in group.items:
                if item.required not in {"derived", "prefilled"} and not item.carry_forward:
                    path = f"{prefix}{item.oid}"
                    yield path, _answer(book, item, row, day, crc32(f"{record.key} {path}".encode()))


def _rows(group: ItemGroup) -> Iterable[tuple[str, RowDef | None]]:
    if group.repeating == "no":
        return [("", None)]
    if group.repeating == "fixed_rows":
        return [(f"{group.oid}.{row.key}.", row) for row in group.rows]
    return [(f"{group.oid}.{line}.", None) for line in range(1, LINES + 1)]


def _answer(book: Book, item: Item, row: RowDef | None, day: dt.date, seed: int) -> dict[str, Any]:
    if item.oid in CHILD:
        return {"v": CHILD[item.oid]}
    if row and row.units and item.oid.endswith("ORRESU"):
        return {"v": row.units[0]}
    if item.codelist:
        return _coded(item, [code.value for code in book.codelists[item.codelist].items], seed)
    if item.data_type in {"integer", "float"}:
        return _measured(item, row, seed)
    if item.data_type in DATES:
        return {"v": day.strftime(DATES[item.data_type])}
    return {"v": "1" if item.data_type == "record_ref" else "as seen at the visit"}


def _coded(item: Item, codes: list[str], seed: int) -> dict[str, Any]:
    """Answer Yes where something was done, else No three times of four, else one of the codes."""
    if "Y" in codes and "N" in codes:
        yes = item.oid.endswith(DONE) or seed % (24 if item.oid.endswith(SIGNIFICANT) else 4) == 0
        return {"v": "Y" if yes else "N"}
    code = codes[seed % len(codes)]
    return {"v": [code]} if item.multi else {"v": code}


def _measured(item: Item, row: RowDef | None, seed: int) -> dict[str, Any]:
    low, high = _usual(row.range if row and row.range else item.range)
    digits = (row.decimals if row and row.decimals is not None else item.decimals) or 0
    units = (row.units if row and item.units_by_row else item.units) or ()
    value = f"{low + (high - low) * (seed % 97) / 97:.{0 if item.data_type == 'integer' else digits}f}"
    return {"v": value, **({"u": units[0]} if units else {})}


def _usual(limits: Range | None) -> tuple[float, float]:
    pair = (limits.soft or limits.hard) if limits else None
    return (float(pair[0]), float(pair[1])) if pair else (1.0, 30.0)


def _ranges(book: Book) -> tuple[RangeRow, ...]:
    """Give a range for each test, as the site's laboratory keeps them."""
    rows = (row for form in book.version.forms for group in form.groups if group.lbcat for row in group.rows)
    limits = [(row, *_usual(row.range)) for row in rows if row.units]
    return tuple(RangeRow(row.key, row.units[0], Fraction(low), Fraction(high)) for row, low, high in limits)
