"""Alerts go out at once, to who holds the roles there, once, with nothing of a child; servers may fail."""

from __future__ import annotations

import datetime as dt
import threading
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from imt_ecrf import config
from imt_ecrf.conduct import accounts, alert_letters, sites
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.alert_letters import HANDED, WRITTEN
from imt_ecrf.conduct.alerts import RAISED
from imt_ecrf.conduct.views import Address
from imt_ecrf.jobs import alerting, mail
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Event, User
from tests.alerted import alerted_book
from tests.children import at, treated
from tests.factories import World, make_study, make_user, real_book
from tests.post_office import PostOffice, post, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from imt_ecrf.config import Settings

__all__ = ["post"]  # a fixture

AWARE = dt.datetime(2026, 3, 20, 13, 50, tzinfo=dt.UTC)  # 23:50 in Vladivostok, UTC+10
URL = "https://ecrf.example.org"
AGAIN = {"*": "Read again"}
TOLD = ["anna.medmon.all", "anna.pi.01", "anna.safe.all"]


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Give the small study with alerts, and those who are told."""
    made = make_study(database_url, alerted_book())
    for role, site in (("PI", "01"), ("PI", "02"), ("SAFE", "01"), ("MEDMON", "01"), ("CRA", "01")):
        made.user(role, site)
    yield made
    made.engines.dispose()


def house(folder: Path, **settings: Any) -> Settings:
    """Give the settings of an installation."""
    return config.create(folder / "data", "test", public_url=URL, **settings)


def loud(world: World, term: str = "Loud") -> None:
    """Write down an event of a child that is told at once, unless it is another one."""
    known = Address("01-001", "SE_LOG", 1, "F_AE", 1)
    world.save(world.user("CRC"), known, {"AETERM": term}, AGAIN)


@pytest.fixture
def child(world: World) -> str:
    """Give a child with an event that nobody has to be told of."""
    code = world.subject("01")
    loud(world, "Quiet")
    return code


def logged(world: World, *acts: str) -> list[tuple[str, str, str]]:
    """List what the log says of the messages: what, to whom, with which outcome."""
    wanted = select(Event.act, Event.details, Event.outcome).where(Event.act.in_(acts)).order_by(Event.seq)
    with world.looking() as session:
        rows = session.execute(wanted).all()
    return [(row.act, loads(row.details).get("to", ""), row.outcome) for row in rows]


def letters(folder: Path) -> list[EmailMessage]:
    """Read the messages that lie in a folder."""
    files = sorted(folder.glob("alert-*.eml"))
    return [message_from_bytes(one.read_bytes(), policy=policy.default) for one in files]


def text_of(letter: EmailMessage) -> str:
    """Give what a message says."""
    return str(letter.get_body().get_content())  # type: ignore[union-attr]


@pytest.mark.req("R33")
def test_an_event_serious_at_23_50_of_a_site_ten_hours_east_is_told_with_24_hours_from_then(
    sqlite_url: str, tmp_path: Path
) -> None:
    world, settings = make_study(sqlite_url, real_book()), house(tmp_path)
    with world.acting() as session:
        name = {"name": "Far East Hospital", "name_ru": "Больница Дальнего Востока"}
        sites.open_site(session, system(world.clock), "03", timezone="Asia/Vladivostok", **name)
    child = world.subject("03")
    treated(world, child)
    people = [world.user(role, "03") for role in ("PI", "SAFE", "MEDMON", "SUBI")]
    world.clock.set(AWARE)
    event = {"AETERM": "Pneumonia", "AESTDAT": "2026-03-19", "AETOXGR": "3", "AESER": "Y", "AESHOSP": "Y"}
    world.save(world.user("CRC", "03"), at(child, "SE_LOG", "F_AE"), event)
    with world.looking() as session:
        (raised,) = alert_letters.waiting(session)
    assert (raised.at, raised.due) == (AWARE, AWARE + dt.timedelta(hours=24))
    world.clock.advance(seconds=10)
    assert alerting.run(settings, world.engines, world.clock).written == 3
    assert alerting.run(settings, world.engines, world.clock).written == 0
    found = letters(tmp_path / "data/outbox")
    to = {one["To"].addresses[0].addr_spec for one in found}
    assert to == {one.email for one in people[:3]}
    local, utc = "2026-03-21 23:50", "2026-03-21 13:50 UTC"
    assert {one["Subject"] for one in found} == {f"IMT eCRF: urgent at site 03, report by {local}"}
    for one in found:
        told = text_of(one)
        assert f"To be reported by: {local} by the clock of the site (Asia/Vladivostok), {utc}." in told
        assert f"{URL}/alerts/{raised.id}" in told
        of_the_child = ("Pneumonia", child, "AESER", "F_AE", "serious")
        assert [word for word in of_the_child if word.lower() in f"{one}{told}".lower()] == []
    names = sorted(one.username for one in people[:3])
    assert logged(world, RAISED, WRITTEN) == [(RAISED, "", "done"), *((WRITTEN, to, "done") for to in names)]
    world.engines.dispose()


@pytest.mark.req("R33")
def test_who_holds_the_role_at_that_site_now_is_told_in_his_language(
    world: World, child: str, tmp_path: Path
) -> None:
    settings = house(tmp_path)
    with world.acting() as session:
        made = make_user(session, "boris.pi", "PI", "01", world.clock)
        session.execute(update(User).where(User.id == made).values(language="ru"))
        make_user(session, "clara.pi", "PI", "01", world.clock)
    world.clock.advance(days=1)
    with world.acting() as session:
        accounts.revoke(session, system(world.clock), *_membership(session, "clara.pi"))
    world.clock.advance(hours=1)
    loud(world)
    assert child == "01-001"
    assert alerting.run(settings, world.engines, world.clock).written == 4
    assert [to for _act, to, _outcome in logged(world, WRITTEN)] == sorted([*TOLD, "boris.pi"])
    russian = next(one for one in letters(tmp_path / "data/outbox") if one["Content-Language"] == "ru")
    assert russian["Subject"] == "ИМТ eCRF: срочно, центр 01, сообщить до 2026-03-12 16:00"
    assert "Сообщить до: 2026-03-12 16:00 по времени центра (Europe/Moscow), 2026-03-12 13:00 UTC" in text_of(
        russian
    )


def _membership(session: Any, username: str) -> tuple[str, str]:
    from imt_ecrf.store.tables import Membership  # noqa: PLC0415

    wanted = select(Membership.id).join(User, User.id == Membership.user_id).where(User.username == username)
    return str(session.scalar(wanted)), "Left the hospital"


@pytest.mark.req("R33")
def test_what_became_so_again_is_told_again_and_a_save_that_changes_nothing_of_it_is_not(
    world: World, child: str, tmp_path: Path
) -> None:
    settings, written = house(tmp_path), []
    for term in ("Loud", "Loud", "Quiet", "Loud"):
        loud(world, term)
        written.append(alerting.run(settings, world.engines, world.clock).written)
    assert (written, child) == ([3, 0, 0, 3], "01-001")


@pytest.mark.req("R33")
def test_an_alert_for_which_there_is_nobody_waits_until_there_is(
    world: World, child: str, tmp_path: Path
) -> None:
    settings = house(tmp_path)
    with world.acting() as session:
        session.info["actor"] = system(world.clock).who("SYSTEM")
        session.execute(update(User).values(email=""))
    loud(world)
    done = alerting.run(settings, world.engines, world.clock)
    late = world.clock.now() + dt.timedelta(minutes=1)
    assert (done.written, done.unheard, alerting.unheard(world.engines, late)) == (0, 1, 1)
    with world.acting() as session:
        session.info["actor"] = system(world.clock).who("SYSTEM")
        session.execute(update(User).where(User.username == "anna.pi.01").values(email="pi@example.org"))
        session.execute(update(User).where(User.username == "anna.safe.all").values(email="no address"))
    assert alerting.run(settings, world.engines, world.clock).written == 1
    assert logged(world, WRITTEN) == [(WRITTEN, "anna.pi.01", "done"), (WRITTEN, "anna.safe.all", "refused")]
    assert (alerting.unheard(world.engines, late), child) == (0, "01-001")


@pytest.mark.req("R33")
def test_a_server_that_is_down_gets_it_when_it_is_back_and_once(
    world: World, child: str, tmp_path: Path, post: PostOffice
) -> None:
    settings = house(tmp_path, **server(post, tmp_path))
    loud(world)
    post.auth = "535 wrong"
    down = alerting.run(settings, world.engines, world.clock)
    silent = alerting.run(settings, world.engines, world.clock, again=False)
    assert (down.written, down.waiting, len(down.problems)) == (3, 3, 1)
    assert (silent.waiting, silent.problems, logged(world, HANDED)) == (3, (), [])
    post.auth = "235 welcome"
    for _ in range(2):
        back = alerting.run(settings, world.engines, world.clock)
    assert (back.waiting, len(post.letters()), child) == (0, 3, "01-001")
    assert logged(world, HANDED) == [(HANDED, to, "done") for to in TOLD]


@pytest.mark.req("R33")
def test_a_run_that_died_before_it_could_note_anything_sends_nothing_twice(
    world: World, child: str, tmp_path: Path, post: PostOffice
) -> None:
    settings = house(tmp_path, **server(post, tmp_path))
    loud(world)
    with world.looking() as session:
        (one,) = alert_letters.waiting(session)
        people = alert_letters.recipients(session, one, world.clock.now(), {"PI", "SAFE", "MEDMON"})
    for to in people:  # and the run dies
        message = alerting.compose(settings, one, to, world.clock.now())
        mail.put(settings, f"{alerting.NAME}{one.id}-{to.username}", message)
    mail.hand_over(settings)
    assert len(post.letters()) == 3
    assert alerting.run(settings, world.engines, world.clock).written == 3
    assert (len(post.letters()), child) == (3, "01-001")
    assert [to for _act, to, _outcome in logged(world, HANDED)] == TOLD


@pytest.mark.req("R33")
def test_two_programs_at_once_write_each_message_once(world: World, child: str, tmp_path: Path) -> None:
    settings = house(tmp_path)
    loud(world)
    begin = threading.Barrier(3)

    def go() -> None:
        begin.wait()
        alerting.run(settings, world.engines, world.clock)

    workers = [threading.Thread(target=go) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert ([to for _act, to, _outcome in logged(world, WRITTEN)], child) == (TOLD, "01-001")
    assert len(letters(tmp_path / "data/outbox")) == 3


def test_the_worker_looks_by_itself_until_it_is_stopped(world: World, child: str, tmp_path: Path) -> None:
    settings = house(tmp_path)
    loud(world)
    stop = alerting.start(settings, world.engines, every=0.01)
    done = threading.Event()
    for _ in range(1000):
        if len(letters(tmp_path / "data/outbox")) == 3 or done.wait(0.02):
            break
    stop()
    assert ([to for _act, to, _outcome in logged(world, WRITTEN)], child) == (TOLD, "01-001")


@pytest.mark.req("R33")
def test_an_alert_that_cannot_be_written_waits_and_is_named_in_the_log(
    world: World, child: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = house(tmp_path)
    loud(world)
    (tmp_path / "data/outbox").write_text("a file where the folder should be", encoding="utf-8")
    failed = alerting.run(settings, world.engines, world.clock)
    (tmp_path / "data/outbox").unlink()
    back = alerting.run(settings, world.engines, world.clock)
    assert (failed.written, failed.unheard, back.written, child) == (0, 1, 3, "01-001")
    assert "could not be written" in caplog.text
    assert logged(world, WRITTEN) == [(WRITTEN, to, "done") for to in TOLD]
