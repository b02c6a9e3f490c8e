"""What subjects owe by a day (signatures by milestone, consents asked again), kept for the lists of work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_23_due_work"
down_revision = "2026_11_22_windows_that_open"
branch_labels = None
depends_on = None
LISTED = (
    *("site", "kind", "part", "waits", "overdue_from", "listed_from", "due", "name"),
    *("subject_id", "forms"),
)


def upgrade() -> None:
    # filled by the program when it starts: milestones and ages are the study's, not the database's
    op.create_table(
        "due_work",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("due", sa.Text(), nullable=False),
        sa.Column("listed_from", sa.Text(), nullable=False),
        sa.Column("overdue_from", sa.Text(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("forms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_due_work_site_site")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_due_work_subject_id_subject")),
        sa.PrimaryKeyConstraint("subject_id", "kind", "name", "part", name=op.f("pk_due_work")),
    )
    op.create_index("ix_due_work_site", "due_work", list(LISTED))
