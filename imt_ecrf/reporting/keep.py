"""Casebook files made once and kept: found again while nothing changed, handed out and logged."""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from imt_ecrf.conduct import events, runtime
from imt_ecrf.policy.refusals import NotPermitted, Refused
from imt_ecrf.reporting import gather as gathering
from imt_ecrf.reporting.certificate import fingerprint, seal_certificate, seal_files
from imt_ecrf.reporting.copy import make, plain
from imt_ecrf.reporting.custody import withdrawals
from imt_ecrf.reporting.metadata import Attachment
from imt_ecrf.reporting.parts import FOLDER, PartStore
from imt_ecrf.reporting.render import Printer
from imt_ecrf.store import reading, writing
from imt_ecrf.store.held import half_file, sweep
from imt_ecrf.store.tables import Site, StoredFile, Subject, stamp

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.certificate import SealFiles
    from imt_ecrf.reporting.copy import Made, Progress
    from imt_ecrf.reporting.options import Options
    from imt_ecrf.reporting.pages import Casebook
    from imt_ecrf.reporting.timestamp import Service
    from imt_ecrf.store import Engines
    from imt_ecrf.store.documents import FormRow

    Source = Callable[[Session, Actor, Subject, Sequence[FormRow], str], bytes]

KIND = "casebook"
VOLUME = "volume"
"""A PDF inside a kept file: it is known by itself, also after the file was unpacked."""
DAMAGED = "copy.damaged"
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
    trail: Source | None = field(default=None, kw_only=True)
    service: Service | None = None

    @property
    def keys(self) -> Path:
        """Give the folder of the seal."""
        return self.data / KEYS

    def seal(self, session: Session) -> SealFiles:
        """Give the seal with what sealing must know: the time-stamp service, the revoked certificates."""
        out = frozenset(withdrawals(session))
        return seal_files(self.keys, service=self.service, withdrawn=out)

    def printer(self, options: Options) -> Printer:
        """Open a printer with the parts that were printed before."""
        return Printer(options.sheets, PartStore(self.data / FOLDER), self.warm)


class KeptFileDamaged(Refused):
    """The file kept here is not as it was made, so it is not given out; ask for it again."""

    ru = "Сохранённый файл отличается от созданного и поэтому не выдаётся; запросите его снова."


def ready(session: Session, actor: Actor, house: House, subject: str, options: Options) -> StoredFile | None:
    """Find the file made for this reader of the present state; None when it must be made."""
    found = _newest(session, actor, house, subject, options)
    return found if found is not None and whole(house, found) else None


def _newest(
    session: Session, actor: Actor, house: House, subject: str, options: Options
) -> StoredFile | None:
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
        StoredFile.certificate == certificate(house),
    )
    found = session.scalars(wanted.order_by(StoredFile.made_at.desc(), StoredFile.id.desc()).limit(1)).first()
    return None if found is None or found.certificate in withdrawals(session) else found


def whole(house: House, file: StoredFile) -> bool:
    """Tell whether a kept file is there as it was made: its bytes have the SHA-256 written down for it."""
    with contextlib.suppress(OSError), (house.data / file.path).open("rb") as kept:
        return hashlib.file_digest(kept, "sha256").hexdigest() == file.sha256
    return False


def _permit(actor: Actor, site: str) -> None:
    if not actor.is_system():
        actor.role_for_act("download_casebook", site)


def scope(actor: Actor, options: Options) -> str:
    """Name for whom a copy is: its cover names the person, its contents depend on the roles."""
    return f"{options.code}:{actor.username}:{','.join(sorted(actor.held()))}"


def certificate(house: House) -> str:
    """Give the SHA-256 of the certificate that seals now: a new one needs new files."""
    found = seal_certificate(seal_files(house.keys))
    return fingerprint(found) if found else ""


def make_and_keep(
    house: House, actor: Actor, subject: str, options: Options, progress: Progress | None = None
) -> StoredFile:
    """Make the casebook of a subject, keep the file and give its row; the file is whole or not there."""
    at = actor.now()  # before the state is read: what is saved from here on is later than this copy
    with reading(house.engines) as session:
        row = runtime.find_subject(session, actor, subject)
        _permit(actor, row.site)
        there = _newest(session, actor, house, subject, options)
        if there is not None:
            session.expunge(there)
            if whole(house, there):
                return there
        casebook = gathering.gather(session, actor, subject, demo=house.demo, options=options)
        files = _source(session, actor, house, row, casebook=casebook, options=options)
        subject_id, keys = row.id, house.seal(session)
        about = {"site": row.site, "subject_id": row.id, "object": row.code}
    with house.printer(options) as printer:
        made = make(casebook, options, printer, keys=keys, progress=progress, attachments=files)
    name, data = _bundle(made, casebook, options)
    path, sha256 = write(house, casebook.subject, name, data), hashlib.sha256(data).hexdigest()
    facts = {"subject_id": subject_id, "content_sha256": casebook.fingerprint, "scope": scope(actor, options)}
    sizes = {"sha256": sha256, "size": len(data), "pages": sum(one.pages for one in made)}
    inner = [(one.sha256, len(one.pdf), one.pages) for one in made] if name.endswith(".zip") else []
    kept = {"kind": KIND, "path": path, **facts, **sizes}
    with writing(house.engines, actor.who("")) as session:
        if there is not None:
            damaged(session, actor, house, there, **about)
        file = note(session, house, actor, at=at, inner=inner, **kept)
        session.expunge(file)
    return file


