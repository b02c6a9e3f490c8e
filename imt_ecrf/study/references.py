"""Values of other events and records (at, prev, base, ever ...), read through a Context only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imt_ecrf.clinical.age import AgeAnchor
from imt_ecrf.study.records import VISIT_FORM, Row, place_of
from imt_ecrf.study.rules.dates import alike, first_of, last_of
from imt_ecrf.study.values import Date, DateTime, Value, read_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imt_ecrf.study.records import Event, Record
    from imt_ecrf.study.rules.facts import Context


def event(context: Context) -> str | None:
    """Give the OID of this event."""
    return context.event.oid if context.event else None


def cycle(context: Context) -> int | None:
    """Give the repeat number of this event."""
    return context.event.repeat if context.event else None


def at(context: Context, event: str, item: str) -> Value | None:
    """Give the value at the last repeat of an event."""
    return next(
        reversed([v for _, v in _filled(context, _at_event(context, event, _form(context, item)), item)]),
        None,
    )


def at_rows(context: Context, event: str, rows: str) -> int:
    """Count the rows at the last repeat of an event; 0 when it was not held."""
    return len(_keys_at(context, event, rows))


def missing_rows_from(context: Context, event: str, rows: str, column: str) -> int:
    """Count the keys that were there at an event but are not here."""
    return len(set(_keys_at(context, event, rows, column)) - set(_keys_here(context, rows, column)) - {None})


def extra_rows_vs(context: Context, event: str, rows: str, column: str) -> int:
    """Count the keys that are here but were not there at an event."""
    return len(set(_keys_here(context, rows, column)) - set(_keys_at(context, event, rows, column)) - {None})


def prev(context: Context, item: str) -> Value | None:
    """Give the last filled value at an earlier event; unknown when this event has no date."""
    return _last(context, _earlier(context), item)


def prev_in_schedule(context: Context, item: str) -> Value | None:
    """Give the last filled value at an earlier event of the plan, triggered and unscheduled ones left out."""
    here = context.event
    if here is None:
        return None
    plan = [one for one in context.subject.events if one.in_order and _planned(one) < _planned(here)]
    return _last(context, sorted(plan, key=_planned), item)


def base(context: Context, item: str) -> Value | None:
    """Give the last filled value before the first dose, or at the baseline event on that day."""
    return _last(context, _before_dose(context), item)


def prev_row(context: Context, rows: str, key: Value, column: str) -> Value | None:
    """Follow a row by its key to earlier events."""
    return _last_row(context, _earlier(context), rows, key, column)


def base_row(context: Context, rows: str, key: Value, column: str) -> Value | None:
    """Follow a row by its key to the time before the first dose."""
    return _last_row(context, _before_dose(context), rows, key, column)


def ever(context: Context, item: str, value: Value) -> bool:
    """Tell whether any record says so, later ones and this one included."""
    records = context.subject.valid_records(_form(context, item))
    return any(_says(context.value(record, item), value) for record in records)


def ever_before(context: Context, item: str, value: Value) -> bool | None:
    """Tell whether a record of an earlier event says so; unknown when this event has no date."""
    earlier = _earlier(context)
    if earlier is None:
        return None
    return any(_says(found, value) for _, found in _at_events(context, earlier, item))


def latest(context: Context, item: str, day: Date, days: int) -> Value | None:
    """Give the last filled value whose form date lies in the `days` days up to `day`, both ends included."""
    form = _form(context, item)
    found: list[tuple[int, int, Value]] = []
    for place, (record, value) in enumerate(_filled(context, context.subject.valid_records(form), item)):
        dated = form_date(context, record)
        if day.full and dated and dated.full and day.lo - days <= dated.lo <= day.lo:
            found.append((dated.lo, place, value))
    return max(found, key=lambda one: one[:2])[2] if found else None


def last_done(context: Context, item: str) -> Date | None:
    """Give the latest full date at this or an earlier event; in a home without event at any."""
    here = context.event
    if here is None:
        return _latest_full(_dates(context, context.subject.valid_records(_form(context, item)), item))
    earlier = _earlier(context)
    return None if earlier is None else _latest_at(context, [*earlier, here], item)


def last_done_before(context: Context, item: str) -> Date | None:
    """Give the latest full date at an earlier event."""
    earlier = _earlier(context)
    return None if earlier is None else _latest_at(context, earlier, item)


def min_date(context: Context, item: str) -> Date | None:
    """Give the earliest date at this event, rows included."""
    return _decided(first_of(_dates(context, _here(context, _form(context, item)), item)))


def max_date(context: Context, item: str) -> Date | None:
    """Give the latest date at this event, rows included."""
    return _decided(last_of(_dates(context, _here(context, _form(context, item)), item)))


def any_data_in_event(context: Context) -> bool:
    """Tell whether another form of this event holds a value; the visit form is left out."""
    return any(
        cell.get("v") for record in _others(context) for path, cell in record.cells.items() if "@" not in path
    )


def any_date_in_event(context: Context) -> Date | None:
    """Give the earliest form date among the other forms of this event."""
    found = [_own_date(context, record) for record in _others(context)]
    return _decided(first_of([day for day in found if day]))


def changed_since_last_visit(context: Context) -> bool:
    """Tell whether the record that is searched was entered or changed since the visit before this one."""
    record = context.searched or context.record
    dated = [one for one in _earlier(context) or () if one.date]
    if record is None or not dated:
        return record is not None
    changed, last = record.changed_at or record.saved_at, dated[-1].date
    return changed is None or last is None or changed[: len(last)] > last


def same_site_match(context: Context, *items: str) -> bool | None:
    """Tell whether another subject of the site was entered alike; a blank here: unknown."""
    record, others = context.record, context.subject.facts.get("same_site")
    if record is None or others is None:
        return None
    entered = tuple(_entered(context, item) for item in items)
    return None if None in entered else entered in set(others(items))


def any_text(context: Context) -> str | None:
    """Give all free text of this record, a line each; unknown when there is none."""
    record = context.record
    if record is None:
        return None
    texts = []
    for path in record.cells:
        item = context.dictionary.items.get(path.rpartition(".")[2])
        text = record.text(path) if item and item.type == "text" else None
        texts.extend([text] if text else [])
    return "\n".join(texts) or None


def age_anchor(context: Context) -> AgeAnchor:
    """Give what ages are counted from: a full birth date, else the age at consent."""
    birth = [_once(context, item) for item in ("BRTHYY", "BRTHMO", "BRTHDD")]
    day = read_date(f"{birth[0]}-{birth[1]:>02}-{birth[2]:>02}") if None not in birth else None
    consent = context.call("consent_date")
    years, months = (_once(context, item) for item in ("AGEIC_Y", "AGEIC_M"))
    return AgeAnchor(
        day.first if day else None,
        consent.first if consent else None,
        int(str(years)) if years is not None else None,
        int(str(months)) if months is not None else None,
    )


def rows_before(context: Context, function: str, rows: str) -> list[tuple[Record, Row]]:
    """List the rows that prev_row (or base_row) searches, those of the latest record first."""
    events = _earlier(context) if function == "prev_row" else _before_dose(context)
    form = context.dictionary.groups[rows].form
    records = [record for one in reversed(events or ()) for record in reversed(_at(context, one, form))]
    return [(record, row) for record in records for row in context.rows(record, rows)]


def rows_at(context: Context, event: str, rows: str) -> list[tuple[Record, Row]]:
    """List the rows at the last repeat of an event."""
    records = _at_event(context, event, context.dictionary.groups[rows].form)[-1:]
    return [(record, row) for record in records for row in context.rows(record, rows)]


def form_date(context: Context, record: Record) -> Date | None:
    """Give the date of a form: of its own date item, else of its visit."""
    return _own_date(context, record) or _visit_date(context, record)


def _own_date(context: Context, record: Record) -> Date | None:
    item = context.dictionary.forms[record.form].date_item
    found = context.value(record, item) if item else None
    return found if isinstance(found, Date) else None


def _visit_date(context: Context, record: Record) -> Date | None:
    held = context.subject.event(record.event, record.event_repeat) if record.event else None
    return read_date(held.date) if held and held.date else None


def _form(context: Context, item: str) -> str:
    return context.dictionary.items[item].form


def _once(context: Context, item: str) -> Value | None:
    """Give the value of an item of a form that exists once a subject."""
    if item not in context.dictionary.items:
        return None
    records = context.subject.valid_records(_form(context, item))
    return context.value(records[0], item) if records else None


def _entered(context: Context, item: str) -> str | None:
    """Give an answer of this record, or of the one record of another form, as it was entered."""
    record, form = context.record, _form(context, item)
    if record is None or record.form != form:
        record = next(iter(context.subject.valid_records(form)), None)
    return record.text(item) if record else None


def _says(found: Value | None, value: Value) -> bool:
    if isinstance(found, tuple):
        return value in found
    if isinstance(found, Date | DateTime):
        return isinstance(value, Date | DateTime) and found.lo == found.hi and alike(found, value)
    return found is not None and found == value


def _planned(one: Event) -> tuple[int, int]:
    return one.order, one.repeat


def _earlier(context: Context) -> list[Event] | None:
    """List the events before this one; None when this one has no date."""
    here = place_of(context.event) if context.event else None
    return None if here is None else [one for place, one in context.subject.dated if place < here]


def _before_dose(context: Context) -> list[Event] | None:
    dose = context.call("first_dose")
    if dose is None:
        return None
    baseline = context.dictionary.baseline
    return [
        one
        for place, one in context.subject.dated
        if place[0] < dose.lo or (place[0] == dose.lo and one.oid == baseline)
    ]


def _at(context: Context, one: Event, form: str) -> Sequence[Record]:
    return context.subject.records_at(form, *one.key)


def _here(context: Context, form: str) -> Sequence[Record]:
    return _at(context, context.event, form) if context.event else ()


def _at_event(context: Context, event: str, form: str) -> list[Record]:
    """List the records of a form at the last repeat of an event at which it was filled in."""
    records = [record for record in context.subject.valid_records(form) if record.event == event]
    last = max((record.event_repeat for record in records), default=0)
    return [record for record in records if record.event_repeat == last]


def _filled(context: Context, records: Sequence[Record], item: str) -> Iterator[tuple[Record, Value]]:
    for record in records:
        value = context.value(record, item)
        if value is not None:
            yield record, value


def _at_events(context: Context, events: Sequence[Event], item: str) -> Iterator[tuple[Record, Value]]:
    form = _form(context, item)
    for one in events:
        yield from _filled(context, _at(context, one, form), item)


def _last(context: Context, events: Sequence[Event] | None, item: str) -> Value | None:
    """Give the last filled value at some events; the latest event that has one decides."""
    form = _form(context, item)
    for one in reversed(events or ()):
        found = [value for _, value in _filled(context, _at(context, one, form), item)]
        if found:
            return found[-1]
    return None


def _last_row(
    context: Context, events: Sequence[Event] | None, rows: str, key: Value, column: str
) -> Value | None:
    group = context.dictionary.groups[rows]
    for one in reversed(events or ()):
        for record in reversed(_at(context, one, group.form)):
            row = _row(context, record, rows, key)
            found = context.value(record, column, row) if row else None
            if found is not None:
                return found
    return None


def _row(context: Context, record: Record, group: str, key: Value) -> Row | None:
    """Find a row by the value of its first column; that of a fixed row is its key."""
    fixed, column = context.dictionary.groups[group].fixed, context.dictionary.groups[group].key
    if fixed is not None:
        return Row(group, str(key)) if key in fixed else None
    rows = context.rows(record, group)
    return next((row for row in rows if context.value(record, column, row) == key), None)


def _keys_at(context: Context, event: str, rows: str, column: str | None = None) -> list[Any]:
    group = context.dictionary.groups[rows]
    return _keys(context, _at_event(context, event, group.form)[-1:], rows, column or group.key)


def _keys_here(context: Context, rows: str, column: str) -> list[Any]:
    record = context.record
    form = context.dictionary.groups[rows].form
    records = [record] if record and record.form == form else _here(context, form)
    return _keys(context, records, rows, column)


def _keys(context: Context, records: Sequence[Record], rows: str, column: str) -> list[Any]:
    return [context.value(record, column, row) for record in records for row in context.rows(record, rows)]


def _dates(context: Context, records: Sequence[Record], item: str) -> list[Date]:
    group = context.dictionary.items[item].group
    values = [
        context.value(record, item, row)
        for record in records
        for row in (context.rows(record, group) if group else (None,))
    ]
    return [value for value in values if isinstance(value, Date)]


def _latest_full(days: Sequence[Date]) -> Date | None:
    return max((day for day in days if day.full), key=lambda day: day.lo, default=None)


def _latest_at(context: Context, events: Sequence[Event], item: str) -> Date | None:
    form = _form(context, item)
    return _latest_full([day for one in events for day in _dates(context, _at(context, one, form), item)])


def _decided(found: Date | DateTime | None) -> Date | None:
    return found if isinstance(found, Date) else None


def _others(context: Context) -> Iterator[Record]:
    """List the records of the other forms of this event; forms that were not started are not loaded."""
    own = context.record.form if context.record else VISIT_FORM
    started = context.subject.fact("started_forms")
    for form in context.dictionary.forms if started is None else started:
        if form not in {own, VISIT_FORM} and context.dictionary.kind(form) != "log":
            yield from (record for record in _here(context, form) if not record.not_done)
