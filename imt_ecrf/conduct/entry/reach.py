"""What a save changes elsewhere: derived values and hidden questions of other forms of the subject."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.findings import judge, key
from imt_ecrf.conduct.reasons import RECALCULATED
from imt_ecrf.conduct.views import Address
from imt_ecrf.conduct.voiding import take_back
from imt_ecrf.store import DERIVATION, documents
from imt_ecrf.store.canonical import dumps
from imt_ecrf.store.changes import ItemChange
from imt_ecrf.store.tables import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.findings import Judged
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Cell
    from imt_ecrf.store.documents import Caches, FormRow
    from imt_ecrf.store.tables import Subject as SubjectRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Subject

MOST_STEPS: Final = 2000


@dataclass
class Wave:
    """The spreading of one save: the subject as it is by now, and what was written on the way."""

    session: Session
    actor: Actor
    running: Study
    row: SubjectRow
    subject: Subject
    cause: str
    reached: list[Address] = field(default_factory=list)
    voided: list[str] = field(default_factory=list)
    forms: set[str] = field(default_factory=set)

    def spread(self, form: str, items: frozenset[str], saved: str) -> None:
        """Recompute what reads these items of this form, then what reads that, until nothing changes.

        `saved` is the id of the form the wave starts from, whose own values were worked out already.
        """
        waiting = deque([(form, items)])
        judged: str | None = saved
        for _ in range(MOST_STEPS):
            if not waiting:
                return
            source, changed = waiting.popleft()
            for target in self.running.engine.reached_by(source, changed):
                moved = self._recompute(target, judged)
                if moved and (target, moved) not in waiting:
                    waiting.append((target, moved))
                    judged = None  # from now on something else may reach back to where the wave began

    def _recompute(self, form: str, judged: str | None) -> frozenset[str]:
        rows = documents.forms_of_subject(self.session.connection(), self.row.id, [form])
        moved: set[str] = set()
        for row in sorted(rows, key=self._place):
            if not row.struck and row.id != judged:
                moved |= self._one(row)
        return frozenset(moved)

    def _place(self, row: FormRow) -> tuple[str, int, int, int]:
        found = self.subject.event(row.event, row.event_repeat)
        date = (found.date or "9") if found else ""
        return date, found.order if found else -1, row.event_repeat, row.form_repeat

    def _one(self, row: FormRow) -> set[str]:
        running = self.running
        if row.study_version != running.book.fingerprint:
            running = runtime.study(self.session, row.study_version)
        record = runtime.record_of(row, running.book, self.actor.now())
        judged = judge(running, self.subject, record, row.items.get("confirmed"))
        changes = derived_changes(running.book, row.document, judged)
        caches = caches_of(judged, row.items)
        hidden = _items(judged.hidden ^ frozenset(row.items.get("hidden", ())))
        if row.frozen_at or row.locked_at:
            self._outdated(row, changes)
            return set()
        if changes:
            row = self._write(row, changes, caches)
        elif any(getattr(row, name) != value for name, value in caches.items()):
            documents.set_caches(self.session.connection(), row.id, caches)
            row = documents.load_form(self.session.connection(), row.id) or row
        else:
            return set()
        self.subject = self.subject.with_record(runtime.record_of(row, running.book, self.actor.now()))
        return hidden | _items(change.path for change in changes)

    def _write(self, row: FormRow, changes: tuple[ItemChange, ...], caches: Caches) -> FormRow:
        at = stamp(self.actor.now())
        if row.signature == "valid":
            caches["signature"] = "void"
        connection = self.session.connection()
        saved = documents.put(
            connection,
            row,
            changes,
            DERIVATION,
            at=at,
            entry_state=row.entry_state,
            caches=caches,
            cause=self.cause,
        )
        paths = (one.path for one in changes)
        self.voided += take_back(self.session, row, saved, paths, DERIVATION, at=at)
        self.reached.append(Address(self.row.code, *row.address))
        self.forms.add(row.form)
        return saved.row

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


def derived_changes(book: Book, document: Mapping[str, Cell], judged: Judged) -> tuple[ItemChange, ...]:
    """List the derived values of a form that differ from what is kept."""
    found = []
    for path, cell in sorted(judged.derived.items()):
        old, new = document.get(path) or None, cell or None
        if old != new:
            method = book.item(path.rsplit(".", 1)[-1]).method
            mark = f"{method}/{book.version.version}" if method else "derived"
            found.append(ItemChange(path, old, new, RECALCULATED if old else "", mark))
    return tuple(found)


def caches_of(judged: Judged, before: Mapping[str, Any]) -> Caches:
    """Give what lists keep of a form: counters, hidden questions, confirmations that still stand."""
    firing = {key(one) for one in judged.findings}
    confirmed = {name: word for name, word in before.get("confirmed", {}).items() if name in firing}
    state = {**before, "hidden": sorted(judged.hidden), "confirmed": confirmed}
    counters = judged.counters()
    return {
        "item_state": dumps({name: value for name, value in state.items() if value}),
        "owed": counters["owed"],
        "hard": counters["hard"],
        "soft": counters["soft"],
    }


def _items(paths: Iterable[str]) -> set[str]:
    return {path.rsplit(".", 1)[-1] for path in paths}
