"""The patterns of matches(): refused or compiled at publication, walked without backtracking."""

from __future__ import annotations

from typing import Final, TypeAlias

MAX_REPEATS: Final = 200
_ANY: Final = (0, 0x10FFFF)
_RESERVED: Final = "()^$\\]}"
_REPEATS: Final = {"?": (0, 1), "*": (0, None), "+": (1, None)}

Unit: TypeAlias = list[object]
"""[negated, [[lo, hi], ...], min, max or None]: a set of signs and how often it stands."""


class PatternRefused(ValueError):  # noqa: N818
    """The pattern is not of the kind that matches() takes; the argument says why."""


def compile_pattern(pattern: str) -> list[list[Unit]]:
    """Compile a pattern to its alternatives, each a list of units; the result is plain JSON."""
    alternatives: list[list[Unit]] = [[]]
    place = 0
    while place < len(pattern):
        if pattern[place] == "|":
            alternatives.append([])
            place += 1
            continue
        negated, ranges, place = _signs(pattern, place)
        least, most, place = _repeat(pattern, place)
        alternatives[-1].append([negated, ranges, least, most])
    return alternatives


def _signs(pattern: str, place: int) -> tuple[bool, list[list[int]], int]:
    sign = pattern[place]
    if sign == "[":
        return _set(pattern, place + 1)
    if sign in _REPEATS or sign == "{":
        raise PatternRefused(f"nothing to repeat before {sign}")
    if sign in _RESERVED:
        raise PatternRefused(f"write [{sign}] for the sign {sign}")
    return False, [list(_ANY) if sign == "." else [ord(sign), ord(sign)]], place + 1


def _set(pattern: str, place: int) -> tuple[bool, list[list[int]], int]:
    end = pattern.find("]", place)
    if end < 0:
        raise PatternRefused("a set is not closed")
    inside = pattern[place:end]
    negated = inside.startswith("^")
    inside = inside[negated:]
    if not inside:
        raise PatternRefused("a set is empty")
    ranges, at = [], 0
    while at < len(inside):
        lo = hi = inside[at]
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            hi = inside[at + 2]
            at += 2
        if ord(hi) < ord(lo):
            raise PatternRefused(f"{lo}-{hi} runs backwards")
        ranges.append([ord(lo), ord(hi)])
        at += 1
    return negated, ranges, end + 1


def _repeat(pattern: str, place: int) -> tuple[int, int | None, int]:
    sign = pattern[place : place + 1]
    if sign in _REPEATS and sign:
        least, most = _REPEATS[sign]
        place += 1
    elif sign == "{":
        end = pattern.find("}", place)
        if end < 0:
            raise PatternRefused("{ is not closed")
        least, most = _counts(pattern[place + 1 : end])
        place = end + 1
    else:
        return 1, 1, place
    if pattern[place : place + 1] and pattern[place] in "?*+{":
        raise PatternRefused("two repeats side by side")
    return least, most, place


def _counts(text: str) -> tuple[int, int | None]:
    first, comma, second = text.partition(",")
    numbers = [part for part in (first, second) if part]
    if not first or any(not part.isascii() or not part.isdigit() for part in numbers):
        raise PatternRefused(f"{{{text}}} is not a number of repeats")
    least = int(first)
    most = None if comma and not second else int(second) if comma else least
    if max(least, most or 0) > MAX_REPEATS:
        raise PatternRefused(f"more than {MAX_REPEATS} repeats")
    if most is not None and most < least:
        raise PatternRefused(f"{{{text}}} runs backwards")
    return least, most


def matches(text: str, alternatives: list[list[Unit]]) -> bool:
    """Tell whether the whole text fits one alternative, in time text times pattern."""
    signs = [ord(sign) for sign in text]
    return any(_fits(signs, units) for units in alternatives)


def _fits(signs: list[int], units: list[Unit]) -> bool:
    """Walk the places the text may have been read up to, unit by unit."""
    places = {0}
    for negated, ranges, least, most in units:
        runs = _runs(signs, bool(negated), ranges)
        places = _after(places, runs, least, most)
        if not places:
            return False
    return len(signs) in places


def _runs(signs: list[int], negated: bool, ranges: object) -> list[int]:
    """Count for each place how many signs of the set follow one another from there."""
    assert isinstance(ranges, list)  # noqa: S101 - a unit read from JSON
    runs = [0] * (len(signs) + 1)
    for place in range(len(signs) - 1, -1, -1):
        inside = any(lo <= signs[place] <= hi for lo, hi in ranges)
        runs[place] = runs[place + 1] + 1 if inside != negated else 0
    return runs


def _after(places: set[int], runs: list[int], least: object, most: object) -> set[int]:
    """Move every place on by as many signs as the unit may take; each place is marked once."""
    low = int(str(least))
    steps = [0] * (len(runs) + 1)
    for place in places:
        reach = runs[place] if most is None else min(runs[place], int(str(most)))
        if reach >= low:
            steps[place + low] += 1
            steps[place + reach + 1] -= 1
    found, open_ = set(), 0
    for place in range(len(runs)):
        open_ += steps[place]
        if open_:
            found.add(place)
    return found
