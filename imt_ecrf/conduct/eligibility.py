"""The proof of eligibility: each criterion with its answer, its data and what the checks say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.enrolling import CRITERIA, ELIGIBILITY, now_against, obstacles
from imt_ecrf.conduct.findings import CONFIRMED as CONFIRMATIONS
from imt_ecrf.conduct.findings import judge
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.refusals import NotFound
from imt_ecrf.store import documents
from imt_ecrf.study.eligibility import covered_by, wanted
from imt_ecrf.study.gates import gates
from imt_ecrf.study.laboratory import panels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.findings import Judged
    from imt_ecrf.conduct.views import Cell
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Check
    from imt_ecrf.study.records import Record, Subject

FIRST: Final = "SE_SCR"
ANSWER, CATEGORY, DECIDED = "IERESP", "IECAT", "IEDAT"
AGREES, CONTRADICTS, NO_DATA, CONFIRMED = "agrees", "contradicts", "no data", "confirmed"
UNANSWERED, PASSES, FAILS = "unanswered", "passes", "fails"
CONTRADICTED, COVERED = "contradicted", "covered"
_QUOTED: Final = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A value a criterion rests on: where it stands, what it is, the date it was observed.

    `rows`: of a form that a rule counts instead of reading a value, how many rows or lines it has.
    """

    address: Address
    path: str
    cell: Cell | None
    date: str | None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an edit check says of a criterion: it agrees with the data, contradicts them, or has none.

    Where the study leaves room for judgement, a contradiction somebody confirmed with words is "confirmed".
    """

    check: str
    level: str
    rule: str
    message_en: str
    message_ru: str
    result: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: its answer (None: open), whether it is met, and the checks that look at it."""

    key: str
    category: str
    path: str
    cell: Cell | None
    met: bool | None
    verdicts: tuple[Verdict, ...]
    covered: str = ""

    @property
    def result(self) -> str:
        """Say how the criterion stands: the answer, what covers it, and the data that contradict it."""
        if self.met is None:
            return UNANSWERED
        if any(one.result == CONTRADICTS for one in self.verdicts):
            return CONTRADICTED
        if self.met:
            return PASSES
        return COVERED if self.covered else FAILS


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of one subject as the data stand now."""

    address: Address
    version: int
    criteria: tuple[Criterion, ...]
    decision: tuple[tuple[str, Cell | None], ...]
    obstacles: tuple[tuple[str, str], ...]
    enrolled: bool

    @property
    def decided(self) -> str:
        """Give the date of the decision as it is recorded; empty without one."""
        cells = dict(self.decision)
        return str((cells.get(DECIDED) or {}).get("v", ""))

    @property
    def rules(self) -> tuple[Verdict, ...]:
        """Name each check that looks at a criterion, once, by its name."""
        found = {rule.check: rule for one in self.criteria for rule in one.verdicts}
        return tuple(found[name] for name in sorted(found))


def proof(session: Session, actor: Actor, subject: str) -> Proof:
    """Work out the proof of eligibility of a subject from its data now; nothing of it is stored."""
    row = runtime.find_subject(session, actor, subject)
    running = runtime.study(session)
    book = running.book
    if ELIGIBILITY not in book.forms or not actor.sees(book, ELIGIBILITY, row.site):
        raise NotFound
    place = (FIRST, 1, ELIGIBILITY, 1)
    form = documents.find_form(session.connection(), row.id, place)
    snapshot = runtime.snapshot(session, actor, running, row)
    record = runtime.record_of(form, book, actor.now()) if form else None
    said = form.items.get(CONFIRMATIONS) if form else None
    judged = judge(running, snapshot, record, said) if record else None
    source = _Source(actor, book, snapshot, row.code, row.site)
    return Proof(
        Address(row.code, *place),
        form.version if form else 0,
        tuple(_criteria(source, form, judged, covered_by(book, snapshot, record) if record else {})),
        tuple(_decision(book, form)),
        (now_against if row.enrolled_at else obstacles)(session, actor, row),
        row.enrolled_at is not None,
    )


@dataclass(frozen=True)
class _Source:
    """Where evidence is looked for."""

    actor: Actor
    book: Book
    snapshot: Subject
    code: str
    site: str

    def evidence(self, check: Check) -> Iterator[Evidence]:
        """Give the values a check looks at outside the form of eligibility."""
        for item in check.items:
            place = self.book.places.get(item)
            if place is not None and place.form.oid != ELIGIBILITY:
                yield from self._values(place.form.oid, item)
        named = set(_QUOTED.findall(check.rule.text))
        read = {place.form.oid for item in check.items if (place := self.book.places.get(item))}
        for form in sorted(named & self.book.forms.keys() - read - {ELIGIBILITY}):
            yield from self._counted(form)
        for panel in panels(self.book):
            for row in panel.group.rows:
                if row.key in named:
                    start = f"{panel.group.oid}.{row.key}."
                    unit = start + panel.item("ORRESU")
                    yield from self._values(panel.form.oid, start + panel.item("ORRES"), unit)

    def looks_elsewhere(self, check: Check) -> bool:
        """Tell whether a check reads anything outside the form of eligibility."""
        named = set(_QUOTED.findall(check.rule.text))
        tests = {row.key for panel in panels(self.book) for row in panel.group.rows}
        read = {place.form.oid for item in check.items if (place := self.book.places.get(item))}
        return bool((read | named & self.book.forms.keys()) - {ELIGIBILITY} or named & tests)

    def _counted(self, form: str) -> Iterator[Evidence]:
        """Give how many rows the forms have that a rule counts."""
        if not self.actor.sees(self.book, form, self.site):
            return
        for record in self._records(form):
            here = Address(self.code, record.event or FIRST, record.event_repeat, form, record.repeat)
            rows = sum(len(record.lines(group.oid)) for group in self.book.forms[form].groups)
            yield Evidence(here, "", None, self._date(record, form), rows)

    def _records(self, form: str) -> list[Record]:
        records = self.snapshot.valid_records(form)
        return [one for one in records if one.event in {FIRST, "SE_LOG"}] or list(records[:1])

    def _values(self, form: str, path: str, unit: str = "") -> Iterator[Evidence]:
        if not self.actor.sees(self.book, form, self.site):
            return
        for record in self._records(form):
            event, repeat, number = record.event or FIRST, record.event_repeat, record.repeat
            cell = record.cells.get(path)
            if cell and "v" in cell and unit and record.text(unit):
                cell = {**cell, "u": record.text(unit)}
            yield Evidence(
                Address(self.code, event, repeat, form, number), path, cell, self._date(record, form)
            )

    def _date(self, record: Record, form: str) -> str | None:
        item = self.book.forms[form].date_item
        observed = record.text(item) if item else None
        held = self.snapshot.event(record.event or "", record.event_repeat)
        return observed or (held.date if held else None)


def _criteria(
    source: _Source, form: FormRow | None, judged: Judged | None, covered: Mapping[str, str]
) -> Iterator[Criterion]:
    _, group = source.book.groups[CRITERIA]
    cells = form.document if form else {}
    for row in group.rows:
        path = f"{group.oid}.{row.key}.{ANSWER}"
        cell = cells.get(path)
        category = row.prefilled.get(CATEGORY, "")
        answer = cell.get("v") if cell else None
        met = None if cell is None else answer == wanted(category)
        verdicts = tuple(_verdicts(source, row.key, judged)) if answer else ()
        yield Criterion(row.key, category, path, cell, met, verdicts, covered.get(row.key, ""))


def _verdicts(source: _Source, key: str, judged: Judged | None) -> Iterator[Verdict]:
    rule = gates(source.book).enrolment
    confirmable = rule.judged if rule else frozenset()
    fired = {(one.check, one.row): one for one in judged.findings} if judged else {}
    for check in source.book.version.checks:
        if check.home != ELIGIBILITY or f"'{key}'" not in check.rule.text:
            continue
        if check.shown_to and not set(check.shown_to) & set(source.actor.held(source.site)):
            continue
        evidence, elsewhere = tuple(source.evidence(check)), source.looks_elsewhere(check)
        found = fired.get((check.oid, key)) or fired.get((check.oid, None))
        if found is not None:
            result = CONFIRMED if found.confirmed and check.oid in confirmable else CONTRADICTS
        elif elsewhere and not any(one.cell or one.rows for one in evidence):
            result = NO_DATA
        else:
            result = AGREES
        yield Verdict(
            check.oid, check.level, check.rule.text, check.message.en, check.message.ru, result, evidence
        )


def _decision(book: Book, form: FormRow | None) -> Iterator[tuple[str, Cell | None]]:
    for group in book.forms[ELIGIBILITY].groups:
        if group.oid != CRITERIA:
            for item in group.items:
                yield item.oid, form.document.get(item.oid) if form else None
