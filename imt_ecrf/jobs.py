"""Long work on Huey: a job looks up what is due in the database and does it; a lost one is harmless."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from huey import PostgresHuey, SqliteHuey
from sqlalchemy import create_engine, select, update

from imt_ecrf import store
from imt_ecrf.conduct import nightly, runtime
from imt_ecrf.conduct.entrance import actor_of
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.render import PrintingFailed
from imt_ecrf.store import sealing
from imt_ecrf.store.tables import Job, stamp
from imt_ecrf.store.who import SYSTEM

if TYPE_CHECKING:
    from huey.api import Huey

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.config import Settings
    from imt_ecrf.store import Engines

QUEUE = "imt-ecrf"
TABLES = ("huey_kv", "huey_schedule", "huey_task", "huey_counter")
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
LOOK_AGAIN = 20
NIGHT_AFTER = 30
"""So many looks lie between two questions whether a site's day has changed."""
STALE = dt.timedelta(minutes=30)

logger = logging.getLogger(__name__)


def wish(actor: Actor, subject: str, options: Options) -> str:
    """Write down which casebook somebody wants; the same wish reads the same."""
    wanted = {"options": asdict(options), "subject": subject, "user": actor.user_id}
    return json.dumps(wanted, sort_keys=True)


def ask_casebook(session: Any, actor: Actor, subject: str, options: Options) -> Job:
    """Write down that somebody wants a casebook; an unfinished request for the same one is given again."""
    row = runtime.find_subject(session, actor, subject)
    actor.role_for_act("download_casebook", row.site)
    wanted = wish(actor, row.code, options)
    unfinished = select(Job).where(Job.wanted == wanted, Job.state.in_((WAITING, RUNNING)))
    job = session.scalars(unfinished).first()
    if job is None:
        job = Job(kind=keep.KIND, subject_id=row.id, wanted=wanted, asked_at=_now(), asked_by=actor.username)
        session.info["actor"] = actor.who("")
        session.add(job)
        session.flush()
    return job  # type: ignore[no-any-return]


def make_due(house: keep.House) -> int:
    """Make every casebook that waits, oldest first; give how many were made or failed."""
    done = 0
    while (job_id := _take(house.engines)) is not None:
        _casebook(house, job_id)
        done += 1
    return done


def _take(engines: Engines) -> str | None:
    with store.writing(engines, SYSTEM) as session:
        late = stamp(dt.datetime.now(dt.UTC) - STALE)
        due = (Job.state == WAITING) | ((Job.state == RUNNING) & (Job.started_at < late))
        wanted = select(Job).where(due).order_by(Job.asked_at).limit(1)
        job = session.scalars(wanted.with_for_update(skip_locked=True)).first()
        if job is None:
            return None
        job.state, job.started_at, job.error = RUNNING, _now(), None
        session.flush()
        return job.id


def _casebook(house: keep.House, job_id: str) -> None:
    with store.reading(house.engines) as session:
        job = session.get_one(Job, job_id)
        wanted = json.loads(job.wanted)
        actor = actor_of(session, wanted["user"])

    def progress(done: int, total: int, step: str) -> None:
        _note(house.engines, job_id, done=done, total=total, step=step)

    if actor is None:
        _note(house.engines, job_id, state=FAILED, error="The account is closed.", ended_at=_now())
        return
    try:
        file = keep.make_and_keep(house, actor, wanted["subject"], Options(**wanted["options"]), progress)
    except (Refused, PrintingFailed, OSError) as fault:
        said = fault.text(actor.language) if isinstance(fault, Refused) else str(fault)
        logger.warning("casebook %s failed: %s", wanted["subject"], said)
        _note(house.engines, job_id, state=FAILED, error=said[:500], ended_at=_now())
        return
    _note(house.engines, job_id, state=DONE, file_id=file.id, ended_at=_now(), step="")


def _note(engines: Engines, job_id: str, **values: Any) -> None:
    with store.writing(engines, SYSTEM) as session:
        session.execute(update(Job).where(Job.id == job_id).values(values))


def _now() -> str:
    return stamp(dt.datetime.now(dt.UTC))


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
    def look() -> int:
        house = keep.House(store.engines(settings.database_url), settings.data, settings.kind == "demo")
        try:
            return make_due(house)
        finally:
            house.engines.dispose()

    def night() -> int:
        engines = store.engines(settings.database_url)
        try:
            return len(nightly.run(engines))
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
            if turn % NIGHT_AFTER == 0:
                tasks["night"]()
            if stop.wait(LOOK_AGAIN):
                return
            tasks["look"]()

    threading.Thread(target=again, daemon=True).start()
    consumer = huey.create_consumer(workers=1, worker_type="process", initial_delay=0.1, max_delay=1.0)
    engines = store.engines(settings.database_url)
    stop_sealing = sealing.start(engines, settings.data)
    try:
        consumer.run()
    finally:
        stop.set()
        stop_sealing()
        engines.dispose()
