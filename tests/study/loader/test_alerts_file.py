"""Mistakes in alerts.yaml are said with file and line; a study without the file tells nothing at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imt_ecrf.study.loader import load
from tests.study.loader.draft import copy

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = """\
alerts:
  - oid: AL_SAE
    name: {en: Serious, ru: Serious (ru)}
    form: F_AE
    when: AESER == 'Y'
    to: [PI, SAFE]
    within: timelimits.sae_hours
"""
SLIPS = [
    ("form: F_AE", "form: F_AX", 4, "there is no form F_AX"),
    ("    form: F_AE\n", "", 2, "form is missing"),
    ("when: AESER == 'Y'", "when: AESER ==", 5, "alert AL_SAE"),
    ("when: AESER == 'Y'", "when: AESER == 'Q'", 5, "alert AL_SAE"),
    ("when: AESER == 'Y'", "when: SEX == 'F'", 5, "when may read F_AE only, not SEX"),
    ("to: [PI, SAFE]", "to: [PI, CREAD]", 6, "CREAD stands in to but may not see F_AE"),
    ("to: [PI, SAFE]", "to: [PI, NURSE]", 6, "there is no role NURSE"),
    ("    to: [PI, SAFE]\n", "", 2, "to is missing"),
    ("timelimits.sae_hours", "response.reader", 7, "response.reader must be a setting of type integer"),
    ("within: timelimits", "until: timelimits", 7, "until means nothing here"),
]


def mistakes(folder: Path, text: str) -> list[tuple[int, str]]:
    """Read the study with another file of alerts; give the mistakes by line."""
    forms = copy(folder)
    (forms / "alerts.yaml").write_text(text, encoding="utf-8")
    return [(one.line, one.what) for one in load(forms)[1]]


@pytest.mark.req("R33")
@pytest.mark.parametrize(("old", "new", "line", "said"), SLIPS)
def test_a_mistake_in_an_alert_is_said_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert WRITTEN.count(old) == 1
    found = mistakes(tmp_path, WRITTEN.replace(old, new))
    assert any(where == line and said in what for where, what in found), found


@pytest.mark.req("R33")
def test_a_study_without_the_file_tells_nothing_and_has_no_mistake(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    (forms / "alerts.yaml").unlink()
    version, found = load(forms)
    assert (version.alerts, found) == ((), [])


@pytest.mark.req("R33")
def test_the_study_tells_of_serious_events_possible_liver_injury_and_pregnancies(tmp_path: Path) -> None:
    version, found = load(copy(tmp_path))
    told = [(one.form, one.when.text, one.to, one.within) for one in version.alerts]
    who, hours = ("PI", "SAFE", "MEDMON"), "timelimits.sae_hours"
    assert (told, found) == (
        [
            ("F_AE", "AESER == 'Y'", who, hours),
            ("F_LBC", "LBC_HYSLAW == 'Y'", who, hours),
            ("F_PREG", "filled(PRGWHO)", who, None),
        ],
        [],
    )
