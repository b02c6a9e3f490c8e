"""The fixed words of the printed casebook in English and Russian."""

from __future__ import annotations

from typing import Final

from imt_ecrf.reporting.pages import Both

UI: Final = {
    "casebook": Both("Casebook", "Карта пациента (ИРК)"),
    "contents": Both("Contents", "Содержание"),
    "manifest": Both("Signature manifest", "Перечень подписей"),
    "manifest_note": Both(
        "Every signature with the SHA-256 of the content it was given to. Void signatures stay listed.",
        "Каждая подпись с суммой SHA-256 подписанного содержания. Недействительные подписи остаются.",
    ),
    "sheet": Both("sheet", "лист"),
    "blank": Both("(blank)", "(пусто)"),
    "not_expected": Both("not expected", "не ожидается"),
    "verified_yes": Both("yes", "да"),
    "verified_due": Both("due", "ждёт"),
    "calc": Both("calc.", "расч."),
    "no": Both("№", "№"),
    "question": Both("Question", "Вопрос"),
    "answer": Both("Answer", "Ответ"),
    "unit": Both("Unit", "Единица"),
    "verified": Both("Verified", "Сверено"),
    "see": Both("See", "См."),
    "see_short": Both("Ver., see", "Св., см."),
    "below": Both("below", "ниже"),
    "test": Both("Test", "Показатель"),
    "result": Both("Result", "Результат"),
    "range": Both("Range", "Границы"),
    "flag": Both("Flag", "Отметка"),
    "grade": Both("CTCAE", "CTCAE"),
    "significant": Both("Clin. sign.", "Клин. знач."),
    "struck": Both("STRUCK OUT", "ВЫЧЕРКНУТО"),
    "no_rows": Both("no rows", "строк нет"),
    "signatures": Both("Signatures", "Подписи"),
    "signer": Both("Name, role", "Имя, роль"),
    "meaning": Both("Meaning", "Значение"),
    "when": Both("When (UTC)", "Когда (UTC)"),
    "state": Both("State", "Состояние"),
    "state_valid": Both("valid", "действительна"),
    "state_void": Both("void", "недействительна"),
    "signed_record": Both("Signed record", "Подписана запись"),
    "no_signature": Both("No signature.", "Подписей нет."),
    "queries": Both("Queries", "Запросы"),
    "step": Both("Step", "Шаг"),
    "who": Both("Who", "Кто"),
    "text": Both("Text", "Текст"),
    "origin": Both("origin", "источник"),
    "history": Both("History", "История"),
    "saves": Both("saves", "сохранений"),
    "entries": Both("entries", "записей"),
    "item": Both("Item", "Показатель"),
    "old": Both("Old", "Было"),
    "new": Both("New", "Стало"),
    "why": Both("Why", "Почему"),
    "first_entry": Both("First entry", "Первый ввод"),
    "no_saves": Both("Nothing has been saved.", "Ничего не сохранялось."),
    "skipped": Both("Not asked, because of earlier answers", "Не задавались из-за предыдущих ответов"),
    "legend": Both(
        "Verified against source: ● yes, ○ due, – not planned. ƒ calculated by the system. "
        "△ n changed after first entry, see save n. Qn query.",
        "Сверка с первичной документацией: ● да, ○ ждёт, – не запланирована. ƒ рассчитано системой. "
        "△ n изменено после первого ввода, см. сохранение n. Qn запрос.",
    ),
    "mark_signed": Both("■ SIGNED", "■ ПОДПИСАНО"),
    "mark_draft": Both("○ NOT SIGNED", "○ НЕ ПОДПИСАНО"),
    "mark_void": Both("□ SIGNATURE VOID", "□ ПОДПИСЬ НЕДЕЙСТВИТЕЛЬНА"),
    "mark_plain": Both("", ""),
    "short_signed": Both("signed", "подписано"),
    "short_draft": Both("not signed", "не подписано"),
    "short_void": Both("void", "недейств."),
    "what_this_is": Both("What this is", "Что это"),
    "at_a_glance": Both("Forms and signatures", "Формы и подписи"),
    "part": Both("Part", "Раздел"),
    "forms": Both("Forms", "Форм"),
    "signed": Both("■ signed", "■ подписано"),
    "void": Both("□ void", "□ недейств."),
    "unsigned": Both("not signed", "не подписано"),
    "open_queries": Both("Open queries", "Открытых запросов"),
    "visits": Both("Visits", "Визиты"),
    "logs": Both("Logs", "Журналы"),
    "all": Both("All", "Всего"),
    "signers": Both("Who signed", "Кто подписал"),
    "signers_note": Both(
        "One line per signer and meaning; every single signature is listed in the manifest at the end.",
        "Одна строка на подписавшего и значение; каждая подпись указана в перечне в конце.",
    ),
    "first_last": Both("First and last (UTC)", "Первая и последняя (UTC)"),
    "verify": Both("How to verify this copy", "Как проверить эту копию"),
    "verify_1": Both(
        "Open the file in a PDF reader that trusts the installation's authority: the seal must be valid.",
        "Откройте файл в программе, доверяющей удостоверяющему центру установки: печать должна быть верна.",
    ),
    "verify_2": Both(
        "A reader may show later additions as valid: only a seal that covers the whole file counts.",
        "Программа может показать верной и печать с добавлениями: она должна покрывать весь файл.",
    ),
    "verify_3": Both(
        "Compare the state fingerprint with the one the system gives for this subject: when it differs, "
        "data have changed since.",
        "Сравните отпечаток состояния с отпечатком в системе: если он другой, данные с тех пор изменились.",
    ),
    "subject": Both("Subject", "Пациент"),
    "site": Both("Site", "Центр"),
    "scope": Both("Scope", "Состав"),
    "versions": Both("Study versions", "Версии исследования"),
    "as_of": Both("Data as of", "Данные на"),
    "made_by": Both("Made by", "Составил"),
    "this_is": Both("This is", "Это"),
    "fingerprint": Both("State fingerprint", "Отпечаток состояния"),
    "tree_head": Both("Tree head", "Вершина журнала"),
    "visit_form": Both("Visit, form", "Визит, форма"),
    "signed_on": Both("Signed", "Подписано"),
    "page": Both("Page", "Стр."),
    "visit": Both("Visit", "Визит"),
    "form": Both("Form", "Форма"),
    "record": Both("record", "запись"),
    "empty_forms": Both("Forms without data", "Формы без данных"),
    "window": Both("Window", "Окно"),
    "form_version": Both("Form, version", "Форма, версия"),
    "took_place": Both("Took place", "Состоялся"),
    "last_change": Both("Record", "Запись"),
    "entry_state": Both("Entry", "Ввод"),
    "signature": Both("Signature", "Подпись"),
    "question_if": Both("Asked if", "Задаётся, если"),
}

