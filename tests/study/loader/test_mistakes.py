"""Every kind of mistake a draft can have is said once, with its file and line."""

from pathlib import Path
from typing import Any

import pytest

from imt_ecrf.study.loader import DraftHasMistakes, Mistake, draft_book, load
from imt_ecrf.study.loader.mistakes import Mistakes
from imt_ecrf.study.loader.source import plain, read
from tests.study.loader.draft import change, copy, mistakes

DATA = Path(__file__).with_name("slips.yaml")
SLIPS: list[dict[str, Any]] = plain(read(DATA, DATA.name, Mistakes()) or {})["slips"]


@pytest.mark.parametrize("slip", SLIPS, ids=[slip["name"] for slip in SLIPS])
def test_a_mistake_is_said_with_file_and_line_and_nothing_else_is(
    tmp_path: Path, slip: dict[str, Any]
) -> None:
    forms = copy(tmp_path)
    change(forms, slip["file"], slip["old"], slip["new"])
    assert mistakes(forms) == [(one["file"], one["line"], one["what"]) for one in slip["said"]]


def test_the_draft_of_the_study_has_no_mistake(tmp_path: Path) -> None:
    assert mistakes(copy(tmp_path)) == []


def test_all_mistakes_of_all_files_come_in_one_run_by_file_and_line(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    change(forms, "crf/vs.yaml", "units: [kg, g]", "units: [kg, gg]")
    change(forms, "crf/vs.yaml", "date_item: VSDAT", "dateitem: VSDAT")
    change(forms, "schedule.yaml", "anchor: SE_SFU", "anchor: SE_SFV")
    found = load(forms)[1]
    assert found == sorted(found)
    assert [one.what for one in found] == [
        "form F_VS: dateitem means nothing here (near: date_item)",
        "item VS_WEIGHT: there is no unit gg (near: g)",
        "event SE_SURV: there is no event SE_SFV (near: SE_SFU)",
    ]


def test_a_missing_file_and_a_file_nobody_reads_are_said(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    (forms / "units.yaml").rename(forms / "unit.yaml")
    assert [(file, what) for file, _, what in mistakes(forms)] == [
        ("forms/unit.yaml", "nobody reads this file"),
        ("forms/units.yaml", "the file is missing"),
    ]


def test_an_empty_folder_misses_every_file_and_nothing_else(tmp_path: Path) -> None:
    found = load(tmp_path)[1]
    assert {one.what for one in found} == {"the file is missing"}
    assert len(found) == 14


def test_a_mistake_is_written_as_editors_read_it() -> None:
    mistake = Mistake("forms/crf/ae.yaml", 118, "item AESER: there is no code list CL_NYY (near: CL_NYX)")
    assert str(mistake) == ("forms/crf/ae.yaml:118: item AESER: there is no code list CL_NYY (near: CL_NYX)")


def test_a_draft_with_mistakes_gives_no_book(tmp_path: Path) -> None:
    forms = copy(tmp_path)
    change(forms, "crf/vs.yaml", "units: [kg, g]", "units: [kg, gg]")
    with pytest.raises(DraftHasMistakes, match="there is no unit gg") as raised:
        draft_book(forms)
    assert len(raised.value.mistakes) == 1
