"""The house rules, checked on every Python file of the checkout."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON_LIVES_IN = {"imt_ecrf", "migrations", "tests"}
NOT_OURS = {"build", "dist", "data", "demo-data", "__pycache__"}
JUNK_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "stuff"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
SHORT_FUNCTION = 25
SHARE_OF_SHORT_FUNCTIONS = 0.9
# a path from the root of somebody's machine; the guide speaks of folders relative to the checkout
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|home|root|Users|tmp/[a-z])/")
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".html",
    ".css",
    ".js",
    ".json",
    ".cfg",
    ".txt",
    ".lock",
    ".in",
    "",
}


def _files() -> Iterator[Path]:
    for folder, folders, names in os.walk(CHECKOUT):
        folders[:] = [name for name in folders if name not in NOT_OURS and (name == ".ci" or name[0] != ".")]
        # files with a leading dot are the tools' own, such as what coverage measured
        yield from (Path(folder, name) for name in sorted(names) if name[0] != ".")


def _name(file: Path) -> str:
    return file.relative_to(CHECKOUT).as_posix()


FILES = tuple(_files())
PYTHON = tuple(file for file in FILES if file.suffix == ".py")
TREES = {_name(file): ast.parse(file.read_bytes()) for file in PYTHON}


def _functions() -> Iterator[tuple[str, int]]:
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def test_python_lives_only_in_the_package_the_migrations_and_the_tests() -> None:
    assert [name for name in TREES if name.split("/")[0] not in PYTHON_LIVES_IN] == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {_name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in PYTHON}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    assert [(where, length) for where, length in _functions() if length > LONGEST_FUNCTION] == []


@pytest.mark.parametrize("room", ["imt_ecrf/", "tests/"])
def test_nine_functions_in_ten_have_at_most_25_lines(room: str) -> None:
    lengths = {where: length for where, length in _functions() if where.startswith(room)}
    long = sorted(where for where, length in lengths.items() if length > SHORT_FUNCTION)
    assert len(long) <= (1 - SHARE_OF_SHORT_FUNCTIONS) * len(lengths), "\n".join(long)


def test_every_module_begins_with_one_sentence_about_what_lives_there() -> None:
    program = {name: tree for name, tree in TREES.items() if not name.startswith("tests/")}
    first = {name: (ast.get_docstring(tree) or "").split("\n\n")[0] for name, tree in program.items()}
    assert [name for name, sentence in first.items() if not sentence.endswith(".")] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {name: set(Path(name).with_suffix("").parts) for name in TREES}
    assert [name for name, words in parts.items() if words & JUNK_NAMES] == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = []
    for file in FILES:
        if file.suffix in TEXT and file != Path(__file__):
            text = file.read_text(encoding="utf-8", errors="replace")
            found += [f"{_name(file)}: {match.group()}" for match in MACHINE_PATH.finditer(text)]
    assert found == []


def test_the_lock_names_no_host_and_pins_every_package_by_hash() -> None:
    lock = (CHECKOUT / ".ci" / "requirements.lock").read_text(encoding="utf-8")
    packages = re.split(r"\n(?=\S)", lock.strip())
    assert "://" not in lock
    assert [package for package in packages if "==" not in package or "--hash=sha256:" not in package] == []
