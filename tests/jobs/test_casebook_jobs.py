"""A casebook asked for is made once by whoever looks first; a failure is said, a lost job is found again."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from imt_ecrf import config, jobs, store
from imt_ecrf.conduct.actor import system
from imt_ecrf.jobs import casebooks, lease
from imt_ecrf.jobs.bundle import FOLDER, make_bundle
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.certificate import make_seal
from imt_ecrf.reporting.copy import html
from imt_ecrf.reporting.gather import gather
from imt_ecrf.reporting.options import Options
from imt_ecrf.store.data import FormData
from imt_ecrf.store.tables import Job, StoredFile, stamp
from imt_ecrf.store.who import SYSTEM
from tests.factories import World, make_study, make_subject, real_book
from tests.reporting.conftest import fill_child

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Give the real study on each database."""
    made = make_study(database_url, real_book())
    yield made
    made.engines.dispose()


@pytest.fixture
def house(world: World, tmp_path: Path) -> keep.House:
    """Give an installation with a seal."""
    found = keep.House(world.engines, tmp_path)
    make_seal(found.keys, "Test hospital")
    return found


def ask(world: World, subject: str) -> str:
    """Ask for a casebook as sponsor and give the job's id."""
    sponsor = world.user("SPON", None)
    with world.acting() as session:
        return jobs.ask_casebook(session, sponsor, subject, Options()).id


def job(world: World, job_id: str) -> Job:
    """Give a job as it is now."""
    with world.looking() as session:
        found = session.get_one(Job, job_id)
        session.expunge(found)
        return found


def test_a_waiting_casebook_is_made_and_its_file_kept(world: World, house: keep.House) -> None:
    job_id = ask(world, make_subject(world))
    assert jobs.make_due(house) == 1
    done = job(world, job_id)
    assert (done.state, done.error) == ("done", None)
    with world.looking() as session:
        file = session.scalars(select(StoredFile)).one()
        assert (file.id, (house.data / file.path).stat().st_size) == (done.file_id, file.size)


def test_asking_twice_makes_one_job(world: World, house: keep.House) -> None:
    subject = make_subject(world)
    assert ask(world, subject) == ask(world, subject)
    assert jobs.make_due(house) == 1
    assert jobs.make_due(house) == 0


def test_a_casebook_that_cannot_be_sealed_says_so(world: World, tmp_path: Path) -> None:
    job_id = ask(world, make_subject(world))
    jobs.make_due(keep.House(world.engines, tmp_path / "no-keys"))
    failed = job(world, job_id)
    assert failed.state == "failed"
    assert "certificate" in (failed.error or "")


def test_a_job_whose_worker_died_is_taken_up_again(world: World, house: keep.House) -> None:
    job_id = ask(world, make_subject(world))
    long_ago = stamp(dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))
    with store.writing(world.engines, SYSTEM) as session:
        session.execute(update(Job).where(Job.id == job_id).values(state="running", started_at=long_ago))
    assert jobs.make_due(house) == 1
    assert job(world, job_id).state == "done"


WORKER = """
import sys
from pathlib import Path
from imt_ecrf import jobs, store
from imt_ecrf.reporting.keep import House
jobs.make_due(House(store.engines(sys.argv[1]), Path(sys.argv[2])))
"""
PATIENCE = 120.0


def worker_in(world: World, house: keep.House, job_id: str, step: int = 0) -> subprocess.Popen[bytes]:
    """Start a worker process and wait until it has done so many steps of a job."""
    url = world.engines.writing.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, "-c", WORKER, url, str(house.data)])
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        now = job(world, job_id)
        if now.state == "running" and now.done >= step and (now.total or not step):
            return process
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise AssertionError("the worker took no job")


def halves(house: keep.House) -> list[str]:
    """Name what was begun and not finished in the folder of the installation."""
    return [path.name for path in house.data.rglob("*") if path.suffix in {".half", ".lease"}]


def test_a_job_whose_worker_is_killed_is_taken_at_once_by_the_next_and_leaves_nothing_half(
    world: World, house: keep.House
) -> None:
    fill_child(world)
    job_id = ask(world, "01-001")
    worker = worker_in(world, house, job_id)
    assert jobs.make_due(house) == 0  # another one works on it
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert job(world, job_id).state == "running"
    assert jobs.make_due(house) == 1
    done = job(world, job_id)
    assert (done.state, done.error, halves(house)) == ("done", None, [])
    with world.looking() as session:
        assert [file.id for file in session.scalars(select(StoredFile))] == [done.file_id]


