"""Every role × form of the study, with single items apart: the table of rights, as a snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from imt_ecrf.policy.permissions import STANDINGS
from imt_ecrf.policy.table import table
from tests.factories import real_book
from tests.policy.test_permissions import letters

SNAPSHOT = Path(__file__).with_name("rights.txt")


def written() -> str:
    """Write the table: a line a form, a column a role; below a form its items with named originators."""
    lines = [" ".join(("form", *STANDINGS))]
    for row in table(real_book()):
        rights = (letters(row.rights.get(role, ())) or "-" for role in STANDINGS)
        lines.append(" ".join((row.form, *rights)))
        lines += [f"  {item}: {', '.join(roles)}" for item, roles in row.items.items()]
    return "\n".join(lines) + "\n"


@pytest.mark.req("R17")
@pytest.mark.req("R19")
def test_who_sees_enters_signs_and_verifies_each_form_is_what_was_agreed() -> None:
    assert written() == SNAPSHOT.read_text(encoding="utf-8")
