"""Names of states, moves, conditions and acts in both languages, for tables people read; knows no page."""

from __future__ import annotations

from typing import Final

Names = dict[str, tuple[str, str]]

STATES: Final[Names] = {
    "not started": ("not started", "не начата"),
    "in progress": ("in progress", "в работе"),
    "complete": ("complete", "завершено"),
    "not done": ("not done", "не выполнено"),
    "planned": ("planned", "запланирован"),
    "due": ("due", "пора провести"),
    "overdue": ("overdue", "просрочен"),
    "missed": ("missed", "пропущен"),
    "SCREENING": ("screening", "скрининг"),
    "SCREEN FAILURE": ("screen failure", "не прошёл скрининг"),
    "ENROLLED": ("enrolled", "включён"),
    "ON TREATMENT": ("on treatment", "получает лечение"),
    "OFF TREATMENT": ("off treatment", "лечение завершено"),
    "SAFETY FOLLOW-UP": ("safety follow-up", "наблюдение за безопасностью"),
    "SURVIVAL FOLLOW-UP": ("survival follow-up", "наблюдение за выживаемостью"),
    "COMPLETED": ("completed", "завершил участие"),
    "WITHDRAWN": ("withdrawn", "выбыл"),
    "LOST": ("lost to follow-up", "потерян для наблюдения"),
    "DIED": ("died", "умер"),
    "none": ("none", "нет"),
    "valid": ("valid", "действует"),
    "void": ("void", "недействительна"),
    "open": ("open", "открыт"),
    "answered": ("answered", "есть ответ"),
    "closed": ("closed", "закрыт"),
    "re-opened": ("re-opened", "открыт снова"),
    "cancelled": ("cancelled", "отменён"),
    "verified": ("verified", "сверено"),
    "lapsed": ("lapsed", "утратила силу"),
    "proposed": ("proposed", "предложено"),
    "accepted": ("accepted", "принято"),
    "declined": ("declined", "отклонено"),
    "withdrawn": ("withdrawn", "снято"),
}

MOVES: Final[Names] = {
    "save": ("save", "сохранить"),
    "mark_not_done": ("record as not done", "отметить как невыполненную"),
    "complete": ("complete", "завершить"),
    "strike": ("strike out", "зачеркнуть"),
    "derive": ("recalculation by the program", "пересчёт программой"),
    "add": ("add a single item", "добавить отдельный показатель"),
    "reopen": ("open again", "открыть снова"),
    "day": ("the day comes", "наступление дня"),
    "miss": ("mark as missed", "отметить как пропущенный"),
    "enrol": ("enrol", "включить в исследование"),
    "sign": ("sign", "подписать"),
    "change": ("change of a value", "изменение значения"),
    "ask": ("ask", "задать"),
    "answer": ("answer", "ответить"),
    "close": ("close", "закрыть"),
    "cancel": ("cancel", "отменить"),
    "verify": ("verify", "сверить"),
    "unverify": ("take the mark back", "снять отметку"),
    "propose": ("propose", "предложить"),
    "propose by hand": ("propose by hand", "предложить вручную"),
    "accept": ("accept", "принять"),
    "decline": ("decline", "отклонить"),
    "withdraw": ("take back", "снять"),
}

CONDITIONS: Final[dict[str, str]] = {
    "at least one value is kept": "сохранено хотя бы одно значение",
    "a reason is given": "указана причина",
    "no hard check fires; every soft one is confirmed or becomes a query": (
        "нет срабатывающих обязательных проверок; каждая мягкая подтверждена или становится запросом"
    ),
    "a reason is given; no value is kept": "указана причина; нет сохранённых значений",
    "a line of a log; a reason is given": "строка журнала; указана причина",
    "a value changed": "изменилось значение",
    "a derived value changed": "изменилось расчётное значение",
    "by who enters single items only; nothing is left to settle": (
        "тем, кто вносит только отдельные показатели; нерешённых замечаний нет"
    ),
    "its window opens": "открывается окно визита",
    "its window closes": "закрывается окно визита",
    "a reason is given; nothing is entered": "указана причина; ничего не внесено",
    "the visit took place after all": "визит всё же состоялся",
    "every expected form is complete or not done": "каждая ожидаемая форма завершена или не выполнена",
    "consent; all criteria met; the decision is to enrol": (
        "согласие; все критерии выполнены; решение о включении принято"
    ),
    "the decision is not to enrol, or end of study says so": (
        "решено не включать, или так указано в форме окончания участия"
    ),
    "a dose is in the dosing log": "в журнале приёма препарата есть доза",
    "the decision to stop is recorded": "записано решение прекратить лечение",
    "the safety follow-up visit is open": "открыт визит наблюдения за безопасностью",
    "a survival contact is open": "открыт контакт по выживаемости",
    "end of study or death is recorded": "записано окончание участия или смерть",
    "password; form complete or not done; no hard check fires": (
        "пароль; форма завершена или не выполнена; нет срабатывающих обязательных проверок"
    ),
    "a value, missing reason, unit or derived value changed": (
        "изменилось значение, причина отсутствия, единица или расчётное значение"
    ),
    "as the first time; the void one stays in the history": (
        "как в первый раз; недействительная остаётся в истории"
    ),
    "by who asked, or by the data manager": "тот, кто задал, или менеджер данных",
    "by who asked, or by the data manager; one by one, a reason is given": (
        "тот, кто задал, или менеджер данных; по одному, указана причина"
    ),
    "asked by mistake; a reason is given": "задан по ошибке; указана причина",
    "the value changed": "изменилось значение",
    "the value is the one seen; critical items one by one": (
        "значение то же, что было показано; критические показатели по одному"
    ),
    "the value is the one seen": "значение то же, что было показано",
    "a visit is outside its window, or consent is overdue": "визит вне окна или просрочено согласие",
    "in the monitor's own words": "своими словами монитора",
    "it becomes a line of the log of deviations": "становится строкой журнала отклонений",
    "what it rests on was corrected, or by the monitor who proposed it": (
        "исправлено то, на чём оно основано, или монитором, который его предложил"
    ),
    "signature": "подпись",
    "verification of the changed items": "проверка изменённых полей",
}
"""When a move is allowed and what it voids: the English words of the table to the Russian ones."""

