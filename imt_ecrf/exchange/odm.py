"""The data of one subject as an ODM 1.3.2 snapshot with audit records and signatures; knows no paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf import __version__
from imt_ecrf.conduct import runtime
from imt_ecrf.exchange.odm_notes import Note, notes_of, write_lists, write_notes
from imt_ecrf.exchange.odm_study import unit_oid, version_oid, write_study
from imt_ecrf.exchange.xml import Xml
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Signature, Site
from imt_ecrf.study.book import path as item_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.exchange.odm_notes import Notes
    from imt_ecrf.store.documents import Change, FormRow
    from imt_ecrf.store.tables import Subject
    from imt_ecrf.study.book import Book

NAMESPACE: Final = "http://www.cdisc.org/ns/odm/v1.3"
SYSTEM_LOCATION: Final = "LOC.SYSTEM"
SIGNED: Final = "SD.REVIEWED"
WHOLE: Final = frozenset({"@not_done", "@struck"})


@dataclass
class People:
    """Who and where the audit records point at; each is declared once."""

    users: dict[str, tuple[str, str]] = field(default_factory=dict)
    sites: set[str] = field(default_factory=set)

    def user(self, name: str, full: str, role: str) -> str:
        """Name a user, and remember to declare him."""
        oid = f"USR.{name or 'system'}"
        self.users.setdefault(oid, (full or "System", role))
        return oid

    def place(self, site: str, username: str) -> str:
        """Name the place something was done at: the site, or the system itself."""
        if not username:
            return SYSTEM_LOCATION
        self.sites.add(site)
        return f"LOC.{site}"


def snapshot(session: Session, actor: Actor, subject: Subject, rows: Sequence[FormRow], as_of: str) -> bytes:
    """Write the forms of a subject as they stand; every value with who gave it last, when and why."""
    connection = session.connection()
    people, rows = People(), [row for row in rows if row.version]
    books = books_of(session, rows)
    history = {row.id: documents.history(connection, row.id) for row in rows}
    notes = notes_of(session, actor, rows)
    signed = _signatures(session, rows, notes)
    body = Xml()
    for book in books:
        own = [row for row in rows if row.study_version == book.fingerprint]
        _clinical(body, book, subject, own, Known(history, signed, people, notes))
    return Whole(session, books, people, as_of, actor.name).write(body, "Snapshot")


def books_of(session: Session, rows: Sequence[FormRow]) -> list[Book]:
    """Give the versions these forms were entered under, and the one in force."""
    running = runtime.study(session).book
    versions = dict.fromkeys([row.study_version for row in rows] + [running.fingerprint])
    return [runtime.study(session, one).book for one in versions]


@dataclass(frozen=True)
class Known:
    """What is known of the forms: histories, valid signatures, the people met, the annotations."""

    history: dict[str, list[Change]]
    signed: dict[str, Signature]
    people: People
    notes: Notes


@dataclass(frozen=True)
class Whole:
    """A file around data written before: the people met in it are known only at its end."""

    session: Session
    books: list[Book]
    people: People
    as_of: str
    by: str

    def write(self, body: Xml, kind: str) -> bytes:
        """Give the file: head, versions of the study, people and places, then the data."""
        xml, head = Xml(), Xml()
        stamp = f"{self.as_of[:10]}T{self.as_of[11:19]}Z"
        facts = {
            "xmlns": NAMESPACE, "ODMVersion": "1.3.2", "FileType": kind, "Granularity": "All",
            "FileOID": f"imt-ecrf.{kind.lower()}.{stamp}", "CreationDateTime": stamp, "AsOfDateTime": stamp,
            "Originator": self.by, "SourceSystem": "imt-ecrf", "SourceSystemVersion": __version__,
        }  # fmt: skip
        write_study(head, self.books, write_lists)
        _admin(head, self.session, self.books[-1], self.people, self.as_of[:10])
        with xml.within("ODM", **facts):
            pass
        opened, close, _rest = xml.data().rpartition(b"</ODM>")
        pieces = [one.data().partition(b"\n")[2] for one in (head, body)]
        return opened + b"".join(pieces) + close + b"\n"


def _admin(xml: Xml, session: Session, book: Book, people: People, day: str) -> None:
    version = {"StudyOID": book.version.study_oid, "MetaDataVersionOID": version_oid(book.fingerprint)}
    names = {site.code: site.name for site in session.scalars(select(Site))}
    with xml.within("AdminData", StudyOID=book.version.study_oid):
        for oid, (name, role) in sorted(people.users.items()):
            kind = "Investigator" if role in {"PI", "SI", "CRC"} else "Other"
            with xml.within("User", OID=oid, UserType=kind):
                xml.leaf("LoginName", oid.removeprefix("USR."))
                xml.leaf("FullName", name)
        places = [(f"LOC.{site}", names.get(site, site), "Site") for site in sorted(people.sites)]
        for oid, name, kind in [*places, (SYSTEM_LOCATION, "imt-ecrf", "Other")]:
            with xml.within("Location", OID=oid, Name=name, LocationType=kind):
                xml.leaf("MetaDataVersionRef", **version, EffectiveDate=day)
        with xml.within("SignatureDef", OID=SIGNED, Methodology="Electronic"):
            xml.leaf("Meaning", "The signer reviewed the data of the form")
            xml.leaf("LegalReason", "Sign-off of the data by the investigator or the reader")


def _clinical(xml: Xml, book: Book, subject: Subject, rows: list[FormRow], known: Known) -> None:
    facts = {"StudyOID": book.version.study_oid, "MetaDataVersionOID": version_oid(book.fingerprint)}
    known.people.sites.add(subject.site)
    with xml.within("ClinicalData", **facts), xml.within("SubjectData", SubjectKey=subject.code):
        xml.leaf("SiteRef", LocationOID=f"LOC.{subject.site}")
        order = sorted(rows, key=lambda row: (book.places_of.get(row.event, 0), row.event_repeat))
        for (event, _repeat), forms in groupby(order, key=lambda row: (row.event, row.event_repeat)):
            some = sorted(forms, key=lambda row: (row.form, row.form_repeat))
            key = event_key(book, some[0])
            with xml.within("StudyEventData", StudyEventOID=event, StudyEventRepeatKey=key):
                for row in some:
                    _form(xml, book, row, known)


def event_key(book: Book, row: FormRow) -> str | None:
    """Give the number of a visit that comes more than once."""
    return str(row.event_repeat) if book.events[row.event].kind in {"repeating", "unscheduled"} else None


def form_key(book: Book, row: FormRow) -> str | None:
    """Give the number of a form that comes more than once."""
    return str(row.form_repeat) if book.forms[row.form].repeating in {"log", "per_event_repeating"} else None


def _form(xml: Xml, book: Book, row: FormRow, known: Known) -> None:
    last: dict[str, Change] = {change.path: change for change in known.history[row.id]}
    with xml.within("FormData", FormOID=row.form, FormRepeatKey=form_key(book, row)):
        signature = known.signed.get(row.id)
        if signature is not None:
            _signature(xml, row, signature, known.people)
        notes = [(path, cell) for path, cell in row.document.items() if path in WHOLE]
        told = []
        for path, cell in sorted(notes):
            said = "not done" if path == "@not_done" else "struck out"
            told.append(Note("FORM", f"{said}: {cell.get('v', '')}", side="Site"))
        write_notes(xml, [*told, *known.notes.loose(row)])
        for (group, line), paths in _groups(book, row):
            with xml.within("ItemGroupData", ItemGroupOID=group, ItemGroupRepeatKey=line or None):
                for path in paths:
                    _item(xml, row, path, last.get(path), known)


def _groups(book: Book, row: FormRow) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Give the values of each group and row, in the order of the form."""
    order = {item.oid: place for place, item in enumerate(book.forms[row.form].items())}
    found: dict[tuple[int, str, str], list[str]] = {}
    for path in row.document:
        where = group_of(book, row.form, path)
        if where is None:
            continue
        group, line = where
        place = min(order[one.oid] for one in book.groups[group][1].items)
        found.setdefault((place, group, line), []).append(path)
    for (_place, group, line), paths in sorted(found.items()):
        yield (group, line), sorted(paths, key=lambda path: order[item_path(path).item])


