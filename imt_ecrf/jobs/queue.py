"""The queue on Huey: wakes the workers and runs what is due; a lost or doubled call is harmless."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

from huey import PostgresHuey, SqliteHuey
from huey.consumer import Consumer
from sqlalchemy import create_engine

from imt_ecrf import store
from imt_ecrf.conduct import nightly
from imt_ecrf.jobs import alerting, digests
from imt_ecrf.jobs.casebooks import house_of, make_due
from imt_ecrf.jobs.printing import print_due
from imt_ecrf.reporting.parts import FOLDER, PartStore
from imt_ecrf.reporting.render import end_waiting
from imt_ecrf.store import sealing

if TYPE_CHECKING:
    from collections.abc import Callable

    from huey.api import Huey

    from imt_ecrf.config import Settings

QUEUE = "imt-ecrf"
TABLES = ("huey_kv", "huey_schedule", "huey_task", "huey_counter")
LOOK_AGAIN = 20
NIGHT_AFTER = 30
"""So many looks lie between two questions whether a site's day has changed."""
COOL_AFTER = 600
"""Seconds without work after which the waiting press is ended."""


class Worker(Consumer):  # type: ignore[misc]  # Huey is not typed
    """Huey's workers, and what runs beside them, begun only after the fork: no lock is copied."""

    def __init__(self, huey: Huey, beside: Callable[[], None], **options: Any) -> None:
        super().__init__(huey, **options)
        self._beside = beside

    def start(self) -> None:
        """Fork the workers, then begin what runs beside them."""
        super().start()
        self._beside()


def queue(settings: Settings) -> Huey:
    """Open the queue of an installation: a file of its own beside SQLite, the same server on PostgreSQL."""
    if settings.on_sqlite:
        return SqliteHuey(QUEUE, filename=str(settings.data / "jobs.sqlite3"))
    # its tables were made by the owner of the database (prepare): the application may not make any
    return PostgresHuey(QUEUE, dsn=_dsn(settings.database_url), create_tables=False)


def prepare(owner_url: str, application: str | None = None) -> None:
    """Make the queue's tables on PostgreSQL as their owner, and let the application use them."""
    if not owner_url.startswith("postgresql"):
        return
    PostgresHuey(QUEUE, dsn=_dsn(owner_url)).storage.close()
    if application is None:
        return
    owner = create_engine(owner_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with owner.begin() as connection:
        role = connection.dialect.identifier_preparer.quote(application)
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(TABLES)} TO {role}")
        connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
    owner.dispose()


def _dsn(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql", 1)


def wake(settings: Settings) -> None:
    """Tell the workers that something waits; when this gets lost they look by themselves."""
    huey = queue(settings)
    try:
        _tasks(huey, settings)["look"]()
    finally:
        huey.storage.close()


def _tasks(huey: Huey, settings: Settings) -> dict[str, Any]:
    used = [time.monotonic()]

    def look() -> int:
        house = house_of(store.engines(settings.database_url), settings, warm=True)
        try:
            done = make_due(house) + print_due(house)
        finally:
            house.engines.dispose()
        if done:
            used[0] = time.monotonic()
        elif time.monotonic() - used[0] > COOL_AFTER:
            end_waiting()
        return done

    def night() -> int:
        engines = store.engines(settings.database_url)
        PartStore(settings.data / FOLDER).prune()
        try:
            done = len(nightly.run(engines))
            digests.run(settings, engines, hour=digests.MORNING)
            return done
        finally:
            engines.dispose()

    return {"look": huey.task(name="look")(look), "night": huey.task(name="night")(night), "huey": huey}


def work(settings: Settings) -> None:
    """Work until a signal asks to stop: on each call, and by itself every few seconds."""
    import threading  # noqa: PLC0415

    huey = queue(settings)
    tasks = _tasks(huey, settings)
    stop = threading.Event()

    def again() -> None:
        for turn in itertools.count():
            tasks["look"]()  # at once: what a killed worker left waits for nobody
            if turn % NIGHT_AFTER == 0:
                tasks["night"]()
            if stop.wait(LOOK_AGAIN):
                return

    engines = store.engines(settings.database_url)
    ends = [stop.set, engines.dispose]

    def beside() -> None:
        threading.Thread(target=again, daemon=True).start()
        ends[1:1] = [alerting.start(settings, engines), sealing.start(engines, settings.data)]

    try:
        Worker(huey, beside, workers=1, worker_type="process", initial_delay=0.1, max_delay=1.0).run()
    finally:
        for end in ends:
            end()
