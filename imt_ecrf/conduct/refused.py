"""Why an act on data was refused, in the user's words; knows no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imt_ecrf.policy.refusals import Refused

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from imt_ecrf.conduct.views import Document, Finding, Problem


class Unkept(Refused):
    """Some answers cannot be kept as they are; nothing was saved."""

    ru = "Некоторые ответы нельзя сохранить в таком виде; ничего не сохранено."

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class StaleVersion(Refused):
    """Somebody saved this form after it was opened here; nothing was saved."""

    ru = "После открытия формы её сохранил другой пользователь; ничего не сохранено."
    status = 409

    def __init__(
        self,
        base: Document,
        theirs: Document,
        mine: Document,
        *,
        version: int,
        at: dt.datetime | None = None,
        by: str = "",
    ) -> None:
        super().__init__()
        self.base, self.theirs, self.mine = base, theirs, mine
        self.version, self.at, self.by = version, at, by


class ReasonNeeded(Refused):
    """A saved value is changed or cleared: give the reason."""

    ru = "Сохранённое значение меняется или удаляется: укажите причину."

    def __init__(self, paths: Iterable[str]) -> None:
        super().__init__()
        self.paths = tuple(paths)


class CommentTooLong(Refused):
    """Write a comment of at most 400 signs."""

    ru = "Комментарий — не более 400 знаков."


class HiddenHold(Refused):
    """Some questions are no longer asked but still hold an answer: clear them or go back."""

    ru = "Некоторые вопросы больше не задаются, но содержат ответ: очистить их или вернуться."
    status = 409

    def __init__(self, paths: Iterable[str]) -> None:
        super().__init__()
        self.paths = tuple(paths)


class FormIsLocked(Refused):
    """This form is locked; ask the data manager to unlock it."""

    ru = "Форма закрыта; попросите дата-менеджера открыть её."
    status = 409


class FormIsFrozen(Refused):
    """This form is frozen; ask the data manager to release it."""

    ru = "Форма заморожена; попросите дата-менеджера снять заморозку."
    status = 409


class FormIsNotDone(Refused):
    """This form is marked as not done; take that back before answering."""

    ru = "Форма отмечена как «не выполнено»; сначала снять эту отметку."
    status = 409


class FormHoldsAnswers(Refused):
    """This form holds answers; clear them before marking it as not done."""

    ru = "Форма содержит ответы; очистить их, прежде чем отметить «не выполнено»."
    status = 409


class LineIsStruck(Refused):
    """This line was struck out and takes no more answers."""

    ru = "Строка вычеркнута и больше не изменяется."
    status = 409


class NotComplete(Refused):
    """This form cannot be completed yet."""

    ru = "Форму пока нельзя завершить."

    def __init__(self, findings: Iterable[Finding]) -> None:
        super().__init__()
        self.findings = tuple(findings)


class SaveRepeated(Refused):
    """This save has already been done with other answers; open the form again."""

    ru = "Это сохранение уже выполнено с другими ответами; открыть форму заново."
    status = 409


class ReasonUnknown(Refused):
    """Choose the reason from the list; with Other, say what it was."""

    ru = "Выберите причину из списка; для «Другое» укажите, какая."


class ForReasons(Refused):
    """This cannot be done yet."""

    ru = "Это пока невозможно."

    def __init__(self, reasons: Iterable[tuple[str, str]]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(en for en, _ in self.reasons))

    def listed(self, language: str = "en") -> list[str]:
        """List the reasons in a language."""
        return [ru if language == "ru" else en for en, ru in self.reasons]

    def text(self, language: str = "en") -> str:
        """Say it with every reason, in a language."""
        sentence = self.ru if language == "ru" else str(self.__doc__)
        return " ".join([sentence, *self.listed(language)])


class EnrolmentRefused(ForReasons):
    """This child cannot be enrolled yet."""

    ru = "Пациента пока нельзя включить."


class NotBegun(ForReasons):
    """This cannot be begun now."""

    ru = "Это сейчас нельзя начать."
    status = 409


class EventNotPossible(Refused):
    """This visit cannot be opened now."""

    ru = "Этот визит сейчас нельзя открыть."
    status = 409


class LastVisitEmpty(Refused):
    """Nothing is entered yet at the last unscheduled visit; use that one before adding another."""

    ru = "В последний внеплановый визит ещё ничего не внесено; используйте его, прежде чем добавлять новый."
    status = 409


class EventHoldsData(Refused):
    """This visit holds answers and cannot be marked as missed."""

    ru = "Визит содержит ответы; его нельзя отметить как пропущенный."
    status = 409
