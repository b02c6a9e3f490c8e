import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from imt_ecrf.cli.study import study
from imt_ecrf.study.loader import draft_book
from tests.study.loader.draft import change, copy

COUNTS = {
    "events": 15,
    "forms": 45,
    "groups": 73,
    "items": 465,
    "derived_items": 72,
    "critical_items": 86,
    "rows": 77,
    "codelists": 105,
    "codelist_values": 613,
    "units": 38,
    "conditions": 173,
    "form_conditions": 21,
    "methods": 58,
    "checks": 186,
    "hard_checks": 60,
    "cases": 394,
    "roles": 16,
    "texts_without_russian": 0,
}


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(study, [*arguments])
    return done.exit_code, done.output


def test_check_says_that_the_draft_has_no_mistakes() -> None:
    code, said = _run("check")
    assert code == 0
    assert said.startswith("No mistakes. 15 events, 45 forms, 73 groups, 465 items, 186 checks, 394 cases.")


def test_check_lists_every_mistake_and_ends_with_1(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    change(forms, "crf/vs.yaml", "units: [kg, g]", "units: [kg, gg]")
    change(forms, "crf/vs.yaml", "date_item: VSDAT", "dateitem: VSDAT")
    code, said = _run("check", "--forms", str(forms))
    assert (code, said.splitlines()) == (
        1,
        [
            "forms/crf/vs.yaml:8: form F_VS: dateitem means nothing here (near: date_item)",
            "forms/crf/vs.yaml:57: item VS_WEIGHT: there is no unit gg (near: g)",
            "Error: 2 mistakes.",
        ],
    )


def test_show_counts_what_the_draft_holds_for_programs() -> None:
    code, said = _run("show", "--json")
    facts = json.loads(said)
    assert code == 0
    assert facts["fingerprint"] == draft_book().fingerprint
    assert {name: facts["counts"][name] for name in COUNTS} == COUNTS


def test_show_speaks_both_languages_to_people() -> None:
    code, said = _run("show")
    assert code == 0
    assert "Кризотиниб у детей" in said
    assert "Crizotinib in children" in said
    assert "items                      465" in said


def test_show_wants_one_source_only(tmp_path: Path) -> None:
    code, said = _run("show", "--forms", str(tmp_path), "--data", str(tmp_path))
    assert (code, "name one of them" in said) == (2, True)


@pytest.mark.req("R57")
def test_publish_freezes_the_draft_in_an_installation(tmp_path: Path) -> None:
    from imt_ecrf.cli.init import init  # noqa: PLC0415

    data = str(tmp_path / "data")
    assert CliRunner().invoke(init, ["--data", data, "--kind", "test"]).exit_code == 0
    assert "No version of the study is published yet." in str(
        CliRunner().invoke(study, ["show", "--data", data]).exception
    )
    fingerprint = draft_book().fingerprint
    assert _run("publish", "--data", data) == (0, f"Published: IMT-CRIZ-PED 0.3-draft, {fingerprint}\n")
    assert _run("publish", "--data", data)[1].startswith("This version is published already")
    code, said = _run("show", "--data", data, "--json")
    assert (code, json.loads(said)["fingerprint"]) == (0, fingerprint)
