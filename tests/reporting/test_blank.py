"""Blank forms ask every question of the published version and hold no answer."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from imt_ecrf.reporting.blank import blank
from imt_ecrf.reporting.condition import SELDOM, in_words
from imt_ecrf.reporting.paper import both, numbers
from tests.factories import real_book

if TYPE_CHECKING:
    from imt_ecrf.study.definition import ItemGroup


@pytest.mark.req("R66")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_blank_form_asks_every_question_of_its_version(language: str) -> None:
    book = real_book()
    pdf = blank(book, ["F_VS", "F_LBC", "F_AE"], language, both(book.events["SE_SCR"].name))
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)
    asked = [
        item.question.in_(language)
        for form in ("F_VS", "F_LBC", "F_AE")
        for group in book.forms[form].groups
        for item in group.items
        if not item.derived
    ]
    assert [one for one in asked if "".join(one.split()) not in text] == []


def test_a_blank_form_names_its_version() -> None:
    book = real_book()
    reader = PdfReader(BytesIO(blank(book, ["F_PS"], "en", both(book.events["SE_SCR"].name))))
    assert f"F_PS, {book.version.version}, {book.fingerprint[:12]}" in reader.pages[0].extract_text()


@pytest.mark.parametrize("oid", ["F_VS", "F_LBC"])
def test_an_annotated_form_names_variable_item_code_list_and_checks(oid: str) -> None:
    book = real_book()
    pdf = blank(book, [oid], "en", both(book.events["SE_SCR"].name), annotated=True)
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)
    form = book.forms[oid]
    names = [item.oid for group in form.groups for item in group.items if item.oid not in prefilled(group)]
    names += [item.codelist for item in form.items() if item.codelist and item.oid in names]
    named = {item.oid for item in form.items()} & set(names)
    names += [check.oid for check in book.version.checks if named & set(check.items)]
    assert [name for name in names if "".join(name.split()) not in text] == []


def prefilled(group: ItemGroup) -> set[str]:
    """Name the items whose cells the study fills."""
    return {oid for row in group.rows for oid in row.prefilled} - {group.items[0].oid}


@pytest.mark.req("R66")
@pytest.mark.parametrize(
    ("form", "rule", "said"),
    [
        ("F_LBC", "LBCPERF == 'Y'", ("№ 1: Yes", "№ 1: Да", "№ 1: Yes / Да")),
        ("F_VS", "filled(VS_HEIGHT)", ("№ 5 is answered", "на № 5 дан ответ")),
        ("F_AE", "AEREL in ('UNLIKELY','NOT RELATED')",
         ("№ 11: Unlikely, Not related", "№ 11: Маловероятно, Не связано",
          "№ 11: Unlikely, Not related / Маловероятно, Не связано")),
        ("F_AE", "AESER != 'Y' and AEONGO == 'N'",
         ("№ 17: not Yes; № 8: No", "№ 17: не Да; № 8: Нет", "№ 17: not Yes / не Да; № 8: No / Нет")),
        ("F_DM", "AGEIC_Y < 3.5", ("№ 4 < 3.5", "№ 4 < 3,5", "№ 4 < 3.5 / № 4 < 3,5")),
        ("F_SV", "event() == 'SE_UNS' and SVOCCUR == 'Y'", (SELDOM.en, SELDOM.ru, SELDOM.en)),
        ("F_AE", "AESER == 'Y' or AEONGO == 'N'", ("№ 17: Yes or № 8: No", "№ 17: Да или № 8: Нет")),
    ],
)  # fmt: skip
def test_a_condition_is_said_by_numbers_and_texts_or_that_it_is_seldom(
    form: str, rule: str, said: tuple[str, ...]
) -> None:
    book = real_book()
    found = in_words(book, book.forms[form], rule)
    number = numbers(book.forms["F_DM"])["AGEIC_Y"]
    wanted = tuple(one.replace("№ 4", f"№ {number}") for one in said)
    assert (found.en, found.ru, found.together or found.en)[: len(said)] == wanted


def test_no_condition_on_a_blank_form_is_program_code() -> None:
    book = real_book()
    rules = [
        (form, item.show_if.text) for form in book.forms.values() for item in form.items() if item.show_if
    ]
    said = [
        one for form, rule in rules for words in [in_words(book, form, rule)] for one in (words.en, words.ru)
    ]
    assert len(said) > 100
    assert [one for one in said if "==" in one or "'" in one or "_" in one] == []


@pytest.mark.req("R66")
@pytest.mark.parametrize("language", ["en", "ru", "both"])
def test_a_blank_form_says_that_it_is_blank_what_its_codes_mean_and_where_the_subject_is_named(
    language: str,
) -> None:
    book = real_book()
    reader = PdfReader(BytesIO(blank(book, ["F_VS"], language, both(book.events["SE_SCR"].name))))
    text = "".join(reader.pages[0].extract_text().split())
    words = {"en": ("BLANKFORM", "Subject_", "NDNotdone"), "ru": ("ПУСТАЯФОРМА", "Пациент_", "NDНевыполнено")}
    wanted = words.get(language, ("BLANKFORM", "ПУСТАЯФОРМА", "Subject/Пациент_", "NDNotdone/Невыполнено"))
    assert [one for one in wanted if one not in text] == []
