"""Why a laboratory result stands without limits or without a grade; knows no words of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from imt_ecrf.study.laboratory import ALBUMIN, CALCIUM, panel_of
from imt_ecrf.study.limits import why_no_limits
from imt_ecrf.study.rules.run import Run

if TYPE_CHECKING:
    from imt_ecrf.study.engine import Engine
    from imt_ecrf.study.laboratory import Panel
    from imt_ecrf.study.limits import Why
    from imt_ecrf.study.records import Record, Row, Subject

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


def _ungraded(engine: Engine, panel: Panel, record: Record, row: Row) -> WhyUngraded:
    known = engine.book.row(panel.group.oid, row.key)
    if known is None or not known.ctcae:
        return "not graded"
    if row.key != CALCIUM:
        return "needs limits"
    albumin = f"{panel.group.oid}.{ALBUMIN}.{panel.item('STRESN')}"
    return "needs limits" if record.cell(albumin).get("v") else "needs albumin"
