"""What checking a save costs: one check against a bare comparison, whole casebooks; knows no database."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final

from imt_ecrf.cli.bench.whole_casebook import SIZES, Casebook, casebook
from imt_ecrf.study.checking import SUBJECT
from imt_ecrf.study.engine import Engine
from imt_ecrf.study.records import Record, Subject
from imt_ecrf.study.rules import CompiledRule, Run, evaluate, parse_and_check
from imt_ecrf.study.rules.forms import rows_of, run_form

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOME: Final = "F_VS"
RANGE: Final = "VS_HR < 20 or VS_HR > 300"
AT_ONCE: Final = 2000
TAUGHT: Final = 2


@dataclass(frozen=True, slots=True)
class Work:
    """What one save makes the rules do: checks of its own form, checks of others, firings of its own."""

    own: int
    others: int
    fires: int


@dataclass
class Saves:
    """The saves of one form in a casebook: what was done (the same each time), and how long it took."""

    forms: int
    work: Work
    own: list[float] = field(default_factory=list)
    derived: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


def run(folder: Path, rounds: int = 7) -> dict[str, float]:
    """Measure checks, then saves of the three casebooks in turn; medians of the rounds, CPU time."""
    del folder
    from imt_ecrf.study.loader import draft_book

    engine = Engine(draft_book())
    figures = _comparison(engine, rounds)
    books = [(size.forms, casebook(engine, size)) for size in SIZES]
    figures["check_us"] = median(_each_check(engine, books[-1][1]) for _ in range(rounds + TAUGHT))
    saves: dict[int, dict[str, Saves]] = {forms: {} for forms, _ in books}
    for number in range(rounds + TAUGHT):
        for forms, book in books:
            for form, stored in book.forms.items():
                work, own, others = _save(engine, book, stored[-1])
                derived = _derived(engine, book, stored[-1])
                known = saves[forms].setdefault(form, Saves(len(stored), work))
                if known.work != work:
                    raise AssertionError(f"{form}: {known.work} was to be done, {work} was")
                if number >= TAUGHT:
                    known.own.append(own)
                    known.derived.append(derived)
                    known.others.append(others)
    for forms, found in saves.items():
        figures |= _of_casebook(forms, tuple(found.values()))
    return {name: round(figure, 3) for name, figure in figures.items()}


def _of_casebook(forms: int, saves: tuple[Saves, ...]) -> dict[str, float]:
    """Give a save on the average, of the form that is dearest to check, of the one that reaches furthest.

    The busiest form counts its own conditions, derivations and checks, the first two of them also alone;
    the furthest counts the checks of others.
    """
    busiest = max(saves, key=lambda one: median(one.own))
    furthest = max(saves, key=lambda one: median(one.others))
    total = sum((median(one.own) + median(one.others)) * one.forms for one in saves)
    return {
        f"save_ms_{forms}": total / forms,
        f"busiest_form_ms_{forms}": median(busiest.own),
        f"busiest_form_derived_ms_{forms}": median(busiest.derived),
        f"busiest_form_checks_{forms}": busiest.work.own,
        f"furthest_reach_ms_{forms}": median(furthest.others),
        f"furthest_reach_checks_{forms}": furthest.work.others,
    }


def _save(engine: Engine, book: Casebook, record: Record) -> tuple[Work, float, float]:
    """Check a save of a whole form: its own rules, then the checks of others that read it; CPU ms of each."""
    items = [item.oid for item in engine.book.forms[record.form].items() if not item.derived]
    before = book.begun()
    begun = time.thread_time()
    after = before.with_record(record)
    fires = len(engine.outcome(after, record).fires)
    own = time.thread_time() - begun
    others = _others(engine, book, (before, after), record, items)
    both = time.thread_time() - begun
    return Work(_own(engine, book, record), others, fires), own * 1000, (both - own) * 1000


def _derived(engine: Engine, book: Casebook, record: Record) -> float:
    """Work out the conditions and derivations of a form alone; CPU ms."""
    begun, before = time.thread_time(), book.begun()
    run_form(engine.steps(record.form), (), before, record, engine.dictionary, book=engine.book)
    return (time.thread_time() - begun) * 1000


def _others(
    engine: Engine, book: Casebook, states: tuple[Subject, Subject], record: Record, items: list[str]
) -> int:
    """Run the checks of other forms, and of the subject, that a change reaches and that are awake."""
    before, after = states
    done = 0
    for home, reached in engine.checks_reached([engine.changed(before, after, record, items)]).items():
        if home == SUBJECT:
            engine.check_subject(after, [reached.steps[place] for place in sorted(reached.everywhere)])
            done += len(reached.everywhere)
            continue
        for other in after.valid_records(home):
            again = [
                one
                for one in reached.of(other, engine.day(after, other))
                if one.check.oid in book.awake[other.key]
            ]
            if again and other is not record:
                engine.check_again(after, other, again)
                done += len(again)
    return done


def _own(engine: Engine, book: Casebook, record: Record) -> int:
    """Count the checks that run on a form: those every item brings along, and the written ones."""
    run = Run(book.subject, engine.dictionary, record, book=engine.book)
    groups = engine.book.forms[record.form].groups
    rows = {group.oid: 1 if group.repeating == "no" else len(run.rows(record, group.oid)) for group in groups}
    asked = [(group, item) for group in groups for item in group.items if not item.derived]
    return sum(rows[group.oid] for group, _ in asked) + sum(
        len(rows_of(one.rule, run)) for one in engine.checks.of(record.form)
    )


def _each_check(engine: Engine, book: Casebook) -> float:
    """Run every written check on the last form of its home, once a row; give the microseconds of one."""
    subject, count, taken = book.begun(), 0, 0.0
    for home, stored in book.forms.items():
        run = Run(subject, engine.dictionary, stored[-1], book=engine.book)
        places = [(one.rule, row) for one in engine.checks.of(home) for row in rows_of(one.rule, run)]
        begun = time.thread_time()
        for rule, row in places:
            run.move(row)
            evaluate(rule, run)
        taken += time.thread_time() - begun
        count += len(places)
    return taken / count * 1_000_000


def _comparison(engine: Engine, rounds: int) -> dict[str, float]:
    """Compare a range check with the same comparison written in Python, in turn."""
    rule = parse_and_check(RANGE, engine.dictionary, home=HOME, use="check", oid="range")
    assert isinstance(rule, CompiledRule)  # noqa: S101 - the study has this item
    record = Record(HOME, "SE_SCR", cells={"VS_HR": {"v": "72"}})
    run = Run(Subject(), engine.dictionary, record, book=engine.book)
    pairs = [(_timed(lambda: evaluate(rule, run)), _timed(lambda: _bare(72))) for _ in range(rounds + TAUGHT)]
    return {
        "range_check_us": median(ours for ours, _ in pairs[TAUGHT:]),
        "bare_comparison_us": median(bare for _, bare in pairs[TAUGHT:]),
        "range_check_over_bare": median(ours / bare for ours, bare in pairs[TAUGHT:]),
    }


def _bare(value: int | None) -> bool | None:
    return None if value is None else value < 20 or value > 300  # noqa: PLR2004 - as RANGE says


def _timed(act: Callable[[], object]) -> float:
    begun = time.thread_time()
    for _ in range(AT_ONCE):
        act()
    return (time.thread_time() - begun) / AT_ONCE * 1_000_000
