"""Everything of one subject that one reader may see, as frozen values ready for paper; makes no PDF."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from imt_ecrf import __version__
from imt_ecrf.conduct import findings, runtime, sdv_plan
from imt_ecrf.reporting import history
from imt_ecrf.reporting.checked import SAID
from imt_ecrf.reporting.grids import grids, worst
from imt_ecrf.reporting.options import DEFAULT, Options
from imt_ecrf.reporting.pages import (
    Both,
    Casebook,
    CountRow,
    FormPage,
    Hand,
    Mark,
    Part,
    Said,
    SignatureLine,
    Signer,
)
from imt_ecrf.reporting.paper import both, in_, joined
from imt_ecrf.reporting.sheets import Around, form_page, printed_lines
from imt_ecrf.store import documents
from imt_ecrf.store.canonical import dumps, sha256
from imt_ecrf.store.tables import Event, EventData, QueryMessage, Site, TreeHead, Verification, stamp
from imt_ecrf.store.tables import Query as QueryRow
from imt_ecrf.study import growth, naming

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.store.tables import Subject
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.records import Subject as Child

LOGS: Final = "SE_LOG"
LINES_PER_PART: Final = 40
PRINTED_LINES: Final = 100  # of a part: a change prints it anew
SITE_NAME: Final = 70  # signs of it in the running head, whose lines are counted


NO_GROWTH: Final = Both("no growth reference imported", "ростовой стандарт не загружен")


@dataclass(frozen=True)
class Reading:
    """Who reads which subject, under the version in force."""

    session: Session
    actor: Actor
    book: Book
    subject: Subject
    site: Site
    demo: bool = False
    options: Options = DEFAULT

    @cached_property
    def snapshot(self) -> Child:
        """Give the subject as the rules see it."""
        running = runtime.study(self.session)
        return runtime.snapshot(self.session, self.actor, running, self.subject)

    def around(self, book: Book) -> Around:
        """Give what forms of a version are printed with: the plan, and why scores are blank."""
        scores = {} if growth.reference(self.snapshot, book) else growth.scored(book)
        notes = {item: NO_GROWTH for items in scores.values() for item in items}
        terms = sdv_plan.terms(self.session, self.subject.site)
        return Around(self.subject, terms, notes, self.may_read, self.options.history)

    def may_read(self, check: str | None) -> bool:
        """Tell whether the reader may know what a check says: it may tell of forms he does not see."""
        return findings.may_read(self.actor, self.subject.site, check, runtime.study(self.session))


def gather(
    session: Session, actor: Actor, subject: str, *, demo: bool = False, options: Options | None = None
) -> Casebook:
    """Collect the casebook of a subject; NotFound when the reader may not see the subject."""
    row = runtime.find_subject(session, actor, subject)
    site = session.get_one(Site, row.site)
    reading = Reading(session, actor, runtime.study(session).book, row, site, demo, options or DEFAULT)
    rows = visible(reading)
    parts = tuple(_parts(reading, rows))
    manifest = tuple(line for part in parts for form in part.forms for line in _named(part, form))
    return _casebook(reading, rows, parts, manifest)


def visible(reading: Reading) -> list[FormRow]:
    """List the forms that the reader may see and wants; a blinded form is absent everywhere."""
    rows = documents.forms_of_subject(reading.session.connection(), reading.subject.id)
    seen = [row for row in rows if reading.actor.sees(reading.book, row.form, row.site)]
    return [row for row in seen if row.signature == "valid" or not reading.options.signed_only]


def fingerprint(reading: Reading, rows: Sequence[FormRow]) -> str:
    """Give the SHA-256 of everything a copy for this reader shows: documents, states, signatures, queries."""
    ids = [row.id for row in rows]
    signs = history.signature_ids(reading.session, ids)
    said = Event.form_data_id.in_(ids), Event.act.in_(SAID)
    comments = select(func.count(), func.max(Event.seq)).where(*said)
    marked = select(func.count(), func.max(Verification.seq)).where(Verification.form_data_id.in_(ids))
    asked = select(QueryMessage.id).join(QueryRow, QueryRow.id == QueryMessage.query_id)
    messages = reading.session.scalars(asked.where(QueryRow.form_data_id.in_(ids)).order_by(QueryMessage.seq))
    visits = reading.session.scalars(
        select(EventData).where(EventData.subject_id == reading.subject.id).order_by(EventData.id)
    )
    state = {
        "forms": [[row.id, row.version, row.data_sha256, row.entry_state, row.study_version] for row in rows],
        "signatures": signs,
        "verified": list(reading.session.execute(marked).one()),
        "comments": list(reading.session.execute(comments).one()),
        "plan": _plan(reading),
        "hands": [[one.username, one.check, one.checked, one.accepted] for one in _hands(reading, ids)],
        "closed": [[row.id, row.frozen_at, row.locked_at] for row in rows if row.frozen_at or row.locked_at],
        "messages": list(messages),
        "visits": [[visit.id, visit.state, visit.date] for visit in visits],
        "version": reading.book.fingerprint,
        "program": __version__,
    }
    return sha256(dumps(state))


def _hands(reading: Reading, ids: Sequence[str]) -> tuple[Hand, ...]:
    return history.hands(reading.session, ids)


def _plan(reading: Reading) -> list[object]:
    terms = sdv_plan.terms(reading.session, reading.subject.site)
    return [asdict(terms.plan), terms.rate, sorted(terms.subjects), sorted(terms.forms)]


def _casebook(
    reading: Reading, rows: list[FormRow], parts: tuple[Part, ...], manifest: tuple[SignatureLine, ...]
) -> Casebook:
    forms = [(part, form) for part in parts for form in part.forms]
    marks = Counter(form.mark for _, form in forms)
    state = fingerprint(reading, rows)
    as_of = stamp(reading.actor.now())
    shown = f"{history.stamp(as_of)} UTC"
    version = reading.book.version
    return Casebook(
        study=both(version.name),
        study_oid=version.study_oid,
        subject=reading.subject.code,
        site=reading.subject.site,
        who=_who(reading),
        mark=worst(marks),
        status=_status(marks, len(forms)),
        facts=_facts(reading, rows, shown),
        counts=_counts(forms),
        signers=_signers(manifest),
        prints=(("fingerprint", state), *_tree_head(reading)),
        parts=parts,
        manifest=manifest,
        empty=tuple(_empty(reading, rows)),
        grids=grids(parts),
        hands=_hands(reading, [row.id for row in rows]),
        fingerprint=state,
        as_of=shown,
        demo=reading.demo,
        entries=sum(form.entries for _, form in forms),
    )


def _status(marks: Counter[Mark], forms: int) -> Both:
    if not forms:
        return Both("No form holds data yet.", "Ни одна форма пока не содержит данных.")
    if marks["signed"] == forms:
        return Both(f"All {forms} forms are signed.", f"Все формы подписаны: {forms}.")
    return Both(
        f"Of {forms} forms {marks['signed']} are signed, {marks['void']} carry a void signature and "
        f"{marks['draft']} are not signed. This copy is not final.",
        f"Из {forms} форм подписаны {marks['signed']}, с недействительной подписью {marks['void']}, "
        f"не подписаны {marks['draft']}. Эта копия не окончательная.",
    )


def _facts(reading: Reading, rows: list[FormRow], shown: str) -> tuple[tuple[str, Said], ...]:
    versions = sorted({row.study_version for row in rows} | {reading.book.fingerprint})
    names = [f"{runtime.study(reading.session, one).book.version.version} ({one[:12]})" for one in versions]
    maker = f"imt-ecrf {__version__}"
    roles = list(reading.actor.held(reading.subject.site))
    role = history.role_name(reading.book, roles[0]) if roles else ""
    names_of = [(maker, reading.actor.name, in_(role, lang).lower()) for lang in ("en", "ru")]
    by = Both(*(", ".join(piece for piece in pieces if piece) for pieces in names_of))
    return (
        ("subject", reading.subject.code),
        ("site", f"{reading.site.code}, {reading.site.name}"),
        ("scope", _scope(reading.options)),
        ("versions", "; ".join(names)),
        ("as_of", shown),
        ("made_by", by),
        ("this_is", Both("a certified copy: the same data state always gives the same pages",
                         "заверенная копия: одно состояние данных всегда даёт те же страницы")),
    )  # fmt: skip


def _scope(options: Options) -> Both:
    en, ru = ["All visits and logs"], ["Все визиты и журналы"]
    if options.signed_only:
        en, ru = (
            ["Signed forms only, of all visits and logs"],
            ["Только подписанные формы всех визитов и журналов"],
        )
    if options.history:
        en, ru = [*en, "queries, history"], [*ru, "запросы, история"]
    else:
        en, ru = [*en, "without queries and history"], [*ru, "без запросов и истории"]
    return Both(
        f"{', '.join(en)}, with the signatures, as far as this reader may see them",
        f"{', '.join(ru)}, с подписями, насколько они доступны читателю",
    )


def _counts(forms: list[tuple[Part, FormPage]]) -> tuple[CountRow, ...]:
    logs = [form for part, form in forms if part.key.startswith(LOGS)]
    visits = [form for part, form in forms if not part.key.startswith(LOGS)]
    every = (("visits", visits), ("logs", logs), ("all", [*visits, *logs]))
    return tuple(CountRow(name, _numbers(some)) for name, some in every)


def _numbers(forms: Iterable[FormPage]) -> tuple[int, int, int, int, int]:
    some = list(forms)
    marks = Counter(form.mark for form in some)
    asked = sum(form.open_queries for form in some)
    return len(some), marks["signed"], marks["void"], marks["draft"], asked


def _signers(manifest: tuple[SignatureLine, ...]) -> tuple[Signer, ...]:
    def who(line: SignatureLine) -> tuple[str, str, str, bool]:
        return line.name, in_(line.role, "en"), in_(line.meaning, "en"), not line.valid

    found = []
    for _, group in groupby(sorted(manifest, key=who), key=who):
        lines = sorted(group, key=lambda line: line.when)
        first, last = lines[0], lines[-1]
        when = first.when if len(lines) == 1 else f"{first.when}\n{last.when}"
        found.append(Signer(first.name, first.role, first.meaning, when, first.valid, len(lines)))
    return tuple(found)


def _tree_head(reading: Reading) -> tuple[tuple[str, Said], ...]:
    head = reading.session.scalars(select(TreeHead).order_by(TreeHead.size.desc()).limit(1)).first()
    return (("tree_head", f"{head.size}: {head.root}"),) if head else ()


def _named(part: Part, form: FormPage) -> list[SignatureLine]:
    place = joined(joined(part.event, "·"), form.name)
    return [
        SignatureLine(s.name, s.role, s.meaning, s.when, s.valid, s.version, s.sha256, s.why, place)
        for s in form.signatures
    ]


def _order(reading: Reading) -> list[EventData]:
    wanted = select(EventData).where(EventData.subject_id == reading.subject.id)
    planned = {event.oid: place for place, event in enumerate(reading.book.version.events)}
    visits = list(reading.session.scalars(wanted))
    unknown = len(planned)

    def place(visit: EventData) -> tuple[bool, str, int, int]:
        day = visit.date or visit.target or "9999"
        return visit.event == LOGS, day, planned.get(visit.event, unknown), visit.event_repeat

    return sorted(visits, key=place)


def _parts(reading: Reading, rows: list[FormRow]) -> Iterable[Part]:
    by_event: dict[tuple[str, int], list[FormRow]] = {}
    for row in rows:
        by_event.setdefault((row.event, row.event_repeat), []).append(row)
    for visit in _order(reading):
        pages = _pages(reading, visit, by_event.pop((visit.event, visit.event_repeat), []))
        for number, run in enumerate(_runs(pages), 1):
            yield _part(reading, visit, f"{visit.event}.{visit.event_repeat}-{number}", run[0].mark, run)


def _runs(pages: list[FormPage]) -> Iterable[tuple[FormPage, ...]]:
    """Cut the forms of a visit by their length, then by their mark: a new mark moves no other cut."""
    chunks: list[list[FormPage]] = []
    held = PRINTED_LINES
    for page in pages:
        held += printed_lines(page)
        if held > PRINTED_LINES:
            chunks.append([])
            held = printed_lines(page)
        chunks[-1].append(page)
    for chunk in chunks:
        for _, run in groupby(chunk, key=lambda page: page.mark):
            yield tuple(run)


def _pages(reading: Reading, visit: EventData, rows: list[FormRow]) -> list[FormPage]:
    planned = [ref.form for ref in reading.book.events[visit.event].forms]
    by_form: dict[tuple[int, int, str, str], list[FormRow]] = {}
    for row in rows:
        book = runtime.study(reading.session, row.study_version).book
        log = book.forms[row.form].repeating == "log"
        place = planned.index(row.form) if row.form in planned else len(planned)
        chunk = (row.form_repeat - 1) // LINES_PER_PART if log else row.form_repeat
        by_form.setdefault((place, chunk, row.form, row.study_version), []).append(row)
    pages = []
    for key in sorted(by_form, key=lambda key: key[:3]):
        lines = sorted(by_form[key], key=lambda row: row.form_repeat)
        book = runtime.study(reading.session, key[3]).book
        pages.append(form_page(reading.session, book, visit, lines, reading.around(book)))
    return pages


def event_name(book: Book, event: str, repeat: int) -> Both:
    """Name a visit in both languages."""
    found = book.events[event]
    return Both(naming.event_name(found, repeat, "en"), naming.event_name(found, repeat, "ru"))


def _part(reading: Reading, visit: EventData, key: str, mark: Mark, forms: tuple[FormPage, ...]) -> Part:
    name = event_name(reading.book, visit.event, visit.event_repeat)
    changed = max((form.changed_at for form in forms), default="")
    return Part(
        key=key,
        event=name,
        heading=name,
        sub=_sub(visit),
        mark=mark,
        who=_who(reading),
        record=Both(
            f"Forms: {len(forms)}, last change {changed} UTC",
            f"Форм: {len(forms)}, последнее изменение {changed} UTC",
        ),
        forms=forms,
    )


def _who(reading: Reading) -> str:
    """Say in the running head whose page this is; a long name of a site is shortened, nothing else."""
    name = reading.site.name
    name = name if len(name) <= SITE_NAME else f"{name[: SITE_NAME - 1].rstrip()}…"
    demo = "DEMO · " if reading.demo else ""
    return f"{demo}{reading.book.version.study_oid} · {reading.site.code} {name} · {reading.subject.code}"


def _sub(visit: EventData) -> Both:
    tail = Both(
        "All system times are UTC; clinical dates are as the site observed them.",
        "Системное время указано в UTC; клинические даты — как их записал центр.",
    )
    if visit.event == LOGS:
        return tail
    if visit.state == "missed":
        why = f": {visit.reason}" if visit.reason else ""
        return joined_sentences(Both(f"Missed{why}.", f"Пропущен{why}."), tail)
    window = f"{visit.window_from} – {visit.window_to}" if visit.window_from else ""
    en, ru = "No date of this visit is on record.", "Дата этого визита не записана."
    if visit.date:
        en, ru = f"Took place on {visit.date}.", f"Состоялся {visit.date}."
    if window:
        en, ru = f"{en} Window {window}.", f"{ru} Окно {window}."
    return joined_sentences(Both(en, ru), tail)


def joined_sentences(one: Both, other: Both) -> Both:
    """Put two sentences side by side in each language."""
    return Both(f"{one.en} {other.en}", f"{one.ru} {other.ru}")


def _empty(reading: Reading, rows: list[FormRow]) -> Iterable[tuple[Said, Said, Said]]:
    there = {(row.event, row.event_repeat, row.form) for row in rows}
    running = runtime.study(reading.session)
    subject = reading.snapshot
    for visit in _order(reading):
        for ref in running.engine.expected(subject, runtime.event_of(visit, reading.book)):
            seen = reading.actor.sees(reading.book, ref.form, reading.subject.site)
            optional = ref.expected == "O" or visit.event == LOGS
            if (visit.event, visit.event_repeat, ref.form) in there or not seen or optional:
                continue
            name = event_name(reading.book, visit.event, visit.event_repeat)
            state = (
                Both("missed", "пропущен") if visit.state == "missed" else Both("not started", "не начата")
            )
            yield name, both(reading.book.forms[ref.form].name), state
