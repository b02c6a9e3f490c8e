"""Every sheet says in its head whose page it is, of which form and version, and in which state."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from imt_ecrf import store
from imt_ecrf.reporting.gather import SITE_NAME, gather
from imt_ecrf.reporting.manifest import sheets
from imt_ecrf.reporting.pages import Both, SignatureLine
from imt_ecrf.reporting.words import UI
from imt_ecrf.store.tables import EventData, Site
from imt_ecrf.store.who import SYSTEM

if TYPE_CHECKING:
    from imt_ecrf.reporting.pages import Casebook, Said
    from tests.factories import World
    from tests.reporting.conftest import Press

LANGUAGES = ("en", "ru", "both")
LONG_NAME = "Национальный медицинский исследовательский центр детской онкологии, гематологии и иммунологии №2"
HEAD_HEIGHT = 26 / 25.4 * 72


def heads(pdf: bytes) -> list[str]:
    """Give the text in the upper margin of each sheet, without blanks."""
    found = []
    for page in PdfReader(BytesIO(pdf)).pages:
        pieces: list[str] = []
        floor = float(page.mediabox.top) - HEAD_HEIGHT

        def visit(text: str, matrix: list[float], place: list[float], *_font: object) -> None:
            if matrix[5] + place[5] * matrix[3] > floor:  # noqa: B023 - called within the loop's turn
                pieces.append(text)  # noqa: B023

        page.extract_text(visitor_text=visit)
        found.append(squeezed("".join(pieces)))
    return found


def squeezed(text: str) -> str:
    """Leave out blanks: where a line of the head breaks says nothing."""
    return "".join(text.split())


def said(text: Said, language: str, between: str = "/") -> str:
    """Say a text as it is printed, without blanks."""
    if isinstance(text, str):
        return squeezed(text)
    both = text.en if text.en == text.ru else text.together or f"{text.en}{between}{text.ru}"
    return squeezed({"en": text.en, "ru": text.ru}.get(language, both))


def gathered(world: World, child: str) -> Casebook:
    """Gather the casebook of a demo as sponsor."""
    with world.looking() as session:
        return gather(session, world.user("SPON"), child, demo=True)


@pytest.mark.req("R42")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sheet_of_every_kind_names_study_site_subject_page_and_state(
    world: World, child: str, press: Press, language: str
) -> None:
    casebook = gathered(world, child)
    found = heads(press(casebook, language).pdf)
    who = squeezed(f"DEMO·IMT-CRIZ-PED·01{site_name(world)}·{child}")
    assert [head for head in found if not head.startswith(who)] == []
    kinds = dict.fromkeys(("casebook", "contents", "overviews", "manifest"), casebook.mark)
    kinds["overviews"] = "draft"  # of laboratory results that are not signed
    for kind, mark in kinds.items():
        own = [head for head in found if head.startswith(who + said(UI[kind], language).split("/")[0])]
        assert (kind, len(own) > 0) == (kind, True)
        assert [head for head in own if said(UI[f"mark_{mark}"], language, "") not in head] == []


@pytest.mark.req("R42")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_head_of_a_form_names_its_version_and_state(
    world: World, child: str, press: Press, language: str
) -> None:
    casebook = gathered(world, child)
    found = heads(press(casebook, language).pdf)
    for part in casebook.parts:
        for form in part.forms:
            where = f"{said(form.where, language)}·{said(UI['version'], language)}{form.version}"
            own = [head for head in found if where in head]
            assert (form.anchor, len(own) > 0) == (form.anchor, True)
            mark = said(UI[f"mark_{form.mark}"], language, "")
            assert [head for head in own if not head.endswith(mark)] == []


def site_name(world: World) -> str:
    """Give the name of the child's site."""
    with world.looking() as session:
        return session.get_one(Site, "01").name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_name_of_a_site_is_shortened_and_the_subject_is_not(
    world: World, child: str, press: Press, language: str
) -> None:
    with store.writing(world.engines, SYSTEM) as session:
        session.get_one(Site, "01").name = LONG_NAME
    found = heads(press(gathered(world, child), language).pdf)
    who = squeezed(f"01 {LONG_NAME[: SITE_NAME - 1].rstrip()}…·{child}")
    assert [head for head in found if who not in head] == []


def signatures(count: int) -> tuple[SignatureLine, ...]:
    """Give signatures of forms with long names by a signer with a long name."""
    one = SignatureLine(
        "Константин Константинопольский-Верхнедвинский",
        Both("Central radiology reader", "Центральный рецензент визуализации"),
        Both("I made this reading independently and confirm that it is complete and accurate",
             "Оценка выполнена мною независимо; подтверждаю её полноту и достоверность"),
        "2026-03-17 13:07:00", valid=True, version=2, sha256="9e00e1f7" * 8,
        form=Both("Tumour assessment 5 · Histology and central pathology 2",
                  "Оценка опухоли 5 · Гистологическое исследование и центральный пересмотр 2"),
    )  # fmt: skip
    return tuple(replace(one, version=number) for number in range(1, count + 1))


@pytest.mark.req("R09")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_piece_of_the_manifest_is_one_full_sheet_and_holds_each_signature_once(
    world: World, child: str, press: Press, language: str
) -> None:
    casebook = replace(gathered(world, child), manifest=signatures(80), hands=())
    shared = sheets(casebook.manifest, language)
    assert tuple(line for some in shared for line in some) == casebook.manifest
    pages = [page.extract_text() for page in PdfReader(BytesIO(press(casebook, language).pdf)).pages]
    told = [text.count("SHA-256 9e00e1f7") for text in pages]
    assert [count for count in told if count] == [len(some) for some in shared]
    assert min(len(some) for some in shared[:-1]) >= (8 if language == "both" else 10)


def test_a_visit_without_a_date_says_so_in_a_sentence(world: World, child: str) -> None:
    with world.looking() as session:
        undated = session.scalars(select(EventData.event).where(EventData.date.is_(None))).all()
    subs = {part.sub for part in gathered(world, child).parts if part.key.split(".")[0] == "SE_SCR"}
    assert ("SE_SCR" in undated, len(subs)) == (True, 1)
    told = subs.pop()
    assert said(told, "en").startswith(squeezed("No date of this visit is on record. "))
    assert said(told, "ru").startswith(squeezed("Дата этого визита не записана. "))
