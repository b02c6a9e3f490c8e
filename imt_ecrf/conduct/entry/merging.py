"""The merge screen: what the saved version, the other person and I say about each item; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imt_ecrf.store import documents
from imt_ecrf.store.changes import ItemChange, fold

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.refused import StaleVersion
    from imt_ecrf.conduct.views import Cell, Document
    from imt_ecrf.store.documents import FormRow


@dataclass(frozen=True, slots=True)
class Compared:
    """One item of the merge screen: the cell both started from, theirs and mine."""

    path: str
    base: Cell | None
    theirs: Cell | None
    mine: Cell | None


@dataclass(frozen=True, slots=True)
class Merge:
    """The three groups of the merge screen; `both` needs a choice, the others need one click."""

    both: tuple[Compared, ...]
    theirs: tuple[Compared, ...]
    mine: tuple[Compared, ...]

    @property
    def proposed(self) -> dict[str, Cell | None]:
        """Give what only I changed, to be saved on top of theirs."""
        return {one.path: one.mine for one in self.mine}


def merge(stale: StaleVersion) -> Merge:
    """Sort the items of a stale save: changed by both differently, only by them, only by me."""
    both: list[Compared] = []
    theirs: list[Compared] = []
    mine: list[Compared] = []
    for path in sorted(stale.base.keys() | stale.theirs.keys() | stale.mine.keys()):
        cells = (stale.base.get(path) or None, stale.theirs.get(path) or None, stale.mine.get(path) or None)
        base, their, my = cells
        if their == my:
            continue
        group = theirs if my == base else mine if their == base else both
        group.append(Compared(path, base, their, my))
    return Merge(tuple(both), tuple(theirs), tuple(mine))


def at_version(session: Session, row: FormRow, version: int) -> Document:
    """Give the document of a form as it was at an earlier version."""
    changes = documents.history(session.connection(), row.id) if row.version else []
    wanted = [one for one in changes if one.to_version <= version]
    return fold({}, (ItemChange(one.path, one.old, one.new) for one in wanted))
