"""Indexes of the forms that wait for something: little beside what is done, so lists of work stay fast."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_waiting_forms"
down_revision = "2026_11_22_planned_visits"
branch_labels = None
depends_on = None
WAITING = {
    "in_progress": "entry_state = 'in progress'",
    "unsigned": "signature <> 'valid'",
    "void": "signature = 'void'",
    "unverified": "due_items > verified_items",
    "unreviewed": "data_reviewed_at IS NULL",
    "medically_unreviewed": "medically_reviewed_at IS NULL",
}
COLUMNS = (
    *("site", "subject_id", "event", "event_repeat", "form", "form_repeat"),
    *("entry_state", "struck", "owed", "hard", "soft", "signature", "frozen_at", "locked_at"),
    *("due_items", "verified_items", "lapsed_items", "data_reviewed_at", "medically_reviewed_at"),
    "updated_at",
)
BY_FORM = (
    *("site", "form", "subject_id", "event", "event_repeat", "form_repeat", "entry_state"),
    *("signature", "locked_at", "owed", "hard", "updated_at", "id"),
)
COVERAGE = (
    *("site", "event", "struck", "form", "due_items", "verified_items", "lapsed_items"),
    *("due_critical", "verified_critical"),
)


def upgrade() -> None:
    for name, condition in WAITING.items():
        only = sa.text(condition)
        op.create_index(
            f"ix_form_data_{name}", "form_data", list(COLUMNS), sqlite_where=only, postgresql_where=only
        )
    op.create_index("ix_form_data_site_form", "form_data", list(BY_FORM))
    op.create_index("ix_form_data_coverage", "form_data", list(COVERAGE))
