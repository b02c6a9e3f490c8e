"""From what a person sends to the cells that are kept, or why they cannot be; knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct.views import Cell, Problem
from imt_ecrf.study.book import Path
from imt_ecrf.study.book import path as take_apart
from imt_ecrf.study.entry import EntryRefused, read_entry
from imt_ecrf.study.values import normal

if TYPE_CHECKING:
    from imt_ecrf.conduct.views import Answer, Answers, Document
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Form, Item, ItemGroup, RowDef

LONGEST_TEXT: Final = 4000
HIGHEST_LINE: Final = 999
DEFAULT_ROWS: Final = 200
PATH_PARTS: Final = (1, 3)
ALLOWED_SIGNS: Final = frozenset("\n\t\r")
NUMBERS: Final = frozenset({"integer", "float"})

PROBLEMS: Final[dict[str, tuple[str, str]]] = {
    "unknown_item": ("This form has no such question.", "В форме нет такого вопроса."),
    "unknown_row": ("This table has no such row.", "В таблице нет такой строки."),
    "struck_row": ("This row was struck out.", "Эта строка вычеркнута."),
    "too_many_rows": ("At most {} rows are possible here.", "Здесь возможно не более {} строк."),
    "derived": ("This value is worked out by the program.", "Это значение рассчитывает программа."),
    "prefilled": ("This cell is fixed by the study.", "Эта ячейка задана исследованием."),
    "carried": ("This is taken over from the first visit.", "Это переносится из первого визита."),
    "not_a_text": ("One answer is needed here.", "Здесь нужен один ответ."),
    "too_long": ("At most {} signs are possible here.", "Здесь возможно не более {} знаков."),
    "sign_not_allowed": ("The text holds a sign that cannot be kept.", "Текст содержит недопустимый знак."),
    "code_not_in_list": ("Choose one of the answers of the list.", "Выберите ответ из списка."),
    "unit_needed": ("Choose the unit.", "Выберите единицу измерения."),
    "unit_not_allowed": ("This unit is not one of this question.", "Эта единица здесь недопустима."),
    "missing_not_allowed": ("This reason is not one of this question.", "Эта причина здесь недопустима."),
    "value_and_missing": (
        "Give the answer or the reason why there is none, not both.",
        "Укажите либо ответ, либо причину его отсутствия.",
    ),
}


@dataclass
class Reading:
    """The outcome of reading answers: cells by path (None: emptied) and what could not be read."""

    cells: dict[str, Cell | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def problem(path: str, code: str, *facts: object) -> Problem:
    """Make a problem of the list above; its sentence may take a figure."""
    en, ru = PROBLEMS[code]
    return Problem(path, code, en.format(*facts), ru.format(*facts))


def carried_items(form: Form, *, first_event: bool) -> frozenset[str]:
    """List the items that are only a view of the first visit's answer at this one."""
    if first_event:
        return frozenset()
    return frozenset(item.oid for item in form.items() if item.carry_forward)


