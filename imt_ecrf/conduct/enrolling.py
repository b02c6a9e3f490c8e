"""What stands against enrolling a subject: consent, criteria, decision, contradicting data; enrols nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.findings import CONFIRMED, judge, may_read
from imt_ecrf.store import documents
from imt_ecrf.study.consents import consented, given
from imt_ecrf.study.eligibility import covered_by, wanted
from imt_ecrf.study.gates import gates
from imt_ecrf.study.values import read_date

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.runtime import Study
    from imt_ecrf.conduct.views import Finding
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.tables import Subject
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Record
    from imt_ecrf.study.records import Subject as Snapshot

Reason = tuple[str, str]
"""Why not, in English and Russian."""

ELIGIBILITY: Final = "F_IE"
CONSENT: Final = "F_IC"
CRITERIA: Final = "G_IEROW"
COMPLETE: Final = "complete"

_NOT_SCREENING = ("The child is not in screening.", "Пациент не находится на скрининге.")
_NO_CONSENT = ("No signed consent with its date is recorded.", "Нет записи о подписанном согласии с датой.")
_WITHDRAWN = ("A consent has been withdrawn.", "Согласие отозвано.")
_NO_FORM = ("The eligibility form has not been filled.", "Форма критериев отбора не заполнена.")
_NOT_DECIDED = (
    "The investigator has not decided to enrol the child.",
    "Исследователь не принял решение о включении пациента.",
)
_NO_DATE = ("The date of the decision is missing.", "Не указана дата решения о включении.")
_EARLY = ("The decision is dated before the first consent.", "Дата решения раньше даты первого согласия.")
_OPEN = ("Criterion not answered: {}.", "Нет ответа по критерию: {}.")
_FAILED = ("Criterion not met: {}.", "Критерий не выполнен: {}.")
_CRITERIA = ("Not all criteria are met.", "Выполнены не все критерии.")
_NOT_COMPLETE = (
    "“{}” is not complete: complete it first.",
    "Форма «{}» не завершена: сначала завершите её.",
)
_AGAINST = ("The data speak against it: {}", "Этому противоречат данные: {}")
_UNCONFIRMED = (
    "Neither corrected nor confirmed with a comment: {}",
    "Не исправлено и не подтверждено с комментарием: {}",
)
_WITHHELD = (
    "Data that are not shown to you speak against it; ask the data manager.",
    "Этому препятствуют данные, которые вам не показаны; обратитесь к менеджеру данных.",
)


def obstacles(session: Session, actor: Actor, row: Subject) -> tuple[Reason, ...]:
    """List what stands against enrolling a subject."""
    if row.enrolled_at is not None or row.state != "SCREENING":
        return (_NOT_SCREENING,)
    running = runtime.study(session)
    snapshot = runtime.snapshot(session, actor, running, row)
    today = runtime.site_today(session, actor, row.site)
    reasons = (
        *_consent(running.book, snapshot, today),
        *_eligibility(running.book, snapshot),
        *against(session, actor, row),
    )
    return reasons or tuple(_unfinished(running.book, snapshot))


def now_against(session: Session, actor: Actor, row: Subject) -> tuple[Reason, ...]:
    """List what in the data as they are now speaks against the enrolment of a subject that is enrolled."""
    running = runtime.study(session)
    snapshot = runtime.snapshot(session, actor, running, row)
    return (*_eligibility(running.book, snapshot), *against(session, actor, row))


def against(session: Session, actor: Actor, row: Subject) -> tuple[Reason, ...]:
    """List the data that contradict enrolment now, by the checks the study names for it."""
    running = runtime.study(session)
    rule = gates(running.book).enrolment
    if rule is None:
        return ()
    snapshot = runtime.snapshot(session, actor, running, row)
    named = rule.against | rule.judged
    homes = sorted({one.home for one in running.book.version.checks if one.oid in named})
    said: dict[Reason, None] = {}
    for form in documents.forms_of_subject(session.connection(), row.id, homes):
        if form.struck:
            continue
        for one in _fired(session, actor, snapshot, form):
            if one.check in rule.against or (one.check in rule.judged and not one.confirmed):
                readable = may_read(actor, row.site, one.check, running)
                said[_told(running, one, judged=one.check in rule.judged) if readable else _WITHHELD] = None
    return tuple(said)


def _fired(session: Session, actor: Actor, snapshot: Snapshot, form: FormRow) -> tuple[Finding, ...]:
    running = runtime.study(session, form.study_version)
    record = runtime.record_of(form, running.book, actor.now())
    return judge(running, snapshot, record, form.items.get(CONFIRMED)).findings


def _told(running: Study, one: Finding, *, judged: bool) -> Reason:
    en, ru = one.en, one.ru
    if one.row and CRITERIA in running.book.groups:
        names = running.book.codelists[running.book.item("IETESTCD").codelist or ""]
        en, ru = f"{names.text(one.row, 'en')}: {en}", f"{names.text(one.row, 'ru')}: {ru}"
    said = _UNCONFIRMED if judged else _AGAINST
    return said[0].format(en), said[1].format(ru)


def _consent(book: Book, snapshot: Snapshot, today: dt.date) -> Iterator[Reason]:
    records = snapshot.valid_records(CONSENT)
    rules = gates(book)
    if rules.consent is None:
        known = any(_full(record, "ICDAT") for record in records)
    else:
        known = consented(rules, given(snapshot, rules), today)
    if not known:
        yield _NO_CONSENT
    if any(record.text("ICWITH") == "Y" for record in records):
        yield _WITHDRAWN


def _eligibility(book: Book, snapshot: Snapshot) -> Iterator[Reason]:
    record = next(iter(snapshot.valid_records(ELIGIBILITY)), None)
    if record is None:
        yield _NO_FORM
        return
    if record.text("IEYN") != "Y":
        named = list(_criteria(book, snapshot, record))
        yield from named or [_CRITERIA]
    if record.text("IEENROL") != "Y":
        yield _NOT_DECIDED
    decided = _full(record, "IEDAT")
    consents = [day for one in snapshot.valid_records(CONSENT) if (day := _full(one, "ICDAT"))]
    if decided is None:
        yield _NO_DATE
    elif consents and decided < min(consents):
        yield _EARLY


def _unfinished(book: Book, snapshot: Snapshot) -> Iterator[Reason]:
    """Ask for the form to be complete once nothing else is missing: what it owes then tells the rest."""
    states = {one.entry_state for one in snapshot.valid_records(ELIGIBILITY)}
    if gates(book).enrolment is not None and COMPLETE not in states:
        name = book.forms[ELIGIBILITY].name
        yield _NOT_COMPLETE[0].format(name.en), _NOT_COMPLETE[1].format(name.ru)


def _criteria(book: Book, snapshot: Snapshot, record: Record) -> Iterator[Reason]:
    _, group = book.groups[CRITERIA]
    covered = covered_by(book, snapshot, record)
    names = book.codelists[book.item("IETESTCD").codelist or ""]
    for row in group.rows:
        answer = record.text(f"{group.oid}.{row.key}.IERESP")
        if answer == wanted(row.prefilled.get("IECAT")) or row.key in covered:
            continue
        en, ru = _OPEN if answer is None else _FAILED
        yield en.format(names.text(row.key, "en")), ru.format(names.text(row.key, "ru"))


def _full(record: Record, item: str) -> int | None:
    day = read_date(record.text(item) or "")
    return day.lo if day and day.full else None
