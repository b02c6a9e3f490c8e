"""What ODM 1.3.2 has no element for, as annotations: missing reasons, queries, marks, void signatures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.findings import may_read
from imt_ecrf.conduct.sdv_marks import KINDS, LAPSE, VERIFY, act_of, marks_of
from imt_ecrf.exchange.odm_study import write_codelist
from imt_ecrf.store.tables import Query, QueryMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.exchange.xml import Xml
    from imt_ecrf.store.documents import FormRow

KIND_LIST: Final = "CL.IMT-ECRF.NOTE"
STATE_LIST: Final = "CL.IMT-ECRF.STATE"
NOTE_KINDS: Final = {
    "MISSING": "Why there is no value",
    "QUERY": "A query with everything said in it",
    "VERIFICATION": "Verified against source, or reviewed",
    "VOID": "A signature that is void",
    "FORM": "Said of the whole form",
}
STATES: Final = {
    "open": "open", "answered": "answered", "closed": "closed", "re-opened": "re-opened",
    "cancelled": "cancelled", "verify": "verified against source", "lapse": "verification lapsed",
    "data verify": "data reviewed", "data lapse": "data review lapsed",
    "medical verify": "medically reviewed", "medical lapse": "medical review lapsed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """One annotation: what kind it is, its words, its state, and which side said it."""

    kind: str
    text: str
    state: str = ""
    side: Literal["Site", "Sponsor"] = "Sponsor"


@dataclass
class Notes:
    """The annotations of some forms, by form and item; an empty path is the whole form."""

    found: dict[tuple[str, str], list[Note]] = field(default_factory=dict)

    def add(self, form_id: str, path: str, note: Note) -> None:
        """Put one more note on an item."""
        self.found.setdefault((form_id, path), []).append(note)

    def of(self, row: FormRow, path: str) -> list[Note]:
        """Give the notes on an item."""
        return self.found.get((row.id, path), [])

    def loose(self, row: FormRow) -> list[Note]:
        """Give the notes on a form and on its items that hold nothing."""
        told = []
        for (form_id, path), notes in sorted(self.found.items()):
            if form_id == row.id and (not path or "@" in path or path not in row.document):
                start = f"{path}: " if path else ""
                told += [Note(one.kind, start + one.text, one.state, one.side) for one in notes]
        return told


def notes_of(session: Session, actor: Actor, rows: Sequence[FormRow]) -> Notes:
    """Collect the queries a reader may read, and the standing marks of these forms."""
    found, running = Notes(), runtime.study(session)
    site = rows[0].site if rows else ""
    _queries(session, rows, found, lambda check: may_read(actor, site, check, running))
    for row in rows:
        for kind, marks in zip(KINDS, marks_of(session.connection(), row.id).values(), strict=True):
            for path, mark in sorted(marks.items()):
                if mark.word in {VERIFY, LAPSE}:
                    said = f"{mark.at} {mark.name} ({mark.role}), record version {mark.version}"
                    found.add(row.id, path, Note("VERIFICATION", said, act_of(kind, mark.word)))
    return found


def _queries(
    session: Session, rows: Sequence[FormRow], found: Notes, readable: Callable[[str | None], bool]
) -> None:
    wanted = select(Query).where(Query.form_data_id.in_([row.id for row in rows]))
    wanted = wanted.order_by(Query.opened_at, Query.id)
    asked = [query for query in session.scalars(wanted) if readable(query.check)]
    steps: dict[str, list[str]] = {}
    messages = select(QueryMessage).where(QueryMessage.query_id.in_([one.id for one in asked]))
    for step in session.scalars(messages.order_by(QueryMessage.seq)):
        by = f"{step.user_name} ({step.role})" if step.username else "imt-ecrf"
        steps.setdefault(step.query_id, []).append(f"{step.at_utc} {by}, {step.to_state}: {step.text}")
    for query in asked:
        start = f"{query.check}\n" if query.check else ""
        note = Note("QUERY", start + "\n".join(steps.get(query.id, [])), query.state)
        found.add(str(query.form_data_id), query.path, note)


def write_notes(xml: Xml, notes: Sequence[Note]) -> None:
    """Write annotations one after the other."""
    for place, note in enumerate(notes, 1):
        with xml.within("Annotation", SeqNum=str(place)):
            xml.leaf("Comment", note.text or "-", SponsorOrSite=note.side)
            with xml.within("Flag"):
                xml.leaf("FlagValue", note.state or note.kind, CodeListOID=_list(note))
                xml.leaf("FlagType", note.kind, CodeListOID=KIND_LIST)


def _list(note: Note) -> str:
    return STATE_LIST if note.state else KIND_LIST


def write_lists(xml: Xml) -> None:
    """Declare the words the annotations are flagged with."""
    write_codelist(xml, KIND_LIST, "Kinds of annotations", NOTE_KINDS)
    write_codelist(xml, STATE_LIST, "States of queries and verification", STATES)
