import socket
from pathlib import Path

import pytest

from imt_ecrf import cli, config
from imt_ecrf.store import schema


def _refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as raised:
        cli.main(["serve", *arguments])
    said = capsys.readouterr()
    assert (raised.value.code, said.out) == (1, "")
    return said.err


@pytest.mark.req("R67")
@pytest.mark.parametrize(
    "values",
    [{}, {"public_url": "https://ecrf.example"}, {"trusted_proxies": 1, "public_url": "http://x.example"}],
)
def test_production_without_tls_in_front_is_not_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], values: dict[str, object]
) -> None:
    schema.migrate(config.create(tmp_path, "production", **values).database_url)
    assert _refusal(capsys, "--data", str(tmp_path)) == (
        "Error: A production installation is served behind a proxy with TLS only: "
        f"set public_url (https://…) and trusted_proxies in {tmp_path}/settings.toml.\n"
    )


def test_an_installation_without_a_database_is_not_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.create(tmp_path, "test")
    said = _refusal(capsys, "--data", str(tmp_path))
    assert said == f"Error: The database {tmp_path}/study.sqlite3 is not there.\n"


def test_a_port_that_is_taken_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema.migrate(config.create(tmp_path, "test").database_url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = _refusal(capsys, "--data", str(tmp_path), "--port", port)
    assert said == f"Error: Cannot listen on 127.0.0.1:{port}: Address already in use.\n"
