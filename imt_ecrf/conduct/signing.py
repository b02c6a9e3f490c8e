"""Signing: what waits for a person's signature, and the signature itself, with the password each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from imt_ecrf import __version__
from imt_ecrf.conduct import due, runtime
from imt_ecrf.conduct.entrance import confirm_password
from imt_ecrf.conduct.entry.place import locate
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.findings import judge, visible
from imt_ecrf.conduct.identity import on_record
from imt_ecrf.conduct.refused import FormIsLocked
from imt_ecrf.conduct.seen import SIGNABLE, unseen
from imt_ecrf.conduct.signatories import refusal
from imt_ecrf.conduct.signatures import MEANINGS, meanings_of, signing_roles, stands_for, views_of
from imt_ecrf.conduct.views import Address
from imt_ecrf.conduct.voiding import standing_signatures
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store import documents, journal
from imt_ecrf.store.canonical import dumps
from imt_ecrf.store.signed import content_sha256
from imt_ecrf.store.tables import FormData, Query, Signature, moment, new_id, stamp
from imt_ecrf.store.tables import Subject as SubjectRow
from imt_ecrf.study.sign_plan import milestone_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.views import SignatureView
    from imt_ecrf.study.records import Subject


class NotReadyToSign(Refused):
    """Only forms that are complete or not done, without hard messages, can be signed."""

    ru = "Подписать можно заполненную или отмеченную как не выполненная форму без обязательных замечаний."
    status = 409


class AlreadySigned(Refused):
    """This form carries a valid signature already."""

    ru = "Форма уже подписана, подпись действительна."
    status = 409


class ChangedMeanwhile(Refused):
    """A form on the list was changed after the list was shown; look at it again."""

    ru = "Форма из списка изменилась после показа; её нужно просмотреть снова."
    status = 409


class NotOpened(Refused):
    """Open each form first: a signature covers only what was opened."""

    ru = "Сначала нужно открыть каждую форму: подпись относится только к просмотренному."
    status = 409


class NoMeaning(Refused):
    """Choose what the signature means."""

    ru = "Выберите значение подписи."


_LISTED: Final = (
    *(FormData.id, FormData.site, FormData.event, FormData.event_repeat, FormData.form, FormData.form_repeat),
    *(FormData.entry_state, FormData.version, FormData.signature, FormData.open_queries),
    *(FormData.answered_queries, FormData.updated_at, FormData.owed, FormData.hard),
)


@dataclass(frozen=True, slots=True)
class ToSign:
    """A form that waits for this person's signature; `again` when an earlier signature became void."""

    address: Address
    site: str
    state: str
    version: int
    again: bool
    open_queries: int
    updated_at: dt.datetime
    ready: bool
    form_id: str


def to_sign(session: Session, actor: Actor, subject: str | None = None) -> tuple[ToSign, ...]:
    """List the forms this person may sign and nobody has validly signed in that role."""
    book = runtime.study(session).book
    wanted = select(*_LISTED, SubjectRow.code).join(SubjectRow, SubjectRow.id == FormData.subject_id)
    asked: list[ColumnElement[bool]] = [
        FormData.entry_state.in_(SIGNABLE),
        FormData.locked_at.is_(None),
    ]
    if subject is not None:
        asked.append(FormData.subject_id == runtime.find_subject(session, actor, subject).id)
    sites = actor.sites()
    if sites is not None:
        asked.append(FormData.site.in_(sites))
    wanted = wanted.where(*asked).order_by(
        SubjectRow.code, FormData.created_at, FormData.form, FormData.form_repeat
    )
    standing = _standing(session, select(FormData.id).where(*asked))
    roles: dict[tuple[str, str, str], set[str]] = {}
    listed = []
    for row in session.connection().execute(wanted):
        place = row.event, row.form, row.site
        if place not in roles:
            milestone = milestone_of(book, row.event, row.form)
            found = signing_roles(actor, book, row.form, row.site, milestone)
            roles[place] = {stands_for(role) for role in found}
        if roles[place] - standing.get(row.id, set()):
            listed.append(_to_sign(row))
    return tuple(listed)


def sign(
    session: Session,
    actor: Actor,
    addresses: Sequence[Address],
    password: str,
    meaning: str = "reviewed",
    *,
    versions: Sequence[int] | None = None,
) -> tuple[SignatureView, ...]:
    """Sign forms, each as it stands, with one password for the batch; all of them or none.

    `versions` are those the list showed. Each form must have been opened as it stands (`seen.see`); the
    signer's identity check and statement are on record (`identity.on_record`). A wrong password
    is logged and counted; the password is asked for every batch.
    """
    if meaning not in MEANINGS:
        raise NoMeaning
    for code in sorted({address.subject for address in addresses}):  # in one order: nobody waits in a circle
        runtime.find_subject(session, actor, code, lock=True)
    places = [locate(session, actor, address, lock=True) for address in addresses]
    if not places:
        raise NotReadyToSign
    roles = [_role_saying(meaning, _free_roles(session, actor, place), places) for place in places]
    on_record(session, actor)
    confirm_password(session, actor, password)
    if versions is not None and [place.row.version for place in places] != list(versions):
        raise ChangedMeanwhile
    for place in places:
        _signable(place)
    if unseen(session, actor, [(place.row.id, place.row.version) for place in places]):
        raise NotOpened
    batch = new_id()
    subjects: dict[tuple[str, str], Subject] = {}
    for place, role in zip(places, roles, strict=True):
        _ready(session, actor, place, subjects)
        _sign(session, actor, place, role=role, meaning=meaning, batch=batch)
    for subject in sorted({place.subject.id for place in places}):
        due.refresh(session, actor, subject)
    return tuple(views_of(session, place.row)[-1] for place in places)


