"""The data of one subject as an ODM 1.3.2 snapshot with audit records and signatures; knows no paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from imt_ecrf import __version__
from imt_ecrf.conduct import runtime
from imt_ecrf.exchange.odm_study import unit_oid, version_oid, write_study
from imt_ecrf.exchange.xml import Xml
from imt_ecrf.store import documents
from imt_ecrf.store.tables import Signature, Site
from imt_ecrf.study.book import path as item_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
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
    running = runtime.study(session).book
    versions = list(dict.fromkeys([row.study_version for row in rows] + [running.fingerprint]))
    books = [runtime.study(session, one).book for one in versions]
    history = {row.id: documents.history(connection, row.id) for row in rows}
    signed = _signatures(session, rows)
    body = Xml()
    for book in books:
        own = [row for row in rows if row.study_version == book.fingerprint]
        _clinical(body, book, subject, own, Known(history, signed, people))
    return _whole(session, books, body, people, as_of=as_of, by=actor.name)


@dataclass(frozen=True)
class Known:
    """What is known of the forms: histories, valid signatures, and the people met."""

    history: dict[str, list[Change]]
    signed: dict[str, Signature]
    people: People


def _whole(session: Session, books: list[Book], body: Xml, people: People, *, as_of: str, by: str) -> bytes:
    xml = Xml()
    stamp = f"{as_of[:10]}T{as_of[11:19]}Z"
    facts = {
        "xmlns": NAMESPACE, "ODMVersion": "1.3.2", "FileType": "Snapshot", "Granularity": "All",
        "FileOID": f"imt-ecrf.{stamp}", "CreationDateTime": stamp, "AsOfDateTime": stamp, "Originator": by,
        "SourceSystem": "imt-ecrf", "SourceSystemVersion": __version__,
    }  # fmt: skip
    inner = body.data().partition(b"\n")[2]
    head = Xml()
    write_study(head, books)
    _admin(head, session, books[-1], people, as_of[:10])
    with xml.within("ODM", **facts):
        pass  # what stands within was written before, its people known only at its end
    opened, close, _rest = xml.data().rpartition(b"</ODM>")
    return opened + head.data().partition(b"\n")[2] + inner + close + b"\n"


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
        for (event, repeat), forms in groupby(order, key=lambda row: (row.event, row.event_repeat)):
            key = str(repeat) if book.events[event].kind in {"repeating", "unscheduled"} else None
            with xml.within("StudyEventData", StudyEventOID=event, StudyEventRepeatKey=key):
                for row in sorted(forms, key=lambda row: (row.form, row.form_repeat)):
                    _form(xml, book, row, known)


def _form(xml: Xml, book: Book, row: FormRow, known: Known) -> None:
    repeating = book.forms[row.form].repeating in {"log", "per_event_repeating"}
    last: dict[str, Change] = {change.path: change for change in known.history[row.id]}
    key = str(row.form_repeat) if repeating else None
    with xml.within("FormData", FormOID=row.form, FormRepeatKey=key):
        signature = known.signed.get(row.id)
        if signature is not None:
            _signature(xml, row, signature, known.people)
        notes = [(path, cell) for path, cell in row.document.items() if path in WHOLE]
        for place, (path, cell) in enumerate(sorted(notes), 1):
            with xml.within("Annotation", SeqNum=str(place)):
                said = "not done" if path == "@not_done" else "struck out"
                xml.leaf("Comment", f"{said}: {cell.get('v', '')}", SponsorOrSite="Site")
        for (group, line), paths in _groups(book, row):
            with xml.within("ItemGroupData", ItemGroupOID=group, ItemGroupRepeatKey=line or None):
                for path in paths:
                    _item(xml, row, path, last.get(path), known.people)


def _groups(book: Book, row: FormRow) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Give the values of each group and row, in the order of the form."""
    order = {item.oid: place for place, item in enumerate(book.forms[row.form].items())}
    found: dict[tuple[int, str, str], list[str]] = {}
    for path in row.document:
        item = item_path(path).item
        if "@" in path or item not in order:
            continue
        pieces = path.split(".")
        group = pieces[0] if len(pieces) > 1 else book.places[item].group.oid
        line = pieces[1] if len(pieces) > 1 else ""
        place = min(order[one.oid] for one in book.groups[group][1].items)
        found.setdefault((place, group, line), []).append(path)
    for (_place, group, line), paths in sorted(found.items()):
        yield (group, line), sorted(paths, key=lambda path: order[item_path(path).item])


def _item(xml: Xml, row: FormRow, path: str, change: Change | None, people: People) -> None:
    cell: dict[str, Any] = dict(row.document[path])
    value = cell.get("v")
    said = ";".join(value) if isinstance(value, list) else value
    facts = {"IsNull": "Yes"} if said in (None, "") else {"Value": str(said)}
    with xml.within("ItemData", ItemOID=item_path(path).item, **facts):
        if change is not None:
            _audit(xml, row, change, people)
        if cell.get("u"):
            xml.leaf("MeasurementUnitRef", MeasurementUnitOID=unit_oid(cell["u"]))
        if cell.get("m"):
            with xml.within("Annotation", SeqNum="1"):
                xml.leaf("Comment", f"missing: {cell['m']}", SponsorOrSite="Site")


def _audit(xml: Xml, row: FormRow, change: Change, people: People) -> None:
    with xml.within("AuditRecord"):
        xml.leaf("UserRef", UserOID=people.user(change.username, change.user_name, change.role))
        xml.leaf("LocationRef", LocationOID=people.place(row.site, change.username))
        xml.leaf("DateTimeStamp", change.at_utc)
        if change.reason:
            xml.leaf("ReasonForChange", change.reason)
        xml.leaf("SourceID", f"{change.seq}")


def _signature(xml: Xml, row: FormRow, sign: Signature, people: People) -> None:
    with xml.within("Signature", ID=f"SIG.{sign.id}"):
        xml.leaf("UserRef", UserOID=people.user(sign.username, sign.user_name, sign.role))
        xml.leaf("LocationRef", LocationOID=people.place(row.site, sign.username))
        xml.leaf("SignatureRef", SignatureOID=SIGNED)
        xml.leaf("DateTimeStamp", sign.at_utc)
        xml.leaf("CryptoBindingManifest", f"SHA-256 {sign.content_sha256}")


def _signatures(session: Session, rows: Sequence[FormRow]) -> dict[str, Signature]:
    wanted = select(Signature).where(Signature.form_data_id.in_([row.id for row in rows]))
    found = list(session.scalars(wanted.order_by(Signature.seq)))
    voided = {one.voids for one in found if one.act == "void"}
    return {one.form_data_id: one for one in found if one.act == "sign" and one.id not in voided}
