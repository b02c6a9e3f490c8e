"""A throw-away PostgreSQL server that waits for the disk as a real one does; knows not what runs in it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
import psycopg

_PATIENCE = 60.0


class NoServer(RuntimeError):  # noqa: N818 - it says what is so
    """The server did not start."""


class Server:
    """A server with its data in one folder: it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._programs = _programs() or Path()
        self._person = _unprivileged(folder)
        make = [str(self._programs / "initdb"), "-D", str(folder / "data"), "-U", "bench", "-A", "trust"]
        make += ["-E", "UTF8", "--locale=C"]
        subprocess.run(make, cwd=folder, check=True, capture_output=True, **self._person)  # noqa: S603 - our words
        self._process = self._start()

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"postgresql+psycopg://bench@/postgres?host={self.folder}"

    def kill(self) -> None:
        """Kill every process of the server at once, as a power cut of the program would."""
        pid = self._process.pid
        # each of its processes leads a session of its own, so there is no group to kill
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """Start after a kill and wait until the log has been replayed."""
        self._process = self._start()

    def stop(self) -> None:
        """Stop in order."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=_PATIENCE)

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        command += ["-c", "listen_addresses=", "-c", "max_connections=150"]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our words
                command, cwd=self.folder, stdout=log, stderr=log, **self._person
            )
        for _ in range(int(_PATIENCE / 0.1)):
            try:
                psycopg.connect(host=str(self.folder), user="bench", dbname="postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return process
        raise NoServer((self.folder / "log").read_text())


@contextmanager
def running(place: Path) -> Iterator[Server]:
    """Make a server in a folder of its own below a place, give it, stop it and remove the folder."""
    folder = Path(
        tempfile.mkdtemp(prefix="pg-", dir=place)
    )  # short: a socket's path has at most 107 characters
    place.chmod(0o755)  # the unprivileged account has to get through to its own folder
    server = Server(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def there() -> bool:
    """Tell whether PostgreSQL can be measured here; say so when it cannot."""
    if _programs() is None:
        click.echo("PostgreSQL is not on this machine: only SQLite was measured.", err=True)
        return False
    return True


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    other = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(other).resolve().parent if other else None


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Say as whom to run: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