def is_first_event(book: Book, form: str, event: str) -> bool:
    """Tell whether an event is the first of the plan that has this form."""
    first = next((one.oid for one in book.version.events if book.form_ref(one.oid, form)), event)
    return first == event


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form to read answers for: its definition, the items carried over, the language typed in."""

    book: Book
    form: Form
    carried: frozenset[str] = frozenset()
    language: str = "en"


def read_answers(sheet: Sheet, kept: Document, answers: Answers) -> Reading:
    """Read every answer sent; nothing is kept when there is a problem, so that all are told at once."""
    reading = Reading()
    for text, answer in sorted(answers.items()):
        place = _place(sheet.book, sheet.form, text)
        if place is None:
            reading.problems.append(problem(text, "unknown_item"))
            continue
        where, group, item = place
        trouble = _row_trouble(group, where, kept, text) or _forbidden(item, text, sheet.carried)
        if trouble is not None:
            reading.problems.append(trouble)
            continue
        cell = _cell(sheet, item, _row(group, where), text, answer)
        if isinstance(cell, Problem):
            reading.problems.append(cell)
        else:
            reading.cells[text] = cell
    reading.problems.extend(_too_many(sheet.form, kept, reading.cells))
    return reading


def _place(book: Book, form: Form, text: str) -> tuple[Path, ItemGroup, Item] | None:
    if len(text.split(".")) not in PATH_PARTS:
        return None
    where = take_apart(text)
    place = book.places.get(where.item)
    if place is None or place.form.oid != form.oid:
        return None
    wanted = None if place.group.repeating == "no" else place.group.oid
    return (where, place.group, place.item) if where.group == wanted else None


def _row(group: ItemGroup, where: Path) -> RowDef | None:
    return next((row for row in group.rows if row.key == where.row), None)


def _row_trouble(group: ItemGroup, where: Path, kept: Document, text: str) -> Problem | None:
    if group.repeating == "no" or where.row is None:
        return None
    if group.repeating == "fixed_rows":
        return None if _row(group, where) else problem(text, "unknown_row")
    if not _is_line(where.row):
        return problem(text, "unknown_row")
    return problem(text, "struck_row") if f"{group.oid}.{where.row}.@struck" in kept else None


def _is_line(key: str) -> bool:
    return key.isascii() and key.isdigit() and not key.startswith("0") and int(key) <= HIGHEST_LINE


def _forbidden(item: Item, text: str, carried: frozenset[str]) -> Problem | None:
    if item.derived:
        return problem(text, "derived")
    if item.required == "prefilled":
        return problem(text, "prefilled")
    return problem(text, "carried") if item.oid in carried else None


def _cell(sheet: Sheet, item: Item, row: RowDef | None, text: str, answer: Answer) -> Cell | Problem | None:
    value = _value(sheet, item, text, answer)
    if isinstance(value, Problem):
        return value
    if answer.missing:
        if value:
            return problem(text, "value_and_missing")
        allowed = sheet.book.codelists.get(item.missing_reasons or "")
        known = allowed is not None and any(one.value == answer.missing for one in allowed.items)
        return {"m": answer.missing} if known else problem(text, "missing_not_allowed")
    if not value:
        return None
    unit = _unit(item, row, text, answer.unit)
    if isinstance(unit, Problem):
        return unit
    return {"v": value, "u": unit} if unit else {"v": value}


def _value(sheet: Sheet, item: Item, text: str, answer: Answer) -> str | list[str] | Problem:
    if item.multi:
        given = (answer.value,) if isinstance(answer.value, str) else answer.value
        chosen = list(dict.fromkeys(code for code in map(normal, given) if code))
        wrong = [code for code in chosen if not _in_list(sheet.book, item, code)]
        return problem(text, "code_not_in_list") if wrong else chosen
    if not isinstance(answer.value, str):
        return problem(text, "not_a_text")
    if any(_bad(sign) for sign in answer.value):
        return problem(text, "sign_not_allowed")
    stored = read_entry(answer.value, item.data_type, sheet.language)
    if isinstance(stored, EntryRefused):
        return Problem(text, stored.code, stored.message("en"), stored.message("ru"))
    return stored if not stored else _fits(sheet.book, item, text, stored)


def _bad(sign: str) -> bool:
    return (sign < " " and sign not in ALLOWED_SIGNS) or "\ud800" <= sign <= "\udfff" or sign == "\x7f"


def _fits(book: Book, item: Item, text: str, stored: str) -> str | Problem:
    if item.codelist:
        return stored if _in_list(book, item, stored) else problem(text, "code_not_in_list")
    limit = item.length or LONGEST_TEXT
    length = len(stored.lstrip("-")) if item.data_type in NUMBERS else len(stored)
    return problem(text, "too_long", limit) if length > limit else stored


def _in_list(book: Book, item: Item, code: str) -> bool:
    codelist = book.codelists.get(item.codelist or "")
    return codelist is None or any(one.value == code for one in codelist.items)


def _unit(item: Item, row: RowDef | None, text: str, unit: str | None) -> str | Problem | None:
    allowed = row.units if item.units_by_row and row is not None else item.units
    if unit:
        return unit if unit in allowed else problem(text, "unit_not_allowed")
    if not allowed or item.units_by_row:  # the unit of a laboratory row is a question of its own
        return None
    return allowed[0] if len(allowed) == 1 else problem(text, "unit_needed")


def _too_many(form: Form, kept: Document, cells: dict[str, Cell | None]) -> list[Problem]:
    problems = []
    for group in form.groups:
        if group.repeating != "log":
            continue
        rows = _rows(group.oid, kept) | _rows(group.oid, {p: c for p, c in cells.items() if c is not None})
        struck = {
            path.split(".")[1] for path in kept if path.startswith(f"{group.oid}.") and "@struck" in path
        }
        limit = group.max_rows or DEFAULT_ROWS
        if len(rows - struck) > limit:
            problems.append(problem(group.oid, "too_many_rows", limit))
    return problems


def _rows(group: str, cells: Document) -> set[str]:
    return {path.split(".")[1] for path in cells if path.startswith(f"{group}.")}
