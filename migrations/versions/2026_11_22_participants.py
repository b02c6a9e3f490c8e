"""Participants, their visits and forms, and drafts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_participants"
down_revision = "2026_11_22_people_and_study"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _subject()
    _event_data()
    _form_data()
    _form_data_progress()
    _entry_draft()


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, NUMBER, nullable=False) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _subject() -> None:
    op.create_table(
        "subject",
        *_texts("id", "code", "site"),
        *_integers("number"),
        *_texts("state", "facts", "screened_at", "screened_by"),
        *_texts("enrolled_at", "enrolled_by", nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_subject_site_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("code", name=op.f("uq_subject_code")),
    )
    op.create_index("ix_subject_site_code", "subject", ["site", "code"])


def _event_data() -> None:
    op.create_table(
        "event_data",
        *_texts("id", "subject_id", "site", "event"),
        *_integers("event_repeat"),
        *_texts("state"),
        *_numbers("state_seq"),
        *_texts("opened_at", "opened_by", "reason", "date", "target", nullable=True),
        *_texts("window_from", "window_to", nullable=True),
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
        *_integers("event_repeat"),
        *_texts("form"),
        *_integers("form_repeat"),
        *_texts("study_version"),
        *_integers("version"),
        *_texts("entry_state"),
        *_numbers("state_seq"),
        *_texts("data", "data_sha256"),
        *_flags("struck"),
        *_texts("item_state"),
        *_integers("owed", "hard", "soft", "open_queries", "answered_queries"),
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
            "subject_id", "event", "event_repeat", "form", "form_repeat", name="uq_form_data_place"
        ),
    )


def _form_data_progress() -> None:
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


def _entry_draft() -> None:
    op.create_table(
        "entry_draft",
        *_texts("id", "user_id", "subject_id", "event"),
        *_integers("event_repeat"),
        *_texts("form"),
        *_integers("form_repeat", "base_version"),
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
            name="uq_entry_draft_place",
        ),
    )
