"""The study of forms/ published, with one hospital and its coordinator, for benches that go by acts."""

from typing import TYPE_CHECKING

from imt_ecrf import store
from imt_ecrf.conduct import accounts, runtime, sites, studies
from imt_ecrf.conduct.actor import ServerClock, system

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book

USER, PASSWORD = "bench", "thrown-away-with-its-folder"


def hospital(engines: store.Engines, site: str = "01") -> "Book":
    """Publish the study in a migrated database, open a hospital and give it a coordinator (USER)."""
    from imt_ecrf.study.loader import draft_book

    book, actor = draft_book(), system(ServerClock())
    runtime.know(book)
    with store.writing(engines) as session:
        studies.publish(session, actor, book.version)
        sites.open_site(session, actor, site, name="First Hospital", timezone="UTC", name_ru="Центр")
        accounts.create_user(
            session, actor, username=USER, name="Bench Runner", email="bench@example.org", password=PASSWORD,
            organisation="First Hospital", demo=True,
        )  # fmt: skip
        accounts.grant(session, actor, USER, "CRC", site)
    return book
