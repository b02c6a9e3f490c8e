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
from imt_ecrf.study.definition import Rule, TranslatedText
from imt_ecrf.study.loader import draft_book
from imt_ecrf.study.proving import Failure, prove

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


@pytest.mark.req("R59")
def test_the_tests_of_a_version_are_kept_with_it(session: Session) -> None:
    done = studies.publish(session, _person("DM"), BOOK.version, browser=())
    kept = studies.tests_of(session)[done.fingerprint]
    assert (kept.built_by, kept.approved_by) == ("study.author", "anna.k")
    assert kept.results["counts"] == dict(prove(BOOK).counts)
    assert kept.results["evaluators"] == ["python", "javascript"]
    assert ["method", "M_BMI", 1, "VS_BMI", "14.9"] in kept.results["cases"]


@pytest.mark.req("R59")
def test_a_version_with_one_untested_check_is_refused_and_the_check_named(session: Session) -> None:
    checks = [replace(one, cases=one.cases[1:]) if one.oid == "C085" else one for one in BOOK.version.checks]
    with pytest.raises(studies.NotProven, match=r"C085 \(there is no case that fires\)"):
        studies.publish(session, _person("DM"), replace(BOOK.version, checks=tuple(checks)))
    assert _published(session) == []


@pytest.mark.req("R59")
def test_a_version_with_a_case_that_fails_is_refused(session: Session) -> None:
    methods = [
        replace(one, rules={"VS_BMI": Rule("round(kg(VS_WEIGHT), 1)")}) if one.oid == "M_BMI" else one
        for one in BOOK.version.methods
    ]
    with pytest.raises(studies.NotProven, match=r"case 1 should give VS_BMI 14\.9, but gives 18\.0"):
        studies.publish(session, _person("DM"), replace(BOOK.version, methods=tuple(methods)))
    assert _published(session) == []


@pytest.mark.req("R59")
def test_what_fails_in_the_evaluator_of_the_browser_alone_is_refused_too(session: Session) -> None:
    failure = Failure("check", "C085", 1, None, wanted=True, found=False, side="javascript")
    with pytest.raises(studies.NotProven, match="C085"):
        studies.publish(session, _person("DM"), BOOK.version, browser=[failure])


@pytest.mark.req("R59")
@pytest.mark.parametrize("builder", ["anna.k", "Anna.K"])
def test_the_builder_does_not_approve_his_own_version(session: Session, builder: str) -> None:
    with pytest.raises(studies.BuilderApproves):
        studies.publish(session, _person("DM"), replace(BOOK.version, built_by=(builder,)))
    with pytest.raises(studies.BuilderApproves):
        studies.publish(session, _person("DM"), BOOK.version, built_by=[builder])
    assert _published(session) == []


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
