"""Exact arithmetic of the formulas: fractions, rounding half away from zero, roots cut after 12 digits."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isqrt

Number = int | Fraction | Decimal

ROOT_DECIMALS = 12


def fraction(number: Number) -> Fraction:
    """Give the exact fraction of a number; a binary float is refused because it is not what was written."""
    if isinstance(number, float):
        msg = "a binary float is not exact: give an int, a Decimal or a Fraction"
        raise TypeError(msg)
    return number if type(number) is Fraction else Fraction(number)


def positive(number: Number, what: str) -> Fraction:
    """Give the fraction of a measurement that must be above zero."""
    exact = fraction(number)
    if exact <= 0:
        msg = f"{what} must be above 0, is {number}"
        raise ValueError(msg)
    return exact


def round_half_away(number: Number, decimals: int = 0) -> Fraction:
    """Round half away from zero, as on paper: 2.5 is 3 and -2.5 is -3 (RULES.md section 6)."""
    scale = 10**decimals
    scaled = abs(fraction(number)) * scale
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if number >= 0 else -whole, scale)


def square_root(number: Number) -> Fraction:
    """Cut the square root after 12 decimals: rounding could push a value over a tie (RULES.md section 6)."""
    exact = fraction(number)
    if exact < 0:
        msg = "a negative number has no square root"
        raise ValueError(msg)
    scale = 10**ROOT_DECIMALS
    return Fraction(isqrt(exact.numerator * scale**2 // exact.denominator), scale)


def cube_root(number: Number) -> Fraction:
    """Cut the cube root after 12 decimals, towards zero (RULES.md section 6)."""
    exact = fraction(number)
    scale = 10**ROOT_DECIMALS
    root = _whole_cube_root(abs(exact.numerator) * scale**3 // exact.denominator)
    return Fraction(root if exact >= 0 else -root, scale)


def _whole_cube_root(number: int) -> int:
    if number == 0:
        return 0
    guess = 1 << -(-number.bit_length() // 3)
    while True:
        better = (2 * guess + number // guess**2) // 3
        if better >= guess:
            return guess
        guess = better
