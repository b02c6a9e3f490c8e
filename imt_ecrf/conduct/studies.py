"""Publishing a version of the study, and the version in force; knows no YAML and no page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf.conduct import agenda, due, sdv_marks
from imt_ecrf.conduct.actor import SYSTEM_ROLE
from imt_ecrf.conduct.events import log
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.store.tables import StudyTests, StudyVersion, stamp
from imt_ecrf.study import proving, publication

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import StudyVersion as Definition
    from imt_ecrf.study.proving import Failure, Results

SHOWN: Final = 5
"""How many of what is untested a refusal names."""
_PROVEN: Final[dict[str, Results]] = {}


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


class NotProven(Refused):
    """Something of this version is untested or fails; `imt-ecrf study test` lists all."""

    ru = "Часть этой версии не проверена или не проходит проверку; всё покажет `imt-ecrf study test`."
    status = 409


class BuilderApproves(Refused):
    """Whoever built this version may not publish it; another person approves it."""

    ru = "Кто составил эту версию, тот не может её публиковать; её утверждает другой человек."
    status = 403


@dataclass(frozen=True, slots=True)
class KeptTests:
    """The tests a version was published with: builders, approver, moment, counts and every case."""

    built_by: str
    approved_by: str
    tested_at: str
    results: dict[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        """Give how many of each were tested."""
        return dict(self.results.get("counts", {}))


@dataclass(frozen=True, slots=True)
class Published:
    """What publication did: `new` is False when the version in force is the same already."""

    fingerprint: str
    new: bool


def publish(
    session: Session,
    actor: Actor,
    version: Definition,
    note: str = "",
    *,
    built_by: Sequence[str] = (),
    browser: Sequence[Failure] | None = None,
) -> Published:
    """Freeze a version without mistakes; from now on new data are entered under it, old data keep theirs.

    Refused while a case is missing or fails, or its builder (named in the version or by `built_by`)
    publishes it. `browser`: what failed in the browser's evaluator, None when it was not asked.
    """
    role = SYSTEM_ROLE if actor.is_system() else actor.role_for_act("publish")
    document = publication.publish(version)
    fingerprint = publication.fingerprint(document)
    newest = _newest(session)
    if newest and newest.fingerprint == fingerprint:
        return Published(fingerprint, new=False)
    _follows(session, version, fingerprint, newest)
    builders = (*version.built_by, *built_by)
    if actor.username.casefold() in {name.casefold() for name in builders}:
        raise BuilderApproves
    results = _proven(document, browser or ())
    details = {
        "version": version.version,
        "before": newest.fingerprint if newest else None,
        "built_by": list(builders),
        "tests": dict(results.counts),
    }
    log(session, actor, "study.published", role, object=fingerprint, details=details)
    at, by, name = stamp(actor.now()), actor.username, f"{version.study_oid} {version.version}"
    session.add(
        StudyVersion(
            fingerprint=fingerprint, name=name, document=document.decode(), note=note, published_at=at,
            published_by=by,
        )
    )  # fmt: skip
    session.flush()
    kept = json.dumps(_kept(results, browser), ensure_ascii=False)
    tests = {"built_by": ", ".join(builders), "results": kept, "tested_at": at, "approved_by": by}
    session.add(StudyTests(fingerprint=fingerprint, **tests))
    session.flush()
    if newest and _plan_of(publication.read(newest.document.encode()).version) != _plan_of(version):
        sdv_marks.recount_all(session)
    agenda.refresh_all(session, actor)
    due.refresh_all(session, actor)
    return Published(fingerprint, new=True)


def _plan_of(version: Definition) -> object:
    """Give the figures of the plan of verification; another plan makes other items due."""
    return version.tables.get("sdv", {}).get("figures")


def _follows(session: Session, version: Definition, fingerprint: str, newest: StudyVersion | None) -> None:
    """Refuse another study, and a version that was in force before."""
    if newest and publication.read(newest.document.encode()).version.study_oid != version.study_oid:
        raise AnotherStudy
    if session.scalar(select(StudyVersion.seq).where(StudyVersion.fingerprint == fingerprint)):
        raise OldVersion


def tests_of(session: Session) -> dict[str, KeptTests]:
    """Give what the cases of each published version showed, by fingerprint; none of versions before tests."""
    return {
        row.fingerprint: KeptTests(row.built_by, row.approved_by, row.tested_at, json.loads(row.results))
        for row in session.scalars(select(StudyTests))
    }


def in_force(session: Session) -> Book:
    """Give the version in force; NothingPublished before the first publication."""
    newest = _newest(session)
    if newest is None:
        raise NothingPublished
    return publication.read(newest.document.encode())


def _proven(document: bytes, browser: Sequence[Failure]) -> Results:
    book = publication.read(document)
    results = _PROVEN.get(book.fingerprint)
    if results is None:
        # one version takes a second: an installation, and a run of our tests, publishes it more than once
        results = _PROVEN[book.fingerprint] = proving.prove(book)
    named = [f"{one.oid} ({one.what})" for one in results.untested]
    named += [f"{one.oid} ({one.what})" for one in (*results.failed, *browser)]
    if named:
        more = f" (+{len(named) - SHOWN})" if len(named) > SHOWN else ""
        raise NotProven("; ".join(named[:SHOWN]) + more)
    return results


def _kept(results: Results, browser: Sequence[Failure] | None) -> dict[str, Any]:
    """Write every case with what was expected; all came out so, else there would be no version."""
    trials = [[one.kind, one.oid, one.number, one.item, one.wanted] for one in results.trials]
    return {
        "counts": dict(results.counts),
        "evaluators": ["python"] if browser is None else ["python", "javascript"],
        "cases": trials,
    }


def _newest(session: Session) -> StudyVersion | None:
    return session.scalars(select(StudyVersion).order_by(StudyVersion.seq.desc()).limit(1)).first()
