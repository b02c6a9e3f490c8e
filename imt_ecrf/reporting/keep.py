"""Casebook files made once and kept: found again while nothing changed, handed out and logged."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from imt_ecrf.conduct import events, runtime
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.entrance import actor_named
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.reporting import gather as gathering
from imt_ecrf.reporting.certificate import seal_files
from imt_ecrf.reporting.copy import make, plain
from imt_ecrf.reporting.metadata import Attachment
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.parts import FOLDER, PartStore
from imt_ecrf.reporting.render import Printer
from imt_ecrf.reporting.seal import genuine
from imt_ecrf.store import reading, writing
from imt_ecrf.store.tables import Site, StoredFile, Subject, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.copy import Made, Progress
    from imt_ecrf.reporting.pages import Casebook
    from imt_ecrf.store import Engines
    from imt_ecrf.store.documents import FormRow

    Source = Callable[[Session, Actor, Subject, Sequence[FormRow], str], bytes]

KIND = "casebook"
KEYS, FILES = "keys", "files"
MANIFEST = "sha256-manifest.txt"
_DATE = (slice(0, 4), slice(5, 7), slice(8, 10), slice(11, 13), slice(14, 16), slice(17, 19))


@dataclass(frozen=True, slots=True)
class House:
    """An installation as paper needs it: database, data folder, and whether it is a demo."""

    engines: Engines
    data: Path
    demo: bool = False
    warm: bool = False
    source: Source | None = None

    @property
    def keys(self) -> Path:
        """Give the folder of the seal."""
        return self.data / KEYS

    def printer(self, options: Options) -> Printer:
        """Open a printer with the parts that were printed before."""
        return Printer(options.sheets, PartStore(self.data / FOLDER), self.warm)


def ready(session: Session, actor: Actor, house: House, subject: str, options: Options) -> StoredFile | None:
    """Find the file made for this reader of the present state; None when it must be made."""
    row = runtime.find_subject(session, actor, subject)
    _permit(actor, row.site)
    book = runtime.study(session).book
    site = session.get_one(Site, row.site)
    view = gathering.Reading(session, actor, book, row, site, house.demo, options)
    state = gathering.fingerprint(view, gathering.visible(view))
    wanted = select(StoredFile).where(
        StoredFile.kind == KIND,
        StoredFile.subject_id == row.id,
        StoredFile.content_sha256 == state,
        StoredFile.scope == scope(actor, options),
        StoredFile.certificate == authority(house),
    )
    found = session.scalars(wanted.order_by(StoredFile.made_at.desc()).limit(1)).first()
    return found if found is not None and (house.data / found.path).is_file() else None


def _permit(actor: Actor, site: str) -> None:
    if not actor.is_system():
        actor.role_for_act("download_casebook", site)


def scope(actor: Actor, options: Options) -> str:
    """Name for whom a copy is: its cover names the person, its contents depend on the roles."""
    return f"{options.code}:{actor.username}:{','.join(sorted(actor.held()))}"


def authority(house: House) -> str:
    """Give the SHA-256 of the installation's authority: a new seal needs new files."""
    path = seal_files(house.keys).authority
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def make_and_keep(
    house: House, actor: Actor, subject: str, options: Options, progress: Progress | None = None
) -> StoredFile:
    """Make the casebook of a subject, keep the file and give its row; the file is whole or not there."""
    with reading(house.engines) as session:
        row = runtime.find_subject(session, actor, subject)
        _permit(actor, row.site)
        there = ready(session, actor, house, subject, options)
        if there is not None:
            session.expunge(there)
            return there
        casebook = gathering.gather(session, actor, subject, demo=house.demo, options=options)
        files = _source(session, actor, house, row, casebook=casebook, options=options)
        subject_id = row.id
    with house.printer(options) as printer:
        keys = seal_files(house.keys)
        made = make(casebook, options, printer, keys=keys, progress=progress, attachments=files)
    name, data = _bundle(made, casebook, options)
    path, sha256 = _write(house, casebook.subject, name, data), hashlib.sha256(data).hexdigest()
    return remember(
        house, actor, kind=KIND, subject_id=subject_id, content_sha256=casebook.fingerprint,
        scope=scope(actor, options), path=path, sha256=sha256, size=len(data),
        pages=sum(one.pages for one in made),
    )  # fmt: skip


def remember(house: House, actor: Actor, **columns: Any) -> StoredFile:
    """Note a file that was written into the installation's folder, by whom and when."""
    who = {"made_at": stamp(actor.now()), "made_by": actor.username}
    with writing(house.engines, actor.who("")) as session:
        kept = StoredFile(certificate=authority(house), **who, **columns)
        session.add(kept)
        session.flush()
        session.expunge(kept)
    return kept


