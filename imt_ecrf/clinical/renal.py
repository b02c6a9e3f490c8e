"""Kidney function of children from height and creatinine."""

from __future__ import annotations

from fractions import Fraction

from imt_ecrf.clinical.exact import Number, positive

SCHWARTZ_FACTOR = Fraction(73, 2)
SCHWARTZ_FROM_YEARS = 1
SCHWARTZ_BELOW_YEARS = 17


def egfr_bedside_schwartz(height_cm: Number, creatinine_umol_l: Number) -> Fraction:
    """Give mL/min/1.73 m2: 36.5 x height / creatinine (Schwartz, J Am Soc Nephrol 2009; CRF book M_EGFR).

    0.413 x height / creatinine in mg/dL is the same, since 0.413 x 88.4 = 36.5; for enzymatic (IDMS)
    creatinine.
    """
    return SCHWARTZ_FACTOR * positive(height_cm, "height") / positive(creatinine_umol_l, "creatinine")


def schwartz_applies(age_years: Number) -> bool:
    """Tell whether the formula was made for this age (1 to 16 completed years); else a note is due."""
    return SCHWARTZ_FROM_YEARS <= age_years < SCHWARTZ_BELOW_YEARS
