"""Bad rules of every sort are named in one run with file, line, rule and reason; nothing is published."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from imt_ecrf.cli.init import init
from imt_ecrf.cli.study import study
from tests.study.loader.draft import change, copy

BAD = {
    ("crf/pgt.yaml", "rule: PGRES == 'POSITIVE'"): (
        "rule: (PGRES == 'POSITIVE'",
        "check C085: S01 This cannot be read at sign 1: '(' was never closed.",
    ),
    ("methods.yaml", "rule: round(60000 / EG_HR)"): (
        "rule: round(60000 / EG_HRATE)",
        "method M_RR, item EG_RR: T01 There is no item EG_HRATE here. Did you mean EG_HR?",
    ),
    ("crf/sae.yaml", "show_if: row('F_AE', SAENO, 'AESHOSP') == 'Y'"): (
        "show_if: row('F_AE', SAENO, 'AEHOSP') == 'Y'",
        "item SAEHADT: show_if: T12 There is no column AEHOSP here. Did you mean AESHOSP?",
    ),
    ("crf/bm.yaml", "show_if: BMRES == 'INVOLVED'"): (
        "show_if: involved(BMRES)",
        "item BMBLAST: show_if: T02 There is no function involved.",
    ),
    ("crf/mh.yaml", "show_if: MHONGO == 'N'"): (
        "show_if: MHONGO > 3",
        "item MHENDAT: show_if: T05 a code of CL_NYX cannot be compared with a whole number.",
    ),
    ("schedule.yaml", "when: site_cfg('marrow_required')"): (
        "when: site_cfg('marow_required')",
        "event SE_SCR: form F_BM: T12 There is no setting marow_required here. Did you mean marrow_required?",
    ),
}
"""What a rule is turned into, and what is said of it."""
CIRCLE = "item PGSPEC: R03 These derivations and conditions wait for each other: PGSPEC → PGSPEC."


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    """Give the draft with one bad rule of every sort, and two questions that wait for each other."""
    found = copy(tmp_path)
    for (file, old), (new, _) in BAD.items():
        change(found, file, old, new)
    start = "question: {en: Specimen, ru: Материал}\n        data_type: text\n        codelist: CL_PGSPEC\n"
    change(
        found,
        "crf/pgt.yaml",
        f"{start}        required: soft\n        show_if: PGPERF == 'Y'",
        f"{start}        required: soft\n        show_if: PGSPEC == 'URINE'",
    )
    return found


def _line(file: Path, text: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_study_check_names_every_bad_rule_in_one_run(forms: Path) -> None:
    done = CliRunner().invoke(study, ["check", "--forms", str(forms)])
    wanted = {
        f"forms/{file}:{_line(forms / file, new)}: {reason}" for (file, _), (new, reason) in BAD.items()
    }
    circle = _line(forms / "crf" / "pgt.yaml", "PGSPEC == 'URINE'")
    wanted.add(f"forms/crf/pgt.yaml:{circle}: {CIRCLE}")
    assert (done.exit_code, set(done.stdout.splitlines())) == (1, wanted)
    assert done.stderr == "Error: 7 mistakes.\n"


def test_nothing_is_published_of_a_draft_with_bad_rules(forms: Path, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    assert CliRunner().invoke(init, ["--data", data, "--kind", "test"]).exit_code == 0
    done = CliRunner().invoke(study, ["publish", "--data", data, "--forms", str(forms)])
    assert done.exit_code == 1
    shown = CliRunner().invoke(study, ["show", "--data", data])
    assert "No version of the study is published yet." in str(shown.exception)


def test_nothing_is_published_while_a_check_is_untested(tmp_path: Path) -> None:
    data, found = str(tmp_path / "data"), copy(tmp_path)
    old = "facts: {first_dose(): 2026-01-19}, fires: true}"
    change(found, "crf/pgt.yaml", old, "facts: {first_dose(): 2026-03-19}, fires: false}")
    assert CliRunner().invoke(init, ["--data", data, "--kind", "test"]).exit_code == 0
    done = CliRunner().invoke(study, ["publish", "--data", data, "--forms", str(found)])
    assert done.exit_code == 1
    assert "check C176: there is no case that fires" in done.stdout
    tested = CliRunner().invoke(study, ["test", "--forms", str(found), "--json"])
    assert json.loads(tested.stdout)["counts"]["untested"] == 1


def test_a_file_that_is_not_yaml_is_the_only_mistake_told_of_it(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    change(forms, "crf/vs.yaml", "- oid: VS_HR\n        ", "- oid: VS_HR\n       ")
    told = CliRunner().invoke(study, ["check", "--forms", str(forms)])
    assert [line.partition(": ")[2] for line in told.stdout.splitlines()] == [
        "this is not YAML: did not find expected '-' indicator"
    ]


def test_a_mistake_in_one_check_does_not_hide_a_failing_case_of_another(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    change(forms, "crf/pgt.yaml", "rule: PGRES == 'POSITIVE'", "rule: PGRES == 'POSITIV'")
    change(forms, "crf/vs.yaml", "{VS_WEIGHT: '1.9'}, fires: true", "{VS_WEIGHT: '2.9'}, fires: true")
    told = CliRunner().invoke(study, ["check", "--forms", str(forms)])
    lines = [line.partition(": ")[2] for line in told.stdout.splitlines()]
    assert [line for line in lines if "(warning)" not in line and "browser" not in line] == [
        "check C085: T07 'POSITIV' is not a code of CL_POSNEG. Did you mean 'POSITIVE'?",
        "check C049: case 1 should fire, but does not",
    ]
