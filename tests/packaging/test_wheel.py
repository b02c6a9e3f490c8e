"""The wheel builds without complaint when it is wrong, so it is built, installed and used here."""

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("forms", "templates", "migrations", "reports")
ASK_ROOMS = f"from imt_ecrf import rooms; print(*[getattr(rooms, name)() for name in {ROOMS}], sep='\\n')"

OPEN_A_PAGE = """
import re
from pathlib import Path
from imt_ecrf import config, store
from imt_ecrf.app import create_app

settings = config.create(Path("data"), "test")
store.migrate(settings.database_url)
client = create_app(settings).test_client()
page = client.get("/", follow_redirects=True)
sheets = re.findall(r'<link[^>]+href="(/[^"]+[.]css[^"]*)"', page.text)
print(page.status_code, bool(sheets), {client.get(sheet).status_code for sheet in sheets})
"""


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _not_source(folder: str, names: list[str]) -> set[str]:
    made = {"build", "dist", "data", "demo-data"} if Path(folder) == CHECKOUT else set()
    return {name for name in names if name in made or (name[0] == "." and name not in {".ci", ".gitignore"})}


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the checkout as it is now, so that both builds see the same files, whoever works in it."""
    copy = tmp_path_factory.mktemp("source") / "checkout"
    shutil.copytree(CHECKOUT, copy, ignore=_not_source)
    return copy


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the hatchling at hand."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a new environment that sees this one's libraries; return its Python."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True, with_pip=True)
    python = folder / "bin" / "python"
    _run(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel, cwd=folder)
    (site,) = folder.glob("lib/python*/site-packages")
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    # the paths of a .pth come after the environment's own, and an editable install in them is not followed
    (site / "libraries.pth").write_text("\n".join(libraries) + "\n", encoding="utf-8")
    return python


def test_the_wheel_carries_every_file_of_the_four_rooms(wheel: Path, source: Path) -> None:
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("imt_ecrf/_rooms/")}
    files = (file for room in ROOMS for file in (source / room).rglob("*") if file.is_file())
    there = {file.relative_to(source).as_posix() for file in files if "__pycache__" not in file.parts}
    assert carried == {f"imt_ecrf/_rooms/{name}" for name in there}


def test_the_wheel_carries_nothing_but_the_program(wheel: Path) -> None:
    first = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in first if not name.endswith(".dist-info")} == {"imt_ecrf"}


def test_an_installed_program_finds_its_rooms_inside_itself(installed: Path, tmp_path: Path) -> None:
    (site,) = installed.parent.parent.glob("lib/python*/site-packages")
    found = _run(installed, "-c", ASK_ROOMS, cwd=tmp_path).splitlines()
    assert found == [str(site / "imt_ecrf" / "_rooms" / name) for name in ROOMS]


def test_an_installed_program_answers_on_the_command_line(installed: Path, tmp_path: Path) -> None:
    said = _run(installed.parent / "imt-ecrf", "--help", cwd=tmp_path)
    assert said.startswith("Usage: imt-ecrf")
    assert _run(installed, "-m", "imt_ecrf", "--help", cwd=tmp_path) == said


def test_an_installed_program_makes_its_database_and_opens_a_page(installed: Path, tmp_path: Path) -> None:
    assert _run(installed, "-c", OPEN_A_PAGE, cwd=tmp_path) == "200 True {200}\n"


def test_the_source_distribution_builds_the_same_wheel(wheel: Path, source: Path, tmp_path: Path) -> None:
    _run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=source)
    (archive,) = tmp_path.glob("*.tar.gz")
    _run("tar", "-xzf", archive, cwd=tmp_path)
    (unpacked,) = tmp_path.glob("imt_ecrf-*/")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again", cwd=unpacked)
    (again,) = (tmp_path / "again").glob("*.whl")
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(wheel).namelist()
