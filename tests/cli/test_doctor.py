from pathlib import Path

from click.testing import CliRunner

from imt_ecrf import config
from imt_ecrf.cli.doctor import doctor


def test_the_doctor_finds_this_checkout_well(tmp_path: Path) -> None:
    config.create(tmp_path, "test")
    result = CliRunner().invoke(doctor, ["--data", str(tmp_path)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"ok     settings of a test installation in {tmp_path}\n" in result.stdout


def test_the_doctor_names_what_is_wrong_and_ends_with_1(tmp_path: Path) -> None:
    result = CliRunner().invoke(doctor, ["--data", str(tmp_path)], env={"IMT_ECRF_REPORTS": "nowhere"})
    wrong = [line for line in result.stdout.splitlines() if line.startswith("WRONG")]
    assert wrong == [
        "WRONG  IMT_ECRF_REPORTS names nowhere, which is not a folder.",
        f"WRONG  {tmp_path}/settings.toml: not found; `imt-ecrf init --data {tmp_path}` makes one.",
    ]
    assert result.exit_code == 1
