"""Publishing a version of the study: from then on it is the one in force; old data keep theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.events import log
from imt_ecrf.store.tables import StudyVersion as VersionRow
from imt_ecrf.store.tables import stamp
from imt_ecrf.study import loader

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.definition import StudyVersion


def publish_version(session: Session, actor: Actor, version: StudyVersion, note: str = "") -> str:
    """Publish a version and give its fingerprint; one that was published before is not published again."""
    role = "SYSTEM" if actor.is_system() else actor.role_for_act("publish")
    document = loader.publish(version)
    mark = loader.fingerprint(document)
    if session.scalar(select(VersionRow.seq).where(VersionRow.fingerprint == mark)) is not None:
        return mark
    details = {"fingerprint": mark, "name": version.version, "note": note}
    log(session, actor, "study.published", role, object=version.version, details=details)
    row = VersionRow(
        fingerprint=mark,
        name=version.version,
        document=document.decode(),
        note=note,
        published_at=stamp(actor.now()),
        published_by=actor.username,
    )
    session.add(row)
    session.flush()
    runtime.know(loader.read(document))
    return mark
