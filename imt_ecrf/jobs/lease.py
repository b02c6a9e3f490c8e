"""Who works on a job: a held file here and a beating stamp for others; knows not what the work is."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from imt_ecrf import store
from imt_ecrf.store import held
from imt_ecrf.store.queue import StoreIsBusy
from imt_ecrf.store.tables import Job, stamp
from imt_ecrf.store.who import SYSTEM

if TYPE_CHECKING:
    from pathlib import Path

    from imt_ecrf.store import Engines

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
CANCELLED = "cancelled"
FOLDER = "leases"
BEAT = 10.0
"""Seconds between two signs of life of a worker."""
LAPSE = dt.timedelta(seconds=60)
"""A worker on another machine that gave no sign of life for so long has lost its job."""
MOST_LOST = 4
"""What has ended its worker so often would end the next one too; `error` counts while the job runs."""

logger = logging.getLogger(__name__)


class Stopped(Exception):  # noqa: N818 - named as what is the case
    """Somebody took the wish back, or another worker took the job over."""


@dataclass
class Lease:
    """A job one works on: its file is held as long as this process lives, its stamp is renewed meanwhile.

    `started_at` of the job is that stamp: only who wrote the last one may write to the job.
    """

    engines: Engines
    job_id: str
    beat: str
    path: Path
    descriptor: int
    reached: int = 0
    """How far the workers before came that lost the job."""
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)
    _ended: threading.Event = field(default_factory=threading.Event, init=False)

    def __enter__(self) -> Self:
        """Begin to give signs of life."""
        threading.Thread(target=self._beating, name="lease", daemon=True).start()
        return self

    def __exit__(self, *_fault: object) -> None:
        """Let go of the job; what was left unfinished is taken again when its stamp lapses."""
        self._ended.set()
        with self._turn:
            held.let_go(self.path, self.descriptor)

    def note(self, **values: Any) -> None:
        """Write what is known of the job; Stopped when it is no longer this worker's."""
        mine = Job.id == self.job_id, Job.state == RUNNING
        with self._turn:
            at = now()
            with store.writing(self.engines, SYSTEM) as session:
                own = update(Job).where(*mine, Job.started_at == self.beat)
                if values.get("done", 0) > self.reached:  # what ended its workers before is overcome
                    values = {"error": None, **values}
                if not session.execute(own.values(started_at=at, **values)).rowcount:  # type: ignore[attr-defined]
                    raise Stopped
            self.beat = at

    def _beating(self) -> None:
        while not self._ended.wait(BEAT):
            try:
                self.note()
            except Stopped:
                return  # the next word of the work itself stops it
            except (SQLAlchemyError, StoreIsBusy, OSError):
                logger.warning("a sign of life could not be written", exc_info=True)


def take(engines: Engines, data: Path, kind: str | None = None) -> Lease | None:
    """Take a job that waits or whose worker is dead, of one kind when it is named; None when there is none.

    Who asked for one subject is served before who asked for many; else the oldest is taken.
    """
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with store.reading(engines) as session:
        wanted = select(Job.id, Job.kind).where(Job.state.in_((WAITING, RUNNING)))
        rows = session.execute(wanted.order_by(Job.subject_id.is_(None), Job.asked_at)).all()
    unfinished = [job_id for job_id, _kind in rows]
    for job_id, its_kind in rows:
        if kind not in {None, its_kind}:
            continue
        lease = _taken(engines, folder / f"{job_id}.lease", job_id)
        if lease is not None:
            return lease
    for path in folder.glob("*.lease"):  # of a worker that was killed between its last word and this
        if path.stem not in unfinished:
            held.sweep(folder, path.name)
    return None


def _taken(engines: Engines, path: Path, job_id: str) -> Lease | None:
    """Take a job when it is free; its file is held before others can read that it is taken."""
    was_here = path.exists()
    descriptor = held.hold(path)
    if descriptor is None:
        return None  # its worker lives
    claimed = _claimed(engines, job_id, was_here=was_here)
    if claimed is None:
        held.let_go(path, descriptor)
        return None
    beat, reached = claimed
    return Lease(engines, job_id, beat, path, descriptor, reached)


def _claimed(engines: Engines, job_id: str, *, was_here: bool) -> tuple[str, int] | None:
    """Claim a job that is free; give the stamp it is held by, and how far it had come."""
    with store.writing(engines, SYSTEM) as session:
        wanted = select(Job).where(Job.id == job_id, Job.state.in_((WAITING, RUNNING)))
        job = session.scalars(wanted.with_for_update(skip_locked=True)).first()
        if job is None:
            return None
        late = stamp(dt.datetime.now(dt.UTC) - LAPSE)
        if job.state == RUNNING and not was_here and (job.started_at or "") > late:
            return None
        lost = int(job.error or 0) + 1 if job.state == RUNNING else 0
        if lost > MOST_LOST:
            job.state, job.ended_at, job.error = FAILED, now(), f"Its worker was lost {lost} times."
            return None
        job.state, job.started_at, job.error = RUNNING, now(), str(lost) if lost else None
        session.flush()
        return job.started_at, job.done


def now() -> str:
    """Give the time as the stamps of jobs have it."""
    return stamp(dt.datetime.now(dt.UTC))
