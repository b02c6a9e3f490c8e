"""What is told at once: raised with the save that makes it so, once, and again only after it had ended."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from imt_ecrf.conduct import alert_letters, entry, studies
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.alerts import ENDED, RAISED
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.tables import Event
from tests.alerted import alerted_book
from tests.factories import NOON, World, enrolled, make_study, opened, plain, small_book

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.conduct.alert_letters import Raised

AGAIN = {"*": "Read again"}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Give the small study with alerts."""
    made = make_study(database_url, alerted_book())
    yield made
    made.engines.dispose()


def logged(world: World) -> list[tuple[str, str, str, int]]:
    """List the alerts of the log: what, which, by whom, at which version of the form."""
    wanted = select(Event.act, Event.object, Event.username, Event.form_version).order_by(Event.seq)
    with world.looking() as session:
        rows = session.execute(wanted.where(Event.act.in_((RAISED, ENDED)))).all()
    return [(row.act, str(row.object), row.username, int(row.form_version or 0)) for row in rows]


def waiting(world: World) -> list[Raised]:
    """List what nobody was written to yet."""
    with world.looking() as session:
        return alert_letters.waiting(session)


@pytest.fixture
def event(world: World) -> Address:
    """Give the first line of a child's events."""
    return Address(world.subject("01"), "SE_LOG", 1, "F_AE", 1)


@pytest.mark.req("R33")
def test_an_alert_is_raised_once_with_the_save_that_makes_it_so(world: World, event: Address) -> None:
    crc = world.user("CRC")
    world.save(crc, event, {"AETERM": "Quiet"})
    assert logged(world) == []
    world.save(crc, event, {"AETERM": "Loud"}, AGAIN)
    world.save(crc, event, {"AESTDAT": "2026-03-02"}, AGAIN)
    world.save(crc, event, {"AETERM": "Loud"}, AGAIN)
    assert logged(world) == [(RAISED, "AL_LOUD", crc.username, 2)]
    (one,) = waiting(world)
    assert (one.alert, one.site, one.at, one.due) == ("AL_LOUD", "01", NOON, NOON + dt.timedelta(hours=24))


@pytest.mark.req("R33")
def test_what_was_withdrawn_and_comes_back_is_told_again(world: World, event: Address) -> None:
    crc = world.user("CRC")
    for term in ("Loud", "Quiet", "Loud"):
        world.save(crc, event, {"AETERM": term}, AGAIN)
    who = crc.username
    assert logged(world) == [
        (RAISED, "AL_LOUD", who, 1), (ENDED, "AL_LOUD", who, 2), (RAISED, "AL_LOUD", who, 3),
    ]  # fmt: skip


def test_a_line_that_is_struck_out_ends_its_alert(world: World, event: Address) -> None:
    crc = world.user("CRC")
    world.save(crc, event, {"AETERM": "Loud"})
    with world.acting() as session:
        entry.strike_line(session, crc, event, "Entered for another child")
    assert [act for act, *_rest in logged(world)] == [RAISED, ENDED]


@pytest.mark.req("R33")
def test_a_save_that_is_taken_back_raises_nothing(world: World, event: Address) -> None:
    crc = world.user("CRC")

    def interrupted() -> None:
        with world.acting() as session:
            entry.save_form(session, crc, event, plain({"AETERM": "Loud"}), {}, 0)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    assert (logged(world), waiting(world)) == ([], [])


def test_a_value_worked_out_from_another_form_raises_and_ends_one_too(world: World) -> None:
    subject, pi = enrolled(world), world.user("PI")
    opened(world, pi, subject, "SE_C1D1")
    size, dose = Address(subject, "SE_C1D1", 1, "F_VS"), Address(subject, "SE_C1D1", 1, "F_DO")
    world.save(pi, size, {"VSPERF": "Y", "WEIGHT": Answer("18", "kg")})
    world.save(pi, dose, {"DODAT": "2026-03-10"})
    for weight in ("25", "26", "18"):
        world.save(pi, size, {"WEIGHT": Answer(weight, "kg")}, AGAIN)
    assert [(act, oid) for act, oid, *_rest in logged(world)] == [(RAISED, "AL_HEAVY"), (ENDED, "AL_HEAVY")]
    assert [(one.alert, one.due) for one in waiting(world)] == [("AL_HEAVY", None)]


@pytest.mark.req("R33")
def test_a_form_entered_under_an_older_version_is_told_of_by_the_version_in_force(database_url: str) -> None:
    world = make_study(database_url, small_book())
    crc, event = world.user("CRC"), Address(world.subject("01"), "SE_LOG", 1, "F_AE", 1)
    world.save(crc, event, {"AETERM": "Quiet"})
    with world.acting() as session:
        studies.publish(session, system(world.clock), alerted_book().version)
    world.save(crc, event, {"AETERM": "Loud"}, AGAIN)
    assert logged(world) == [(RAISED, "AL_LOUD", crc.username, 2)]
    assert [one.due for one in waiting(world)] == [NOON + dt.timedelta(hours=24)]
    world.engines.dispose()
