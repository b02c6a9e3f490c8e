"""What a copy is: genuine, altered or not ours, and whether the data have changed since; knows no page."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from imt_ecrf.reporting.certificate import certificates, fingerprint, seal_files
from imt_ecrf.reporting.changed import changed_since
from imt_ecrf.reporting.custody import withdrawals
from imt_ecrf.reporting.judge import SECONDS, judge, judge_apart
from imt_ecrf.reporting.keep import KIND, VOLUME
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.seal import FIELD, trust_of
from imt_ecrf.store import reading
from imt_ecrf.store.tables import StoredFile, StudyVersion, Subject, moment

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.reporting.certificate import SealFiles
    from imt_ecrf.reporting.custody import Withdrawal
    from imt_ecrf.reporting.judge import Signed
    from imt_ecrf.reporting.keep import House

GENUINE: Final = "genuine"
ALTERED: Final = "altered"
FOREIGN: Final = "not ours"
CHUNK: Final = 1 << 20
HEAD: Final = 1024
KNOWN_BY: Final = 1 << 15
"""So many bytes at the beginning are those of one copy only: its first pages, with its subject and time."""
LOCKED: Final = re.compile(rb"/Encrypt\s*(<<|\d+\s+\d+\s+R)")


@dataclass(frozen=True, slots=True)
class Copy:
    """What the record says of a copy; `subject` (a code) is for who may see it, else empty."""

    kind: str
    made_at: dt.datetime
    language: str
    profile: str
    signed_only: bool
    history: bool
    pages: int | None
    study_version: str
    subject: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a copy is, and why.

    `changed`: whether the data have changed since (None: not known). `why`: `added` (a copy of ours with
    something behind it), `begins` (begins as a copy of ours, not so further on), `broken` (our seal no longer
    fits), `revoked`, `unrecorded` (sealed here, but not in the record), `encrypted`, `damaged` (unreadable),
    `zip`, `no pdf`, `no bytes`, `unsealed` (nothing to judge by), or empty. `newer`: when the newest copy of
    the same sort was made, when that is later and the reader may have it.
    """

    word: str
    why: str = ""
    changed: bool | None = None
    sha256: str = ""
    signers: tuple[Signed, ...] = ()
    copy: Copy | None = None
    revoked_at: dt.datetime | None = None
    newer: dt.datetime | None = None


def verdict(house: House, file: Path, actor: Actor | None = None, *, seconds: float = SECONDS) -> Verdict:
    """Judge a file by the sums of what was made here and by pyHanko's bottom line, never by one `valid`.

    `actor`: who asks; what goes beyond the copy itself is told only to who may have such a copy. A file that
    is in no record may take so many `seconds` (JudgingTookTooLong).
    """
    sha256 = _sum(file)
    with reading(house.engines) as session:
        row = session.scalars(select(StoredFile).where(StoredFile.sha256 == sha256).limit(1)).first()
        if row is not None:
            return _recorded(session, house, file, row, actor)
        began, out = _begins_as_ours(session, file), withdrawals(session)
    with file.open("rb") as opened:
        start = opened.read(HEAD)
    if b"%PDF-" not in start or start.startswith(b"PK"):
        why = "zip" if start.startswith(b"PK") else "no pdf" if start else "no bytes"
        return Verdict(FOREIGN, why, sha256=sha256)
    files = seal_files(house.keys, service=house.service)
    found = judge_apart(file, trust_of(files), seconds)
    return _unrecorded(house, file, sha256, found, began=began, out=out)


def _recorded(session: Session, house: House, file: Path, row: StoredFile, actor: Actor | None) -> Verdict:
    """Describe a copy whose every byte is on record; its signatures are read, not compared."""
    signers: tuple[Signed, ...] = ()
    files = seal_files(house.keys, service=house.service)
    if file.stat().st_size == row.size and _is_pdf(file) and "-submission" not in row.scope:
        signers = judge(file.read_bytes(), trust_of(files), known=True)
    subject = session.get(Subject, row.subject_id) if row.subject_id else None
    may = subject is not None and actor is not None and _may(actor, subject.site)
    since = withdrawals(session).get(row.certificate)
    return Verdict(
        GENUINE,
        changed=changed_since(session, house, row, subject) if subject else None,
        sha256=row.sha256,
        signers=signers,
        copy=_copy(session, row, subject.code if may and subject else ""),
        revoked_at=since.at if since else None,
        newer=_newer(session, row) if may else None,
    )


