"""What is typed and not saved yet: one row a person and form, encrypted, seen by its author only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store import crypt
from imt_ecrf.store.canonical import dumps, loads
from imt_ecrf.store.tables import EntryDraft, moment, new_id, stamp
from imt_ecrf.store.tables import Subject as SubjectRow

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Answers


DRAFTS: Final = "drafts"
"""Names, among what a page knows, whether a person has any draft."""
_PLACE: Final = ("event", "event_repeat", "form", "form_repeat")
_OFFERED: Final = select(
    EntryDraft.subject_id, EntryDraft.base_version, EntryDraft.answers, EntryDraft.at_utc
).where(
    EntryDraft.user_id == bindparam("user"),
    EntryDraft.subject_id == bindparam("subject"),
    *(getattr(EntryDraft, name) == bindparam(name) for name in _PLACE),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into a form, from which version of it, and when it was last kept."""

    address: Address
    base_version: int
    answers: Mapping[str, Answer]
    at: dt.datetime


def keep(
    session: Session, actor: Actor, address: Address, answers: Answers, *, base_version: int, key: bytes
) -> dt.datetime:
    """Keep what was typed so far, in place of what was kept before, and say when."""
    subject = _subject(session, actor, address)
    session.info["actor"] = actor.who("")
    at = stamp(actor.now())
    plain = {path: _plain(answer) for path, answer in answers.items()}
    sealed = crypt.encrypt(key, dumps(plain), _bound(actor, subject.id, address))
    row = session.scalars(_of(actor, subject.id, address)).first()
    if row is None:
        row = EntryDraft(
            id=new_id(),
            user_id=actor.user_id,
            subject_id=subject.id,
            **dict(zip(_PLACE, address.within, strict=True)),
        )
        session.add(row)
    row.base_version, row.answers, row.at_utc = base_version, sealed, at
    session.flush()
    return moment(at)


def offer(session: Session, actor: Actor, address: Address, *, key: bytes) -> Draft | None:
    """Give what this person typed into a form and did not save; nobody else's, None when there is none."""
    subject = _subject(session, actor, address)
    asked = {"user": actor.user_id, "subject": subject.id, **dict(zip(_PLACE, address.within, strict=True))}
    row = session.connection().execute(_OFFERED, asked).first()
    return None if row is None else _draft(actor, key, address, row)


def may_have(session: Session, actor: Actor) -> bool:
    """Tell whether a person may have drafts: False when the request that let him in found none."""
    return runtime.once(session, (DRAFTS, actor.user_id), lambda: True)


def drop(session: Session, actor: Actor, address: Address) -> None:
    """Drop what this person typed into a form."""
    subject = _subject(session, actor, address)
    session.info["actor"] = actor.who("")
    forget(session, actor, subject.id, address)


def forget(session: Session, actor: Actor, subject_id: str, address: Address) -> None:
    """Drop the draft a save has made into data."""
    if actor.user_id is not None:
        session.execute(delete(EntryDraft).where(*_mine(actor, subject_id, address)))


def mine(session: Session, actor: Actor) -> tuple[tuple[Address, dt.datetime], ...]:
    """List the forms into which this person typed something that is not saved."""
    wanted = (
        select(EntryDraft, SubjectRow.code, SubjectRow.site)
        .join(SubjectRow, SubjectRow.id == EntryDraft.subject_id)
        .where(EntryDraft.user_id == actor.user_id)
        .order_by(EntryDraft.at_utc)
    )
    return tuple(
        (Address(code, row.event, row.event_repeat, row.form, row.form_repeat), moment(row.at_utc))
        for row, code, site in session.execute(wanted)
        if actor.at(site)
    )


def _subject(session: Session, actor: Actor, address: Address) -> SubjectRow:
    subject = runtime.find_subject(session, actor, address.subject)
    book = runtime.study(session).book
    if actor.user_id is None or book.rights.get(address.form) is None:
        raise NotFound
    actor.role_for(book, "enter", address.form, subject.site)
    return subject


def _of(actor: Actor, subject_id: str, address: Address) -> Any:
    return select(EntryDraft).where(*_mine(actor, subject_id, address))


def _mine(actor: Actor, subject_id: str, address: Address) -> tuple[Any, ...]:
    return (
        EntryDraft.user_id == actor.user_id,
        EntryDraft.subject_id == subject_id,
        EntryDraft.event == address.event,
        EntryDraft.event_repeat == address.event_repeat,
        EntryDraft.form == address.form,
        EntryDraft.form_repeat == address.form_repeat,
    )


def _draft(actor: Actor, key: bytes, address: Address, row: Any) -> Draft | None:
    try:
        text = crypt.decrypt(key, row.answers, _bound(actor, row.subject_id, address))
    except crypt.DraftUnreadable:  # the key was changed: nothing can be offered
        return None
    answers = {path: _answer(plain) for path, plain in loads(text).items()}
    return Draft(address, row.base_version, answers, moment(row.at_utc))


def _bound(actor: Actor, subject_id: str, address: Address) -> str:
    return f"{actor.user_id}/{subject_id}/{address}"


def _plain(answer: Answer) -> list[Any]:
    return [
        answer.value if isinstance(answer.value, str) else list(answer.value),
        answer.unit,
        answer.missing,
    ]


def _answer(plain: list[Any]) -> Answer:
    value, unit, missing = plain
    return Answer(value if isinstance(value, str) else tuple(value), unit, missing)
