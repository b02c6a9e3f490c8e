"""Tables of work on the side: jobs asked for, and files made once and kept; knows not how they are made."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from imt_ecrf.store.base import Base, new_id


class Job(Base):
    """Long work somebody asked for; the row may be overwritten, the file it made may not."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_asked_at", "state", "asked_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject_id: Mapped[str | None] = mapped_column(ForeignKey("subject.id"))
    wanted: Mapped[str] = mapped_column(default="{}")
    state: Mapped[str] = mapped_column(default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    step: Mapped[str] = mapped_column(default="")
    error: Mapped[str | None]
    file_id: Mapped[str | None] = mapped_column(ForeignKey("stored_file.id"))
    asked_at: Mapped[str]
    asked_by: Mapped[str]
    started_at: Mapped[str | None]
    ended_at: Mapped[str | None]


class StoredFile(Base):
    """A sealed file, found by what it holds (`content_sha256`), for whom (`scope`), under which seal."""

    __tablename__ = "stored_file"
    __table_args__ = (Index("ix_stored_file_content", "kind", "content_sha256", "scope", "certificate"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject_id: Mapped[str | None] = mapped_column(ForeignKey("subject.id"))
    content_sha256: Mapped[str]
    scope: Mapped[str] = mapped_column(default="")
    certificate: Mapped[str] = mapped_column(default="")
    path: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    pages: Mapped[int | None]
    made_at: Mapped[str]
    made_by: Mapped[str]
