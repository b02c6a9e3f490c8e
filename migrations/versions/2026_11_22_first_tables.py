"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_first_tables"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def upgrade() -> None:
    _account()
    _event()
    _leaf()
    _site()
    _study_version()
    _tree_head()
    _delegation()
    _lab_range()
    _membership()
    _setting()
    _subject()
    _web_session()
    _entry_draft()
    _event_data()
    _form_data()
    _stored_file()
    _change_set()
    _job()
    _query()
    _signature()
    _unlock()
    _verification()
    _query_message()


def _account() -> None:
    op.create_table(
        "account",
        *_texts("id", "username", "username_key", "name", "email", "organisation", "password_hash"),
        *_texts("password_changed_at", nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        *_texts("locked_until", nullable=True),
        *_texts("language"),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("session_mark"),
        *_texts(
            "second_factor",
            "reset_token_sha256",
            "reset_until",
            "identity_check",
            "identity_checked_at",
            "identity_checked_by",
            "statement",
            "statement_accepted_at",
            nullable=True,
        ),
        *_texts("settings"),
        *_texts("last_login_at", nullable=True),
        *_texts("created_at", "created_by"),
        *_texts("deactivated_at", "deactivated_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username_key", name=op.f("uq_account_username_key")),
    )


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "act", "outcome"),
        *_texts("site", "subject_id", "event_data_id", "form_data_id", nullable=True),
        sa.Column("form_version", sa.Integer(), nullable=True),
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


def _site() -> None:
    op.create_table(
        "site",
        *_texts("code", "name", "name_ru", "timezone"),
        sa.Column("active", sa.Boolean(), nullable=False),
        *_texts("settings", "created_at", "created_by"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_site")),
    )


def _study_version() -> None:
    op.create_table(
        "study_version",
        sa.Column("seq", NUMBER, nullable=False),
        *_texts("fingerprint", "name", "document", "note", "published_at", "published_by"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_study_version")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_study_version_fingerprint")),
        sqlite_autoincrement=True,
    )


def _tree_head() -> None:
    op.create_table(
        "tree_head",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        *_texts("at_utc", "root", "key_id", "signature", "frontier"),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_tree_head")),
    )


