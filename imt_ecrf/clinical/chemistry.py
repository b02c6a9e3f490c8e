"""What several chemistry results say together: calcium corrected for albumin and the signal of Hy's law."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from imt_ecrf.clinical.exact import Number, fraction

NORMAL_ALBUMIN = 40
CALCIUM_PER_ALBUMIN = Fraction(1, 50)
TRANSAMINASE_TIMES = 3
BILIRUBIN_TIMES = 2
CHOLESTASIS_TIMES = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """A result with the upper limit of its range, in one unit; None where not known."""

    value: Number | None = None
    upper: Number | None = None

    def times(self) -> Fraction | None:
        """Give the multiple of the upper limit; None when either is not known."""
        if self.value is None or not self.upper:
            return None
        return fraction(self.value) / fraction(self.upper)


def corrected_calcium(calcium_mmol_l: Number, albumin_g_l: Number) -> Fraction:
    """Give calcium corrected by 0.02 mmol/L for each g/L of albumin below 40 (Payne 1973; M_CACORR)."""
    return fraction(calcium_mmol_l) + CALCIUM_PER_ALBUMIN * (NORMAL_ALBUMIN - fraction(albumin_g_l))


def hys_law(alt: Measured, ast: Measured, bilirubin: Measured, alp: Measured) -> bool | None:
    """Tell whether a case of Hy's law is possible (FDA guidance on liver injury, 2009; CRF book M_HYSLAW).

    ALT or AST at least 3 x ULN, bilirubin above 2 x ULN, ALP under 2 x ULN; a missing ALP does not
    hide the signal. None when the results at hand do not decide it.
    """
    enzymes = [measured.times() for measured in (alt, ast)]
    bile, cholestasis = bilirubin.times(), alp.times()
    if cholestasis is not None and cholestasis >= CHOLESTASIS_TIMES:
        return False
    if bile is not None and bile <= BILIRUBIN_TIMES:
        return False
    if any(times is not None and times >= TRANSAMINASE_TIMES for times in enzymes):
        return None if bile is None else True
    return None if None in enzymes else False
