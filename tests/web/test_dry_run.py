"""The data manager's dry run: the page grows child by child, lists queries, and writes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from imt_ecrf.cli.study import study
from imt_ecrf.conduct import entry
from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.store.tables import Query
from tests.factories import real_book
from tests.study.loader.draft import change, copy
from tests.web.clerk import office

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.clerk import Office


@pytest.fixture
def place(tmp_path: Path) -> Office:
    """Give an installation with the study, and one child whose vital signs are complete."""
    made = office(tmp_path / "data", real_book())
    crc, code = made.world.user("CRC"), made.world.subject()
    visit = Address(code, "SE_SCR", 1, "F_SV")
    made.world.save(crc, visit, {"SVOCCUR": "Y", "SVCNTMOD": "IN PERSON", "SVSTDAT": "2026-03-02"})
    log = Address(code, "SE_LOG", 1, "F_MH")
    answers = {"MHCAT": "GENERAL", "MHTERM": "Asthma", "MHSTDAT": "2020", "MHONGO": "N", "MHENDAT": "2021"}
    made.world.save(crc, log, {path: Answer(text) for path, text in answers.items()})
    with made.world.acting() as session:
        version = entry.open_form(session, crc, log).version
        entry.complete_form(session, crc, log, version, {"*": "as in the source"})
    return made


def queries_kept(place: Office) -> int:
    """Count all queries."""
    with place.world.looking() as session:
        return session.scalar(select(func.count()).select_from(Query)) or 0


def test_the_data_manager_tries_the_draft_and_nothing_is_written(place: Office) -> None:
    before = queries_kept(place)
    clerk = place.clerk("DM")
    asked = clerk.get("/study/dry-run")
    assert (asked.status, "Start the dry run" in asked.raw.text) == (200, True)
    done = clerk.get("/study/dry-run/result")
    assert done.status == 200
    assert "Queries it would open: 0 (children: 0, sites: 0). Queries it would close: 0." in done.raw.text
    assert queries_kept(place) == before


@pytest.mark.req("R17")
@pytest.mark.parametrize("role", ["CRC", "CRA", "AUD"])
def test_others_do_not_try_a_draft(place: Office, role: str) -> None:
    assert place.clerk(role).get("/study/dry-run/result").status == 403


def test_the_command_lists_what_a_stricter_draft_would_open(place: Office, tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    forms = copy(tmp_path)
    text = (forms / "crf" / "mh.yaml").read_text(encoding="utf-8")
    rule = "checks:\n  - oid: C900\n    level: soft\n    scope: within_form\n    condition: Tried\n"
    rule += "    rule: MHONGO == 'N'\n    at: MHONGO\n    message: {en: Is it over?, ru: Закончилось?}\n"
    rule += "    cases: [{given: {MHONGO: N}, fires: true}, {given: {MHONGO: Y}, fires: false}]"
    assert text.count("checks:") == 1
    change(forms, "crf/mh.yaml", "checks:", rule)
    done = CliRunner().invoke(study, ["dry-run", "--data", folder, "--forms", str(forms), "--json"])
    facts = json.loads(done.stdout)
    assert (done.exit_code, facts["stopped"], facts["of_children"]) == (0, False, 1)
    assert {name: facts["counts"][name] for name in ("would_open", "in_children", "at_sites")} == {
        "would_open": 1,
        "in_children": 1,
        "at_sites": 1,
    }
    assert [(one["act"], one["form"], one["path"], one["check"], one["ru"]) for one in facts["list"]] == [
        ("open", "F_MH", "MHONGO", "C900", "Закончилось?")
    ]
    said = CliRunner().invoke(study, ["dry-run", "--data", folder, "--forms", str(forms)])
    first, listed = said.stdout.splitlines()
    assert first == "Would open 1 query in 1 child at 1 site, close 0."
    assert listed.split("\t")[-2:] == ["C900", "Is it over?"]
    assert queries_kept(place) == 0
