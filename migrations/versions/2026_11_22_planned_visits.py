"""What the plan says of visits still empty, kept beside the subjects so that lists need not work it out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_planned_visits"
down_revision = "2026_11_22_verification_progress"
branch_labels = None
depends_on = None
PROGRESS = (
    *("site", "subject_id", "event", "event_repeat", "form", "form_repeat", "entry_state", "struck"),
    *("owed", "hard", "soft", "open_queries", "answered_queries", "signature", "verified"),
    *("frozen_at", "locked_at"),
    *("due_items", "verified_items", "lapsed_items", "due_critical", "verified_critical"),
)
TIMES = ("data_reviewed_at", "medically_reviewed_at", "created_at", "updated_at")
LISTED = ("site", "window_to", "window_from", "event", "opened", "subject_id", "event_repeat", "target")


def upgrade() -> None:
    # filled by the program when it starts: the plan is the study's, not the database's
    op.create_table(
        "planned_visit",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("event_repeat", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("window_from", sa.Text(), nullable=True),
        sa.Column("window_to", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["site.code"], name=op.f("fk_planned_visit_site_site")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_planned_visit_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("subject_id", "event", "event_repeat", name=op.f("pk_planned_visit")),
    )
    op.create_index("ix_planned_visit_site_window_to", "planned_visit", list(LISTED))
    # lists read this index alone: what they count, and since when it waits, must stand in it
    op.drop_index("ix_form_data_progress", "form_data")
    op.create_index("ix_form_data_progress", "form_data", [*PROGRESS, *TIMES])
