"""The list of queries and the notes beside forms: filters, pages, ages, what each may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select

from imt_ecrf.conduct import notes, queries, query_lists
from imt_ecrf.conduct.query_lists import Wanted
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.store.tables import Event, FormData, Query
from tests.conduct.asking import asked, in_state, take, weighed
from tests.small_study import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from tests.factories import World


def listed(world: World, role: str, wanted: Wanted, site: str = "01") -> list[str]:
    """Name what the list shows."""
    actor = world.user(role, site)
    with world.looking() as session:
        return [one.id for one in query_lists.page(session, actor, wanted).rows]


def test_the_list_filters_by_state_site_subject_form_person_check_age_and_words(small: World) -> None:
    first = weighed(small)
    old = asked(small, first)
    small.clock.advance(days=15)
    other = weighed(small, "02")
    new = asked(small, other, "", role="DM")
    done = in_state(small, first, "closed")
    take(small, "CRC", "answer", old, "Это верно")
    every = {"state": "all"}
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [old, new]),
        ({"down": True}, [new, old]),
        ({"state": "open"}, [new]),
        ({"state": "answered"}, [old]),
        ({"state": "settled"}, [done]),
        ({"site": "02"}, [new]),
        ({"subject": first.subject} | every, [old, done]),
        ({"form": "F_AE"} | every, []),
        ({"asked": "anna.dm.all"}, [new]),
        ({"check": "person"}, [old, new]),
        ({"check": "C001"}, []),
        ({"days": 14}, [old]),
        ({"text": "это верно"}, [old]),
        ({"text": "100%"}, []),
        ({"order": "subject", "down": True}, [new, old]),
    ]
    assert [listed(small, "DM", Wanted(**given)) for given, _ in cases] == [ids for _, ids in cases]


def test_the_list_shows_what_the_thread_shows_and_no_more(small: World) -> None:
    for site in ("01", "02"):
        asked(small, weighed(small, site))
    subject = weighed(small).subject
    asked(small, Address(subject, "SE_SCR", 1, "", 0), "")
    for role in ROLES:
        for site in ("01", "02"):
            actor = small.user(role, site)
            with small.looking() as session:
                one_by_one = [one.id for one in queries.list_queries(session, actor)]
                assert [one.id for one in query_lists.every(session, actor, Wanted())] == one_by_one, role


def statements(world: World, ask: Callable[[Session], Any]) -> int:
    """Count the statements an act sends."""
    found: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    with world.looking() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        try:
            ask(session)
        finally:
            event.remove(engine, "before_cursor_execute", note)
    return len(found)


def test_a_page_of_the_list_takes_the_same_number_of_statements_for_few_and_for_many(small: World) -> None:
    address, actor = weighed(small), small.user("DM")
    asked(small, address)
    few = statements(small, lambda session: query_lists.page(session, actor, Wanted()))
    for _ in range(12):
        asked(small, address)
    assert statements(small, lambda session: query_lists.page(session, actor, Wanted(), 10)) == few
    with small.looking() as session:
        page = query_lists.page(session, actor, Wanted(page=2), 10)
    assert (page.total, page.number, page.last, len(page.rows)) == (13, 2, 2, 3)


def test_ageing_counts_whole_days_until_a_query_is_settled(small: World) -> None:
    query = asked(small, weighed(small))
    small.clock.advance(days=9)
    with small.looking() as session:
        assert queries.one(session, small.user("CRA"), query).age(small.clock.now()) == 9
    take(small, "CRA", "close", query)
    small.clock.advance(days=30)
    with small.looking() as session:
        assert queries.one(session, small.user("CRA"), query).age(small.clock.now()) == 9


def test_a_note_goes_both_ways_opens_no_query_and_counts_nothing(small: World) -> None:
    address = weighed(small)
    for role, path, said in (("CRC", "WEIGHT", "Scales were new."), ("CRA", "", "Thank you.")):
        with small.acting() as session:
            notes.write(session, small.user_in(session, role), address, said, path)
    with small.looking() as session:
        found = notes.notes_of(session, small.user("DM"), address)
        counts = session.execute(select(FormData.open_queries, FormData.answered_queries)).one()
        logged = session.scalars(select(Event.reason).where(Event.act == notes.ACT)).all()
        assert session.scalars(select(Query)).all() == []
    assert [(one.path, one.text, one.role, one.of_site) for one in found] == [
        ("WEIGHT", "Scales were new.", "CRC", True), ("", "Thank you.", "CRA", False),
    ]  # fmt: skip
    assert (tuple(counts), logged) == ((0, 0), ["Scales were new.", "Thank you."])


def test_a_note_is_refused_empty_by_a_reader_or_where_it_may_not_be_seen(small: World) -> None:
    address = weighed(small)
    tried: list[tuple[str, str, type[Refused]]] = [
        ("CRC", " ", queries.SaySomething), ("SPON", "x", NotPermitted), ("CREAD", "x", NotFound),
    ]  # fmt: skip
    for role, said, refusal in tried:
        with pytest.raises(refusal), small.acting() as session:
            notes.write(session, small.user_in(session, role), address, said)