def damaged(session: Session, actor: Actor, house: House, file: StoredFile, **columns: Any) -> None:
    """Log that a kept file is gone or is not as it was made."""
    there = (house.data / file.path).is_file()
    details = {"path": file.path, "sha256": file.sha256, "gone": not there}
    events.log(session, actor, DAMAGED, details=details, **columns)


def remember(
    house: House,
    actor: Actor,
    *,
    at: dt.datetime | None = None,
    inner: Sequence[tuple[str, int, int | None]] = (),
    **columns: Any,
) -> StoredFile:
    """Note a file that was written into the installation's folder, by whom and when; and the PDFs in it."""
    with writing(house.engines, actor.who("")) as session:
        kept = note(session, house, actor, at=at, inner=inner, **columns)
        session.expunge(kept)
    return kept


def note(
    session: Session,
    house: House,
    actor: Actor,
    *,
    at: dt.datetime | None = None,
    inner: Sequence[tuple[str, int, int | None]] = (),
    **columns: Any,
) -> StoredFile:
    """Note a file in the transaction of an act; `inner`: SHA-256, size and pages of each PDF in it."""
    columns |= {"made_at": stamp(at or actor.now()), "made_by": actor.username}
    columns |= {"certificate": certificate(house)}
    kept = StoredFile(**columns)
    session.add(kept)
    for sha256, size, pages in inner:
        own = {"kind": VOLUME, "sha256": sha256, "size": size, "pages": pages}
        session.add(StoredFile(**{**columns, **own}))
    session.flush()
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
    rows, start = gathering.visible(view), plain(f"{casebook.study_oid}-{casebook.subject}")
    wanted = [(house.source, "odm", "The data of these pages as CDISC ODM-XML 1.3.2")]
    if house.trail is not None and options.history:
        wanted.append((house.trail, "odm-trail", "Every change of these data as transactional ODM-XML 1.3.2"))
    return tuple(
        Attachment(
            f"{start}-{name}.xml", words, "text/xml", write(session, actor, subject, rows, casebook.as_of)
        )
        for write, name, words in wanted
    )


def _bundle(made: Sequence[Made], casebook: Casebook, options: Options) -> tuple[str, bytes]:
    """Give one sealed file as it is; volumes, and what has a manifest instead of a seal, as a zip."""
    if len(made) == 1 and options.profile == "archive":
        return made[0].name, made[0].pdf
    name = made[0].name.removesuffix(".pdf").removesuffix("-v1") + ".zip"
    return name, zipped([(one.name, one.pdf) for one in made], casebook.as_of)


def zipped(files: Sequence[tuple[str, bytes]], as_of: str) -> bytes:
    """Put files and the manifest of their sums into one zip; `as_of` is the time all of them carry."""
    out = BytesIO()
    at: Any = tuple(int(as_of[place]) for place in _DATE)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as folder:
        for name, data in files:
            folder.writestr(zipfile.ZipInfo(name, at), data)
        folder.writestr(zipfile.ZipInfo(MANIFEST, at), manifest(files))
    return out.getvalue()


def manifest(files: Sequence[tuple[str, bytes]]) -> str:
    """Write the SHA-256 of each file, as `sha256sum --check` reads it."""
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files)


def hand_out(session: Session, actor: Actor, house: House, subject: str, file: StoredFile) -> bytes:
    """Read a kept file and log the download with its SHA-256; NotPermitted for somebody else's copy."""
    row = runtime.find_subject(session, actor, subject)
    actor.role_for_act("download_casebook", row.site)
    if file.subject_id != row.id or file.scope.split(":")[1] != actor.username:
        raise NotPermitted
    return logged(session, actor, house, file)


def logged(session: Session, actor: Actor, house: House, file: StoredFile) -> bytes:
    """Read a kept file of a subject and log the download; KeptFileDamaged when its bytes changed."""
    row = session.get_one(Subject, file.subject_id)
    role = actor.role_for_act("download_casebook", row.site)
    path = house.data / file.path
    data = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(data).hexdigest() != file.sha256:
        damaged(session, actor, house, file, site=row.site, subject_id=row.id, object=row.code)
        events.remember(session)
        raise KeptFileDamaged
    details = {"sha256": file.sha256, "pages": file.pages, "language": file.scope.split(":")[0]}
    events.log(
        session, actor, "casebook.download", role, details=details, site=row.site, subject_id=row.id,
        object=row.code,
    )  # fmt: skip
    return data


def name_of(file: StoredFile) -> str:
    """Give the name a kept file is handed out under."""
    return file.path.rsplit("/", 1)[-1].partition("-")[2]


def write(house: House, subject: str, name: str, data: bytes) -> str:
    """Write a file into the installation's folder, whole or not at all, and give its path there."""
    folder = house.data / FILES / KIND / subject
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:16]}-{name}"
    with half_file(folder, name) as half:
        half.file.write(data)
        half.become(path)
    return str(path.relative_to(house.data))
