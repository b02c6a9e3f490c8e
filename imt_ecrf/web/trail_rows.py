"""Lines of the trail in the words of a person; knows no HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imt_ecrf.conduct.reasons import reason_text
from imt_ecrf.web.addresses import form_url
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current
from imt_ecrf.web.study import book_of
from imt_ecrf.web.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imt_ecrf.conduct.trail import Line


@dataclass(frozen=True, slots=True)
class Row:
    """One change as shown: what, where, from, to, why, who, when."""

    seq: int
    href: str
    subject: str
    place: str
    question: str
    old: str
    new: str
    reason: str
    name: str
    role: str
    at: str
    origin: str
    version: int
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a long list: its number, the last number, and how many there are in all."""

    rows: tuple[Row, ...]
    number: int
    last: int
    total: int


def rows(lines: Iterable[Line]) -> tuple[Row, ...]:
    """Say lines in the language of the page, with the version they were entered under."""
    return tuple(_row(line) for line in lines)


def leaf(lines: list[Line], number: int, size: int) -> Leaf:
    """Give one page of the lines, newest first."""
    newest = lines[::-1]
    last = max(1, -(-len(newest) // size))
    number = min(max(number, 1), last)
    return Leaf(rows(newest[(number - 1) * size : number * size]), number, last, len(newest))


def _row(line: Line) -> Row:
    change, address = line.change, line.address
    say = words(book_of(change.study_version))
    by_program = change.user_id is None or change.method is not None
    method = (change.method or "").partition("/")[0]
    name = _("system") if by_program else change.user_name
    return Row(
        seq=change.seq,
        href=form_url(address, change.path),
        subject=address.subject,
        place=say.place(*address[1:]),
        question=say.question(change.path),
        old=say.answer(change.path, dict(change.old) if change.old else None),
        new=say.answer(change.path, dict(change.new) if change.new else None),
        reason=reason_text(change.reason, current()),
        name=f"{name} ({method})" if by_program and method else name,
        role="" if by_program else say.role(change.role),
        at=change.at_utc,
        origin=change.origin,
        version=change.to_version,
    )
