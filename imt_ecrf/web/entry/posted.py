"""What a page of a form sends, as answers, reasons and confirmations; a control is named by its path."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct.reasons import ALL, OTHER
from imt_ecrf.conduct.views import Answer
from imt_ecrf.policy.refusals import Refused
from imt_ecrf.study.wording import said
from imt_ecrf.web.entry.boxes import untouched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

    from imt_ecrf.conduct.views import Document, FormRecord
    from imt_ecrf.web.entry.sheet import FormSheet

PARTS: Final = frozenset({"unit", "missing", "reason"})
OWN: Final = frozenset(
    {"csrf_token", "version", "save_number", "act", "reason", "reason_text", "clear", "draft", "go"}
)

CONFIRM: Final = "confirm:"
SAY: Final = "say:"
SEEN: Final = "seen:"
TALK: Final = (CONFIRM, SAY, SEEN)
"""How fields begin that are no answers: comments on checks, replies to queries and what of these was read."""
ANSWER: Final = "answer:"
"""How the act is named that answers a query: its id follows."""
_VERSION: Final = re.compile(r"[0-9]{1,9}")
CHOOSE: Final = "choose:"
BOTH: Final = "both:"


class VersionUnknown(Refused):
    """The page named no version this form ever had; nothing was saved. Look at it and save again."""

    ru = "Страница назвала версию, которой у формы не было; ничего не сохранено. Проверьте и сохраните снова."


@dataclass(frozen=True, slots=True)
class Posted:
    """A submitted form: answers by path, and what goes with them.

    `strange`: what was sent as the version the page was built from is none this form ever had; `version` is
    then the one it has.
    """

    answers: Mapping[str, Answer]
    reasons: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    strange: bool = False
    save_number: str | None = None
    act: str = "save"
    clear: bool = False
    reason: str = ""
    reason_text: str = ""
    replies: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)

    @property
    def answers_query(self) -> str:
        """Give the id of the query the person answers with this save; empty when he saves only."""
        return self.act.removeprefix(ANSWER) if self.act.startswith(ANSWER) else ""


def read(form: MultiDict[str, str], sheet: FormSheet, record: FormRecord, language: str) -> Posted:
    """Read what a page sent; questions that were not on the page stay as they are."""
    form, kept = chosen(form), record.cells
    paths = dict.fromkeys(
        name.rpartition(":")[0] if name.rpartition(":")[2] in PARTS else name
        for name in form
        if name not in OWN and not name.startswith(TALK)
    )
    answers = {path: _answer(form, sheet, path, kept, language) for path in paths}
    strange = not had(form.get("version"), record.version)
    reason, text = form.get("reason", "").strip(), form.get("reason_text", "").strip()
    reasons = {path: own for path in paths if (own := form.get(f"{path}:reason", "").strip())}
    if whole := _joined(reason, text):
        reasons[ALL] = whole
    return Posted(
        answers=_started_rows(sheet, answers, record),
        reasons=reasons,
        comments={
            name.removeprefix(CONFIRM): words
            for name in form
            if name.startswith(CONFIRM) and (words := said(form[name]))
        },
        version=record.version if strange else int(form.get("version", 0)),
        strange=strange,
        save_number=form.get("save_number") or None,
        act=form.get("act", "save"),
        clear=form.get("clear") == "yes",
        reason=reason,
        reason_text=text,
        replies={name.removeprefix(SAY): form[name] for name in form if name.startswith(SAY) and form[name]},
        seen={name.removeprefix(SEEN): form.get(name, 0, int) for name in form if name.startswith(SEEN)},
    )


def had(version: str | None, present: int) -> bool:
    """Tell whether a form has had the version a page says it was built from; a page may say none."""
    return version is None or (_VERSION.fullmatch(version) is not None and int(version) <= present)


def unsaid(posted: Posted) -> bool:
    """Tell whether a value was to be confirmed without a word why it is right."""
    return posted.act.startswith(CONFIRM) and posted.act.removeprefix(CONFIRM) not in posted.comments


def chosen(form: MultiDict[str, str]) -> MultiDict[str, str]:
    """Turn the choices of the merge screen into answers: `choose:PATH` says mine or theirs."""
    taken: MultiDict[str, str] = form.copy()
    for name in list(form):
        if not name.startswith((CHOOSE, BOTH)):
            continue
        del taken[name]
        path = name.removeprefix(BOTH)
        item = path.rpartition(":")[0] if path.rpartition(":")[2] in PARTS else path
        if name.startswith(BOTH) and form.get(CHOOSE + item) == "mine":
            taken.setlist(path, form.getlist(name))
    return taken


def _joined(reason: str, text: str) -> str:
    return f"{reason}: {text}" if reason == OTHER and text else reason or text


def _answer(form: MultiDict[str, str], sheet: FormSheet, path: str, kept: Document, language: str) -> Answer:
    control = sheet.controls.get(path.rsplit(".", 1)[-1])
    unit, missing = form.get(f"{path}:unit") or None, form.get(f"{path}:missing") or None
    if control is not None and control.kind == "multi":
        chosen = tuple(value for value in form.getlist(path) if value)
        return Answer(() if missing else chosen, None, missing)
    value = form.get(path, "")
    # an untouched value beside a newly chosen reason gives way to the reason
    if missing and value and untouched(control, value, kept.get(path) or {}, language):
        value = ""
    return Answer(value, unit if value.strip() else None, missing)


def _started_rows(sheet: FormSheet, answers: dict[str, Answer], record: FormRecord) -> dict[str, Answer]:
    """Leave out the blanks of a row nobody started, and the name of a lesion that is only carried over."""
    offered = {f"{group.oid}.": group.key for group in sheet.groups if group.key and not group.fixed}
    started: set[str] = {_row(path) for path in record.cells}
    for path, answer in answers.items():
        if not answer.blank and not _carried_key(path, answer, record, offered):
            started.add(_row(path))
    groups = tuple(offered)
    return {
        path: one for path, one in answers.items() if not path.startswith(groups) or _row(path) in started
    }


def _carried_key(path: str, answer: Answer, record: FormRecord, offered: Mapping[str, str]) -> bool:
    is_key = any(path.startswith(group) and path.endswith(f".{key}") for group, key in offered.items())
    return is_key and answer.value == (record.carried.get(path) or {}).get("v")


def _row(path: str) -> str:
    return path.rpartition(".")[0]
