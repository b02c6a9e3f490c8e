"""The reference names every function of the language, in both languages, and nothing else."""

from imt_ecrf.study.rules.functions import AGGREGATES, FUNCTIONS, SERVER_ONLY
from imt_ecrf.study.rules.reference import reference
from imt_ecrf.study.rules.reference_texts import ENGLISH, RUSSIAN

ENTRIES = [one for _, entries in reference() for one in entries]


def test_every_function_of_the_table_stands_on_the_page_once() -> None:
    names = [one.name for one in ENTRIES]
    assert sorted(names) == sorted({*FUNCTIONS, *AGGREGATES, "this", "date", "time"})
    assert ENGLISH.keys() == RUSSIAN.keys() == set(names)


def test_a_call_shows_what_is_quoted_what_may_be_left_out_and_what_is_repeated() -> None:
    calls = {one.name: one.call for one in ENTRIES}
    assert calls["row"] == "row(rows, key, 'column')"
    assert calls["round"] == "round(number, digits?)"
    assert calls["any_yes"] == "any_yes(item, …)"


def test_the_page_says_what_runs_on_the_server_only() -> None:
    assert {one.name for one in ENTRIES if one.server_only} == SERVER_ONLY
