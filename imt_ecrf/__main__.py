"""Start from a fresh checkout: make the environment, go on inside it; knows the standard library only."""

from __future__ import annotations

import ctypes.util
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CHECKOUT = Path(__file__).resolve().parent.parent
_ENVIRONMENT = _CHECKOUT / ".venv"
_LOCK = _CHECKOUT / ".ci" / "requirements.lock"
_PROJECT = _CHECKOUT / "pyproject.toml"
_STAMP = _ENVIRONMENT / "installed"
_LOG = _ENVIRONMENT / "install.log"
_INSIDE = (
    "IMT_ECRF_INSIDE"  # set before going on inside, so that a broken environment cannot start itself for ever
)
_OLDEST = (3, 11)


@dataclass(frozen=True)
class Need:
    """Something the machine must have: the Debian package that brings it, and how to see that it is there."""

    package: str
    there: Callable[[], bool]


def _library(name: str) -> Callable[[], bool]:
    return lambda: ctypes.util.find_library(name) is not None


def _command(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _postgresql() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb") is not None


NEEDS = (
    Need("python3-venv", lambda: importlib.util.find_spec("ensurepip") is not None),
    Need("libpango-1.0-0", _library("pango-1.0")),
    Need("libpangoft2-1.0-0", _library("pangoft2-1.0")),
    Need("libharfbuzz-subset0", _library("harfbuzz-subset")),
)
NEEDS_OF_THE_TESTS = (
    Need("chromium", _command("chromium", "chromium-browser")),
    Need("nodejs", _command("node")),
    Need("postgresql", _postgresql),
    Need("poppler-utils", _command("pdfsig")),
    Need("qpdf", _command("qpdf")),
    Need("libnss3-tools", _command("certutil")),
)


def main(arguments: Sequence[str]) -> None:
    """Run the command line here when all it needs is installed, else make the environment and go on in it."""
    if sys.version_info < _OLDEST:
        _stop("imt_ecrf needs Python 3.11 or later; this is Python " + sys.version.split()[0] + ".")
    testing = arguments[:1] == ["test"]
    if _LOCK.is_file():  # an installation from the wheel has no checkout around it and is complete
        if testing or not _ready(testing=False):
            _provide_machine(testing)
        if not _ready(testing):
            _go_on_inside(arguments)
    from imt_ecrf.cli import main as command_line

    command_line(args=list(arguments), prog_name="imt-ecrf")


def _ready(testing: bool) -> bool:
    """Tell whether this interpreter has what pyproject.toml asks for."""
    if Path(sys.prefix).resolve() == _ENVIRONMENT and not _stamped():
        return False
    return all(_installed(name) for name in _asked_for(testing))


def _asked_for(testing: bool) -> list[str]:
    import tomllib

    project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]
    lines = list(project["dependencies"])
    if testing:
        lines += project["optional-dependencies"]["test"]
    return [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in lines]


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _provide_machine(testing: bool) -> None:
    needs = NEEDS + (NEEDS_OF_THE_TESTS if testing else ())
    missing = _missing(needs)
    if missing and _install_packages(missing):
        missing = _missing(needs)
    if not missing:
        return
    sentence = f"This machine lacks {', '.join(missing)}: run `sudo apt-get install {' '.join(missing)}`."
    only_tests = {need.package for need in NEEDS_OF_THE_TESTS}
    if os.environ.get("CI") != "true" and set(missing) <= only_tests:
        print(f"{sentence} The tests that need them are skipped.", file=sys.stderr, flush=True)
        return
    _stop(sentence)


def _missing(needs: Sequence[Need]) -> list[str]:
    return [need.package for need in needs if not need.there()]


def _install_packages(packages: Sequence[str]) -> bool:
    """Install Debian packages when this user may; tell whether that was tried and went well."""
    prefix = _as_administrator()
    if prefix is None or shutil.which("apt-get") is None:
        return False
    _say(f"Installing Debian packages: {', '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(
            [*prefix, *command], env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            return False
    importlib.invalidate_caches()
    return True


def _as_administrator() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def _go_on_inside(arguments: Sequence[str]) -> NoReturn:
    if os.environ.get(_INSIDE):
        _stop(f"The environment {_ENVIRONMENT} is incomplete: remove that folder and start again.")
    if not _stamped():
        _make_environment()
    os.environ[_INSIDE] = "1"
    python = str(_ENVIRONMENT / "bin" / "python")
    sys.stdout.flush()
    os.execv(python, [python, "-m", "imt_ecrf", *arguments])


def _fingerprint() -> str:
    parts = (sys.version.encode(), _LOCK.read_bytes(), _PROJECT.read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _stamped() -> bool:
    return _STAMP.is_file() and _STAMP.read_text(encoding="ascii") == _fingerprint()


def _make_environment() -> None:
    import venv

    _say(f"Making the environment in {_ENVIRONMENT.name}/ (once; a few minutes)")
    venv.create(
        _ENVIRONMENT, symlinks=True, with_pip=True, clear=not _STAMP.is_file() and _ENVIRONMENT.exists()
    )
    _STAMP.unlink(missing_ok=True)
    pins = sum("==" in line for line in _LOCK.read_text(encoding="utf-8").splitlines())
    with _LOG.open("w", encoding="utf-8") as log:
        _pip(["--require-hashes", "-r", str(_LOCK)], log.write, pins)
        # --require-hashes refuses -e, so the program goes in by a second step, with the locked hatchling
        _pip(["--no-deps", "--no-build-isolation", "-e", str(_CHECKOUT)], log.write, 1)
    _STAMP.write_text(_fingerprint(), encoding="ascii")


def _pip(what: Sequence[str], log: Callable[[str], object], expected: int) -> None:
    command = [
        str(_ENVIRONMENT / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--progress-bar",
        "off",
    ]
    with subprocess.Popen(
        [*command, *what],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as pip:
        last: list[str] = []
        seen = 0
        for line in pip.stdout or ():
            log(line)
            last = [*last[-9:], line]
            if line.startswith(("Collecting ", "Requirement ", "Processing ", "Obtaining ")):
                seen += 1
                _progress(seen, expected, line)
    if sys.stdout.isatty():
        print()
    if pip.returncode:
        _stop("pip could not install what the program needs; its last words:\n\n" + "".join(last))


def _progress(seen: int, expected: int, line: str) -> None:
    """Show a bar on a terminal, a line now and then elsewhere."""
    share = min(seen / max(expected, 1), 1.0)
    if sys.stdout.isatty():
        name = re.split(r"[^A-Za-z0-9._-]", line.split()[1], maxsplit=1)[0]
        print(f"\r  [{'#' * int(share * 30):30}] {share:4.0%} {name:32.32}", end="", flush=True)
    elif seen % 25 == 0:
        print(f"  {share:4.0%}", flush=True)


def _say(text: str) -> None:
    print(text, flush=True)


def _stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr, flush=True)
    raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
