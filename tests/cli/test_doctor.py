from pathlib import Path

from click.testing import CliRunner

from imt_ecrf import config, store
from imt_ecrf.cli.doctor import database_faults, doctor
from imt_ecrf.store import guards, schema


def test_the_doctor_finds_a_new_installation_well(tmp_path: Path) -> None:
    schema.migrate(config.create(tmp_path, "test").database_url)
    result = CliRunner().invoke(doctor, ["--data", str(tmp_path)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-2:] == [
        f"ok     settings of a test installation in {tmp_path}",
        "ok     database up to date, all guards stand",
    ]


def test_the_doctor_names_what_is_wrong_and_ends_with_1(tmp_path: Path) -> None:
    result = CliRunner().invoke(doctor, ["--data", str(tmp_path)], env={"IMT_ECRF_REPORTS": "nowhere"})
    wrong = [line for line in result.stdout.splitlines() if line.startswith("WRONG")]
    assert wrong == [
        "WRONG  IMT_ECRF_REPORTS names nowhere, which is not a folder.",
        f"WRONG  {tmp_path}/settings.toml: not found; `imt-ecrf init --data {tmp_path}` makes one.",
    ]
    assert result.exit_code == 1


def test_the_doctor_makes_no_database_where_none_is(tmp_path: Path) -> None:
    settings = config.create(tmp_path, "test")
    assert database_faults(settings) == [f"The database {tmp_path}/study.sqlite3 is not there."]
    assert {file.name for file in tmp_path.iterdir()} == {"settings.toml", "secret.key"}


def test_the_doctor_names_a_guard_that_was_taken_away(tmp_path: Path, database_url: str) -> None:
    settings = config.create(tmp_path / "data", "test", database_url=database_url)
    schema.migrate(database_url)
    before = database_faults(settings)
    guard = guards.triggers("sqlite" if settings.on_sqlite else "postgresql")[0]
    opened = store.engines(database_url)
    with opened.turn(), opened.writing.begin() as connection:
        on = "" if settings.on_sqlite else f" ON {guard.table}"
        connection.exec_driver_sql(f"DROP TRIGGER {guard.name}{on}")
    opened.dispose()
    assert (before, database_faults(settings)) == ([], [f"The guard {guard.name} is missing or changed."])


def test_a_server_that_does_not_answer_is_said_in_one_sentence(tmp_path: Path) -> None:
    nowhere = f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"
    (fault,) = database_faults(config.create(tmp_path / "data", "test", database_url=nowhere))
    assert fault.startswith("The database cannot be opened: connection")
