"""What a query says of the figures is written for people: labels, choices, units, days."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from imt_ecrf.study.engine import Engine
from imt_ecrf.study.figure_words import in_words
from imt_ecrf.study.figures import named_values
from imt_ecrf.study.rules.rule import parts
from imt_ecrf.study.values import read
from tests.factories import real_book

ENGINE = Engine(real_book())
OF_THE_LANGUAGE = re.compile(r"\b(?:F|G|SE|CL)_[A-Z0-9]+|\('|_|\bNone\b|\btrue\b")


class _Nowhere:
    """A run in which nothing was ever answered."""

    record = None
    row = None

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def figure(check: str, text: str) -> dict[str, Any]:
    """Find the part of a check by its name."""
    rules = {one.check.oid: one.rule for home in ENGINE.checks.homes() for one in ENGINE.checks.of(home)}
    found = (node for node in parts(rules[check].tree) if text in {node.get("id"), node.get("f")})
    return next(found)


def test_the_figures_of_a_check_are_told_in_the_words_of_the_form_in_both_languages() -> None:
    figures = [
        (figure("C055", "VS_HR"), {"v": "51", "u": "beats/min"}),
        (figure("C055", "vital_lo('HR')"), 55),
        (figure("C136", "AESER"), {"v": "N"}),
        (figure("C098", "exists"), False),
        (figure("C050", "prev('VS_WEIGHT')"), None),
    ]
    assert in_words(ENGINE.book, figures) == (
        (
            "Heart rate: 51 beats/min; lower limit for the age: 55; Serious? No; "
            "a line that fits in “Dosing log (crizotinib as taken)”: no; Weight, last time: no value"
        ),
        (
            "Частота сердечных сокращений: 51 уд/мин; нижняя граница для возраста: 55; Серьёзное? Нет; "
            "подходящая запись в «Журнал фактического приёма кризотиниба»: нет; "
            "Масса тела, в прошлый раз: нет значения"
        ),
    )


def test_days_and_numbers_are_written_as_each_language_does() -> None:
    node = {"k": "item", "id": "VSDAT", "t": "date", "scope": "form"}
    weight = {"k": "item", "id": "VS_WEIGHT", "t": "decimal", "scope": "form"}
    before = figure("C050", "prev('VS_WEIGHT')"), Fraction("20.5")
    told = in_words(
        ENGINE.book, [(node, read("2026-03", "date")), (weight, {"v": "26.9", "u": "kg"}), before]
    )
    assert told == (
        "Date: Mar 2026; Weight: 26.9 kg; Weight, last time: 20.5 kg",
        "Дата: мар 2026; Масса тела: 26,9 кг; Масса тела, в прошлый раз: 20,5 кг",
    )


def test_no_figure_of_any_check_of_the_study_is_told_in_the_rule_language() -> None:
    said = {
        (one.check.oid, text)
        for home in ENGINE.checks.homes()
        for one in ENGINE.checks.of(home)
        for text in in_words(ENGINE.book, named_values(one.rule.tree, _Nowhere()))  # type: ignore[arg-type]
    }
    assert [pair for pair in sorted(said) if OF_THE_LANGUAGE.search(pair[1])] == []
