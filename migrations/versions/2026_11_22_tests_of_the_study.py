"""What the cases of a published version showed, kept with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_tests_of_the_study"
down_revision = "2026_11_22_work"
branch_labels = None
depends_on = None
COLUMNS = ("fingerprint", "built_by", "results", "tested_at", "approved_by")


def upgrade() -> None:
    op.create_table(
        "study_tests",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in COLUMNS),
        sa.ForeignKeyConstraint(
            ["fingerprint"],
            ["study_version.fingerprint"],
            name=op.f("fk_study_tests_fingerprint_study_version"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_study_tests")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_study_tests_fingerprint")),
        sqlite_autoincrement=True,
    )
