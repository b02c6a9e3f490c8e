"""The loop that seals an installation: what it seals, where it writes, and that it stops."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.store import sealing
from imt_ecrf.store.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.store.saves import Study


def heads(data: Path) -> list[int]:
    file = sealing.anchors(data)
    return [json.loads(line)["size"] for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.req("R03")
def test_the_loop_seals_what_was_saved_and_once_more_at_its_end(study: Study, tmp_path: Path) -> None:
    assert sealing.known_key(tmp_path) is None
    stop = sealing.start(study.engines, tmp_path, every=0.02)
    row = study.save({"A": {"v": "1"}}).row
    until = time.monotonic() + 20
    while heads(tmp_path) != [1] and time.monotonic() < until:
        time.sleep(0.01)
    assert heads(tmp_path) == [1]
    study.save({"A": {"v": "2"}}, row, "correction")
    stop()
    assert heads(tmp_path) == [1, 2]
    assert verify(study.engines, sealing.known_key(tmp_path), sealing.anchors(tmp_path)) == []


def test_a_seal_that_fails_is_made_up_at_the_next_turn(study: Study, tmp_path: Path) -> None:
    study.save({"A": {"v": "1"}})
    sealing.keys(tmp_path).write_text("not a folder")
    stop = sealing.start(study.engines, tmp_path, every=0.02)
    time.sleep(0.1)
    sealing.keys(tmp_path).unlink()
    stop()
    assert heads(tmp_path) == [1]
