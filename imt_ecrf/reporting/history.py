"""The audit trail, signatures and queries of a form as they are printed; knows tables, not HTTP."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from imt_ecrf.conduct import identity
from imt_ecrf.conduct.reasons import reason_text
from imt_ecrf.reporting.pages import (
    Both,
    ChangeLine,
    Hand,
    QueryStep,
    QueryThread,
    Said,
    SaveLine,
    SignatureLine,
)
from imt_ecrf.reporting.paper import both, in_, numbers, safe, whole
from imt_ecrf.reporting.words import ORIGINS, STATES, word
from imt_ecrf.store.canonical import loads
from imt_ecrf.store.tables import Query, QueryMessage, Signature, User, moment
from imt_ecrf.study.book import path as item_path

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

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
    book: Book, form: Form, histories: Sequence[tuple[FormRow, list[Change]]]
) -> tuple[tuple[SaveLine, ...], int]:
    """Give every save of a form (of all lines of a log) and the number of item entries."""
    lines: list[SaveLine] = []
    entries = 0
    for row, changes in histories:
        prefix = f"{row.form_repeat}." if form.repeating == "log" else ""
        entries += len(changes)
        for _, group in groupby(changes, key=lambda change: change.seq):
            lines.append(_save(book, form, prefix, list(group)))
    return tuple(lines), entries


def last_changes(histories: Sequence[tuple[FormRow, list[Change]]]) -> dict[tuple[str, str], str]:
    """Name for each item that was changed after its first entry the save of its last change."""
    found: dict[tuple[str, str], str] = {}
    for row, changes in histories:
        for change in changes:
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
    place = places(form)
    first = sorted((change for change in changes if change.old is None), key=lambda one: place(one.path))
    later = [change for change in changes if change.old is not None]
    number = numbers(form)
    told = tuple((prefix + short(change.path, number), _cell(book, change, change.new)) for change in first)
    return SaveLine(
        title,
        f"{stamp(head.at_utc)} UTC",
        person(book, head),
        word(ORIGINS, head.origin),
        told,
        tuple(_change(book, change, prefix, number) for change in later),
        long=sum(len(in_(text, "en")) for _item, text in told) > LONG,
    )


def places(form: Form) -> Callable[[str], tuple[int, int, str, int]]:
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


def person(book: Book, change: Any) -> Both:
    """Name who did something, with role and organisation, as at that time."""
    role = role_name(book, change.role)
    ending = f", {change.organisation}" if change.organisation else ""
    en, ru = (in_(role, language).lower() for language in ("en", "ru"))
    names = [f"{change.user_name}, {said}{ending}" for said in (en, ru, f"{en} / {ru}")]
    return Both(*names)


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


def hands(session: Session, ids: Sequence[str]) -> tuple[Hand, ...]:
    """Give of everybody who signed these forms the identity check and the accepted statement (R15)."""
    signed = select(Signature.user_id, Signature.user_name, Signature.username)
    wanted = signed.where(Signature.form_data_id.in_(ids), Signature.act == "sign").distinct()
    found = []
    for user_id, name, username in session.execute(wanted.order_by(Signature.username)):
        kept = identity.standing(session, user_id) if user_id and session.get(User, user_id) else None
        by = f", {kept.checked_by}" if kept and kept.checked_by else ""
        accepted = f"{stamp(kept.accepted_at)} UTC" if kept and kept.accepted_at else ""
        statement = Both(*kept.statement) if kept and accepted else Both("", "")
        check = safe(kept.check or "") if kept else ""
        checked = f"{kept.checked_on}{by}" if kept and kept.checked_on else ""
        found.append(Hand(name, username, check, checked, accepted, statement))
    return tuple(found)


def _meaning(text: str) -> Said:
    try:
        read = loads(text)
    except ValueError:
        return text
    return Both(str(read["en"]), str(read["ru"])) if isinstance(read, dict) and "en" in read else text


def threads(
    session: Session, book: Book, form: Form, rows: Sequence[FormRow], may_read: Callable[[str | None], bool]
) -> tuple[list[QueryThread], dict[tuple[str, str], tuple[str, ...]], int]:
    """Give the queries of these forms the reader may read, their numbers by item, and how many are open."""
    wanted = select(Query).where(Query.form_data_id.in_([row.id for row in rows])).order_by(Query.opened_at)
    found = [query for query in session.scalars(wanted) if may_read(query.check)]
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
        QueryStep(stamp(one.at_utc), word(STATES, one.to_state), person(book, one), _said(one))
        for one in session.scalars(messages)
    )
    item: Said = short(query.path, numbers(form)) if query.path else Both("whole form", "вся форма")
    origin = word(ORIGINS, query.origin)
    if query.check:
        origin = Both(f"{origin.en} {query.check}", f"{origin.ru} {query.check}")
    return QueryThread(name, item, word(STATES, query.state), origin, steps)


def _said(message: QueryMessage) -> Said:
    """Give the words of a step: a check speaks both languages, a person one."""
    if message.text_ru and message.text_ru != message.text:
        return Both(safe(message.text), safe(message.text_ru))
    return safe(message.text)
