"""What the pages of ranges show and read: words of a range, its fields, its versions; decides nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.clinical.labs import laboratory_key
from imt_ecrf.conduct.range_wish import RangeNotPossible, RangeWish, age_days, age_text, table_faults
from imt_ecrf.study.laboratory import panels
from imt_ecrf.web.dates import figure
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.i18n import ngettext
from imt_ecrf.web.typed import day_to_keep
from imt_ecrf.web.words import printed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imt_ecrf.clinical.range_table import RangeFault
    from imt_ecrf.conduct.ranges import RangeView
    from imt_ecrf.study.book import Book

FIELDS: Final = (
    *("site", "laboratory", "test", "unit", "sex", "age_from", "age_from_in", "age_to", "age_to_in"),
    *("low", "high", "valid_from", "last_day", "reason"),
)
DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Words:
    """Tests, units, ages and states of ranges in the language of the page."""

    book: Book
    language: str

    def test(self, code: str) -> str:
        """Name a test as the form does."""
        for panel in panels(self.book):
            listed = self.book.codelists.get(panel.group.items[0].codelist or "")
            for item in listed.items if listed else ():
                if item.value == code:
                    return item.text.in_(self.language)
        return code

    def unit(self, oid: str) -> str:
        """Give the sign of a unit."""
        return printed(self.book.units[oid].symbol.in_(self.language)) if oid in self.book.units else oid

    def sex(self, code: str | None) -> str:
        """Say for whom a range holds."""
        return {"F": _("Girls"), "M": _("Boys")}.get(code or "", _("Any"))

    def ages(self, start: int, end: int | None) -> str:
        """Say for which ages a range holds, the end excluded."""
        if end is None:
            return _("Any") if start == 0 else _("from %(age)s", age=_age(start))
        return _("%(start)s to under %(end)s", start=_age(start), end=_age(end))

    def limit(self, text: str | None) -> str:
        """Write a limit."""
        return figure(text, self.language) if text else "–"

    def fault(self, one: RangeFault) -> str:
        """Say which ages have no range between two bands."""
        who = {"F": _("girls"), "M": _("boys")}.get(one.sex or "", "")
        return f"{self.test(one.test)}: {who}, {self.ages(one.age_from, one.age_to)}"


def _age(days: int) -> str:
    text = age_text(days)
    number, unit = int(text[:-1]), text[-1]
    if unit == "y":
        return ngettext("%(num)d year", "%(num)d years", number)
    if unit == "m":
        return ngettext("%(num)d month", "%(num)d months", number)
    return ngettext("%(num)d day", "%(num)d days", number)


def nothing() -> dict[str, str]:
    """Give the fields of a range nobody has typed yet."""
    return dict.fromkeys(FIELDS, "") | {"age_from": "0", "age_from_in": "y", "age_to_in": "y"}


def given(form: Mapping[str, str]) -> dict[str, str]:
    """Give the fields as they were typed."""
    return {name: form.get(name, "").strip() for name in FIELDS}


def filled(one: RangeView) -> dict[str, str]:
    """Give the fields of a range that is to be replaced; the new first day and the reason stay empty."""
    wish = one.wish
    start, end = age_text(wish.age_from), age_text(wish.age_to) if wish.age_to is not None else "y"
    return nothing() | {
        "site": one.site, "laboratory": wish.laboratory, "test": wish.test, "unit": wish.unit,
        "sex": wish.sex or "", "age_from": start[:-1], "age_from_in": start[-1], "age_to": end[:-1],
        "age_to_in": end[-1], "low": wish.low or "", "high": wish.high or "",
    }  # fmt: skip


def wish_of(fields: Mapping[str, str]) -> RangeWish:
    """Read a range from its fields; Refused names the field that cannot be read."""
    first = day_to_keep(fields["valid_from"], _("First day in force"))
    last = day_to_keep(fields["last_day"], _("Last day in force"))
    if first is None:
        raise RangeNotPossible("Give the first day in force.", "Укажите первый день действия.")
    start = _bound(fields["age_from"] or "0", fields["age_from_in"])
    end = _bound(fields["age_to"], fields["age_to_in"]) if fields["age_to"] else None
    return RangeWish(
        fields["laboratory"], fields["test"], fields["unit"], first, low=fields["low"], high=fields["high"],
        sex=fields["sex"] or None, age_from=start, age_to=end, valid_to=last + DAY if last else None,
    )  # fmt: skip


def _bound(number: str, unit: str) -> int:
    days = age_days(f"{number}{unit or 'y'}")
    if days is None:
        raise RangeNotPossible(f"{number}: an age is a whole number.", f"{number}: возраст — целое число.")
    return days


def chosen_of(known: Iterable[RangeView], chosen: Mapping[str, str], on: dt.date | None) -> list[RangeView]:
    """Give the ranges that meet the filters; without `all` only those that hold on some day."""
    laboratory = laboratory_key(chosen["laboratory"])
    return [
        one
        for one in known
        if (chosen["all"] or one.holds)
        and chosen["site"] in {"", one.site}
        and laboratory in {"", laboratory_key(one.wish.laboratory)}
        and chosen["test"] in {"", one.wish.test}
        and (on is None or one.on(on))
    ]


def laboratories(known: Iterable[RangeView]) -> list[str]:
    """List the names of laboratories, each once."""
    named = {laboratory_key(one.wish.laboratory): one.wish.laboratory for one in known}
    return sorted(named.values(), key=str.casefold)


def gaps(known: Iterable[RangeView], book: Book) -> tuple[tuple[str, RangeFault], ...]:
    """List the ages between two bands of a test for which its laboratory, by name, registered nothing."""
    tests = _tests(book)
    names: dict[str, str] = {}
    sites: dict[str, list[RangeWish]] = {}
    for one in known:
        if one.holds and one.wish.test in tests:
            names[laboratory_key(one.wish.laboratory)] = one.wish.laboratory
            sites.setdefault(one.site, []).append(one.wish)
    faults = (fault for wishes in sites.values() for fault in table_faults(wishes) if fault.kind == "gap")
    return tuple((names.get(fault.lab or "", ""), fault) for fault in faults)


def _tests(book: Book) -> set[str]:
    return {row.key for panel in panels(book) for row in panel.group.rows}


def line_of(known: Iterable[RangeView], one: RangeView) -> list[RangeView]:
    """Give what a range replaced and what replaced it, oldest first."""
    everyone = {view.id: view for view in known}
    before = one
    while before.replaces in everyone:
        before = everyone[before.replaces]
    line, wanted = [], {before.id}
    for view in sorted(everyone.values(), key=lambda view: (view.entered_at, view.id)):
        if view.id in wanted or view.replaces in wanted:
            wanted.add(view.id)
            line.append(view)
    return line
