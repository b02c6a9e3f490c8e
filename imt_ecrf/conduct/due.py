"""What subjects owe by a day, kept worked out for lists: renewed by the acts that move it; signs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import delete, exists, func, insert, select, tuple_

from imt_ecrf import store
from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.due_rows import SIGNATURE, DueRow, due_rows, signature_rows
from imt_ecrf.conduct.milestone_ground import watched
from imt_ecrf.store.tables import DueWork, FormData
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.records import VISIT_FORM
from imt_ecrf.study.sign_plan import FINISHED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor, Clock
    from imt_ecrf.store import Engines
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book

_TABLE: Final = cast("Table", DueWork.__table__)
_KEPT: Final = select(*(_TABLE.c[name] for name in DueRow._fields))
MOST: Final = 200
"""How many rows one statement forgets."""
_KEY: Final = tuple_(_TABLE.c.subject_id, _TABLE.c.kind, _TABLE.c.name, _TABLE.c.part)


def refresh(session: Session, actor: Actor, subject_id: str) -> None:
    """Work out anew what one subject owes; asked by every act that may move it, in its transaction."""
    session.flush()
    kept = session.connection().execute(_KEPT.where(_TABLE.c.subject_id == subject_id))
    _keep(session, kept, due_rows(session, actor, SubjectRow.id == subject_id))


def _refresh_signatures(session: Session, actor: Actor, subject_id: str) -> None:
    """Work out anew what is to be signed: most saves move no consent."""
    session.flush()
    here = (_TABLE.c.subject_id == subject_id, _TABLE.c.kind == SIGNATURE)
    kept = session.connection().execute(_KEPT.where(*here))
    _keep(session, kept, signature_rows(session, actor, SubjectRow.id == subject_id))


def refresh_all(session: Session, actor: Actor, site: str | None = None) -> None:
    """Work out anew what all subjects owe (of one site): a version, a setting or a data cut moves them all.

    A save under way is waited for, so that it cannot keep what was worked out before.
    """
    session.flush()
    here = [] if site is None else [SubjectRow.site == site]
    wanted = select(SubjectRow.id).where(*here).order_by(SubjectRow.code)
    session.connection().execute(wanted.with_for_update()).all()
    kept = session.connection().execute(_KEPT if site is None else _KEPT.where(_TABLE.c.site == site))
    _keep(session, kept, due_rows(session, actor, *here))


def follow(
    session: Session,
    actor: Actor,
    subject_id: str,
    rows: Iterable[FormRow],
    *,
    moved: bool = False,
    turned: bool = False,
) -> None:
    """Renew what a subject owes after a save, if the save can move it at all: most do not.

    `rows` are the forms as they were and as they are; one that nobody finished or signed yet is in no list,
    unless its milestone has a time without it. `moved`: messages on another form did; `turned`: the course
    of the subject did, and with it perhaps its consents.
    """
    if turned:
        refresh(session, actor, subject_id)
    elif moved or _counts(session, tuple(rows)):
        _refresh_signatures(session, actor, subject_id)


def _counts(session: Session, rows: tuple[FormRow, ...]) -> bool:
    if any(row.entry_state in FINISHED or row.signature == "void" for row in rows):
        return True
    return not _watched(runtime.study(session).book).isdisjoint(row.form for row in rows)


def fill(engines: Engines, clock: Clock | None = None) -> bool:
    """Work everything out once, for a database that was made before there was this table."""
    with store.reading(engines) as session:
        kept = session.connection().scalar(select(exists(select(DueWork.name))))
        forms = session.connection().scalar(select(exists(select(FormData.id))))
    if kept or not forms:
        return False
    actor = system(clock)
    with store.writing(engines, actor.who("SYSTEM")) as session:
        refresh_all(session, actor)
        return bool(session.connection().scalar(select(func.count()).select_from(DueWork)))


def faults(session: Session, actor: Actor) -> Iterator[tuple[str, str]]:
    """Name every subject (with a sentence) for whom something else is kept than is owed."""
    kept = {DueRow(*one) for one in session.connection().execute(_KEPT)}
    for subject in sorted({one.subject_id for one in kept ^ set(due_rows(session, actor))}):
        yield subject, "the signatures and consents kept as due are not those its forms give."


def _keep(session: Session, before: Iterable[Sequence[Any]], found: Iterable[DueRow]) -> None:
    """Write what differs, and nothing where nothing does."""
    kept, told = {DueRow(*one) for one in before}, set(found)
    connection = session.connection()
    gone = [(one.subject_id, one.kind, one.name, one.part) for one in kept - told]
    for start in range(0, len(gone), MOST):
        connection.execute(delete(_TABLE).where(_KEY.in_(gone[start : start + MOST])))
    if told - kept:
        connection.execute(insert(_TABLE), [one._asdict() for one in sorted(told - kept)])


_WATCHED: Final[dict[str, frozenset[str]]] = {}


def _watched(book: Book) -> frozenset[str]:
    if book.fingerprint not in _WATCHED:
        _WATCHED[book.fingerprint] = watched(book) | {VISIT_FORM}
    return _WATCHED[book.fingerprint]


__all__ = ["faults", "fill", "follow", "refresh", "refresh_all"]
