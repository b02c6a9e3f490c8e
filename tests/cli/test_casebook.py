"""Casebooks and subjects from the command line: written whole, held against the seal."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from imt_ecrf import config, store
from imt_ecrf.cli import contents
from imt_ecrf.reporting.certificate import make_seal
from tests.factories import make_study, make_subject, real_book

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """Give an installation with one subject."""
    data = tmp_path / "house"
    settings = config.create(data, "test")
    store.migrate(settings.database_url)
    make_seal(data / "keys", "Test hospital")
    world = make_study(settings.database_url, real_book())
    make_subject(world)
    world.engines.dispose()
    return data


def run(*words: str) -> tuple[int, str]:
    """Run a command and give its exit code and all it said."""
    result = CliRunner().invoke(contents, words)
    return result.exit_code, result.output


def test_subjects_are_listed_one_code_a_line(installation: Path) -> None:
    assert run("subject", "list", "--data", str(installation)) == (0, "01-001\n")


def test_a_casebook_is_written_genuine_and_an_altered_copy_is_told(
    installation: Path, tmp_path: Path
) -> None:
    out = tmp_path / "book.pdf"
    code, said = run("casebook", "01-001", "--data", str(installation), "--out", str(out))
    assert (code, "SHA-256" in said) == (0, True)
    code, said = run("verify-copy", str(out), "--data", str(installation))
    assert (code, said.splitlines()[0]) == (0, f"{out}: genuine; nothing has changed since")
    assert "subject 01-001, archive, en, study version" in said
    assert "Seal: IMT-CRIZ-PED 01-001; Certified copy, state" in said
    changed = bytearray(out.read_bytes())
    changed[len(changed) // 2] ^= 1
    out.write_bytes(bytes(changed))
    code, said = run("verify-copy", str(out), "--data", str(installation))
    assert code == 1
    assert said.splitlines()[0] == f"{out}: altered"


def test_a_file_that_is_no_copy_is_not_ours(installation: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_text("no PDF at all")
    code, said = run("verify-copy", str(other), "--data", str(installation))
    sums = hashlib.sha256(b"no PDF at all").hexdigest()
    assert (code, said) == (1, f"{other}: not ours\n  It is not a PDF.\n  SHA-256 {sums}\n")


def test_an_unknown_subject_is_named_and_leaves_no_file(installation: Path, tmp_path: Path) -> None:
    out = tmp_path / "book.pdf"
    code, said = run("casebook", "99-999", "--data", str(installation), "--out", str(out))
    assert (code, said.splitlines()[-1].strip()) == (1, "Error: There is no subject 99-999 here.")
    assert not out.exists()


def test_the_casebooks_of_a_site_are_written_into_a_folder(installation: Path, tmp_path: Path) -> None:
    out = tmp_path / "books"
    code, _said = run("casebook", "--site", "01", "--data", str(installation), "--out", str(out))
    assert (code, [file.name for file in out.iterdir()]) == (0, ["imt-criz-ped-01-001-en-draft.pdf"])


def test_a_submission_is_a_file_with_its_sums_beside_it(installation: Path, tmp_path: Path) -> None:
    out = tmp_path / "book.zip"
    words = ("casebook", "01-001", "--profile", "submission", "--data", str(installation), "--out", str(out))
    assert run(*words)[0] == 0
    with zipfile.ZipFile(out) as whole:
        name, sums = whole.namelist()
        assert whole.read(sums).decode() == f"{hashlib.sha256(whole.read(name)).hexdigest()}  {name}\n"
        alone = tmp_path / name
        alone.write_bytes(whole.read(name))
    for copy in (out, alone):  # by the record: it has no seal
        code, said = run("verify-copy", str(copy), "--data", str(installation))
        assert (code, said.splitlines()[0]) == (0, f"{copy}: genuine; nothing has changed since")
    alone.write_bytes(alone.read_bytes().replace(b"imt-ecrf", b"imt-ecrg", 1))
    code, said = run("verify-copy", str(alone), "--data", str(installation))
    assert (code, said.splitlines()[0]) == (1, f"{alone}: not ours")
    assert "A copy without one is known by its exact bytes only." in said


def test_blank_forms_of_one_form_are_written_and_an_unknown_form_is_named(
    installation: Path, tmp_path: Path
) -> None:
    out = tmp_path / "blank.pdf"
    assert run("blank", "F_PS", "--annotated", "--data", str(installation), "--out", str(out))[0] == 0
    assert out.read_bytes().startswith(b"%PDF-1.7")
    code, said = run("blank", "F_NONE", "--data", str(installation), "--out", str(out))
    assert (code, said.strip()) == (1, "Error: The study has no F_NONE.")


@pytest.mark.req("R49")
def test_a_sites_own_copy_is_one_zip_with_data_and_trail(installation: Path, tmp_path: Path) -> None:
    out = tmp_path / "site.zip"
    data = str(installation)
    code, said = run("casebook", "--site", "01", "--with-data", "--data", data, "--out", str(out))
    assert (code, "1 subjects, SHA-256" in said) == (0, True)
    with zipfile.ZipFile(out) as whole:
        names = {name.partition("01-001")[2] for name in whole.namelist()}
    assert names == {"-en-draft.pdf", "-odm.xml", "-odm-trail.xml", "-audit-trail.csv", ""}
    code, said = run("casebook", "01-001", "01-999", "--data", data, "--out", str(tmp_path / "x"))
    assert (code, "no such subject" in said) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("casebook", "01-001"),
        ("casebook", "--all"),
        ("blank", "F_VS"),
        ("countersign", "01-001", "--as", "a"),
    ],
    ids=" ".join,
)
def test_a_place_that_takes_no_file_is_refused_in_a_sentence_before_the_work(
    installation: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    out = file / "book.pdf"
    code, said = run(*words, "--data", str(installation), "--out", str(out))
    assert (code, said) == (1, f"Error: Cannot write {out}: {file} is not a folder.\n")


def test_the_casebooks_of_many_are_not_written_over_a_file(installation: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    code, said = run("casebook", "--all", "--data", str(installation), "--out", str(file))
    told = f"Error: {file} is a file: several files are written, into a folder.\n"
    assert (code, said, file.read_text()) == (1, told, "mine")


def test_blank_forms_are_written_into_a_folder_that_was_not_there(installation: Path, tmp_path: Path) -> None:
    out = tmp_path / "not" / "yet" / "visit.pdf"
    code, _said = run("blank", "--event", "SE_SCR", "--data", str(installation), "--out", str(out))
    assert (code, sorted(path.name for path in out.parent.iterdir())) == (0, ["visit.pdf"])


def test_a_name_the_disk_refuses_is_told_in_a_sentence_and_leaves_nothing(
    installation: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / f"{'x' * 300}.pdf"
    code, said = run("blank", "F_VS", "--data", str(installation), "--out", str(out))
    assert (code, said) == (1, f"Error: Cannot write {out}: File name too long.\n")
    assert list(folder.iterdir()) == []
