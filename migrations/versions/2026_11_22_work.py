"""Jobs, and files made once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_work"
down_revision = "2026_11_22_trail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _stored_file()
    _job()


def _integers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=nullable) for name in names]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _stored_file() -> None:
    op.create_table(
        "stored_file",
        *_texts("id", "kind"),
        *_texts("subject_id", nullable=True),
        *_texts("content_sha256", "scope", "certificate", "path", "sha256"),
        *_integers("size"),
        *_integers("pages", nullable=True),
        *_texts("made_at", "made_by"),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_stored_file_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_index(
        "ix_stored_file_content", "stored_file", ["kind", "content_sha256", "scope", "certificate"]
    )


def _job() -> None:
    op.create_table(
        "job",
        *_texts("id", "kind"),
        *_texts("subject_id", nullable=True),
        *_texts("wanted", "state"),
        *_integers("done", "total"),
        *_texts("step"),
        *_texts("error", "file_id", nullable=True),
        *_texts("asked_at", "asked_by"),
        *_texts("started_at", "ended_at", nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_job_file_id_stored_file")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_job_subject_id_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_state_asked_at", "job", ["state", "asked_at"])
