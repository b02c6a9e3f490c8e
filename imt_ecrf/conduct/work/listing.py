"""The work of a person: counts by kind, a page of one kind, the first thing to do; one statement a kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imt_ecrf.conduct.work.items import KINDS, WorkItem, WorkKind
from imt_ecrf.conduct.work.scope import scope_of
from imt_ecrf.conduct.work.sources import sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.work.scope import Scope


def work_list(session: Session, actor: Actor, few: int | None = None) -> tuple[WorkKind, ...]:
    """List what waits for this person by kind, the most harmful first; of each kind a few rows, or all."""
    scope = scope_of(session, actor)
    found = (_kind(scope, kind, few, 0) for kind in KINDS)
    return tuple(one for one in found if one is not None and one.total)


def kind_of(
    session: Session, actor: Actor, kind: str, *, site: str = "", most: int | None = None, first: int = 0
) -> WorkKind:
    """Give a page of the list of one kind; an empty one for who has no such work."""
    return _kind(scope_of(session, actor, site), kind, most, first) or WorkKind(kind, 0, 0)


def work_counts(found: Iterable[WorkKind]) -> dict[str, int]:
    """Give the number of rows by kind, in the order of harm."""
    return {one.kind: one.total for one in found}


def first(session: Session, actor: Actor) -> WorkItem | None:
    """Give the next thing to do, None when nothing is left."""
    scope = scope_of(session, actor)
    for kind in KINDS:
        source = sources(scope, kind)
        row = source and session.connection().execute(source.wanted.limit(1)).first()
        if source and row:
            return source.item(row)
    return None


def _kind(scope: Scope, kind: str, most: int | None, first: int) -> WorkKind | None:
    source = sources(scope, kind)
    if source is None:
        return None
    connection = scope.session.connection()
    told = [source.rows.label("rows_in_all")]
    if source.forms is not None:
        told.append(source.forms.label("forms_in_all"))
    if source.overdue is not None:
        told.append(source.overdue.label("overdue_in_all"))
    wanted = source.wanted.add_columns(*told)
    rows = connection.execute(wanted if most is None else wanted.limit(most).offset(first)).all()
    if not rows and first:  # asked for a page behind the last: the first one says how many there are
        return replace(_kind(scope, kind, 1, 0) or WorkKind(kind, 0, 0), items=())
    if not rows:
        return WorkKind(kind, 0, 0)
    items = tuple(source.item(row) for row in rows)
    total, late = rows[0].rows_in_all, 0 if source.overdue is None else int(rows[0].overdue_in_all)
    return WorkKind(kind, total, total if source.forms is None else int(rows[0].forms_in_all), items, late)
