"""A condition of a question in words for who fills a form by hand; knows no evaluation of rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imt_ecrf.reporting.pages import Both
from imt_ecrf.reporting.paper import numbers

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form

CODES: Final = re.compile(r"(\w+) (==|!=|in|not in) (\((?:'[^']*',? ?)+\)|'[^']*')")
NUMBER: Final = re.compile(r"(\w+) (==|!=|<|>|<=|>=) (-?[\d.]+)")
FILLED: Final = re.compile(r"filled\((\w+)\)")
SIGNS: Final = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}
NOT: Final = ("!=", "not in")


SELDOM: Final = Both(
    "the guide asks for it (only in some cases)", "этого требует руководство (только в некоторых случаях)"
)
"""What is said of a rule that is too long for a sheet of paper; nobody fills in by hand from program code."""


def in_words(book: Book, form: Form, rule: str) -> Both:
    """Say a condition by numbers of questions and texts of choices; SELDOM where that is not plain."""
    all_of, one_of = rule.split(" and "), rule.split(" or ")
    pieces, between = (one_of, (" or ", " или ")) if len(one_of) > len(all_of) else (all_of, ("; ", "; "))
    found = [_one(book, form, piece.strip()) for piece in pieces]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return SELDOM
    en, ru, together = zip(
        *((one.en, one.ru, one.together or f"{one.en} / {one.ru}") for one in known), strict=True
    )
    return Both(between[0].join(en), between[1].join(ru), "; ".join(together) if pieces is all_of else "")


def _one(book: Book, form: Form, piece: str) -> Both | None:
    number = numbers(form)
    if (found := FILLED.fullmatch(piece)) and found[1] in number:
        return Both(f"№ {number[found[1]]} is answered", f"на № {number[found[1]]} дан ответ")
    if (found := NUMBER.fullmatch(piece)) and found[1] in number:
        said = f"№ {number[found[1]]} {SIGNS.get(found[2], found[2])} {found[3]}"
        return Both(said, said.replace(".", ","))
    found = CODES.fullmatch(piece)
    item = book.item(found[1]) if found and found[1] in number else None
    if found is None or item is None or item.codelist not in book.codelists:
        return None
    codes = book.codelists[item.codelist]
    values = re.findall(r"'([^']*)'", found[3])
    en, ru = (", ".join(codes.text(value, language) for value in values) for language in ("en", "ru"))
    less = ("not ", "не ") if found[2] in NOT else ("", "")
    words = f"{less[0]}{en}", f"{less[1]}{ru}", f"{less[0]}{en} / {less[1]}{ru}"
    return Both(*(f"№ {number[found[1]]}: {said}" for said in words))
