"""Intervals of the electrocardiogram: RR, QT corrected for rate, mean of replicates and its grade."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from imt_ecrf.clinical.exact import Number, cube_root, fraction, positive, round_half_away, square_root

if TYPE_CHECKING:
    from collections.abc import Sequence

REPLICATES = 3
GRADE_1_FROM_MS = 450
GRADE_2_FROM_MS = 481
GRADE_3_FROM_MS = 501
CHANGE_LIMIT_MS = 60


def rr_interval(heart_rate: Number) -> int:
    """Give the RR interval in whole ms from the heart rate of the same tracing (CRF book M_RR)."""
    return int(round_half_away(60_000 / positive(heart_rate, "heart rate")))


def qtc_fridericia(qt_ms: Number, rr_ms: Number) -> int:
    """Give QTcF in whole ms: QT by the cube root of RR in seconds (Fridericia 1920; M_QTCF)."""
    return int(round_half_away(fraction(qt_ms) / cube_root(positive(rr_ms, "RR") / 1000)))


def qtc_bazett(qt_ms: Number, rr_ms: Number) -> int:
    """Give QTcB in whole ms: QT by the square root of RR in seconds (Bazett 1920; M_QTCB)."""
    return int(round_half_away(fraction(qt_ms) / square_root(positive(rr_ms, "RR") / 1000)))


def mean_qtc(replicates: Sequence[int | None]) -> int | None:
    """Give the mean of the replicates done, in whole ms; None when none was done (CRF book M_QTCFM)."""
    done = [value for value in replicates if value is not None]
    return int(round_half_away(Fraction(sum(done), len(done)))) if done else None


def qtc_grade(mean_ms: int, change_ms: int | None = None) -> int:
    """Grade the mean QTcF by CTCAE v5.0, QT corrected interval prolonged (CRF book M_QTGRADE).

    No change is counted while there is no baseline; grade 4 (torsade, arrhythmia) is the
    investigator's.
    """
    if mean_ms >= GRADE_3_FROM_MS or (change_ms is not None and change_ms > CHANGE_LIMIT_MS):
        return 3
    if mean_ms >= GRADE_2_FROM_MS:
        return 2
    return 1 if mean_ms >= GRADE_1_FROM_MS else 0
