"""What a page is given of the rules: client rules only, of what its reader sees, and never a longer table."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from imt_ecrf.conduct import entry
from imt_ecrf.conduct.views import Address
from imt_ecrf.policy.permissions import STANDINGS, sees
from imt_ecrf.study.book import Book
from imt_ecrf.study.engine import Engine
from imt_ecrf.study.onpage import on_page
from imt_ecrf.web.entry import rules_page as shipping
from tests.children import ready
from tests.factories import real_book
from tests.journeys.entry.conftest import new_child

if TYPE_CHECKING:
    from imt_ecrf.study.onpage import OnPage
    from tests.factories import World
    from tests.web.clerk import Office

VS = ("SE_SCR", 1, "F_VS")


@cache
def engine() -> Engine:
    """Give the rules of the real study."""
    return Engine(real_book())


def given(world: World, role: str, address: Address, language: str = "en") -> Any:
    """Give what the page of somebody holds; None when it holds nothing."""
    actor = world.user(role)
    with world.looking() as session:
        found = shipping.rules_page(actor, entry.open_form(session, actor, address), language)
    return json.loads(found) if found else None


def named(chosen: OnPage) -> set[str]:
    """Name the forms whose items, rows or records the rules of a page read."""
    known = engine().dictionary
    rules = [step.rule for step in chosen.steps] + [one.rule for one in chosen.checks]
    owners = {name: known.items.get(name) or known.groups.get(name) for rule in rules for name in rule.reads}
    return {owner.form if owner else name for name, owner in owners.items()}


@pytest.mark.req("R31")
def test_nobody_is_given_a_rule_that_reads_a_form_hidden_from_them() -> None:
    book = real_book()
    told = {}
    for role in STANDINGS:
        seen = {form for form in book.forms if sees(book, (role,), form)}
        for form in seen:
            chosen, _ = shipping.prepared(engine(), form, "en", frozenset({role}))
            told[role, form] = named(chosen) - seen
    assert {place: forms for place, forms in told.items() if forms} == {}


def test_a_central_reader_is_given_less_than_a_coordinator_and_nothing_of_the_course() -> None:
    reader = frozenset({"CREAD"})
    _, words = shipping.prepared(engine(), "F_ICR", "en", reader)
    assert [name for name in ("status()", "first_dose()", "EXDOSE", "RSOVR") if name in words] == []


def test_a_page_is_given_client_rules_only_and_none_that_rests_on_what_the_server_works_out() -> None:
    for form in real_book().forms:
        steps = engine().steps(form)
        chosen = on_page(engine(), form, lambda *_: True)
        kept = {(step.kind, step.target) for step in chosen.steps}
        left = {step.target for step in steps if (step.kind, step.target) not in kept}
        rules = [step.rule for step in chosen.steps] + [one.rule for one in chosen.checks]
        assert [rule.oid for rule in rules if rule.side != "client" or left & set(rule.reads)] == []


@pytest.mark.req("R31")
def test_most_rules_of_the_study_run_on_their_page() -> None:
    forms = real_book().forms
    pages = [on_page(engine(), form, lambda *_: True) for form in forms]
    steps = sum(len(engine().steps(form)) for form in forms)
    written = sum(one.check is not None for page in pages for one in page.checks)
    assert sum(len(page.steps) for page in pages) >= 0.8 * steps
    assert written >= 0.7 * len(real_book().version.checks)


def test_who_only_reads_a_form_is_given_no_rules(real_office: Office) -> None:
    world = real_office.world
    address = Address(new_child(world), *VS)
    assert given(world, "CRA", address) is None
    assert given(world, "CRC", address)["here"]["form"] == "F_VS"


def test_the_words_are_written_down_once_for_a_version_form_role_and_language(real_office: Office) -> None:
    world = real_office.world
    child, actor = new_child(world), world.user("CRC")
    with world.looking() as session:
        record = entry.open_form(session, actor, Address(child, *VS))
        shipping.rules_page(actor, record, "en")
        before = shipping.prepared.cache_info()
        shipping.rules_page(actor, record, "en")
        after = shipping.prepared.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + 1)


def test_a_table_of_more_than_500_rows_stays_on_the_server_with_the_rules_that_search_it(
    real_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = real_office.world
    child, crc = new_child(world), world.user("CRC")
    ready(world, child)
    for line in (1, 2):
        world.save(crc, Address(child, "SE_LOG", 1, "F_EX", line), {"EXSTDAT": f"2026-03-0{line}"})
    address = Address(child, "SE_LOG", 1, "F_AE")
    short = given(world, "CRC", address)
    monkeypatch.setattr(shipping, "MOST_ROWS", 1)
    long = given(world, "CRC", address)
    assert (len(short["here"]["tables"]["F_EX"]), "F_EX" in long["here"]["tables"]) == (2, False)
    searching = {one["key"] for one in short["words"]["checks"] if '"F_EX"' in json.dumps(one["tree"])}
    assert {one["key"] for one in short["words"]["checks"]} - searching == {
        one["key"] for one in long["words"]["checks"]
    }


def test_russian_texts_of_checks_are_drafts_until_a_reviewer_is_named() -> None:
    def drafts(book: Book, language: str) -> set[str]:
        _, words = shipping.prepared(Engine(book), "F_VS", language, frozenset({"CRC"}))
        return {one["key"] for one in json.loads(words)["checks"] if one.get("draft")}

    version = replace(real_book().version, translation_reviewed_by="Petrova, data manager, 2026-11-20")
    reviewed = Book(version, "reviewed")
    assert {name[:3] for name in drafts(real_book(), "ru")} == {"C04", "C05"}
    assert (drafts(real_book(), "en"), drafts(reviewed, "ru")) == (set(), set())


def test_what_is_written_into_the_page_cannot_end_its_script(real_office: Office) -> None:
    world = real_office.world
    child, crc = new_child(world), world.user("CRC")
    address = Address(child, "SE_LOG", 1, "F_AE")
    world.save(crc, address, {"AETERM": "</script><b>", "AESTDAT": "2026-03-05"})
    with world.looking() as session:
        found = shipping.rules_page(crc, entry.open_form(session, crc, address), "en")
    assert "<" not in found
    assert json.loads(found)["here"]["values"]["AETERM"] == {"v": "</script><b>"}
