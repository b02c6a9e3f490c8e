from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from imt_ecrf import store
from imt_ecrf.conduct import studies
from imt_ecrf.conduct.actor import Actor, Membership, system
from imt_ecrf.policy.refusals import NotPermitted
from imt_ecrf.store.tables import Event, StudyVersion
from imt_ecrf.study.definition import TranslatedText
from imt_ecrf.study.loader import draft_book

BOOK = draft_book()
NEXT = replace(BOOK.version, version="0.4")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    url = f"sqlite:///{tmp_path / 'study.sqlite3'}"
    store.migrate(url)
    engines = store.engines(url)
    with store.writing(engines) as opened:
        yield opened
    engines.dispose()


def _person(role: str) -> Actor:
    return Actor("u1", "anna.k", "Anna K.", (Membership(role),))


def _published(session: Session) -> list[str]:
    return list(session.scalars(select(StudyVersion.fingerprint).order_by(StudyVersion.seq)))


@pytest.mark.req("R57")
def test_the_newest_published_version_is_in_force_and_the_old_one_is_kept(session: Session) -> None:
    first = studies.publish(session, system(), BOOK.version)
    second = studies.publish(session, _person("DM"), NEXT, "A new number")
    assert (first.new, second.new) == (True, True)
    assert studies.in_force(session).version == NEXT
    assert _published(session) == [first.fingerprint, second.fingerprint]


@pytest.mark.req("R07")
def test_a_publication_is_remembered_once_with_its_fingerprint(session: Session) -> None:
    done = studies.publish(session, _person("DM"), BOOK.version)
    again = studies.publish(session, _person("DM"), BOOK.version)
    assert (again.fingerprint, again.new) == (done.fingerprint, False)
    assert session.execute(select(Event.act, Event.object, Event.username)).all() == [
        ("study.published", done.fingerprint, "anna.k")
    ]


@pytest.mark.req("R17")
@pytest.mark.parametrize("role", ["CRC", "PI", "CRA", "CREAD", "STAT", "AUD"])
def test_only_data_manager_and_administrator_publish(session: Session, role: str) -> None:
    with pytest.raises(NotPermitted):
        studies.publish(session, _person(role), BOOK.version)
    assert session.scalar(select(func.count()).select_from(StudyVersion)) == 0


def test_an_old_version_does_not_come_back_under_its_number(session: Session) -> None:
    studies.publish(session, system(), BOOK.version)
    studies.publish(session, system(), NEXT)
    with pytest.raises(studies.OldVersion):
        studies.publish(session, system(), BOOK.version)


def test_one_installation_holds_one_study(session: Session) -> None:
    studies.publish(session, system(), BOOK.version)
    other = replace(BOOK.version, study_oid="OTHER", name=TranslatedText("Other", "Другое"))
    with pytest.raises(studies.AnotherStudy):
        studies.publish(session, system(), other)


def test_nothing_is_in_force_before_the_first_publication(session: Session) -> None:
    with pytest.raises(studies.NothingPublished) as raised:
        studies.in_force(session)
    assert raised.value.text("ru") == "Ни одна версия исследования ещё не опубликована."
