"""Checks at work on both databases: on every save, across forms and visits, with queries of their own."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import entry, nightly, queries, runtime, signing, visits
from imt_ecrf.conduct.refused import NotComplete
from imt_ecrf.conduct.signing import NotReadyToSign
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Event, FormData, Query, QueryMessage
from imt_ecrf.store.verify import verify
from imt_ecrf.study import publication
from imt_ecrf.study.definition import Check, Rule
from tests.factories import PASSWORD, World, looked_at, make_study, small_book, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.book import Book

STEADY = "The weight moved by more than a tenth."


def check(oid: str, home: str, rule: str, level: Any = "soft", **more: Any) -> Check:
    """Give a check whose message is its name."""
    values: dict[str, Any] = {"at": None, "message": words(f"{oid} fires."), **more}
    return Check(oid, level, "cross_form", oid, home, rule=Rule(rule), **values)


def case(*, fires: bool, given: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Give a worked case."""
    return {"given": given or {}, "fires": fires, **more}


def line(term: str) -> list[dict[str, Any]]:
    """Give a line of the log of events for a worked case."""
    return [{"form": "F_AE", "event": "SE_LOG", "line": 1, "values": {"AETERM": term}}]


def checks() -> tuple[Check, ...]:
    """Give checks of every reach: another visit, another form, the subject, a hidden form, the clock."""
    before = {"prev('WEIGHT')": "20"}
    here, april = {"event": "SE_SCR"}, {"today()": "2026-04-01"}
    moved = "abs(WEIGHT - prev('WEIGHT')) / prev('WEIGHT') > 0.1"
    return (
        check(
            *("K1", "F_VS", moved), at="WEIGHT", message=words(STEADY),
            cases=tuple(
                case(fires=fires, given={"WEIGHT": weight}, facts=before)
                for weight, fires in (("30", True), ("20", False))
            ),
        ),
        check(
            *("K2", "F_VS", "NOTE == 'rash' and not exists('F_AE', filled(AETERM))", "hard"), at="NOTE",
            cases=(
                case(fires=True, given={"NOTE": "rash"}),
                case(fires=False, given={"NOTE": "rash"}, records=line("Rash")),
            ),
        ),
        check(
            *("K3", "SUBJECT", "exists('F_AE', AETERM == 'Death')"),
            cases=(case(fires=True, records=line("Death")), case(fires=False, records=line("Rash"))),
        ),
        check(
            *("K4", "F_ICR", "ICTRG == 'Y' and VSPERF == 'N'"), at="ICTRG", shown_to=("DM",),
            cases=tuple(
                case(fires=fires, given={"ICTRG": "Y", "VSPERF": held}, here=here)
                for held, fires in (("N", True), ("Y", False))
            ),
        ),
        check(
            *("K5", "F_AE", "days(AESTDAT, today()) > 30"), at="AESTDAT",
            cases=tuple(
                case(fires=fires, given={"AESTDAT": day}, facts=april)
                for day, fires in (("2026-03-01", True), ("2026-03-02", False))
            ),
        ),
        check(
            *("K7", "F_VS", "same_site_match('NOTE', 'HEIGHT')"), at="NOTE",
            cases=tuple(
                case(fires=fires, given={"NOTE": "x"}, facts={"same_site_match('NOTE', 'HEIGHT')": fires})
                for fires in (True, False)
            ),
        ),
        check(
            *("K6", "F_AE", "AETERM == 'Broken'"), at="AETERM",
            cases=tuple(case(fires=one == "Broken", given={"AETERM": one}) for one in ("Broken", "Whole")),
        ),
    )  # fmt: skip


@cache
def checked_book() -> Book:
    """Give the small study with these checks."""
    definition = replace(small_book().version, version="1 with checks", checks=checks())
    return publication.read(publication.publish(definition))


