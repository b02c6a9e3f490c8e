"""An iCalendar file: whole days, escaped texts, lines of the length the standard allows."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from imt_ecrf.exchange.calendar import Entry, icalendar

NOW = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


def test_an_entry_is_a_whole_day_with_its_texts_escaped() -> None:
    entry = Entry("abc", dt.date(2026, 3, 31), "01-001; визит, один", "Window: 16 to 22 Mar\nhttps://x")
    assert icalendar([entry], NOW).split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//imt_ecrf//calendar//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        "UID:abc@imt-ecrf",
        "DTSTAMP:20260310T120000Z",
        "DTSTART;VALUE=DATE:20260331",
        "DTEND;VALUE=DATE:20260401",
        "SUMMARY:01-001\\; визит\\, один",
        "DESCRIPTION:Window: 16 to 22 Mar\\nhttps://x",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=300))
def test_no_line_is_longer_than_75_octets_and_unfolding_gives_the_text_back(title: str) -> None:
    text = icalendar([Entry("abc", dt.date(2026, 3, 31), title)], NOW)
    lines = text.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    told = next(line for line in text.replace("\r\n ", "").split("\r\n") if line.startswith("SUMMARY:"))
    plain = told.removeprefix("SUMMARY:")
    for sign in (",", ";", "\\"):
        plain = plain.replace(f"\\{sign}", sign)
    assert plain == title
