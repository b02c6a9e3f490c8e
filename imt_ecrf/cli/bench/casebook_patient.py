"""Patients for the bench of casebooks: filled forms, changes and signatures straight into the store."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imt_ecrf import store
from imt_ecrf.cli.bench.ground import AT, SAVER
from imt_ecrf.store.canonical import dumps
from imt_ecrf.store.changes import difference
from imt_ecrf.store.documents import new_form, put, set_caches
from imt_ecrf.store.tables import EventData, Query, QueryMessage, Signature, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.store import Engines
    from imt_ecrf.store.documents import FormRow
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, Item, ItemGroup

FIRST = ("SE_SCR", "SE_C1D1", "SE_C1D8", "SE_C1D15", "SE_C1D22", "SE_C2D1", "SE_C2D15")
LAST = ("SE_EOT", "SE_SFU", "SE_EOS")
CHANGED, ASKED, SIGNED = 4, 6, 5  # every fourth value is changed once, every sixth form asked about
WORDS = "As observed at the visit, recorded from the notes of the ward; nothing else was remarkable."


@dataclass(frozen=True)
class Size:
    """How large a patient's book is: visits, forms in them, and lines of each log."""

    name: str
    events: int
    forms: int
    lines: Mapping[str, int] = field(default_factory=dict)


def _logs(*counts: int) -> dict[str, int]:
    names = ("AE", "CM", "MH", "EX", "PR", "SAE", "AESI", "DV", "PT", "IC", "STX")
    return {f"F_{name}": count for name, count in zip(names, counts, strict=True)}


SHORT = Size("short", 15, 153, _logs(14, 12, 5, 4, 2, 1, 0, 1, 1, 3, 1))
TYPICAL = Size("typical", 33, 352, _logs(38, 30, 7, 9, 4, 1, 1, 3, 1, 3, 0))
LONG = Size("long", 71, 785, _logs(75, 70, 9, 24, 6, 2, 2, 6, 1, 3, 0))
SIXTY = Size("first 60 forms", 7, 60)


