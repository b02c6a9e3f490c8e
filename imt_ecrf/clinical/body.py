"""Body size from height and weight: surface area and body mass index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.clinical.exact import Number, positive, round_half_away, square_root

if TYPE_CHECKING:
    from fractions import Fraction


def body_surface_area(height_cm: Number, weight_kg: Number) -> Fraction:
    """Give the surface in m2, rounded half up to 2 decimals (Mosteller, N Engl J Med 1987; CRF book M_BSA).

    The rounded value is the one for the dose table: the bands of the label are written to 2 decimals.
    """
    product = positive(height_cm, "height") * positive(weight_kg, "weight")
    return round_half_away(square_root(product / 3600), 2)


def body_mass_index(height_cm: Number, weight_kg: Number) -> Fraction:
    """Give kg/m2, rounded half up to 1 decimal (CRF book M_BMI)."""
    return round_half_away(10_000 * positive(weight_kg, "weight") / positive(height_cm, "height") ** 2, 1)