def _unrecorded(
    house: House,
    file: Path,
    sha256: str,
    read: tuple[Signed, ...] | None,
    *,
    began: bool,
    out: dict[str, Withdrawal],
) -> Verdict:
    """Say what a PDF is that is in no record; it may be hostile, so a process of its own has read it."""
    found = read or ()
    files = seal_files(house.keys, service=house.service)
    own = {fingerprint(one) for one in certificates(files)}
    ours = bool(found) and found[0].field == FIELD and all(one.certificate in own for one in found)
    if ours and all(one.good for one in found) and found[-1].whole:
        since = _withdrawn(found, out)
        word, why = (FOREIGN, "revoked") if since else (GENUINE, "unrecorded")
        if _is_another_form(house, file, files, found[-1]):
            word, why = ALTERED, "broken"
        return Verdict(word, why, sha256=sha256, signers=found, revoked_at=since)
    if began:
        return Verdict(ALTERED, "added", sha256=sha256)
    whose = ALTERED if ours or _carries_our_seal(file, files) else FOREIGN
    if LOCKED.search(file.read_bytes()):
        return Verdict(whose, "encrypted", sha256=sha256)
    if whose == FOREIGN and not found and _first_bytes_are_ours(house, file):
        return Verdict(ALTERED, "begins", sha256=sha256)
    why = "broken" if whose == ALTERED else "damaged" if read is None else "" if found else "unsealed"
    return Verdict(whose, why, sha256=sha256)


def _first_bytes_are_ours(house: House, file: Path) -> bool:
    """Tell whether a copy kept here begins as this file does: then it was cut off, or damaged further on."""
    with file.open("rb") as opened:
        start = opened.read(KNOWN_BY)
    if len(start) < KNOWN_BY:
        return False
    with reading(house.engines) as session:
        paths = [house.data / path for path in session.scalars(select(StoredFile.path).distinct())]
    for path in paths:
        if path.suffix == ".pdf" and path.is_file():
            with path.open("rb") as kept:
                if kept.read(KNOWN_BY) == start:
                    return True
    return False


def _is_another_form(house: House, file: Path, files: SealFiles, last: Signed) -> bool:
    """Tell whether a copy on record covers the same bytes: then this one differs within its signature."""
    with reading(house.engines) as session:
        wanted = select(StoredFile.path).where(StoredFile.size == file.stat().st_size)
        paths = [house.data / path for path in session.scalars(wanted)]
    trust = trust_of(files)
    kept = (path.read_bytes() for path in paths if path.suffix == ".pdf" and path.is_file())
    return any(judge(pdf, trust, known=True)[-1].digest == last.digest for pdf in kept)


def _withdrawn(found: tuple[Signed, ...], out: dict[str, Withdrawal]) -> dt.datetime | None:
    """Give since when a certificate of these was revoked, unless a believed stamp is older than that."""
    for one in found:
        since = out.get(one.certificate)
        if since and not (one.stamped and moment(one.stamped) < since.at):
            return since.at
    return None


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _is_pdf(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(5) == b"%PDF-"


def _begins_as_ours(session: Session, file: Path) -> bool:
    """Tell whether a copy of ours stands at the beginning of a longer file, in one reading."""
    wanted = select(StoredFile.size, StoredFile.sha256).where(StoredFile.size < file.stat().st_size)
    known: dict[int, set[str]] = {}
    for row in session.execute(wanted):
        known.setdefault(row.size, set()).add(row.sha256)
    running, at = hashlib.sha256(), 0
    with file.open("rb") as opened:
        for size in sorted(known):
            while at < size:
                piece = opened.read(min(CHUNK, size - at))
                running.update(piece)
                at += len(piece)
            if running.copy().hexdigest() in known[size]:
                return True
    return False


def _carries_our_seal(file: Path, files: SealFiles) -> bool:
    """Tell whether a certificate of ours stands in the bytes of a file that may not be readable any more."""
    data = file.read_bytes().lower()
    return any(one.public_bytes(Encoding.DER).hex().encode() in data for one in certificates(files))


def _may(actor: Actor, site: str) -> bool:
    return actor.is_system() or actor.may_act("download_casebook", site)


def _copy(session: Session, row: StoredFile, subject: str) -> Copy:
    wanted = select(StudyVersion.name).where(StudyVersion.published_at <= row.made_at)
    version = session.scalars(wanted.order_by(StudyVersion.seq.desc()).limit(1)).first() or ""
    asked = Options.of(row.scope.split(":")[0]) if row.kind in {KIND, VOLUME} else Options("", "archive")
    return Copy(
        row.kind, moment(row.made_at), asked.language, asked.profile, asked.signed_only, asked.history,
        row.pages, version, subject,
    )  # fmt: skip


def _newer(session: Session, row: StoredFile) -> dt.datetime | None:
    code = row.scope.split(":")[0]
    wanted = select(StoredFile.made_at).where(
        StoredFile.kind == KIND, StoredFile.subject_id == row.subject_id,
        StoredFile.scope.startswith(f"{code}:", autoescape=True), StoredFile.made_at > row.made_at,
    )  # fmt: skip
    found = session.scalars(wanted.order_by(StoredFile.made_at.desc()).limit(1)).first()
    return moment(found) if found else None
