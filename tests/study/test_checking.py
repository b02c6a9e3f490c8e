"""The index from what is read to the checks of the whole book, and what keeps a check quiet."""

from __future__ import annotations

import pytest

from imt_ecrf.study import reach
from imt_ecrf.study.checking import SUBJECT, Written
from imt_ecrf.study.engine import Engine
from imt_ecrf.study.rules.evaluate import evaluate
from imt_ecrf.study.rules.worked import run_of
from tests.factories import real_book

MARKS = {
    *(reach.FIRST_DOSE, reach.LAST_DOSE, reach.ANCHOR, reach.CLOCK, reach.STATUS, reach.QUERIES),
    *(reach.FORMS, reach.SETTINGS, reach.SITE),
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(real_book())


def everything(engine: Engine) -> list[Written]:
    """List the checks of all homes; one for every form with text stands in each of them."""
    return [one for home in engine.checks.homes() for one in engine.checks.of(home)]


@pytest.mark.req("R27")
def test_every_check_of_the_book_is_run_somewhere(engine: Engine) -> None:
    assert engine.checks.broken == {}
    assert {one.check.oid for one in everything(engine)} == {one.oid for one in engine.book.version.checks}


def test_every_check_waits_for_an_item_or_a_named_trigger(engine: Engine) -> None:
    marks = {name for one in everything(engine) for name in one.reads if name.startswith("@")}
    assert [one.check.oid for one in everything(engine) if not one.reads] == []
    assert marks == MARKS


def test_no_check_but_of_its_own_visit_reads_what_is_not_known(engine: Engine) -> None:
    wide = {
        one.check.oid
        for one in everything(engine)
        if engine.reach.reads(one.rule).get(reach.ANYTHING, reach.Width.RECORD) > reach.Width.EVENT
    }
    assert wide == set()


def test_what_the_own_record_says_never_keeps_a_check_quiet_that_fires(engine: Engine) -> None:
    wrong = []
    for one in everything(engine):
        for number, case in enumerate(one.check.cases if one.guard is not None else (), 1):
            if case["fires"] and one.guard is not None:
                run = run_of(one.rule, case, engine.dictionary, engine.book)
                if evaluate(one.guard, run) is not True:
                    wrong.append((one.check.oid, number))
    assert wrong == []


def test_the_clock_moves_checks_of_forms_and_of_the_subject(engine: Engine) -> None:
    found = engine.checks.triggered({reach.CLOCK})
    assert {one.check.oid for one in found[SUBJECT]} == {"C122", "C155", "C159"}
    assert {one.check.oid for one in found["F_DM"]} == {"C017", "C019"}


def test_the_messages_of_a_check_tell_of_the_forms_it_reads(engine: Engine) -> None:
    assert engine.forms_read("C126") == {"F_ICR", "F_RS"}
    assert engine.forms_read("C056") >= {"F_VS", "F_AE", "F_EX"}