def _source(
    session: Session, actor: Actor, house: House, subject: Subject, *, casebook: Casebook, options: Options
) -> tuple[Attachment, ...]:
    """Give the data behind the pages, for machines; the submission profile allows no attachment."""
    if house.source is None or options.profile != "archive":
        return ()
    book = runtime.study(session).book
    site = session.get_one(Site, subject.site)
    view = gathering.Reading(session, actor, book, subject, site, house.demo, options)
    data = house.source(session, actor, subject, gathering.visible(view), casebook.as_of)
    name = f"{plain(f'{casebook.study_oid}-{casebook.subject}')}-odm.xml"
    return (Attachment(name, "The data of these pages as CDISC ODM-XML 1.3.2", "text/xml", data),)


def _bundle(made: Sequence[Made], casebook: Casebook, options: Options) -> tuple[str, bytes]:
    """Give one sealed file as it is; volumes, and what has a manifest instead of a seal, as a zip."""
    if len(made) == 1 and options.profile == "archive":
        return made[0].name, made[0].pdf
    out = BytesIO()
    at = tuple(int(casebook.as_of[place]) for place in _DATE)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as folder:
        for one in made:
            folder.writestr(zipfile.ZipInfo(one.name, at), one.pdf)  # type: ignore[arg-type]
        folder.writestr(zipfile.ZipInfo(MANIFEST, at), manifest(made))  # type: ignore[arg-type]
    return made[0].name.removesuffix(".pdf").removesuffix("-v1") + ".zip", out.getvalue()


def manifest(made: Sequence[Made]) -> str:
    """Write the SHA-256 of each file, as `sha256sum --check` reads it."""
    return "".join(f"{one.sha256}  {one.name}\n" for one in made)


def hand_out(session: Session, actor: Actor, house: House, subject: str, file: StoredFile) -> bytes:
    """Read a kept file and log the download with its SHA-256; NotPermitted for somebody else's copy."""
    row = runtime.find_subject(session, actor, subject)
    role = actor.role_for_act("download_casebook", row.site)
    if file.subject_id != row.id or file.scope.split(":")[1] != actor.username:
        raise NotPermitted
    pdf = (house.data / file.path).read_bytes()
    details = {"sha256": file.sha256, "pages": file.pages, "language": file.scope.split(":")[0]}
    events.log(
        session, actor, "casebook.download", role, details=details, site=row.site, subject_id=row.id,
        object=row.code,
    )  # fmt: skip
    return pdf


GENUINE, ALTERED, FOREIGN = "genuine", "altered", "not ours"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a copy is; `changed` says whether the data have changed since (None: not known of it)."""

    word: str
    changed: bool | None = None


def verdict(house: House, pdf: bytes) -> Verdict:
    """Judge a copy by the hashes of what was made and by pyHanko's bottom line; never by one `valid`."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    with reading(house.engines) as session:
        row = session.scalars(select(StoredFile).where(StoredFile.sha256 == sha256)).first()
        changed = None if row is None or row.subject_id is None else _changed(session, house, row)
    try:
        sealed = genuine(pdf, seal_files(house.keys).authority)
    except Exception:  # noqa: BLE001 - whatever cannot be read is no copy of ours
        return Verdict(GENUINE if row is not None else FOREIGN, changed)
    if sealed or row is not None:
        return Verdict(GENUINE, changed)
    return Verdict(ALTERED)


def _changed(session: Session, house: House, file: StoredFile) -> bool | None:
    """Tell whether the state it shows is no longer the state; None when its reader is gone."""
    code, username, _roles = file.scope.split(":", 2)
    actor = system() if username == system().username else actor_named(session, username)
    subject = session.get_one(Subject, file.subject_id)
    if actor is None:
        return None
    book, site = runtime.study(session).book, session.get_one(Site, subject.site)
    view = gathering.Reading(session, actor, book, subject, site, house.demo, Options.of(code))
    return gathering.fingerprint(view, gathering.visible(view)) != file.content_sha256


def _write(house: House, subject: str, name: str, data: bytes) -> str:
    folder = house.data / FILES / KIND / subject
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:16]}-{name}"
    half = folder / f".{path.name}.half"
    half.write_bytes(data)
    with half.open("rb") as written:
        os.fsync(written.fileno())
    half.replace(path)
    return str(path.relative_to(house.data))
