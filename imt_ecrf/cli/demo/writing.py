"""The demo written from nothing: tables, study, people, ranges, then day by day what they do; no terminal."""

from __future__ import annotations

import datetime as dt
from itertools import chain
from typing import TYPE_CHECKING, Final

from imt_ecrf import rooms, store
from imt_ecrf.cli.demo import accounts
from imt_ecrf.cli.demo.act import Stage
from imt_ecrf.cli.demo.children import chosen
from imt_ecrf.cli.demo.course import simulate
from imt_ecrf.cli.demo.diary import diary
from imt_ecrf.cli.demo.people import HOSPITALS, ORGANISATION
from imt_ecrf.cli.demo.ranges import register
from imt_ecrf.conduct import runtime, studies
from imt_ecrf.conduct.actor import SimulatedClock
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.reporting.certificate import make_seal
from imt_ecrf.store.seal import seal_key, seal_log
from imt_ecrf.study.loader import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.cli.demo.tasks import Work
    from imt_ecrf.config import Settings
    from imt_ecrf.study.book import Book

FRIDAY: Final = 4
# the study is opened before the first child: the longest course of the demo lasts 402 days
OPENED_BEFORE: Final = dt.timedelta(days=460)


class StudyHasMistakes(Refused):
    """The draft of the study has mistakes; `imt-ecrf study check` lists them."""

    ru = "В описании исследования есть ошибки; их покажет `imt-ecrf study check`."


def last_day(today: dt.date) -> dt.date:
    """Give the last day of the demo: the Friday before today, so that dates keep their days of the week."""
    return today - dt.timedelta(days=(today.weekday() - FRIDAY) % 7 or 7)


def prepare(settings: Settings, until: dt.date) -> tuple[Stage, Book]:
    """Make tables, study, hospitals, accounts and keys of an installation that is still empty."""
    store.migrate(settings.database_url)
    make_seal(settings.data / "keys", ORGANISATION)
    version, mistakes = load(rooms.forms())
    if mistakes:
        raise StudyHasMistakes
    engines = store.engines(settings.database_url)
    clock = SimulatedClock(dt.datetime.combine(until, dt.time(6), dt.UTC) - OPENED_BEFORE)
    with store.writing(engines) as session:
        accounts.open_hospitals(session, clock)
        passwords = accounts.make_accounts(session, clock)
        studies.publish(session, accounts.somebody(session, clock, "DM"), version)
        book = studies.in_force(session)
        accounts.confirm_guidelines(session, clock, book.fingerprint)
        for hospital in HOSPITALS:
            register(session, clock, hospital.code, book)
    accounts.write_file(settings.data, passwords)
    runtime.know(book)
    return Stage(engines, clock, passwords), book


def works(book: Book, seed: int, until: dt.date, children: int) -> tuple[Work, ...]:
    """Give everything all persons of the demo do, in the order of time."""
    found = (diary(simulate(child, seed, until, book)) for child in chosen(children))
    return tuple(sorted(chain.from_iterable(found), key=lambda work: (work.at, work.child)))


def play(stage: Stage, listed: tuple[Work, ...]) -> Iterator[tuple[int, int]]:
    """Do the works one by one; give after each the number of works done and of children met."""
    for number, work in enumerate(listed, 1):
        stage.perform(work)
        yield number, len(stage.codes)


def seal(settings: Settings, stage: Stage) -> None:
    """Seal the log that was written."""
    key = seal_key(settings.data / "keys")
    anchors = settings.data / "anchors" / "heads.jsonl"
    anchors.parent.mkdir(exist_ok=True)
    seal_log(stage.engines, key, anchors)