class Ward:
    """A coordinator with one child and two visits."""

    def __init__(self, world: World) -> None:
        self.world, self.crc, self.dm = world, world.user("CRC"), world.user("DM")
        self.code = world.subject()
        self.first = Address(self.code, "SE_SCR", 1, "F_VS")
        self.later = Address(self.code, "SE_UNS", 1, "F_VS")

    def visits(self) -> None:
        """Hold both visits."""
        with self.world.acting() as session:
            visits.add_unscheduled(session, self.crc, self.code)
        for event, day in (("SE_SCR", "2026-03-01"), ("SE_UNS", "2026-03-08")):
            self.save(Address(self.code, event, 1, "F_SV"), {"SVOCCUR": "Y", "SVSTDAT": day})

    def save(self, address: Address, answers: dict[str, Any], **more: Any) -> Any:
        """Save as the coordinator, with a reason for what is replaced."""
        return self.world.save(self.crc, address, answers, {"*": "TYPING"}, **more)

    def weigh(self, address: Address, weight: str) -> Any:
        """Save vital signs with a weight."""
        return self.save(address, {"VSPERF": "Y", "WEIGHT": Answer(weight, "kg"), "HEIGHT": "100"})

    def complete(self, address: Address, comments: dict[str, str] | None = None, **more: Any) -> Any:
        """Complete a form as it is."""
        with self.world.acting() as session:
            version = entry.open_form(session, self.crc, address).version
            return entry.complete_form(session, self.crc, address, version, comments, **more)

    def events(self, act: str) -> list[tuple[str | None, str, str]]:
        """Give object, reason and details of the events of one kind."""
        with self.world.looking() as session:
            wanted = select(Event.object, Event.reason, Event.details).where(Event.act == act)
            return [(one[0], one[1], one[2]) for one in session.execute(wanted.order_by(Event.seq))]

    def asked(self) -> list[tuple[str | None, str, str]]:
        """Give check, path and state of every query."""
        with self.world.looking() as session:
            rows = session.execute(select(Query.check, Query.path, Query.state).order_by(Query.opened_at))
            return [(one[0], one[1], one[2]) for one in rows]

    def thread(self) -> list[tuple[str, str, str]]:
        """Give act, role and text of every message, in order."""
        with self.world.looking() as session:
            wanted = select(QueryMessage.act, QueryMessage.role, QueryMessage.text)
            return [(one[0], one[1], one[2]) for one in session.execute(wanted.order_by(QueryMessage.seq))]

    def query(self) -> str:
        """Give the id of the only query."""
        with self.world.looking() as session:
            return session.scalars(select(Query.id)).one()

    def counts(self, form: str) -> list[tuple[int, int, int]]:
        """Give hard, soft and open queries of the forms of one kind, by visit."""
        with self.world.looking() as session:
            wanted = select(FormData.hard, FormData.soft, FormData.open_queries).where(FormData.form == form)
            return [(one[0], one[1], one[2]) for one in session.execute(wanted.order_by(FormData.event))]

    def sound(self) -> bool:
        """Tell whether everything kept follows from the logs."""
        return verify(self.world.engines) == []


@pytest.fixture
def ward(database_url: str) -> Iterator[Ward]:
    world = make_study(database_url, checked_book())
    yield Ward(world)
    world.engines.dispose()


def two_weights(ward: Ward) -> None:
    """Two complete forms whose weights agree."""
    ward.visits()
    for address in (ward.first, ward.later):
        ward.weigh(address, "20")
        ward.complete(address)


@pytest.mark.req("R27")
def test_a_soft_check_is_confirmed_with_a_comment_and_the_figures_stay_in_the_trail(ward: Ward) -> None:
    ward.visits()
    ward.weigh(ward.first, "20")
    saved = ward.weigh(ward.later, "30")
    assert [(one.check, one.path, one.level) for one in saved.warnings] == [("K1", "WEIGHT", "soft")]
    with pytest.raises(NotComplete):
        ward.complete(ward.later)
    assert ward.complete(ward.later, {"K1": "Oedema"}).state == "complete"
    fired, confirmed = ward.events("check.fired"), ward.events("check.confirmed")
    assert [one[0] for one in fired] == ["K1"]
    assert '"figures":"WEIGHT = 30 kg; prev(\'WEIGHT\') = 20"' in fired[0][2]
    assert [one[:2] for one in confirmed] == [("K1", "Oedema")]
    assert ward.asked() == []
    assert ward.sound()


