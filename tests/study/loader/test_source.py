import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.study.loader.mistakes import Mark, Mistakes
from imt_ecrf.study.loader.source import Map, empty, plain, read

WORDS_OF_YAML_1_1 = ["Y", "N", "y", "n", "Yes", "No", "NO", "On", "off", "TRUE", "False", "Null", "NULL"]


def _read(folder: Path, text: str) -> tuple[Map, list[str]]:
    file, mistakes = folder / "a.yaml", Mistakes()
    file.write_text(text, encoding="utf-8")
    found = read(file, "forms/a.yaml", mistakes)
    return found or empty(Mark("", 0)), [str(mistake) for mistake in mistakes.sorted()]


@pytest.mark.parametrize(
    "word", [*WORDS_OF_YAML_1_1, "2026-02-16", "12:30", "1_000", "0x1F", "007", "1e3", ".5"]
)
def test_only_null_true_false_and_plain_numbers_are_not_text(tmp_path: Path, word: str) -> None:
    assert _read(tmp_path, f"a: {word}") == ({"a": word}, [])


def test_null_truth_and_numbers_keep_their_type_and_their_digits(tmp_path: Path) -> None:
    found, mistakes = _read(tmp_path, "{a: null, b: ~, c: , d: true, e: false, f: -12, g: 12.50}")
    assert found == {
        "a": None,
        "b": None,
        "c": None,
        "d": True,
        "e": False,
        "f": -12,
        "g": Decimal("12.50"),
    }
    assert (str(found["g"]), mistakes) == ("12.50", [])


def test_every_key_and_member_knows_its_line(tmp_path: Path) -> None:
    found, _ = _read(tmp_path, "a: 1\n\nb:\n  - c\n  - d: 2\n")
    assert found.marks == {"a": Mark("forms/a.yaml", 1), "b": Mark("forms/a.yaml", 3)}
    assert [mark.line for mark in found["b"].marks] == [4, 5]


def test_a_key_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    found, mistakes = _read(tmp_path, "a: 1\nb: 2\na: 3\n")
    assert (found["a"], mistakes) == (1, ["forms/a.yaml:3: a stands twice; the first is on line 1"])


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("a: [1", "forms/a.yaml:2: this is not YAML: did not find expected ',' or ']'"),
        ("- a\n- b\n", "forms/a.yaml:1: the file must hold keys and values"),
        ("", "forms/a.yaml:1: the file must hold keys and values"),
        ("a: 1\n? [b]\n: 2\n", "forms/a.yaml:2: a key must be a word"),
        ("a: !date 2026-01-01\n", "forms/a.yaml:1: the tag !date is not used here"),
        ("a: !!int x\n", "forms/a.yaml:1: the tag tag:yaml.org,2002:int is not used here"),
    ],
)
def test_what_is_not_a_file_of_keys_is_said_with_its_line(tmp_path: Path, text: str, mistake: str) -> None:
    assert _read(tmp_path, text)[1] == [mistake]


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("имя: да".encode("cp1251"))
    mistakes = Mistakes()
    assert read(tmp_path / "a.yaml", "forms/a.yaml", mistakes) is None
    assert [str(mistake) for mistake in mistakes.sorted()] == [
        "forms/a.yaml:1: the file is not written in UTF-8"
    ]


def test_texts_are_brought_into_nfc(tmp_path: Path) -> None:
    found, _ = _read(tmp_path, "a: \u0438\u0306\n")
    assert found["a"] == "\u0439"


SIMPLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(codec="ascii", categories=["L"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", min_size=1), inner),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text("xyz", min_size=1), SIMPLE))
def test_what_is_written_as_json_is_read_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    found, mistakes = _read(tmp_path_factory.getbasetemp(), json.dumps(value))
    assert (plain(found), mistakes) == (value, [])


@given(digits=st.from_regex(re.compile(r"-?(0|[1-9][0-9]{0,6})\.[0-9]{1,6}"), fullmatch=True))
def test_a_decimal_becomes_the_text_that_was_written(
    tmp_path_factory: pytest.TempPathFactory, digits: str
) -> None:
    found, _ = _read(tmp_path_factory.getbasetemp(), f"a: {digits}")
    assert plain(found) == {"a": str(Decimal(digits))}


def test_the_program_refuses_to_start_without_the_quick_reader() -> None:
    line = "import sys; sys.modules['yaml.cyaml'] = None; import imt_ecrf.study.loader"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PyYAML was built without its C library (libyaml)" in done.stderr
