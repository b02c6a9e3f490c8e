"""The rule language: parse, check, compile, evaluate, order; knows no database and no page."""

from imt_ecrf.study.rules import cases, graph
from imt_ecrf.study.rules.dictionary import Dictionary, FormType, GroupType, ItemType
from imt_ecrf.study.rules.errors import RuleError
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.forms import FormResult, Outcome, check_outcomes, evaluate_form
from imt_ecrf.study.rules.publish import parse_and_check
from imt_ecrf.study.rules.rule import CompiledRule
from imt_ecrf.study.rules.run import Report, Run

__all__ = [
    "CompiledRule",
    "Dictionary",
    "FormResult",
    "FormType",
    "GroupType",
    "ItemType",
    "Outcome",
    "Report",
    "RuleError",
    "Run",
    "cases",
    "check_outcomes",
    "evaluate",
    "evaluate_form",
    "graph",
    "parse_and_check",
]
