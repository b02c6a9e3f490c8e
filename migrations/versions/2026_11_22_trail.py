"""The logs nobody may change, queries, and the seal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_trail"
down_revision = "2026_11_22_participants"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _change_set()
    _event()
    _signature()
    _verification()
    _query()
    _query_message()
    _unlock()
    _leaf()
    _tree_head()


def _integers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=nullable) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, NUMBER, nullable=False) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _change_set() -> None:
    op.create_table(
        "change_set",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "form_data_id"),
        *_texts("study_version"),
        *_integers("from_version", "to_version"),
        *_texts("entry_state", "diff", "data_sha256", "reason"),
        *_texts("cause", nullable=True),
        *_texts("origin", "program_version"),
        *_texts("save_number", nullable=True),
        sa.Column("xid", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["form_data_id"],
            ["form_data.id"],
            name=op.f("fk_change_set_form_data_id_form_data"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change_set")),
        sa.UniqueConstraint("form_data_id", "to_version", name=op.f("uq_change_set_form_data_id_to_version")),
        sa.UniqueConstraint("id", name=op.f("uq_change_set_id")),
        sa.UniqueConstraint("save_number", name=op.f("uq_change_set_save_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_set_at_utc", "change_set", ["at_utc"])


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "act"),
        *_texts("outcome"),
        *_texts("site", "subject_id", "event_data_id", "form_data_id", nullable=True),
        *_integers("form_version", nullable=True),
        *_texts("object", "from_state", "to_state", nullable=True),
        *_texts("reason", "details", "origin", "ip", "program_version"),
        sa.Column("xid", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("id", name=op.f("uq_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_act_at_utc", "event", ["act", "at_utc"])
    op.create_index("ix_event_form_data_id", "event", ["form_data_id"])
    op.create_index("ix_event_subject_id", "event", ["subject_id"])


def _signature() -> None:
    op.create_table(
        "signature",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "act"),
        *_texts("form_data_id"),
        *_integers("form_version"),
        *_texts("content_sha256", "meaning", "meaning_text", "batch", "open_queries"),
        *_texts("voids", "cause", nullable=True),
        *_texts("reason", "program_version"),
        sa.Column("xid", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["form_data_id"], ["form_data.id"], name=op.f("fk_signature_form_data_id_form_data")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_signature")),
        sa.UniqueConstraint("id", name=op.f("uq_signature_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signature_form_data_id", "signature", ["form_data_id"])


def _verification() -> None:
    op.create_table(
        "verification",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "act"),
        *_texts("form_data_id"),
        *_integers("form_version"),
        *_texts("path", "value_sha256", "reason"),
        *_texts("cause", nullable=True),
        sa.Column("xid", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["form_data_id"], ["form_data.id"], name=op.f("fk_verification_form_data_id_form_data")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_verification")),
        sa.UniqueConstraint("id", name=op.f("uq_verification_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_verification_form_data_id_path", "verification", ["form_data_id", "path"])


def _query() -> None:
    op.create_table(
        "query",
        *_texts("id"),
        *_texts("form_data_id", nullable=True),
        *_texts("subject_id", "site", "event"),
        *_integers("event_repeat"),
        *_texts("form"),
        *_integers("form_repeat"),
        *_texts("path"),
        *_texts("check", nullable=True),
        *_texts("origin", "opened_at", "opened_by", "state"),
        *_numbers("message_seq"),
        *_texts("changed_at"),
        sa.ForeignKeyConstraint(
            ["form_data_id"], ["form_data.id"], name=op.f("fk_query_form_data_id_form_data")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_query_site_site")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_query_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query")),
    )
    op.create_index("ix_query_form_data_id", "query", ["form_data_id"])
    op.create_index("ix_query_site_state", "query", ["site", "state", "opened_at"])


def _query_message() -> None:
    op.create_table(
        "query_message",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "query_id"),
        *_texts("act", "to_state", "text"),
        *_texts("text_ru", nullable=True),
        *_texts("origin"),
        sa.Column("xid", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["query_id"], ["query.id"], name=op.f("fk_query_message_query_id_query")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_query_message")),
        sa.UniqueConstraint("id", name=op.f("uq_query_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_query_message_query_id", "query_message", ["query_id"])
    # ### end Alembic commands ###


def _unlock() -> None:
    op.create_table(
        "unlock",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation"),
        *_texts("form_data_id", "subject_id", nullable=True),
        *_texts("first_approver", "second_approver", "expires_at", "reason"),
        sa.Column("xid", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["form_data_id"], ["form_data.id"], name=op.f("fk_unlock_form_data_id_form_data")
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_unlock_subject_id_subject")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_unlock")),
        sa.UniqueConstraint("id", name=op.f("uq_unlock_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_unlock_form_data_id", "unlock", ["form_data_id"])


def _leaf() -> None:
    op.create_table(
        "leaf",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        *_texts("log"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_texts("hash"),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_leaf")),
        sa.UniqueConstraint("log", "seq", name=op.f("uq_leaf_log_seq")),
    )


def _tree_head() -> None:
    op.create_table(
        "tree_head",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        *_texts("at_utc", "root", "key_id", "signature", "frontier"),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_tree_head")),
    )
