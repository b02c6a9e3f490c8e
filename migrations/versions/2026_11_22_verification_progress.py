"""How far the verification of a form is, counted beside it for lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_verification_progress"
down_revision = "2026_11_22_tests_of_the_study"
branch_labels = None
depends_on = None
COUNTS = ("due_items", "verified_items", "lapsed_items", "due_critical", "verified_critical")
PROGRESS = (
    *("site", "subject_id", "event", "event_repeat", "form", "form_repeat", "entry_state", "struck"),
    *("owed", "hard", "soft", "open_queries", "answered_queries", "signature", "verified"),
    *("frozen_at", "locked_at"),
)


def upgrade() -> None:
    for name in COUNTS:
        op.add_column("form_data", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    # lists read this index alone: what they count must stand in it
    op.drop_index("ix_form_data_progress", "form_data")
    op.create_index("ix_form_data_progress", "form_data", [*PROGRESS, *COUNTS])