def test_a_bundle_whose_worker_is_killed_goes_on_with_the_casebooks_made_before(
    world: World, house: keep.House
) -> None:
    make_subject(world)
    make_subject(world)
    investigator = world.user("PI")
    with world.acting() as session:
        job_id = jobs.ask_bulk(session, investigator, Options(), site="01", with_data=True).id
    worker = worker_in(world, house, job_id, step=1)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with world.looking() as session:
        first = set(session.scalars(select(StoredFile.id)))
    assert jobs.make_due(house) == 1
    assert (job(world, job_id).state, halves(house)) == ("done", [])
    with world.looking() as session:
        kinds = [file.kind for file in session.scalars(select(StoredFile))]
        assert (len(first) > 0, first <= set(session.scalars(select(StoredFile.id)))) == (True, True)
    assert sorted(kinds) == ["bulk", "casebook", "casebook"]


def running(world: World, job_id: str, since: dt.timedelta, error: str | None = None) -> None:
    """Make a job one of a worker that gave its last sign of life so long ago."""
    at = stamp(dt.datetime.now(dt.UTC) - since)
    with store.writing(world.engines, SYSTEM) as session:
        values = {"state": "running", "started_at": at, "error": error}
        session.execute(update(Job).where(Job.id == job_id).values(values))


def test_a_job_of_another_machine_is_left_alone_until_its_worker_gives_no_sign_of_life(
    world: World, house: keep.House
) -> None:
    job_id = ask(world, make_subject(world))
    running(world, job_id, lease.LAPSE / 2)
    assert jobs.make_due(house) == 0
    running(world, job_id, lease.LAPSE * 1.1)
    assert jobs.make_due(house) == 1


