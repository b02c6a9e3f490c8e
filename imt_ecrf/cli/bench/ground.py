"""A small study to save into, a 40-item form, and the disk's own speed; measures no program."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from imt_ecrf import store
from imt_ecrf.store.canonical import sha256
from imt_ecrf.store.changes import ItemChange, difference
from imt_ecrf.store.documents import FormRow, Saved, new_form, put
from imt_ecrf.store.tables import Site, StudyVersion, Subject

AT = "2026-03-01T10:00:00.000000Z"
SAVER = store.Who(None, "bench", "Bench", "CRC", "Bench", "cli")
ITEMS = 40
FINGERPRINT = sha256("{}")


@dataclass(frozen=True)
class Ground:
    """A migrated database with one subject."""

    engines: store.Engines
    subject: str

    def form(self, number: int) -> FormRow:
        """Give the blank form with a number."""
        return new_form(self.subject, "01", ("SE_UNS", 1, "F_VS", number), FINGERPRINT)

    def save(self, row: FormRow, changes: tuple[ItemChange, ...]) -> Saved:
        """Do the storage step of one save: its turn, both writes with their guards, the commit."""
        with store.writing(self.engines, SAVER) as session:
            return put(session.connection(), row, changes, SAVER, at=AT)

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        with self.engines.reading.connect() as connection:
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608

    @property
    def url(self) -> str:
        """The address, for another process."""
        return self.engines.writing.url.render_as_string(hide_password=False)


def first_save() -> tuple[ItemChange, ...]:
    """Give the changes of a form filled for the first time."""
    return difference({}, {f"VS_ITEM{number:02d}": {"v": f"{number}.50"} for number in range(ITEMS)})


def edit(row: FormRow) -> tuple[ItemChange, ...]:
    """Give the changes of a save that edits every item, each with its reason."""
    new = {path: {"v": f"{row.version}.{number:02d}"} for number, path in enumerate(sorted(row.document))}
    return difference(row.document, new, {"*": "measured again"})


@contextmanager
def ground(url: str) -> Iterator[Ground]:
    """Make the tables and the subject, give them, close the engines."""
    engines = store.engines(url, pool_size=40)
    try:
        store.migrate(engines)
        yield Ground(engines, _subject(engines))
    finally:
        engines.dispose()


def _subject(engines: store.Engines) -> str:
    with store.writing(engines, SAVER) as session:
        session.add(Site(code="01", name="One", timezone="UTC", created_at=AT, created_by="bench"))
        session.add(
            StudyVersion(
                fingerprint=FINGERPRINT, name="1", document="{}", published_at=AT, published_by="bench"
            )
        )
        session.flush()
        subject = Subject(code="01-001", site="01", number=1, screened_at=AT, screened_by="bench")
        session.add(subject)
        session.flush()
        return subject.id


def fsync_ms(folder: Path, times: int = 101) -> float:
    """Measure how long the disk takes to keep 4 KiB for good (median, milliseconds)."""
    taken = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - start)
    return median(taken) * 1000


def percentile(values: list[float], share: float) -> float:
    """Give the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
