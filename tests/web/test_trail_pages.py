"""Histories on the screen and as files: in words, complete, and only what a person may see."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import entry
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.canonical import dumps
from imt_ecrf.store.tables import Event
from imt_ecrf.web.trail_files import COLUMNS, safe
from imt_ecrf.web.words import Words
from tests.factories import filled_form, real_book

if TYPE_CHECKING:
    from tests.web.clerk import Office


@pytest.fixture
def subject(house: Office) -> str:
    """Give a subject with a weight that was corrected and a note that looks like a formula."""
    world = house.world
    code = world.subject("01")
    crc, address = world.user("CRC"), Address(code, "SE_SCR", 1, "F_VS")
    filled_form(world, crc, address, {"VSPERF": "Y", "WEIGHT": Answer("34.1", "kg"), "NOTE": "=1+1"})
    world.save(crc, address, {"WEIGHT": Answer("38.1", "kg")}, {"*": "TYPING"})
    filled_form(world, world.user("CREAD"), Address(code, "SE_SCR", 1, "F_ICR"), {"ICTRG": "Y"})
    return code


@pytest.mark.req("R05")
def test_the_history_of_an_item_is_in_words_with_reason_person_and_zone(house: Office, subject: str) -> None:
    page = f"/subjects/{subject}/SE_SCR.1/F_VS.1/history"
    text = house.clerk("CRA").get(f"{page}?item=WEIGHT").page.text
    assert "34.1 kg → became 38.1 kg Typing error. Anna Ivanova-Crc, CRC, 10 Mar 2026, 12:00:00 UTC" in text
    assert "note" not in text.split("History:")[1].split("Download")[0]
    russian = house.clerk("CRA").get(f"{page}?item=WEIGHT&lang=ru").page.text
    assert "34,1 kg (ru) → стало 38,1 kg (ru) Ошибка ввода." in russian


@pytest.mark.req("R05")
def test_the_files_hold_every_change_the_page_counts_with_the_sum_of_their_lines(
    house: Office, subject: str
) -> None:
    clerk = house.clerk("AUD")
    page = clerk.get(f"/subjects/{subject}/history").page.text
    data = clerk.client.get(f"/subjects/{subject}/history.json")
    table = clerk.client.get(f"/subjects/{subject}/history.csv")
    found = data.get_json()
    lines = found["lines"]
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    total = hashlib.sha256("\n".join(dumps(line) for line in lines).encode()).hexdigest()
    assert f"{len(lines)} changes" in page
    assert (found["count"], len(rows)) == (len(lines), len(lines))
    assert found["sha256"] == data.headers["X-Content-SHA256"] == table.headers["X-Content-SHA256"] == total
    assert tuple(rows[0]) == COLUMNS
    assert {row["at_utc"][-1] for row in rows} == {"Z"}


@pytest.mark.req("R68")
def test_a_cell_that_looks_like_a_formula_is_text_in_the_table(house: Office, subject: str) -> None:
    table = house.clerk("AUD").client.get(f"/subjects/{subject}/history.csv").text
    assert "'=1+1" in table
    assert [safe(one) for one in ("+7", "-5", "@x", "\tx", "-5+2", None)] == [
        "'+7",
        "-5",
        "'@x",
        "'\tx",
        "'-5+2",
        "",
    ]


@pytest.mark.req("R18")
def test_the_trail_of_a_blinded_reader_holds_the_own_form_only(house: Office, subject: str) -> None:
    clerk = house.clerk("CREAD")
    lines = clerk.client.get(f"/subjects/{subject}/history.json").get_json()["lines"]
    assert {line["form"] for line in lines} == {"F_ICR"}
    assert {
        line["form"]
        for line in clerk.client.get("/changes/changes.json?since=2026-03-01").get_json()["lines"]
    } == {"F_ICR"}
    assert clerk.get(f"/subjects/{subject}/SE_SCR.1/F_VS.1/history").status == 404


def test_changes_are_those_since_the_day_that_is_asked(house: Office, subject: str) -> None:
    clerk = house.clerk("DM")
    assert subject in clerk.get("/changes").page.text
    assert "0 changes" in clerk.get("/changes?since=2026-03-11").page.text
    assert "Changes since 1 Mar 2026" in clerk.get("/changes?since=01.03.2026").page.text
    timed = clerk.get("/changes?since=01.03.2026+14:05&until=2026-03-10+11:59").page
    assert "Changes since 1 Mar 2026 14:05" in timed.text
    assert 'value="10 Mar 2026 11:59"' in timed.html
    assert "in UTC; the last day or minute is included" in timed.text
    assert "0 changes" in timed.text
    assert clerk.get("/changes?since=01.03.2026+24:05").status == 422
    assert clerk.get("/changes?since=nonsense").status == 422


def test_the_drawer_gets_the_list_alone(house: Office, subject: str) -> None:
    page = f"/subjects/{subject}/SE_SCR.1/F_VS.1/history?item=WEIGHT&part=1"
    html = house.clerk("CRC").get(page).page.html
    assert html.strip().startswith('<ol class="trail">')


@pytest.mark.req("R68")
def test_markup_in_an_answer_is_inert_in_every_history(house: Office) -> None:
    world = house.world
    code = world.subject("01")
    bad = "<img src=x onerror=alert(1)>{{7*7}}"
    world.save(world.user("CRC"), Address(code, "SE_SCR", 1, "F_VS"), {"VSPERF": "Y", "NOTE": bad})
    clerk = house.clerk("CRC")
    for page in (f"/subjects/{code}/history", f"/subjects/{code}/SE_SCR.1/F_VS.1/history", "/changes"):
        html = clerk.get(page).page.html
        assert "<img src=x" not in html
        assert "{{7*7}}" in html


def test_looking_at_a_subject_and_taking_its_trail_away_stand_in_the_log(house: Office, subject: str) -> None:
    clerk = house.clerk("CRA")
    clerk.get(f"/subjects/{subject}")
    taken = clerk.client.get(f"/subjects/{subject}/history.csv")
    with house.world.looking() as session:
        rows = session.execute(select(Event.act, Event.object, Event.details).order_by(Event.seq)).all()[-2:]
    assert [(row.act, row.object) for row in rows] == [
        ("subject.viewed", subject), ("trail.exported", f"trail-{subject}"),
    ]  # fmt: skip
    assert taken.headers["X-Content-SHA256"] in rows[1].details


def test_what_the_program_keeps_is_said_in_words_not_in_codes(house: Office, subject: str) -> None:
    world = house.world
    crc, line = world.user("CRC"), Address(subject, "SE_LOG", 1, "F_AE")
    world.save(crc, line, {"AETERM": "Cough"})
    with world.acting() as session:
        entry.strike_line(session, crc, line, "OTHER: of another child")
        entry.not_done(session, crc, Address(subject, "SE_SCR", 1, "F_LB"), "ND")
    text = house.clerk("CRA").get(f"/subjects/{subject}/history").page.text
    assert "Struck out of another child" in text
    assert "Not done nd " in text


def test_a_unit_beside_a_result_is_printed_with_its_sign() -> None:
    say = Words(real_book(), "en")
    assert say.answer("G_LBK.APTT.LBKORRESU", {"v": "s_coag"}) == "s"
    assert say.answer("G_LBK.INR.LBKORRESU", {"v": "RATIO"}) == "ratio"
    assert Words(real_book(), "ru").answer("G_LBC.CREAT.LBCORRESU", {"v": "umol/L"}) == "мкмоль/л"
    assert not [one.oid for one in real_book().units.values() if re.fullmatch("[A-Z]{2,}", one.symbol.en)]


def test_a_day_that_is_no_day_is_said_to_be_none(house: Office, subject: str) -> None:
    del subject
    clerk = house.clerk("CRA")
    answer = clerk.get("/changes?since=99999-01-01")
    assert (answer.status, "“99999-01-01” was not understood" in answer.page.text) == (422, True)
    assert clerk.get("/changes/changes.csv?since=99999-01-01").status == 422
    assert clerk.get("/changes?since=").status == 200
