"""Both languages are complete, days and figures read as people write them."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf import rooms
from imt_ecrf.web import dates
from imt_ecrf.web.pages.guide import CHAPTERS

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

TRANSLATIONS = Path(__file__).resolve().parents[2] / "imt_ecrf" / "translations"
CATALOGUE = TRANSLATIONS / "ru" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    "_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}  # fmt: skip
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
SAME = {"IMT eCRF"}
AGE = (dt.datetime(1990, 1, 1), dt.datetime(2099, 1, 1))  # noqa: DTZ001 - hypothesis adds the zone
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ru")


def said() -> set[tuple[str | None, str]]:
    """List the texts of the program: the Python of the web and every template."""
    package = TRANSLATIONS.parent
    python = extract_from_dir(package, [("**.py", "python")], {}, KEYWORDS)
    pages = extract_from_dir(
        rooms.templates(), [("**.html", "jinja2")], {"**.html": {"trimmed": "true"}}, KEYWORDS
    )
    found = [*python, *pages]
    return {
        (context, text[0] if isinstance(text, tuple) else text)
        for _file, _line, text, _notes, context in found
    }


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def russian(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def test_every_text_of_the_interface_has_its_russian_words() -> None:
    known = {(one.context, singular(one)): one for one in catalogue() if one.id}
    missing = [f"{context or ''} {text}" for context, text in said() if text and (context, text) not in known]
    strings = {key: russian(one) for key, one in known.items()}
    empty = [key for key, texts in strings.items() if not all(texts)]
    english = [key for key, texts in strings.items() if key[1] not in SAME and not CYRILLIC.search(texts[0])]
    assert (sorted(missing), empty, english) == ([], [], [])


def test_every_plural_has_three_russian_forms_and_the_same_names_in_each() -> None:
    for message in catalogue():
        texts = russian(message)
        if isinstance(message.id, tuple):
            assert len(texts) == 3, message.id
        names = set(re.findall(r"%\((\w+)\)", singular(message))) if message.id else set()
        assert all(set(re.findall(r"%\((\w+)\)", text)) == names for text in texts if message.id), message.id


def test_the_compiled_words_are_those_of_the_catalogue() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())
    assert compiled.getvalue() == CATALOGUE.with_suffix(".mo").read_bytes()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_of_the_guide_stands_in_both_languages_with_the_same_sections(chapter: str) -> None:
    texts = [
        (rooms.templates() / "guide" / one / f"{chapter}.html").read_text("utf-8") for one in ("en", "ru")
    ]
    sections = [[len(re.findall(f"<{tag}[ >]", text)) for tag in ("h2", "p", "li", "tr")] for text in texts]
    assert sections[0] == sections[1]


@pytest.mark.parametrize(
    ("value", "english", "russian"),
    [
        ("2026-11-19", "19 Nov 2026", "19 ноя 2026"), ("2026-05-02", "2 May 2026", "2 мая 2026"),
        ("2026-11", "Nov 2026", "ноя 2026"), ("2026", "2026", "2026"), ("", "", ""), (None, "", ""),
        (dt.date(2026, 1, 5), "5 Jan 2026", "5 янв 2026"),
    ],
)  # fmt: skip
def test_a_day_is_written_as_people_write_it(value: str | None, english: str, russian: str) -> None:
    assert (dates.day(value, "en"), dates.day(value, "ru")) == (english, russian)


@pytest.mark.parametrize(
    ("first", "last", "english", "russian"),
    [
        ((11, 16), (11, 22), "16 to 22 Nov", "16–22 ноя"),
        ((11, 29), (12, 5), "29 Nov to 5 Dec", "29 ноя – 5 дек"),
        ((11, 16), (11, 16), "16 Nov", "16 ноя"),
    ],
)
def test_a_range_of_days_is_short(
    first: tuple[int, int], last: tuple[int, int], english: str, russian: str
) -> None:
    days = dt.date(2026, *first), dt.date(2026, *last)
    assert (dates.span(*days, "en"), dates.span(*days, "ru")) == (english, russian)


def test_a_range_over_new_year_names_both_years() -> None:
    days = dt.date(2026, 12, 30), dt.date(2027, 1, 2)
    assert dates.span(*days, "en") == "30 Dec 2026 to 2 Jan 2027"


@pytest.mark.req("R54")
@given(st.datetimes(*AGE, timezones=st.timezones()))
def test_every_moment_is_shown_in_utc_with_its_zone_whatever_zone_it_came_in(moment: dt.datetime) -> None:
    text = dates.moment(moment, "en", seconds=True)
    assert text.endswith(" UTC")
    read = dt.datetime.strptime(f"{text[:-4]}+0000", "%d %b %Y, %H:%M:%S%z")
    assert read == moment.astimezone(dt.UTC).replace(microsecond=0)


@given(DAYS, DAYS)
def test_a_range_ends_with_its_last_day(one: dt.date, other: dt.date) -> None:
    first, last = sorted((one, other))
    assert dates.span(first, last, "en", year=True).endswith(dates.day(last, "en"))


@pytest.mark.parametrize(
    ("value", "english", "russian"), [("34.1", "34.1", "34,1"), ("-5", "−5", "−5"), (None, "–", "–")]
)
def test_a_figure_is_written_as_the_language_does(value: str | None, english: str, russian: str) -> None:
    assert (dates.figure(value, "en"), dates.figure(value, "ru")) == (english, russian)
