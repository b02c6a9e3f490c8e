"""Tables of forms/medicine, kept as plain data and checked for holes; knows no form."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.loader.source import Map, plain

if TYPE_CHECKING:
    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section

TABLES: Final = {
    "recist": "recist",
    "ctcae": "ctcae",
    "doses": "dose",
    "bands": "reference_bands",
    "growth": "growth",
    "dictionaries": "dictionaries",
}
"""Tables of the published version, each with its file in forms/medicine."""

TARGET: Final = ("CR", "PR", "SD", "PD", "NE", "NA")
NON_TARGET: Final = ("CR", "NON-CR/NON-PD", "PD", "NE", "NA")
STEP: Final = Decimal("0.01")


def read_table(draft: Draft, name: str, section: Section) -> Any:
    """Give a table as plain data, decimals as text, after looking for what its users rely on."""
    if name == "recist":
        _recist(section)
    elif name == "doses":
        _dose(section)
    elif name == "growth":
        _growth(section)
    elif name == "ctcae":
        _ctcae(draft, section)
    elif name == "bands":
        for row in section.sections("laboratory", "normal range", needed=True):
            draft.use("unit", row, "unit")
    elif name == "dictionaries":
        lists = section.section("lists", "dictionaries")
        return {key: list(lists.names(key)) for key in lists.source} if lists else {}
    return plain(section.source)


def _recist(section: Section) -> None:
    rows = [
        tuple(str(row.raw(key, needed=True)) for key in ("target", "non_target", "new", "overall"))
        for row in section.sections("response", "response row", needed=True)
    ]
    for parts in itertools.product(TARGET, NON_TARGET, ("N", "Y")):
        answers = {row[3] for row in rows if all(map(_matches, row, parts))}
        if len(answers) != 1:
            found = " and ".join(sorted(answers)) or "nothing"
            section.wrong(
                "response", f"target {parts[0]}, non-target {parts[1]}, new {parts[2]} gives {found}"
            )


def _matches(pattern: str, value: str) -> bool:
    return (
        pattern in {"any", value} or (pattern == "not PD" and value != "PD") or value in pattern.split(" or ")
    )


def _dose(section: Section) -> None:
    last: Decimal | None = None
    for band in section.sections("bands", "band", needed=True):
        low, high = band.raw("bsa_from", needed=True), band.source.get("bsa_to")
        if isinstance(low, (int, Decimal)) and last is not None and low - last != STEP:
            band.wrong("bsa_from", f"the band starts at {low} but the one before ends at {last}")
        last = Decimal(high) if isinstance(high, (int, Decimal)) else None


def _ctcae(draft: Draft, section: Section) -> None:
    for row in section.sections("rows", "grade row", needed=True):
        row.who = f"grade row {row.source.get('term')}"
        row.text("test")
        draft.use("unit", row, "unit")
        row.word("direction", ("L", "H"), "H")
        grades = row.section("grades", row.who)
        for grade in grades.source if grades else Map():
            if grades and grade not in {"1", "2", "3", "4"}:
                grades.wrong(grade, f"there is no laboratory grade {grade}")


def _growth(section: Section) -> None:
    for row in section.sections("rows", "growth row"):
        row.word("kind", ("WEIGHT", "HEIGHT"), "WEIGHT")
        row.word("sex", ("M", "F"), "M")
        for key in ("months", "l", "m", "s"):
            row.raw(key, needed=True)
        row.done()
