"""One rule of a version at work on a few given answers, as a statistician writes them; knows no vector."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from imt_ecrf.clinical.tables import read_recist_settings, written
from imt_ecrf.study.medicine import Medicine, medicine
from imt_ecrf.study.rules.environment import StudyRules, study_rules
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.worked import fires, run_of
from imt_ecrf.study.values import exact, round_half_away, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imt_ecrf.clinical.recist import RecistSettings
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Method
    from imt_ecrf.study.rules.rule import CompiledRule
    from imt_ecrf.study.values import Value

HOME = "F_SV"
"""Where a rule is read that fills no item of its own."""


class NotSupported(LookupError):  # noqa: N818 - named as what it tells
    """This version has nothing that can answer the vector."""


class Bench:
    """The rules and tables of one version, with the settings a file of vectors asks for."""

    def __init__(self, book: Book, settings: Mapping[str, Any] | None = None) -> None:
        self.book = book
        self.rules: StudyRules = study_rules(book.version)
        self.medicine: Medicine = medicine(book)
        self.recist: RecistSettings = (
            read_recist_settings(settings or {}) if settings else self.medicine.recist
        )
        self._checks = {rule.oid: rule for rule in self.rules.rules if rule.use == "check"}
        self._derived = {(rule.oid, rule.at): rule for rule in self.rules.rules if rule.use == "derive"}

    def fires(self, check: str, given: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
        """Tell whether a check fires on some answers."""
        rule = self._checks.get(check)
        if rule is None:
            raise NotSupported(f"this version has no check {check}")
        case = {"given": answers(given), "facts": facts_of(facts)}
        return fires(rule, case, self.rules.dictionary, self.book) is True

    def value(
        self,
        method: str,
        given: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        item: str | None = None,
    ) -> Value | None:
        """Give what a method makes of some answers and facts (by call text), unrounded."""
        rule = self._rule(method, item)
        case = {"given": answers(given or {}), "facts": facts_of(facts or {})}
        return evaluate(rule, run_of(rule, case, self.rules.dictionary, self.book))

    def stored(self, method: str, given: Mapping[str, Any], facts: Mapping[str, Any] | None = None) -> Any:
        """Give what is stored for the item of a method: rounded, as later rules and readers see it."""
        rule = self._rule(method, None)
        item = self.rules.dictionary.items[rule.at or ""]
        text = write(self.value(method, given, facts), item.type, item.decimals)
        number = item.type in {"integer", "decimal"} and text is not None
        return written(text) if number else text

    def ask(self, text: str, facts: Mapping[str, Any]) -> Value | None:
        """Evaluate an expression of the rule language on some facts."""
        rule = self._compiled(text, HOME, "vector")
        return evaluate(rule, run_of(rule, {"facts": facts_of(facts)}, self.rules.dictionary, self.book))

    def has(self, method: str) -> bool:
        """Tell whether a method is an expression, so that it can be asked with any answers."""
        known = self.book.methods.get(method)
        return known is not None and known.kind == "expression"

    def _rule(self, method: str, item: str | None) -> CompiledRule:
        known = self.book.methods.get(method)
        if known is None or not known.rules:
            raise NotSupported(f"this version has no rule of {method}")
        found = (rule for (oid, at), rule in self._derived.items() if oid == method and item in {None, at})
        return next(found, None) or self._free(known)

    def _free(self, method: Method) -> CompiledRule:
        """Compile the rule of a method that fills no item, at the form of its first input."""
        homes = [self.book.places[name].form.oid for name in method.inputs if name in self.book.places]
        return self._compiled(next(iter(method.rules.values())).text, homes[0] if homes else HOME, method.oid)

    def _compiled(self, text: str, home: str, oid: str) -> CompiledRule:
        found = parse_and_check(text, self.rules.dictionary, home=home, use="value", oid=oid, rows=None)
        if isinstance(found, list):
            raise NotSupported(f"{oid}: {found[0].message}")
        return found


def answers(given: Mapping[str, Any]) -> dict[str, Any]:
    """Write answers as they are stored."""
    return {name: stored(value) for name, value in given.items()}


def facts_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Write facts as they are handed over; those of age stand together."""
    return {name: dict(v) if isinstance(v, dict) else stored(v) for name, v in given.items()}


def stored(value: Any) -> Any:
    """Write a value of a file as stored text; conditions and lists stay as they are."""
    if value is None or isinstance(value, bool | list):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return exact(Fraction(str(value))) if isinstance(value, int | float | Fraction) else str(value)


def number(value: Any) -> Fraction | None:
    """Read a number of a file as it is written there."""
    return None if value is None else written(value)


def rounded(value: Any, digits: int) -> Fraction | None:
    """Round half up as readers do; None stays."""
    return None if value is None else Fraction(round_half_away(Fraction(value), digits))


def expected(vector: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what a vector expects: under `expect`, or beside its inputs."""
    found: Mapping[str, Any] = vector.get("expect", vector)
    return found


def day(text: Any) -> date:
    """Read a full date."""
    return text if isinstance(text, date) else date.fromisoformat(str(text))
