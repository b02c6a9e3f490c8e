"""Training on record: who read the guideline of a role and its forms, what changed since; enters nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import select

from imt_ecrf.conduct import runtime, settings
from imt_ecrf.conduct.accounts import held
from imt_ecrf.conduct.events import log
from imt_ecrf.policy.permissions import may
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, Membership, User, moment
from imt_ecrf.study.differences import between

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.differences import FormChange

ACT: Final = "training.acknowledged"
SETTING: Final = "entry_needs_training"
"""The setting of the study: absent, nobody is asked; false at a site, all are asked and nobody is refused."""
WORK: Final = ("enter", "verify", "sign")
"""What makes a form one of a role's own."""
_EN: Final = "I have read the guideline of this role and its forms, understand them and will keep to them."
_RU: Final = "Руководство для этой роли и её формы прочитаны и понятны; обязуюсь их соблюдать."
STATEMENT: Final = (_EN, _RU)
"""What is confirmed; kept with each acknowledgement."""
MOST_KEPT: Final = 5000
_KNOWN: Final[set[tuple[str, str, str]]] = set()
"""Persons, roles and versions found on record: a record is for ever, so they are not asked for again."""

_FORMS: Final[dict[tuple[str, str], tuple[str, ...]]] = {}
"""The forms of roles, worked out once a version: every page asks for them."""

State = Literal["on record", "again", "never"]


class TrainingNeeded(Refused):
    """Read and confirm the guideline of your role first: your account leads to it. Nothing was saved."""

    ru = "Сначала прочтите и подтвердите руководство для вашей роли (в учётной записи). Ничего не сохранено."
    status = 403


class NotRead(Refused):
    """Tick that you have read it."""

    ru = "Отметьте, что руководство прочитано."


class GuidelineMoved(Refused):
    """Another version of the study was published meanwhile: read what it changes."""

    ru = "Тем временем опубликована другая версия исследования: прочтите, что в ней изменилось."
    status = 409


