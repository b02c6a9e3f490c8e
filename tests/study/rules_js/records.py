"""A small study with items of every type, and random records of it: blank, missing, hidden, unreadable."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.records import Event, Record, Row, Subject
from imt_ecrf.study.rules import Dictionary, FormType, GroupType, ItemType, Run
from tests.study.rules_js import facts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

CODES = ("Y", "N", "OTHER", "L1")
PLAIN = {
    "N1": "decimal",
    "N2": "decimal",
    "I1": "integer",
    "U1": "decimal",
    "B1": "boolean",
    "T1": "text",
    "C1": "code:CL",
    "C2": "code:CL",
    "M1": "codes:CL",
    "D1": "date",
    "D2": "date",
    "H1": "time",
    "W1": "datetime",
    "X1": "ref:F_L",
}
ROWS = {"R_C": "code:CL", "R_N": "decimal", "R_T": "text", "R_D": "date", "R_E": "date", "R_B": "boolean"}
PANEL = {"P_K": "text", "P_N": "decimal", "P_C": "code:CL"}
LOG = {
    "L_N": "decimal",
    "L_I": "integer",
    "L_D": "date",
    "L_E": "date",
    "L_C": "code:CL",
    "L_T": "text",
    "L_B": "boolean",
    "L_M": "codes:CL",
    "L_H": "time",
    "L_W": "datetime",
    "L_X": "ref:F_L",
}
OTHER = {"O_N": "decimal", "O_D": "date", "O_C": "code:CL"}
UNITS = {
    "kg": (Fraction(1), Fraction(0)),
    "g": (Fraction(1, 1000), Fraction(0)),
    "F": (Fraction(5, 9), Fraction(-160, 9)),
}
FIXED = {"ALT": {"P_C": "Y"}, "AST": {}}


def _items(types: dict[str, str], form: str, group: str | None = None) -> dict[str, ItemType]:
    units = {"U1": UNITS, "R_N": UNITS}
    return {
        oid: ItemType(oid, type_, form, group, section=group or f"S_{form}", units=units.get(oid, {}))
        for oid, type_ in types.items()
    }


WORDS = Dictionary(
    items={
        **_items(PLAIN, "F_H"),
        **_items(ROWS, "F_H", "G"),
        **_items(PANEL, "F_H", "P"),
        **_items(LOG, "F_L"),
        **_items(OTHER, "F_O"),
    },
    groups={
        "G": GroupType("G", "F_H", "R_C", tuple(ROWS)),
        "P": GroupType("P", "F_H", "P_K", tuple(PANEL), FIXED),
    },
    forms={
        "F_H": FormType("F_H", "event", tuple(PLAIN), ("G", "P")),
        "F_L": FormType("F_L", "log", tuple(LOG)),
        "F_O": FormType("F_O", "once", tuple(OTHER)),
    },
    lists={"CL": CODES},
    events=("SE_A", "SE_C1D1", "SE_B"),
)
GOOD: dict[str, list[Any]] = {
    "decimal": ["0", "1", "-2.5", "3.14159", "12.50", "1.0", "0.001", " 7 "],
    "integer": ["0", "5", "-17", "12.0"],
    "boolean": ["true", "false"],
    "text": [
        "rash",
        "  Сыпь ",
        "QT-LONG",
        "сыпь, сильная",
        "12.5",
        "Ёлка",
        "a\u0308b",
        "😀 rash",
        "÷12 ×QT÷",
    ],
    "code:CL": [*CODES, "Y"],
    "codes:CL": [["Y"], ["Y", "L1"], ["N"], ["L1", "N"], ["OTHER"]],
    "date": ["2026", "2026-03", "2026-03-10", "2026-02-28", "2024-02-29", "2026-03-01", "1850-01-01"],
    "time": ["00:00", "07:05", "23:59"],
    "datetime": ["2026-03-10T12:00", "2026-03-10T09:30", "2026-03-10", "2026-03"],
    "ref:F_L": ["1", "2", "3", "7"],
}
BAD: dict[str, list[Any]] = {
    "decimal": ["abc", "1,5", "9" * 41, "", "1e3", "1/2"],
    "integer": ["12.5", "x"],
    "boolean": ["yes"],
    "text": ["", " \u2003 "],
    "code:CL": ["nope", "y"],
    "codes:CL": [[], ["nope"], "Y"],
    "date": ["2025-02-29", "1849", "10.3.2026", "2026-13", "2026-00"],
    "time": ["24:00", "7:05"],
    "datetime": ["2026-03T10:00", "2026-03-10T25:00"],
    "ref:F_L": ["first", "1.5"],
}


def random_run(random: Random) -> Run:
    """Make a record among others, of a visit with a row or of a line, and what it is given."""
    events = (
        Event("SE_A", 1, "2026-01-05", 0),
        Event("SE_C1D1", 1, "2026-02-01", 1),
        Event("SE_B", 1, random.choice(["2026-03-10", "2026-03-10", None]), 2),
    )
    visits = [
        _form(random, event)
        for event in ("SE_A", "SE_C1D1", "SE_B")
        if event == "SE_B" or random.randint(0, 3)
    ]
    logs = [_record(random, LOG, "F_L", line=line) for line in range(1, random.randint(1, 6))]
    other = [_record(random, OTHER, "F_O")] if random.randint(0, 2) else []
    of_log = random.randint(0, 3) == 0
    here = _record(random, LOG, "F_L", line=random.randint(1, 6), struck=False) if of_log else visits.pop()
    records = [*visits, *logs, *other]

    def load(form: str) -> Iterable[Record]:
        return [record for record in records if record.form == form]

    subject = Subject("S1", "01", events, load=load, edited=(here,))
    row = None if of_log else Row("G", str(random.randint(1, 4)))
    return Run(subject, WORDS, here, row, given=facts.given(random))


def _form(random: Random, event: str) -> Record:
    cells = dict(_cells(random, PLAIN))
    hidden = {oid for oid in PLAIN if _seldom(random)}
    for line in range(1, random.randint(1, 6)):
        cells |= {f"G.{line}.{oid}": cell for oid, cell in _cells(random, ROWS)}
        hidden |= {f"G.{line}.{oid}" for oid in ROWS if _seldom(random)}
        if _seldom(random):
            cells[f"G.{line}.@struck"] = {"v": "by mistake"}
    cells |= {f"P.{key}.{oid}": cell for key in FIXED for oid, cell in _cells(random, {"P_N": "decimal"})}
    hidden |= {name for name in ("G", "P", "@form", "S_F_H") if _seldom(random) and _seldom(random)}
    return Record("F_H", event, cells=cells, hidden=frozenset(hidden))


def _record(
    random: Random, types: dict[str, str], form: str, line: int | None = None, *, struck: bool = True
) -> Record:
    hidden = frozenset(oid for oid in types if random.randint(0, 9) == 0)
    gone = line is not None and struck and _seldom(random)
    cells = dict(_cells(random, types))
    return Record(form, repeat=line or 1, line=line, struck=gone, cells=cells, hidden=hidden)


def _seldom(random: Random) -> bool:
    return random.randint(0, 15) == 0


def _cells(random: Random, types: dict[str, str]) -> Iterable[tuple[str, dict[str, Any]]]:
    for oid, type_ in types.items():
        if _seldom(random):
            continue
        cell: dict[str, Any] = {"v": random.choice((BAD if _seldom(random) else GOOD)[type_])}
        if _seldom(random):
            cell = {"m": "ND"}
        elif oid in {"U1", "R_N"} and random.randint(0, 1):
            cell["u"] = random.choice(["kg", "kg", "g", "F", "lb"])
        yield oid, cell
