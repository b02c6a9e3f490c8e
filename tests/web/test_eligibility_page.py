"""The proof of eligibility on the screen: each criterion with its answer, its data, and what checks say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import entry, subjects
from imt_ecrf.conduct.views import Address, Answer
from tests.children import criteria, eligible
from tests.factories import real_book
from tests.web.clerk import Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Office]:
    """Give the whole study with its pages."""
    place = office(tmp_path / "house", real_book())
    yield place
    place.world.engines.dispose()


@pytest.mark.req("R31")
def test_each_criterion_stands_with_its_answer_its_data_and_what_the_checks_say_and_follows_a_correction(
    trial: Office,
) -> None:
    world, subject = trial.world, trial.world.subject("01")
    crc = world.user("CRC")
    echo, criteria = Address(subject, "SE_SCR", 1, "F_CV"), Address(subject, "SE_SCR", 1, "F_IE")
    world.save(crc, echo, {"CVPERF": "Y", "CVDAT": "2026-03-08", "CV_LVEF": Answer("58", "%")})
    world.save(crc, criteria, {"G_IEROW.IN11.IERESP": "Y", "G_IEROW.IN07.IERESP": "N"})
    page = trial.clerk("CRC").get(f"/subjects/{subject}/eligibility").page.text
    assert "C029 contradicts LVEF at screening is not above 60 %." in page
    assert "58 % , 8 Mar 2026, Screening, Echocardiography" in page
    assert "Yes contradicted by the data C029" in page
    assert "No fails" in page
    assert "Stands against enrolment" in page
    world.save(crc, echo, {"CV_LVEF": Answer("61", "%")}, {"*": "SOURCE"})
    page = trial.clerk("MEDMON").get(f"/subjects/{subject}/eligibility").page.text
    assert "C029 contradicts" not in page
    assert "C029 agrees" in page
    russian = trial.clerk("PI").get(f"/subjects/{subject}/eligibility?lang=ru").page.text
    assert "C029 согласуется" in russian
    rule = "IETESTCD == 'IN11' and IERESP == 'Y' and filled(at('SE_SCR','CV_LVEF'))"
    assert f"C029 ФВЛЖ на скрининге не превышает 60 %. {rule}" in russian
    assert f"C029 LVEF at screening is not above 60 %. {rule}" in page


@pytest.mark.req("R31")
def test_the_sheet_says_what_is_covered_what_has_no_data_and_how_it_ends(trial: Office) -> None:
    world = trial.world
    subject = world.subject("01")
    eligible(world, subject, IN06="N")
    page = trial.clerk("PI").get(f"/subjects/{subject}/eligibility").page.text
    assert "Nothing stands against enrolment." in page
    assert "No not needed: IN05 is met" in page
    assert "C032 agrees Non-target lesions : 1 row" in page
    assert "C034 no data to compare" in page
    blood = {"LBHPERF": "Y", "G_LBH.NEUT.LBHORRES": "3.7", "G_LBH.NEUT.LBHORRESU": "10^9/L"}
    world.save(world.user("CRC"), Address(subject, "SE_SCR", 1, "F_LBH"), blood)
    page = trial.clerk("PI").get(f"/subjects/{subject}/eligibility").page.text
    assert "Neutrophils: Result : 3.7 10⁹/L" in page
    assert "no check of the study looks at it, 5 Mar 2026, Screening, Eligibility" in page
    with world.acting() as session:
        subjects.enrol(session, world.user_in(session, "CRC"), subject)
    clerk = trial.clerk("PI")
    page = clerk.get(f"/subjects/{subject}/eligibility").page.text
    assert "Enrolled; nothing in the data speaks against it." in page
    echo: dict[str, Any] = {"CVPERF": "Y", "CVDAT": "2026-03-08", "CV_LVEF": Answer("40", "%")}
    world.save(world.user("CRC"), Address(subject, "SE_SCR", 1, "F_CV"), echo)
    page = clerk.get(f"/subjects/{subject}/eligibility?lang=ru").page.text
    assert "Пациент включён; нынешние данные этому противоречат" in page
    assert "ФВЛЖ на скрининге не превышает 60 %." in page


@pytest.mark.req("R31")
def test_a_judgement_confirmed_with_words_is_told_apart_from_a_contradiction(trial: Office) -> None:
    world = trial.world
    subject, crc = world.subject("01"), world.user("CRC")
    score = {"PSPERF": "Y", "PSDAT": "2026-03-04", "PSSCALE": "LANSKY", "PSLANSKY": "50"}
    world.save(crc, Address(subject, "SE_SCR", 1, "F_PS"), score)
    saved = world.save(crc, Address(subject, "SE_SCR", 1, "F_IE"), criteria(world))
    page, clerk = f"/subjects/{subject}/eligibility", trial.clerk("PI")
    assert "Yes contradicted by the data C034" in clerk.get(page).page.text
    with world.acting() as session:
        entry.complete_form(
            session, crc, Address(subject, "SE_SCR", 1, "F_IE"), saved.version, {"*": "60 on second reading"}
        )
    assert "Yes passes C034 contradicts, confirmed with a comment" in clerk.get(page).page.text
    assert "Yes contradicted by the data C030" in clerk.get(page).page.text


@pytest.mark.req("R31")
def test_a_withdrawal_in_force_heads_the_page_of_the_subject_with_its_scope_and_date(trial: Office) -> None:
    world, subject = trial.world, trial.world.subject("01")
    line, clerk = Address(subject, "SE_LOG", 1, "F_IC"), trial.clerk("CRC")
    assert "Consent withdrawn" not in clerk.get(f"/subjects/{subject}").page.text
    withdrawn = {"ICWITH": "Y", "ICWITHDT": "2026-03-09", "ICWITHSC": "ALL"}
    world.save(world.user("CRC"), line, withdrawn, {"*": "SOURCE"})
    page = clerk.get(f"/subjects/{subject}").page.text
    assert "Consent withdrawn All participation, no further data 9 Mar 2026" in page
    page = clerk.get(f"/subjects/{subject}?lang=ru").page.text
    assert "Согласие отозвано Полностью, дальнейший сбор данных невозможен 9 мар 2026" in page
    again = {"ICTYPE": "PARENT CONSENT", "ICVERS": "2.0", "ICDAT": "2026-03-10", "ICWITH": "N"}
    world.save(world.user("CRC"), line._replace(form_repeat=2), again)
    assert "Consent withdrawn" not in clerk.get(f"/subjects/{subject}?lang=en").page.text


@pytest.mark.req("R19")
def test_a_blinded_reader_and_another_site_get_no_proof(trial: Office) -> None:
    subject = trial.world.subject("01")
    page = f"/subjects/{subject}/eligibility"
    answers = {role: trial.clerk(role).get(page).status for role in ("CREAD", "CPATH", "ADMIN", "SPON")}
    assert answers == {"CREAD": 403, "CPATH": 403, "ADMIN": 403, "SPON": 200}
    assert trial.clerk("CRC", "02").get(page).status == 404
