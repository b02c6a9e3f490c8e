"""PDF/A-3a and PDF/UA-1 as the reference validator says, when `VERAPDF` names its command."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.reporting import countersign, keep
from imt_ecrf.reporting.certificate import make_seal
from imt_ecrf.reporting.options import Options
from tests.factories import PASSWORD, World, identified

if TYPE_CHECKING:
    from pathlib import Path

VALIDATOR = os.environ.get("VERAPDF", "")


def verdict(file: Path, flavour: str) -> str:
    """Give the validator's word on a file."""
    command = [*shlex.split(VALIDATOR), "--flavour", flavour, "--format", "text", str(file)]
    said = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    return said.split(" ", 1)[0]


@pytest.mark.skipif(not VALIDATOR, reason="VERAPDF names no validator")
@pytest.mark.parametrize("language", ["en", "both"])
def test_a_casebook_sealed_and_countersigned_twice_keeps_both_standards(
    world: World, child: str, tmp_path: Path, language: str
) -> None:
    house = keep.House(world.engines, tmp_path)
    make_seal(house.keys, "Test hospital")
    pi, sponsor = world.user("PI"), world.user("SPON", None)
    with world.acting() as session:
        identified(session, sponsor.username, world.clock)
    made = [keep.make_and_keep(house, pi, child, Options(language))]
    made += [
        countersign.countersign(house, actor, child, Options(language), password=PASSWORD)
        for actor in (pi, sponsor)
    ]
    files = [house.data / one.path for one in made]
    found = {(file.name[:6], flavour): verdict(file, flavour) for file in files for flavour in ("3a", "ua1")}
    assert set(found.values()) == {"PASS"}
