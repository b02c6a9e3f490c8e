"""Proposed deviations and consents to be asked again on the screen: who sees, decides, proposes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from tests.children import at, born, treated, visit
from tests.factories import real_book
from tests.web.clerk import Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Office]:
    """Give the whole study with a treated child whose week one lies two days late."""
    place = office(tmp_path / "house", real_book())
    world, subject = place.world, place.world.subject("01")
    treated(world, subject)
    world.clock.advance(days=20)
    world.save(world.user("CRC"), at(subject, "SE_C1D8", "F_SV"), visit("2026-03-21"))
    yield place
    place.world.engines.dispose()


def proposal(trial: Office, role: str = "CRC") -> str:
    """Give the address of the one proposal, as the list has it."""
    page = trial.clerk(role).get("/deviations").page
    return next(href for href in page.links if href.startswith("/deviations/"))


@pytest.mark.req("R19")
def test_the_coordinator_finds_the_proposal_and_accepts_it_into_the_log(trial: Office) -> None:
    crc = trial.clerk("CRC")
    sentence = "Cycle 1 day 8 took place on 21 Mar 2026, outside its window (15 to 19 Mar 2026)."
    assert sentence in crc.get("/subjects/01-001").page.text
    shown = crc.get("/deviations").page
    assert sentence in shown.text
    assert "Proposed 1" in shown.text
    page = crc.get(proposal(trial)).page
    sent = page.form("/accept").sent()
    done = crc.send(f"{proposal(trial)}/accept", sent)
    assert (done.status, done.where) == (302, "/subjects/01-001/SE_LOG.1/F_DV.1")
    kept = trial.world.open(trial.world.user("CRC"), at("01-001", "SE_LOG", "F_DV")).cells
    assert kept["DVTERM"] == {"v": sentence}
    assert "Accepted 1" in crc.get("/deviations?state=accepted").page.text


@pytest.mark.req("R19")
def test_a_decline_needs_its_reason_and_nobody_but_the_coordinator_decides(trial: Office) -> None:
    where = proposal(trial)
    crc, cra = trial.clerk("CRC"), trial.clerk("CRA")
    monitors = cra.get(where).page
    assert "The coordinator of the site accepts or declines it." in monitors.text
    assert "Accept into the log" not in monitors.text
    sent = crc.get(where).page.form("/decline").sent()
    assert cra.send(f"{where}/decline", {"csrf_token": "x", "text": "no"}).status in {400, 403}
    again = crc.send(f"{where}/decline", sent | {"text": " "})
    assert (again.status, "Say why this is not recorded" in again.page.text) == (422, True)
    assert crc.send(f"{where}/decline", sent | {"text": "Agreed before"}).status == 302
    assert "Agreed before" in cra.get(where).page.text
    russian = crc.get(f"{where}?lang=ru").page.text
    assert "Отклонено" in russian


def test_a_monitor_proposes_in_words_and_takes_it_back(trial: Office) -> None:
    cra = trial.clerk("CRA")
    page = cra.get("/subjects/01-001/deviation").page
    sent = page.form("propose").sent()
    wrong = cra.send("/subjects/01-001/deviation", sent | {"kind": "DOSING", "day": "", "text": "Doses"})
    assert (wrong.status, "Choose a category" in wrong.page.text) == (422, True)
    told = {"kind": "DOSING", "day": "2026-03-20", "text": "Two doses forgotten"}
    assert cra.send("/subjects/01-001/deviation", sent | told).status == 302
    listed = cra.get("/deviations").page
    assert "Proposed 2" in listed.text
    assert "Two doses forgotten" in listed.text
    where = next(href for href in listed.links if href.startswith("/deviations/"))
    back = cra.get(where).page.form("/withdraw").sent()
    assert cra.send(f"{where}/withdraw", back).status == 302
    assert trial.clerk("CRC").get("/subjects/01-001/deviation").status == 403
    assert "Propose a deviation" not in trial.clerk("CRC").get("/subjects/01-001").page.text
    assert trial.clerk("CRC", "02").get(where).status == 404


@pytest.mark.req("R75")
def test_a_consent_to_be_asked_again_stands_on_the_subject_and_on_the_list_of_the_site(trial: Office) -> None:
    world = trial.world
    born(world, "01-001", BRTHYY="2011", BRTHMO="4", AGEIC_Y="14")
    world.clock.set(dt.datetime(2026, 4, 10, 9, tzinfo=dt.UTC))
    crc = trial.clerk("CRC")
    told = "15 years between 1 Apr 2026 and 30 Apr 2026: consent of the patient"
    assert told in crc.get("/reconsents").page.text
    assert told in crc.get("/subjects/01-001").page.text
    assert "15 лет с 1 апр 2026 по 30 апр 2026" in crc.get("/reconsents?lang=ru").page.text
    assert told not in trial.clerk("CRC", "02").get("/reconsents").page.text


@pytest.mark.req("R75")
def test_a_consent_to_be_asked_again_is_counted_on_the_home_page_from_its_day_on(trial: Office) -> None:
    world = trial.world
    born(world, "01-001", BRTHYY="2011", BRTHMO="4", AGEIC_Y="14")
    for day, told in (
        ("2026-03-31", None),
        ("2026-04-01", "Consent to be asked again (1)"),
        ("2026-05-29", "Consent to be asked again (1, of them 1 overdue)"),
    ):
        world.clock.set(dt.datetime.fromisoformat(f"{day}T09:00:00+00:00"))
        crc = trial.clerk("CRC")
        listed = crc.get("/waiting/consent-again").page
        assert told is None or (told in crc.get("/").page.text and told in listed.text)
        assert ("Ask the patient of 15 years" in listed.text) == (told is not None)
    assert "/subjects/01-001/logs/F_IC" in listed.links
    assert "Взять согласие пациента: 15 лет" in crc.get("/?lang=ru").page.text
    assert "Consent to be asked again (1" not in trial.clerk("CRA").get("/?lang=en").page.text


@pytest.mark.req("R31")
def test_a_form_that_waits_says_what_to_fill_first_and_shows_no_box(trial: Office) -> None:
    world = trial.world
    child = world.subject("01", consented=False)
    crc = trial.clerk("CRC")
    page = crc.open(at(child, "SE_SCR", "F_VS"))
    assert page.status == 200
    assert "first fill “Informed consent and assent”" in page.page.text
    assert "Save and next" not in page.page.text
    token = crc.token(at(child, "SE_LOG", "F_IC"))
    sent = {"csrf_token": token, "version": "0", "act": "save", "VSPERF": "Y"}
    refused = crc.send(f"/subjects/{at(child, 'SE_SCR', 'F_VS')}", sent)
    assert refused.status == 409
    assert "first fill “Informed consent and assent”" in refused.page.text
    russian = crc.open(at(child, "SE_SCR", "F_VS"), "?lang=ru").page.text
    assert "Согласие не записано" in russian
