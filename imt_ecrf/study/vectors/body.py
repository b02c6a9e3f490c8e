"""Vectors of body surface, doses and electrocardiograms: the version's own expressions; knows no file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from imt_ecrf.clinical.dose import dose_level_mg_m2
from imt_ecrf.study.vectors.bench import NotSupported, expected, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imt_ecrf.study.vectors.bench import Bench

_LEVEL = re.compile(r"calc_(\d+)")


def surface_and_doses(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Give body surface (Mosteller), dose of the table, calculated dose; both from the surface as stored."""
    inputs, wanted = vector["inputs"], expected(vector)
    height, weight = inputs["height_cm"], inputs["weight_kg"]
    area = bench.stored("M_BSA", {"VS_HEIGHT": height, "VS_WEIGHT": weight})
    yield "bsa", number(wanted["bsa"]), area
    again = bench.stored("M_DOBSA", {"DOHT": height, "DOWT": weight})
    yield "bsa for dosing", number(wanted["bsa"]), again
    ordered = {"DOBSA": area, "DOLEVEL": inputs.get("level", "L0"), "DOFORM": inputs.get("form", "PELLET")}
    if "table_single_dose_mg" in wanted:
        wanted_dose = number(wanted["table_single_dose_mg"])
        yield "table_single_dose_mg", wanted_dose, bench.stored("M_DOTABLE", ordered)
    for key, dose in wanted.items():
        found = _LEVEL.fullmatch(key)
        if found:
            level = {"DOBSA": area, "DOLEVEL": _level(bench, int(found[1]))}
            yield key, number(dose), bench.stored("M_DOCALC", level)


def _level(bench: Bench, amount: int) -> str:
    codes = bench.rules.dictionary.codes(bench.rules.dictionary.items["DOLEVEL"].type) or ()
    found = next((code for code in codes if dose_level_mg_m2(bench.medicine.doses, code) == amount), None)
    if found is None:
        raise NotSupported(f"no dose level has {amount} mg/m2")
    return found


def intervals(vector: Mapping[str, Any], bench: Bench) -> Iterator[tuple[str, Any, Any]]:
    """Give RR from the heart rate, then QT corrected by Fridericia and Bazett from the RR as stored."""
    inputs, wanted = vector["inputs"], expected(vector)
    rr = bench.stored("M_RR", {"EG_HR": inputs["hr"]})
    tracing = {"EG_QT": inputs["qt_ms"], "EG_RR": rr}
    came = {"rr": rr, "qtcf": bench.stored("M_QTCF", tracing), "qtcb": bench.stored("M_QTCB", tracing)}
    for key, value in came.items():
        if key in wanted:
            yield key, number(wanted[key]), value
