"""People, sites, and what the study decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_people_and_study"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _account()
    _site()
    _membership()
    _delegation()
    _web_session()
    _study_version()
    _setting()
    _lab_range()


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _integers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=nullable) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, NUMBER, nullable=False) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _account() -> None:
    op.create_table(
        "account",
        *_texts("id", "username", "username_key", "name", "email"),
        *_texts("organisation", "password_hash"),
        *_texts("password_changed_at", nullable=True),
        *_flags("must_change_password", "active"),
        *_integers("failed_attempts"),
        *_texts("locked_until", nullable=True),
        *_texts("language"),
        *_flags("demo"),
        *_texts("session_mark"),
        *_texts(
            "second_factor",
            "reset_token_sha256",
            "reset_until",
            "identity_check",
            "identity_checked_at",
            nullable=True,
        ),
        *_texts("identity_checked_by", "statement", "statement_accepted_at", nullable=True),
        *_texts("settings"),
        *_texts("last_login_at", nullable=True),
        *_texts("created_at", "created_by"),
        *_texts("deactivated_at", "deactivated_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username_key", name=op.f("uq_account_username_key")),
    )


def _site() -> None:
    op.create_table(
        "site",
        *_texts("code", "name", "name_ru", "timezone"),
        *_flags("active"),
        *_texts("settings", "created_at", "created_by"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_site")),
    )


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


def _web_session() -> None:
    op.create_table(
        "web_session",
        *_texts("id", "user_id", "opened_at", "seen_at", "ends_at"),
        *_texts("ip", "data"),
        sa.ForeignKeyConstraint(["user_id"], ["account.id"], name=op.f("fk_web_session_user_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
    )
    op.create_index("ix_web_session_user_id", "web_session", ["user_id"])


def _study_version() -> None:
    op.create_table(
        "study_version",
        *_numbers("seq"),
        *_texts("fingerprint", "name", "document", "note", "published_at"),
        *_texts("published_by"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_study_version")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_study_version_fingerprint")),
        sqlite_autoincrement=True,
    )


def _setting() -> None:
    op.create_table(
        "setting",
        *_numbers("seq"),
        *_texts("key"),
        *_texts("site", nullable=True),
        *_texts("value", "reason", "set_at", "set_by"),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_setting_site_site")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_setting")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_setting_key_site", "setting", ["key", "site"])


def _lab_range() -> None:
    op.create_table(
        "lab_range",
        *_numbers("seq"),
        *_texts("id"),
        *_texts("replaces", nullable=True),
        *_texts("site", "laboratory", "test", "unit"),
        *_texts("sex", nullable=True),
        *_integers("age_from_days", "age_to_days", nullable=True),
        *_texts("low", "high", nullable=True),
        *_texts("valid_from"),
        *_texts("valid_to", nullable=True),
        *_flags("withdrawn"),
        *_texts("reason", "entered_at", "entered_by"),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_lab_range_site_site")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_lab_range")),
        sa.UniqueConstraint("id", name=op.f("uq_lab_range_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lab_range_site_test", "lab_range", ["site", "test"])