def make_patient(engines: Engines, book: Book, number: int, size: Size) -> str:
    """Write a patient of a size; give the code of the subject."""
    code = f"01-{number:03d}"
    with store.writing(engines, SAVER) as session:
        subject = Subject(code=code, site="01", number=number, screened_at=AT, screened_by="bench")
        session.add(subject)
        session.flush()
        subject_id = subject.id
    for (event, repeat), forms in _visits(book, size):
        with store.writing(engines, SAVER) as session:
            session.add(
                EventData(
                    subject_id=subject_id, site="01", event=event, event_repeat=repeat, date="2026-03-09",
                    opened_at=AT, opened_by="bench", window_from="2026-03-08", window_to="2026-03-12",
                )
            )  # fmt: skip
            session.flush()
            for place, (form, line) in enumerate(forms):
                address = (event, repeat, form, line)
                row = new_form(subject_id, "01", address, book.fingerprint)
                _fill(session, book, row, signed=place < len(forms) - len(forms) // SIGNED)
    return code


def change_one(engines: Engines, row: FormRow) -> None:
    """Correct one value of a form, as a user does; a signature on it is void from then on."""
    path = next(path for path, cell in sorted(row.document.items()) if isinstance(cell.get("v"), str))
    new = {**row.document, path: {**row.document[path], "v": f"{row.document[path]['v']}1"}}
    with store.writing(engines, SAVER) as session:
        connection = session.connection()
        put(connection, row, difference(row.document, new, {"*": "SOURCE"}), SAVER, at=AT)
        if row.signature == "valid":
            signed = session.query(Signature).filter_by(form_data_id=row.id, act="sign").one()
            session.add(_signature(row, act="void", voids=signed.id, reason=path))
            set_caches(connection, row.id, {"signature": "void"})


def _visits(book: Book, size: Size) -> Iterator[tuple[tuple[str, int], list[tuple[str, int]]]]:
    places = [(event, 1) for event in FIRST]
    if size.events > len(FIRST):
        cycles = ((event, n) for n in itertools.count(1) for event in ("SE_CYC", "SE_CYC", "SE_TA"))
        seen: dict[str, int] = {"SE_CYC": 2}
        for event, _n in cycles:
            if len(places) + len(LAST) >= size.events:
                break
            seen[event] = seen.get(event, 0) + 1
            places.append((event, seen[event]))
        places += [(event, 1) for event in LAST]
    left = size.forms
    for place in places:
        forms = [(ref.form, 1) for ref in book.events[place[0]].forms if ref.expected != "O"]
        optional = [(ref.form, 1) for ref in book.events[place[0]].forms if ref.expected == "O"]
        wanted = [*forms, *optional[: max(0, left - len(forms)) // 8]][:left]
        left -= len(wanted)
        yield place, wanted
    lines = [(form, line) for form, count in size.lines.items() for line in range(1, count + 1)]
    yield ("SE_LOG", 1), lines


def _fill(session: Session, book: Book, row: FormRow, *, signed: bool) -> None:
    form = book.forms[row.form]
    hidden: list[str] = []
    document: dict[str, Any] = dict(_cells(book, form, hidden))
    if not document:
        return
    connection = session.connection()
    first = put(connection, row, difference({}, document), SAVER, at=AT, entry_state="complete").row
    paths = [path for n, path in enumerate(sorted(document)) if n % CHANGED == 0]
    corrected = {**document, **{path: _other(document[path]) for path in paths}}
    changes = difference(document, corrected, {"*": "SOURCE"})
    now = put(connection, first, changes, SAVER, at=AT, entry_state="complete").row if changes else first
    set_caches(connection, now.id, {
        "item_state": dumps({"hidden": hidden}), "signature": "valid" if signed else "none",
    })  # fmt: skip
    if signed:
        session.add(_signature(now))
    if sum(map(ord, now.form)) % ASKED == 0:
        _ask(session, now, paths[0])


def _other(cell: dict[str, Any]) -> dict[str, Any]:
    value = cell["v"]
    return {**cell, "v": f"{value}1" if isinstance(value, str) and len(value) < len(WORDS) else value}


def _cells(book: Book, form: Form, hidden: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    turn = itertools.count()
    for group in form.groups:
        for prefix, rest in _rows(group):
            for item in rest:
                path, n = f"{prefix}{item.oid}", next(turn)
                if item.show_if and n % 4:
                    hidden.append(path)
                elif item.required != "no" or n % 2:
                    yield path, _value(book, item, n)


def _rows(group: ItemGroup) -> Iterator[tuple[str, list[Item]]]:
    if group.repeating == "no":
        yield "", list(group.items)
        return
    keys = [row.key for row in group.rows] or ["1", "2"]
    for key in keys:
        prefilled = next((row.prefilled for row in group.rows if row.key == key), {})
        yield f"{group.oid}.{key}.", [item for item in group.items[1:] if item.oid not in prefilled]


def _value(book: Book, item: Item, turn: int) -> dict[str, Any]:
    if item.codelist and item.codelist in book.codelists:
        codes = book.codelists[item.codelist].items
        value = codes[turn % len(codes)].value
        return {"v": [value] if item.multi else value}
    plain = {
        "integer": str(60 + turn), "float": f"{30 + turn}.5", "date": "2026-03-09",
        "partial_date": "2026-03", "time": "09:40", "datetime": "2026-03-09T09:40",
    }  # fmt: skip
    said = plain.get(item.data_type, WORDS[: (item.length or 40)][: 20 + turn % 40])
    return {"v": said, "u": item.units[0]} if item.units else {"v": said}


def _signature(row: FormRow, act: str = "sign", voids: str | None = None, reason: str = "") -> Signature:
    return Signature(
        act=act, voids=voids, reason=reason, form_data_id=row.id, form_version=row.version,
        content_sha256=row.data_sha256,
        meaning="REVIEWED", meaning_text="I have reviewed these data and confirm that they are complete",
        batch="bench", program_version="bench", at_utc=AT, user_id=None, username="bench",
        user_name="Bench Runner", role="PI", organisation="First Hospital",
    )  # fmt: skip


def _ask(session: Session, row: FormRow, path: str) -> None:
    query = Query(
        form_data_id=row.id, subject_id=row.subject_id, site=row.site, event=row.event, form=row.form,
        event_repeat=row.event_repeat, form_repeat=row.form_repeat, path=path, origin="person",
        opened_at=AT, opened_by="bench", state="answered", changed_at=AT,
    )  # fmt: skip
    session.add(query)
    session.flush()
    for act, state, text in (
        ("ask", "open", "Please compare with the source."),
        ("answer", "answered", WORDS),
    ):
        step = QueryMessage(
            query_id=query.id, act=act, to_state=state, text=text, origin="person", at_utc=AT,
            username="bench", user_name="Bench Runner", role="CRC", organisation="First Hospital",
        )  # fmt: skip
        session.add(step)
    session.flush()