STATES: Final = {
    "not started": Both("not started", "не начата"),
    "in progress": Both("in progress", "в работе"),
    "complete": Both("complete", "заполнена"),
    "not done": Both("not done", "не выполнено"),
    "planned": Both("planned", "запланирован"),
    "due": Both("due", "ожидается"),
    "overdue": Both("overdue", "просрочен"),
    "missed": Both("missed", "пропущен"),
    "open": Both("open", "открыт"),
    "answered": Both("answered", "отвечен"),
    "closed": Both("closed", "закрыт"),
    "re-opened": Both("re-opened", "возвращён"),
    "cancelled": Both("cancelled", "отменён"),
}

ORIGINS: Final = {
    "screen": Both("screen", "экран"),
    "import": Both("import", "импорт"),
    "cli": Both("command line", "командная строка"),
    "demo": Both("screen", "экран"),
    "derivation": Both("calculated", "расчёт"),
    "system": Both("calculated", "расчёт"),
    "person": Both("person", "человек"),
    "check": Both("edit check", "проверка"),
}

FLAGS: Final = {
    "HIGH": (Both("high", "выше"), "▲ "),
    "LOW": (Both("low", "ниже"), "▼ "),
    "NORMAL": (Both("normal", "норма"), ""),
    "ABNORMAL": (Both("abnormal", "отклонение"), "◆ "),
}


def word(table: dict[str, Both], key: str) -> Both:
    """Give a word of a table; an unknown key stands for itself."""
    return table.get(key, Both(key, key))
