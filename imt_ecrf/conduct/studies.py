"""Publishing a version of the study, and the version in force; knows no YAML and no page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from imt_ecrf.conduct.actor import SYSTEM_ROLE
from imt_ecrf.conduct.events import log
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.tables import StudyVersion, stamp
from imt_ecrf.study import publication

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import StudyVersion as Definition


class NothingPublished(Refused):
    """No version of the study is published yet."""

    ru = "Ни одна версия исследования ещё не опубликована."
    status = 409


class OldVersion(Refused):
    """This version was published before and another one is in force; change its version number."""

    ru = "Эта версия уже была опубликована, сейчас действует другая; измените номер версии."
    status = 409


class AnotherStudy(Refused):
    """This installation holds another study; one installation serves one study."""

    ru = "В этой установке другое исследование; одна установка — одно исследование."
    status = 409


@dataclass(frozen=True, slots=True)
class Published:
    """What publication did: `new` is False when the version in force is the same already."""

    fingerprint: str
    new: bool


def publish(session: Session, actor: Actor, version: Definition, note: str = "") -> Published:
    """Freeze a version without mistakes; from now on new data are entered under it, old data keep theirs."""
    role = SYSTEM_ROLE if actor.is_system() else actor.role_for_act("publish")
    document = publication.publish(version)
    fingerprint = publication.fingerprint(document)
    newest = _newest(session)
    if newest and newest.fingerprint == fingerprint:
        return Published(fingerprint, new=False)
    if newest and publication.read(newest.document.encode()).version.study_oid != version.study_oid:
        raise AnotherStudy
    if session.scalar(select(StudyVersion.seq).where(StudyVersion.fingerprint == fingerprint)):
        raise OldVersion
    details = {"version": version.version, "before": newest.fingerprint if newest else None}
    log(session, actor, "study.published", role, object=fingerprint, details=details)
    row = StudyVersion(
        fingerprint=fingerprint,
        name=f"{version.study_oid} {version.version}",
        document=document.decode(),
        note=note,
        published_at=stamp(actor.now()),
        published_by=actor.username,
    )
    session.add(row)
    session.flush()
    return Published(fingerprint, new=True)


def in_force(session: Session) -> Book:
    """Give the version in force; NothingPublished before the first publication."""
    newest = _newest(session)
    if newest is None:
        raise NothingPublished
    return publication.read(newest.document.encode())


def _newest(session: Session) -> StudyVersion | None:
    return session.scalars(select(StudyVersion).order_by(StudyVersion.seq.desc()).limit(1)).first()
