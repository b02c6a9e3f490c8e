"""Chance that is the same for the same seed: each question about a child has its own dice; knows no child."""

from __future__ import annotations

from random import Random


def dice(*names: object) -> Random:
    """Give the dice of one question; the answers to one question do not move those to another."""
    return Random("/".join(map(str, names)))  # noqa: S311 - invented data, no secret


def around(chance: Random, centre: float, spread: float) -> float:
    """Draw a value around a centre, never more than 2.2 spreads away."""
    return centre + spread * max(-2.2, min(2.2, chance.gauss(0, 1)))
