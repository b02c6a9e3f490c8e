"""A question filled into its drawn shape reads exactly as the macro would have drawn it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imt_ecrf.web.entry.drawn import MACROS, Drawn
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.entry.shown import Field, Message, RowShown
from tests.factories import real_book

if TYPE_CHECKING:
    from tests.web.clerk import Office

TEXTS = st.sampled_from(["", "12.5", "<b>&\"'", "\ue0001\ue001", "\ue0000\ue001 x", "none", "a\nb"])
SAID = ((), (Message("stop", "no <i>"),), (Message("ask", "?", "c"),))
HERE = '/subjects/01-001/SE_SCR.1/F_VS.1"<'


@pytest.mark.req("R68")
@pytest.mark.parametrize("form", ["F_VS", "F_LBC", "F_AE", "F_TL", "F_EG", "F_IE"])
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_filled_shapes_equal_what_the_macros_draw(
    real_office: Office, form: str, data: st.DataObject
) -> None:
    drawn_sheet = sheet(real_book(), form, "en")
    group = data.draw(st.sampled_from(drawn_sheet.groups))

    def a_field(number: int) -> Field:
        control = group.controls[number]
        choices = [code for code, _ in control.choices] or ["x"]
        free = data.draw(TEXTS)
        return Field(
            f"{group.oid}.1.{control.oid}",
            control,
            value=free if not control.choices else data.draw(st.sampled_from(["", *choices])),
            text=data.draw(TEXTS),
            unit=data.draw(st.sampled_from(["", *(code for code, _ in control.units)])),
            missing=data.draw(st.sampled_from(["", *(code for code, _ in control.missing)])),
            units=control.units,
            last=data.draw(TEXTS),
            hidden=data.draw(st.booleans()),
            saved=data.draw(st.booleans()),
            editable=data.draw(st.booleans()),
            messages=data.draw(
                st.sampled_from([(), (Message("stop", "no <i>"),), (Message("ask", "?", "c"),)])
            ),
        )

    with real_office.app.test_request_context("/"):
        drawn = Drawn(drawn_sheet, HERE)
        macros = real_office.app.jinja_env.get_template(MACROS).module
        if group.layout == "panel":
            fields = {control.oid: a_field(number) for number, control in enumerate(group.controls)}
            row = RowShown("ALT", "ALT <b>", fields, fifth=data.draw(st.booleans()))
            speaking = [one for one in fields.values() if one.messages]
            under = macros.panel_messages(speaking, None, ())  # type: ignore[attr-defined]
            shown = type("Group", (), {"sheet": group})
            for _ in range(2):
                assert drawn.panel_row(shown, row) == macros.panel_row(shown, row, HERE, under)  # type: ignore[arg-type, attr-defined]
        else:
            one = a_field(data.draw(st.integers(0, len(group.controls) - 1)))
            for some in (one, one._replace(value=one.value), one):
                under = macros.item_messages((some,), None, ())  # type: ignore[attr-defined]
                assert drawn.items((some,)) == macros.item(some, HERE, under)  # type: ignore[attr-defined]
