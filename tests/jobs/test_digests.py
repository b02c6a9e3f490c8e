"""Daily messages: who gets one, once a day, no child in it, by folder or by a mail server that may fail."""

from __future__ import annotations

import contextlib
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from imt_ecrf import config
from imt_ecrf.conduct import digest, queries
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.jobs import digests, mail
from imt_ecrf.store.tables import Event, User
from tests.factories import make_study
from tests.post_office import PostOffice, post, server
from tests.small_study import small_book

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from imt_ecrf.conduct.digest import Letter
    from imt_ecrf.config import Settings
    from tests.factories import World

__all__ = ["post"]  # a fixture


def told(one: Letter | None) -> tuple[int, int, int, int] | None:
    """Give the figures of a message."""
    if one is None:
        return None
    counts = one.counts
    return counts.answer, counts.settle, counts.unanswered, counts.oldest


@contextlib.contextmanager
def ward(folder: Path, **settings: Any) -> Iterator[tuple[World, Settings]]:
    """Give a study with a child whose weight was asked about."""
    made = config.create(folder, "test", public_url="https://ecrf.example.org", **settings)
    world = make_study(made.database_url, small_book())
    address = Address(world.subject("01"), "SE_SCR", 1, "F_VS")
    world.save(world.user("CRC"), address, {"VSPERF": "Y", "WEIGHT": Answer("18.25", "kg")})
    with world.acting() as session:
        queries.ask(session, world.user_in(session, "CRA"), address, "Is 18.25 kg the weight?", "WEIGHT")
    try:
        yield world, made
    finally:
        world.engines.dispose()


def test_without_a_mail_server_each_person_gets_one_file_a_day(tmp_path: Path) -> None:
    with ward(tmp_path / "data") as (world, settings):
        done = [digests.run(settings, world.engines, world.clock) for _ in range(2)]
        world.clock.advance(days=1)
        done.append(digests.run(settings, world.engines, world.clock))
        files = sorted(one.name for one in (tmp_path / "data/outbox").glob("*.eml"))
        with world.looking() as session:
            logged = session.scalars(select(Event.object).where(Event.act == digest.ACT)).all()
    assert [(one.written, one.sent, one.waiting, one.problems) for one in done] == [
        (1, 0, 0, ()), (0, 0, 0, ()), (1, 0, 0, ()),
    ]  # fmt: skip
    assert files == ["2026-03-10-anna.crc.01.eml", "2026-03-11-anna.crc.01.eml"]
    assert logged == ["anna.crc.01/2026-03-10", "anna.crc.01/2026-03-11"]


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "IMT eCRF: 1 query waits for you", "To answer: 1 query."),
        ("ru", "ИМТ eCRF: 1 запрос ждёт внимания", "Нужен ответ: 1 запрос."),
    ],
)
def test_a_message_has_counts_and_links_and_nothing_of_a_child(
    tmp_path: Path, language: str, subject: str, words: str
) -> None:
    with ward(tmp_path / "data") as (world, settings):
        with world.acting() as session:
            session.info["actor"] = world.user_in(session, "CRC").who("")
            session.execute(update(User).where(User.username == "anna.crc.01").values(language=language))
        digests.run(settings, world.engines, world.clock)
    raw = next((tmp_path / "data/outbox").glob("*.eml")).read_bytes()
    found: EmailMessage = message_from_bytes(raw, policy=policy.default)
    text = found.get_body().get_content()  # type: ignore[union-attr]
    assert (found["Subject"], found["To"].addresses[0].addr_spec) == (subject, "anna.crc.01@example.org")
    assert words in text
    assert "https://ecrf.example.org/waiting/query" in text
    assert "https://ecrf.example.org/account" in text
    whole = f"{found}{text}"
    assert [one for one in ("01-001", "18.25", "weight", "WEIGHT", "F_VS", "SE_SCR") if one in whole] == []


def test_answered_queries_go_to_who_asked_and_old_ones_are_counted(tmp_path: Path) -> None:
    with ward(tmp_path / "data") as (world, _settings):
        world.clock.advance(days=20)
        found = {}
        for role in ("CRC", "CRA", "DM", "SPON", "CREAD"):
            actor = world.user(role)
            with world.looking() as session:
                one = digest.letter(session, str(actor.user_id), world.clock)
            found[role] = one and (
                one.counts.answer,
                one.counts.settle,
                one.counts.unanswered,
                one.counts.oldest,
            )
        with world.acting() as session:
            crc = world.user_in(session, "CRC")
            queries.answer(session, crc, queries.list_queries(session, crc)[0].id, "Yes.")
        for role in ("CRC", "CRA", "DM"):
            actor = world.user(role)
            with world.looking() as session:
                one = digest.letter(session, str(actor.user_id), world.clock)
            found[f"{role} then"] = told(one)
    assert found == {
        "CRC": (1, 0, 0, 20), "CRA": (0, 0, 1, 20), "DM": None, "SPON": None, "CREAD": None,
        "CRC then": None, "CRA then": (0, 1, 0, 20), "DM then": (0, 1, 0, 20),
    }  # fmt: skip


