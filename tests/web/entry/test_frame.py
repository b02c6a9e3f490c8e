"""A page filled into its frame reads exactly as the same page drawn whole, and a frame holds no subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import g, render_template, session

from imt_ecrf.conduct.views import Address, Answer
from imt_ecrf.web.db import reading
from imt_ecrf.web.entry.frame import draw_page
from imt_ecrf.web.entry.live import PAGE
from imt_ecrf.web.entry.page import form_page

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor
    from tests.web.clerk import Office


def both(office: Office, actor: Actor, address: Address, language: str) -> tuple[str, str]:
    """Draw a page by its frame and whole, in one request."""
    with office.app.test_request_context(f"/subjects/{address}"):
        g.actor, session["lang"] = actor, language
        page = form_page(reading(), actor, address)
        return draw_page(page), render_template(PAGE, **page)


@pytest.mark.req("R68")
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("role", ["CRC", "PI", "CRA"])
def test_a_page_filled_into_its_frame_is_the_page_drawn_whole(
    real_office: Office, role: str, language: str
) -> None:
    world = real_office.world
    crc = world.user("CRC")
    filled, empty = world.subject(), world.subject()
    vitals = {"VSPERF": Answer("Y"), "VS_WEIGHT": Answer("34.1", "kg"), "VSDAT": Answer("2026-03-02")}
    world.save(crc, Address(filled, "SE_SCR", 1, "F_VS"), vitals)
    reader = world.user(role)
    for subject in (filled, empty, filled):
        for form in ("F_VS", "F_LBC", "F_DM"):
            framed, whole = both(real_office, reader, Address(subject, "SE_SCR", 1, form), language)
            assert framed == whole
            assert (filled in framed, empty in framed) == (subject == filled, subject == empty)


def test_a_text_that_looks_like_a_slot_or_a_seam_is_only_a_text(real_office: Office) -> None:
    world = real_office.world
    crc, subject = world.user("CRC"), world.subject()
    address = Address(subject, "SE_LOG", 1, "F_CM")
    world.save(crc, address, {"CMTRT": Answer("\ue0001\ue001 \ue002 <b>")})
    framed, whole = both(real_office, crc, address, "en")
    assert framed == whole
    assert "\ue0001\ue001 \ue002 &lt;b&gt;" in framed
