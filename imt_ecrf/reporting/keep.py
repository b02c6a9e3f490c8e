"""Casebook files made once and kept: found again while nothing changed, handed out and logged."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from imt_ecrf.conduct import events, runtime
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.reporting import gather as gathering
from imt_ecrf.reporting.certificate import seal_files
from imt_ecrf.reporting.copy import Made, file_name, make
from imt_ecrf.reporting.seal import genuine
from imt_ecrf.store import reading, writing
from imt_ecrf.store.tables import Site, StoredFile, stamp

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.copy import Progress
    from imt_ecrf.reporting.pages import Casebook
    from imt_ecrf.store import Engines

KIND = "casebook"
KEYS, FILES = "keys", "files"


@dataclass(frozen=True, slots=True)
class House:
    """An installation as paper needs it: database, data folder, and whether it is a demo."""

    engines: Engines
    data: Path
    demo: bool = False

    @property
    def keys(self) -> Path:
        """Give the folder of the seal."""
        return self.data / KEYS


def ready(session: Session, actor: Actor, house: House, subject: str, language: str) -> StoredFile | None:
    """Find the file made for this reader of the present state; None when it must be made."""
    row = runtime.find_subject(session, actor, subject)
    _permit(actor, row.site)
    book = runtime.study(session).book
    view = gathering.Reading(session, actor, book, row, session.get_one(Site, row.site), house.demo)
    state = gathering.fingerprint(view, gathering.visible(view))
    wanted = select(StoredFile).where(
        StoredFile.kind == KIND,
        StoredFile.subject_id == row.id,
        StoredFile.content_sha256 == state,
        StoredFile.scope == scope(actor, language),
        StoredFile.certificate == authority(house),
    )
    found = session.scalars(wanted.order_by(StoredFile.made_at.desc()).limit(1)).first()
    return found if found is not None and (house.data / found.path).is_file() else None


def _permit(actor: Actor, site: str) -> None:
    if not actor.is_system():
        actor.role_for_act("download_casebook", site)


def scope(actor: Actor, language: str) -> str:
    """Name for whom a copy is: its cover names the person, its contents depend on the roles."""
    return f"{language}:{actor.username}:{','.join(sorted(actor.held()))}"


def authority(house: House) -> str:
    """Give the SHA-256 of the installation's authority: a new seal needs new files."""
    path = seal_files(house.keys).authority
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def make_and_keep(
    house: House, actor: Actor, subject: str, language: str, progress: Progress | None = None
) -> StoredFile:
    """Make the casebook of a subject, keep the file and give its row; the file is whole or not there."""
    with reading(house.engines) as session:
        row = runtime.find_subject(session, actor, subject)
        _permit(actor, row.site)
        there = ready(session, actor, house, subject, language)
        if there is not None:
            session.expunge(there)
            return there
        casebook = gathering.gather(session, actor, subject, demo=house.demo)
        subject_id = row.id
    made = make(casebook, language, seal_files(house.keys), progress)
    path = _write(house, casebook, language, made)
    with writing(house.engines, actor.who("")) as session:
        kept = StoredFile(
            kind=KIND, subject_id=subject_id, content_sha256=casebook.fingerprint,
            scope=scope(actor, language), certificate=authority(house), path=path,
            sha256=made.sha256, size=len(made.pdf), pages=made.pages,
            made_at=stamp(actor.now()), made_by=actor.username,
        )  # fmt: skip
        session.add(kept)
        session.flush()
        session.expunge(kept)
    return kept


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


def verdict(house: House, pdf: bytes) -> str:
    """Say of a copy: genuine, altered, or not ours (pyHanko's verdict and the hashes of what was made)."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    with reading(house.engines) as session:
        made = set(session.scalars(select(StoredFile.sha256)))
    try:
        sealed = genuine(pdf, seal_files(house.keys).authority)
    except Exception:  # noqa: BLE001 - whatever cannot be read is no copy of ours
        return FOREIGN
    if sha256 in made and sealed:
        return GENUINE
    return GENUINE if sealed else ALTERED


def _write(house: House, casebook: Casebook, language: str, made: Made) -> str:
    folder = house.data / FILES / KIND / casebook.subject
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{made.sha256[:16]}-{file_name(casebook, language)}"
    half = folder / f".{name}.half"
    half.write_bytes(made.pdf)
    with half.open("rb") as written:
        os.fsync(written.fileno())
    half.replace(folder / name)
    return str((folder / name).relative_to(house.data))
