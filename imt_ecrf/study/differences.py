"""What another version of the study changes in its forms, said by form and question; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, Item, TranslatedText

How = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One question that is new, gone, or asked in another way."""

    item: str
    question: TranslatedText
    how: How


@dataclass(frozen=True, slots=True)
class FormChange:
    """One form that is new, gone, or changed, with its questions that are not as they were."""

    form: str
    name: TranslatedText
    how: How
    items: tuple[ItemChange, ...] = ()


def between(old: Book, new: Book, before: Iterable[str], now: Iterable[str]) -> tuple[FormChange, ...]:
    """List how these forms of the new version differ from those of the old one, in the order of the study."""
    was, are = set(before) & old.forms.keys(), set(now) & new.forms.keys()
    changes = [_of_form(old, new, oid, was) for oid in new.forms if oid in are]
    gone = [FormChange(oid, old.forms[oid].name, "removed") for oid in old.forms if oid in was - are]
    return (*(one for one in changes if one is not None), *gone)


def _of_form(old: Book, new: Book, oid: str, was: set[str]) -> FormChange | None:
    form = new.forms[oid]
    if oid not in was:
        return FormChange(oid, form.name, "added")
    items = tuple(_items(old, new, old.forms[oid], form))
    if not items and _frame(old.forms[oid]) == _frame(form):
        return None
    return FormChange(oid, form.name, "changed", items)


def _items(old: Book, new: Book, was: Form, form: Form) -> Iterator[ItemChange]:
    known, present = {one.oid: one for one in was.items()}, {one.oid for one in form.items()}
    for item in form.items():
        if item.oid not in known:
            yield ItemChange(item.oid, item.question, "added")
        elif _asked(old, known[item.oid]) != _asked(new, item):
            yield ItemChange(item.oid, item.question, "changed")
    for oid, item in known.items():
        if oid not in present:
            yield ItemChange(oid, item.question, "removed")


def _asked(book: Book, item: Item) -> tuple[object, ...]:
    """Give all that somebody who answers or verifies notices of a question: not its cases or export names."""
    lists = tuple(book.codelists[oid].items for oid in (item.codelist, item.missing_reasons) if oid)
    units = tuple(book.units[oid].symbol for oid in item.units)
    rule = item.show_if.text if item.show_if else ""
    return (
        *(item.question, item.help, item.data_type, item.required, item.length, item.decimals, item.multi),
        *(item.range, rule, item.method, item.carry_forward, item.critical, item.originator, item.constant),
        *(lists, units),
    )


def _frame(form: Form) -> tuple[object, ...]:
    """Give a form without its questions: its name, its sections, their rows."""
    return form.name, form.repeating, tuple(replace(group, items=()) for group in form.groups)
