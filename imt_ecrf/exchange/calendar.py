"""Days as an iCalendar file (RFC 5545): whole days with a title each; knows no study."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PRODUCER: Final = "-//imt_ecrf//calendar//EN"
WIDTH: Final = 73  # octets of a line before it is folded; the standard allows 75 with the end of the line


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole day: a mark that stays the same for ever, the day, a title and a note."""

    mark: str
    day: dt.date
    title: str
    note: str = ""


def icalendar(entries: Iterable[Entry], now: dt.datetime, name: str = "") -> str:
    """Write entries as an iCalendar file; lines end as the standard asks and are folded between letters."""
    lines = [*_head(name)]
    for entry in entries:
        lines += _event(entry, now)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def _head(name: str) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCER}", "CALSCALE:GREGORIAN")
    if name:
        yield f"X-WR-CALNAME:{_text(name)}"


def _event(entry: Entry, now: dt.datetime) -> list[str]:
    after = entry.day + dt.timedelta(days=1)
    return [
        "BEGIN:VEVENT",
        f"UID:{entry.mark}@imt-ecrf",
        f"DTSTAMP:{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{after:%Y%m%d}",
        f"SUMMARY:{_text(entry.title)}",
        *([f"DESCRIPTION:{_text(entry.note)}"] if entry.note else []),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _text(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    if len(line.encode()) <= WIDTH:
        yield line
        return
    part, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > WIDTH:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + octets
    yield part
