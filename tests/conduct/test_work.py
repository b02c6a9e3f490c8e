"""Work lists, calendar and figures of sites: each count equals its list and what is counted otherwise."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from imt_ecrf.conduct import (
    agenda,
    calendar,
    digest,
    form_lists,
    overview,
    plan,
    queries,
    sdv_lists,
    signing,
    site_figures,
    visits,
    work,
)
from imt_ecrf.conduct.plan import Facts
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.permissions import ENTRY_ROLES, may
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store.canonical import dumps
from imt_ecrf.store.tables import EventData, Subject
from tests.conduct.sdv import sdv_book, verified
from tests.factories import (
    NOON,
    ROLES,
    World,
    enrolled,
    filled_form,
    looked_at,
    make_study,
    make_subject,
    opened,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

VISIT = {"SVOCCUR": "Y", "SVSTDAT": "2026-03-06"}
MEASURED: dict[str, Any] = {"VSPERF": "Y", "WEIGHT": Answer("12.50", "kg"), "HEIGHT": "100"}
FIRST_DOSE = dt.date(2026, 1, 5)


@pytest.fixture
def busy(database_url: str) -> Iterator[World]:
    """Give two sites with something of every kind: forms begun, complete, signed, asked about, verified."""
    world = make_study(database_url, sdv_book())
    crc, cra, pi = world.user("CRC"), world.user("CRA"), world.user("PI")
    codes = [enrolled(world, site) for site in ("01", "01", "02")]
    addresses = [Address(code, "SE_SCR", 1, "F_VS") for code in codes]
    for address, site in zip(addresses, ("01", "01", "02"), strict=True):
        filled_form(world, world.user("CRC", site), address, MEASURED)
        filled_form(world, world.user("CRC", site), Address(address.subject, "SE_SCR", 1, "F_SV"), VISIT)
    verified(world, cra, addresses[0])
    with world.acting() as session:
        looked_at(session, pi, addresses[:2])
    with world.acting() as session:
        signing.sign(session, pi, addresses[:2], "quiet-river-2026-lamp")
    world.save(crc, addresses[0], {"NOTE": "loud"}, {"*": "TYPO"})
    with world.acting() as session:
        first = queries.ask(session, cra, addresses[1], "Compare with the source", "WEIGHT")
        queries.ask(session, cra, addresses[2], "Compare with the source", "HEIGHT")
    with world.acting() as session:
        queries.answer(session, crc, first, "It is so")
    opened(world, crc, codes[0], "SE_C1D1")
    yield world
    world.engines.dispose()


def person(world: World, role: str) -> Actor:
    return world.user(role)


@pytest.mark.parametrize("role", ROLES)
def test_every_count_of_a_role_is_that_of_its_list_page_by_page(busy: World, role: str) -> None:
    actor = person(busy, role)
    with busy.looking() as session:
        for one in work.work_list(session, actor):
            pages = [
                work.kind_of(session, actor, one.kind, most=1, first=number).items
                for number in range(one.total)
            ]
            assert tuple(item for page in pages for item in page) == one.items
            assert (one.total, one.forms) == (len(one.items), sum(item.forms for item in one.items))
            few = work.work_list(session, actor, 1)
            assert [(kind.kind, kind.total) for kind in few if kind.kind == one.kind] == [
                (one.kind, one.total)
            ]


@pytest.mark.parametrize("role", ROLES)
def test_every_count_of_a_role_is_what_its_acts_and_the_database_say(busy: World, role: str) -> None:
    actor = person(busy, role)
    with busy.looking() as session:
        found = {one.kind: one for one in work.work_list(session, actor)}
        counted = {kind: one.forms for kind, one in found.items()}
        assert counted.get("in progress", 0) == _forms(session, actor, busy, "in progress")
        signs = [one for one in signing.to_sign(session, actor) if one.ready]
        assert counted.get("signature void", 0) == sum(one.again for one in signs)
        assert counted.get("to sign", 0) == sum(not one.again for one in signs)
        waiting = sdv_lists.waiting(session, actor) if actor.may_act("mark_items") else ()
        assert counted.get("verify again", 0) == sum(bool(one.lapsed) for one in waiting)
        assert counted.get("to verify", 0) == sum(not one.lapsed for one in waiting)
        for kind, act, states in (
            ("query", "answer_query", "'open', 're-opened'"),
            ("answered", "settle_query", "'answered'"),
        ):
            assert counted.get(kind, 0) == _queries(session, actor, busy, act, states)
        for kind, name in (("to review", "data"), ("to review medically", "medical")):
            reviews = actor.may_act("review_data" if name == "data" else "review_medically")
            listed = sdv_lists.waiting(session, actor, kind=name) if reviews else ()  # type: ignore[arg-type]
            assert counted.get(kind, 0) == len(listed)


def _forms(session: Session, actor: Actor, world: World, state: str) -> int:
    rows = session.execute(
        text("SELECT form, site FROM form_data WHERE entry_state = :state AND NOT struck"), {"state": state}
    )
    return sum(actor.may(world.book, "finish", form, site) for form, site in rows)


def test_a_pharmacist_is_asked_to_answer_on_forms_he_enters_only_and_the_message_counts_the_same(
    small: World,
) -> None:
    code, crc = enrolled(small), small.user("CRC")
    address = Address(code, "SE_SCR", 1, "F_VS")
    filled_form(small, crc, address, MEASURED)
    with small.acting() as session:
        monitor = small.user_in(session, "CRA")
        queries.ask(session, monitor, address, "Compare with the source", "WEIGHT")
        queries.ask(session, monitor, address._replace(form="", form_repeat=0), "Who was there?")
    found, people = {}, {role: small.user(role) for role in ROLES}
    with small.looking() as session:
        for role, actor in people.items():
            listed = {one.kind: one.total for one in work.work_list(session, actor)}
            letter = digest.letter(session, str(actor.user_id), small.clock)
            told = letter.counts.answer if letter else 0
            assert listed.get("query", 0) == told, role
            found[role] = told
    assert {role: number for role, number in found.items() if number} == {"CRC": 2, "SUBI": 2, "PI": 2}


def _asked_to_answer(actor: Actor, world: World, form: str, site: str) -> bool:
    """Tell whether a person enters the form, or nobody of those who answer does."""
    answering = (*ENTRY_ROLES, "CPATH", "CREAD")
    return actor.may(world.book, "enter", form, site) or not any(
        may(world.book, role, form, "enter") for role in answering
    )


def _queries(session: Session, actor: Actor, world: World, act: str, states: str) -> int:
    rows = session.execute(text(f"SELECT form, site, opened_by FROM query WHERE state IN ({states})"))  # noqa: S608
    return sum(
        actor.may_act(act, site)
        and actor.sees(world.book, form, site)
        and (act != "answer_query" or _asked_to_answer(actor, world, form or "F_SV", site))
        and (act == "answer_query" or by == actor.username or actor.may_act("settle_any_query", site))
        for form, site, by in rows
    )


def test_what_is_due_and_overdue_is_what_the_pages_of_the_subjects_say(busy: World) -> None:
    crc = busy.user("CRC")
    for days in (0, 30, 120):
        busy.clock.set(NOON + dt.timedelta(days=days))
        with busy.looking() as session:
            listed = {one.kind: one for one in work.work_list(session, crc)}
            shown: Counter[str] = Counter()
            for row in session.scalars(select(Subject).where(Subject.site == "01")):
                shown.update(
                    one.state for one in visits.events_of(session, crc, row.code) if one.oid != "SE_LOG"
                )
            for kind in ("due", "overdue"):
                assert (listed[kind].total if kind in listed else 0) == shown[kind]


def test_the_next_thing_is_the_first_of_the_list_and_nothing_when_there_is_none(busy: World) -> None:
    with busy.looking() as session:
        for role in ROLES:
            actor = person(busy, role)
            kinds = work.work_list(session, actor)
            assert work.first(session, actor) == (kinds[0].items[0] if kinds else None)
            assert [one.kind for one in kinds] == [
                kind for kind in work.KINDS if kind in work.work_counts(kinds)
            ]
        assert work.first(session, person(busy, "STAT")) is None


def test_the_monitor_finds_visits_not_forms_in_the_work_list(busy: World) -> None:
    with busy.looking() as session:
        found = work.kind_of(session, busy.user("CRA"), "to verify")
        forms = [one for one in sdv_lists.waiting(session, busy.user("CRA")) if not one.lapsed]
    assert found.total == len({one.address[:3] for one in forms})
    assert sum(item.count for item in found.items) == sum(one.due - one.done for one in forms)


@pytest.mark.parametrize("held", [(), (1,), (1, 2), (1, 3)])
def test_the_kept_visits_are_those_of_the_plan_on_every_day(small: World, held: tuple[int, ...]) -> None:
    code = make_subject(small)
    book = small.book
    with small.acting() as session:
        actor = small.user_in(session, "CRC")
        session.info["actor"] = actor.who("CRC")
        row = session.scalars(select(Subject).where(Subject.code == code)).one()
        known = Facts(
            {"first dose": FIRST_DOSE, "SE_C1D1": FIRST_DOSE}, enrolled=True, dosed=True, consents=()
        )
        row.facts = dumps(known.plain())
        start = plan.first_repeat(book, book.events["SE_CYC"]) - 1
        for number in held:
            session.add(
                EventData(
                    subject_id=row.id, site=row.site, event="SE_CYC", event_repeat=start + number,
                    state="in progress", opened_at="x", opened_by="x",
                )
            )  # fmt: skip
        agenda.refresh(session, actor, row)
        subject_id = row.id
    with small.looking() as session:
        rows = session.execute(select(EventData.event, EventData.event_repeat, EventData.state))
        stored = {(event, repeat): state for event, repeat, state in rows}
        for days in range(0, 300, 9):
            today = FIRST_DOSE + dt.timedelta(days=days)
            kept = agenda.of_subjects(session, [subject_id], today)[subject_id]
            offered = {(one.event, one.repeat) for one in agenda.offered(book, kept, stored, today)}
            told = {
                (one.event.oid, one.repeat)
                for one in plan.plan(book, known, stored.keys(), today)
                if one.event.kind != "common"
                and stored.get((one.event.oid, one.repeat), "planned") == "planned"
            }
            assert offered == told
        assert list(agenda.faults(session, small.user("DM"))) == []


def test_a_visit_leaves_the_calendar_when_something_is_entered(small: World) -> None:
    code = make_subject(small)
    crc = small.user("CRC")
    with small.looking() as session:
        assert [(one.subject, one.event) for one in _all(session, crc)] == [(code, "SE_SCR")]
    small.save(crc, Address(code, "SE_SCR", 1, "F_SV"), VISIT)
    with small.looking() as session:
        assert _all(session, crc) == ()


def _all(session: Session, actor: Actor) -> tuple[calendar.Due, ...]:
    return tuple(one for one in calendar.late(session, actor, dt.date(2100, 1, 1)) if one.event != "SE_EOS")


def test_the_calendar_of_another_site_stays_closed(small: World) -> None:
    make_subject(small)
    with small.looking() as session:
        assert calendar.late(session, small.user("CRC", "02"), dt.date(2100, 1, 1)) == ()
        assert calendar.coming(session, small.user("CREAD")) == ()
        with pytest.raises(NotFound):
            calendar.between(session, small.user("CRC", "02"), dt.date(2026, 1, 1), dt.date(2026, 2, 1), "01")


@pytest.mark.req("R35")
def test_the_figures_of_a_site_equal_what_the_database_counts(busy: World) -> None:
    with busy.looking() as session:
        dm = busy.user("DM")
        found = {one.site: one for one in site_figures.figures(session, dm)}
        every = site_figures.total(found.values())
        for site, one in found.items():
            assert one.subjects == _count(session, "subject", f"site = '{site}'")
            assert one.months["2026-03", "screened"] == one.subjects
            assert one.months["2026-03", "enrolled"] == _count(
                session, "subject", f"site = '{site}' AND enrolled_at IS NOT NULL"
            )
            assert one.forms == _count(session, "form_data", f"site = '{site}' AND NOT struck")
            done = f"site = '{site}' AND entry_state IN ('complete', 'not done')"
            assert one.finished == _count(session, "form_data", done)
            assert one.signed == _count(session, "form_data", f"{done} AND signature = 'valid'")
            assert one.void == _count(session, "form_data", f"site = '{site}' AND signature = 'void'")
            assert one.open_queries == _count(
                session, "query", f"site = '{site}' AND state IN ('open', 're-opened')"
            )
            assert one.answered == _count(session, "query", f"site = '{site}' AND state = 'answered'")
            covered = [cover for cover in sdv_lists.coverage(session, dm) if cover.site == site]
            assert (one.due_items, one.verified_items) == (
                sum(c.due for c in covered),
                sum(c.done for c in covered),
            )
            for state, count in (("finished", one.finished), ("signed", one.signed), ("void", one.void)):
                assert form_lists.forms(session, dm, site=site, state=state).total == count
        assert (every.subjects, every.forms) == (3, sum(one.forms for one in found.values()))
        assert every.lags == Counter({4: 6})
        assert (every.lag(), every.lag(site_figures.MOST)) == (4, 4)
        assert form_lists.forms(session, dm, late=4).total == 6
        assert form_lists.forms(session, dm, late=5).total == 0


def _count(session: Session, table: str, where: str) -> int:
    return int(session.scalar(text(f"SELECT count(*) FROM {table} WHERE {where}")) or 0)  # noqa: S608


@pytest.mark.parametrize(
    ("days", "band"), [(0, 0), (7, 0), (8, 1), (14, 1), (15, 2), (30, 2), (31, 3), (90, 3)]
)
def test_an_open_query_stands_in_the_band_of_its_age(busy: World, days: int, band: int) -> None:
    busy.clock.set(NOON + dt.timedelta(days=days, minutes=1))
    with busy.looking() as session:
        (one,) = site_figures.figures(session, busy.user("DM"), "02")
    assert +one.ages == Counter({band: 1})


def test_a_page_of_the_matrix_holds_the_rows_of_its_filters(busy: World) -> None:
    dm = busy.user("DM")
    with busy.looking() as session:
        every = overview.matrix(session, dm)
        page = overview.matrix_page(session, dm, overview.Wanted(), 1)
        assert (page.rows, page.total) == (every, 3)
        second = overview.matrix_page(session, dm, overview.Wanted(), 2, size=2)
        assert (second.rows, second.total) == (every[2:], 3)
        of_site = overview.matrix_page(
            session, dm, overview.Wanted(site="02", by="screened", month="2026-03"), 1
        )
        assert of_site.rows == every[2:]
        assert overview.matrix_page(session, dm, overview.Wanted(by="begun", month="2026-03"), 1).rows == ()
        reader = busy.user("CREAD")
        assert (
            overview.matrix_page(session, reader, overview.Wanted(by="screened", month="2026-03"), 1).rows
            == ()
        )
        states = {one.state for row in overview.matrix(session, reader) for one in row.cells.values()}
        assert states <= {"planned", "due", "in progress"}
