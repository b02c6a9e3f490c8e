"""Laboratory results as rules ask for them: standard unit, range, flag and CTCAE grade of a row or a test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from imt_ecrf.clinical import ctcae, labs
from imt_ecrf.clinical.chemistry import corrected_calcium
from imt_ecrf.clinical.exact import fraction, round_half_away
from imt_ecrf.study.limits import limits, once, result_unit, sampled, standard_limits
from imt_ecrf.study.medicine import medicine
from imt_ecrf.study.milestones import interval
from imt_ecrf.study.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from imt_ecrf.clinical.labs import LabResult, RangeRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, ItemGroup, RowDef
    from imt_ecrf.study.records import Key, Record, Row
    from imt_ecrf.study.rules.facts import Context
    from imt_ecrf.study.values import Date, Number


@dataclass(frozen=True, slots=True)
class Panel:
    """A laboratory form with the group that holds its rows; `prefix` begins its items (LBC of LBCORRES)."""

    form: Form
    group: ItemGroup
    prefix: str

    def item(self, name: str) -> str:
        """Name an item of the panel: ORRES, ORRESU, QUAL, STRESN ..."""
        return self.prefix + name


CALCIUM, ALBUMIN, CORRECTED = "CA", "ALB", "CACORR"
DOSING = "F_EX"
AE_TERMS = ("AETERM", "AELLT", "AEDECOD", "AECTCAE")
_panels: dict[str, dict[str, Panel]] = {}


def panels(book: Book) -> tuple[Panel, ...]:
    """List the laboratory forms whose rows carry a number with a unit."""
    return tuple(_by_form(book).values())


def panel_of(book: Book, form: str) -> Panel | None:
    """Find the panel of a form."""
    return _by_form(book).get(form)


def _by_form(book: Book) -> dict[str, Panel]:
    found = _panels.get(book.fingerprint)
    if found is None:
        pairs = [(form, group) for form in book.version.forms for group in form.groups if group.lbcat]
        all_panels = [Panel(form, group, form.oid.removeprefix("F_")) for form, group in pairs]
        found = {one.form.oid: one for one in all_panels if one.item("STRESN") in book.places}
        _panels[book.fingerprint] = found
    return found


def lab_standard(context: Context) -> Number | None:
    """Give this row's result in the standard unit of its test (M_LBSTRESN); no unit, no value."""
    here = _here(context)
    return None if here is None else _standard(context, *here)


def range_row(context: Context) -> RangeRow | None:
    """Give the limits in force for this row on the day of the sample, as registered (M_LBRANGE)."""
    here = _here(context)
    return None if here is None else limits(context, *here)


def range_lo(context: Context) -> Number | None:
    """Give the lower limit for this row, in the standard unit."""
    here = _here(context)
    found = None if here is None else standard_limits(context, *here)
    return None if found is None else exact(found.low)


def range_hi(context: Context) -> Number | None:
    """Give the upper limit for this row, in the standard unit."""
    here = _here(context)
    found = None if here is None else standard_limits(context, *here)
    return None if found is None else exact(found.high)


def ctcae_grade(context: Context) -> str | None:
    """Give this row's grade as a code (M_LBTOXGR); no code where CTCAE has no certain grade.

    Nor where a limit of adults is passed and no range tells whether the value is normal for the age.
    """
    here = _here(context)
    result = None if here is None else _result(context, *here)
    if result is None or result.grade is None or context.book is None:
        return None
    terms = medicine(context.book).ctcae.of_test(result.test)
    if result.grade and result.flag is None and any(term.needs_flag for term in terms):
        return None
    return str(result.grade)


def lab(context: Context, test: str) -> Number | None:
    """Give a test of this event in its standard unit."""
    found = _find(context, test, _this_event(context), graded=False)
    return None if found is None else exact(found.value)


