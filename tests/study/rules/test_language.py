"""What the language refuses and how it says so; that nothing in it can run code."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import imt_ecrf.study.rules
from imt_ecrf.study.records import Record, Row, Subject
from imt_ecrf.study.rules import (
    CompiledRule,
    Dictionary,
    FormType,
    GroupType,
    ItemType,
    RuleError,
    Run,
    evaluate,
    parse_and_check,
)
from imt_ecrf.study.rules.errors import MESSAGES
from imt_ecrf.study.rules.evaluate import compile_tree
from imt_ecrf.study.rules.functions import FUNCTIONS
from imt_ecrf.study.rules.patterns import compile_pattern, matches

ITEMS = [
    ItemType("AGE", "integer", "F_VS"),
    ItemType("WEIGHT", "decimal", "F_VS"),
    ItemType("SEX", "code:CL_SEX", "F_DM"),
    ItemType("NAME", "text", "F_VS"),
    ItemType("SVSTDAT", "date", "F_SV"),
    ItemType("DARET", "integer", "F_VS", "G_DA", "G_DA"),
    ItemType("DADISP", "integer", "F_VS", "G_DA", "G_DA"),
    ItemType("EXSTDAT", "date", "F_EX"),
]
WORDS = Dictionary(
    items={item.oid: item for item in ITEMS},
    groups={"G_DA": GroupType("G_DA", "F_VS", "DARET", ("DARET", "DADISP"))},
    forms={
        "F_VS": FormType("F_VS", "event", ("AGE", "WEIGHT", "NAME"), ("G_DA",)),
        "F_DM": FormType("F_DM", "once", ("SEX",)),
        "F_SV": FormType("F_SV", "event", ("SVSTDAT",)),
        "F_EX": FormType("F_EX", "log", ("EXSTDAT",)),
    },
    lists={"CL_SEX": ("F", "M")},
    events=("SE_SCR",),
)


def compiled(text: str, home: str = "F_VS") -> CompiledRule:
    rule = parse_and_check(text, WORDS, home=home, use="check", oid="C1", level="soft")
    assert isinstance(rule, CompiledRule), rule
    return rule


def mistakes(text: str) -> list[RuleError]:
    found = parse_and_check(text, WORDS, home="F_VS", use="value")
    assert isinstance(found, list)
    return found


@given(st.text())
def test_no_text_makes_the_parser_fail(text: str) -> None:
    found = parse_and_check(text, WORDS, home="F_VS", use="value")
    assert isinstance(found, CompiledRule) or all(one.code in MESSAGES and one.message for one in found)


WORDS_OF_RULES = """AGE WEIGHT SEX NAME DARET 'F' 'x' 1 0 2.5 ( ) , + - * / % == != < >= in not and or
    if else None True blank( round( exists('G_DA', coalesce( prev('WEIGHT') days( SVSTDAT today()
    sum_of('G_DA', age_at("""
TOKENS = st.sampled_from(WORDS_OF_RULES.split())


@given(st.lists(TOKENS, max_size=14))
def test_no_mixture_of_words_makes_checker_or_evaluator_fail(words: list[str]) -> None:
    found = parse_and_check(" ".join(words), WORDS, home="F_VS", use="check")
    if isinstance(found, CompiledRule):
        run = Run(
            Subject(),
            WORDS,
            Record("F_VS"),
            given={"today()": None, "prev('WEIGHT')": None, "age_anchor": {}},
        )
        assert evaluate(found, run) in {True, False, None}


def test_no_module_of_the_language_evaluates_text_as_code() -> None:
    for file in Path(imt_ecrf.study.rules.__file__).parent.glob("*.py"):
        names = {node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name)}
        assert names.isdisjoint({"eval", "exec", "__import__", "compile"}), file


def test_a_mistake_is_told_in_both_languages_at_its_sign() -> None:
    (found,) = mistakes("1 + AGEX")
    assert (found.code, found.sign) == ("T01", 5)
    assert found.in_("en") == "There is no item AGEX here. Did you mean AGE?"
    assert found.in_("ru") == "Вопроса AGEX здесь нет. Возможно, имелось в виду: AGE."


def test_none_is_no_member_of_a_list() -> None:
    assert [one.code for one in mistakes("AGE in (1, None)")] == ["T17"]


def test_a_rule_of_rows_that_runs_without_a_row_knows_nothing() -> None:
    run = Run(Subject(), WORDS, Record("F_VS", cells={"G_DA.1.DARET": {"v": "1"}}))
    assert [evaluate(compiled(text), run) for text in ("DARET > 0", "filled(DARET)")] == [None, False]


def test_signs_are_counted_in_characters_not_in_bytes() -> None:
    assert [(one.code, one.sign) for one in mistakes("NAME == 'ё👶' and AGEX > 1")] == [("T01", 18)]


def test_all_mistakes_of_a_rule_are_told_at_once() -> None:
    assert [one.code for one in mistakes("SEX == 'W' and NAME > 'a' and AGEX == 1")] == ["T07", "T06", "T01"]


def test_every_message_exists_in_both_languages() -> None:
    assert [code for code, (english, russian) in MESSAGES.items() if not english or not russian] == []


@pytest.mark.parametrize("text", ["(" * 150 + "1" + ")" * 150, "(" * 900 + "1" + ")" * 900, "-" * 1900 + "1"])
def test_deep_nesting_is_answered_not_a_crash(text: str) -> None:
    found = parse_and_check(text, WORDS, home="F_VS", use="value")
    assert isinstance(found, CompiledRule) or found[0].code == "S06"


def test_a_compiled_rule_is_the_json_of_the_specification() -> None:
    rule = compiled("DARET + coalesce(AGE, 0) > DADISP")
    assert rule.to_json() == {
        "rules": 1,
        "oid": "C1",
        "use": "check",
        "home": "F_VS",
        "rows": "G_DA",
        "at": "DARET",
        "level": "soft",
        "reads": ["DARET", "AGE", "DADISP"],
        "facts": [],
        "side": "client",
        "text": "DARET + coalesce(AGE, 0) > DADISP",
        "tree": {
            "k": "cmp",
            "op": ">",
            "t": "boolean",
            "a": [
                {
                    "k": "arith",
                    "op": "+",
                    "t": "integer",
                    "a": [
                        {"k": "item", "id": "DARET", "scope": "row", "t": "integer"},
                        {
                            "k": "call",
                            "f": "coalesce",
                            "t": "integer",
                            "a": [
                                {"k": "item", "id": "AGE", "scope": "form", "t": "integer"},
                                {"k": "num", "v": "0", "t": "integer"},
                            ],
                        },
                    ],
                },
                {"k": "item", "id": "DADISP", "scope": "row", "t": "integer"},
            ],
        },
    }


def test_a_rule_read_back_from_json_is_the_same_rule() -> None:
    rule = compiled("WEIGHT < 2 and SEX in ('F','M') and not exists('G_DA', DARET > 1)")
    assert CompiledRule.from_json(msgspec.json.decode(msgspec.json.encode(rule.to_json()))) == rule


def test_another_version_of_the_tree_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        CompiledRule.from_json({**compiled("AGE > 1").to_json(), "rules": 2})


@pytest.mark.parametrize(
    "tree",
    [
        {"k": "loop", "t": "boolean"},
        {"k": "call", "f": "system", "t": "boolean", "a": []},
        {"k": "fact", "f": "shell", "t": "boolean", "a": [], "id": "shell()"},
    ],
)
def test_an_unknown_node_or_function_is_refused(tree: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="unknown"):
        compile_tree(tree)


@pytest.mark.parametrize(
    ("text", "home", "side", "facts"),
    [
        ("AGE > 1", "F_VS", "client", ()),
        ("SVSTDAT > today()", "F_VS", "client", ("today()",)),
        ("SVSTDAT > first_dose()", "F_VS", "client", ("first_dose()",)),
        ("EXSTDAT > first_dose()", "F_EX", "server", ("first_dose()",)),
        ("WEIGHT > prev('WEIGHT')", "F_VS", "client", ("prev('WEIGHT')",)),
        ("WEIGHT > base('WEIGHT')", "F_VS", "server", ("base('WEIGHT')",)),
        ("WEIGHT > latest('WEIGHT', SVSTDAT, 14)", "F_VS", "server", ()),
        ("looks_identifying(any_text())", "F_VS", "server", ("any_text()",)),
        ("age_at(SVSTDAT) >= 16", "F_VS", "client", ("age_anchor",)),
        ("at_rows('SE_SCR','F_VS') > 0", "F_SV", "client", ("at_rows('SE_SCR', 'F_VS')",)),
    ],
)
def test_a_rule_knows_where_it_can_run(text: str, home: str, side: str, facts: tuple[str, ...]) -> None:
    rule = compiled(text, home)
    assert (rule.side, rule.facts) == (side, facts)


def test_a_rule_that_counts_rows_reads_the_rows_too() -> None:
    assert compiled("exists('F_EX', EXSTDAT > SVSTDAT)").reads == ("F_EX", "EXSTDAT", "SVSTDAT")


def test_a_rule_stops_at_two_thousand_rows_and_is_reported() -> None:
    cells = {f"G_DA.{line}.DARET": {"v": "1"} for line in range(1, 2002)}
    run = Run(Subject(), WORDS, Record("F_VS", cells=cells))
    assert evaluate(compiled("count('G_DA') > 1"), run) is None
    assert [(one.code, one.rule) for one in run.reports] == [("X01", "C1")]


def test_a_rule_stops_at_a_hundred_thousand_steps() -> None:
    cells = {f"G_DA.{line}.DARET": {"v": "1"} for line in range(1, 1901)}
    sums = " + ".join(["DARET"] * 45)
    run = Run(Subject(), WORDS, Record("F_VS", cells=cells))
    assert evaluate(compiled(f"count('G_DA', {sums} > 1) > 1"), run) is None
    assert [one.code for one in run.reports] == ["X01"]


def test_a_stopped_rule_leaves_the_next_one_untouched() -> None:
    cells = {f"G_DA.{line}.DARET": {"v": "1"} for line in range(1, 2002)} | {"AGE": {"v": "3"}}
    run = Run(Subject(), WORDS, Record("F_VS", cells=cells), Row("G_DA", "1"))
    evaluate(compiled("exists('G_DA', DARET > 1)"), run)
    assert evaluate(compiled("DARET < AGE"), run) is True


@given(st.text(alphabet="abс1-.", max_size=8))
def test_a_pattern_of_repeats_agrees_with_a_plain_count(text: str) -> None:
    whole = compile_pattern("a*b{1,2}.?")
    expected = any(
        text == "a" * n + "b" * m + rest for n in range(9) for m in (1, 2) for rest in ("", text[-1:])
    )
    assert matches(text, whole) is expected


def test_every_function_says_its_side_and_result() -> None:
    assert {function.side for function in FUNCTIONS.values()} == {"B", "R", "F"}
    assert [function.name for function in FUNCTIONS.values() if not function.result] == []
