"""Tables of what was done: change-sets, events, signatures, verifications, queries, unlocks, seals."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from imt_ecrf.store.base import APPEND_ONLY, NUMBER, Base, ByPerson, Numbered, new_id


class ChangeSet(Numbered, ByPerson, Base):
    """One save of one form; `diff` lists each changed item with old value, new value and reason."""

    __tablename__ = "change_set"
    __table_args__ = (
        UniqueConstraint("form_data_id", "to_version"),
        Index("ix_change_set_at_utc", "at_utc"),
        APPEND_ONLY,
    )

    # written before the form's row (its guard looks for this row), so the reference is checked at commit
    form_data_id: Mapped[str] = mapped_column(
        ForeignKey("form_data.id", deferrable=True, initially="DEFERRED")
    )
    study_version: Mapped[str]
    from_version: Mapped[int]
    to_version: Mapped[int]
    entry_state: Mapped[str]
    diff: Mapped[str]
    data_sha256: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    cause: Mapped[str | None]
    origin: Mapped[str]
    program_version: Mapped[str]
    save_number: Mapped[str | None] = mapped_column(unique=True)


class Event(Numbered, ByPerson, Base):
    """One thing that happened: a log-in, grant, export or publication, a form completed, a visit missed."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_act_at_utc", "act", "at_utc"),
        Index("ix_event_form_data_id", "form_data_id"),
        Index("ix_event_subject_id", "subject_id"),
        APPEND_ONLY,
    )

    act: Mapped[str]
    outcome: Mapped[str] = mapped_column(default="done")
    site: Mapped[str | None]
    subject_id: Mapped[str | None]
    event_data_id: Mapped[str | None]
    form_data_id: Mapped[str | None]
    form_version: Mapped[int | None]
    object: Mapped[str | None]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    details: Mapped[str] = mapped_column(default="{}")
    origin: Mapped[str]
    ip: Mapped[str] = mapped_column(default="")
    program_version: Mapped[str]


class Signature(Numbered, ByPerson, Base):
    """A signature bound to the content of one version of a form (`act` sign), or its voiding (`act` void)."""

    __tablename__ = "signature"
    __table_args__ = (Index("ix_signature_form_data_id", "form_data_id"), APPEND_ONLY)

    act: Mapped[str]
    form_data_id: Mapped[str] = mapped_column(ForeignKey("form_data.id"))
    form_version: Mapped[int]
    content_sha256: Mapped[str]
    meaning: Mapped[str]
    meaning_text: Mapped[str]
    batch: Mapped[str]
    open_queries: Mapped[str] = mapped_column(default="[]")
    voids: Mapped[str | None]
    cause: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    program_version: Mapped[str]


class Verification(Numbered, ByPerson, Base):
    """One item compared with the source (`act` verify), or that mark taken back or lapsed."""

    __tablename__ = "verification"
    __table_args__ = (Index("ix_verification_form_data_id_path", "form_data_id", "path"), APPEND_ONLY)

    act: Mapped[str]
    form_data_id: Mapped[str] = mapped_column(ForeignKey("form_data.id"))
    form_version: Mapped[int]
    path: Mapped[str]
    value_sha256: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    cause: Mapped[str | None]


class Query(Base):
    """A question about a datum; `state`, `message_seq` and `changed_at` are caches of its messages."""

    __tablename__ = "query"
    __table_args__ = (
        Index("ix_query_form_data_id", "form_data_id"),
        Index("ix_query_site_state", "site", "state", "opened_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    form_data_id: Mapped[str | None] = mapped_column(ForeignKey("form_data.id"))
    subject_id: Mapped[str] = mapped_column(ForeignKey("subject.id"))
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    event: Mapped[str]
    event_repeat: Mapped[int]
    form: Mapped[str]
    form_repeat: Mapped[int]
    path: Mapped[str] = mapped_column(default="")
    check: Mapped[str | None]
    origin: Mapped[str]
    opened_at: Mapped[str]
    opened_by: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    message_seq: Mapped[int] = mapped_column(NUMBER, default=0)
    changed_at: Mapped[str]


class QueryMessage(Numbered, ByPerson, Base):
    """One step of a query: what was said, and the state it led to."""

    __tablename__ = "query_message"
    __table_args__ = (Index("ix_query_message_query_id", "query_id"), APPEND_ONLY)

    query_id: Mapped[str] = mapped_column(ForeignKey("query.id"))
    act: Mapped[str]
    to_state: Mapped[str]
    text: Mapped[str]
    text_ru: Mapped[str | None]
    origin: Mapped[str]


class Unlock(Numbered, ByPerson, Base):
    """Leave for a while to change a locked form or subject, given by two different people."""

    __tablename__ = "unlock"
    __table_args__ = (Index("ix_unlock_form_data_id", "form_data_id"), APPEND_ONLY)

    form_data_id: Mapped[str | None] = mapped_column(ForeignKey("form_data.id"))
    subject_id: Mapped[str | None] = mapped_column(ForeignKey("subject.id"))
    first_approver: Mapped[str]
    second_approver: Mapped[str]
    expires_at: Mapped[str]
    reason: Mapped[str]


class Leaf(Base):
    """One row of a log in its place in the Merkle tree (RFC 6962)."""

    __tablename__ = "leaf"
    __table_args__ = (UniqueConstraint("log", "seq"),)

    idx: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    log: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]


class TreeHead(Base):
    """A signed head of the tree; the same line stands in the anchors outside the database."""

    __tablename__ = "tree_head"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at_utc: Mapped[str]
    root: Mapped[str]
    key_id: Mapped[str]
    signature: Mapped[str]
    frontier: Mapped[str]
