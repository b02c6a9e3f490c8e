"""The audit trail of a subject as transactional ODM 1.3.2: every change of every item; knows no paper."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from imt_ecrf.exchange.odm import People, Whole, books_of, event_key, form_key, group_of, item_facts, record
from imt_ecrf.exchange.odm_notes import Note, write_notes
from imt_ecrf.exchange.odm_study import unit_oid, version_oid
from imt_ecrf.exchange.xml import Xml
from imt_ecrf.store import documents
from imt_ecrf.study.book import path as item_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.store.documents import Change, FormRow
    from imt_ecrf.store.tables import Subject
    from imt_ecrf.study.book import Book


def transactions(
    session: Session, actor: Actor, subject: Subject, rows: Sequence[FormRow], as_of: str
) -> bytes:
    """Write every save of these forms: each item with its audit record; folded they give the snapshot."""
    rows = [row for row in rows if row.version]
    people, body, connection = People(), Xml(), session.connection()
    books = books_of(session, rows)
    for book in books:
        own = [row for row in rows if row.study_version == book.fingerprint]
        facts = {"StudyOID": book.version.study_oid, "MetaDataVersionOID": version_oid(book.fingerprint)}
        people.sites.add(subject.site)
        with body.within("ClinicalData", **facts), body.within("SubjectData", SubjectKey=subject.code):
            body.leaf("SiteRef", LocationOID=f"LOC.{subject.site}")
            for row in sorted(own, key=lambda row: (book.places_of.get(row.event, 0), *row.address)):
                facts_of = {"StudyEventOID": row.event, "StudyEventRepeatKey": event_key(book, row)}
                with body.within("StudyEventData", **facts_of):
                    changes = documents.history(connection, row.id)
                    for _seq, group in groupby(changes, key=lambda change: change.seq):
                        _save(body, book, row, list(group), people)
    return Whole(session, books, people, as_of, actor.name).write(body, "Transactional")


def _save(xml: Xml, book: Book, row: FormRow, changes: Sequence[Change], people: People) -> None:
    first = changes[0]
    kind = "Insert" if first.to_version == 1 else "Update"
    facts = {"FormOID": row.form, "FormRepeatKey": form_key(book, row), "TransactionType": kind}
    of_form = [change for change in changes if group_of(book, row.form, change.path) is None]
    of_items = [change for change in changes if change not in of_form]
    with xml.within("FormData", **facts):
        record(xml, row, first, people, reason="")
        write_notes(xml, [Note("FORM", _said(change), side="Site") for change in of_form])
        for change in of_items:
            group = group_of(book, row.form, change.path)
            assert group is not None  # noqa: S101 - parted above
            oid, line = group
            with xml.within("ItemGroupData", ItemGroupOID=oid, ItemGroupRepeatKey=line or None,
                            TransactionType="Upsert"):  # fmt: skip
                _item(xml, row, change, people)


def _said(change: Change) -> str:
    """Say a change of the whole form: not done, struck out, or taken back."""
    values = [str((cell or {}).get("v", "")) for cell in (change.old, change.new)]
    return f"{change.path}: {values[0] or '-'} -> {values[1] or '-'}; {change.reason}".rstrip("; ")


def _item(xml: Xml, row: FormRow, change: Change, people: People) -> None:
    kind = "Insert" if change.old is None else "Update" if change.new else "Remove"
    cell: dict[str, Any] = dict(change.new or {})
    facts = {"IsNull": "Yes"} if kind == "Remove" else item_facts(cell)
    oid = item_path(change.path).item
    with xml.within("ItemData", ItemOID=oid, TransactionType=kind, **facts):
        record(xml, row, change, people)
        if cell.get("u"):
            xml.leaf("MeasurementUnitRef", MeasurementUnitOID=unit_oid(cell["u"]))
        notes = [Note("MISSING", str(cell["m"]), side="Site")] if cell.get("m") else []
        write_notes(xml, notes)
