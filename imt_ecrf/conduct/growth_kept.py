"""The imported growth references as they are kept, the newest in force; knows no subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.clinical.growth import GrowthTable, growth_table
from imt_ecrf.store.canonical import dumps, loads
from imt_ecrf.store.tables import Setting
from imt_ecrf.study.values import exact, plain

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KEY: Final = "table.growth"
_NEWEST: Final = select(Setting.seq).where(Setting.key == KEY).order_by(Setting.seq.desc()).limit(1)
_read: dict[str, GrowthTable] = {}


@dataclass(frozen=True, slots=True)
class Reference:
    """An imported reference: its number, source, size, and who imported it, when and why."""

    seq: int
    source: str
    rows: int
    reason: str
    at: str
    by: str


def in_force(session: Session) -> GrowthTable | None:
    """Give the newest reference; None when none was imported."""
    seq = session.connection().scalar(_NEWEST)
    if seq is None:
        return None
    text = str(session.connection().scalar(select(Setting.value).where(Setting.seq == seq)))
    if text not in _read:
        _read.clear()
        _read[text] = _table(loads(text))
    return _read[text]


def references(session: Session) -> tuple[Reference, ...]:
    """List every imported reference, the newest first."""
    wanted = select(Setting).where(Setting.key == KEY).order_by(Setting.seq.desc())
    return tuple(_reference(row) for row in session.scalars(wanted))


def kept(table: GrowthTable) -> str:
    """Write a reference as it is kept."""
    rows = [
        [
            row.kind,
            row.sex,
            *(exact(plain(one)) for one in (row.age_months, row.skewness, row.median, row.variation)),
        ]
        for row in table.rows
    ]
    return dumps({"source": table.source, "rows": rows})


def _reference(row: Setting) -> Reference:
    found = loads(row.value)
    return Reference(row.seq, found["source"], len(found["rows"]), row.reason, row.set_at, row.set_by)


def _table(found: dict[str, Any]) -> GrowthTable:
    rows = ((f"row {place}", cells) for place, cells in enumerate(found["rows"], 1))
    return growth_table(rows, found["source"])
