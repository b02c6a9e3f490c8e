"""An index of planned visits by the day their window opens: what is due and what comes is read from it."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_windows_that_open"
down_revision = "2026_11_22_waiting_forms"
branch_labels = None
depends_on = None
COLUMNS = (*("site", "window_from", "window_to", "event", "opened", "subject_id", "event_repeat", "target"),)


def upgrade() -> None:
    op.create_index("ix_planned_visit_site_window_from", "planned_visit", list(COLUMNS))
