"""How far a subject has come: its state and the facts its plan needs, read from its forms; types no state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct.plan import Facts
from imt_ecrf.policy.lifecycle import Course, subject_state
from imt_ecrf.store.canonical import dumps, loads
from imt_ecrf.study.consents import born, consented, full, given, taken
from imt_ecrf.study.gates import Gates, gates
from imt_ecrf.study.values import read_number

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator

    from imt_ecrf.store.tables import Subject as SubjectRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Record, Subject

COURSE_FORMS: Final = frozenset(
    {"F_SV", "F_IE", "F_EX", "F_EOT", "F_EOS", "F_DD", "F_SS", "F_RS", "F_STX", "F_DM"},
)
"""Forms whose values move the state of a subject or the dates its visits are counted from."""

SAFETY_VISIT: Final = "SE_SFU"
SURVIVAL_VISIT: Final = "SE_SURV"
BASELINE: Final = "SE_C1D1"


def moved_by(book: Book, forms: Collection[str]) -> bool:
    """Tell whether values of these forms may move a subject's state, its plan or its consents."""
    return not (COURSE_FORMS | gates(book).forms).isdisjoint(forms)


def refresh(row: SubjectRow, subject: Subject, book: Book) -> bool:
    """Work out state and facts anew, put them into the subject's row, tell whether something changed."""
    facts = facts_of(subject, gates(book), enrolled=row.enrolled_at is not None)
    state = subject_state(course_of(subject, facts))
    text = dumps(facts.plain())
    changed = (state, text) != (row.state, row.facts)
    row.state, row.facts = state, text
    return changed


def facts_in(row: SubjectRow) -> Facts:
    """Give the facts kept with a subject."""
    return Facts.of(loads(row.facts))


def course_of(subject: Subject, facts: Facts) -> Course:
    """Say what acts and forms tell about the subject's course."""
    held = {event.oid for event in subject.events if event.held}
    ended = next(iter(_texts(subject, "F_EOS", "EOSREAS")), None)
    return Course(
        enrolled=facts.enrolled,
        refused="N" in _texts(subject, "F_IE", "IEENROL"),
        dosed=facts.dosed,
        stopped=facts.stopped_on is not None,
        safety=SAFETY_VISIT in held,
        survival=SURVIVAL_VISIT in held,
        died="DEAD" in _texts(subject, "F_SS", "SSSTAT") or any(_texts(subject, "F_DD", "DTHDAT")),
        end_reason=ended,
    )


def facts_of(subject: Subject, rules: Gates, *, enrolled: bool) -> Facts:
    """Collect the dates and turns the plan of visits is counted from, and what the consents say."""
    consents = given(subject, rules)
    signed = [day for kind, day in consents if consented(rules, [(kind, day)], day)]
    doses = list(_doses(subject))
    stops = [day for record in _valid(subject, "F_EOT") for day in _dates(record, "EOTDAT", "EOTLDOS")]
    anchors = {event.oid: day for event in subject.events if event.repeat == 1 and (day := full(event.date))}
    if doses:
        anchors["first dose"] = min(doses)
        anchors.setdefault(BASELINE, min(doses))
    last = [day for record in _valid(subject, "F_EOT") for day in _dates(record, "EOTLDOS")]
    if last:
        anchors["last dose"] = last[0]
    dead = "DEAD" in _texts(subject, "F_SS", "SSSTAT") or any(_texts(subject, "F_DD", "DTHDAT"))
    return Facts(
        anchors=anchors,
        enrolled=enrolled,
        dosed=bool(doses),
        stopped_on=max(stops, default=None),
        progressed_on=min(_progressions(subject), default=None),
        ended=dead or bool(_texts(subject, "F_EOS", "EOSREAS")),
        consents=consents,
        withdrawals=taken(subject, rules),
        birth=born(subject, min(signed, default=None)),
    )


def _doses(subject: Subject) -> Iterator[dt.date]:
    for record in _valid(subject, "F_EX"):
        dose = read_number(record.text("EXDOSE") or "")
        if dose is not None and dose > 0:
            yield from _dates(record, "EXSTDAT")


def _progressions(subject: Subject) -> Iterator[dt.date]:
    for record in _valid(subject, "F_RS"):
        if record.text("RSOVR") == "PD":
            yield from _dates(record, "RSDAT")
    for form, item in (("F_SS", "SSPDDAT"), ("F_STX", "STXSTDAT")):
        for record in _valid(subject, form):
            yield from _dates(record, item)


def _valid(subject: Subject, form: str) -> tuple[Record, ...]:
    return subject.valid_records(form)


def _texts(subject: Subject, form: str, item: str) -> list[str]:
    return [text for record in _valid(subject, form) if (text := record.text(item))]


def _dates(record: Record, *items: str) -> Iterator[dt.date]:
    for item in items:
        day = full(record.text(item))
        if day is not None:
            yield day
