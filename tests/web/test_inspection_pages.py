"""What an inspector asks first: access on a day, views, downloads, the log of events, the trail."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

import imt_ecrf
from imt_ecrf.conduct import accounts
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.tables import ChangeSet, Event
from imt_ecrf.web.event_words import ACTS
from tests.factories import filled_form

if TYPE_CHECKING:
    from tests.web.clerk import Clerk, Office


@pytest.fixture
def subject(house: Office) -> str:
    """Give a subject with a corrected weight, a reading of a blinded reader and an assessment to sign."""
    world = house.world
    code = world.subject("01")
    crc, address = world.user("CRC"), Address(code, "SE_SCR", 1, "F_VS")
    filled_form(world, crc, address, {"VSPERF": "Y", "WEIGHT": Answer("34.1", "kg")})
    world.clock.advance(days=2)
    world.save(crc, address, {"WEIGHT": Answer("38.1", "kg")}, {"*": "TYPING"})
    filled_form(world, world.user("CREAD"), Address(code, "SE_SCR", 1, "F_ICR"), {"ICTRG": "Y"})
    return code


def lines(clerk: Clerk, address: str) -> list[dict[str, str]]:
    """Read a table file."""
    return list(csv.DictReader(io.StringIO(clerk.client.get(address).text.removeprefix("\ufeff"))))


@pytest.mark.req("R25")
def test_who_had_access_on_a_day_is_answered_from_the_dates_of_the_grants(house: Office) -> None:
    world, monitor = house.world, house.clerk("CRA").username
    world.clock.advance(days=3)
    with world.acting() as session:
        accounts.deactivate(session, world.user_in(session, "ADMIN", None), monitor, "Left the company")
    world.clock.advance(days=1)
    auditor = house.clerk("AUD")
    days = {
        day: monitor in {row["username"] for row in lines(auditor, f"/inspection/access.csv?on={day}")}
        for day in ("2026-03-09", "2026-03-10", "2026-03-13", "2026-03-14")
    }
    assert days == {"2026-03-09": False, "2026-03-10": True, "2026-03-13": True, "2026-03-14": False}
    page = auditor.get("/inspection/access?on=10.03.2026").page.text
    assert "Access on 10 Mar 2026" in page
    assert monitor in page
    assert auditor.get("/inspection/access?on=nonsense").status == 422


@pytest.mark.req("R25")
def test_no_role_dated_back_puts_anybody_into_the_report_of_an_earlier_day(house: Office) -> None:
    admin, username = house.clerk("ADMIN"), house.world.user("CRC").username
    form = admin.get(f"/accounts/{username}").page.form(f"/accounts/{username}/roles")
    sent = {**form.sent(), "role": "CRC", "site": "02", "since": "2020-01-01"}
    assert admin.send(f"/accounts/{username}/roles", sent).status == 422
    assert admin.send(f"/accounts/{username}/roles", {**sent, "since": "10.03.2026"}).status == 302
    assert "given on 10 Mar 2026" in admin.get(f"/accounts/{username}").page.text
    auditor = house.clerk("AUD")
    assert lines(auditor, "/inspection/access.csv?on=2021-01-01") == []
    today = [one for one in lines(auditor, "/inspection/access.csv?on=2026-03-10") if one["site"] == "02"]
    assert [(one["username"], one["since"], one["granted_at"], one["by"]) for one in today] == [
        (username, "2026-03-10T12:00:00.000000Z", "2026-03-10T12:00:00.000000Z", admin.username)
    ]


@pytest.mark.req("R36")
def test_who_looked_at_a_subject_and_took_its_data_away_is_listed_for_the_site(
    house: Office, subject: str
) -> None:
    monitor = house.clerk("CRA")
    monitor.get(f"/subjects/{subject}")
    monitor.client.get(f"/subjects/{subject}/history.csv")
    text = house.clerk("CRC").get(f"/subjects/{subject}/access").page.text
    assert "Anna Ivanova-Cra" in text
    assert "looked at a subject" in text
    assert f"took a history as a file trail-{subject}" in text
    rows = lines(house.clerk("PI"), f"/subjects/{subject}/access.csv")
    assert [row["act"] for row in rows][-2:] == ["trail.exported", "subject.viewed"]


@pytest.mark.req("R19")
def test_a_blinded_reader_does_not_learn_which_forms_others_opened(house: Office, subject: str) -> None:
    investigator, monitor = house.clerk("PI"), house.clerk("CRA")
    filled_form(
        house.world,
        house.world.user("CRC"),
        Address(subject, "SE_SCR", 1, "F_SV"),
        {"SVOCCUR": "Y", "SVSTDAT": "2026-03-10"},
    )
    investigator.get(f"/subjects/{subject}/SE_SCR.1/F_SV.1")
    monitor.client.get(f"/subjects/{subject}/SE_SCR.1/F_SV.1/history.csv")
    seen = {
        row["address"] + row["what"] for row in lines(house.clerk("CRC"), f"/subjects/{subject}/access.csv")
    }
    hidden = house.clerk("CREAD").client.get(f"/subjects/{subject}/access.csv").text
    assert any("F_SV" in one for one in seen)
    assert "F_SV" not in hidden


@pytest.mark.req("R07")
def test_the_log_of_events_is_filtered_and_its_file_has_as_many_lines_as_the_database(
    house: Office, subject: str
) -> None:
    manager = house.clerk("DM")
    with house.world.looking() as session:
        total = session.scalar(select(func.count()).select_from(Event).where(Event.act == "form.completed"))
    assert len(lines(manager, "/inspection/events.csv?act=form.completed")) == total
    assert f"{total} events" in manager.get("/inspection/events?act=form.completed").page.text
    data = manager.client.get(f"/inspection/events.json?subject={subject}").get_json()
    assert data["count"] == len(data["lines"])
    assert {line["subject"] for line in data["lines"]} == {subject}
    assert lines(manager, "/inspection/events.csv?last=2026-03-09") == []
    with house.world.looking() as session:
        moments = list(session.scalars(select(Event.at_utc).where(Event.subject_id.is_not(None))))
    shown = f"/inspection/events.csv?subject={subject}"
    noon = "2026-03-10T12:00"
    assert len(lines(manager, f"{shown}&first=10+Mar+2026+12:00&last=10.03.2026+12:00")) == sum(
        at.startswith(noon) for at in moments
    )
    assert lines(manager, f"{shown}&last=2026-03-10T11:59:59Z") == []
    assert manager.get("/inspection/events?first=2026-03-10+25:00").status == 422


@pytest.mark.req("R19")
def test_who_keeps_accounts_reads_no_event_about_a_child(house: Office, subject: str) -> None:
    rows = lines(house.clerk("ADMIN"), "/inspection/events.csv")
    assert {row["subject"] for row in rows} == {""}
    assert "subject.screened" not in {row["act"] for row in rows}
    assert {house.clerk(role).get("/inspection/events").status for role in ("CRC", "CRA", "SPON")} == {403}


@pytest.mark.req("R05")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("item=WEIGHT", {("WEIGHT", "34.1 kg"), ("WEIGHT", "38.1 kg")}),
        ("item=WEIGHT&change=changed", {("WEIGHT", "38.1 kg")}),
        ("item=WEIGHT&until=2026-03-10", {("WEIGHT", "34.1 kg")}),
        ("item=WEIGHT&since=2026-03-12", {("WEIGHT", "38.1 kg")}),
        ("form=F_ICR&since=2026-03-01", {("ICTRG", "Y")}),
        ("person=anna.crc.01&item=WEIGHT", {("WEIGHT", "34.1 kg"), ("WEIGHT", "38.1 kg")}),
        ("person=anna.crc.02", set()),
        ("subject=99-001", set()),
    ],
)
def test_the_trail_of_the_study_is_filtered_by_item_kind_day_form_and_person(
    house: Office, subject: str, asked: str, found: set[tuple[str, str]]
) -> None:
    rows = lines(house.clerk("AUD"), f"/changes/changes.csv?{asked}")
    assert {(row["item"], row["new"]) for row in rows} == found
    assert f"{len(rows)} change" in house.clerk("AUD").get(f"/changes?{asked}").page.text


@pytest.mark.req("R05")
def test_the_file_of_the_whole_trail_has_a_line_for_each_changed_item_of_the_database(
    house: Office, subject: str
) -> None:
    from imt_ecrf.store.canonical import loads  # noqa: PLC0415

    with house.world.looking() as session:
        kept = sum(len(loads(diff)) for diff in session.scalars(select(ChangeSet.diff)))
    assert len(lines(house.clerk("AUD"), "/changes/changes.csv?since=2026-01-01")) == kept


@pytest.mark.req("R25")
def test_an_inspector_finds_every_list_on_one_page_and_each_of_them_opens(
    house: Office, subject: str
) -> None:
    auditor = house.clerk("AUD")
    page = auditor.client.get("/inspection").text
    links = set(re.findall(r'<td><a href="([^"]+)"', page)) | set(re.findall(r', <a href="([^"]+)"', page))
    assert len(links) >= 10
    assert {auditor.get(link).status for link in links} == {200}


def test_every_act_the_program_writes_down_has_its_words() -> None:
    source = "\n".join(
        file.read_text(encoding="utf-8") for file in Path(imt_ecrf.__file__).parent.rglob("*.py")
    )
    written = set(
        re.findall(
            r'(?:\blog\(\s*\w+,\s*\w+,|act=|events\.log\(\s*\w+,\s*[\w()]+,)\s*"([a-z_]+(?:\.[a-z_]+)?)"',
            source,
        )
    )
    named = {act for act in written if "." in act or act in {"login", "logout"}}
    assert named - set(ACTS) == set()
    assert {"login", "form.completed", "subject.viewed"} <= named
