"""Many casebooks in one file, with the data and the audit trail of a site when it is the site's own copy."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from imt_ecrf import store
from imt_ecrf.conduct import runtime
from imt_ecrf.exchange import odm
from imt_ecrf.exchange.odm_trail import transactions
from imt_ecrf.exchange.trail import trail_csv
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.copy import plain
from imt_ecrf.reporting.options import Options
from imt_ecrf.store import documents
from imt_ecrf.store.held import half_file, sweep
from imt_ecrf.store.tables import StoredFile, Subject, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.held import Half

KIND = "bulk"
FOLDER = "bulk"


def make_bundle(
    house: keep.House, actor: Actor, wanted: dict[str, Any], progress: Callable[[int, str], None]
) -> StoredFile:
    """Make the casebooks one by one and put them into one file; those made before are taken as they are."""
    options = Options(**wanted["options"])
    folder = house.data / keep.FILES / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    start = "selection" if wanted.get("chosen") else plain(wanted["site"] or "study")
    name = f"{start}-{options.code}-{stamp(actor.now())[:10]}.zip"
    sweep(folder)
    with half_file(folder, name) as half:  # stopped or failed, nothing half made stays
        _fill(house, actor, wanted, progress, half)
        return _kept(house, actor, half, name, options)


def _fill(
    house: keep.House, actor: Actor, wanted: dict[str, Any], progress: Callable[[int, str], None], half: Half
) -> None:
    options, sums = Options(**wanted["options"]), []
    with zipfile.ZipFile(half.file, "w", zipfile.ZIP_STORED) as whole:
        for done, code in enumerate(wanted["subjects"]):
            progress(done, code)
            file = keep.make_and_keep(house, actor, code, options)
            path = house.data / file.path
            sums.append((file.sha256, path.name.partition("-")[2]))
            whole.write(path, sums[-1][1])
            for own, data in _data(house, actor, code) if wanted["data"] else ():
                sums.append((hashlib.sha256(data).hexdigest(), own))
                whole.writestr(own, data, zipfile.ZIP_DEFLATED)
        whole.writestr(keep.MANIFEST, "".join(f"{sha256}  {one}\n" for sha256, one in sums))


def _data(house: keep.House, actor: Actor, code: str) -> Iterator[tuple[str, bytes]]:
    """Give the data and the audit trail of a subject, as far as the reader may see them."""
    with store.reading(house.engines) as session:
        subject = runtime.find_subject(session, actor, code)
        rows = _seen(session, actor, subject)
        as_of = stamp(actor.now())
        yield f"{plain(code)}-odm.xml", odm.snapshot(session, actor, subject, rows, as_of)
        yield f"{plain(code)}-odm-trail.xml", transactions(session, actor, subject, rows, as_of)
        yield f"{plain(code)}-audit-trail.csv", trail_csv(session, subject, rows)


def _seen(session: Session, actor: Actor, subject: Subject) -> list[FormRow]:
    book = runtime.study(session).book
    rows = documents.forms_of_subject(session.connection(), subject.id)
    return [row for row in rows if actor.sees(book, row.form, row.site)]


def _kept(house: keep.House, actor: Actor, half: Half, name: str, options: Options) -> StoredFile:
    half.file.seek(0)
    sha256 = hashlib.file_digest(half.file, "sha256").hexdigest()  # type: ignore[arg-type]  # has readinto
    path = half.path.with_name(f"{sha256[:16]}-{name}")
    half.become(path)
    return keep.remember(
        house, actor, kind=KIND, content_sha256=sha256, scope=keep.scope(actor, options),
        path=str(path.relative_to(house.data)), sha256=sha256, size=path.stat().st_size,
    )  # fmt: skip


def bundle_of(session: Session, actor: Actor, file_id: str) -> StoredFile | None:
    """Find a file one asked for oneself; None also when one has lost a role it was made with."""
    wanted = select(StoredFile).where(StoredFile.id == file_id, StoredFile.kind == KIND)
    found = session.scalars(wanted).first()
    if found is None or found.made_by != actor.username:
        return None
    roles = set(filter(None, found.scope.rpartition(":")[2].split(","))) if ":" in found.scope else set()
    return found if roles <= set(actor.held()) else None
