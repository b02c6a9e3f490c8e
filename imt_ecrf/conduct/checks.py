"""Which checks a change reaches beyond the form that was saved, and what follows; enters no value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from sqlalchemy import bindparam, select

from imt_ecrf.conduct import due, runtime
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.facts import entered_elsewhere
from imt_ecrf.conduct.findings import AWAKE, CONFIRMED, FIRES, OWED, finding, key, mark, withheld
from imt_ecrf.conduct.firing import FAILED, awake, caches_again
from imt_ecrf.conduct.raising import Spoken, settle
from imt_ecrf.store import documents
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import FormData
from imt_ecrf.store.tables import Subject as SubjectTable
from imt_ecrf.study.checking import SUBJECT
from imt_ecrf.study.reach import FORMS, QUERIES, SITE, STATUS
from imt_ecrf.study.records import Record
from imt_ecrf.study.rules.run import FAILED as NO_RESULT
from imt_ecrf.study.sign_plan import FINISHED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.findings import Judged
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Finding
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.tables import Subject as SubjectRow
    from imt_ecrf.study.checking import Said, Written
    from imt_ecrf.study.reach import Affected, Changed
    from imt_ecrf.study.records import Key, Subject
    from imt_ecrf.study.rules.run import Report

MOST_TURNS: Final = 4
MARKS: Final = {FORMS: "missing_required_forms", QUERIES: "open_queries", STATUS: "status"}
"""What happened besides a changed value, and the fact it moves."""


class Light(NamedTuple):
    """A stored form without its document: what is needed to see whether a check has to be run on it."""

    id: str
    form: str
    event: str
    event_repeat: int
    form_repeat: int
    study_version: str
    version: int
    entry_state: str
    item_state: str
    hard: int
    soft: int

    @property
    def key(self) -> Key:
        """Name the record within its subject."""
        return self.form, self.event, self.event_repeat, self.form_repeat


class Whole(NamedTuple):
    """A form that was judged as a whole in this act: as it is stored by now, and what was kept before."""

    row: FormRow
    judged: Judged
    before: Mapping[str, Any]
    running: Study


_FORM = cast("Table", FormData.__table__)
_LIGHT: Final = select(*(_FORM.c[name] for name in Light._fields)).where(
    _FORM.c.subject_id == bindparam("subject"),
    _FORM.c.form.in_(bindparam("forms", expanding=True)),
    _FORM.c.struck.is_(False),
)


@dataclass
class Look:
    """What one act changed of a subject, followed through all checks that read it, in its transaction."""

    session: Session
    actor: Actor
    running: Study
    row: SubjectRow
    subject: Subject
    role: str = ""
    whole: dict[str, Whole] = field(default_factory=dict)
    spoken: list[Spoken] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    counted: bool = False
    """Whether messages on a finished form came or went: it may be ready to sign, or no longer."""

    def follow(self, changes: Sequence[Changed] = (), marks: Collection[str] = ()) -> None:
        """Run the checks that changed answers and marks (a state, the clock) reach, and settle queries."""
        for whole in self.whole.values():
            self._take(whole)
        marks = set(marks)
        for _ in range(MOST_TURNS):
            self.subject.ask_again(*(MARKS[one] for one in marks if one in MARKS))
            self._again(changes, marks)
            opened, closed = settle(self.session, system(self.actor.clock), self.row, self.spoken)
            self.spoken.clear()
            self.opened, self.closed = self.opened + opened, self.closed + closed
            if not opened and not closed:
                break
            changes, marks = (), {QUERIES}

    def across(self, changes: Sequence[Changed]) -> None:
        """Run the checks that compare subjects of a site on the others that these changes may concern.

        A subject somebody else is writing to is left to that save, or to the night.
        """
        names = frozenset().union(*(one.names for one in changes)) if changes else frozenset()
        crossing = self.running.engine.checks.crossing
        found = {id_ for one in crossing if not one.reads.isdisjoint(names) for id_ in self._alike(one)}
        wanted = select(SubjectTable).where(SubjectTable.id.in_(found)).order_by(SubjectTable.id)
        for row in self.session.scalars(wanted.with_for_update(skip_locked=True)).all() if found else ():
            subject = runtime.snapshot(self.session, self.actor, self.running, row)
            other = Look(self.session, system(self.actor.clock), self.running, row, subject)
            other.follow(marks={SITE})
            if other.counted:
                due.refresh(self.session, self.actor, row.id)

    def _alike(self, one: Written) -> set[str]:
        """Name the others who were entered as this subject is now, or as another was when they were asked."""
        items = self.running.engine.checks.compared(one)
        places = (self.running.book.places[item].form.oid for item in items)
        records = (next(iter(self.subject.valid_records(form)), None) for form in places)
        mine = tuple(
            record.text(item) if record else None for record, item in zip(records, items, strict=True)
        )
        found = entered_elsewhere(self.session, self.running.book, self.row, items)
        fired = select(FormData.subject_id).where(
            FormData.site == self.row.site,
            FormData.form == one.rule.home,
            FormData.item_state.contains(f'"{one.check.oid}'),
        )
        alike = {id_ for id_, said in found if None not in mine and said == mine}
        return (alike | set(self.session.scalars(fired))) - {self.row.id}

    def _take(self, whole: Whole) -> None:
        """Note what a form says that was judged as a whole."""
        row, judged = whole.row, whole.judged
        _note(self, row.id, row.version, whole.before, judged.findings, judged.failed)
        self.spoken.append(
            Spoken(
                *(row.id, row.form, row.event, row.event_repeat, row.form_repeat),
                complete=row.entry_state == "complete" and not row.struck,
                findings=judged.findings,
                checks=None,
                failed=frozenset(judged.failed),
                unknown=judged.unknown,
                withheld=judged.withheld,
                before={name: word[1] for name, word in whole.before.get(FIRES, {}).items()},
                asked=row.open_queries + row.answered_queries > 0 or bool(whole.before.get(FIRES)),
            )
        )

    def _again(self, changes: Sequence[Changed], marks: Collection[str]) -> None:
        """Run single checks of other forms, and those of the subject."""
        wanted = _Wanted(self.running, changes, marks)
        homes = [home for home in wanted.homes if home != SUBJECT]
        lights = self._lights(homes) if homes else []
        versions: dict[str, _Wanted] = {self.running.book.fingerprint: wanted}
        for light in lights:
            if light.id in self.whole and not marks:
                continue
            if light.study_version not in versions:
                running = runtime.study(self.session, light.study_version)
                versions[light.study_version] = _Wanted(running, changes, marks)
            here = versions[light.study_version]
            written = here.of(light, self.subject)
            if written:
                self._one(light, here.running, written)
        if SUBJECT in wanted.homes:
            self._of_subject(wanted.of_subject())

    def _lights(self, homes: Iterable[str]) -> list[Light]:
        values = {"subject": self.row.id, "forms": sorted(homes)}
        return [Light(*row) for row in self.session.connection().execute(_LIGHT, values)]

    def _one(self, light: Light, running: Study, written: Sequence[Written]) -> None:
        if AWAKE in light.item_state and not any(one.check.oid in light.item_state for one in written):
            return  # what its own answers keep quiet is not even read
        state = loads(light.item_state)
        known = awake(state)
        if known is not None:
            written = [one for one in written if one.check.oid in known]
        record = self.subject.record(light.form, *light.key[1:]) if written else None
        if record is None:
            return
        said = running.engine.check_again(self.subject, record, written)
        findings = tuple(finding(one, state.get(CONFIRMED, {})) for one in said.fires)
        names = {one.check.oid for one in written} - said.failed
        failed, hidden = _failed(said), withheld(running, light.form)
        caches = caches_again(state, findings, names, failed=failed, withheld=hidden)
        if any(getattr(light, name) != value for name, value in caches.items()):
            documents.set_caches(self.session.connection(), light.id, caches)
            self.counted = self.counted or light.entry_state in FINISHED
        _note(self, light.id, light.version, state, findings, failed)
        self.spoken.append(
            Spoken(
                *(light.id, light.form, light.event, light.event_repeat, light.form_repeat),
                complete=light.entry_state == "complete",
                findings=findings,
                checks=frozenset(names),
                failed=frozenset(said.failed),
                unknown=frozenset(said.unknown),
                withheld=hidden,
                before={name: word[1] for name, word in state.get(FIRES, {}).items()},
                asked=bool(state.get(FIRES)),
            )
        )

    def _of_subject(self, written: Sequence[Written]) -> None:
        said = self.running.engine.check_subject(self.subject, written)
        for rule, reason in _failed(said).items():
            _fault(self, rule, reason)
        self.spoken.append(
            Spoken(
                *(None, "", "", 0, 0),
                complete=True,
                findings=tuple(finding(one, {}) for one in said.fires),
                checks=frozenset(one.check.oid for one in written) - said.failed,
                failed=frozenset(said.failed),
                unknown=frozenset(said.unknown),
                withheld=frozenset(),
                before=None,
                asked=True,
            )
        )


class _Wanted:
    """The checks of one version that changes and marks reach."""

    def __init__(self, running: Study, changes: Sequence[Changed], marks: Collection[str]) -> None:
        self.running = running
        self._reached: dict[str, Affected[Written]] = running.engine.checks_reached(changes)
        self._marked: dict[str, list[Written]] = running.engine.checks.triggered(marks)
        self.homes = self._reached.keys() | self._marked.keys()

    def of(self, light: Light, subject: Subject) -> list[Written]:
        """List those that have to be run on a form."""
        record = Record(light.form, light.event, light.event_repeat, light.form_repeat)
        found = list(self._marked.get(light.form, ()))
        reached = self._reached.get(light.form)
        if reached is not None:
            found += [
                one
                for one in reached.of(record, self.running.engine.day(subject, record))
                if one not in found
            ]
        return found

    def of_subject(self) -> list[Written]:
        """List those that stand on the page of the subject."""
        reached = self._reached.get(SUBJECT)
        found = [] if reached is None else [reached.steps[place] for place in sorted(reached.everywhere)]
        return list(dict.fromkeys([*found, *self._marked.get(SUBJECT, ())]))


def _failed(said: Said) -> dict[str, str]:
    return failures(said.reports)


def failures(reports: Iterable[Report]) -> dict[str, str]:
    """Give the rules that came to no result, and why."""
    return {one.rule: f"{one.code} {one.reason}".strip() for one in reports if one.code in NO_RESULT}


def _note(  # noqa: PLR0917 - one entry of the log for each
    look: Look,
    form_id: str,
    version: int,
    before: Mapping[str, Any],
    findings: Iterable[Finding],
    failed: Mapping[str, str],
) -> None:
    """Write into the log what fires anew or on other figures, and which rules failed that did not before."""
    fired = before.get(FIRES, {})
    for one in findings:
        if one.check.startswith(OWED) or fired.get(key(one), [None, None])[1] == mark(one):
            continue
        log(
            look.session,
            look.actor,
            "check.fired",
            look.role,
            site=look.row.site,
            subject_id=look.row.id,
            form_data_id=form_id,
            form_version=version,
            object=key(one),
            details=_told(one),
        )
    known = before.get(FAILED, {})
    for rule, reason in failed.items():
        if known.get(rule) != reason:
            _fault(look, rule, reason, form_data_id=form_id, form_version=version)


def _told(one: Finding) -> dict[str, Any]:
    """Write the prompt that was shown, with its figures as rules and as people write them."""
    return {
        "level": one.level, "path": one.path or "", "figures": one.figures, "words": list(one.words),
        "message": one.en, "message_ru": one.ru,
    }  # fmt: skip


def _fault(look: Look, rule: str, reason: str, **columns: Any) -> None:
    log(
        look.session,
        look.actor,
        "rule.failed",
        look.role,
        site=look.row.site,
        subject_id=look.row.id,
        object=rule,
        details={"reason": reason},
        **columns,
    )
