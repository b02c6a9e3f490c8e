"""Queries in conduct: who moves them from which state, what is linked, races, lists, notes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from imt_ecrf.conduct import notes, queries, query_lists, query_thread
from imt_ecrf.conduct.query_lists import Wanted
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.lifecycle import MoveNotPossible, query_right
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, FormData, Query, QueryMessage
from tests.small_study import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from tests.factories import World

STATES = ("open", "answered", "re-opened", "closed", "cancelled")
ACTS = ("answer", "close", "reopen", "cancel")


def weighed(world: World, site: str = "01", weight: str = "18") -> Address:
    """Save a weight of a new child."""
    address = Address(world.subject(site), "SE_SCR", 1, "F_VS")
    world.save(world.user("CRC", site), address, {"VSPERF": "Y", "WEIGHT": Answer(weight, "kg")})
    world.clock.advance(minutes=1)
    return address


def asked(world: World, address: Address, path: str = "WEIGHT", role: str = "CRA") -> str:
    """Raise a query."""
    with world.acting() as session:
        found = queries.ask(session, world.user_in(session, role), address, "Is this right?", path)
    world.clock.advance(minutes=1)
    return found


def take(world: World, role: str, act: str, query: str, words: str = "said", **more: Any) -> None:
    """Take a step."""
    with world.acting() as session:
        getattr(queries, act)(session, world.user_in(session, role), query, words, **more)
    world.clock.advance(minutes=1)


def in_state(world: World, address: Address, state: str) -> str:
    """Give a query of the monitor in a state."""
    query = asked(world, address)
    steps = {
        "open": (),
        "answered": (("CRC", "answer"),),
        "re-opened": (("CRC", "answer"), ("CRA", "reopen")),
        "closed": (("CRC", "answer"), ("CRA", "close")),
        "cancelled": (("CRA", "cancel"),),
    }
    for role, act in steps[state]:
        take(world, role, act, query)
    return query


class _Undo(Exception):  # noqa: N818 - takes a step back, nothing went wrong
    """Roll a trial back."""


def outcome(world: World, actor: Actor, act: str, query: str) -> str:
    """Try a step, and leave everything as it was."""

    def attempt() -> None:
        with world.acting() as session:
            getattr(queries, act)(session, actor, query, "said")
            raise _Undo

    try:
        attempt()
    except _Undo:
        return "done"
    except (NotPermitted, NotFound, MoveNotPossible) as refused:
        return type(refused).__name__
    return ""


def test_every_role_moves_a_query_from_every_state_exactly_as_the_table_says(small: World) -> None:
    address = weighed(small)
    people = {role: small.user(role) for role in ROLES}
    blind = {"CPATH", "CREAD", "ADMIN"}
    found, expected = {}, {}
    for state in STATES:
        query = in_state(small, address, state)
        for role, act in ((role, act) for role in ROLES for act in ACTS):
            found[state, role, act] = outcome(small, people[role], act, query) == "done"
            right = query_right(role, state, act)
            own = role == "CRA"  # it was asked by the monitor
            expected[state, role, act] = role not in blind and (right == "yes" or (right == "own" and own))
    assert found == expected


@pytest.mark.req("R19")
def test_the_site_is_told_who_settles_a_query_and_the_monitor_who_answers(small: World) -> None:
    query = in_state(small, weighed(small), "answered")
    site, other, reader = (small.user(role) for role in ("CRC", "MEDMON", "SPON"))
    assert [outcome(small, one, "close", query) for one in (site, other, reader)] == [
        "SiteOnlyAnswers", "AskedByAnother", "ReadsQueries",
    ]  # fmt: skip
    take(small, "CRA", "reopen", query)
    assert outcome(small, small.user("CRA"), "answer", query) == "OnlySiteAnswers"
    assert outcome(small, site, "reopen", query) == "NotInThisState"
    assert "data manager" in query_thread.SiteOnlyAnswers().text()
    assert "менеджер данных" in query_thread.SiteOnlyAnswers().text("ru")


def test_an_answer_with_a_change_is_linked_to_it_and_the_thread_shows_old_and_new(small: World) -> None:
    address = weighed(small)
    query = asked(small, address)
    saved = small.save(small.user("CRC"), address, {"WEIGHT": Answer("19", "kg")}, {"*": "QUERY"})
    small.save(small.user("CRC"), address, {"NOTE": "another item"})
    take(small, "CRC", "answer", query, "Corrected.")
    with small.looking() as session:
        shown = queries.one(session, small.user("CRA"), query)
        told = session.scalars(select(Event.details).where(Event.act == "query.answer")).one()
    assert [(one.path, one.old, one.new) for one in shown.changes] == [
        ("WEIGHT", {"u": "kg", "v": "18"}, {"u": "kg", "v": "19"}),
    ]
    assert loads(told) == {"changes": {"WEIGHT": [shown.changes[0].seq]}}
    assert (shown.state, saved.version) == ("answered", 2)


def test_an_answer_without_a_change_is_linked_to_none(small: World) -> None:
    query = asked(small, weighed(small))
    take(small, "CRC", "answer", query, "It is right.")
    with small.looking() as session:
        shown = queries.one(session, small.user("CRA"), query)
        told = session.scalars(select(Event.details).where(Event.act == "query.answer")).one()
    assert (shown.changes, loads(told)) == ((), {})


def test_a_change_after_a_query_was_closed_is_not_in_its_thread(small: World) -> None:
    address = weighed(small)
    query = in_state(small, address, "closed")
    small.save(small.user("CRC"), address, {"WEIGHT": Answer("20", "kg")}, {"*": "QUERY"})
    with small.looking() as session:
        assert queries.one(session, small.user("CRA"), query).changes == ()


def test_a_query_is_raised_on_an_item_a_form_a_line_of_a_log_and_a_visit(small: World) -> None:
    address = weighed(small)
    line = Address(address.subject, "SE_LOG", 1, "F_AE", 1)
    small.save(small.user("CRC"), line, {"AETERM": "Cough"})
    visit = Address(address.subject, "SE_SCR", 1, "", 0)
    places = ((address, "WEIGHT"), (address, ""), (line, ""), (visit, ""))
    for place, path in places:
        asked(small, place, path)
    with small.looking() as session:
        found = queries.list_queries(session, small.user("DM"))
        assert [(one.address, one.path) for one in found] == list(places)
        assert [one.address for one in queries.of_visit(session, small.user("CRC"), visit)] == [visit]
        counts = session.execute(select(FormData.form, FormData.open_queries)).all()
    assert sorted(map(tuple, counts)) == [("F_AE", 1), ("F_VS", 2)]


def test_a_query_on_what_is_not_there_is_refused(small: World) -> None:
    address = weighed(small)
    empty = Address(address.subject, "SE_SCR", 1, "F_LB")
    strange = Address(address.subject, "SE_CYC", 99, "", 0)
    tried: list[tuple[Address, str, type[Refused]]] = [
        (empty, "", queries.NothingSavedYet),
        (address, "LBRES", NotFound),
        (strange, "", NotFound),
    ]
    for place, path, refusal in tried:
        with pytest.raises(refusal):
            asked(small, place, path)


def test_a_query_on_a_visit_is_hidden_from_who_is_blinded(small: World) -> None:
    address = weighed(small)
    query = asked(small, Address(address.subject, "SE_SCR", 1, "", 0), "")
    with small.looking() as session:
        for role in ("CREAD", "CPATH"):
            assert queries.list_queries(session, small.user(role)) == ()
            with pytest.raises(NotFound):
                queries.one(session, small.user(role), query)


def race(*acts: Callable[[], None]) -> list[str]:
    """Do acts at the same moment, each in a session of its own, and name what became of each."""
    gate, found = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int, act: Callable[[], None]) -> None:
        gate.wait()
        try:
            act()
            found[number] = "done"
        except Refused as refused:
            found[number] = type(refused).__name__

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def test_of_an_answer_and_a_closing_at_the_same_moment_one_wins_and_the_other_is_told(small: World) -> None:
    address = weighed(small)
    site, monitor = small.user("CRC"), small.user("CRA")
    for _round in range(5):
        query = asked(small, address)
        with small.looking() as session:
            seen = queries.one(session, monitor, query).seen

        def step(act: str, actor: Actor, name: str = query, read: int = seen) -> Callable[[], None]:
            def go() -> None:
                with small.acting() as session:
                    getattr(queries, act)(session, actor, name, "said", seen=read)

            return go

        assert sorted(race(step("answer", site), step("close", monitor))) == ["QueryMoved", "done"]
        with small.looking() as session:
            said = session.scalars(select(QueryMessage.act).where(QueryMessage.query_id == query)).all()
        assert len(said) == 2


def test_two_answers_of_one_site_at_the_same_moment_leave_one(small: World) -> None:
    query = asked(small, weighed(small))
    people = small.user("CRC"), small.user("PI")

    def answer(actor: Actor) -> Callable[[], None]:
        def go() -> None:
            with small.acting() as session:
                queries.answer(session, actor, query, "said")

        return go

    assert sorted(race(*map(answer, people))) == ["NotInThisState", "done"]


def test_several_queries_are_closed_together_and_what_cannot_is_named(small: World) -> None:
    address = weighed(small)
    answered, other = in_state(small, address, "answered"), in_state(small, address, "closed")
    of_dm = asked(small, address, role="DM")
    ids = [answered, other, of_dm]
    with small.looking() as session:
        planned = queries.together(session, small.user("CRA"), ids, "close")
    assert {one.id: type(why).__name__ for one, why in planned} == {
        answered: "NoneType", other: "NotInThisState", of_dm: "AskedByAnother",
    }  # fmt: skip
    with small.acting() as session:
        chosen = [(one.id, one.seen) for one, _why in planned]
        done, left = queries.take_together(session, small.user_in(session, "CRA"), chosen, "close", "Thanks.")
    assert (done, {name: type(why).__name__ for name, why in left}) == (
        (answered,), {other: "NotInThisState", of_dm: "AskedByAnother"},
    )  # fmt: skip


def test_the_site_closes_nothing_together_and_nobody_answers_together(small: World) -> None:
    address = weighed(small)
    ids = [in_state(small, address, "answered") for _ in range(2)]
    with small.looking() as session:
        planned = queries.together(session, small.user("CRC"), ids, "close")
        assert [type(why).__name__ for _one, why in planned] == ["SiteOnlyAnswers"] * 2
        with pytest.raises(MoveNotPossible):
            queries.together(session, small.user("CRC"), ids, "answer")
    with small.acting() as session:
        site = small.user_in(session, "CRC")
        done, _left = queries.take_together(session, site, [(one, 0) for one in ids], "close", "")
    assert done == ()


def test_a_query_that_moved_since_the_list_was_read_is_left_as_it_is(small: World) -> None:
    query = in_state(small, weighed(small), "answered")
    with small.looking() as session:
        seen = queries.one(session, small.user("CRA"), query).seen
    take(small, "CRA", "reopen", query)
    with small.acting() as session:
        done, left = queries.take_together(
            session, small.user_in(session, "CRA"), [(query, seen)], "close", ""
        )
    assert (done, [type(why).__name__ for _name, why in left]) == ((), ["QueryMoved"])


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


@pytest.mark.req("R07")
def test_a_query_is_never_deleted_or_rewritten_and_each_step_is_one_event(small: World) -> None:
    query = in_state(small, weighed(small), "closed")
    with small.looking() as session:
        wanted = select(Event.act).where(Event.act.startswith("query."), Event.object == query)
        found = list(session.scalars(wanted.order_by(Event.seq)))
    assert found == ["query.ask", "query.answer", "query.close"]
    for attack in (
        "DELETE FROM query_message", "DELETE FROM query", "UPDATE query_message SET text = 'x'",
        "UPDATE query SET state = 'open'", "UPDATE query SET opened_by = 'me'",
        "DELETE FROM event WHERE act = 'query.ask'",
    ):  # fmt: skip
        with pytest.raises(IntegrityError), small.acting() as session:
            session.execute(text(attack))
    with small.looking() as session:
        assert session.scalars(select(Query.state)).all() == ["closed"]


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
