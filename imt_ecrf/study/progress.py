"""How far a subject's forms have come, as rules ask it; reads the snapshot and the facts handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imt_ecrf.study.records import Record
    from imt_ecrf.study.rules.facts import Context

FINISHED = frozenset({"complete", "not_done", "not done"})


def in_event(context: Context, form: str) -> bool:
    """Tell whether a form has been started at this event."""
    here = context.event
    if here is None:
        return False
    found = (record for record in context.subject.valid_records(form) if at(record, here.oid, here.repeat))
    return any(not record.not_done for record in found)


def done(context: Context, form: str) -> bool:
    """Tell whether a form of this subject holds data anywhere and was not marked as not done."""
    return any(record.cells and not record.not_done for record in context.subject.valid_records(form))


def done_at(context: Context, event: str, form: str) -> bool:
    """Tell whether a form holds data at an event."""
    found = (record for record in context.subject.valid_records(form) if record.event == event)
    return any(record.cells and not record.not_done for record in found)


def status(context: Context) -> str | None:
    """Give the state of the subject (policy.lifecycle), handed over as a fact."""
    given = context.subject.fact("status")
    return str(given) if given else None


def open_queries(context: Context) -> int:
    """Count the open queries of the subject, handed over as a fact."""
    return int(context.subject.fact("open_queries", 0))


def missing_required_forms(context: Context) -> int:
    """Count the required forms of this subject that are neither complete nor recorded as not done."""
    return int(context.subject.fact("missing_required_forms", 0))


def hours_since_save(context: Context) -> int | None:
    """Give whole hours since this record was last changed, handed over with the record."""
    hours = context.record.extra.get("hours_since_save") if context.record else None
    return None if hours is None else int(hours)


def at(record: Record, event: str, repeat: int) -> bool:
    """Tell whether a record belongs to an event."""
    return record.event == event and record.event_repeat == repeat