def test_who_switched_it_off_gets_none_until_he_switches_it_on(tmp_path: Path) -> None:
    with ward(tmp_path / "data") as (world, settings):
        found = []
        for on in (False, True):
            with world.acting() as session:
                digest.choose(session, world.user_in(session, "CRC"), on=on)
            found.append(digests.run(settings, world.engines, world.clock).written)
    assert found == [0, 1]


def test_the_worker_writes_in_the_morning_of_the_site(tmp_path: Path) -> None:
    with ward(tmp_path / "data") as (world, settings):
        world.clock.advance(hours=14)  # 02:00 UTC, 05:00 in Moscow
        early = digests.run(settings, world.engines, world.clock, hour=digests.MORNING).written
        world.clock.advance(hours=1)
        late = digests.run(settings, world.engines, world.clock, hour=digests.MORNING).written
    assert (early, late) == (0, 1)


def test_a_mail_server_takes_the_message_once_with_the_password_of_its_file(
    tmp_path: Path, post: PostOffice
) -> None:
    with ward(tmp_path / "data", **server(post, tmp_path)) as (world, settings):
        done = [digests.run(settings, world.engines, world.clock) for _ in range(2)]
    assert [(one.written, one.sent, one.waiting) for one in done] == [(1, 1, 0), (0, 0, 0)]
    assert [one["Subject"] for one in post.letters()] == ["IMT eCRF: 1 query waits for you"]
    assert len(post.signed) == 1
    assert [one.name for one in (tmp_path / "data/outbox/sent").iterdir()] == ["2026-03-10-anna.crc.01.eml"]


def test_what_a_server_that_is_down_did_not_take_is_sent_when_it_is_back(
    tmp_path: Path, post: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    with ward(tmp_path / "data", **server(post, tmp_path)) as (world, settings):
        post.auth = "535 wrong"
        refused = digests.run(settings, world.engines, world.clock)
        post.auth = "235 welcome"
        back = digests.run(settings, world.engines, world.clock)
    where = f"127.0.0.1:{post.port}"
    assert (refused.written, refused.sent, refused.waiting, refused.problems) == (
        1, 0, 1, (f"The mail server {where} refused the user or the password (code 535).",),
    )  # fmt: skip
    assert (back.written, back.sent, back.waiting, back.problems) == (0, 1, 0, ())
    assert "river-lamp-77" not in caplog.text


def test_an_address_the_server_refuses_keeps_no_other_message_back(tmp_path: Path, post: PostOffice) -> None:
    with ward(tmp_path / "data", **server(post, tmp_path)) as (world, settings):
        world.user("PI")
        post.refused = {"anna.crc"}
        done = digests.run(settings, world.engines, world.clock)
    assert (done.written, done.sent, done.waiting, len(done.problems)) == (2, 1, 1, 1)


def test_a_password_never_travels_readable_to_another_machine(tmp_path: Path, post: PostOffice) -> None:
    given = server(post, tmp_path, smtp_host="mail.example.org")
    with ward(tmp_path / "data", **given) as (world, settings):
        done = digests.run(settings, world.engines, world.clock)
    assert (done.sent, done.waiting, done.problems) == (0, 1, (mail.READABLE,))


def test_a_run_that_ends_between_file_and_note_writes_the_same_file_again(tmp_path: Path) -> None:
    with ward(tmp_path / "data") as (world, settings):
        actor = world.user("CRC")
        with world.looking() as session:
            one = digest.letter(session, str(actor.user_id), world.clock)
        assert one is not None
        message = digests.compose(settings, one, world.clock.now())
        mail.put(settings, "2026-03-10-anna.crc.01", message)  # and the run ends here
        assert digests.run(settings, world.engines, world.clock).written == 1
        assert len(list((tmp_path / "data/outbox").glob("*.eml"))) == 1


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1 запрос ждёт"), (2, "2 запроса ждут"), (5, "5 запросов ждут"), (11, "11 запросов ждут"),
     (21, "21 запрос ждёт"), (112, "112 запросов ждут")],
)  # fmt: skip
def test_russian_numbers_agree(number: int, said: str) -> None:
    assert said in digests.subject(digest.Counts(answer=number), russian=True)
