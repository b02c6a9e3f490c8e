"""Importing the growth reference of an installation: checked, kept as a version, and z-scores follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from imt_ecrf.clinical.growth import GrowthTableFault, read_growth_table
from imt_ecrf.conduct import alerts, growth_kept, runtime
from imt_ecrf.conduct.entry.reach import Wave
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.reasons import GROWTH_CHANGED
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.tables import Setting, stamp
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.growth import scored
from imt_ecrf.study.values import normal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from imt_ecrf.clinical.growth import GrowthTable
    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Address


class GrowthNotPossible(Refused):
    """This growth reference cannot be kept."""

    ru = "Этот ростовой стандарт нельзя сохранить."


def import_reference(
    session: Session, actor: Actor, lines: Iterable[str], source: str, reason: str = ""
) -> tuple[Address, ...]:
    """Keep a reference (format: `clinical.growth.read_growth_table`) and give the forms whose scores follow.

    The references before stay readable; GrowthNotPossible names the line that cannot be read.
    """
    role = "SYSTEM" if actor.is_system() else actor.role_for_act("set_study")
    table = _read(lines, normal(source))
    why = normal(reason)
    details = {"rows": len(table.rows)}
    log(session, actor, "growth.imported", role, object=table.source, reason=why, details=details)
    row = Setting(
        key=growth_kept.KEY, site=None, value=growth_kept.kept(table), reason=why,
        set_at=stamp(actor.now()), set_by=actor.username,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return _follow(session, actor, f"{growth_kept.KEY}:{row.seq}")


def _read(lines: Iterable[str], source: str) -> GrowthTable:
    if not source:
        raise GrowthNotPossible("Name its source.")
    try:
        table = read_growth_table(lines, source)
    except GrowthTableFault as fault:
        raise GrowthNotPossible(str(fault)) from fault
    if not table.rows:
        raise GrowthNotPossible("It has no rows.")
    return table


def _follow(session: Session, actor: Actor, cause: str) -> tuple[Address, ...]:
    """Work out the scores of every subject anew, each in its own wave of this transaction."""
    running = runtime.study(session)
    forms = scored(running.book)
    reached: list[Address] = []
    for row in session.scalars(select(SubjectRow).order_by(SubjectRow.code).with_for_update()).all():
        subject = runtime.snapshot(session, actor, running, row)
        wave = Wave(session, actor, running, row, subject, subject, cause, GROWTH_CHANGED)
        wave.begin(record for form in forms for record in subject.valid_records(form))
        alerts.weigh(session, actor, running, wave.subject, wave.judged.values())
        reached += wave.reached
    return tuple(reached)
