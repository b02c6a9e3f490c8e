import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

from imt_ecrf import config
from imt_ecrf.store import schema

TRIES = 300


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def _answer(address: str, serving: subprocess.Popen[str]) -> int:
    """Wait until the address answers; give up when the server has ended."""
    for _ in range(TRIES):
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310 - an address of this machine
                return int(answer.status)
        except URLError:
            assert serving.poll() is None, "the server ended by itself"
            time.sleep(0.1)
    raise AssertionError(f"no answer from {address}")


def test_an_installation_is_served_until_a_signal_ends_it(tmp_path: Path, database_url: str) -> None:
    port = _free_port()
    config.create(tmp_path / "data", "test", database_url=database_url, port=port, workers=1)
    schema.migrate(database_url)
    command = [sys.executable, "-m", "imt_ecrf", "serve", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        status = _answer(f"http://127.0.0.1:{port}/", serving)
        serving.send_signal(signal.SIGTERM)
        said, _ = serving.communicate()
    assert (status, serving.returncode) == (200, 0)
    assert said == f"Serving on http://127.0.0.1:{port}/ (Ctrl+C ends it)\n"


def test_a_file_that_reaches_no_page_is_refused_in_both_languages(tmp_path: Path) -> None:
    port = _free_port()
    settings = config.create(tmp_path / "data", "test", port=port)
    schema.migrate(settings.database_url)
    command = [sys.executable, "-m", "imt_ecrf", "serve", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        _answer(f"http://127.0.0.1:{port}/", serving)
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(b"POST /check-copy HTTP/1.1\r\nHost: x\r\nContent-Length: 200000000\r\n\r\n")
            with line.makefile("rb") as answer:
                said = answer.read().decode()
        serving.send_signal(signal.SIGTERM)
        serving.communicate()
    assert said.startswith("HTTP/1.1 413 ")
    assert said.endswith(
        "\r\n\r\nThe file is larger than 50 MB, which this page does not take.\r\n\r\n"
        "Файл больше 50 МБ; эта страница таких не принимает.\r\n"
    )
