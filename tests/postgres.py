"""A PostgreSQL server that lives as long as one test process, made from the machine's own binaries."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

_PATIENCE = 60.0  # seconds; a cold start on two busy cores takes a few
_numbers = count(1)


@dataclass(frozen=True)
class PostgresServer:
    """A running server: the folder of its socket and the name of its owner."""

    socket_folder: Path
    owner: str = "ecrf_owner"

    def url(self, database: str, user: str | None = None) -> str:
        """Return SQLAlchemy's address of one of its databases."""
        return f"postgresql+psycopg://{user or self.owner}@/{database}?host={self.socket_folder}"

    def run(self, sentence: str) -> None:
        """Run one SQL sentence as the owner, outside any transaction."""
        with self.connect() as connection:
            connection.execute(sentence.encode())

    def connect(self) -> psycopg.Connection[Any]:
        """Connect to the server's own database."""
        host = str(self.socket_folder)
        return psycopg.connect(host=host, user=self.owner, dbname="postgres", autocommit=True)

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Make an empty database, give its address, drop it afterwards with whoever is still connected."""
        name = f"test_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL on this machine, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Make a server in a temporary folder, run it, stop it and remove the folder."""
    programs = binaries()
    if programs is None:
        raise FileNotFoundError("initdb")
    folder = Path(tempfile.mkdtemp(prefix="ecrf-pg-"))  # short: a socket's path has at most 107 characters
    server = PostgresServer(folder)
    person = _unprivileged(folder)
    try:
        _make(programs, server, person)
        with _started(programs, folder, person) as process:
            _wait(server, process)
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Say as whom to run: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _make(programs: Path, server: PostgresServer, person: dict[str, Any]) -> None:
    command = [str(programs / "initdb"), "-D", str(server.socket_folder / "data"), "-U", server.owner]
    command += ["-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    folder = server.socket_folder
    subprocess.run(command, cwd=folder, check=True, capture_output=True, **person)


@contextmanager
def _started(programs: Path, folder: Path, person: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    # nothing of a test outlives it, so nothing waits for the disk
    for setting in ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off"):
        command += ["-c", setting]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **person)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # SIGTERM would wait for clients to leave
        process.wait(timeout=_PATIENCE)


def _wait(server: PostgresServer, process: subprocess.Popen[bytes]) -> None:
    for _ in range(int(_PATIENCE / 0.1)):
        if process.poll() is not None:
            break
        try:
            server.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("PostgreSQL did not start: " + (server.socket_folder / "log").read_text())
