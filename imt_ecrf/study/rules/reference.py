"""The one-page reference of the rule language, made from its table of functions; knows no page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.study.definition import TranslatedText
from imt_ecrf.study.rules.functions import FACT, FUNCTIONS, ROWS, SERVER_ONLY
from imt_ecrf.study.rules.reference_texts import ENGLISH, RUSSIAN

if TYPE_CHECKING:
    from imt_ecrf.study.rules.functions import Function

FORMS: Final = {
    "exists": "exists(rows, condition)",
    "count": "count(rows, condition?)",
    "every": "every(rows, condition)",
    **{name: f"{name}(rows, value, condition?)" for name in ("sum_of", "mean_of", "min_of", "max_of")},
    **{name: f"{name}(rows, value, condition?)" for name in ("first_of", "last_of")},
    "this": "this('item')",
    "date": "date('2026-03-01')",
    "time": "time('07:05')",
}
"""Functions with a form of their own, which stand in no table."""
RESULTS: Final = {
    **dict.fromkeys(("exists", "every"), "boolean"),
    "count": "integer",
    **dict.fromkeys(("sum_of", "mean_of"), "decimal"),
    **dict.fromkeys(("min_of", "max_of", "first_of", "last_of"), "="),
    "this": "named",
    "date": "date",
    "time": "time",
}
PARTS: Final = (
    ("Answers and their states", "Ответы и их состояния"),
    ("Rows and logs", "Строки и журналы"),
    ("Numbers, texts and dates", "Числа, тексты и даты"),
    ("Facts about the subject, the visits and medicine", "Сведения об участнике, визитах и медицине"),
)
_STATES: Final = ("blank", "filled", "missing", "hidden", "kept", "reason", "coalesce", "any_yes", "all_no")


@dataclass(frozen=True, slots=True)
class Entry:
    """One function: how it is called, the type of what comes, what it gives, and where it runs."""

    name: str
    call: str
    result: str
    text: TranslatedText
    server_only: bool = False


def reference() -> tuple[tuple[TranslatedText, tuple[Entry, ...]], ...]:
    """Give every function by part of the page, in the order of the table."""
    parts: tuple[list[Entry], ...] = ([], [], [], [])
    for name in FORMS:
        parts[2 if name in {"date", "time"} else 1].append(_entry(name, FORMS[name], RESULTS[name]))
    for function in FUNCTIONS.values():
        parts[_part(function)].append(_entry(function.name, _call(function), function.result))
    named = (TranslatedText(*words) for words in PARTS)
    return tuple((title, tuple(entries)) for title, entries in zip(named, parts, strict=True))


def _part(function: Function) -> int:
    if function.name in _STATES:
        return 0
    return {ROWS: 1, FACT: 3}.get(function.side, 2)


def _call(function: Function) -> str:
    return f"{function.name}({', '.join(map(_argument, function.arguments))})"


def _argument(kind: str) -> str:
    """Write the kind of an argument: quoted names as they are, `…` may be repeated, `?` left out."""
    plain = kind.rstrip("?+").partition(":")[0]
    words = {"state": "item", "yes": "item", "label": "code or text", "unit": "item", "ordered": "any"}
    return words.get(plain, plain) + {"?": "?", "+": ", …"}.get(kind[-1], "")


def _entry(name: str, call: str, result: str) -> Entry:
    words = {"=": "as given", "first": "as given", "round": "number", "named": "as the item"}
    words |= {"setting": "as the setting", "line": "record number"}
    said = words.get(result, "code" if result.startswith("as:") else result)
    return Entry(name, call, said, TranslatedText(ENGLISH[name], RUSSIAN[name]), name in SERVER_ONLY)
