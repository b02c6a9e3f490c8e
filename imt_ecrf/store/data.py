"""Tables of participants: subjects, their visits, their filled forms, and drafts; knows no trail."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from imt_ecrf.store.base import NUMBER, Base, new_id

WAITING: Final = {
    "in_progress": "entry_state = 'in progress'",
    "unsigned": "signature <> 'valid'",
    "void": "signature = 'void'",
    "unverified": "due_items > verified_items",
    "unreviewed": "data_reviewed_at IS NULL",
    "medically_unreviewed": "medically_reviewed_at IS NULL",
}
"""What forms wait for; a query that shall read the index of those forms alone says it word by word."""
_PLACE: Final = ("site", "subject_id", "event", "event_repeat", "form", "form_repeat")


def _waiting(name: str, condition: str) -> Index:
    """Declare an index of the forms that wait for something, with all that lists of work say of them."""
    told = ("entry_state", "struck", "owed", "hard", "soft", "signature", "frozen_at", "locked_at")
    marks = ("due_items", "verified_items", "lapsed_items", "data_reviewed_at", "medically_reviewed_at")
    only = text(condition)
    columns = (*_PLACE, *told, *marks, "updated_at")
    return Index(f"ix_form_data_{name}", *columns, sqlite_where=only, postgresql_where=only)


class Subject(Base):
    """One participant by code; `state`, `facts` are caches of acts and forms."""

    __tablename__ = "subject"
    __table_args__ = (Index("ix_subject_site_code", "site", "code"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default="SCREENING")
    facts: Mapped[str] = mapped_column(default="{}")
    screened_at: Mapped[str]
    screened_by: Mapped[str]
    enrolled_at: Mapped[str | None]
    enrolled_by: Mapped[str | None]


class EventData(Base):
    """A visit of a subject; its state moves only by an entry of the log (`state_seq`); windows are caches."""

    __tablename__ = "event_data"
    __table_args__ = (
        UniqueConstraint("subject_id", "event", "event_repeat"),
        Index("ix_event_data_site_window_to", "site", "state", "window_to"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subject.id"))
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    event: Mapped[str]
    event_repeat: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="in progress")
    state_seq: Mapped[int] = mapped_column(NUMBER, default=0)
    opened_at: Mapped[str | None]
    opened_by: Mapped[str | None]
    reason: Mapped[str | None]
    date: Mapped[str | None]
    target: Mapped[str | None]
    window_from: Mapped[str | None]
    window_to: Mapped[str | None]


class PlannedVisit(Base):
    """A cache of the plan: a visit of a subject at which nothing is entered yet, and its window."""

    __tablename__ = "planned_visit"
    __table_args__ = (
        # work list and calendar read this index alone
        Index(
            "ix_planned_visit_site_window_to",
            *("site", "window_to", "window_from", "event", "opened", "subject_id", "event_repeat", "target"),
        ),
        Index(
            "ix_planned_visit_site_window_from",
            *("site", "window_from", "window_to", "event", "opened", "subject_id", "event_repeat", "target"),
        ),
    )

    subject_id: Mapped[str] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    event: Mapped[str] = mapped_column(primary_key=True)
    event_repeat: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    opened: Mapped[bool] = mapped_column(default=False)
    target: Mapped[str | None]
    window_from: Mapped[str | None]
    window_to: Mapped[str | None]


class DueWork(Base):
    """A cache: what a subject owes by a day that no visit plans: a milestone to sign, a consent to ask again.

    Whoever reads it compares the moments: nothing of it changes at midnight.
    """

    __tablename__ = "due_work"
    __table_args__ = (
        # the work list reads this index alone, in its order
        Index(
            "ix_due_work_site",
            *("site", "kind", "part", "waits", "overdue_from", "listed_from", "due", "name"),
            *("subject_id", "forms"),
        ),
    )

    subject_id: Mapped[str] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    due: Mapped[str]
    listed_from: Mapped[str]
    overdue_from: Mapped[str]
    waits: Mapped[bool]
    forms: Mapped[int]


class FormData(Base):
    """One filled form: the current document, its version, and counters cached for lists."""

    __tablename__ = "form_data"
    __table_args__ = (
        UniqueConstraint(
            *("subject_id", "event", "event_repeat", "form", "form_repeat"), name="uq_form_data_place"
        ),
        # the matrix and the work list read this index alone and never touch a document
        Index(
            "ix_form_data_progress",
            *("site", "subject_id", "event", "event_repeat", "form", "form_repeat", "entry_state", "struck"),
            *("owed", "hard", "soft", "open_queries", "answered_queries", "signature", "verified"),
            *("frozen_at", "locked_at"),
            *("due_items", "verified_items", "lapsed_items", "due_critical", "verified_critical"),
            *("data_reviewed_at", "medically_reviewed_at", "created_at", "updated_at"),
        ),
        # few forms are signed by two people or written by one role alone: they are found by their name
        Index(
            "ix_form_data_site_form",
            *("site", "form", "subject_id", "event", "event_repeat", "form_repeat", "entry_state"),
            *("signature", "locked_at", "owed", "hard", "updated_at", "id"),
        ),
        # how far verification is, added up in the order of the index
        Index(
            "ix_form_data_coverage",
            *("site", "event", "struck", "form", "due_items", "verified_items", "lapsed_items"),
            *("due_critical", "verified_critical"),
        ),
        # what waits is little beside what is done: these hold the waiting forms alone
        *(_waiting(name, condition) for name, condition in WAITING.items()),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subject.id"))
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    event: Mapped[str]
    event_repeat: Mapped[int] = mapped_column(default=1)
    form: Mapped[str]
    form_repeat: Mapped[int] = mapped_column(default=1)
    study_version: Mapped[str] = mapped_column(ForeignKey("study_version.fingerprint"))
    version: Mapped[int]
    entry_state: Mapped[str]
    state_seq: Mapped[int] = mapped_column(NUMBER, default=0)
    data: Mapped[str]
    data_sha256: Mapped[str]
    struck: Mapped[bool] = mapped_column(default=False)
    item_state: Mapped[str] = mapped_column(default="{}")
    owed: Mapped[int] = mapped_column(default=0)
    hard: Mapped[int] = mapped_column(default=0)
    soft: Mapped[int] = mapped_column(default=0)
    open_queries: Mapped[int] = mapped_column(default=0)
    answered_queries: Mapped[int] = mapped_column(default=0)
    signature: Mapped[str] = mapped_column(default="none")
    verified: Mapped[str] = mapped_column(default="none")
    due_items: Mapped[int] = mapped_column(server_default="0")
    verified_items: Mapped[int] = mapped_column(server_default="0")
    lapsed_items: Mapped[int] = mapped_column(server_default="0")
    due_critical: Mapped[int] = mapped_column(server_default="0")
    verified_critical: Mapped[int] = mapped_column(server_default="0")
    data_reviewed_at: Mapped[str | None]
    medically_reviewed_at: Mapped[str | None]
    frozen_at: Mapped[str | None]
    locked_at: Mapped[str | None]
    created_at: Mapped[str]
    created_by: Mapped[str]
    updated_at: Mapped[str]
    updated_by: Mapped[str]


class EntryDraft(Base):
    """What one person typed and did not save yet, encrypted; never a datum."""

    __tablename__ = "entry_draft"
    __table_args__ = (
        UniqueConstraint(
            *("user_id", "subject_id", "event", "event_repeat", "form", "form_repeat"),
            name="uq_entry_draft_place",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    subject_id: Mapped[str] = mapped_column(ForeignKey("subject.id"))
    event: Mapped[str]
    event_repeat: Mapped[int] = mapped_column(default=1)
    form: Mapped[str]
    form_repeat: Mapped[int] = mapped_column(default=1)
    base_version: Mapped[int]
    answers: Mapped[str]
    at_utc: Mapped[str]
