"""Exact numbers: remainder, roots cut after 12 decimals, the limit of 200 digits; knows no item."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Final

from imt_ecrf.study.values import Number, plain

TOO_BIG: Final = 10**199
"""The first number of 200 digits."""
_CUT: Final = 10**12


class RuleStopped(Exception):  # noqa: N818
    """X01: the rule went over a limit and has no value."""


def bounded(value: Number) -> Number:
    """Give the number back, or stop the rule when it has 200 digits or more."""
    if isinstance(value, int):
        if -TOO_BIG < value < TOO_BIG:
            return value
    elif abs(value.numerator) < TOO_BIG and value.denominator < TOO_BIG:
        return plain(value)
    raise RuleStopped


def divide(a: Number, b: Number) -> Number | None:
    """Divide exactly; by zero: unknown."""
    if b == 0:
        return None
    return bounded(Fraction(a, b))


def remainder(a: Number, b: Number) -> Number | None:
    """Give a - b * floor(a / b), which has the sign of b; by zero: unknown."""
    return None if b == 0 else bounded(a % b)


def sqrt(value: Number) -> Number | None:
    """Give the square root, cut (not rounded) after 12 decimals; of a negative number: unknown."""
    if value < 0:
        return None
    return plain(Fraction(isqrt(value.numerator * _CUT**2 // value.denominator), _CUT))


def cbrt(value: Number) -> Number:
    """Give the cube root with its sign, cut (not rounded) after 12 decimals."""
    root = _icbrt(abs(value.numerator) * _CUT**3 // value.denominator)
    return plain(Fraction(-root if value < 0 else root, _CUT))


def _icbrt(number: int) -> int:
    """Give the whole cube root by Newton's method from above."""
    if number == 0:
        return 0
    guess = 1 << -(-number.bit_length() // 3)
    while True:
        closer = (2 * guess + number // (guess * guess)) // 3
        if closer >= guess:
            return guess
        guess = closer
