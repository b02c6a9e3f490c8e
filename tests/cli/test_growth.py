"""The growth reference on the command line: imported from a file, shown with its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from imt_ecrf import cli
from imt_ecrf.conduct.growth_reference import GrowthNotPossible
from tests.factories import PASSWORD, real_book
from tests.web.clerk import office

if TYPE_CHECKING:
    from pathlib import Path

INVENTED = "kind,sex,age_months,L,M,S\nWEIGHT,M,150,1,40,0.1\nHEIGHT,M,150,1,150,0.04\n"


def test_a_reference_is_imported_shown_and_refused_with_its_line(tmp_path: Path) -> None:
    folder, file = tmp_path / "house", tmp_path / "lms.csv"
    name = office(folder, real_book()).world.user("ADMIN").username

    def run(*words: str) -> Result:
        own = ("--data", str(folder), "--as", name)
        return CliRunner().invoke(cli.contents, ["growth", *words, *own], input=f"{PASSWORD}\n")

    def read(text: bytes) -> Result:
        file.write_bytes(text)
        return run("import", str(file), "--source", "Invented 2026")

    assert run("show").stdout == "No growth reference imported; z-scores stay blank.\n"
    assert read(b"\xff\xfe").stderr.endswith(f"Error: {file} is not text in UTF-8.\n")
    wrong = read(INVENTED.replace("0.04", "zero").encode())
    assert type(wrong.exception) is GrowthNotPossible
    assert "line 3: HEIGHT, M, 150, 1, 150, zero is not kind" in str(wrong.exception)
    assert read(INVENTED.encode()).stdout == "Imported: Invented 2026. 0 forms follow.\n"
    assert run("show").stdout.startswith("Invented 2026\t2 rows\t")
