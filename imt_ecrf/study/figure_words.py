"""The figures of a check in the words of the forms, in both languages; knows no run and no database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.rules import kinds
from imt_ecrf.study.rules.reference_texts import ENGLISH, RUSSIAN
from imt_ecrf.study.values import Date, DateTime, exact, fixed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import TranslatedText
    from imt_ecrf.study.rules.rule import Node

Figure = tuple["Node", Any]
_PHRASES: Final = """
exists | a line that fits in “{0}” | подходящая запись в «{0}»
count | lines that fit in “{0}” | подходящих записей в «{0}»
age_at | age in years | возраст, лет
row | {2} in “{0}” | {2} в «{0}»
row_exists | the line is in “{0}” | запись есть в «{0}»
dup_row | an earlier line of “{0}” is alike | похожая запись в «{0}»
overlaps_other_row | overlaps an earlier line of “{0}” | пересекается с другой записью в «{0}»
gap_before_row | days since the lines before | дней после предыдущих записей
prev_row | {2}, last time | {2}, в прошлый раз
base_row | {2}, before the first dose | {2}, до первой дозы
missing_rows_from | lines of {0} that are missing | строк визита «{0}», которых нет
extra_rows_vs | lines that {0} does not have | строк, которых нет в визите «{0}»
max_same | most alike in “{0}” | больше всего одинаковых: «{0}»
at | {1} ({0}) | {1} ({0})
at_rows | lines of “{1}” ({0}) | строк «{1}» ({0})
prev | {0}, last time | {0}, в прошлый раз
base | {0}, before the first dose | {0}, до первой дозы
prev_in_schedule | {0}, visit before | {0}, предыдущий визит
ever | {0}: {1} is on record | {0}: {1} есть в записях
ever_before | {0}: {1} is on record earlier | {0}: {1} есть в прошлых записях
last_done | {0}, latest | {0}, последняя
min_date | {0}, earliest | {0}, самая ранняя
max_date | {0}, latest | {0}, самая поздняя
done | “{0}” is complete | «{0}» заполнена
done_at | “{1}” is complete ({0}) | «{1}» заполнена ({0})
lab | {0} | {0}
lab_uln | {0}, upper limit of normal | {0}, верхняя граница нормы
lab_lln | {0}, lower limit of normal | {0}, нижняя граница нормы
lab_grade | {0}, CTCAE grade | {0}, степень CTCAE
lab_grade_at | {1}, CTCAE grade ({0}) | {1}, степень CTCAE ({0})
lab_flag_at | {1}, against the normal range ({0}) | {1}, относительно нормы ({0})
vital_lo | lower limit for the age | нижняя граница для возраста
vital_hi | upper limit for the age | верхняя граница для возраста
makeable | the dose can be made up | дозу можно составить
overdue | {0} is overdue | {0}: срок пропущен
any_data_in_event | another form of this visit holds data | в других формах визита есть данные
same_site_match | another child of the site is alike | похожий пациент в этом центре
on_hold | treatment is interrupted | приём прерван
event | visit | визит
status | state of the child | состояние пациента
"""
PHRASES: Final = {
    name: (en, ru) for name, en, ru in (line.split(" | ") for line in _PHRASES.strip().splitlines())
}
"""What a function tells, shorter than in the reference of the language; {0} is its first argument."""
UNSAID: Final = frozenset({"any_text", "site_cfg"})
"""What is not repeated: free text, and settings, which no form holds."""
ELSEWHERE: Final = frozenset({"prev", "base", "at", "prev_in_schedule", "row", "prev_row", "base_row"})
"""What gives the value of the item named last."""
MONTHS: Final = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": ("янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
}
YES: Final = {"en": ("no", "yes"), "ru": ("нет", "да")}
NOTHING: Final = {"en": "no value", "ru": "нет значения"}
LONGEST: Final = 600
YEAR_MONTH, WHOLE_DAY = 2, 3


def in_words(book: Book, figures: Iterable[Figure]) -> tuple[str, str]:
    """Write figures, each with the node that names it, as people read them: English and Russian."""
    told = [(node, value) for node, value in figures if node.get("f") not in UNSAID]
    return _one(book, told, "en"), _one(book, told, "ru")


def _one(book: Book, told: list[Figure], language: str) -> str:
    say = _Words(book, language)
    text = "; ".join(dict.fromkeys(say.figure(node, value) for node, value in told))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


class _Words:
    """The words of one study in one language."""

    def __init__(self, book: Book, language: str) -> None:
        self.book, self.language = book, language

    def figure(self, node: Node, value: Any) -> str:
        """Write what it is called and what it was."""
        name = self.name(node)
        return f"{name}{'' if name.endswith('?') else ':'} {self.value(node, value)}"

    def name(self, node: Node) -> str:
        """Name what a node stands for."""
        if node["k"] == "item":
            return self._thing(node["id"])
        function = str(node["f"])
        arguments = (
            [self._thing(node["rows"])] if node["k"] == "agg" else list(map(self._argument, node["a"]))
        )
        if function in PHRASES:
            return PHRASES[function][self.language == "ru"].format(*arguments)
        phrase = (RUSSIAN if self.language == "ru" else ENGLISH).get(function, function)
        return f"{phrase} ({', '.join(arguments)})" if arguments else phrase

    def value(self, node: Node, value: Any) -> str:
        """Write what it was."""
        if value is None:
            return NOTHING[self.language]
        if isinstance(value, Mapping):
            unit = self.book.units.get(value.get("u", ""))
            text = self.value(node, value["v"])
            return f"{text} {self._in(unit.symbol)}" if unit else text
        if isinstance(value, tuple | list):
            return ", ".join(self.value(node, one) for one in value)
        return self._text(node, value) if isinstance(value, str) else self._known(value) + self._unit(node)

    def _known(self, value: Any) -> str:
        """Write what was worked out: a condition, a day, a number."""
        if isinstance(value, bool):
            return YES[self.language][value]
        if isinstance(value, Date | DateTime):
            return self._day(value.text)
        text = exact(value)
        return self._number(fixed(value, 2) if "/" in text else text)

    def _text(self, node: Node, text: str) -> str:
        base, named = kinds.base(node["t"]), kinds.name(node["t"])
        if base in {"code", "codes"} and named in self.book.codelists:
            return self.book.codelists[named].text(text, self.language)
        if base in {"date", "datetime"}:
            return self._day(text)
        if base in {"integer", "decimal"}:
            return self._number(text)
        return self._thing(text) if node.get("f") == "event" else text

    def _unit(self, node: Node) -> str:
        """Give the unit in which a rule reads an item elsewhere; figures of other things have none here."""
        named = [node] if node["k"] == "item" else node["a"][-1:] if node.get("f") in ELSEWHERE else []
        item = self.book.places.get(str(named[0].get("id") or named[0].get("v"))) if named else None
        unit = self.book.units.get(item.item.units[0]) if item and item.item.units else None
        return f" {self._in(unit.symbol)}" if unit else ""

    def _argument(self, node: Node) -> str:
        if node["k"] == "name":
            return self._thing(str(node["v"]))
        if node["k"] in {"item", "fact", "call", "agg"}:
            return self.name(node)
        return self._text(node, str(node["v"])) if "v" in node else "…"

    def _thing(self, oid: str) -> str:
        book = self.book
        if oid in book.places:
            return self._in(book.item(oid).question)
        for known in (book.forms, book.events):
            if oid in known:
                return self._in(known[oid].name)
        return self._in(book.groups[oid][0].name) if oid in book.groups else self._test(oid)

    def _test(self, key: str) -> str:
        for _form, group in self.book.groups.values():
            if group.lbcat and self.book.row(group.oid, key) and group.key_item:
                codes = self.book.codelists.get(self.book.item(group.key_item).codelist or "")
                return codes.text(key, self.language) if codes else key
        return key

    def _day(self, text: str) -> str:
        day, _, time = text.partition("T")
        parts = day.split("-")
        words = [str(int(parts[2]))] if len(parts) == WHOLE_DAY else []
        words += [MONTHS[self.language][int(parts[1]) - 1]] if len(parts) >= YEAR_MONTH else []
        return " ".join([*words, parts[0]]) + (f", {time}" if time else "")

    def _number(self, text: str) -> str:
        return text.replace(".", ",") if self.language == "ru" else text

    def _in(self, text: TranslatedText) -> str:
        return text.in_(self.language)
