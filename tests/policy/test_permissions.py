"""Who may see, enter, sign and verify: every role with every form, on the small study and on the real one."""

from __future__ import annotations

import itertools

import pytest

from imt_ecrf.policy.permissions import (
    ACTS,
    STANDINGS,
    may,
    may_act,
    may_hold_together,
    may_item,
    sees,
    signers,
)
from imt_ecrf.policy.table import table
from tests.factories import ROLES, real_book, small_book

SITE = ("CRC", "SUBI", "PI")


def letters(verbs: tuple[str, ...]) -> str:
    """Write verbs as letters: s(ee), e(nter), g (sign), v(erify), p(ropose)."""
    return "".join(
        {"see": "s", "enter": "e", "sign": "g", "verify": "v", "propose": "p"}[one] for one in verbs
    )


@pytest.mark.req("R17", "R19")
def test_the_table_of_the_small_study_is_as_printed() -> None:
    plain = {"CRC": "se", "SUBI": "seg", "PI": "seg", "CRA": "sv", "CPATH": "", "CREAD": "", "ADMIN": ""}
    readers = dict.fromkeys(("PHARM", "LABM", "DM", "CODER", "SAFE", "MEDMON", "STAT", "SPON", "AUD"), "s")
    dose = {"CRC": "s", "SAFE": "se"}
    reading = {"CRC": "s", "SUBI": "s", "PI": "s", "CREAD": "seg", "DM": "sv", "CRA": "s"}
    statement = {"CRC": "s", "SUBI": "s", "PI": "seg", "CRA": "s"}
    wanted = {
        **dict.fromkeys(("F_SV", "F_VS", "F_LB", "F_TL", "F_AE"), plain | readers),
        "F_DO": plain | readers | dose,
        "F_ICR": plain | readers | reading,
        "F_SIGN": plain | readers | statement,
    }
    found = {
        row.form: {role: letters(verbs) for role, verbs in row.rights.items()} for row in table(small_book())
    }
    assert found == wanted


@pytest.mark.req("R19")
def test_nobody_outside_the_site_enters_a_form_that_does_not_name_that_role() -> None:
    book = real_book()
    enters = {(role, form) for role in ROLES for form in book.forms if may(book, role, form, "enter")}
    outside = {(role, form) for role, form in enters if STANDINGS[role].side != "site"}
    assert outside == {
        ("CPATH", "F_PATH"),
        ("CPATH", "F_GF"),
        ("CREAD", "F_ICR"),
        ("SAFE", "F_SAE"),
        ("CODER", "F_MH"),
        ("CODER", "F_AE"),
        ("CODER", "F_CM"),
    }


@pytest.mark.req("R26")
def test_an_item_with_a_named_originator_is_written_by_that_role_only() -> None:
    book = real_book()
    expectedness = [role for role in ROLES if may_item(book, role, "F_SAE", "SAEEXP")]
    everywhere = {role: may_item(book, role, "F_SAE", "SAEAWDT") for role in ("CRC", "SAFE", "CRA")}
    assert expectedness == ["SAFE"]
    assert everywhere == {"CRC": True, "SAFE": False, "CRA": False}


@pytest.mark.req("R19")
def test_the_monitor_proposes_a_deviation_and_does_not_enter_it() -> None:
    book = real_book()
    assert [may(book, "CRA", "F_DV", verb) for verb in ("see", "enter", "propose")] == [True, False, True]


@pytest.mark.req("R18")
def test_central_readers_see_their_own_forms_and_nothing_else() -> None:
    book = real_book()
    seen = {
        role: {form for form in book.forms if may(book, role, form, "see")}
        for role in ("CPATH", "CREAD", "ADMIN")
    }
    assert seen == {"CPATH": {"F_PATH", "F_GF"}, "CREAD": {"F_ICR"}, "ADMIN": set()}


@pytest.mark.req("R13")
def test_only_the_investigator_a_delegate_and_named_central_roles_sign() -> None:
    book = real_book()
    found = {form: tuple(role for role in ROLES if may(book, role, form, "sign")) for form in book.forms}
    named = {
        "F_PATH": ("SUBI", "PI", "CPATH"),
        "F_GF": ("SUBI", "PI", "CPATH"),
        "F_ICR": ("CREAD",),
        "F_SAE": ("SUBI", "PI", "SAFE"),
        "F_SIGN": ("PI",),
    }
    assert found == {form: named.get(form, ("SUBI", "PI")) for form in book.forms}
    assert signers(book, "F_SIGN") == ("PI",)


def test_who_may_not_see_a_form_may_do_nothing_with_it() -> None:
    book = real_book()
    for role, form in itertools.product(ROLES, book.forms):
        if not may(book, role, form, "see"):
            assert not any(may(book, role, form, verb) for verb in ("enter", "sign", "verify", "propose"))


def test_an_unknown_role_or_form_is_nobodys() -> None:
    book = small_book()
    assert not may(book, "WIZARD", "F_VS", "see")
    assert not may(book, "CRC", "F_NOPE", "see")
    assert not sees(book, ("CRC",), "F_NOPE")
    assert not may_act(("WIZARD",), "see_subjects")


@pytest.mark.req("R18")
def test_blinding_of_a_central_role_holds_whatever_else_the_person_is() -> None:
    assert not sees(small_book(), ("CRC", "CREAD"), "F_VS")


@pytest.mark.req("R23")
def test_roles_of_different_sides_do_not_go_together() -> None:
    together = {(a, b) for a, b in itertools.product(ROLES, ROLES) if a != b and may_hold_together(a, b)}
    sides = {role: STANDINGS[role].side for role in ROLES}
    assert together == {
        (a, b)
        for a, b in itertools.product(ROLES, ROLES)
        if a != b and sides[a] == sides[b] and sides[a] != "central"
    }
    assert ("ADMIN", "PI") not in together
    assert ("CRA", "CRC") not in together


@pytest.mark.req("R19")
def test_acts_on_data_are_for_the_site_only() -> None:
    outside = {role for role in ROLES if STANDINGS[role].side != "site"}
    for act in ("screen", "enrol", "open_event", "miss_event"):
        assert not ACTS[act] & outside
    assert may_act(("CRC",), "screen")
