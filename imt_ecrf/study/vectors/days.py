"""Vectors of ages, partial dates, study days and visit windows; knows no file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from imt_ecrf.clinical.age import completed_years
from imt_ecrf.study.values import Date, read_date
from imt_ecrf.study.vectors.bench import NotSupported, day, expected, number, rounded, stored
from imt_ecrf.study.windows import window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imt_ecrf.study.vectors.bench import Bench

_EVENT = re.compile(r"(\w+)(?:\s+[nk]\s*=\s*(\d+))?")
_SHOWN = re.compile(r"= (-?[0-9.]+) years")
ADULT_SCALE_YEARS = 16


def age(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Give the age on a date, counted from the age at consent (or from a full birth date)."""
    inputs, wanted = vector["inputs"], expected(vector)
    anchor = {
        "birth": stored(inputs.get("birth")),
        "consent": stored(inputs.get("consent")),
        "years": stored(inputs.get("age_years")),
        "months": stored(inputs.get("age_months")),
    }
    known = {key: value for key, value in anchor.items() if value is not None}
    found: Any = bench.value("M_AGEAT", {"PSDAT": inputs["on"]}, {"age_anchor": known})
    if "at_least_16" in wanted:
        yield "at_least_16", wanted["at_least_16"], found is not None and found >= ADULT_SCALE_YEARS
    if "age_2_decimals" in wanted:
        yield "age_2_decimals", number(wanted["age_2_decimals"]), rounded(found, 2)
    elif "value" in wanted:
        shown = _SHOWN.search(str(wanted["value"]))
        yield "value", number(shown[1] if shown else wanted["value"]), rounded(found, 2)


def years(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Count completed years: by the clinical function, and in the rule language."""
    birth, on = stored(vector["inputs"]["birth"]), stored(vector["inputs"]["on"])
    wanted = expected(vector)["years"]
    yield "years", wanted, completed_years(day(birth), day(on))
    yield "years()", wanted, bench.ask(f"years(date('{birth}'), date('{on}'))", {})


def ends(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Give the first and last possible day of a partial date."""
    value, wanted = stored(vector["inputs"]["value"]), expected(vector)
    for key in ("lo", "hi"):
        if key in wanted:
            found = bench.ask(f"partial_{key}(date('{value}'))", {})
            yield key, stored(wanted[key]), found.text if isinstance(found, Date) else None


def readable(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Tell whether a written date exists."""
    del bench
    found = read_date(stored(vector["inputs"]["value"]))
    wanted = expected(vector)
    refused = None if found else "no such date"
    yield "error", wanted.get("error"), refused


def study_day(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Count the study day; there is no day 0."""
    inputs = vector["inputs"]
    given, facts = {"SVSTDAT": inputs["date"]}, {"first_dose()": inputs["first_dose"]}
    yield "study_day", expected(vector)["study_day"], bench.value("M_STUDYDAY", given, facts)


def visit_window(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Give first, target and last day of a visit from its anchor, by the schedule of the version."""
    inputs, wanted = vector["inputs"], expected(vector)
    named = _EVENT.fullmatch(str(inputs["event"]).strip())
    event = bench.book.events.get(named[1]) if named else None
    if named is None or event is None:
        raise NotSupported(f"this version has no event {inputs['event']}")
    found = window(event, int(named[2] or 1), {event.anchor: day(inputs["anchor"])})
    for key in ("first", "target", "last"):
        if key in wanted:
            yield key, stored(wanted[key]), getattr(found, key).isoformat() if found else None
