"""Tables of people and places: users, their roles by site and time, delegation, sites, web sessions."""

from __future__ import annotations

import unicodedata
from typing import Final

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from imt_ecrf.store.base import Base, new_id

# Cyrillic and Greek letters that look like Latin ones: a name that looks the same is the same name
_LOOKALIKES: Final = str.maketrans(
    "авекмнорстухіјѕԁԛԝьαβεικνορτυχγ",
    "abekmhopctyxijsdqwbabeiknoptyxy",
)


def username_key(username: str) -> str:
    """Fold a username so that case, Unicode forms and look-alike letters give the same key."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())
    return folded.strip().translate(_LOOKALIKES)


class User(Base):
    """One person's account for ever: deactivated, never deleted, never given to another person."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str]
    username_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str]
    organisation: Mapped[str]
    password_hash: Mapped[str]
    password_changed_at: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    demo: Mapped[bool] = mapped_column(default=False)
    # changing this text ends every session of the user at the next request
    session_mark: Mapped[str] = mapped_column(default=new_id)
    second_factor: Mapped[str | None]
    reset_token_sha256: Mapped[str | None]
    reset_until: Mapped[str | None]
    identity_check: Mapped[str | None]
    identity_checked_at: Mapped[str | None]
    identity_checked_by: Mapped[str | None]
    statement: Mapped[str | None]
    statement_accepted_at: Mapped[str | None]
    settings: Mapped[str] = mapped_column(default="{}")
    last_login_at: Mapped[str | None]
    created_at: Mapped[str]
    created_by: Mapped[str]
    deactivated_at: Mapped[str | None]
    deactivated_by: Mapped[str | None]


class Site(Base):
    """A hospital (ODM Location): its code stands in subject codes and never changes."""

    __tablename__ = "site"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_ru: Mapped[str] = mapped_column(default="")
    timezone: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[str] = mapped_column(default="{}")
    created_at: Mapped[str]
    created_by: Mapped[str]


class Membership(Base):
    """A role of a user at a site (or at all sites) for a time: a new row for each grant."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    site: Mapped[str | None] = mapped_column(ForeignKey("site.code"))
    from_utc: Mapped[str]
    until_utc: Mapped[str | None]
    granted_at: Mapped[str]
    granted_by: Mapped[str]
    ended_at: Mapped[str | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]


class Delegation(Base):
    """A task (such as signing) the investigator delegated to a person, with its dates."""

    __tablename__ = "delegation"
    __table_args__ = (Index("ix_delegation_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    site: Mapped[str] = mapped_column(ForeignKey("site.code"))
    task: Mapped[str]
    from_utc: Mapped[str]
    until_utc: Mapped[str | None]
    delegated_at: Mapped[str]
    delegated_by: Mapped[str]
    ended_at: Mapped[str | None]
    ended_by: Mapped[str | None]


class WebSession(Base):
    """One logged-in browser, by the hash of its secret; the row may go when the session ends."""

    __tablename__ = "web_session"
    __table_args__ = (Index("ix_web_session_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[str]
    seen_at: Mapped[str]
    ends_at: Mapped[str]
    ip: Mapped[str] = mapped_column(default="")
    data: Mapped[str] = mapped_column(default="{}")
