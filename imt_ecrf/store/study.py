"""Tables of what the study decided: published versions, settings, laboratory ranges; each row is for ever."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from imt_ecrf.store.base import APPEND_ONLY, NUMBER, Base, new_id


class StudyVersion(Base):
    """A published version: canonical JSON and its SHA-256; the newest `seq` is the one in force."""

    __tablename__ = "study_version"
    __table_args__ = (APPEND_ONLY,)

    seq: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    document: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    published_at: Mapped[str]
    published_by: Mapped[str]


class StudyTests(Base):
    """What the cases of a version showed when it was published (JSON), who built and who approved it."""

    __tablename__ = "study_tests"
    __table_args__ = (APPEND_ONLY,)

    seq: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(ForeignKey("study_version.fingerprint"), unique=True)
    built_by: Mapped[str]
    results: Mapped[str]
    tested_at: Mapped[str]
    approved_by: Mapped[str]


class Setting(Base):
    """One decision about a named setting; the newest row of a key (and site) is in force."""

    __tablename__ = "setting"
    __table_args__ = (Index("ix_setting_key_site", "key", "site"), APPEND_ONLY)

    seq: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    key: Mapped[str]
    site: Mapped[str | None] = mapped_column(ForeignKey("site.code"))
    value: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    set_at: Mapped[str]
    set_by: Mapped[str]


class LabRange(Base):
    """Normal limits of one test at one laboratory from a day on; a correction is a new version."""

    __tablename__ = "lab_range"
    __table_args__ = (Index("ix_lab_range_site_test", "site", "test"), APPEND_ONLY)

    seq: Mapped[int] = mapped_column(NUMBER, primary_key=True)
    id: Mapped[str] = mapped_column(unique=True, default=new_id)
    replaces: Mapped[str | None]
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    laboratory: Mapped[str]
    test: Mapped[str]
    unit: Mapped[str]
    sex: Mapped[str | None]
    age_from_days: Mapped[int | None]
    age_to_days: Mapped[int | None]
    low: Mapped[str | None]
    high: Mapped[str | None]
    valid_from: Mapped[str]
    valid_to: Mapped[str | None]
    withdrawn: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    entered_at: Mapped[str]
    entered_by: Mapped[str]
