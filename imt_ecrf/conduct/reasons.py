"""Why a saved value was changed: the list to choose from, and how a choice is kept; knows no form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct.refused import ReasonNeeded, ReasonUnknown
from imt_ecrf.study.values import normal
from imt_ecrf.study.wording import seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OTHER: Final = "OTHER"
ALL: Final = "*"
LONGEST: Final = 500
_SHORTEST: Final = 3

CHANGE_REASONS: Final[dict[str, tuple[str, str]]] = {
    "TYPING": ("Typing error", "Ошибка ввода"),
    "SOURCE": ("Corrected to the source document", "Исправлено по первичной документации"),
    "NEW": ("New information became available", "Получены новые сведения"),
    "QUERY": ("Answer to a query", "По запросу"),
    "WRONG PLACE": ("Entered in the wrong place", "Внесено не туда"),
    OTHER: ("Other", "Другое"),
}
"""Code to the sentence in English and Russian; OTHER asks for words of one's own."""

RECALCULATED: Final = "recalculated"
RANGE_CHANGED: Final = "recalculated: reference range changed"
GROWTH_CHANGED: Final = "recalculated: growth reference imported"
PROGRAM_RU: Final = {
    RECALCULATED: "пересчитано",
    RANGE_CHANGED: "пересчитано: изменены границы нормы",
    GROWTH_CHANGED: "пересчитано: загружен ростовой стандарт",
}
"""Reasons the program itself gives, in Russian."""
NO_LONGER: Final = "no longer applicable: {}"


def read_reason(text: str) -> str:
    """Give a reason as it is kept: a code of the list, or `OTHER: words`; refused when it says nothing."""
    given = normal(text)
    code, _, words = given.partition(":")
    if given.upper() in CHANGE_REASONS and given.upper() != OTHER:
        return given.upper()
    own = normal(words) if code.upper() == OTHER else given
    if sum(map(str.isalnum, seen(own))) < _SHORTEST or len(own) > LONGEST or own.upper() == OTHER:
        raise ReasonUnknown
    return f"{OTHER}: {own}"


def reasons_for(paths: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Find the reason of each changed path: its own, else that of the whole save; ask for missing ones."""
    wanted = sorted(paths)
    found = {path: given.get(path) or given.get(ALL) or "" for path in wanted}
    missing = [path for path in wanted if not normal(found[path])]
    if missing:
        raise ReasonNeeded(missing)
    return {path: read_reason(text) for path, text in found.items()}


def reason_text(kept: str, language: str = "en") -> str:
    """Say a kept reason in words."""
    if kept in CHANGE_REASONS:
        return CHANGE_REASONS[kept][language == "ru"]
    if kept in PROGRAM_RU:
        return PROGRAM_RU[kept] if language == "ru" else kept
    return kept.removeprefix(f"{OTHER}: ")
