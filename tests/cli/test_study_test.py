import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from imt_ecrf.cli.study import study
from imt_ecrf.cli.study_test import in_browser
from imt_ecrf.study.loader import draft_book
from imt_ecrf.study.proving import Proving
from tests.study.loader.draft import change, copy


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(study, [*arguments])
    return done.exit_code, done.stdout


def _report(*arguments: str) -> tuple[int, dict[str, Any]]:
    code, said = _run("test", *arguments, "--json")
    return code, json.loads(said)


@pytest.mark.req("R59")
def test_every_check_condition_and_derivation_of_the_study_is_tested_and_passes() -> None:
    code, found = _report()
    assert code == 0
    assert found["counts"] == {
        "checks": 186,
        "conditions": 194,
        "methods": 58,
        "cases": found["counts"]["cases"],
        "untested": 0,
        "failed": 0,
    }
    assert found["counts"]["cases"] >= 1060
    assert (found["untested"], found["failed"]) == ([], [])


def test_each_check_that_contains_not_has_a_case_with_its_operand_blank() -> None:
    assert _report()[1]["unrefuted"] == []


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the evaluator of the browser")
@pytest.mark.req("R59")
def test_cases_run_in_the_evaluator_of_the_browser_too() -> None:
    proving = Proving(draft_book())
    assert sum(1 for _ in proving.jobs()) > 600
    assert in_browser(proving) == []


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the evaluator of the browser")
def test_a_case_that_fails_fails_on_both_sides(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    change(forms, "crf/bm.yaml", "{given: {BMRES: INVOLVED}, shown: true}", "{given: {}, shown: true}")
    code, found = _report("--forms", str(forms))
    assert (code, found["counts"]["untested"], found["counts"]["failed"]) == (1, 0, 1)
    assert [(one["oid"], one["number"], one["side"]) for one in found["failed"]] == [
        ("CD_BMBLAST", 1, "python"),
        ("CD_BMBLAST", 1, "javascript"),
    ]


def test_what_is_untested_is_counted_and_named_with_its_place(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    old = "facts: {first_dose(): 2026-01-19}, fires: true}"
    change(forms, "crf/pgt.yaml", old, "facts: {first_dose(): 2026-03-19}, fires: false}")
    code, found = _report("--forms", str(forms))
    assert (code, found["counts"]["untested"], found["counts"]["failed"]) == (1, 1, 0)
    assert found["untested"] == [{"kind": "check", "oid": "C176", "what": "there is no case that fires"}]
    code, said = _run("test", "--forms", str(forms))
    assert code == 1
    assert said.splitlines()[0].startswith("forms/crf/pgt.yaml:")
    assert said.splitlines()[0].endswith("check C176: there is no case that fires")
    assert said.splitlines()[-1].endswith("1 untested, 0 failed.")


def test_a_not_whose_operand_is_never_blank_is_warned_of(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    old = "- {given: {AGEIC_Y: 17}, facts: {consent_date(): 2026-03-10}, fires: false}"
    path = forms / "crf" / "dm.yaml"
    text = path.read_text(encoding="utf-8")
    place = text.index(old)
    path.write_text(text[:place].rstrip() + text[text.index("\n", place) :], encoding="utf-8")
    code, said = _run("check", "--forms", str(forms))
    assert code == 0
    assert "check C020: no case leaves AGEIC_Y or BRTHYY blank, which stands under not (warning)" in said
    assert said.splitlines()[-1].startswith("No mistakes.")


def test_a_draft_with_mistakes_is_not_tested(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    change(forms, "crf/vs.yaml", "units: [kg, g]", "units: [kg, gg]")
    done = CliRunner().invoke(study, ["test", "--forms", str(forms), "--json"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no unit gg" in done.stderr