@pytest.mark.req("R27")
def test_a_hard_check_refuses_completion_and_signing_by_name_and_never_the_save(ward: Ward) -> None:
    ward.visits()
    event = Address(ward.code, "SE_LOG", 1, "F_AE")
    ward.save(event, {"AETERM": "Rash"})
    ward.save(ward.first, {"VSPERF": "N", "NOTE": "rash"})
    ward.complete(ward.first)
    with ward.world.acting() as session:
        entry.strike_line(session, ward.crc, event, "TYPING")
    assert [one[:2] for one in ward.asked()] == [("K2", "NOTE")]
    pi = ward.world.user("PI")
    with ward.world.acting() as session:
        looked_at(session, pi, [ward.first])
    with ward.world.acting() as session, pytest.raises(NotReadyToSign, match="K2"):
        signing.sign(session, pi, [ward.first], PASSWORD, "reviewed")
    ward.save(ward.first, {"NOTE": "rash", "SEEN": "2026-03-01"})
    with pytest.raises(NotComplete) as refused:
        ward.complete(ward.first, {"*": "it is so"})
    assert [one.check for one in refused.value.findings] == ["K2"]


def test_a_change_at_an_earlier_visit_asks_once_and_its_correction_closes_the_query(ward: Ward) -> None:
    two_weights(ward)
    ward.weigh(ward.first, "30")
    assert ward.asked() == [("K1", "WEIGHT", "open")]
    assert ward.counts("F_VS") == [(0, 0, 0), (0, 1, 1)]
    ward.save(ward.first, {"NOTE": "weighed with shoes"})
    ward.weigh(ward.first, "20")
    assert ward.asked() == [("K1", "WEIGHT", "closed")]
    assert ward.counts("F_VS") == [(0, 0, 0), (0, 0, 0)]
    assert ward.thread() == [
        ("ask", "SYSTEM", f"{STEADY} [weight: 20 kg; weight, last time: 30 kg]"),
        ("close", "SYSTEM", "The data no longer violate this check."),
    ]
    assert ward.sound()


def test_a_cleared_answer_closes_the_query_as_one_that_cannot_be_evaluated(ward: Ward) -> None:
    two_weights(ward)
    ward.weigh(ward.first, "30")
    ward.save(ward.first, {"WEIGHT": Answer()})
    assert [one[2] for one in ward.asked()] == ["closed"]
    assert ward.thread()[-1][2].startswith("This check can no longer be evaluated")


def test_what_is_left_at_completion_becomes_a_query_once(ward: Ward) -> None:
    ward.visits()
    ward.weigh(ward.first, "20")
    ward.weigh(ward.later, "30")
    assert ward.asked() == []
    assert ward.complete(ward.later, leave=True).state == "complete"
    assert ward.asked() == [("K1", "WEIGHT", "open")]
    with ward.world.looking() as session:
        shown = queries.queries_of(session, ward.crc, ward.later)
    assert [(one.check, one.path, one.messages[0].in_("ru")[:6]) for one in shown] == [
        ("K1", "WEIGHT", STEADY[:6])
    ]
    with ward.world.acting() as session:
        entry.reopen(session, ward.crc, ward.later, "NEW")
    ward.complete(ward.later, leave=True)
    assert ward.asked() == [("K1", "WEIGHT", "open")]


def test_a_confirmation_settles_the_query(ward: Ward) -> None:
    two_weights(ward)
    ward.weigh(ward.first, "30")
    ward.save(ward.later, {}, comments={"K1": "Weighed again"})
    assert ward.asked() == [("K1", "WEIGHT", "closed")]
    assert ward.counts("F_VS")[1] == (0, 0, 0)
    ward.weigh(ward.first, "31")
    assert ward.asked() == [("K1", "WEIGHT", "re-opened")]
    assert ward.sound()


def test_a_persons_closing_is_respected_until_a_figure_changes(ward: Ward) -> None:
    two_weights(ward)
    ward.weigh(ward.first, "30")
    with ward.world.acting() as session:
        queries.answer(session, ward.crc, ward.query(), "The chart says so.")
        queries.close(session, ward.dm, ward.query(), "Agreed.")
    ward.save(ward.first, {"NOTE": "seen"})
    assert [one[2] for one in ward.asked()] == ["closed"]
    ward.weigh(ward.first, "32")
    assert [one[2] for one in ward.asked()] == ["re-opened"]
    assert [one[:2] for one in ward.thread()] == [
        ("ask", "SYSTEM"),
        ("answer", "CRC"),
        ("close", "DM"),
        ("reopen", "SYSTEM"),
    ]
    assert ward.sound()


