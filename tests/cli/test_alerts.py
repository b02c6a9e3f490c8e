"""The doctor names alerts that wait: for somebody to go to, or for the mail server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from imt_ecrf import config, store
from imt_ecrf.conduct.views import Address
from imt_ecrf.jobs import alerting
from tests.alerted import alerted_book
from tests.cli.command import run
from tests.web.clerk import office

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.req("R33")
def test_the_doctor_names_alerts_that_went_to_nobody_and_those_no_server_takes(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    world = office(folder, alerted_book(), smtp_host="127.0.0.1", smtp_port=1).world
    world.save(world.user("CRC"), Address(world.subject("01"), "SE_LOG", 1, "F_AE", 1), {"AETERM": "Loud"})
    world.engines.dispose()
    told = [run("doctor", "--data", str(folder)).stdout]
    world.user("PI")
    settings = config.load(folder)
    engines = store.engines(settings.database_url)
    alerting.run(settings, engines)
    engines.dispose()
    world.engines.dispose()
    for file in (folder / "outbox/waiting").glob("alert-*.eml"):
        os.utime(file, (1, 1))
    told.append(run("doctor", "--data", str(folder)).stdout)
    assert ["1 alerts went to nobody yet" in one for one in told] == [True, False]
    assert ["1 alerts wait in " in one for one in told] == [False, True]
    lacking = "the alert AL_LOUD at site 01: nobody with an address holds MEDMON, SAFE"
    assert [lacking in one for one in told] == [False, True]
    assert "daily messages wait" not in told[1]
