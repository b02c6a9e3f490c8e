"""A published version as ODM 1.3.2: study, units, visits, forms, groups, items, code lists; knows no data."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imt_ecrf.exchange.xml import Xml
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import CodeList, Form, Item, ItemGroup, StudyEvent

TYPES: Final = {
    "integer": "integer", "float": "float", "date": "date", "partial_date": "partialDate",
    "time": "partialTime", "datetime": "partialDatetime",
}  # fmt: skip
EVENTS: Final = {"unscheduled": "Unscheduled", "common": "Common"}
LENGTH: Final = "10000"


def version_oid(fingerprint: str) -> str:
    """Name a version by its fingerprint."""
    return f"MDV.{fingerprint[:16]}"


def write_study(xml: Xml, books: Iterable[Book], more: Callable[[Xml], None] | None = None) -> None:
    """Write the study with each version that data were entered under; `more` adds code lists to each."""
    versions = list(books)
    newest = versions[-1].version
    with xml.within("Study", OID=newest.study_oid):
        with xml.within("GlobalVariables"):
            xml.leaf("StudyName", newest.study_oid)
            xml.leaf("StudyDescription", newest.name.en)
            xml.leaf("ProtocolName", newest.study_oid)
        with xml.within("BasicDefinitions"):
            units = {unit.oid: unit for book in versions for unit in book.version.units}
            for oid, unit in sorted(units.items()):
                with xml.within("MeasurementUnit", OID=unit_oid(oid), Name=oid), xml.within("Symbol"):
                    _translated(xml, unit.symbol.en or oid, unit.symbol.ru or oid)
        for book in versions:
            _version(xml, book, more)


def unit_oid(oid: str) -> str:
    """Name a unit so that it cannot be taken for another definition."""
    return f"MU.{oid}"


def _version(xml: Xml, book: Book, more: Callable[[Xml], None] | None) -> None:
    version = book.version
    with xml.within("MetaDataVersion", OID=version_oid(book.fingerprint), Name=version.version):
        with xml.within("Protocol"):
            for place, event in enumerate(version.events, 1):
                xml.leaf("StudyEventRef", StudyEventOID=event.oid, OrderNumber=str(place), Mandatory="No")
        for event in version.events:
            _event(xml, event)
        for form in version.forms:
            _form(xml, form)
        groups = {group.oid: group for form in version.forms for group in form.groups}
        for group in groups.values():
            _group(xml, group)
        items = {item.oid: item for item in chain.from_iterable(group.items for group in groups.values())}
        for item in items.values():
            _item(xml, book, item)
        for codelist in version.codelists:
            _codelist(xml, codelist)
        if more:
            more(xml)


def _event(xml: Xml, event: StudyEvent) -> None:
    repeating = "Yes" if event.kind in {"repeating", "unscheduled"} else "No"
    kind = EVENTS.get(event.kind, "Scheduled")
    with xml.within("StudyEventDef", OID=event.oid, Name=event.name.en, Repeating=repeating, Type=kind):
        for place, ref in enumerate(event.forms, 1):
            owed = "Yes" if ref.expected == "R" else "No"
            xml.leaf("FormRef", FormOID=ref.form, OrderNumber=str(place), Mandatory=owed)


def _form(xml: Xml, form: Form) -> None:
    repeating = "Yes" if form.repeating in {"log", "per_event_repeating"} else "No"
    with xml.within("FormDef", OID=form.oid, Name=form.name.en, Repeating=repeating):
        for place, group in enumerate(form.groups, 1):
            xml.leaf("ItemGroupRef", ItemGroupOID=group.oid, OrderNumber=str(place), Mandatory="No")


def _group(xml: Xml, group: ItemGroup) -> None:
    repeating = "No" if group.repeating == "no" else "Yes"
    with xml.within("ItemGroupDef", OID=group.oid, Name=group.name.en, Repeating=repeating):
        for place, item in enumerate(group.items, 1):
            owed = "Yes" if item.required == "hard" else "No"
            xml.leaf("ItemRef", ItemOID=item.oid, OrderNumber=str(place), Mandatory=owed)


def _item(xml: Xml, book: Book, item: Item) -> None:
    listed = item.codelist if item.codelist in book.codelists and not item.multi else None
    kind = TYPES.get(item.data_type, "text")
    if listed:
        kind = _coded(book.codelists[listed])
    length = LENGTH if kind == "text" else str(max(item.length or 0, 20))
    digits = str(item.decimals or 10) if kind == "float" else None
    facts = {"Name": item.oid, "DataType": kind, "SDSVarName": _variable(item)}
    sizes = {"Length": length if kind in {"text", "integer", "float"} else None, "SignificantDigits": digits}
    with xml.within("ItemDef", OID=item.oid, **facts, **sizes):
        with xml.within("Question"):
            _translated(xml, item.question.en, item.question.ru)
        for unit in item.units:
            if unit in book.units:
                xml.leaf("MeasurementUnitRef", MeasurementUnitOID=unit_oid(unit))
        if listed:
            xml.leaf("CodeListRef", CodeListOID=listed)


def _variable(item: Item) -> str | None:
    name = item.sdtm.rpartition(".")[2]
    plain = name.isascii() and name.isalnum() and len(name) <= 8  # noqa: PLR2004 - a name in SAS version 5
    return name if plain and name[:1].isalpha() else None


def _coded(codelist: CodeList) -> str:
    return codelist.data_type if codelist.data_type in {"integer", "float"} else "text"


def _codelist(xml: Xml, codelist: CodeList) -> None:
    with xml.within("CodeList", OID=codelist.oid, Name=codelist.name, DataType=_coded(codelist)):
        for one in codelist.items:
            with xml.within("CodeListItem", CodedValue=one.value), xml.within("Decode"):
                _translated(xml, one.text.en, one.text.ru)


def write_codelist(xml: Xml, oid: str, name: str, values: dict[str, str]) -> None:
    """Write a code list that the program and not the study defines."""
    with xml.within("CodeList", OID=oid, Name=name, DataType="text"):
        for value, text in values.items():
            with xml.within("CodeListItem", CodedValue=value), xml.within("Decode"):
                xml.leaf("TranslatedText", text, xml_lang="en")


def _translated(xml: Xml, en: str, ru: str) -> None:
    xml.leaf("TranslatedText", en or "-", xml_lang="en")
    if ru:
        xml.leaf("TranslatedText", ru, xml_lang="ru")
