"""The audit trail, signatures and queries of a form as they are printed; knows tables, not HTTP."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from imt_ecrf.conduct.reasons import reason_text
from imt_ecrf.reporting.pages import (
    Both,
    ChangeLine,
    QueryStep,
    QueryThread,
    Said,
    SaveLine,
    SignatureLine,
)
from imt_ecrf.reporting.paper import both, in_, numbers, safe, whole
from imt_ecrf.reporting.words import ORIGINS, STATES, word
from imt_ecrf.store import documents
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Query, QueryMessage, Signature, Verification, moment
from imt_ecrf.study.book import path as item_path

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from imt_ecrf.store.documents import Change, FormRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form

STRUCK = "@struck"
NOT_DONE = "@not_done"
LONG = 700
SPECIAL = {
    STRUCK: Both("struck out", "вычеркнуто"),
    NOT_DONE: Both("whole form not done", "форма не выполнена"),
}


def stamp(moment_: dt.datetime | str) -> str:
    """Write a system time to the second, in UTC."""
    at = moment(moment_) if isinstance(moment_, str) else moment_
    return at.strftime("%Y-%m-%d %H:%M:%S")


def role_name(book: Book, role: str) -> Said:
    """Give the name of a role."""
    found = book.roles.get(role)
    return both(found.name) if found else Both("system", "система") if role == "SYSTEM" else role


def saves(
    connection: Connection, book: Book, form: Form, rows: Sequence[FormRow]
) -> tuple[tuple[SaveLine, ...], int]:
    """Give every save of a form (of all lines of a log) and the number of item entries."""
    lines: list[SaveLine] = []
    entries = 0
    for row in rows:
        prefix = f"{row.form_repeat}." if form.repeating == "log" else ""
        changes = documents.history(connection, row.id)
        entries += len(changes)
        for _, group in groupby(changes, key=lambda change: change.seq):
            lines.append(_save(book, form, prefix, list(group)))
    return tuple(lines), entries


def last_changes(connection: Connection, rows: Iterable[FormRow]) -> dict[tuple[str, str], str]:
    """Name for each item that was changed after its first entry the save of its last change."""
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        for change in documents.history(connection, row.id):
            if change.old is not None:
                found[row.id, change.path] = str(change.to_version)
    return found


def _save(book: Book, form: Form, prefix: str, changes: list[Change]) -> SaveLine:
    head = changes[0]
    line = prefix.rstrip(".")
    title = Both(
        f"Line {line}, save {head.to_version}" if line else f"Save {head.to_version}",
        f"Строка {line}, сохранение {head.to_version}" if line else f"Сохранение {head.to_version}",
    )
    place = _places(form)
    first = sorted((change for change in changes if change.old is None), key=lambda one: place(one.path))
    later = [change for change in changes if change.old is not None]
    number = numbers(form)
    return SaveLine(
        title,
        f"{stamp(head.at_utc)} UTC",
        _person(book, head),
        word(ORIGINS, head.origin),
        tuple((prefix + short(change.path, number), _cell(book, change, change.new)) for change in first),
        tuple(_change(book, change, prefix, number) for change in later),
    )


def _places(form: Form) -> Callable[[str], tuple[int, int, str, int]]:
    """Give the place of an item on paper: its group, its row, itself."""
    items = {item.oid: place for place, item in enumerate(form.items())}
    groups = {group.oid: items[group.items[0].oid] for group in form.groups}
    rows = {(group.oid, row.key): place for group in form.groups for place, row in enumerate(group.rows)}

    def place(path: str) -> tuple[int, int, str, int]:
        pieces = path.split(".")
        own = items.get(pieces[-1], -1)
        if len(pieces) == 1:
            return own, 0, "", own
        line = int(pieces[1]) if pieces[1].isdigit() else rows.get((pieces[0], pieces[1]), 0)
        return groups.get(pieces[0], own), line, pieces[1], own

    return place


def _person(book: Book, change: Any) -> Both:
    role = role_name(book, change.role)
    ending = f", {change.organisation}" if change.organisation else ""
    return Both(*(f"{change.user_name}, {in_(role, language).lower()}{ending}" for language in ("en", "ru")))


def short(path: str, number: dict[str, str]) -> str:
    """Name an item by its number, in rows with the key of the row: `ALT.9`."""
    parts = path.split(".")
    own = number.get(parts[-1], "")
    return f"{parts[1]}.{own}".rstrip(".") if len(parts) > 1 else own


def _label(book: Book, path: str) -> Said:
    last = path.rsplit(".", maxsplit=1)[-1]
    if last in SPECIAL:
        return SPECIAL[last]
    place = book.places.get(last)
    return both(place.item.question) if place else path


def _cell(book: Book, change: Change, cell: Any) -> Said:
    last = change.path.split(".")[-1]
    if last in SPECIAL:
        kept = str((cell or {}).get("v", ""))
        return Both(*(safe(reason_text(kept, lang)) for lang in ("en", "ru"))) if kept else SPECIAL[last]
    place = book.places.get(item_path(change.path).item)
    return safe(str(cell)) if place is None else whole(book, place.item, cell)


def _change(book: Book, change: Change, prefix: str, number: dict[str, str]) -> ChangeLine:
    why: Said = Both(*(safe(reason_text(change.reason or "", language)) for language in ("en", "ru")))
    if change.method:
        why = Both(f"recalculated, {change.method}", f"пересчитано, {change.method}")
    old, new = _cell(book, change, change.old), _cell(book, change, change.new)
    return ChangeLine(
        prefix + short(change.path, number),
        _label(book, change.path),
        old,
        new,
        why,
        long=max(len(in_(old, "en")), len(in_(new, "en")), len(in_(why, "en"))) > LONG,
    )


def signatures(session: Session, book: Book, rows: Sequence[FormRow]) -> list[SignatureLine]:
    """Give every signature of these forms in the order they were given; void ones stay."""
    wanted = select(Signature).where(Signature.form_data_id.in_([row.id for row in rows]))
    found = list(session.scalars(wanted.order_by(Signature.seq)))
    voided = {one.voids: one for one in found if one.act == "void"}
    return [_signature(book, one, voided.get(one.id)) for one in found if one.act == "sign"]


def signature_ids(session: Session, ids: Sequence[str]) -> list[str]:
    """List the signatures and voidings of these forms in order."""
    wanted = select(Signature.id).where(Signature.form_data_id.in_(ids)).order_by(Signature.seq)
    return list(session.scalars(wanted))


def _signature(book: Book, sign: Signature, void: Signature | None) -> SignatureLine:
    texts = _meaning(sign.meaning_text)
    why: Said = ""
    if void is not None:
        by = f"{stamp(void.at_utc)} UTC, {void.user_name}"
        en, ru = (_items(book, void.reason, language) for language in ("en", "ru"))
        why = Both(f"void since {by}: {en}", f"недействительна с {by}: {ru}")
    return SignatureLine(
        sign.user_name, role_name(book, sign.role), texts, stamp(sign.at_utc), void is None,
        sign.form_version, sign.content_sha256, why,
    )  # fmt: skip


def _items(book: Book, paths: str, language: str) -> str:
    """Name the items whose change voided a signature."""
    return ", ".join(in_(_label(book, path.strip()), language) for path in paths.split(","))


def _meaning(text: str) -> Said:
    try:
        read = loads(text)
    except ValueError:
        return text
    return Both(str(read["en"]), str(read["ru"])) if isinstance(read, dict) and "en" in read else text


def threads(
    session: Session, book: Book, form: Form, rows: Sequence[FormRow]
) -> tuple[list[QueryThread], dict[tuple[str, str], tuple[str, ...]], int]:
    """Give the queries of these forms, the numbers standing beside each item, and how many are open."""
    wanted = select(Query).where(Query.form_data_id.in_([row.id for row in rows])).order_by(Query.opened_at)
    found = list(session.scalars(wanted))
    beside: dict[tuple[str, str], tuple[str, ...]] = {}
    told = []
    for number, query in enumerate(found, 1):
        name = f"Q{number}"
        key = (str(query.form_data_id), query.path)
        beside[key] = (*beside.get(key, ()), name)
        told.append(_thread(session, book, form, query, name))
    still = sum(query.state in {"open", "re-opened", "answered"} for query in found)
    return told, beside, still


def _thread(session: Session, book: Book, form: Form, query: Query, name: str) -> QueryThread:
    messages = select(QueryMessage).where(QueryMessage.query_id == query.id).order_by(QueryMessage.seq)
    steps = tuple(
        QueryStep(stamp(one.at_utc), word(STATES, one.to_state), _person(book, one), safe(one.text))
        for one in session.scalars(messages)
    )
    item: Said = short(query.path, numbers(form)) if query.path else Both("whole form", "вся форма")
    return QueryThread(name, item, word(STATES, query.state), word(ORIGINS, query.origin), steps)


def verified_items(session: Session, rows: Sequence[FormRow]) -> frozenset[tuple[str, str]]:
    """Name the items whose source was compared and which have not changed since."""
    wanted = select(Verification).where(Verification.form_data_id.in_([row.id for row in rows]))
    last = {
        (one.form_data_id, one.path): one.act for one in session.scalars(wanted.order_by(Verification.seq))
    }
    return frozenset(key for key, act in last.items() if act == "verify")
