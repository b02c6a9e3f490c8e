"""Every form of the real book: opens, is filled and saved, keeps what was typed; in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct.views import Address
from tests.children import ready
from tests.factories import real_book
from tests.web.entry.filling import answers_for, hold_everything

if TYPE_CHECKING:
    from tests.web.clerk import Clerk, Office

FORMS = [form.oid for form in real_book().version.forms]


class Child:
    """A girl who may be pregnant and has died, so that every condition of the schedule is true."""

    def __init__(self, office: Office, language: str) -> None:
        self.office, self.language = office, language
        self.code = office.world.subject()
        ready(office.world, self.code)
        hold_everything(office.world, self.code)
        pi = office.world.user("PI")
        for event, form, answers in (
            ("SE_SCR", "F_DM", {"BRTHYY": "2012", "SEX": "F", "CHILDPOT": "Y"}),
            ("SE_EOS", "F_EOS", {"EOSREAS": "DEATH"}),
        ):
            office.world.save(pi, Address(self.code, event, 1, form), answers)
        self.clerks: dict[str, Clerk] = {}

    def clerk(self, form: str) -> Clerk:
        """Give somebody who may enter a form."""
        enter = self.office.world.book.rights[form].enter
        role = next(role for role in ("PI", "CRC", "CREAD") if role in enter)
        if role not in self.clerks:
            self.clerks[role] = self.office.clerk(role)
        return self.clerks[role]

    def address(self, form: str) -> Address:
        """Give a place where the schedule has a form, where it asks it of everybody if possible."""
        places = [
            (ref.condition is not None, event.oid)
            for event in self.office.world.book.version.events
            for ref in event.forms
            if ref.form == form
        ]
        event = min(places, key=lambda one: one[0])[1]
        return Address(self.code, event, 3 if event == "SE_CYC" else 1, form)

    def cells(self, address: Address) -> Any:
        """Give what is kept."""
        role = "CREAD" if address.form == "F_ICR" else "PI"
        return self.office.world.open(self.office.world.user(role), address).cells


@pytest.fixture(scope="module", params=["en", "ru"])
def child(request: pytest.FixtureRequest, real_office: Office) -> Child:
    return Child(real_office, request.param)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_the_book_opens_saves_and_shows_what_was_saved(child: Child, form: str) -> None:
    clerk, address = child.clerk(form), child.address(form)
    language = f"?lang={child.language}"
    asked = clerk.open(address, language)
    assert asked.status == 200, asked.page.text[:400]
    book = child.office.world.book
    name = book.forms[form].name.in_(child.language)
    assert name in asked.page.text
    typed = answers_for(book, form, asked.page)
    assert typed or child.cells(address)
    saved = clerk.save(address, typed, page=asked.page)
    assert saved.status == 302, saved.page.text[:2000]
    kept = child.cells(address)
    assert {path for path in typed if ":" not in path} <= set(kept)
    again = clerk.open(address)
    assert again.status == 200
    more = answers_for(book, form, again.page)
    if more:
        answer = clerk.save(address, more, page=again.page)
        assert answer.status in {302, 409}, answer.page.text[:2000]