def test_a_check_of_the_subject_asks_without_a_form(ward: Ward) -> None:
    event = Address(ward.code, "SE_LOG", 1, "F_AE")
    ward.save(event, {"AETERM": "Death"})
    assert ward.asked() == [("K3", "", "open")]
    with ward.world.looking() as session:
        assert [one.address.form for one in queries.list_queries(session, ward.crc)] == [""]
        assert queries.list_queries(session, ward.world.user("CREAD")) == ()
    ward.save(event, {"AETERM": "Cough"})
    assert ward.asked() == [("K3", "", "closed")]


def test_a_blinded_reader_learns_nothing_of_a_check_on_what_is_hidden_from_him(ward: Ward) -> None:
    ward.visits()
    ward.save(ward.first, {"VSPERF": "N"})
    reader = ward.world.user("CREAD")
    review = Address(ward.code, "SE_SCR", 1, "F_ICR")
    saved = ward.world.save(reader, review, {"ICTRG": "Y"})
    assert saved.warnings == ()
    with ward.world.acting() as session:
        done = entry.complete_form(session, reader, review, 1)
    assert (done.state, done.warnings) == ("complete", ())
    assert ward.asked() == [("K4", "ICTRG", "open")]
    assert ward.counts("F_ICR") == [(0, 0, 0)]
    with ward.world.looking() as session:
        assert queries.list_queries(session, reader) == ()
        assert queries.queries_of(session, reader, review) == ()
        assert queries.list_queries(session, ward.crc) == ()
        assert [one.check for one in queries.queries_of(session, ward.dm, review)] == ["K4"]
    assert ward.sound()


def test_a_rule_that_fails_costs_no_save_and_is_told_once(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nonsense(_: object) -> None:
        raise ArithmeticError("a defect of the program")

    with ward.world.looking() as session:
        rules = runtime.study(session).engine.checks.of("F_AE")
    rule = next(one.rule for one in rules if one.check.oid == "K6")
    monkeypatch.setitem(rule.__dict__, "_walk", nonsense)
    event = Address(ward.code, "SE_LOG", 1, "F_AE")
    assert ward.save(event, {"AETERM": "Rash"}).version == 1
    ward.save(event, {"AETERM": "Cough"})
    assert [one[0] for one in ward.events("rule.failed")] == ["K6"]
    assert "ArithmeticError: a defect of the program" in ward.events("rule.failed")[0][2]


def test_the_night_asks_what_only_the_clock_changes_and_asks_it_once(ward: Ward) -> None:
    event = Address(ward.code, "SE_LOG", 1, "F_AE")
    ward.save(event, {"AETERM": "Cough", "AESTDAT": "2026-03-01"})
    ward.complete(event)
    assert ward.asked() == []
    day = dt.date(2026, 4, 1)
    nights = [nightly.run(ward.world.engines, ward.world.clock, one) for one in (day, day)]
    assert [[(one.site, one.opened) for one in done] for done in nights] == [
        [("01", 1), ("02", 0)],
        [("01", 0), ("02", 0)],
    ]
    assert ward.asked() == [("K5", "AESTDAT", "open")]
    assert nightly.run(ward.world.engines, ward.world.clock) != []
    assert nightly.run(ward.world.engines, ward.world.clock) == []
    assert ward.sound()


def test_a_double_entry_is_asked_on_both_children_and_settled_on_both(ward: Ward) -> None:
    other = Address(ward.world.subject(), "SE_SCR", 1, "F_VS")
    written = {"VSPERF": "Y", "WEIGHT": Answer("20", "kg"), "HEIGHT": "100", "NOTE": "born in May"}
    for address in (ward.first, other):
        ward.save(address, written)
        ward.complete(address, leave=True)
    assert ward.asked() == [("K7", "NOTE", "open")] * 2
    ward.save(other, {"NOTE": "born in June"})
    assert ward.asked() == [("K7", "NOTE", "closed")] * 2
    assert ward.sound()


@pytest.mark.req("R27")
def test_a_form_of_which_nothing_was_noted_yet_shows_what_its_checks_say(ward: Ward) -> None:
    ward.save(ward.first, {"VSPERF": "Y", "NOTE": "rash"})
    shown = ward.world.open(ward.crc, ward.first)
    assert "K2" in {one.check for one in shown.warnings}
    with ward.world.acting() as session:
        session.info["actor"] = ward.crc.who("CRC")
        documents.set_caches(session.connection(), str(shown.id), {"item_state": "{}"})
    again = ward.world.open(ward.crc, ward.first)
    assert (again.warnings, again.hidden) == (shown.warnings, shown.hidden)
