"""The mistakes a rule can have, with their sentences in both languages; knows no rule."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "S01": ("This cannot be read at sign {n}: {reason}.", "Не читается, знак {n}: {reason}."),
    "S02": ("{construct} is not part of the rule language.", "{construct}: этого нет в языке правил."),
    "S03": (
        "Write the number {text} with digits and one point only.",
        "Запишите число {text} цифрами и одной точкой.",
    ),
    "S04": (
        (
            "A text stands in simple quotes on one line, without prefix or backslash, "
            "and texts are not written side by side."
        ),
        (
            "Текст пишется в простых кавычках в одну строку, без приставки и обратной косой черты, "
            "два текста рядом не ставят."
        ),
    ),
    "S05": ("Write a < b and b < c instead of a < b < c.", "Вместо a < b < c пишите a < b and b < c."),
    "S06": (
        "The rule is too long: at most 2,000 signs, 300 parts, 50 levels, 100 members in a list.",
        "Правило слишком длинное: не более 2000 знаков, 300 частей, 50 уровней, 100 значений в списке.",
    ),
    "S07": (
        "'{c}' at sign {n} is not a Latin letter or sign; it may look like one.",
        "«{c}» (знак {n}) — не латинская буква и не знак языка, хотя может быть похожа.",
    ),
    "T01": ("There is no item {name} here.{near}", "Вопроса {name} здесь нет.{near}"),
    "T02": ("There is no function {name}.{near}", "Функции {name} нет.{near}"),
    "T03": ("{f}() takes {n} values, {m} are given.", "{f}() принимает значений: {n}, указано: {m}."),
    "T04": (
        "{f}(): value {i} must be {wanted}, is {found}.",
        "{f}(): значение {i} — {found}, нужно: {wanted}.",
    ),
    "T05": ("{a} cannot be compared with {b}.", "{a} нельзя сравнить с {b}."),
    "T06": ("{a} has no order: use == or in.", "{a}: порядка нет, используйте == или in."),
    "T07": ("'{code}' is not a code of {list}.{near}", "«{code}» нет в списке {list}.{near}"),
    "T08": ("{part} is {found}; a condition is needed.", "{part} — {found}; нужно условие."),
    "T09": ("{op} needs numbers, not {found}.", "{op}: нужны числа, а не {found}."),
    "T10": (
        "Both results must be of one type, not {a} and {b}.",
        "Результаты должны быть одного типа, а не {a} и {b}.",
    ),
    "T11": ("{f}(): value {i} must be {wanted}.", "{f}(): значение {i} должно быть: {wanted}."),
    "T12": ("There is no {what} {name} here.{near}", "Здесь нет: {what} {name}.{near}"),
    "T13": (
        (
            "{name} stands in the rows of {group}: use an aggregate, prev_row or base_row, "
            "or name columns of one group only."
        ),
        "{name} стоит в строках {group}: нужен агрегат, prev_row, base_row или столбцы одной группы.",
    ),
    "T14": (
        "{name} belongs to {form}, which has many records: use row, exists, at or ever.",
        "{name} относится к {form}, где записей много: используйте row, exists, at или ever.",
    ),
    "T15": ("The result is {found}; {wanted} is needed.", "Результат — {found}; нужно: {wanted}."),
    "T16": (
        "The result may have decimals but {name} is a whole number: use round, floor or ceil.",
        "Результат может быть дробным, а {name} — целое число: используйте round, floor или ceil.",
    ),
    "T17": ("Write blank({name}) or filled({name}).", "Пишите blank({name}) или filled({name})."),
    "T18": ("{name} is not kept in {unit}.", "{name} хранится не в {unit}."),
    "T19": ("The pattern is refused: {reason}.", "Шаблон не принят: {reason}."),
    "T20": ("{text} is not a date or time.", "{text} — не дата и не время."),
    "T21": ("An aggregate cannot stand inside an aggregate.", "Агрегат не может стоять внутри агрегата."),
    "T23": (
        "A record of {a} is compared with a record of {b}.",
        "Запись {a} сравнивается с записью {b}.",
    ),
    "T24": ("Division by zero.", "Деление на ноль."),
    "T25": (
        (
            "After in stands a list such as ('A','B'), with a comma even for one, "
            "or an item with several answers."
        ),
        "После in стоит список вида ('A','B'), с запятой даже для одного, или вопрос-список.",
    ),
    "T26": ("Write the condition without quotes.", "Пишите условие без кавычек."),
    "R01": ("These derivations wait for each other: {circle}.", "Вычисления ждут друг друга: {circle}."),
    "R02": ("{name} is derived and also {other}.", "{name} вычисляется и также {other}."),
    "R03": (
        "These derivations and conditions wait for each other: {circle}.",
        "Вычисления и условия ждут друг друга: {circle}.",
    ),
    "R04": ("{rule} has no case that {does}.", "У {rule} нет примера, который {does}."),
    "X01": (
        "Run time: more than 200 digits, 2,000 rows in an aggregate or 100,000 steps: the rule has no value.",
        "При выполнении: больше 200 цифр, 2000 строк в агрегате или 100 000 шагов: у правила нет значения.",
    ),
    "X02": (
        "Run time: the stored value of {name} does not fit its type; it counts as blank.",
        "При выполнении: сохранённое значение {name} не подходит по типу и считается пустым.",
    ),
}
"""Code of a mistake to its sentence in English and in Russian (RULES 17)."""
KINDS: Final[dict[str, tuple[str, str]]] = {
    "item": ("item", "вопрос"),
    "column": ("column", "столбец"),
    "rows": ("form or group", "форма или группа строк"),
    "form": ("form", "форма"),
    "event": ("event", "визит"),
    "test": ("test", "лабораторный показатель"),
    "setting": ("setting", "настройка"),
}
"""What T12 may not find, in both languages."""


@dataclass(frozen=True, slots=True)
class RuleError:
    """One mistake: `sign` counts characters of the rule text from 1, 0 for the rule as a whole."""

    code: str
    message: str
    sign: int = 0
    russian: str = ""

    def in_(self, language: str) -> str:
        """Give the sentence in a language; English unless Russian is asked for."""
        return self.russian if language == "ru" and self.russian else self.message


def error(code: str, sign: int = 0, near: str | None = None, /, **parts: object) -> RuleError:
    """Make a mistake with its sentences filled in; `near` is a name that may have been meant."""
    english, russian = MESSAGES[code]
    quote = "'" if code == "T07" else ""
    hints = (
        (f" Did you mean {quote}{near}{quote}?", f" Возможно, имелось в виду: {near}.") if near else ("", "")
    )
    what = KINDS.get(str(parts.pop("what", "")), ("", ""))
    return RuleError(
        code,
        english.format(near=hints[0], what=what[0], **parts),
        sign,
        russian.format(near=hints[1], what=what[1], **parts),
    )


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Find the name that was probably meant."""
    found = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return found[0] if found else None
