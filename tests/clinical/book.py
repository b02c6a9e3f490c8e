"""The tables of the study and the golden vectors, read once for the tests of medicine."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from imt_ecrf.clinical import tables
from imt_ecrf.clinical.labs import UnitFactor, UnitTable
from imt_ecrf.clinical.tables import written

if TYPE_CHECKING:
    from fractions import Fraction

CHECKOUT = Path(__file__).resolve().parents[2]
FORMS = CHECKOUT / "forms"
VECTORS = CHECKOUT / "tests" / "conformance" / "golden_vectors.yaml"


@cache
def read(path: Path) -> Any:
    """Read a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def vectors() -> list[dict[str, Any]]:
    """List the golden vectors; those without a name of their own are named by their place."""
    given = read(VECTORS)["vectors"]
    return [{"id": f"V{place:02}", **vector} for place, vector in enumerate(given, 1)]


def vectors_of(*methods: str) -> list[dict[str, Any]]:
    """List the vectors of some methods, by the beginning of the method's name."""
    return [vector for vector in vectors() if vector["method"].startswith(methods)]


def name(vector: dict[str, Any]) -> str:
    """Name a vector in the report of the tests."""
    case = vector.get("case") or vector["inputs"].get("case") or vector.get("test") or ""
    return f"{vector['id']} {case}".strip()


def exact(number: object) -> Fraction:
    """Give a number of a YAML file as it is written there."""
    return written(number)


def perhaps(number: object) -> Fraction | None:
    """Give a number of a YAML file, or None."""
    return None if number is None else written(number)


CTCAE = tables.read_ctcae(read(FORMS / "medicine" / "ctcae.yaml"))
DOSES = tables.read_doses(read(FORMS / "medicine" / "dose.yaml"))
RANGES = tables.read_ranges(read(FORMS / "medicine" / "reference_bands.yaml"))
VITALS = tables.read_vitals(read(FORMS / "medicine" / "reference_bands.yaml"))
_UNITS = read(FORMS / "units.yaml")
UNITS = UnitTable(
    tuple(
        UnitFactor(
            unit["oid"],
            unit.get("canonical", ""),
            None if unit.get("by_analyte") else written(unit.get("factor", 1)),
            written(unit.get("offset", 0)),
        )
        for unit in _UNITS["units"]
    ),
    tables.read_analytes(_UNITS["conversions"]),
)
