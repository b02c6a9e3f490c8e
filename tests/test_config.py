from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf import config


def _written(folder: Path, text: str) -> Path:
    (folder / config.FILE).write_text(text, encoding="utf-8")
    return folder


def _problem(folder: Path, environ: dict[str, str]) -> str:
    with pytest.raises(config.SettingsProblem) as raised:
        config.load(folder, environ)
    return str(raised.value)


def test_an_installation_of_one_line_runs_on_a_file_of_its_own(tmp_path: Path) -> None:
    assert config.load(_written(tmp_path, 'kind = "demo"'), {}) == config.Settings(
        data=tmp_path,
        kind="demo",
        database_url=f"sqlite:///{tmp_path}/study.sqlite3",
        secret_key_file=tmp_path / "secret.key",
    )


def test_a_variable_goes_before_the_file_and_the_command_line_before_both(tmp_path: Path) -> None:
    _written(tmp_path, 'kind = "test"\nport = 1\nlanguage = "ru"\nworkers = 3')
    environ = {"IMT_ECRF_PORT": "2", "IMT_ECRF_WORKERS": "4", "IMT_ECRF_FORMS": "elsewhere", "HOME": "x"}
    settings = config.load(tmp_path, environ, port=5, database_url=None)
    assert (settings.language, settings.workers, settings.port) == ("ru", 4, 5)


def test_a_folder_without_settings_says_how_to_make_them(tmp_path: Path) -> None:
    wanted = f"{tmp_path}/settings.toml: not found; `imt-ecrf init --data {tmp_path}` makes one."
    assert _problem(tmp_path, {}) == wanted


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("port = 1", "the key kind is missing; it is one of production, test, demo."),
        ('kind = "live"', "kind must be one of production, test, demo, not 'live'."),
        ('kind = "test"\nport = "many"', "port must be a whole number from 1 to 65535, not 'many'."),
        ('kind = "test"\nport = 70000', "port must be a whole number from 1 to 65535, not 70000."),
        ('kind = "test"\nport = true', "port must be a whole number from 1 to 65535, not True."),
        ('kind = "test"\nsmtp_starttls = 1', "smtp_starttls must be true or false, not 1."),
        ('kind = "test"\nhost = ""', "host must be a text, not ''."),
    ],
)
def test_a_wrong_setting_is_named_with_its_file_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    assert _problem(_written(tmp_path, text), {}) == f"{tmp_path}/settings.toml: {sentence}"


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    _written(tmp_path, 'kind = "test"')
    sentence = "IMT_ECRF_LANGUAGE: language must be one of en, ru, not 'fr'."
    assert _problem(tmp_path, {"IMT_ECRF_LANGUAGE": "fr"}) == sentence


def test_a_setting_nobody_knows_is_refused_rather_than_passed_over(tmp_path: Path) -> None:
    _written(tmp_path, 'kind = "test"\nprot = 80')
    assert _problem(tmp_path, {}).startswith(
        f"{tmp_path}/settings.toml: there is no setting prot; known are kind,"
    )


def test_no_variable_turns_a_demo_into_production(tmp_path: Path) -> None:
    _written(tmp_path, 'kind = "demo"')
    sentence = "IMT_ECRF_KIND: the kind of an installation stands in settings.toml and cannot be overridden."
    assert _problem(tmp_path, {"IMT_ECRF_KIND": "production"}) == sentence


def test_a_new_installation_has_a_key_that_others_cannot_read(tmp_path: Path) -> None:
    settings = config.create(tmp_path / "new", "production", port=9000)
    assert settings == config.load(tmp_path / "new", {})
    assert (settings.kind, settings.port, len(settings.secret_key())) == ("production", 9000, 64)
    modes = {file.name: file.stat().st_mode & 0o777 for file in settings.data.iterdir()}
    assert modes == {"settings.toml": 0o600, "secret.key": 0o600}


def test_an_installation_is_never_made_over_another(tmp_path: Path) -> None:
    config.create(tmp_path, "demo")
    before = (tmp_path / "secret.key").read_bytes()
    with pytest.raises(config.SettingsProblem):
        config.create(tmp_path, "production")
    assert (tmp_path / "secret.key").read_bytes() == before


def test_a_missing_key_file_is_named_with_its_setting(tmp_path: Path) -> None:
    settings = config.load(_written(tmp_path, 'kind = "test"\nsecret_key_file = "k"'), {})
    with pytest.raises(config.SettingsProblem) as raised:
        settings.secret_key()
    wanted = f"{tmp_path}/k: cannot be read (No such file or directory); the key secret_key_file names it."
    assert str(raised.value) == wanted


@given(st.text(min_size=1).filter(str.strip))
def test_every_text_written_to_the_settings_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("installation")
    assert config.create(folder, "test", mail_from=text).mail_from == text