def group_of(book: Book, form: str, path: str) -> tuple[str, str] | None:
    """Give the group and the row an item stands in; None for what is said of a whole form or row."""
    item = item_path(path).item
    place = book.places.get(item)
    if "@" in path or place is None or place.form.oid != form:
        return None
    pieces = path.split(".")
    return (pieces[0], pieces[1]) if len(pieces) > 1 else (place.group.oid, "")


def item_facts(cell: Mapping[str, Any]) -> dict[str, str]:
    """Write a value as an attribute; several choices stand one after the other."""
    value = cell.get("v")
    said = ";".join(value) if isinstance(value, list) else value
    return {"IsNull": "Yes"} if said in (None, "") else {"Value": str(said)}


def _item(xml: Xml, row: FormRow, path: str, change: Change | None, known: Known) -> None:
    cell: dict[str, Any] = dict(row.document[path])
    with xml.within("ItemData", ItemOID=item_path(path).item, **item_facts(cell)):
        if change is not None:
            record(xml, row, change, known.people)
        if cell.get("u"):
            xml.leaf("MeasurementUnitRef", MeasurementUnitOID=unit_oid(cell["u"]))
        missing = [Note("MISSING", str(cell["m"]), side="Site")] if cell.get("m") else []
        write_notes(xml, [*missing, *known.notes.of(row, path)])


def record(xml: Xml, row: FormRow, change: Change, people: People, *, reason: str | None = None) -> None:
    """Write who changed something, where, when and why; the number of the save stands as its source."""
    why = change.reason if reason is None else reason
    with xml.within("AuditRecord"):
        xml.leaf("UserRef", UserOID=people.user(change.username, change.user_name, change.role))
        xml.leaf("LocationRef", LocationOID=people.place(row.site, change.username))
        xml.leaf("DateTimeStamp", change.at_utc)
        if why:
            xml.leaf("ReasonForChange", why)
        xml.leaf("SourceID", f"{change.seq}")


def _signature(xml: Xml, row: FormRow, sign: Signature, people: People) -> None:
    with xml.within("Signature", ID=f"SIG.{sign.id}"):
        xml.leaf("UserRef", UserOID=people.user(sign.username, sign.user_name, sign.role))
        xml.leaf("LocationRef", LocationOID=people.place(row.site, sign.username))
        xml.leaf("SignatureRef", SignatureOID=SIGNED)
        xml.leaf("DateTimeStamp", sign.at_utc)
        xml.leaf("CryptoBindingManifest", f"SHA-256 {sign.content_sha256}")


def _signatures(session: Session, rows: Sequence[FormRow], notes: Notes) -> dict[str, Signature]:
    wanted = select(Signature).where(Signature.form_data_id.in_([row.id for row in rows]))
    found = list(session.scalars(wanted.order_by(Signature.seq)))
    voided = {one.voids: one for one in found if one.act == "void"}
    for one in found:
        if (void := voided.get(one.id)) is not None:
            said = (
                f"signed {one.at_utc} {one.user_name} ({one.role}), void since {void.at_utc}: {void.reason}"
            )
            notes.add(one.form_data_id, "", Note("VOID", said))
    return {one.form_data_id: one for one in found if one.act == "sign" and one.id not in voided}
