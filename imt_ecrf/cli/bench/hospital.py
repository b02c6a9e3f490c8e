"""The study of forms/ published, with one hospital and its coordinator, for benches that go by acts."""

from typing import TYPE_CHECKING

from imt_ecrf import store
from imt_ecrf.conduct import accounts, entrance, entry, runtime, sites, studies, subjects, training
from imt_ecrf.conduct.actor import ServerClock, system
from imt_ecrf.conduct.views import Address, Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import StudyVersion

CONSENT = {"ICTYPE": "PARENT CONSENT", "ICVERS": "1.0", "ICVERDT": "2025-12-01", "ICDAT": "2026-03-01"}
USER, PASSWORD = "bench", "thrown-away-with-its-folder"


def hospital(
    engines: store.Engines, site: str = "01", more: "Callable[[StudyVersion], StudyVersion] | None" = None
) -> "Book":
    """Publish the study in a migrated database, open a hospital and give it a coordinator (USER).

    `more` adds to the study what a bench needs beside it.
    """
    from imt_ecrf.study.loader import draft_book
    from imt_ecrf.study.publication import publish, read

    book, actor = draft_book(), system(ServerClock())
    if more is not None:
        book = read(publish(more(book.version)))
    runtime.know(book)
    with store.writing(engines) as session:
        studies.publish(session, actor, book.version)
        sites.open_site(session, actor, site, name="First Hospital", timezone="UTC", name_ru="Центр")
        accounts.create_user(
            session, actor, username=USER, name="Bench Runner", email="bench@example.org", password=PASSWORD,
            organisation="First Hospital", demo=True,
        )  # fmt: skip
        accounts.grant(session, actor, USER, "CRC", site)
        person = entrance.actor_named(session, USER)
        if person is not None:
            training.acknowledge(session, person, "CRC", book.fingerprint, read=True)
    return book


def child(session: "Session", person: "Actor", site: str) -> str:
    """Screen a child whose parents have consented, and give its code."""
    code = subjects.screen(session, person, site)
    answers = {item: Answer(text) for item, text in CONSENT.items()}
    entry.save_form(session, person, Address(code, "SE_LOG", 1, "F_IC"), answers, {}, 0)
    return code
