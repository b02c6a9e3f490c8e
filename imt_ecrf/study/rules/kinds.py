"""The types of the rule language as short texts (`decimal`, `code:CL_NY`, `ref:F_AE`); knows no value."""

from __future__ import annotations

from typing import Final

BAD: Final = "bad"
"""Type of a part that was refused already: it fits everywhere, so that one mistake is reported once."""
NONE: Final = "none"
NUMBERS: Final = frozenset({"integer", "decimal"})
ORDERED: Final = frozenset({"integer", "decimal", "date", "time", "datetime"})

_OF_ITEMS: Final = {
    "float": "decimal",
    "partial_date": "date",
}
_WORDS: Final = {
    "integer": "a whole number",
    "decimal": "a number",
    "text": "a text",
    "boolean": "a condition",
    "date": "a date",
    "time": "a time",
    "datetime": "a date with time",
    NONE: "None",
    "code": "a code of {}",
    "codes": "several answers of {}",
    "ref": "a record of {}",
}


def of_item(
    data_type: str, codelist: str | None = None, *, multi: bool = False, ref: str | None = None
) -> str:
    """Give the type of an item from its data type, code list and reference."""
    if codelist:
        return f"{'codes' if multi else 'code'}:{codelist}"
    if data_type == "record_ref":
        return f"ref:{ref or ''}"
    return _OF_ITEMS.get(data_type, data_type)


def base(type_: str) -> str:
    """Give a type without its list or form."""
    return type_.partition(":")[0]


def name(type_: str) -> str:
    """Give the list or form of a type."""
    return type_.partition(":")[2]


def words(type_: str) -> str:
    """Describe a type in a sentence."""
    return _WORDS.get(base(type_), type_).format(name(type_))


def common(a: str, b: str) -> str | None:
    """Give the type that holds both, None when there is none; written codes are adopted by the caller."""
    if BAD in {a, b}:
        return BAD
    if b in {a, NONE}:
        return a
    if a == NONE:
        return b
    return "decimal" if {a, b} <= NUMBERS else None
