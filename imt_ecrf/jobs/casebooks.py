"""Casebooks as jobs: one, or those of many subjects in one file; taken up again where they stopped."""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from imt_ecrf import store
from imt_ecrf.conduct import runtime, subjects
from imt_ecrf.conduct.entrance import actor_of
from imt_ecrf.exchange import odm, odm_trail
from imt_ecrf.jobs.bundle import make_bundle
from imt_ecrf.jobs.faults import AccountIsClosed, said, traced
from imt_ecrf.jobs.lease import CANCELLED, DONE, FAILED, RUNNING, WAITING, Lease, Stopped, now, take
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.timestamp import service_of
from imt_ecrf.store.queue import StoreIsBusy
from imt_ecrf.store.tables import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.config import Settings
    from imt_ecrf.store import Engines

BULK = "bulk"

logger = logging.getLogger(__name__)


def house_of(engines: Engines, settings: Settings, *, warm: bool = False) -> keep.House:
    """Give the installation as paper needs it, with the data that go into each archived file."""
    demo = settings.kind == "demo"
    service = service_of(settings)
    return keep.House(engines, settings.data, demo, warm, odm.snapshot, service, trail=odm_trail.transactions)


def wish(actor: Actor, subject: str, options: Options) -> str:
    """Write down which casebook somebody wants; the same wish reads the same."""
    wanted = {"options": asdict(options), "subject": subject, "user": actor.user_id}
    return json.dumps(wanted, sort_keys=True)


def ask_casebook(session: Any, actor: Actor, subject: str, options: Options) -> Job:
    """Write down that somebody wants a casebook; an unfinished request for the same one is given again."""
    row = runtime.find_subject(session, actor, subject)
    actor.role_for_act("download_casebook", row.site)
    return _ask(session, actor, keep.KIND, wish(actor, row.code, options), row.id)


def ask_bulk(
    session: Any, actor: Actor, options: Options, *,
    site: str | None = None, chosen: Sequence[str] = (), with_data: bool = False,
) -> Job:  # fmt: skip
    """Ask for the casebooks of all subjects one may see, of a site or of those chosen, in one file.

    A site copy has their data too. NotFound when one of the chosen may not be taken, or nobody is left.
    """
    codes = bulk_codes(session, actor, site, chosen)
    wanted = {"data": with_data, "options": asdict(options), "site": site, "subjects": codes}
    wanted |= {"chosen": True} if chosen else {}
    told = json.dumps(wanted | {"user": actor.user_id}, sort_keys=True)
    return _ask(session, actor, BULK, told, None)


def bulk_codes(session: Any, actor: Actor, site: str | None, chosen: Sequence[str] = ()) -> list[str]:
    """List the subjects whose casebooks one may take: of a site, of all, or those chosen."""
    seen = [one for one in subjects.list_subjects(session, actor) if site in {None, one.site}]
    allowed = [one.code for one in seen if actor.is_system() or actor.may_act("download_casebook", one.site)]
    codes = [code for code in allowed if code in chosen] if chosen else allowed
    if not codes or len(codes) < len(set(chosen)):
        raise NotFound
    return codes


def _ask(session: Any, actor: Actor, kind: str, wanted: str, subject_id: str | None) -> Job:
    unfinished = select(Job).where(Job.wanted == wanted, Job.state.in_((WAITING, RUNNING)))
    job = session.scalars(unfinished).first()
    if job is None:
        job = Job(kind=kind, subject_id=subject_id, wanted=wanted, asked_at=now(), asked_by=actor.username)
        session.info["actor"] = actor.who("")
        session.add(job)
        session.flush()
    return job  # type: ignore[no-any-return]


def cancel(session: Any, actor: Actor, job_id: str) -> None:
    """Take a wish back: what was made so far stays and is found when it is asked for again."""
    job = session.get(Job, job_id)
    if job is None or job.asked_by != actor.username:
        raise NotFound
    if job.state in {WAITING, RUNNING}:
        session.info["actor"] = actor.who("")
        job.state, job.ended_at = CANCELLED, now()
        session.flush()


def make_due(house: keep.House) -> int:
    """Make every casebook that waits, oldest first; give how many were made or failed."""
    done = 0
    while (lease := take(house.engines, house.data)) is not None:
        with lease:
            do(house, lease)
        done += 1
    return done


def do(house: keep.House, lease: Lease) -> None:
    """Make one; whatever goes wrong ends the job with a sentence, but a database that is away."""
    language = "en"
    try:
        kind, wanted, actor = _read(house, lease)
        language = actor.language
        file = (_bulk if kind == BULK else _casebook)(house, actor, lease, wanted)
        lease.note(state=DONE, file_id=file, ended_at=now(), step="", error=None)
    except Stopped:
        return
    except (OperationalError, InterfaceError, StoreIsBusy):
        raise  # it comes back: the job is taken again
    except Exception as fault:  # noqa: BLE001 - told to who waits, and logged without what it quotes
        logger.error("job %s failed: %s", lease.job_id, traced(fault))  # noqa: TRY400
        with contextlib.suppress(Stopped):
            lease.note(state=FAILED, error=said(fault, language)[:500], ended_at=now())


def _read(house: keep.House, lease: Lease) -> tuple[str, dict[str, Any], Actor]:
    with store.reading(house.engines) as session:
        job = session.get_one(Job, lease.job_id)
        wanted = json.loads(job.wanted)
        actor = actor_of(session, wanted["user"])
    if actor is None:
        raise AccountIsClosed
    return job.kind, wanted, actor


def _casebook(house: keep.House, actor: Actor, lease: Lease, wanted: dict[str, Any]) -> str:
    def progress(done: int, total: int, step: str) -> None:
        lease.note(done=done, total=total, step=step)

    options = Options(**wanted["options"])
    return keep.make_and_keep(house, actor, wanted["subject"], options, progress).id


def _bulk(house: keep.House, actor: Actor, lease: Lease, wanted: dict[str, Any]) -> str:
    codes: Sequence[str] = wanted["subjects"]

    def progress(done: int, step: str) -> None:
        lease.note(done=done, total=len(codes), step=step)
        # a casebook somebody waits for at the screen is made before the next of many
        while (other := take(house.engines, house.data, keep.KIND)) is not None:
            with other:
                do(house, other)

    return make_bundle(house, actor, wanted, progress).id
