"""The countersignature of a person on a sealed casebook: offered, given with the password, on record."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.entrance import confirm_password
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.identity import on_record
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.reporting import gather as gathering
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.custody import withdrawals
from imt_ecrf.reporting.seal import INVESTIGATOR, SPONSOR
from imt_ecrf.reporting.seal import countersign as sign_file
from imt_ecrf.store import writing
from imt_ecrf.store.tables import Event, Site, StoredFile, Subject, moment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.options import Options

ACT: Final = "casebook.countersigned"
FIELDS: Final = {"PI": INVESTIGATOR, "SPON": SPONSOR}
ROLES: Final = {"PI": ("Investigator", "Исследователь"), "SPON": ("Sponsor", "Спонсор")}
MEANINGS: Final = {
    "PI": (
        "I have reviewed this copy of the casebook and confirm that it is complete and accurate",
        "Эта копия карты пациента мною проверена; подтверждаю её полноту и достоверность",
    ),
    "SPON": (
        "I have received and reviewed this copy of the casebook for the sponsor",
        "Эта копия карты пациента получена и просмотрена мною от имени спонсора",
    ),
}
"""What the signature of each role says, in English and Russian; both texts are signed."""


class NothingToCountersign(Refused):
    """There is no copy of the present state to countersign; make the casebook first, then read it."""

    ru = "Нет копии нынешнего состояния, которую можно подписать; сначала создайте карту и прочтите её."
    status = 409


class NoSealToCountersign(Refused):
    """Only a sealed casebook (made for the archive) is countersigned; this one has a manifest instead."""

    ru = "Подписать можно только заверенную карту (для архива); у этой вместо печати список сумм."


class AlreadyCountersigned(Refused):
    """This copy carries the signature of this role already."""

    ru = "На этой копии уже стоит подпись в этой роли."
    status = 409


class CopyChanged(Refused):
    """This is not the copy that was shown: it was signed by somebody else or made anew. Look at it again."""

    ru = "Это не та копия, что была показана: её подписали или создали заново. Её нужно просмотреть снова."
    status = 409


@dataclass(frozen=True, slots=True)
class Given:
    """A countersignature on record."""

    role: str
    name: str
    at: dt.datetime
    meaning: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """The copy a person may countersign: the one with most signatures, else the person's own."""

    file: StoredFile
    given: tuple[Given, ...]
    role: str

    @property
    def signed(self) -> bool:
        """Tell whether this role has signed it already."""
        return any(one.role == self.role for one in self.given)


def offer(session: Session, actor: Actor, house: keep.House, subject: str, options: Options) -> Offer | None:
    """Find the copy of the present state that this person may countersign; None when it must be made."""
    row = runtime.find_subject(session, actor, subject)
    role = actor.role_for_act("countersign", row.site)
    if options.profile != "archive":
        raise NoSealToCountersign
    own = keep.ready(session, actor, house, subject, options)
    signed = _countersigned(session, row.id)
    best: Offer | None = Offer(own, tuple(signed.get(own.sha256, ())), role) if own else None
    for file in _present(session, actor, house, row, options):
        given = tuple(signed.get(file.sha256, ()))
        if given and (best is None or len(given) > len(best.given)):
            best = Offer(file, given, role)
    return best


def take(
    session: Session, actor: Actor, house: keep.House, subject: str, options: Options
) -> tuple[str, bytes]:
    """Give the name and the bytes of the copy on offer, and log that it was taken."""
    found = offer(session, actor, house, subject, options)
    if found is None:
        raise NothingToCountersign
    return keep.name_of(found.file), keep.logged(session, actor, house, found.file)


def countersign(
    house: keep.House,
    actor: Actor,
    subject: str,
    options: Options,
    *,
    password: str,
    shown: str | None = None,
) -> StoredFile:
    """Sign the copy on offer as investigator or sponsor, with the password; give the signed copy.

    `shown` is the SHA-256 of the copy that was on the page. The person's identity check and statement must be
    on record. Nothing is kept unless all of it succeeds; the copy before stays on record.
    """
    with writing(house.engines, actor.who("")) as session:
        found = _wanted(session, actor, house, subject, options=options, shown=shown)
        on_record(session, actor)
        confirm_password(session, actor, password)
        keys = house.seal(session)
        session.expunge(found.file)
    words = {
        "name": actor.name,
        "role": f"{' / '.join(ROLES[found.role])}, {actor.organisation}".rstrip(", "),
        "meaning": " / ".join(MEANINGS[found.role]),
    }
    before = (house.data / found.file.path).read_bytes()

    def signed(pdf: bytes) -> bytes:
        return sign_file(pdf, keys, FIELDS[found.role], **words)

    made = _each(before, signed)
    with writing(house.engines, actor.who(found.role)) as session:
        _wanted(session, actor, house, subject, options=options, shown=found.file.sha256)
        return _record(session, actor, house, found, made)


