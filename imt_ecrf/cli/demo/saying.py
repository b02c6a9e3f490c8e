"""Answers in the form an act takes them: texts, choices, missing reasons, rows; knows no course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.conduct.views import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Answers = dict[str, Answer]


def say(**answers: object) -> Answers:
    """Give answers by item; None and "" are left out, a tuple is several choices, an Answer stays itself."""
    found = {}
    for item, given in answers.items():
        if given is None or given == "":
            continue
        found[item] = given if isinstance(given, Answer) else Answer(_text(given))
    return found


def row(group: str, key: object, **answers: object) -> Answers:
    """Give the answers of one row of a group."""
    return {f"{group}.{key}.{item}": answer for item, answer in say(**answers).items()}


def rows(group: str, listed: Iterable[Mapping[str, object]]) -> Answers:
    """Give rows that are added one by one, numbered from 1."""
    found: Answers = {}
    for number, answers in enumerate(listed, 1):
        found |= row(group, number, **answers)
    return found


def measured(value: object, unit: str) -> Answer:
    """Give a value with the unit chosen."""
    return Answer(str(value), unit)


def missing(reason: str) -> Answer:
    """Give the reason why there is no value."""
    return Answer(missing=reason)


def yes(holds: object) -> str:
    """Say Y or N."""
    return "Y" if holds else "N"


def _text(given: object) -> str | tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, tuple) else str(given)
