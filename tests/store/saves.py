"""A small study to save into: one site, one subject, one form; every test of the store starts from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imt_ecrf.store import Engines, Who, reading, writing
from imt_ecrf.store.canonical import sha256
from imt_ecrf.store.changes import difference
from imt_ecrf.store.documents import FormRow, Saved, load_form, new_form, put
from imt_ecrf.store.tables import Site, StudyVersion, Subject, User

if TYPE_CHECKING:
    from collections.abc import Mapping

AT = "2026-03-01T10:00:00.000000Z"
ANNA = Who("u-1", "anna", "Anna Ivanova", "CRC", "Hospital One")
BORIS = Who("u-2", "boris", "Boris Petrov", "PI", "Hospital One")
FINGERPRINT = sha256("{}")
FORTY: dict[str, dict[str, Any]] = {f"VS_ITEM{number:02d}": {"v": f"{number}.50"} for number in range(40)}


@dataclass(frozen=True)
class Study:
    """The engines and the subject."""

    engines: Engines
    subject: str

    def save(
        self, document: Mapping[str, Any], form: FormRow | None = None, reason: str = "", who: Who = ANNA
    ) -> Saved:
        """Save a document as the next version of a form, or of a new form."""
        with writing(self.engines, who) as session:
            connection = session.connection()
            row = form and load_form(connection, form.id, lock=True)
            if row is None:
                row = form or self.blank()
            changes = difference(row.document, document, {"*": reason})
            return put(connection, row, changes, who, at=AT)

    def blank(self, repeat: int = 1, form: str = "F_VS") -> FormRow:
        """Give a form that nobody has saved."""
        return new_form(self.subject, "01", ("SE_UNS", 1, form, repeat), FINGERPRINT)

    def stored(self, form: FormRow) -> FormRow:
        """Load a form as it stands."""
        with reading(self.engines) as session:
            row = load_form(session.connection(), form.id)
        assert row is not None
        return row


def begin(engines: Engines) -> Study:
    """Make the site, the study version, the user and the subject."""
    with writing(engines, ANNA) as session:
        session.add(Site(code="01", name="One", timezone="Europe/Moscow", created_at=AT, created_by="anna"))
        session.add(
            StudyVersion(fingerprint=FINGERPRINT, name="1", document="{}", published_at=AT, published_by="x")
        )
        session.add(
            User(
                id="u-1",
                username="anna",
                username_key="anna",
                name="Anna Ivanova",
                email="a@one.example",
                organisation="Hospital One",
                password_hash="-",
                created_at=AT,
                created_by="x",
            )
        )
        session.flush()
        subject = Subject(code="01-001", site="01", number=1, screened_at=AT, screened_by="anna")
        session.add(subject)
        session.flush()
        return Study(engines, subject.id)
