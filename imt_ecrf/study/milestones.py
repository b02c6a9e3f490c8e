"""The dates that order a subject's course: consent, doses, scans, contacts; reads the snapshot only."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from imt_ecrf.study.values import Date, Value, read_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.records import Record
    from imt_ecrf.study.rules.facts import Context

HOUR = 3600
OPEN_END = date.max.toordinal()


class Dosing(NamedTuple):
    """An interval of the dosing log with a dose: first and last possible day; `open` runs on."""

    first: int
    last: int
    open: bool


def today(context: Context) -> Date | None:
    """Give the calendar date at the site, handed over as a fact; the browser's clock is never read."""
    given = context.subject.fact("today")
    return read_date(given) if isinstance(given, str) else given


def consent_date(context: Context) -> Date | None:
    """Give the earliest full date of a consent that was not struck out."""
    return earliest(full_dates(context, "F_IC", "ICDAT"))


def first_dose(context: Context) -> Date | None:
    """Give the first day with a dose above 0."""
    starts = [row.first for row in dosing(context)]
    return Date.ordinal(min(starts)) if starts else None


def last_dose(context: Context) -> Date | None:
    """Give the last day with a dose above 0; unknown while an interval runs on."""
    rows = list(dosing(context))
    if not rows or any(row.open for row in rows):
        return None
    return Date.ordinal(max(row.last for row in rows))


def last_scan(context: Context) -> Date | None:
    """Give the date of the latest scan."""
    return latest_of(full_dates(context, "F_TUI", "TUSDAT", "G_TUS"))


def last_contact(context: Context) -> Date | None:
    """Give the latest visit or survival contact."""
    visits = [*full_dates(context, "F_SV", "SVSTDAT"), *full_dates(context, "F_SS", "SSDAT")]
    return latest_of(visits)


def last_alive(context: Context) -> Date | None:
    """Give the latest date on which the subject was seen, dosed or reported alive."""
    seen = list(full_dates(context, "F_SV", "SVSTDAT"))
    for record in context.subject.valid_records("F_SS"):
        if context.value(record, "SSSTAT") == "ALIVE":
            seen += [day for day in [context.value(record, "SSDAT")] if isinstance(day, Date) and day.full]
    seen += [Date.ordinal(row.last) for row in dosing(context) if not row.open]
    return latest_of(seen)


def dosing_on(context: Context, day: Date) -> bool | None:
    """Tell whether a row of the dosing log with a dose above 0 covers a full date."""
    if not day.full:
        return None
    return any(row.first <= day.lo <= row.last for row in dosing(context))


def on_hold(context: Context) -> bool:
    """Tell whether the latest interval of the dosing log is a break that is still open."""
    rows = [
        (start.lo, context.value(record, "EXDOSE"), context.value(record, "EXENDAT"))
        for record in context.subject.valid_records("F_EX")
        if isinstance(start := context.value(record, "EXSTDAT"), Date) and start.full
    ]
    if not rows:
        return False
    _, dose, end = max(rows, key=lambda row: row[0])
    return dose == 0 and end is None


def overlaps_treatment(context: Context) -> bool | None:
    """Tell whether this record (or the record searched) certainly overlaps first to last dose.

    A record without an end runs on; so does treatment without a last dose.
    """
    record = context.searched or context.record
    begin: Date | None = context.call("first_dose")
    if record is None or begin is None:
        return None
    start, end = interval(context, record)
    finish: Date | None = context.call("last_dose")
    last_day = finish.lo if finish else OPEN_END
    if start is None or (end is not None and end.lo < begin.lo <= end.hi):
        return None
    ends_before = end is not None and end.hi < begin.lo
    if ends_before or start.lo > last_day:
        return False
    return True if start.hi <= last_day else None


def interval(context: Context, record: Record) -> tuple[Date | None, Date | None]:
    """Give start and end of a log line (CMSTDAT and CMENDAT, AESTDAT and AEENDAT ...)."""
    prefix = record.form.removeprefix("F_")
    found = (context.value(record, f"{prefix}{suffix}") for suffix in ("STDAT", "ENDAT"))
    start, end = (value if isinstance(value, Date) else None for value in found)
    return start, end


def sent_date(context: Context) -> Date | None:
    """Give the site date on which this record was first sent (M_SENT); unknown until then."""
    moment = sent_moment(context)
    return Date.of(moment.date()) if moment else None


def sent_hours(context: Context) -> int | None:
    """Give whole hours from the site's awareness (date and time as written there) to sending."""
    moment, record = sent_moment(context), context.record
    if moment is None or record is None:
        return None
    aware = context.value(record, "SAEAWDT")
    minute = context.value(record, "SAEAWTM")
    if not isinstance(aware, Date) or not aware.full or not isinstance(minute, int):
        return None
    begin = datetime(aware.first.year, aware.first.month, aware.first.day, minute // 60, minute % 60)  # noqa: DTZ001 - wall time
    return int((moment.replace(tzinfo=None) - begin).total_seconds() // HOUR)


def sent_moment(context: Context) -> datetime | None:
    """Give the system stamp of first completion as wall time at the site."""
    stamp = context.record.extra.get("sent_at") if context.record else None
    if not stamp:
        return None
    zone = ZoneInfo(str(context.subject.fact("timezone", "UTC")))
    return datetime.fromisoformat(str(stamp)).astimezone(zone)


def slice_mm(context: Context) -> Value | None:
    """Give the largest slice thickness of the scans of this event, in millimetres."""
    record = context.record
    if record is None:
        return None
    imaging = context.subject.record("F_TUI", record.event, record.event_repeat)
    if imaging is None:
        return None
    values = [context.value(imaging, "TUSLICE", row) for row in context.rows(imaging, "G_TUS")]
    return max((value for value in values if value is not None), default=None)  # type: ignore[type-var]


def dosing(context: Context) -> Iterator[Dosing]:
    """List the intervals of the dosing log with a dose above 0 and a full start."""
    for record in context.subject.valid_records("F_EX"):
        start, end = context.value(record, "EXSTDAT"), context.value(record, "EXENDAT")
        dose = context.value(record, "EXDOSE")
        if not isinstance(start, Date) or not start.full or not isinstance(dose, int) or dose <= 0:
            continue
        closed = isinstance(end, Date) and end.full
        yield Dosing(start.lo, end.lo if closed and isinstance(end, Date) else OPEN_END, not closed)


def full_dates(context: Context, form: str, item: str, group: str | None = None) -> Iterator[Date]:
    """List the full dates of an item in all records of a form that were not struck out."""
    for record in context.subject.valid_records(form):
        rows = context.rows(record, group) if group else (None,)
        for row in rows:
            value = context.value(record, item, row)
            if isinstance(value, Date) and value.full:
                yield value


def earliest(days: Iterator[Date]) -> Date | None:
    """Give the earliest of full dates, None without any."""
    return min(days, key=lambda day: day.lo, default=None)


def latest_of(days: Iterator[Date] | list[Date]) -> Date | None:
    """Give the latest of full dates, None without any."""
    return max(days, key=lambda day: day.lo, default=None)
