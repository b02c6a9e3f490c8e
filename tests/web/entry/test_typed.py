"""What is typed is read by the script of the page as the server reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from imt_ecrf.cli.browser_rules import MODULES
from imt_ecrf.study.entry import EntryRefused, read_entry

if TYPE_CHECKING:
    from pathlib import Path

DAYS: Final = ["12", "3", "03", "31", "30", "UN", "un", "нд", "--", "xx", "0", "32", "1 2"]
MONTHS: Final = ["03", "3", "Mar", "марта", "МАР", "sept", "UN", "неизв", "13", "00", "foo", "февраль"]
YEARS: Final = ["2026", "1850", "1849", "2199", "2200", "26", "12026", "202"]
SIGNS: Final = [".", "-", "/", " ", ", ", " – "]
ORDERS: Final = [
    *((d, m, y) for d in DAYS for m in MONTHS for y in YEARS),
    *((m, y) for m in MONTHS for y in YEARS),
]
ODD_DATES: Final = [
    "12.03.2026 г.",
    "2026г",
    "",
    "  ",
    ".",
    "Mar",
    "2026-03-",
    "2026--",
    "12/03/2026",
    "03/03/2026",
    "13/03/2026",
]
DATES: Final = [
    *(sign.join(parts) for sign in SIGNS for parts in ORDERS),
    *(sign.join(reversed(parts)) for sign in SIGNS for parts in ORDERS),
    *(YEARS + ODD_DATES),
]
NUMBERS: Final = [
    *[
        "12,5",
        "12.5",
        "-3",
        "−3,1",
        "–7",
        "1.",
        ".5",
        "1,2,3",
        "1e3",
        "abc",
        "12.0",
        "12.50",
        "+4",
        "--4",
        "0",
        "-0",
        "00012",
        "½",
        "٣",
    ],
    *("9" * 40, "9" * 41, " 7 ", "1 000"),
]
TIMES: Final = [
    "9:05",
    "09:05",
    "0905",
    "9.05",
    "24:00",
    "23:59",
    "7:5",
    "705",
    "9:05 pm",
    "9:60",
    "1200",
    "12",
]
DAYS_AT: Final = ["12.03.2026", "Mar 2026", "2026-03-12", "12 Mar 2026"]
MOMENTS: Final = [
    *(f"{day} {time}" for day in DAYS_AT for time in TIMES),
    *("2026-03-12T09:05", "2026-03", "2026", "09:05", "2026-03-12T", "T09:05"),
]
RUNNER: Final = """
import {{ readTyped }} from "{module}";
let text = "";
for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
process.stdout.write(JSON.stringify(JSON.parse(text).map((one) => readTyped(...one))));
"""


def cases() -> list[tuple[str, str, str]]:
    """List texts with the kinds of items they are typed for, in both languages."""
    kinds = {
        "date": DATES, "partial_date": DATES, "integer": NUMBERS, "float": NUMBERS, "record_ref": NUMBERS,
        "time": TIMES, "datetime": MOMENTS, "text": [" a\u0308b ", "\u2003", "x"],
    }  # fmt: skip
    return [
        (text, kind, language) for kind, texts in kinds.items() for text in texts for language in ("en", "ru")
    ]


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the scripts to where node takes them for modules."""
    folder = tmp_path_factory.mktemp("static")
    for name in ("rules", "entry"):
        shutil.copytree(MODULES.parent / name, folder / name)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder / "entry" / "typed.js"


@pytest.mark.req("R31")
def test_the_page_reads_what_is_typed_as_the_server_does(module: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here")
    wanted = [read_entry(*one) for one in cases()]
    done = subprocess.run(
        [node, "--input-type=module", "-e", RUNNER.format(module=module.as_uri())],
        input=json.dumps(cases()), capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    came = json.loads(done.stdout)
    differ = [
        (one, there, here)
        for one, there, here in zip(cases(), wanted, came, strict=True)
        if (None if isinstance(there, EntryRefused) else there) != here
    ]
    assert differ[:10] == []