def lab_uln(context: Context, test: str) -> Number | None:
    """Give the upper limit of a test of this event."""
    found = _find(context, test, _this_event(context), graded=False)
    return None if found is None else exact(found.high)


def lab_lln(context: Context, test: str) -> Number | None:
    """Give the lower limit of a test of this event."""
    found = _find(context, test, _this_event(context), graded=False)
    return None if found is None else exact(found.low)


def lab_grade(context: Context, test: str) -> int | None:
    """Give the grade of a test of this event: 0 graded as normal, unknown when it cannot be graded."""
    found = _find(context, test, _this_event(context))
    return None if found is None else found.grade


def lab_grade_at(context: Context, event: str, test: str) -> int | None:
    """Give the grade of a test at an event."""
    found = _find(context, test, (event, None))
    return None if found is None else found.grade


def lab_flag_at(context: Context, event: str, test: str) -> str | None:
    """Give the range flag of a test at an event."""
    found = _find(context, test, (event, None))
    return None if found is None else found.flag


def covers_lab_term(context: Context) -> bool:
    """Tell whether the event searched stands for this row's laboratory finding (terms and dates)."""
    here, event = _here(context), context.searched
    if here is None or event is None or context.book is None:
        return False
    panel, record, row = here
    known = context.book.row(panel.group.oid, row.key)
    day = sampled(context, panel, record)
    if known is None or day is None:
        return False
    lines = context.noted("adverse events", (event.form,), lambda: _written_of(context, event.form))
    terms, start, end = lines.get(event.key, ((), None, None))
    if start is None or start > day.first or (end is not None and end < day.first):
        return False
    return ctcae.covers_lab_term(terms, start, end, known.ctcae, day.first)


def _written_of(context: Context, form: str) -> dict[Key, tuple[tuple[str, ...], date | None, date | None]]:
    """Read the terms, the first and the last possible day of each line of a log."""
    found = {}
    for line in context.subject.valid_records(form):
        start, end = interval(context, line)
        written = (context.value(line, item) for item in AE_TERMS)
        terms = tuple(text for text in written if isinstance(text, str))
        found[line.key] = terms, start.first if start else None, end.last if end else None
    return found


def exact(number: Any) -> Number | None:
    """Give a number of medicine as rules compute with it."""
    return None if number is None else plain(fraction(number))


def _here(context: Context) -> tuple[Panel, Record, Row] | None:
    if context.book is None or context.record is None or context.row is None:
        return None
    panel = panel_of(context.book, context.record.form)
    return None if panel is None else (panel, context.record, context.row)


def _this_event(context: Context) -> tuple[str, int | None]:
    here = context.event
    return ("", None) if here is None else here.key


def _standard(context: Context, panel: Panel, record: Record, row: Row) -> Number | None:
    return once(context, "standard", record, row, lambda: _converted(context, panel, record, row))


def _converted(context: Context, panel: Panel, record: Record, row: Row) -> Number | None:
    known = _row_def(context, panel, row)
    value: Any = context.value(record, panel.item("ORRES"), row)
    unit = result_unit(context, panel, record, row)
    if value is None or unit is None or known is None or not known.units or context.book is None:
        return None
    if unit != known.units[0]:
        line = medicine(context.book).conversion(row.key, unit, known.units[0])
        if line is None:
            return None
        value = value * line[0] + line[1]
    decimals = context.book.item(panel.item("STRESN")).decimals
    return value if isinstance(value, int) else plain(round_half_away(value, decimals or 0))


def _row_def(context: Context, panel: Panel, row: Row) -> RowDef | None:
    return context.book.row(panel.group.oid, row.key) if context.book else None


def _result(
    context: Context, panel: Panel, record: Record, row: Row, *, graded: bool = True
) -> LabResult | None:
    name = "graded" if graded else "plain"
    return once(context, name, record, row, lambda: _judged(context, panel, record, row, graded=graded))


