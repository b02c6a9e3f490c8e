"""Work lists, next thing, calendar and overview as pages: every number is that of the list it leads to."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from imt_ecrf.conduct import agenda, calendar, queries
from imt_ecrf.conduct.plan import Facts
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.canonical import dumps
from imt_ecrf.store.tables import Subject
from imt_ecrf.web import dates, matrix_page
from tests.conduct.sdv import sdv_book, verified
from tests.factories import NOON, ROLES, enrolled, filled_form, real_book
from tests.web.clerk import Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.clerk import Clerk

VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-06"}
MEASURED = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}
RAIL = re.compile(
    r'<a href="(/waiting/[a-z-]+)"><span class="st-.*?<small class="muted">(\d+)</small>', re.DOTALL
)
ROWS = re.compile(r"<a data-row ")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Give two sites with forms complete, in progress, verified, asked about."""
    place = office(tmp_path_factory.mktemp("work") / "house", sdv_book())
    _busy(place)
    yield place
    place.world.engines.dispose()


def _busy(place: Office) -> None:
    world = place.world
    crc, cra = world.user("CRC"), world.user("CRA")
    codes = [enrolled(world, site) for site in ("01", "01", "02")]
    for code, site in zip(codes, ("01", "01", "02"), strict=True):
        filled_form(world, world.user("CRC", site), Address(code, "SE_SCR", 1, "F_VS"), MEASURED)
    first = Address(codes[0], "SE_SCR", 1, "F_VS")
    verified(world, cra, first)
    world.save(crc, first, {"NOTE": "loud"}, {"*": "TYPO"})
    world.save(crc, Address(codes[1], "SE_SCR", 1, "F_SV"), VISIT)
    with world.acting() as session:
        queries.ask(session, cra, first, "Compare with the source", "WEIGHT")


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"ADMIN"}))
def test_every_number_on_the_home_page_is_that_of_the_list_it_leads_to(house: Office, role: str) -> None:
    clerk = house.clerk(role)
    home = clerk.get("/?lang=en").page.html
    listed = dict(RAIL.findall(home.split('<details class="fold')[0]))
    assert bool(listed) == (role in {"CRC", "SUBI", "PI", "CRA", "DM", "MEDMON"})
    for path, count in listed.items():
        page = clerk.get(path)
        assert page.status == 200
        assert len(ROWS.findall(page.page.html)) == int(count)
        assert f"({count})</h1>" in page.page.html
    assert (f'<span class="count">{sum(map(int, listed.values()))}</span>' in home) == bool(listed)


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"ADMIN"}))
def test_the_next_thing_opens_for_every_role_or_is_said_to_be_none(house: Office, role: str) -> None:
    clerk = house.clerk(role)
    waits = "/waiting/" in clerk.get("/").page.html
    there = clerk.get("/next").where
    assert (there != "/") == waits
    page = clerk.get(there)
    assert page.status == 200
    assert ("Nothing is left to do" in page.page.text) != waits


def test_every_row_of_a_work_list_leads_somewhere(house: Office) -> None:
    for role in ("CRC", "PI", "CRA", "DM", "MEDMON"):
        clerk = house.clerk(role)
        for path, _count in RAIL.findall(clerk.get("/").page.html):
            for link in re.findall(r'data-row href="([^"#]+)', clerk.get(path).page.html):
                assert clerk.get(link.replace("&amp;", "&")).status == 200


def test_a_kind_of_work_nobody_has_is_not_found(house: Office) -> None:
    assert house.clerk("CRC").get("/waiting/nonsense").status == 404
    assert "Nothing of this kind waits for you." in house.clerk("CRC").get("/waiting/to-verify").page.text


@pytest.mark.parametrize(
    ("role", "address"), [("PI", "/waiting/in-progress"), ("PI", "/waiting/query"), ("CRA", "/verify")]
)
def test_a_page_far_beyond_the_end_of_a_list_is_no_fault(house: Office, role: str, address: str) -> None:
    asked = house.clerk(role)
    assert [asked.get(f"{address}?page={page}").status for page in ("9" * 18, "9" * 30, "-9")] == [200] * 3


def test_the_calendar_shows_windows_by_week_and_month_and_who_is_blinded_has_none(house: Office) -> None:
    clerk = house.clerk("CRC")
    month = clerk.get("/calendar?day=2026-03-10").page.text
    week = clerk.get("/calendar?view=week&day=2026-03-10").page.text
    assert "1 Mar 2026 – 31 Mar 2026" in month
    assert "9 Mar 2026 – 15 Mar 2026" in week
    assert "/calendar?day=2026-02-28" in clerk.get("/calendar?day=2026-03-10").page.html
    assert house.clerk("CREAD").get("/calendar").status == 403
    assert clerk.get("/calendar?site=02").status == 404
    unread = clerk.get("/calendar?day=tomorrow")
    assert (unread.status, "“tomorrow” was not understood" in unread.page.text) == (422, True)
    assert "Below stand the days around today" in unread.page.text
    assert clerk.get("/calendar?day=").status == 200
    assert "не распознана" in clerk.get("/calendar?day=31.02.2026&lang=ru").page.text