def _delegation() -> None:
    op.create_table(
        "delegation",
        *_texts("id", "user_id", "site", "task", "from_utc"),
        *_texts("until_utc", nullable=True),
        *_texts("delegated_at", "delegated_by"),
        *_texts("ended_at", "ended_by", nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_delegation_site_site")),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_delegation_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index("ix_delegation_user_id", "delegation", ["user_id"])


def _lab_range() -> None:
    op.create_table(
        "lab_range",
        sa.Column("seq", NUMBER, nullable=False),
        *_texts("id"),
        *_texts("replaces", nullable=True),
        *_texts("site", "laboratory", "test", "unit"),
        *_texts("sex", nullable=True),
        sa.Column("age_from_days", sa.Integer(), nullable=True),
        sa.Column("age_to_days", sa.Integer(), nullable=True),
        *_texts("low", "high", nullable=True),
        *_texts("valid_from"),
        *_texts("valid_to", nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        *_texts("reason", "entered_at", "entered_by"),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_lab_range_site_site")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_lab_range")),
        sa.UniqueConstraint("id", name=op.f("uq_lab_range_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lab_range_site_test", "lab_range", ["site", "test"])


def _membership() -> None:
    op.create_table(
        "membership",
        *_texts("id", "user_id", "role"),
        *_texts("site", nullable=True),
        *_texts("from_utc"),
        *_texts("until_utc", nullable=True),
        *_texts("granted_at", "granted_by"),
        *_texts("ended_at", "ended_by", "end_reason", nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_membership_site_site")),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_membership_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_user_id", "membership", ["user_id"])


def _setting() -> None:
    op.create_table(
        "setting",
        sa.Column("seq", NUMBER, nullable=False),
        *_texts("key"),
        *_texts("site", nullable=True),
        *_texts("value", "reason", "set_at", "set_by"),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_setting_site_site")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_setting")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_setting_key_site", "setting", ["key", "site"])


def _subject() -> None:
    op.create_table(
        "subject",
        *_texts("id", "code", "site"),
        sa.Column("number", sa.Integer(), nullable=False),
        *_texts("state", "facts", "screened_at", "screened_by"),
        *_texts("enrolled_at", "enrolled_by", nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_subject_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("code", name=op.f("uq_subject_code")),
    )
    op.create_index("ix_subject_site_code", "subject", ["site", "code"])


def _web_session() -> None:
    op.create_table(
        "web_session",
        *_texts("id", "user_id", "opened_at", "seen_at", "ends_at", "ip", "data"),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_web_session_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
    )
    op.create_index("ix_web_session_user_id", "web_session", ["user_id"])


def _entry_draft() -> None:
    op.create_table(
        "entry_draft",
        *_texts("id", "user_id", "subject_id", "event"),
        sa.Column("event_repeat", sa.Integer(), nullable=False),
        *_texts("form"),
        sa.Column("form_repeat", sa.Integer(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        *_texts("answers", "at_utc"),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_entry_draft_subject_id_subject")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_entry_draft_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_draft")),
        sa.UniqueConstraint(
            "user_id",
            "subject_id",
            "event",
            "event_repeat",
            "form",
            "form_repeat",
            name=op.f("uq_entry_draft_user_id_subject_id_event_event_repeat_form_form_repeat"),
        ),
    )


def _event_data() -> None:
    op.create_table(
        "event_data",
        *_texts("id", "subject_id", "site", "event"),
        sa.Column("event_repeat", sa.Integer(), nullable=False),
        *_texts("state"),
        sa.Column("state_seq", NUMBER, nullable=False),
        *_texts(
            "opened_at", "opened_by", "reason", "date", "target", "window_from", "window_to", nullable=True
        ),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_event_data_site_site")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_event_data_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_data")),
        sa.UniqueConstraint(
            "subject_id", "event", "event_repeat", name=op.f("uq_event_data_subject_id_event_event_repeat")
        ),
    )
    op.create_index("ix_event_data_site_window_to", "event_data", ["site", "state", "window_to"])


def _form_data() -> None:
    op.create_table(
        "form_data",
        *_texts("id", "subject_id", "site", "event"),
        sa.Column("event_repeat", sa.Integer(), nullable=False),
        *_texts("form"),
        sa.Column("form_repeat", sa.Integer(), nullable=False),
        *_texts("study_version"),
        sa.Column("version", sa.Integer(), nullable=False),
        *_texts("entry_state"),
        sa.Column("state_seq", NUMBER, nullable=False),
        *_texts("data", "data_sha256"),
        sa.Column("struck", sa.Boolean(), nullable=False),
        *_texts("item_state"),
        sa.Column("owed", sa.Integer(), nullable=False),
        sa.Column("hard", sa.Integer(), nullable=False),
        sa.Column("soft", sa.Integer(), nullable=False),
        sa.Column("open_queries", sa.Integer(), nullable=False),
        sa.Column("answered_queries", sa.Integer(), nullable=False),
        *_texts("signature", "verified"),
        *_texts("data_reviewed_at", "medically_reviewed_at", "frozen_at", "locked_at", nullable=True),
        *_texts("created_at", "created_by", "updated_at", "updated_by"),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_form_data_site_site")),
        sa.ForeignKeyConstraint(
            ["study_version"],
            ["study_version.fingerprint"],
            name=op.f("fk_form_data_study_version_study_version"),
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_form_data_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_data")),
        sa.UniqueConstraint(
            "subject_id",
            "event",
            "event_repeat",
            "form",
            "form_repeat",
            name=op.f("uq_form_data_subject_id_event_event_repeat_form_form_repeat"),
        ),
    )
    op.create_index(
        "ix_form_data_progress",
        "form_data",
        [
            "site",
            "subject_id",
            "event",
            "event_repeat",
            "form",
            "form_repeat",
            "entry_state",
            "struck",
            "owed",
            "hard",
            "soft",
            "open_queries",
            "answered_queries",
            "signature",
            "verified",
            "frozen_at",
            "locked_at",
        ],
    )


def _stored_file() -> None:
    op.create_table(
        "stored_file",
        *_texts("id", "kind"),
        *_texts("subject_id", nullable=True),
        *_texts("content_sha256", "scope", "certificate", "path", "sha256"),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        *_texts("made_at", "made_by"),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_stored_file_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_index(
        "ix_stored_file_content", "stored_file", ["kind", "content_sha256", "scope", "certificate"]
    )


def _change_set() -> None:
    op.create_table(
        "change_set",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "form_data_id", "study_version"),
        sa.Column("from_version", sa.Integer(), nullable=False),
        sa.Column("to_version", sa.Integer(), nullable=False),
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


def _job() -> None:
    op.create_table(
        "job",
        *_texts("id", "kind"),
        *_texts("subject_id", nullable=True),
        *_texts("wanted", "state"),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        *_texts("step"),
        *_texts("error", "file_id", nullable=True),
        *_texts("asked_at", "asked_by"),
        *_texts("started_at", "ended_at", nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_job_file_id_stored_file")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_job_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_state_asked_at", "job", ["state", "asked_at"])


def _query() -> None:
    op.create_table(
        "query",
        *_texts("id"),
        *_texts("form_data_id", nullable=True),
        *_texts("subject_id", "site", "event"),
        sa.Column("event_repeat", sa.Integer(), nullable=False),
        *_texts("form"),
        sa.Column("form_repeat", sa.Integer(), nullable=False),
        *_texts("path"),
        *_texts("check", nullable=True),
        *_texts("origin", "opened_at", "opened_by", "state"),
        sa.Column("message_seq", NUMBER, nullable=False),
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


def _signature() -> None:
    op.create_table(
        "signature",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "act", "form_data_id"),
        sa.Column("form_version", sa.Integer(), nullable=False),
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


def _verification() -> None:
    op.create_table(
        "verification",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "act", "form_data_id"),
        sa.Column("form_version", sa.Integer(), nullable=False),
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


def _query_message() -> None:
    op.create_table(
        "query_message",
        sa.Column("seq", NUMBER, sa.Identity(always=True), nullable=False),
        *_texts("id", "at_utc"),
        *_texts("user_id", nullable=True),
        *_texts("username", "user_name", "role", "organisation", "query_id", "act", "to_state", "text"),
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
