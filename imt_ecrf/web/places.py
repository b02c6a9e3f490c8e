"""The sites a person works at, for lists of choices; knows no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from imt_ecrf.store.tables import Site

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor


def sites_of(session: Session, actor: Actor) -> list[Site]:
    """List the sites a person works at, by code."""
    own = actor.sites()
    wanted = select(Site).order_by(Site.code)
    return list(session.scalars(wanted if own is None else wanted.where(Site.code.in_(own))))


def site_name(site: Site, language: str) -> str:
    """Name a site in a language."""
    return site.name_ru if language == "ru" and site.name_ru else site.name
