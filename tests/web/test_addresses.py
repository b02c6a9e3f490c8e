"""The addresses written by hand are those the routes give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from imt_ecrf.conduct.views import Address
from imt_ecrf.web.addresses import form_url, log_url, verify_url, visit_url

if TYPE_CHECKING:
    from tests.web.clerk import Office


def test_addresses_are_those_of_the_routes(house: Office) -> None:
    address = Address("01-001", "SE_CYC", 3, "F_VS", 2)
    names = {"subject": "01-001", "event": "SE_CYC", "repeat": 3}
    for root in ("", "/study"):
        with house.app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            form = url_for("visits.show_form", form="F_VS", form_repeat=2, **names)  # type: ignore[arg-type]
            assert form_url(address) == form
            assert form_url(address, "G_LB.ALT.LBRES") == f"{form}#item-G_LB.ALT.LBRES"
            assert visit_url("01-001", "SE_CYC", 3) == url_for("visits.show_event", **names)  # type: ignore[arg-type]
            assert log_url("01-001", "F_AE") == url_for("visits.show_log", subject="01-001", form="F_AE")
            shown = url_for("verifying.show", form="F_VS", form_repeat=2, **names)  # type: ignore[arg-type]
            assert verify_url(address) == shown
            assert form.startswith(root)
