"""Addresses of forms and visits as links; the one place that knows the names of those views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

if TYPE_CHECKING:
    from imt_ecrf.conduct.views import Address


def visit_url(subject: str, event: str, repeat: int) -> str:
    """Give the address of a visit's page."""
    return url_for("visits.show_event", subject=subject, event=event, repeat=repeat)


def form_url(address: Address, item: str = "") -> str:
    """Give the address of a form, at an item when one is named."""
    return url_for(
        "visits.show_form",
        subject=address.subject,
        event=address.event,
        repeat=address.event_repeat,
        form=address.form,
        form_repeat=address.form_repeat,
        _anchor=f"item-{item}" if item else None,
    )


def log_url(subject: str, form: str) -> str:
    """Give the address of a log of a subject."""
    return url_for("visits.show_log", subject=subject, form=form)
