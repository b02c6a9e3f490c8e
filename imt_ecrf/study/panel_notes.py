"""Why a laboratory result stands without limits or without a grade; knows no words of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from imt_ecrf.clinical.renal import schwartz_applies
from imt_ecrf.study.ageing import years_on
from imt_ecrf.study.laboratory import ALBUMIN, CALCIUM, panel_of
from imt_ecrf.study.limits import sampled, why_no_limits
from imt_ecrf.study.rules.run import Run

if TYPE_CHECKING:
    from imt_ecrf.study.engine import Engine
    from imt_ecrf.study.laboratory import Panel
    from imt_ecrf.study.limits import Why
    from imt_ecrf.study.records import Record, Row, Subject

SCHWARTZ: Final = "M_EGFR"
WhyUngraded = Literal["not graded", "needs albumin", "needs limits"]


def notes(engine: Engine, subject: Subject, record: Record) -> dict[str, Why | WhyUngraded]:
    """Say by path of a blank lower limit or grade why it is blank; nothing for rows without a result."""
    panel = panel_of(engine.book, record.form)
    found: dict[str, Why | WhyUngraded] = {}
    if panel is None:
        return found
    run = Run(subject, engine.dictionary, record, book=engine.book)
    for row in run.rows(record, panel.group.oid):
        if not record.cell(row.path(panel.item("ORRES"))).get("v"):
            continue
        limits = [row.path(panel.item(name)) for name in ("ORNRLO", "ORNRHI")]
        if not any(record.cell(path).get("v") for path in limits):
            why = why_no_limits(run, panel, record, row)
            found |= {limits[0]: why} if why else {}
        grade = row.path(panel.item("TOXGR"))
        if not record.cell(grade).get("v"):
            found[grade] = _ungraded(engine, panel, record, row)
    return found


def outside_formula(engine: Engine, subject: Subject, record: Record) -> tuple[str, ...]:
    """Give what the formula of Schwartz gave for a child it was not made for (CRF book M_EGFR)."""
    panel = panel_of(engine.book, record.form)
    items = tuple(item.oid for item in engine.book.forms[record.form].items() if item.method == SCHWARTZ)
    if panel is None or not any(record.cell(item).get("v") for item in items):
        return ()
    run = Run(subject, engine.dictionary, record, book=engine.book)
    day = sampled(run, panel, record)
    age = years_on(run, day.first) if day else None
    return () if age is None or schwartz_applies(age) else items


def _ungraded(engine: Engine, panel: Panel, record: Record, row: Row) -> WhyUngraded:
    known = engine.book.row(panel.group.oid, row.key)
    if known is None or not known.ctcae:
        return "not graded"
    if row.key != CALCIUM:
        return "needs limits"
    albumin = f"{panel.group.oid}.{ALBUMIN}.{panel.item('STRESN')}"
    return "needs limits" if record.cell(albumin).get("v") else "needs albumin"
