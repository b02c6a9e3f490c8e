"""A process killed while it saves loses nothing it had acknowledged (`bench load` does it at scale)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import imt_ecrf
from imt_ecrf.store.verify import verify
from tests.store import saver

if TYPE_CHECKING:
    from tests.store.saves import Study

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(imt_ecrf.__file__).parent.parent)}


@pytest.mark.req("R65")
def test_every_acknowledged_save_survives_kill_9(study: Study) -> None:
    row = study.save({"VS_ITEM00": {"v": "0"}}).row
    url = study.engines.writing.url.render_as_string(hide_password=False)
    acknowledged = 1
    for after in (1, 7, 20):
        command = [sys.executable, saver.__file__ or "", url, row.id]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as child:
            assert child.stdout is not None
            told = [child.stdout.readline() for _ in range(after)]
            child.kill()
            acknowledged = max([acknowledged, *whole_lines([*told, *child.stdout])])
        stored = study.stored(row)
        # one save more may have been kept than could be said
        assert acknowledged <= stored.version <= acknowledged + 1
        assert verify(study.engines) == []


def whole_lines(told: list[str]) -> list[int]:
    return [int(line) for line in told if line.endswith("\n")]
