"""The notation of CTCAE limits in the study file, such as `>1.5*ULN or >1.5*BL`, read into limits."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, cast

from imt_ecrf.clinical.ctcae import Comparison, CtcaeTerm, Direction, GradeLimit, Limit, Measure, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

IN_BRACKETS = re.compile(r"\s*\([^)]*\)")
COMPARED = re.compile(r"[<>]")
ONE_LIMIT = re.compile(
    r"(?:(?P<measure>change|fall)\s+)?(?P<comparison><=|>=|<|>)\s*"
    r"(?:(?:(?P<times>\d+(?:\.\d+)?)\*)?(?P<reference>ULN|LLN|BL)(?:\+(?P<plus>\d+(?:\.\d+)?))?|(?P<number>\d+(?:\.\d+)?))"
    r"\s*(?P<unit>%|points)?"
)
FLAG_ONLY = re.compile(r"show the grade only with flag (LOW|HIGH)")


class LimitNotReadable(ValueError):  # noqa: N818 - named as what it tells the data manager
    """A limit of the CTCAE table is not written in the notation."""


def read_alternatives(text: str) -> tuple[tuple[Limit, ...], ...]:
    """Read one cell of the table; empty for words only, because such a grade is the investigator's.

    A remark in brackets is left out; a limit that holds only `with symptoms` counts as words.
    """
    bare = IN_BRACKETS.sub("", text).strip()
    if "symptoms" in bare or not COMPARED.search(bare):
        return ()
    return tuple(tuple(_limit(part, text) for part in way.split(" and ")) for way in bare.split(" or "))


def read_term(
    *,
    term: str,
    test: str,
    direction: str,
    unit: str,
    grades: Mapping[str, str],
    if_baseline_abnormal: Mapping[str, str] | None = None,
    if_on_anticoagulation: Mapping[str, str] | None = None,
    note: str = "",
) -> CtcaeTerm:
    """Read one row of the table; `grades` are cells by grade, the note says whether a flag is needed."""
    if direction not in ("L", "H"):
        msg = f"{term}: direction must be L or H, is {direction}"
        raise LimitNotReadable(msg)
    flag = FLAG_ONLY.search(note)
    return CtcaeTerm(
        term,
        test,
        cast("Direction", direction),
        unit,
        _column(grades),
        None if if_baseline_abnormal is None else _column(if_baseline_abnormal),
        None if if_on_anticoagulation is None else _column(if_on_anticoagulation),
        cast("Literal['LOW', 'HIGH']", flag[1]) if flag else None,
    )


def _column(cells: Mapping[str, str]) -> tuple[GradeLimit, ...]:
    read = [GradeLimit(int(grade), read_alternatives(text)) for grade, text in cells.items()]
    return tuple(sorted((limit for limit in read if limit.alternatives), key=lambda limit: -limit.grade))


def _limit(part: str, text: str) -> Limit:
    found = ONE_LIMIT.fullmatch(part.strip())
    if found is None:
        msg = f"the limit {part.strip()!r} in {text!r} cannot be read"
        raise LimitNotReadable(msg)
    measure = found["measure"] or "value"
    if found["unit"] == "%" and measure == "fall":
        measure = "fall %"
    return Limit(
        cast("Comparison", found["comparison"]),
        Fraction(found["number"] or found["plus"] or "0"),
        cast("Reference | None", found["reference"]),
        Fraction(found["times"] or "1"),
        cast("Measure", measure),
    )