def test_a_fault_nobody_foresaw_ends_the_job_with_a_sentence_and_quotes_no_data(
    world: World, house: keep.House, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = ask(world, make_subject(world))

    def broken(*_given: object) -> bytes:
        raise ValueError("Anna Petrova, 2014-03-02")

    assert jobs.make_due(replace(house, source=broken)) == 1
    failed = job(world, job_id)
    assert (failed.state, halves(house)) == ("failed", [])
    assert re.fullmatch(
        "It could not be made because of a fault in the program; tell who runs it: "
        r"ValueError, test_casebook_jobs\.py \d+",
        failed.error or "",
    )
    assert "ValueError\n" in caplog.text
    assert "in broken" in caplog.text
    assert "Petrova" not in caplog.text


def test_a_wish_that_cannot_be_read_ends_the_job(world: World, house: keep.House) -> None:
    job_id = ask(world, make_subject(world))
    for broken in ("{half", "{}"):
        with store.writing(world.engines, SYSTEM) as session:
            session.execute(update(Job).where(Job.id == job_id).values(state="waiting", wanted=broken))
        assert jobs.make_due(house) == 1
        assert job(world, job_id).state == "failed"


def test_a_form_whose_data_the_program_stumbles_over_is_named(world: World, house: keep.House) -> None:
    fill_child(world)
    job_id = ask(world, "01-001")
    with store.writing(world.engines, SYSTEM) as session:
        spoilt = update(FormData).where(FormData.form == "F_LBC")
        session.execute(spoilt.values(item_state="[1]"))
    assert jobs.make_due(house) == 1
    failed = job(world, job_id)
    assert failed.state == "failed"
    assert "Screening › " in (failed.error or "")
    assert re.search(r"\(F_LBC\.1, \w+Error\)\.$", failed.error or "")


def test_who_lost_a_job_may_write_to_it_no_more(world: World, house: keep.House) -> None:
    job_id = ask(world, make_subject(world))
    own = lease.take(world.engines, house.data)
    assert own is not None
    own.note(done=1)
    running(world, job_id, dt.timedelta(0))  # taken over by another
    with pytest.raises(lease.Stopped):
        own.note(done=2)
    assert job(world, job_id).done == 1


def test_a_worker_gives_signs_of_life_while_it_works(
    world: World, house: keep.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(world, make_subject(world))
    monkeypatch.setattr(lease, "BEAT", 0.05)
    own = lease.take(world.engines, house.data)
    assert own is not None
    before, until = job(world, job_id).started_at, time.monotonic() + PATIENCE
    with own:
        while job(world, job_id).started_at == before and time.monotonic() < until:
            time.sleep(0.02)
    assert (job(world, job_id).started_at or "") > (before or "")
    assert halves(house) == []


def test_a_job_that_ends_one_worker_after_the_other_fails(world: World, house: keep.House) -> None:
    job_id = ask(world, make_subject(world))
    running(world, job_id, dt.timedelta(hours=1), str(lease.MOST_LOST))
    assert jobs.make_due(house) == 0
    failed = job(world, job_id)
    assert (failed.state, failed.error) == ("failed", "Its worker was lost 5 times.")


def test_workers_lost_before_are_forgotten_once_a_job_comes_further_than_they_did(
    world: World, house: keep.House
) -> None:
    job_id = ask(world, make_subject(world))
    running(world, job_id, dt.timedelta(hours=1), "2")
    with store.writing(world.engines, SYSTEM) as session:
        session.execute(update(Job).where(Job.id == job_id).values(done=3))
    taken = lease.take(house.engines, house.data)
    assert taken is not None
    with taken:
        counts = []
        for done in (0, 3, 4):
            taken.note(done=done)
            counts.append(job(world, job_id).error)
    assert counts == ["3", "3", None]


def test_a_casebook_at_the_screen_is_made_before_those_of_a_site_asked_for_earlier(
    world: World, house: keep.House
) -> None:
    code, sponsor = make_subject(world), world.user("SPON", None)
    with world.acting() as session:
        jobs.ask_bulk(session, sponsor, Options(), site="01")
    first = ask(world, code)
    taken = lease.take(house.engines, house.data)
    assert taken is not None
    with taken:
        assert taken.job_id == first


def test_a_casebook_asked_for_while_those_of_a_site_are_made_is_made_between_two_of_them(
    world: World, house: keep.House
) -> None:
    codes, sponsor = [make_subject(world), make_subject(world)], world.user("SPON", None)
    with world.acting() as session:
        many = jobs.ask_bulk(session, sponsor, Options(), site="01").id
    one = ask(world, codes[1])
    bulk = lease.take(house.engines, house.data, casebooks.BULK)
    assert bulk is not None
    with bulk:
        casebooks.do(house, bulk)
    single, whole = job(world, one), job(world, many)
    assert (single.state, whole.state) == ("done", "done")
    assert (single.ended_at or "") < (whole.ended_at or "")


def test_what_is_completed_is_printed_ahead_and_the_casebook_needs_no_press_for_it(
    world: World, house: keep.House
) -> None:
    assert jobs.print_due(house) == 0  # nothing is printed behind: it starts now
    fill_child(world)
    assert (jobs.print_due(house), jobs.print_due(house)) == (1, 0)
    with world.looking() as session:
        casebook = gather(session, system(), "01-001")
    finished = [part for part in casebook.parts if all(form.finished for form in part.forms)]
    options = Options()
    with house.printer(options) as printer:
        printer.print_all([(part.key, html(casebook, options, "part.html", part)) for part in finished])
        assert (len(finished) > 0, printer.printed) == (True, 0)


def test_the_parts_may_be_deleted_at_any_time(world: World, house: keep.House) -> None:
    jobs.print_due(house)
    fill_child(world)
    jobs.print_due(house)
    shutil.rmtree(house.data / "parts")
    assert jobs.print_due(house) == 0


@pytest.mark.req("R49")
def test_a_site_copy_holds_casebook_data_and_trail_of_each_subject_with_their_sums(
    world: World, house: keep.House
) -> None:
    code, investigator = make_subject(world), world.user("PI")
    with world.acting() as session:
        job_id = jobs.ask_bulk(session, investigator, Options(), site="01", with_data=True).id
    assert jobs.make_due(house) == 1
    done = job(world, job_id)
    assert (done.state, done.error) == ("done", None)
    with world.looking() as session:
        path = house.data / session.get_one(StoredFile, done.file_id).path
    with zipfile.ZipFile(path) as whole:
        lines = whole.read("sha256-manifest.txt").decode().splitlines()
        sums = dict(line.split("  ")[::-1] for line in lines)
        found = {name: hashlib.sha256(whole.read(name)).hexdigest() for name in whole.namelist()}
    found.pop("sha256-manifest.txt")
    assert found == sums
    data = {f"{code}-odm.xml", f"{code}-odm-trail.xml", f"{code}-audit-trail.csv"}
    assert set(found) == {*data, f"imt-criz-ped-{code}-en-draft.pdf"}


def test_a_site_copy_that_is_stopped_leaves_nothing_half_made(world: World, house: keep.House) -> None:
    make_subject(world)
    code, investigator = make_subject(world), world.user("PI")
    wanted = {"options": {}, "subjects": [code, code], "site": "01", "data": False, "chosen": False}

    def stopped(done: int, _code: str) -> None:
        if done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        make_bundle(house, investigator, wanted, stopped)
    assert list((house.data / keep.FILES / FOLDER).iterdir()) == []


def test_a_cancelled_job_stays_cancelled_and_is_not_made(world: World, house: keep.House) -> None:
    subject = make_subject(world)
    job_id, sponsor = ask(world, subject), world.user("SPON", None)
    with world.acting() as session:
        jobs.cancel(session, sponsor, job_id)
    assert jobs.make_due(house) == 0
    assert job(world, job_id).state == "cancelled"


def test_the_queue_of_each_database_takes_and_gives_a_call(database_url: str, tmp_path: Path) -> None:
    settings = config.Settings(
        data=tmp_path, kind="test", database_url=database_url, secret_key_file=tmp_path / "key"
    )
    jobs.prepare(database_url)
    jobs.wake(settings)
    queue = jobs.queue(settings)
    assert queue.pending_count() == 1
    queue.storage.close()
