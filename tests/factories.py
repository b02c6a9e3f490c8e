"""Small studies, people and subjects to test with, made by the same acts as a user's; on either database."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher

from imt_ecrf import store
from imt_ecrf.conduct import (
    accounts,
    entrance,
    entry,
    identity,
    passwords,
    runtime,
    seen,
    sites,
    studies,
    subjects,
    training,
    visits,
)
from imt_ecrf.conduct.actor import Actor, SimulatedClock, system
from imt_ecrf.conduct.views import Address, Answer, FormRecord, Saved
from imt_ecrf.study.gates import gates
from imt_ecrf.study.loader import draft_book
from tests.small_study import ROLES, form, item, section, small_book, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.study.book import Book

__all__ = ["ROLES", "form", "item", "section", "small_book", "words"]  # tests take these from here too

# what a test's password costs to compare is of no interest to it
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
PASSWORD = "quiet-river-2026-lamp"
SITES = ("01", "02")
CONSENT = {"ICTYPE": "PARENT CONSENT", "ICVERS": "1.0", "ICDAT": "2026-03-01", "ICSIGNER": "MOTHER"}
"""The consent a child of the real study begins with."""
SIGNERS = frozenset({"PI", "SUBI", "CPATH", "CREAD", "SAFE"})
HOSPITALS = {"CRC", "SUBI", "PI", "PHARM", "LABM"}
SITE_ROLES = ("CRC", "SUBI", "PI")


@cache
def real_book() -> Book:
    """Give the study of forms/ as publication would give it."""
    return draft_book()


@dataclass
class World:
    """A database with a published study, two sites, and people made when they are first asked for."""

    engines: store.Engines
    book: Book
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(NOON))

    @contextmanager
    def acting(self) -> Iterator[Session]:
        """Give a session for one act."""
        with store.writing(self.engines) as session:
            yield session

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """Give a session to look only."""
        with store.reading(self.engines) as session:
            yield session

    def user(self, role: str, site: str | None = "01") -> Actor:
        """Give somebody with one role, at a site for site roles, at all sites for the others."""
        with self.acting() as session:
            return self.user_in(session, role, site)

    def subject(self, site: str = "01", *, consented: bool = True) -> str:
        """Screen a child and give its code; where the study asks for consent first, the parents gave it."""
        with self.acting() as session:
            crc = self.user_in(session, "CRC", site)
            code = subjects.screen(session, crc, site)
            if consented and gates(self.book).consent:
                entry.save_form(session, crc, Address(code, "SE_LOG", 1, "F_IC"), plain(CONSENT), {}, 0)
        return code

    def user_in(self, session: Session, role: str, site: str | None = "01") -> Actor:
        """Give somebody inside a transaction that has begun."""
        place = site if role in HOSPITALS else None
        username = f"anna.{role.lower()}.{place or 'all'}"
        known = entrance.actor_named(session, username, clock=self.clock, origin="screen")
        if known is None:
            make_user(session, username, role, place, self.clock)
            known = entrance.actor_named(session, username, clock=self.clock, origin="screen")
        assert known is not None
        return known

    def save(
        self,
        actor: Actor,
        address: Address,
        answers: Mapping[str, str | Answer | tuple[str, ...]],
        reasons: Mapping[str, str] | None = None,
        version: int | None = None,
        **more: Any,
    ) -> Saved:
        """Save answers given as plain texts, from the version kept now unless one is named."""
        with self.acting() as session:
            if version is None:
                version = entry.open_form(session, actor, address).version
            return entry.save_form(session, actor, address, plain(answers), reasons or {}, version, **more)

    def open(self, actor: Actor, address: Address) -> FormRecord:
        """Open a form."""
        with self.looking() as session:
            return entry.open_form(session, actor, address)


def plain(answers: Mapping[str, str | Answer | tuple[str, ...]]) -> dict[str, Answer]:
    """Turn plain texts into answers; `12.5 kg` is not split: a unit is given with Answer."""
    return {path: one if isinstance(one, Answer) else Answer(one) for path, one in answers.items()}


def make_study(url: str, book: Book) -> World:
    """Make a migrated database with a published study and two sites."""
    engines = store.engines(url)
    store.migrate(engines)
    world = World(engines, book)
    runtime.know(book)
    actor = system(world.clock)
    with world.acting() as session:
        studies.publish(session, actor, book.version)
        for code in SITES:
            name = {"01": "First Hospital", "02": "Second Hospital"}[code]
            sites.open_site(
                session, actor, code, name=name, timezone="Europe/Moscow", name_ru=f"Центр {code}"
            )
    return world


def make_user(
    session: Session, username: str, role: str, site: str | None, clock: SimulatedClock, *, read: bool = True
) -> str:
    """Make an account with one role that has read its guideline; its password is PASSWORD."""
    actor = system(clock)
    user_id = accounts.create_user(
        session,
        actor,
        username=username,
        name=f"Anna Ivanova-{role.title()}",
        email=f"{username}@example.org",
        password=PASSWORD,
        organisation="First Hospital" if site else "Sponsor",
    )
    accounts.grant(session, actor, username, role, site)
    if role in SIGNERS:
        identified(session, username, clock)
    if read:
        trained(session, username, clock)
    return user_id


def identified(session: Session, username: str, clock: SimulatedClock) -> None:
    """Put somebody's identity check and statement on record, so that forms can be signed."""
    identity.check_identity(session, system(clock), username, "Passport seen", clock.now().date())
    person = entrance.actor_named(session, username, clock=clock)
    assert person is not None
    identity.accept_statement(session, person, PASSWORD)


def trained(session: Session, username: str, clock: SimulatedClock) -> None:
    """Let somebody read and confirm the guideline of each role, where the study asks for it."""
    person = entrance.actor_named(session, username, clock=clock)
    fingerprint = runtime.newest(session)
    if person is None or fingerprint is None:
        return
    for one in training.standings(session, person):
        training.acknowledge(session, person, one.role, fingerprint, read=True)


def make_subject(world: World, site: str = "01", *, consented: bool = True) -> str:
    """Screen a child and give its code."""
    return world.subject(site, consented=consented)


def enrolled(world: World, site: str = "01", *, consented: bool = True) -> str:
    """Give a child that was enrolled without its eligibility form (the small study has none)."""
    from imt_ecrf.conduct import agenda, course  # noqa: PLC0415
    from imt_ecrf.store.tables import Subject, stamp  # noqa: PLC0415

    code = world.subject(site, consented=consented)
    with world.acting() as session:
        actor = world.user_in(session, "PI", site)
        session.info["actor"] = actor.who("PI")
        row = session.query(Subject).filter_by(code=code).one()
        row.enrolled_at, row.enrolled_by = stamp(actor.now()), actor.username
        running = runtime.study(session)
        course.refresh(row, runtime.snapshot(session, actor, running, row), running.book)
        agenda.refresh(session, actor, row)
    return code


def filled_form(world: World, actor: Actor, address: Address, answers: Mapping[str, Any]) -> Saved:
    """Save a form and complete it, every soft check confirmed."""
    saved = world.save(actor, address, answers)
    with world.acting() as session:
        return entry.complete_form(session, actor, address, saved.version, {"*": "seen"})


def looked_at(session: Session, actor: Actor, addresses: Iterable[Address]) -> None:
    """Let somebody open forms as they stand, so that they can be signed."""
    for address in addresses:
        seen.see(session, actor, address, entry.open_form(session, actor, address).version)


def opened(world: World, actor: Actor, subject: str, event: str, repeat: int | None = None) -> int:
    """Open a visit."""
    with world.acting() as session:
        return visits.open_event(session, actor, subject, event, repeat)