@dataclass(frozen=True, slots=True)
class Standing:
    """One role of a person: whether it is on record, for which version, since when, and what changed."""

    role: str
    state: State
    version: str = ""
    at: dt.datetime | None = None
    changes: tuple[FormChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Trained:
    """One person in one role, for the list: on record or not, for which version, since when."""

    username: str
    name: str
    organisation: str
    role: str
    sites: tuple[str, ...]
    state: State
    version: str
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One line of the training log."""

    seq: int
    at: dt.datetime
    username: str
    name: str
    organisation: str
    role: str
    version: str
    fingerprint: str
    statement: str


def forms_of(book: Book, role: str) -> tuple[str, ...]:
    """List the forms a role enters (wholly or in single items), verifies or signs."""
    key = (book.fingerprint, role)
    if key not in _FORMS:
        if len(_FORMS) >= MOST_KEPT:
            _FORMS.clear()
        _FORMS[key] = tuple(form for form in book.forms if any(may(book, role, form, verb) for verb in WORK))
    return _FORMS[key]


def asks(book: Book) -> bool:
    """Tell whether the study asks for training at all."""
    return any(one.key == SETTING for one in book.version.settings)


def needed(session: Session, book: Book, site: str) -> bool:
    """Tell whether entry at a site is refused to who has not acknowledged."""
    return asks(book) and str(settings.in_force(session, book, site)[SETTING]).lower() == "true"


def standings(session: Session, actor: Actor) -> tuple[Standing, ...]:
    """Say for each role this person holds now whether the training is on record."""
    book = runtime.study(session).book
    if not asks(book):
        return ()
    mine = _log(session, actor.user_id)
    return tuple(_standing(session, book, role, mine) for role in actor.held() if forms_of(book, role))


def untrained(session: Session, actor: Actor) -> bool:
    """Tell whether this person has something to read; asked of the database only until it is on record."""
    if actor.is_system() or runtime.newest(session) is None:
        return False
    book = runtime.study(session).book
    if not asks(book):
        return False
    roles = [role for role in actor.held() if forms_of(book, role)]
    return any(not on_record(session, actor, book, role) for role in roles)


def on_record(session: Session, actor: Actor, book: Book, role: str) -> bool:
    """Tell whether a person acknowledged the forms of a role as they are in a version."""
    key = (actor.user_id or "", role, book.fingerprint)
    if key in _KNOWN:
        return True
    found = _standing(session, book, role, _log(session, actor.user_id)).state == "on record"
    if found and not session.info.get(ACT):  # what this transaction itself wrote may yet be rolled back
        if len(_KNOWN) >= MOST_KEPT:
            _KNOWN.clear()
        _KNOWN.add(key)
    return found


def permits(session: Session, actor: Actor, place: Place) -> None:
    """Refuse entry in a form to who has not acknowledged it in any role that enters it."""
    if waits(session, actor, place):
        raise TrainingNeeded


def waits(session: Session, actor: Actor, place: Place) -> tuple[tuple[str, str], ...]:
    """Say (in both languages) that entry waits for the person to acknowledge; nothing when it does not."""
    site, form = place.subject.site, place.form.oid
    if actor.is_system():
        return ()
    book = runtime.study(session).book
    roles = [role for role in actor.held(site) if asks(book) and may(book, role, form, "enter")]
    if not roles or any(on_record(session, actor, book, role) for role in roles):
        return ()
    return (_WAITS,) if needed(session, book, site) else ()


_WAITS: Final = (
    "Entry waits until you have read and confirmed the guideline of your role: your account leads to it.",
    "Ввод откроется, когда вы прочтёте и подтвердите руководство для вашей роли: оно в учётной записи.",
)


def acknowledge(session: Session, actor: Actor, role: str, fingerprint: str, *, read: bool) -> None:
    """Put on record that this person read the guideline of a role and its forms in the version in force."""
    book = runtime.study(session).book
    if not asks(book) or role not in actor.held() or not forms_of(book, role):
        raise NotFound
    if not read:
        raise NotRead
    if fingerprint != book.fingerprint:
        raise GuidelineMoved
    details = {"version": book.version.version, "forms": list(forms_of(book, role)), "statement": STATEMENT}
    session.info[ACT] = True
    log(session, actor, ACT, role, object=fingerprint, details=details)


def people(session: Session, actor: Actor) -> tuple[Trained, ...]:
    """List everybody who holds a role with forms now, and whether the training is on record."""
    _reader(actor)
    book, now = runtime.study(session).book, actor.now()
    logged = _log(session, None)
    found: dict[tuple[str, str, str, str, str], list[str]] = {}
    for row, user in session.execute(
        select(Membership, User).join(User, User.id == Membership.user_id).where(User.active)
    ):
        if held(row).holds(now) and forms_of(book, row.role):
            key = (user.name, user.username, user.organisation, row.role, user.id)
            found.setdefault(key, []).append(row.site or "")
    return tuple(_trained(session, book, key, sites, logged) for key, sites in sorted(found.items()))


def history(session: Session, actor: Actor) -> tuple[Acknowledged, ...]:
    """List every acknowledgement ever made, oldest first, also of people who have left."""
    _reader(actor)
    return tuple(_acknowledged(row) for row in _log(session, None))


def _reader(actor: Actor) -> None:
    if not actor.may_act("see_training"):
        raise NotPermitted


def _trained(
    session: Session, book: Book, key: tuple[str, str, str, str, str], sites: list[str], logged: list[Any]
) -> Trained:
    name, username, organisation, role, user_id = key
    found = _standing(session, book, role, [row for row in logged if row.user_id == user_id])
    where = tuple(sorted(set(sites)))
    return Trained(username, name, organisation, role, where, found.state, found.version, found.at)


def _log(session: Session, user_id: str | None) -> list[Row[Any]]:
    columns = (
        *(Event.seq, Event.at_utc, Event.user_id, Event.username, Event.user_name, Event.organisation),
        *(Event.role, Event.object, Event.details),
    )
    wanted = select(*columns).where(Event.act == ACT).order_by(Event.seq)
    if user_id is not None:
        wanted = wanted.where(Event.user_id == user_id)
    return list(session.connection().execute(wanted))


def _standing(session: Session, book: Book, role: str, logged: list[Row[Any]]) -> Standing:
    rows = [row for row in logged if row.role == role]
    if not rows:
        return Standing(role, "never")
    last = rows[-1]
    changes = tuple(_changes(session, book, role, last.object))
    state: State = "again" if changes else "on record"
    return Standing(role, state, str(loads(last.details)["version"]), moment(last.at_utc), changes)


def _changes(session: Session, book: Book, role: str, fingerprint: str) -> Iterator[FormChange]:
    if fingerprint == book.fingerprint:
        return
    old = runtime.study(session, fingerprint).book
    yield from between(old, book, forms_of(old, role), forms_of(book, role))


def _acknowledged(row: Row[Any]) -> Acknowledged:
    told = loads(row.details)
    return Acknowledged(
        row.seq, moment(row.at_utc), row.username, row.user_name, row.organisation, row.role,
        str(told["version"]), row.object, str(told["statement"][0]),
    )  # fmt: skip
