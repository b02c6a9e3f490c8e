import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imt_ecrf import __main__ as starter

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def bare_checkout(tmp_path: Path) -> Path:
    """Copy what the starter reads, without any environment."""
    shutil.copytree(
        CHECKOUT / "imt_ecrf", tmp_path / "imt_ecrf", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(CHECKOUT / ".ci", tmp_path / ".ci")
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_starter_uses_the_standard_library_only(bare_checkout: Path) -> None:
    code = "import sys, imt_ecrf.__main__; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    # -S leaves out every installed library, so an import of one would end here
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=bare_checkout, capture_output=True, text=True, check=True
    )
    own = set(done.stdout.split()) - set(sys.stdlib_module_names) - {"__mp_main__"}
    assert {name for name in own if not name.startswith("_")} == {"imt_ecrf"}


def test_an_incomplete_environment_does_not_start_itself_for_ever(bare_checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "imt_ecrf", "doctor"],
        cwd=bare_checkout,
        env={**os.environ, "IMT_ECRF_INSIDE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    sentence = f"The environment {bare_checkout}/.venv is incomplete: remove that folder and start again.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


def test_the_starter_asks_for_what_the_project_declares() -> None:
    program, gate = starter._asked_for(testing=False), starter._asked_for(testing=True)
    assert {"flask", "psycopg", "pyyaml"} <= set(program)
    assert {"pytest", "mypy"} <= set(gate) - set(program)


def test_every_package_the_starter_asks_for_is_locked() -> None:
    lock = (CHECKOUT / ".ci" / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = {line.split("==")[0] for line in lock if "==" in line}
    assert {name.lower() for name in starter._asked_for(testing=True)} - locked == set()


def test_the_fingerprint_follows_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = starter._fingerprint()
    other = tmp_path / "requirements.lock"
    other.write_bytes(starter._LOCK.read_bytes() + b"\n")
    monkeypatch.setattr(starter, "_LOCK", other)
    assert starter._fingerprint() != before


def test_a_missing_package_is_named() -> None:
    there, absent = starter.Need("there", lambda: True), starter.Need("absent", lambda: False)
    assert starter._missing([there, absent]) == ["absent"]
