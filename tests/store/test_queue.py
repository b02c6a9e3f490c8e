"""Writers wait their turn: nobody overtakes, nothing is lost, nobody meets a locked database."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from imt_ecrf.store import queue, reading, writing
from imt_ecrf.store.changes import difference
from imt_ecrf.store.documents import load_form, put
from imt_ecrf.store.queue import StoreIsBusy, WriterQueue
from imt_ecrf.store.verify import verify
from tests.store.saves import ANNA, AT, Study

if TYPE_CHECKING:
    from pathlib import Path


def test_the_turn_goes_to_the_one_who_waited_longest(tmp_path: Path) -> None:
    turns, order = WriterQueue(tmp_path / "turn"), []

    def wait(number: int) -> None:
        with turns.turn():
            order.append(number)

    with turns.turn():
        threads = []
        for number in range(12):
            threads.append(threading.Thread(target=wait, args=(number,)))
            threads[-1].start()
            while turns.waiting() <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(12))


def test_a_thread_that_writes_already_is_told_so(tmp_path: Path) -> None:
    turns = WriterQueue(tmp_path / "turn")
    with turns.turn(), pytest.raises(RuntimeError, match="do not nest"), turns.turn():
        pass
    with turns.turn():
        pass


def test_whoever_waits_too_long_gives_up_and_leaves_the_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PATIENCE", 0.05)
    turns, told = WriterQueue(tmp_path / "turn"), []

    def wait() -> None:
        try:
            with turns.turn():
                told.append("came")
        except StoreIsBusy:
            told.append("busy")

    with turns.turn():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert (told, turns.waiting()) == (["busy"], 0)
    with turns.turn():
        pass


def test_eight_writers_on_one_form_lose_nothing(study: Study) -> None:
    row = study.save({"W0": {"v": "0"}}).row
    writers, rounds = 8, 12

    def write(writer: int) -> None:
        for number in range(rounds):
            with writing(study.engines, ANNA) as session:
                connection = session.connection()
                now = load_form(connection, row.id, lock=True)
                assert now is not None
                new = {**now.document, f"W{writer}": {"v": str(number)}}
                changes = difference(now.document, new, {"*": "again"})
                if changes:
                    put(connection, now, changes, ANNA, at=AT)

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    stored = study.stored(row)
    assert stored.document == {f"W{writer}": {"v": str(rounds - 1)} for writer in range(writers)}
    # the first writer's first value was there already and changed nothing
    assert stored.version == writers * rounds
    assert verify(study.engines) == []


def test_readers_see_one_state_while_others_write(study: Study) -> None:
    row = study.save({"A": {"v": "1"}}).row
    with reading(study.engines) as session:
        before = load_form(session.connection(), row.id)
        study.save({"A": {"v": "2"}}, row, "correction")
        assert load_form(session.connection(), row.id) == before
    assert study.stored(row).version == 2


def test_a_writer_that_fails_hands_the_turn_on_and_leaves_nothing(study: Study) -> None:
    row = study.save({"A": {"v": "1"}}).row

    def fail() -> None:
        with writing(study.engines, ANNA) as session:
            put(session.connection(), row, difference(row.document, {}, {"*": "x"}), ANNA, at=AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert study.stored(row) == row
    with writing(study.engines, ANNA) as session:
        assert session.execute(text("SELECT count(*) FROM change_set")).scalar_one() == 1
