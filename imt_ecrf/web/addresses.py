"""Addresses of forms and visits as links; the one place that knows how those views are addressed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import request

if TYPE_CHECKING:
    from imt_ecrf.conduct.views import Address


_safe = lru_cache(maxsize=4096)(quote)


# a page lists dozens of forms: written here in a tenth of the time url_for takes; a test compares them
def subject_url(subject: str) -> str:
    """Give the address of a subject's page, with which those of its visits and forms begin."""
    return f"{request.script_root}/subjects/{_safe(subject)}"


def visit_url(subject: str, event: str, repeat: int) -> str:
    """Give the address of a visit's page."""
    return f"{subject_url(subject)}/{visit_part(event, repeat)}"


def visit_part(event: str, repeat: int) -> str:
    """Give a visit as it stands behind its subject in an address."""
    return f"{_safe(event)}.{repeat}"


def form_url(address: Address, item: str = "") -> str:
    """Give the address of a form, at an item when one is named."""
    visit = visit_url(address.subject, address.event, address.event_repeat)
    anchor = f"#item-{_safe(item)}" if item else ""
    return f"{visit}/{_safe(address.form)}.{address.form_repeat}{anchor}"


def place_url(address: Address, item: str = "") -> str:
    """Give the address of a form, of a visit where no form is named, of the subject where no visit is."""
    if not address.form and address.event:
        return visit_url(address.subject, address.event, address.event_repeat)
    if not address.form:
        return f"{request.script_root}/subjects/{quote(address.subject)}"
    return form_url(address, item)


def log_url(subject: str, form: str) -> str:
    """Give the address of a log of a subject."""
    return f"{request.script_root}/subjects/{_safe(subject)}/logs/{_safe(form)}"


def verify_url(address: Address) -> str:
    """Give the address of a form before who verifies it."""
    visit = (
        f"{request.script_root}/verify/{quote(address.subject)}/{quote(address.event)}.{address.event_repeat}"
    )
    return f"{visit}/{quote(address.form)}.{address.form_repeat}"