def test_home_lists_what_comes_by_the_days_the_calendar_shows(house: Office) -> None:
    world = house.world
    world.clock.set(NOON + dt.timedelta(days=20))
    _plan_visits(house)
    with world.looking() as session:
        crc = world.user("CRC")
        found = calendar.coming(session, crc)
        assert found
        assert found == calendar.between(session, crc, dt.date(2026, 3, 31), dt.date(2026, 4, 13))
    days = [dates.weekday(one.window.target, "en") for one in found if one.window]
    home, month = (house.clerk("CRC").get(path).page.text for path in ("/", "/calendar?day=2026-04-01"))
    assert {day: day in home and day in month for day in days} == dict.fromkeys(days, True)
    assert "Mon 6 Apr" in home
    assert "window 3 to 9 Apr" in home


def test_the_calendar_begins_with_the_day_of_the_site_not_of_the_server(house: Office) -> None:
    house.world.clock.set(dt.datetime(2026, 3, 31, 20, 59, tzinfo=dt.UTC))
    assert "1 Mar 2026 – 31 Mar 2026" in house.clerk("CRC").get("/calendar").page.text
    house.world.clock.set(dt.datetime(2026, 3, 31, 21, 0, tzinfo=dt.UTC))
    assert "1 Apr 2026 – 30 Apr 2026" in house.clerk("CRC").get("/calendar").page.text


@pytest.mark.parametrize(
    ("language", "shorts"),
    [("en", ["D1", "Scan wk 8", "", "1", "2"]), ("ru", ["Д1", "КТ нед. 8", "", "1", "2"])],
)
def test_columns_of_the_matrix_are_told_apart(house: Office, language: str, shorts: list[str]) -> None:
    visits = [("SE_CYC", 3), ("SE_TA", 1), ("SE_EOT", 1), ("SE_SURV", 1), ("SE_SURV", 2)]
    with house.app.test_request_context(f"/?lang={language}"):
        named = [matrix_page._column(real_book(), visit, "") for visit in visits]
    assert [one.short for one in named] == shorts
    assert len({one.name for one in named}) == len(visits)
    assert named[3].group == named[4].group
    assert not any(one.group.endswith((" 1", " 2")) for one in named)


@pytest.mark.req("R36")
def test_the_file_for_a_calendar_names_subjects_and_windows_alone_and_is_logged(house: Office) -> None:
    world = house.world
    world.clock.set(NOON + dt.timedelta(days=1))
    _plan_visits(house)
    answer = house.clerk("CRC").get("/calendar/visits.ics").raw
    body = answer.get_data(as_text=True).replace("\r\n ", "")
    assert answer.mimetype == "text/calendar"
    titles = set(re.findall(r"SUMMARY:(.*)\r", body))
    assert titles == {"01-001: study visit"}
    assert "SE_C" not in body
    assert "Window: " in body
    with world.looking() as session:
        told = (
            session.execute(text("SELECT details FROM event WHERE act = 'calendar.downloaded'"))
            .scalars()
            .all()
        )
    assert told == [f'{{"visits":{body.count("BEGIN:VEVENT")}}}']


def _plan_visits(house: Office) -> None:
    """Let a child's visits be counted from a first dose."""
    world, day = house.world, dt.date(2026, 3, 9)
    facts = Facts({"first dose": day, "SE_C1D1": day}, enrolled=True, dosed=True, consents=())
    with world.acting() as session:
        actor = world.user_in(session, "CRC")
        session.info["actor"] = actor.who("CRC")
        row = session.query(Subject).filter_by(code="01-001").one()
        row.facts = dumps(facts.plain())
        agenda.refresh(session, actor, row)


def test_every_number_of_a_site_leads_to_a_list_that_opens(house: Office) -> None:
    clerk = house.clerk("CRC")
    assert clerk.get("/overview").where == "/overview/01"
    links = _links(clerk, "/overview/01")
    assert {clerk.get(link).status for link in links} == {200}
    assert clerk.get("/overview/02").status == 404
    dm = house.clerk("DM")
    assert {dm.get(link).status for link in _links(dm, "/overview")} == {200}
    assert house.clerk("CREAD").get("/overview").status == 403
    assert house.clerk("CREAD").get("/forms").status == 403


def _links(clerk: Clerk, path: str) -> set[str]:
    main = clerk.get(path).page.html.split('<main id="main"')[1]
    return {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]+)"', main)}


def test_the_forms_behind_a_figure_are_as_many_as_it_says(house: Office) -> None:
    dm = house.clerk("DM")
    page = dm.get("/overview/01").page.html
    for path, count in re.findall(r'href="(/forms\?[^"]+)">(\d+)</a>', page):
        assert f"<p>{count} form" in dm.get(path.replace("&amp;", "&")).page.html
    for path, count in re.findall(r'href="(/queries\?[^"]+)">(\d+)</a>', page):
        assert f"{count} quer" in dm.get(path.replace("&amp;", "&")).page.text
    for path, count in re.findall(r'href="(/subjects\?[^"]+)">(\d+)</a>', page):
        assert f"{count} subject" in dm.get(path.replace("&amp;", "&")).page.text
