"""A form of forty questions beside those of the trial, taken from the trial's own; no trial has this form."""

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from imt_ecrf.conduct.views import Answer
from imt_ecrf.study.definition import Form, FormRef, FormRights, ItemGroup, TranslatedText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.definition import Item, StudyVersion

ITEMS = 40
FORM = "F_FORTY"
EVENT = "SE_SCR"
NUMBER = "FORTY19"
"""The one of them that takes a number."""
DAY = "2026-03-02"
NAME = TranslatedText("Forty questions", "Сорок вопросов")
# one of each text that a type other than a number takes
_TEXTS = {
    "date": DAY,
    "partial_date": "2026-03",
    "time": "09:40",
    "datetime": f"{DAY}T09:40",
    "text": "as seen",
}


def with_forty(version: "StudyVersion") -> "StudyVersion":
    """Add the form to the screening visit, for the coordinator to fill.

    Its questions are forty plain ones of the trial, evenly spaced through it (choices, numbers with units and
    limits, dates, texts), each with a name of its own; the generated checks speak of them.
    """
    plain = [item for form in version.forms for item in form.items() if _plain(item)]
    taken = (plain[number * len(plain) // ITEMS] for number in range(ITEMS))
    items = tuple(replace(item, oid=f"FORTY{number:02d}") for number, item in enumerate(taken))
    form = Form(FORM, NAME, "1", "per_event", (ItemGroup("G_FORTY", NAME, "no", items),))
    events = tuple(
        replace(event, forms=(*event.forms, FormRef(FORM, "R"))) if event.oid == EVENT else event
        for event in version.events
    )
    rights = FormRights(FORM, ("CRC",), ("CRA",), ("PI",))
    return replace(version, forms=(*version.forms, form), events=events, rights=(*version.rights, rights))


def answers(version: "StudyVersion") -> dict[str, Answer]:
    """Give an answer to each of the forty questions that no check speaks against."""
    form = next(one for one in version.forms if one.oid == FORM)
    first = {codelist.oid: codelist.items[0].value for codelist in version.codelists}
    return {item.oid: _answer(item, first) for item in form.items()}


def _plain(item: "Item") -> bool:
    """Tell whether a question stands by itself: typed by the site, always asked, in a box of its own."""
    bound = item.show_if or item.condition or item.method or item.ref_form or item.originator
    kept = item.carry_forward or item.multi or item.units_by_row or item.constant
    return item.required in {"hard", "soft"} and not bound and not kept


def _answer(item: "Item", first: dict[str, str]) -> Answer:
    unit = item.units[0] if item.units else None
    if item.codelist:
        return Answer(first[item.codelist], unit)
    return Answer(_TEXTS.get(item.data_type) or _number(item), unit)


def _number(item: "Item") -> str:
    limits = next(_limits(item), None)
    if limits is None:
        return "7"
    low, high = map(Decimal, limits)
    middle = (low + high) / 2
    places = Decimal(1).scaleb(-(item.decimals or 0)) if item.data_type == "float" else Decimal(1)
    return str(middle.quantize(places))


def _limits(item: "Item") -> "Iterator[tuple[str, str]]":
    if item.range:
        yield from (one for one in (item.range.soft, item.range.hard) if one)