def _role_saying(meaning: str, roles: Sequence[str], places: Sequence[Place]) -> str:
    forms = {place.form.oid for place in places}
    for role in roles:
        if meaning in meanings_of(role, forms):
            return role
    raise NoMeaning


def _free_roles(session: Session, actor: Actor, place: Place) -> list[str]:
    milestone = milestone_of(runtime.study(session).book, place.address.event, place.form.oid)
    roles = signing_roles(actor, place.book, place.form.oid, place.subject.site, milestone)
    if not roles:
        raise refusal(session, actor, place)
    signed = {stands_for(one.role) for one in standing_signatures(session, place.row.id)}
    free = [role for role in roles if stands_for(role) not in signed]
    if not free:
        raise AlreadySigned(_who(standing_signatures(session, place.row.id)))
    return free


def _who(signed: Sequence[Signature]) -> str:
    return ", ".join(
        f"{one.user_name} ({one.role}), {moment(one.at_utc):%Y-%m-%d %H:%M} UTC" for one in signed
    )


def _signable(place: Place) -> None:
    if place.row.locked_at:
        raise FormIsLocked
    if place.row.entry_state not in SIGNABLE:
        raise NotReadyToSign(str(place.address))


def _ready(session: Session, actor: Actor, place: Place, subjects: dict[tuple[str, str], Subject]) -> None:
    known = place.subject.id, place.book.fingerprint
    if known not in subjects:  # a signature changes no value: one look serves the batch
        subjects[known] = runtime.snapshot(session, actor, place.running, place.subject)
    subject = subjects[known]
    record = runtime.record_of(place.row, place.book, actor.now())
    judged = judge(place.running, subject, record, place.row.items.get("confirmed"))
    hard = [one for one in judged.findings if one.level == "hard"]
    if place.row.entry_state == "complete" and hard:
        named = visible(actor, place.subject.site, hard, place.running)
        raise NotReadyToSign(", ".join([str(place.address), *dict.fromkeys(one.check for one in named)]))


def _sign(session: Session, actor: Actor, place: Place, *, role: str, meaning: str, batch: str) -> None:
    row, at = place.row, stamp(actor.now())
    who = actor.who(role)
    session.info["actor"] = who
    en, ru = MEANINGS[meaning]
    asked = session.scalars(
        select(Query.id).where(
            Query.form_data_id == row.id, Query.state.in_(("open", "re-opened", "answered"))
        )
    )
    values: dict[str, Any] = {
        **journal.by(who),
        "at_utc": at,
        "act": "sign",
        "form_data_id": row.id,
        "form_version": row.version,
        "content_sha256": content_sha256(row),
        "meaning": meaning,
        "meaning_text": dumps({"en": en, "ru": ru}),
        "batch": batch,
        "open_queries": dumps(sorted(asked)),
        "program_version": __version__,
    }
    session.execute(insert(Signature).values(values))
    documents.set_caches(session.connection(), row.id, {"signature": "valid"})
    log(
        session,
        actor,
        "form.signed",
        role,
        site=row.site,
        subject_id=row.subject_id,
        form_data_id=row.id,
        form_version=row.version,
        details={"meaning": meaning, "batch": batch},
    )


def _standing(session: Session, forms: Select[Any]) -> dict[str, set[str]]:
    """Give, for each of these forms, the roles whose signature stands."""
    wanted = select(Signature.id, Signature.act, Signature.form_data_id, Signature.role, Signature.voids)
    rows = session.connection().execute(wanted.where(Signature.form_data_id.in_(forms))).all()
    voided = {row.voids for row in rows if row.act == "void"}
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.act == "sign" and row.id not in voided:
            found.setdefault(row.form_data_id, set()).add(stands_for(row.role))
    return found


def _to_sign(row: Any) -> ToSign:
    return ToSign(
        Address(row.code, row.event, row.event_repeat, row.form, row.form_repeat),
        row.site,
        row.entry_state,
        row.version,
        row.signature == "void",
        row.open_queries + row.answered_queries,
        moment(row.updated_at),
        row.owed + row.hard == 0 or row.entry_state == "not done",
        row.id,
    )
