"""The trail as a person may read it: of an item, a form, a subject, or all since a moment; writes nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store import documents
from imt_ecrf.store.tables import ChangeSet, FormData, stamp
from imt_ecrf.store.tables import Subject as SubjectRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.store.documents import Change


KINDS: Final = ("entered", "changed", "emptied", "worked out")
"""What may have happened to an item: its first value, another one, none any more, or a derived one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One changed item, and the form it stands in."""

    address: Address
    site: str
    change: Change


def of_form(session: Session, actor: Actor, address: Address, path: str | None = None) -> list[Line]:
    """List the changes of a form, or of one item, oldest first; NotFound when it is hidden."""
    row = runtime.find_subject(session, actor, address.subject)
    if not actor.sees(runtime.study(session).book, address.form, row.site):
        raise NotFound
    found = documents.find_form(session.connection(), row.id, address[1:])
    changes = documents.history(session.connection(), found.id, path) if found else []
    return [Line(address, row.site, change) for change in changes]


def of_subject(session: Session, actor: Actor, subject: str) -> list[Line]:
    """List every change of every form of a subject that the person may see, oldest first."""
    row = runtime.find_subject(session, actor, subject)
    forms = _forms(session, actor, FormData.subject_id == row.id)
    of_these = select(FormData.id).where(FormData.subject_id == row.id)
    return list(_lines(session, forms, ChangeSet.form_data_id.in_(of_these)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader of the trail asks for; empty means all. Days and moments are UTC, the last one included.

    `item` is an OID; `kind` is one of KINDS.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    site: str = ""
    subject: str = ""
    form: str = ""
    item: str = ""
    person: str = ""
    kind: str = ""


def search(session: Session, actor: Actor, wanted: Wanted) -> list[Line]:
    """List what changed in the forms a person may see and fits, oldest first."""
    own = actor.sites()
    conditions: list[Any] = [FormData.site.in_(own)] if own is not None else []
    pairs = ((FormData.site, wanted.site), (SubjectRow.code, wanted.subject), (FormData.form, wanted.form))
    conditions += [column == value for column, value in pairs if value]
    forms = _forms(session, actor, *conditions)
    return [line for line in _lines(session, forms, *_when(wanted)) if _fits(line.change, wanted)]


def kind_of(change: Change) -> str:
    """Say what happened to an item (KINDS)."""
    if change.method is not None:
        return "worked out"
    if not change.new:
        return "emptied"
    return "changed" if change.old else "entered"


def _fits(change: Change, wanted: Wanted) -> bool:
    item = change.path.rpartition(".")[2]
    return wanted.item in {"", item} and wanted.kind in {"", kind_of(change)}


def _when(wanted: Wanted) -> Iterator[Any]:
    if wanted.first:
        yield ChangeSet.at_utc >= begin(wanted.first)
    if wanted.last:
        yield ChangeSet.at_utc < end(wanted.last)
    if wanted.person:
        yield ChangeSet.username == wanted.person


def begin(point: dt.date) -> str:
    """Give the first moment of a day or of a moment in UTC, as it is kept."""
    return stamp(point if isinstance(point, dt.datetime) else dt.datetime.combine(point, dt.time(), dt.UTC))


def end(point: dt.date) -> str:
    """Give what follows a day, or the minute of a moment (its second where it names one), as it is kept."""
    if not isinstance(point, dt.datetime):
        return begin(point + dt.timedelta(days=1))
    return begin(point + (dt.timedelta(seconds=1) if point.second else dt.timedelta(minutes=1)))


def _forms(session: Session, actor: Actor, *conditions: Any) -> dict[str, tuple[Address, str]]:
    book = runtime.study(session).book
    columns = (
        FormData.id,
        FormData.site,
        FormData.event,
        FormData.event_repeat,
        FormData.form,
        FormData.form_repeat,
    )
    wanted = select(SubjectRow.code, *columns).join(SubjectRow, SubjectRow.id == FormData.subject_id)
    return {
        one.id: (Address(one.code, one.event, one.event_repeat, one.form, one.form_repeat), one.site)
        for one in session.execute(wanted.where(*conditions))
        if actor.sees(book, one.form, one.site)
    }


def _lines(session: Session, forms: dict[str, tuple[Address, str]], *conditions: Any) -> Iterator[Line]:
    for change in documents.trail(session.connection(), *conditions):
        found = forms.get(change.form_data_id)
        if found is not None:
            yield Line(*found, change)
