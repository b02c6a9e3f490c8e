"""The page of a form put together: where it stands, its rail, its groups, what is still to settle."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask import current_app, url_for

from imt_ecrf.conduct import entry, notes, runtime, signature_history, visits
from imt_ecrf.conduct.findings import OWED, key
from imt_ecrf.conduct.reasons import CHANGE_REASONS, reason_text
from imt_ecrf.conduct.views import Address, FormCell
from imt_ecrf.web import dates, states
from imt_ecrf.web.addresses import form_url, log_url
from imt_ecrf.web.entry import kept, rails
from imt_ecrf.web.entry.asked import asked_of
from imt_ecrf.web.entry.drawn import Drawn
from imt_ecrf.web.entry.lesions import overview
from imt_ecrf.web.entry.rules_page import rules_page
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.entry.shown import Drawing, answered
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import LANGUAGES, current
from imt_ecrf.web.pieces import Kept
from imt_ecrf.web.signed_page import legend
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.findings import Judged
    from imt_ecrf.conduct.views import Answer, EventView, FormRecord, Problem
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form
    from imt_ecrf.web.entry.sheet import FormSheet
    from imt_ecrf.web.entry.shown import Message

LOGS = "SE_LOG"
LINE_TEXTS = 2


class Line(NamedTuple):
    """What is still to settle: the kind of its mark, where it stands, what it says, the check behind it."""

    kind: str
    anchor: str
    text: str
    check: str


def form_page(
    session: Session,
    actor: Actor,
    address: Address,
    *,
    typed: Mapping[str, Answer] | None = None,
    problems: tuple[Problem, ...] = (),
    **extra: Any,
) -> dict[str, Any]:
    """Give everything the form page draws; `typed` answers stand in place of what is kept."""
    record = entry.open_form(session, actor, address)
    if typed and record.may_enter:
        record = _as_typed(record, entry.preview(session, actor, address, typed))
    language, book = current(), runtime.study(session).book
    events = visits.events_of(session, actor, address.subject, _needed(record))
    event = next((one for one in events if (one.oid, one.repeat) == address.within[:2]), None)
    drawn, say = sheet(record.book, address.form, language), words(record.book)
    draft = None if typed or not record.may_enter else kept.offer(session, actor, address)
    replies = extra["posted"].replies if extra.get("posted") else extra.pop("replies", {})
    at = asked_of(session, actor, record, language, replies, saves=_saves(record))
    refs = references(session, actor, record)
    drawing = Drawing(record, drawn, language, typed or {}, problems, refs, at)
    groups = drawing.groups()
    loose = drawing.loose()
    done, asked = answered(groups)
    return {
        "record": record, "sheet": drawn, "groups": groups, "loose": loose, "draft": draft,
        "queries": [one for some in at.values() for one in some], "loose_queries": drawing.loose_queries(),
        "typed": bool(typed), "answered": done, "asked": asked, "address": address,
        "event": event, "rail_html": rail_html(book, events, address),
        "drawn": Drawn(drawn, form_url(address), drawing.refs, extra.get("posted"), extra.get("changed", ())),
        "earlier_of": _earlier(record, events),
        "lesions_of": overview(session, actor, record, language),
        "mark": states.form_mark(cell_of(record)),
        "saved_when": dates.moment(record.saved_at, language, seconds=True),
        "save_number": uuid.uuid4().hex,
        "reasons": [(code, texts[language == "ru"]) for code, texts in CHANGE_REASONS.items()],
        "signatures": [(one, [say.question(path) for path in one.voided_items]) for one in record.signatures],
        **_signed(session, actor, record),
        "rules": rules_page(actor, record, language),
        "settle": _settle(record, loose), "why_not": _why_not(record),
        "problems": _problems(drawn, problems),
        "version": extra["posted"].version if extra.get("posted") else record.version,
        "posted": None, "refused": "", "changed": (), "holds": (), "to_read": (), "to_sign": False,
        "unsent": "", "moved": "", "say_words": say,
        "notes": notes.beside(session, record.id) if record.version else (),
        "to_verify": bool(record.version) and actor.may_act("mark_items", record.subject.site),
        "layout": "base.html", "blanks": blanks(language), **extra,
    }  # fmt: skip


def _signed(session: Session, actor: Actor, record: FormRecord) -> dict[str, Any]:
    """Give what is on record of who signed, and where the history of the signatures stands."""
    if not record.signatures:
        return {"legends": {}, "signed_where": ""}
    signers = signature_history.identified(session, (one.username for one in record.signatures))
    address = record.address
    only = str(address).partition("/")[2]
    where = url_for("signatures.of_subject", subject=address.subject, form=only)
    return {
        "legends": {name: legend(one) for name, one in signers.items()},
        "signed_where": where if actor.may_act("see_course", record.subject.site) else "",
    }


def _saves(record: FormRecord) -> bool:
    """Tell whether the form can be saved as it stands, so that an answer to a query goes with its save."""
    return record.may_enter and record.state != "not done"


_blanks: Final[Kept[Markup]] = Kept(len(LANGUAGES))


def blanks(language: str) -> Markup:
    """Give what the script of a page draws its messages from; drawn once a language."""
    module: Any = current_app.jinja_env.get_template("macros/message.html").module
    return _blanks.get(language, module.templates)


def _as_typed(record: FormRecord, judged: Judged) -> FormRecord:
    """Show what the rules make of the answers typed, as the boxes hold them."""
    cells = {**record.cells, **judged.derived}
    kept = {path: cell for path, cell in cells.items() if cell}
    return replace(record, cells=kept, hidden=judged.hidden, warnings=judged.findings)


def _needed(record: FormRecord) -> set[tuple[str, int]]:
    """Name the visits this page speaks of: its own, the logs, the one "last visit" means."""
    named = {record.address.within[:2], (LOGS, 1)}
    return named | ({(record.earlier.event, record.earlier.event_repeat)} if record.earlier else set())


def cell_of(record: FormRecord) -> Any:
    """Give the form as lists show it, for its state in words."""
    sign = record.signature.state if record.signature else None
    return FormCell(
        record.address.form, record.address.form_repeat, record.id, record.state, "R", sign,
        record.open_queries, record.missing, record.struck is not None, record.frozen, record.locked,
        record.saved_at,
    )  # fmt: skip


def references(session: Session, actor: Actor, record: FormRecord) -> dict[str, tuple[tuple[str, str], ...]]:
    """Give the lines of other logs that this form refers to, by their number and first words."""
    wanted = {item.ref_form for item in record.form.items() if item.ref_form}
    address = record.address
    found = {}
    for form in wanted:
        if form and actor.sees(record.book, form, record.subject.site):
            rows = entry.lines_of(session, actor, address.subject, LOGS, form)
            found[form] = tuple(
                (str(row.form_repeat), line_name(record.book.forms[form], row)) for row in rows
            )
    return found


def line_name(form: Form, row: FormRow) -> str:
    """Name a line of a log: its number and its first texts."""
    texts = [
        str(row.document[item.oid]["v"])
        for item in form.items()
        if item.data_type == "text" and not item.codelist and "v" in row.document.get(item.oid, {})
    ]
    return f"{row.form_repeat} · {', '.join(texts[:1])}" if texts else str(row.form_repeat)


def rail(book: Book, events: Sequence[EventView], address: Address) -> dict[str, Any]:
    """List the forms of this visit and the logs, as the rail beside a form shows them."""
    here = next((one for one in events if (one.oid, one.repeat) == address.within[:2]), None)
    forms = [] if here is None or here.oid == LOGS else entries(book, here, address)
    logs = next((one for one in events if one.oid == LOGS), None)
    finished = _("%(done)s of %(all)s complete", done=here.finished, all=len(here.owed)) if here else ""
    note, listed = finished if forms else "", _logs(book, logs, address) if logs else []
    return {"forms": forms, "note": note, "logs": listed}


def rail_html(book: Book, events: Sequence[EventView], address: Address) -> Markup:
    """Draw the rail beside a form; in the same states it is the same for every subject."""
    states_of = tuple(
        (*(one.oid, one.repeat), *(_stands(cell) for cell in one.forms))
        for one in events
        if one.oid == LOGS or (one.oid, one.repeat) == address.within[:2]
    )
    key = (book.fingerprint, current(), address.within, states_of)
    return rails.drawn(
        key, address.subject, lambda nobody: rail(book, events, address._replace(subject=nobody))
    )


def _stands(cell: FormCell) -> tuple[object, ...]:
    """Name everything a rail shows of a form."""
    return (
        *(cell.form, cell.repeat, bool(cell.id), cell.state, cell.expected, cell.signature),
        *(cell.open_queries, cell.struck, cell.frozen, cell.locked),
    )


def entries(book: Book, event: EventView, address: Address) -> list[tuple[Any, ...]]:
    """List the forms of a visit as links with their states."""
    listed, language = [], current()
    for cell in event.forms:
        name = book.forms[cell.form].name.in_(language)
        word = f"{name} {cell.repeat}" if cell.repeat > 1 else name
        there = Address(address.subject, event.oid, event.repeat, cell.form, cell.repeat)
        listed.append((form_url(there), word, states.form_mark(cell, language), "", there == address))
    return listed


def _logs(book: Book, event: EventView, address: Address) -> list[tuple[Any, ...]]:
    counts: dict[str, int] = {}
    for cell in event.forms:
        counts[cell.form] = counts.get(cell.form, 0) + bool(cell.id and not cell.struck)
    language = current()
    return [
        (
            log_url(address.subject, form),
            book.forms[form].name.in_(language),
            None,
            str(n or ""),
            form == address.form,
        )
        for form, n in counts.items()
    ]


def _earlier(record: FormRecord, events: Sequence[EventView]) -> str:
    """Say which visit "last visit" means."""
    earlier = record.earlier
    if earlier is None:
        return ""
    found = (one for one in events if (one.oid, one.repeat) == (earlier.event, earlier.event_repeat))
    name = next((one.name(current()) for one in found), "")
    return f"{name}, {dates.day(earlier.date, current(), year=False)}"


def _settle(record: FormRecord, loose: Sequence[Message]) -> list[Line]:
    """List what stands between a form and Complete, with links to where it stands."""
    unplaced = {one.check for one in loose}
    found = []
    for one in record.warnings:
        if one.level == "soft" and one.confirmed:
            continue
        owed = one.check.startswith(OWED)
        kind = "planned" if owed else "overdue" if one.level == "hard" else "soft"
        anchor = "loose" if key(one) in unplaced else f"item-{one.path}"
        found.append(Line(kind, anchor, one.text(current()), "" if owed else key(one)))
    return sorted(found, key=lambda line: ("overdue", "soft", "planned").index(line.kind))


def _problems(drawn: FormSheet, problems: Sequence[Problem]) -> list[tuple[str, str]]:
    """List what could not be kept: path, question with the sentence."""
    listed = []
    for one in problems:
        control = drawn.controls.get(one.path.rsplit(".", 1)[-1])
        name = control.label if control else one.path
        row = f"{one.path.split('.')[1]}, " if one.path.count(".") > 1 else ""
        listed.append((one.path, f"{row}{name}: {one.text(current())}"))
    return listed


def _why_not(record: FormRecord) -> str:
    """Say in words why a form takes no answers now."""
    if record.locked:
        return _("This form is locked; nothing in it can change.")
    if record.frozen:
        return _("This form is frozen; it takes no answers.")
    if record.struck:
        return _("This line was struck out: %(reason)s", reason=reason_text(record.struck, current()))
    if record.state == "not done":
        return _("This form was recorded as not done.")
    if record.waits:
        return " ".join(ru if current() == "ru" else en for en, ru in record.waits)
    return "" if record.may_enter else _("Your role reads this form.")
