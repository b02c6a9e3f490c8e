"""What a save changes elsewhere: derived values and hidden questions of other forms of the subject."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.checks import Whole
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.findings import judge
from imt_ecrf.conduct.firing import caches_of
from imt_ecrf.conduct.reasons import RECALCULATED
from imt_ecrf.conduct.views import Address
from imt_ecrf.conduct.voiding import take_back
from imt_ecrf.store import DERIVATION, documents
from imt_ecrf.store.changes import ItemChange
from imt_ecrf.store.tables import FormData, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.findings import Judged
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Cell
    from imt_ecrf.store.documents import Caches, FormRow, Pending
    from imt_ecrf.store.tables import Subject as SubjectRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.reach import Changed
    from imt_ecrf.study.records import Key, Record, Subject

MOST_STEPS: Final = 2000


@dataclass
class Wave:
    """The spreading of one save: the subject before it and by now, and what was written on the way."""

    session: Session
    actor: Actor
    running: Study
    row: SubjectRow
    before: Subject
    subject: Subject
    cause: str
    why: str = RECALCULATED
    reached: list[Address] = field(default_factory=list)
    voided: list[str] = field(default_factory=list)
    forms: set[str] = field(default_factory=set)
    changes: list[Changed] = field(default_factory=list)
    judged: dict[str, Whole] = field(default_factory=dict)
    _pending: list[tuple[Pending, tuple[ItemChange, ...]]] = field(default_factory=list)
    _rows: dict[str, dict[Key, FormRow]] = field(default_factory=dict)

    def spread(self, saved: Record, items: frozenset[str]) -> None:
        """Recompute what reads these items of a form, then what reads that, until nothing changes.

        `saved` is the form the wave starts from, whose own values were worked out already.
        """
        self._flow(deque([(saved.form, {saved.key: items})]), saved.key)

    def begin(self, records: Iterable[Record]) -> None:
        """Recompute forms that something outside all forms moved (a range), then what reads them."""
        moved: dict[str, dict[Key, frozenset[str]]] = {}
        for record in sorted(records, key=self._place):
            running = self._study(record.extra["study_version"])
            if items := self._one(self._row(record.key), running):
                moved.setdefault(record.form, {})[record.key] = items
        self._write()
        self._flow(deque(moved.items()), None)

    def _flow(self, waiting: deque[tuple[str, dict[Key, frozenset[str]]]], judged: Key | None) -> None:
        for _ in range(MOST_STEPS):
            if not waiting:
                return
            source, moves = waiting.popleft()
            changes = [self._changed(source, key, names) for key, names in moves.items()]
            self.changes += changes
            names = frozenset().union(*moves.values())
            for target in self.running.engine.reached_by(source, names):
                moved = self._recompute(target, changes, judged)
                if moved and (target, moved) not in waiting:
                    waiting.append((target, moved))
                    judged = None  # from now on something else may reach back to where the wave began

    def _changed(self, form: str, key: Key, items: frozenset[str]) -> Changed:
        record = next(one for one in self.subject.records(form) if one.key == key)
        return self.running.engine.changed(self.before, self.subject, record, items)

    def _recompute(self, form: str, changes: list[Changed], judged: Key | None) -> dict[Key, frozenset[str]]:
        """Judge the forms anew that these changes may move; what nothing moves is left as it is."""
        moved: dict[Key, frozenset[str]] = {}
        running = self.running
        reached = running.engine.affected(form, changes)
        if reached.nothing and self._one_version:
            return moved
        affected = {running.book.fingerprint: (running, reached)}
        for record in sorted(self.subject.valid_records(form), key=self._place):
            version = record.extra["study_version"]
            if version not in affected:
                running = self._study(version)
                affected[version] = running, running.engine.affected(form, changes)
            running, reached = affected[version]
            if record.key != judged and running.engine.moves(self.subject, record, reached):
                moved[record.key] = self._one(self._row(record.key), running)
        self._write()
        return {key: items for key, items in moved.items() if items}

    @cached_property
    def _one_version(self) -> bool:
        """Tell whether all forms of the subject were entered under the version of the one saved."""
        wanted = select(FormData.study_version).where(FormData.subject_id == self.row.id).distinct()
        return set(self.session.scalars(wanted)) <= {self.running.book.fingerprint}

    def _study(self, version: str) -> Study:
        current = self.running
        return current if version == current.book.fingerprint else runtime.study(self.session, version)

    def _place(self, record: Record) -> tuple[str, int, int, int]:
        found = self.subject.event(record.event or "", record.event_repeat)
        date = (found.date or "9") if found else ""
        return date, found.order if found else -1, record.event_repeat, record.repeat

    def _row(self, key: Key) -> FormRow:
        """Give the row of a form as it is stored by now; those of one form are loaded together."""
        form = key[0]
        if form not in self._rows:
            found = documents.forms_of_subject(self.session.connection(), self.row.id, [form])
            self._rows[form] = {(form, row.event, row.event_repeat, row.form_repeat): row for row in found}
        return self._rows[form][key]

    def _one(self, row: FormRow, running: Study) -> frozenset[str]:
        record = runtime.record_of(row, running.book, self.actor.now())
        judged = judge(running, self.subject, record, row.items.get("confirmed"))
        changes = derived_changes(running.book, row.document, judged, self.why)
        before = row.items
        caches = caches_of(judged, row.items)
        hidden = _items(judged.hidden ^ frozenset(row.items.get("hidden", ())))
        if row.frozen_at or row.locked_at:
            self._outdated(row, changes)
            return frozenset()
        if changes:
            row = self._prepare(row, changes, caches)
        elif any(getattr(row, name) != value for name, value in caches.items()):
            documents.set_caches(self.session.connection(), row.id, caches)
            row = replace(row, **caches)
        else:
            return frozenset()
        self.judged[row.id] = Whole(row, judged, before, running)
        record = runtime.record_of(row, running.book, self.actor.now())
        self._rows[row.form][record.key] = row
        self.subject = self.subject.with_record(record)
        return frozenset(hidden | _items(change.path for change in changes))

    def _prepare(self, row: FormRow, changes: tuple[ItemChange, ...], caches: Caches) -> FormRow:
        """Work out how a form will be; it is written with the others that this step moves."""
        if row.signature == "valid":
            caches["signature"] = "void"
        at, state = stamp(self.actor.now()), row.entry_state
        saving = documents.prepare(
            row, changes, DERIVATION, at=at, entry_state=state, caches=caches, cause=self.cause
        )
        self._pending.append((saving, changes))
        return saving.row

    def _write(self) -> None:
        """Write what was worked out, take back what it reaches; a step moves a form once."""
        documents.put_all(self.session.connection(), [saving for saving, _ in self._pending])
        for saving, changes in self._pending:
            at, paths = saving.row.updated_at, (one.path for one in changes)
            self.voided += take_back(self.session, saving.before, saving, paths, DERIVATION, at=at)
            self.reached.append(Address(self.row.code, *saving.row.address))
            self.forms.add(saving.row.form)
        self._pending.clear()

    def _outdated(self, row: FormRow, changes: tuple[ItemChange, ...]) -> None:
        if changes:
            log(
                self.session,
                self.actor,
                "derived.outdated",
                site=row.site,
                subject_id=row.subject_id,
                form_data_id=row.id,
                form_version=row.version,
                details={"paths": [one.path for one in changes], "cause": self.cause},
            )


def derived_changes(
    book: Book, document: Mapping[str, Cell], judged: Judged, why: str = RECALCULATED
) -> tuple[ItemChange, ...]:
    """List the derived values of a form that differ from what is kept."""
    found = []
    for path, cell in sorted(judged.derived.items()):
        old, new = document.get(path) or None, cell or None
        if old != new:
            method = book.item(path.rsplit(".", 1)[-1]).method
            mark = f"{method}/{book.version.version}" if method else "derived"
            found.append(ItemChange(path, old, new, why if old else "", mark))
    return tuple(found)


def _items(paths: Iterable[str]) -> set[str]:
    return {path.rsplit(".", 1)[-1] for path in paths}
