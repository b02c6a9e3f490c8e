"""Answers and questions in the words of a person: choices decoded, units beside, reasons named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.conduct.reasons import reason_text
from imt_ecrf.study.book import is_row
from imt_ecrf.study.book import path as parse
from imt_ecrf.study.naming import event_name
from imt_ecrf.study.wording import balanced
from imt_ecrf.web import dates
from imt_ecrf.web.i18n import gettext as _
from imt_ecrf.web.language import current

if TYPE_CHECKING:
    from imt_ecrf.conduct.views import Cell
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Item

NOT_DONE: Final = "CL_NDREAS"
"""The list of reasons why a whole form was not done."""
UNIT: Final = "ORRESU"
"""How the name of a question ends whose answer is a unit: the unit beside a result of the laboratory."""


PRINTED: Final = (
    ("m2", "m²"), ("м2", "м²"), ("10^9", "10⁹"), ("10^12", "10¹²"), ("umol", "µmol"), ("ukat", "µkat"),
)  # fmt: skip
DEGREES: Final = {"C": "°C", "F": "°F", "YEARS": "years", "RATIO": "ratio", "-": ""}


def printed(symbol: str) -> str:
    """Write a unit as print does: `m²`, `10⁹/L`, `µmol/L`, `°C`; the code stays what is stored."""
    for plain, drawn in PRINTED:
        symbol = symbol.replace(plain, drawn)
    return DEGREES.get(symbol, symbol)


@dataclass(frozen=True)
class Words:
    """The words of one version of the study in one language."""

    book: Book
    language: str

    def answer(self, path: str, cell: Cell | None) -> str:
        """Write an answer: the choice in words, the unit beside, or why there is none."""
        if not cell:
            return ""
        own = self._own(path, cell)
        if own:
            return own
        item = self._item(path)
        if cell.get("m"):
            return self.missing(str(cell["m"]), item.missing_reasons if item else None)
        values = cell.get("v", "")
        texts = [self._value(item, text) for text in (values if isinstance(values, list) else [str(values)])]
        return " ".join(part for part in ("; ".join(texts), self.unit(cell.get("u"))) if part)

    def _own(self, path: str, cell: Cell) -> str:
        """Say what the program itself keeps in a form: why it was not done, why a line was struck out."""
        if path.endswith("@struck"):
            return reason_text(str(cell.get("v", "")), self.language)
        if path == "@not_done":
            code, known = str(cell.get("v", "")), self.book.codelists.get(NOT_DONE)
            return known.text(code, self.language) if known else code
        return ""

    def question(self, path: str) -> str:
        """Name what was asked: the question, and the row it stands in."""
        if path.endswith("@struck"):
            return f"{self.row(path)}: {_('Struck out')}" if self.row(path) else _("Struck out")
        if path == "@not_done":
            return _("Not done")
        if is_row(path):
            return self._whole_row(path)
        item, where = self._item(path), self.row(path)
        name = item.question.in_(self.language) if item else path
        return f"{where}: {name}" if where else name

    def _whole_row(self, path: str) -> str:
        group, key = path.split(".")
        name = self.row(path)
        return _(
            "%(row)s, the whole row", row=name if self.book.row(group, key) else _("Row %(row)s", row=name)
        )

    def row(self, path: str) -> str:
        """Name the row of a path: the test of a panel, the number of a line; nothing for a plain item."""
        parts = path.split(".")
        if len(parts) == 1 or parts[0] not in self.book.groups:
            return ""
        _form, group = self.book.groups[parts[0]]
        row = self.book.row(parts[0], parts[1])
        if row is None or group.key_item is None:
            return parts[1]
        return self._value(self.book.item(group.key_item), row.prefilled.get(group.key_item, row.key))

    def unit(self, oid: str | None) -> str:
        """Give the sign of a unit."""
        known = self.book.units.get(oid or "")
        return printed(known.symbol.in_(self.language)) if known else (oid or "")

    def missing(self, code: str, codelist: str | None) -> str:
        """Name a reason why there is no value."""
        words = self.book.codelists[codelist].text(code, self.language) if codelist else code
        return code if words == code else f"{code} {words}"

    def form(self, oid: str) -> str:
        """Name a form."""
        if not oid:
            return _("The subject as a whole")
        return self.book.forms[oid].name.in_(self.language) if oid in self.book.forms else oid

    def visit(self, oid: str, repeat: int) -> str:
        """Name a visit, with its number where it repeats."""
        event = self.book.events.get(oid)
        if event is None:
            return f"{oid} {repeat}"
        return event_name(event, repeat, self.language)

    def place(self, event: str, repeat: int, form: str, form_repeat: int) -> str:
        """Name where a form stands: the visit and the form, or the log and its line."""
        if not form and event:
            return _("%(visit)s, the visit as a whole", visit=self.visit(event, repeat))
        if not form:
            return _("The subject as a whole")
        definition = self.book.forms.get(form)
        if definition is not None and definition.repeating == "log":
            return _("%(log)s, line %(line)s", log=self.form(form), line=form_repeat)
        name = f"{self.visit(event, repeat)}, {self.form(form)}"
        return f"{name} {form_repeat}" if form_repeat > 1 else name

    def role(self, oid: str) -> str:
        """Name a role; the program itself is `system`."""
        return self.book.roles[oid].name.in_(self.language) if oid in self.book.roles else _("system")

    def _item(self, path: str) -> Item | None:
        name = path.rsplit(".", 1)[-1]
        return self.book.item(parse(path).item) if name in self.book.places else None

    def _value(self, item: Item | None, text: str) -> str:
        if item is None:
            return text
        if item.codelist:
            return self.book.codelists[item.codelist].text(text, self.language)
        if item.data_type in {"date", "partial_date"}:
            return dates.day(text, self.language) if text[:4].isdecimal() else text
        if item.data_type in {"integer", "float"}:
            return dates.figure(text, self.language)
        return self.unit(text) if item.oid.endswith(UNIT) else balanced(text)


def words(book: Book, language: str = "") -> Words:
    """Give the words of a version in the language of the page."""
    return Words(book, language or current())


def plain(cell: dict[str, Any] | None) -> str:
    """Write a cell as it is kept, for files that are read by machines."""
    if not cell:
        return ""
    value = cell.get("v", "")
    text = ";".join(value) if isinstance(value, list) else str(value)
    return " ".join(
        part for part in (text, str(cell.get("u") or ""), f"[{cell['m']}]" if cell.get("m") else "") if part
    )