ACTS: Final[Names] = {
    "see_subjects": ("See the list of subjects", "Видеть список пациентов"),
    "see_course": ("See the course of a subject", "Видеть ход участия пациента"),
    "screen": ("Take a child into screening", "Начать скрининг пациента"),
    "enrol": ("Enrol a child", "Включить пациента в исследование"),
    "open_event": ("Open a visit", "Открыть визит"),
    "miss_event": ("Mark a visit as missed", "Отметить визит как пропущенный"),
    "ask_query": ("Ask a query", "Задать запрос"),
    "answer_query": ("Answer a query", "Ответить на запрос"),
    "settle_query": (
        "Close, re-open or cancel one's own query",
        "Закрыть, открыть снова, отменить свой запрос",
    ),
    "settle_any_query": (
        "Close, re-open or cancel any query",
        "Закрыть, открыть снова, отменить любой запрос",
    ),
    "write_note": ("Write a note beside a form", "Оставить заметку к форме"),
    "download_casebook": ("Download a casebook", "Скачать карту пациента"),
    "countersign": ("Countersign a casebook", "Подписать копию карты пациента"),
    "keep_certificate": (
        "Renew or revoke the installation's certificate",
        "Обновлять и отзывать сертификат установки",
    ),
    "see_trail": ("Read the history of changes", "Читать историю изменений"),
    "see_accounts": ("See accounts", "Видеть учётные записи"),
    "manage_accounts": ("Manage accounts", "Управлять учётными записями"),
    "delegate_signing": ("Delegate signing", "Передать право подписи"),
    "see_events_log": ("Read the log of events", "Читать журнал событий"),
    "see_training": ("See whose training is on record", "Видеть, чьё обучение подтверждено"),
    "publish": ("Publish a version of the study", "Опубликовать версию исследования"),
    "rehearse": ("Try a draft on the data kept so far", "Примерить черновик к имеющимся данным"),
    "set_study": ("Set up the study and its sites", "Настроить исследование и его центры"),
    "see_ranges": ("See the laboratories' normal ranges", "Видеть границы нормы лабораторий"),
    "keep_ranges": ("Keep the normal ranges of a laboratory", "Вести границы нормы лаборатории"),
    "mark_items": ("Verify or review answers", "Сверять или проверять ответы"),
    "review_data": ("Review data (data management)", "Проверять данные (менеджмент данных)"),
    "review_medically": ("Review data medically", "Проводить медицинскую проверку данных"),
    "plan_cut": ("Plan the day of a data cut", "Назначать день среза данных"),
    "plan_verification": ("Change the plan of verification", "Менять план сверки"),
    "oversee": ("See figures over all sites", "Видеть показатели по всем центрам"),
}


def state_name(code: str, language: str) -> str:
    """Name a state of the tables in a language."""
    return _named(STATES, code, language)


def move_name(code: str, language: str) -> str:
    """Name a move of the tables in a language."""
    return _named(MOVES, code, language)


def act_name(code: str, language: str) -> str:
    """Name an act that is not about one form in a language."""
    return _named(ACTS, code, language)


def condition(text: str, language: str) -> str:
    """Say in a language when a move is allowed, or what it voids."""
    return CONDITIONS.get(text, text) if language == "ru" else text


def _named(names: Names, code: str, language: str) -> str:
    return names[code][language == "ru"] if code in names else code