def _judged(context: Context, panel: Panel, record: Record, row: Row, *, graded: bool) -> LabResult | None:
    known = _row_def(context, panel, row)
    value = _standard(context, panel, record, row)
    if context.book is None or known is None or not known.units or value is None:
        return None
    found = standard_limits(context, panel, record, row)
    low, high = (found.low, found.high) if found else (None, None)
    sign: Any = context.value(record, panel.item("QUAL"), row)
    flag = labs.range_flag(value, low, high, sign)
    result = labs.LabResult(row.key, value, known.units[0], low, high, flag)
    if not graded or not known.ctcae:
        return result
    return replace(result, grade=_graded(context, panel, record, row, result))


def _graded(context: Context, panel: Panel, record: Record, row: Row, result: LabResult) -> int | None:
    """Grade a result; calcium is graded corrected for the albumin of its sample (CTCAE v5.0)."""
    if context.book is None:
        return None
    table = medicine(context.book).ctcae
    if row.key == CALCIUM:
        albumin = next((one for one in context.rows(record, panel.group.oid) if one.key == ALBUMIN), None)
        beside = None if albumin is None else _standard(context, panel, record, albumin)
        if beside is None or result.value is None:
            return None
        result = replace(result, test=CORRECTED, value=corrected_calcium(result.value, beside))
        found = ctcae.grade_result(table, result)
    else:
        asks = medicine(context.book).asks_baseline(row.key)
        found = ctcae.grade_result(table, result, _baseline(context, panel, record, row) if asks else None)
    return None if found is None else found.grade


def _baseline(context: Context, panel: Panel, record: Record, row: Row) -> LabResult | None:
    """Find the last value before the first dose, or of the baseline visit on that day (M_LBTOXGR)."""
    place = "baseline", record.key
    if place not in context.scratch:
        samples: list[Record] = context.noted(
            f"before dose {panel.form.oid}", (panel.form.oid, DOSING), lambda: _before_dose(context, panel)
        )
        context.scratch[place] = [other for other in samples if other.key != record.key]
    for other in context.scratch[place]:
        found = _plain(context, panel, other, row)
        if found is not None:
            return found
    return None


def _plain(context: Context, panel: Panel, record: Record, row: Row) -> LabResult | None:
    """Give a result of another record without grade; kept with the subject as long as that record stands."""
    known: dict[str, LabResult | None] = context.noted(
        f"results {id(record)}", (panel.form.oid, "F_DM", "F_IC"), dict
    )
    if row.key not in known:
        known[row.key] = _judged(context, panel, record, row, graded=False)
    return known[row.key]


def _before_dose(context: Context, panel: Panel) -> list[Record]:
    """List the samples that may be the baseline, the latest first."""
    first: Date | None = context.call("first_dose")
    dated = [
        (day.lo, place, other)
        for place, other in enumerate(context.subject.valid_records(panel.form.oid))
        if first is not None
        and (day := sampled(context, panel, other)) is not None
        and (day.lo < first.lo or (day.lo == first.lo and other.event == "SE_C1D1"))
    ]
    return [other for _, _, other in sorted(dated, key=lambda one: one[:2], reverse=True)]


def _find(
    context: Context, test: str, event: tuple[str, int | None], *, graded: bool = True
) -> LabResult | None:
    for panel, record in _records(context, event):
        row = next((row for row in context.rows(record, panel.group.oid) if row.key == test), None)
        found = None if row is None else _result(context, panel, record, row, graded=graded)
        if found is not None:
            return found
    return None


def _records(context: Context, event: tuple[str, int | None]) -> Iterator[tuple[Panel, Record]]:
    oid, repeat = event
    for panel in panels(context.book) if context.book else ():
        form = panel.form.oid
        if repeat is not None:
            yield from ((panel, record) for record in reversed(context.subject.records_at(form, oid, repeat)))
            continue
        for record in reversed(context.subject.valid_records(form)):
            if record.event == oid:
                yield panel, record
