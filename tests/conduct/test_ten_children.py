"""Ten believable children through every check: the queries are those written down beforehand, no other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sqlalchemy import select

from imt_ecrf import config, store
from imt_ecrf.cli.demo import tasks, writing
from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.findings import check_of, judge, judge_kept, key
from imt_ecrf.conduct.views import Answer
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Event, Query, Subject
from imt_ecrf.store.verify import verify
from imt_ecrf.study.reach import CLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imt_ecrf.cli.demo.act import Stage
    from imt_ecrf.cli.demo.tasks import Task, Work
    from imt_ecrf.conduct.views import Address, Finding
    from imt_ecrf.study.book import Book

UNTIL = dt.date(2026, 11, 20)
SEED = 2026
WEEKS = dt.timedelta(days=50)
CHILDREN: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("ten_children.yaml").read_text(encoding="utf-8")
)
NOT_OF_THE_SITE = (tasks.Sign, tasks.Ask, tasks.Reply)
BEFORE_DOSE = tasks.Sign(only="F_IE")


def unexplained(address: Address, finding: Finding) -> bool:
    """Leave every soft check as it is; only what is not known is explained."""
    del address
    return not finding.check.startswith("required(")


def spoilt(task: Task, planted: Mapping[str, Mapping[str, str]]) -> Task:
    """Put a child's mistakes into the place of what its site would have written."""
    if not isinstance(task, tasks.Fill):
        return task
    place = task.place
    wrong = planted.get(f"{place.event}.{place.repeat}/{place.form}.{place.number}", {})
    answers = {
        path: Answer(wrong[path], answer.unit) if path in wrong else answer
        for path, answer in task.answers.items()
    }
    return replace(task, answers=answers)


def works_of(book: Book) -> Iterator[Work]:
    """Give the first weeks of each child as its site writes them, mistakes included, in the order of time."""
    planted = {one["child"]: one["planted"] for one in CHILDREN}
    began: dict[int, dt.datetime] = {}
    for work in writing.works(book, SEED, UNTIL, len(CHILDREN)):
        if work.at <= began.setdefault(work.child, work.at) + WEEKS:
            done = [one for one in work.tasks if not isinstance(one, NOT_OF_THE_SITE) or one == BEFORE_DOSE]
            yield replace(work, tasks=tuple(spoilt(one, planted[work.child]) for one in done))


def told(stage: Stage) -> dict[int, list[str]]:
    """Give the queries that are open, by child."""
    numbers = {code: child for child, code in stage.codes.items()}
    found: dict[int, list[str]] = {child: [] for child in stage.codes}
    with store.reading(stage.engines) as session:
        wanted = select(Query, Subject.code).join(Subject, Subject.id == Query.subject_id)
        for query, code in session.execute(wanted.where(Query.state != "closed")):
            place = f"{query.event}.{query.event_repeat}/{query.form}.{query.form_repeat}"
            found[numbers[code]].append(f"{query.check} {place} {query.path}".strip())
    return {child: sorted(listed) for child, listed in found.items()}


def stale(stage: Stage) -> list[tuple[str, str, set[str]]]:
    """List the forms of which something else is kept, or shown, than the rules say when all are run again."""
    actor, found = system(stage.clock), []
    with store.reading(stage.engines) as session:
        study = runtime.study(session)
        timed = {
            one.check.oid for listed in study.engine.checks.triggered({CLOCK}).values() for one in listed
        }
        for code in stage.codes.values():
            row = runtime.find_subject(session, actor, code)
            subject = runtime.snapshot(session, actor, study, row)
            for form in documents.forms_of_subject(session.connection(), row.id):
                record = runtime.record_of(form, study.book, actor.now())
                judged = judge(study, subject, record, form.items.get("confirmed"))
                now = {key(one) for one in judged.findings if not one.check.startswith("required(")}
                wrong = {
                    name for name in now ^ form.items.get("fires", {}).keys() if check_of(name) not in timed
                }
                shown = judge_kept(study, subject, record, form.items)
                differ = set(judged.findings) ^ set(shown.findings)
                wrong |= {f"shown: {key(one)}" for one in differ if one.check not in timed}
                wrong |= {f"hidden: {path}" for path in judged.hidden ^ shown.hidden}
                if wrong:
                    found.append((code, "/".join(map(str, form.address)), wrong))
    return found


@pytest.mark.req("R27")
def test_ten_children_raise_the_queries_a_data_manager_would_and_no_other(tmp_path: Path) -> None:
    settings = config.create(tmp_path / "ten", "demo")
    stage, book = writing.prepare(settings, UNTIL)
    stage = replace(stage, leaves=unexplained, settles=False)
    for work in works_of(book):
        stage.perform(work)
    assert told(stage) == {one["child"]: sorted(one["queries"]) for one in CHILDREN}
    refused = {one["child"]: one["refused"] for one in CHILDREN if "refused" in one}
    codes = {code: child for child, code in stage.codes.items()}
    left: dict[int, list[str]] = {}
    for address, _ in stage.left:
        code, _, place = address.partition("/")
        left.setdefault(codes[code], []).append(place)
    assert left == refused
    with store.reading(stage.engines) as session:
        assert session.scalars(select(Event.object).where(Event.act == "rule.failed")).all() == []
    assert stale(stage) == []
    assert verify(stage.engines) == []
    stage.engines.dispose()