def _wanted(
    session: Session, actor: Actor, house: keep.House, subject: str, *, options: Options, shown: str | None
) -> Offer:
    found = offer(session, actor, house, subject, options)
    if found is None:
        raise NothingToCountersign
    if found.signed:
        raise AlreadyCountersigned
    if shown is not None and found.file.sha256 != shown:
        raise CopyChanged
    return found


def _present(
    session: Session, actor: Actor, house: keep.House, row: Subject, options: Options
) -> list[StoredFile]:
    """List the copies of exactly what this person sees now, whoever had them made."""
    book, site = runtime.study(session).book, session.get_one(Site, row.site)
    view = gathering.Reading(session, actor, book, row, site, house.demo, options)
    wanted = select(StoredFile).where(
        StoredFile.kind == keep.KIND,
        StoredFile.subject_id == row.id,
        StoredFile.content_sha256 == gathering.fingerprint(view, gathering.visible(view)),
        StoredFile.certificate == keep.certificate(house),
        StoredFile.certificate.not_in(withdrawals(session)),
        StoredFile.scope.startswith(f"{options.code}:", autoescape=True),
    )
    found = session.scalars(wanted.order_by(StoredFile.made_at, StoredFile.id))
    return [one for one in found if keep.whole(house, one)]


def _countersigned(session: Session, subject_id: str) -> dict[str, tuple[Given, ...]]:
    """Give the countersignatures of each copy of a subject, by the SHA-256 of the copy."""
    wanted = select(Event.role, Event.user_name, Event.at_utc, Event.details).where(
        Event.act == ACT, Event.subject_id == subject_id
    )
    found: dict[str, tuple[Given, ...]] = {}
    for row in session.execute(wanted.order_by(Event.seq)):
        said = json.loads(row.details)
        meaning = said["meaning"]["en"], said["meaning"]["ru"]
        given = Given(row.role, row.user_name, moment(row.at_utc), meaning)
        found[said["sha256"]] = (*found.get(said["before"], ()), given)
    return found


def _each(data: bytes, sign: Callable[[bytes], bytes]) -> tuple[bytes, list[tuple[str, int, None]]]:
    """Sign a PDF, or each volume in a zip of them; give the file and the sums of the volumes in it."""
    if not data.startswith(b"PK"):
        return sign(data), []
    with zipfile.ZipFile(io.BytesIO(data)) as folder:
        names = [name for name in folder.namelist() if name.endswith(".pdf")]
        files = [(name, sign(folder.read(name))) for name in names]
        at = folder.getinfo(names[0]).date_time
    as_of = "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*at)
    return keep.zipped(files, as_of), [(sha256(one).hexdigest(), len(one), None) for _name, one in files]


def _record(
    session: Session, actor: Actor, house: keep.House, found: Offer, made: tuple[bytes, Any]
) -> StoredFile:
    (data, inner), file = made, found.file
    row = session.get_one(Subject, file.subject_id)
    sums, (en, ru) = sha256(data).hexdigest(), MEANINGS[found.role]
    details = {
        "sha256": sums, "before": file.sha256, "meaning": {"en": en, "ru": ru}, "field": FIELDS[found.role],
    }  # fmt: skip
    log(session, actor, ACT, found.role, site=row.site, subject_id=row.id, object=row.code, details=details)
    kept = keep.note(
        session, house, actor, kind=keep.KIND, path=keep.write(house, row.code, keep.name_of(file), data),
        inner=inner, subject_id=row.id, content_sha256=file.content_sha256, scope=file.scope, sha256=sums,
        size=len(data), pages=file.pages,
    )  # fmt: skip
    session.expunge(kept)
    return kept
