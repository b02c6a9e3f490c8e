"""Queries in conduct: who moves them from which state, what is linked to an answer, races, no deletion."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from imt_ecrf.conduct import queries, query_thread
from imt_ecrf.conduct.queries import SaySomething, SayWhyClosed
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.policy.lifecycle import MoveNotPossible, query_right
from imt_ecrf.policy.refusals import NotFound, NotPermitted, Refused
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, FormData, Query, QueryMessage
from tests.conduct.asking import asked, in_state, panel_saved, take, weighed
from tests.small_study import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.conduct.actor import Actor
    from tests.factories import World

STATES = ("open", "answered", "re-opened", "closed", "cancelled")
ACTS = ("answer", "close", "reopen", "cancel")


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


@pytest.mark.req("R34")
@pytest.mark.parametrize(("place", "path"), [(weighed, "WEIGHT"), (panel_saved, "G_LB.ALT")])
def test_every_role_moves_a_query_from_every_state_exactly_as_the_table_says(
    small: World, place: Callable[[World], Address], path: str
) -> None:
    address = place(small)
    people = {role: small.user(role) for role in ROLES}
    blind = {"CPATH", "CREAD", "ADMIN"}
    found, expected = {}, {}
    for state in STATES:
        query = in_state(small, address, state, path)
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


@pytest.mark.req("R34")
def test_a_query_on_a_row_shows_the_changes_of_that_row_and_of_no_other(small: World) -> None:
    address = panel_saved(small)
    query = asked(small, address, "G_LB.ALT")
    changed = {"G_LB.ALT.LBRES": "43", "G_LB.AST.LBRES": "31"}
    small.save(small.user("CRC"), address, changed, {"*": "QUERY"})
    take(small, "CRC", "answer", query, "Corrected.")
    with small.looking() as session:
        shown = queries.one(session, small.user("CRA"), query)
    assert [(one.path, one.new) for one in shown.changes] == [("G_LB.ALT.LBRES", {"v": "43"})]
    assert (shown.path, shown.address) == ("G_LB.ALT", address)


def test_a_row_that_is_not_there_cannot_be_asked_about(small: World) -> None:
    address = panel_saved(small)
    lesions = Address(address.subject, "SE_SCR", 1, "F_TL")
    small.save(small.user("CRC"), lesions, {"G_TL.1.TLID": "T1"})
    asked(small, lesions, "G_TL.1")
    for place, path in ((lesions, "G_TL.2"), (lesions, "G_LB.ALT"), (address, "G_LB.NEUT"), (address, "X.1")):
        with pytest.raises(NotFound):
            asked(small, place, path)


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


def test_what_nobody_has_answered_is_not_closed_together_and_singly_with_words_only(small: World) -> None:
    address = weighed(small)
    for state in ("open", "re-opened"):
        query = in_state(small, address, state)
        with small.looking() as session:
            ((view, why),) = queries.together(session, small.user("CRA"), [query], "close")
        assert type(why).__name__ == "OnlyAnsweredTogether"
        with small.acting() as session:
            monitor = small.user_in(session, "CRA")
            done, left = queries.take_together(session, monitor, [(query, view.seen)], "close", "Settled.")
        assert (done, [type(why).__name__ for _name, why in left]) == ((), ["OnlyAnsweredTogether"])
        for words in ("", "  ", "\u200b\u202e\u200b"):
            with pytest.raises(SayWhyClosed), small.acting() as session:
                queries.close(session, monitor, query, words)
        take(small, "CRA", "close", query, "Settled by telephone.")
        with small.looking() as session:
            shown = queries.one(session, small.user("CRA"), query)
        assert (shown.state, shown.messages[-1].text) == ("closed", "Settled by telephone.")
    query = in_state(small, address, "answered")
    take(small, "CRA", "close", query, "\u200b")
    with small.looking() as session:
        assert queries.one(session, small.user("CRA"), query).messages[-1].text == ""


@pytest.mark.parametrize("act", ["answer", "reopen", "cancel"])
def test_an_invisible_text_moves_no_query(small: World, act: str) -> None:
    address = weighed(small)
    query = in_state(small, address, {"reopen": "answered"}.get(act, "open"))
    monitor = small.user("CRA")
    person = small.user("CRC") if act == "answer" else monitor
    with pytest.raises(SaySomething), small.acting() as session:
        getattr(queries, act)(session, person, query, "\u200b\u202e\u200b")
    with pytest.raises(SaySomething), small.acting() as session:
        queries.ask(session, monitor, address, "\u2066\u2069 \ufeff", "WEIGHT")


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
