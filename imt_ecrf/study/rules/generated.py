"""The checks every study has without writing them: required, range, not in the future, kept (RULES 13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.definition import Form, Item, ItemGroup, Range, StudyVersion

Level = Literal["hard", "soft"]
DATES: Final = frozenset({"date", "partial_date"})
STANDARD: Final = "STRESN"
RESULT: Final = "ORRES"


@dataclass(frozen=True, slots=True)
class GeneratedCheck:
    """A check made from a definition; its OID says what it is about: `required(AETERM)`."""

    oid: str
    level: Level
    home: str
    at: str
    text: str
    en: str
    ru: str


def generated_checks(version: StudyVersion) -> Iterator[GeneratedCheck]:
    """Make the checks of every item, in the order of forms."""
    written: dict[str, str] = {}
    for check in version.checks:
        written[check.home] = f"{written.get(check.home, '')}\n{check.rule.text}"
    for form in version.forms:
        for group in form.groups:
            for item in group.items:
                yield from _of_item(form, item, written.get(form.oid, ""))
            yield from _of_rows(form, group)


def _of_item(form: Form, item: Item, written: str) -> Iterator[GeneratedCheck]:
    oid = item.oid
    if item.required == "hard" or item.required == "soft":  # noqa: PLR1714 - narrows the level
        en, ru = "An answer or a reason is needed here.", "Здесь нужен ответ или причина его отсутствия."
        yield GeneratedCheck(f"required({oid})", item.required, form.oid, oid, f"blank({oid})", en, ru)
    if item.range:
        yield from _ranges(form, oid, oid, item.range)
    if item.data_type in DATES and f"{oid} > today()" not in written:
        en, ru = "The date is in the future.", "Дата относится к будущему."
        yield GeneratedCheck(f"future({oid})", "hard", form.oid, oid, f"{oid} > today()", en, ru)
    if item.show_if and f"kept({oid})" not in written:
        en = "This question is not expected but holds a value: clear it, or correct the answer it hangs on."
        ru = (
            "Вопрос не задаётся, но значение сохранено: удалите его или исправьте ответ, с которым он связан."
        )
        yield GeneratedCheck(f"kept({oid})", "soft", form.oid, oid, f"kept({oid})", en, ru)


def _of_rows(form: Form, group: ItemGroup) -> Iterator[GeneratedCheck]:
    """Make the range checks of a panel: limits of a row are in the standard unit of its test."""
    columns = [item.oid for item in group.items]
    value = next((oid for oid in columns if oid.endswith(STANDARD)), None)
    result = next((oid for oid in columns if oid.endswith(RESULT)), value)
    key = group.key_item
    for row in group.rows:
        if row.range and value and result and key:
            this_row = f"{key} == '{row.key}' and "
            yield from _ranges(form, value, result, row.range, condition=this_row, suffix=f",{row.key}")


def _ranges(
    form: Form, value: str, at: str, limits: Range, *, condition: str = "", suffix: str = ""
) -> Iterator[GeneratedCheck]:
    pairs: tuple[tuple[Level, tuple[str, str] | None], ...] = (("hard", limits.hard), ("soft", limits.soft))
    for level, pair in pairs:
        if pair is None:
            continue
        lo, hi = pair
        outside = f"{value} < {lo} or {value} > {hi}"
        text = f"{condition}({outside})" if condition else outside
        en, ru = f"The value is outside {lo} to {hi}.", f"Значение вне пределов от {lo} до {hi}."
        yield GeneratedCheck(f"range_{level}({at}{suffix})", level, form.oid, at, text, en, ru)
