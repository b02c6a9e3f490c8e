"""What people of the demo write: answers every form takes, by roles that may, in the order of time."""

import datetime as dt
from collections import Counter
from functools import cache

import pytest

from imt_ecrf import rooms
from imt_ecrf.cli.demo import tasks
from imt_ecrf.cli.demo.cast import Child
from imt_ecrf.cli.demo.children import CHILDREN, chosen
from imt_ecrf.cli.demo.course import simulate
from imt_ecrf.cli.demo.diary import diary
from imt_ecrf.cli.demo.people import PEOPLE, person
from imt_ecrf.cli.demo.tasks import Fill, Work
from imt_ecrf.conduct.answers import Sheet, carried_items, is_first_event, read_answers
from imt_ecrf.policy.permissions import STANDINGS, may
from imt_ecrf.study import publication
from imt_ecrf.study.book import Book
from imt_ecrf.study.identifying import EPONYMS, NAME, NUMBERS
from imt_ecrf.study.loader import load

UNTIL = dt.date(2026, 11, 20)


@cache
def the_book() -> Book:
    version, _ = load(rooms.forms())
    return publication.read(publication.publish(version))


@cache
def works_of(child: Child, seed: int = 1) -> tuple[Work, ...]:
    return diary(simulate(child, seed, UNTIL, the_book()))


def fills(child: Child) -> list[tuple[Work, Fill]]:
    return [(work, task) for work in works_of(child) for task in work.tasks if isinstance(task, Fill)]


named = pytest.mark.parametrize("child", CHILDREN, ids=lambda child: f"{child.number}-{child.ending}")


@named
def test_every_form_takes_every_answer(child: Child) -> None:
    book = the_book()
    problems = []
    for _, task in fills(child):
        form = book.forms[task.place.form]
        first = is_first_event(book, form.oid, task.place.event)
        sheet = Sheet(book, form, carried_items(form, first_event=first))
        reading = read_answers(sheet, {}, task.answers)
        problems += [(task.place, one.path, one.en) for one in reading.problems]
    assert problems == []


@named
def test_everybody_writes_only_what_the_role_may(child: Child) -> None:
    book = the_book()
    refused = [
        (work.role, task.place.form)
        for work, task in fills(child)
        if not may(book, work.role, task.place.form, "enter")
    ]
    assert refused == []


@named
def test_works_stand_in_the_order_of_time_and_end_with_the_last_day(child: Child) -> None:
    moments = [work.at for work in works_of(child)]
    assert moments == sorted(moments)
    assert moments[-1].date() <= UNTIL
    assert isinstance(works_of(child)[0].tasks[0], tasks.Screen)


@named
def test_lines_of_a_log_are_numbered_in_the_order_in_which_they_are_written(child: Child) -> None:
    seen: Counter[str] = Counter()
    for _, task in fills(child):
        place = task.place
        if place.event == "SE_LOG" and not task.reason and place.number > seen[place.form]:
            seen[place.form] += 1
            assert place.number == seen[place.form], place


@named
def test_no_text_looks_like_a_name_or_a_number_that_identifies(child: Child) -> None:
    texts = [
        text
        for _, task in fills(child)
        for answer in task.answers.values()
        for text in ((answer.value,) if isinstance(answer.value, str) else answer.value)
    ]
    names = [found for text in texts for found in NAME.findall(text)]
    assert [found for found in names if not EPONYMS & set(found.casefold().split())] == []
    assert [text for text in texts if NUMBERS.search(text)] == []


def test_deviations_are_proposed_accepted_declined_and_left_open() -> None:
    found = [(work.role, task) for child in CHILDREN for work in works_of(child) for task in work.tasks]
    proposed = [role for role, task in found if isinstance(task, tasks.Propose)]
    decided = [(role, task.cause, task.accept) for role, task in found if isinstance(task, tasks.Decide)]
    assert proposed == ["CRA", "CRA"]
    assert sorted(decided) == [("CRC", "missed", True), ("CRC", "person", False)]


def test_the_same_seed_writes_the_same_and_another_seed_something_else() -> None:
    child = CHILDREN[0]
    course = simulate(child, 1, UNTIL, the_book())
    assert diary(course) == works_of(child)
    assert works_of(child, 2) != works_of(child)


def test_somebody_holds_every_role_of_the_study() -> None:
    assert {one.role for one in PEOPLE} == {role.oid for role in the_book().version.roles}
    assert len({one.username for one in PEOPLE}) == len(PEOPLE)
    assert all((one.site is not None) == STANDINGS[one.role].of_site for one in PEOPLE)
    assert person("PI", "02").site == "02"


def test_a_small_demo_is_a_part_of_the_whole_one() -> None:
    numbers = [child.number for child in chosen(3)]
    assert numbers == [6, 10, 24]
    assert chosen(24) == CHILDREN
