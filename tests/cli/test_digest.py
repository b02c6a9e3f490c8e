"""The daily messages on the command line: written once a day, the folder named, a server that is down too."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from imt_ecrf.conduct import queries
from imt_ecrf.conduct.views import Address, Answer
from tests.cli.command import run
from tests.small_study import small_book
from tests.web.clerk import office

if TYPE_CHECKING:
    from pathlib import Path


def asked(folder: Path, **settings: str | int) -> None:
    """Make an installation in which a query waits for the site."""
    world = office(folder, small_book(), **settings).world
    address = Address(world.subject("01"), "SE_SCR", 1, "F_VS")
    world.save(world.user("CRC"), address, {"VSPERF": "Y", "WEIGHT": Answer("18", "kg")})
    with world.acting() as session:
        queries.ask(session, world.user_in(session, "CRA"), address, "Is this right?", "WEIGHT")
    world.engines.dispose()


def test_messages_lie_in_the_folder_and_are_not_written_twice(tmp_path: Path) -> None:
    asked(tmp_path / "data")
    first = run("digest", "--data", str(tmp_path / "data"), "--json")
    # the command goes by the server's clock: the query of the test is old for who asked it as well
    written = json.loads(first.stdout)["written"]
    files = list((tmp_path / "data/outbox").glob("*.eml"))
    again = run("digest", "--data", str(tmp_path / "data"))
    assert (first.exit_code, written == len(files) > 0) == (0, True)
    assert "0 messages written" in again.stdout
    assert str(tmp_path / "data/outbox") in again.stdout


def test_a_server_that_is_down_is_named_and_the_messages_wait(tmp_path: Path) -> None:
    asked(tmp_path / "data", smtp_host="127.0.0.1", smtp_port=1)
    done = run("digest", "--data", str(tmp_path / "data"))
    assert done.exit_code == 1
    assert "The mail server 127.0.0.1:1 could not be used" in done.stderr
    assert "are tried again the next time" in done.stderr
    assert list((tmp_path / "data/outbox/waiting").glob("*.eml"))


def test_the_doctor_names_messages_that_wait_too_long(tmp_path: Path) -> None:
    asked(tmp_path / "data", smtp_host="127.0.0.1", smtp_port=1)
    assert run("digest", "--data", str(tmp_path / "data")).exit_code == 1
    for file in (tmp_path / "data/outbox/waiting").glob("*.eml"):
        os.utime(file, (1, 1))
    assert "daily messages wait" in run("doctor", "--data", str(tmp_path / "data")).stdout
