"""The small study of the tests: eight forms with skip logic, units, derivations, a panel, rows and a log."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from imt_ecrf.study import publication
from imt_ecrf.study.definition import (
    CodeList,
    CodeListItem,
    Form,
    FormRef,
    FormRights,
    Item,
    ItemGroup,
    Method,
    Range,
    Role,
    RowDef,
    Rule,
    StudyEvent,
    StudyVersion,
    TranslatedText,
    Unit,
)

if TYPE_CHECKING:
    from imt_ecrf.study.book import Book


def words(en: str, ru: str = "") -> TranslatedText:
    """Give a text in two languages."""
    return TranslatedText(en, ru or f"{en} (ru)")


def item(oid: str, data_type: Any = "text", required: Any = "soft", **more: Any) -> Item:
    """Give a question."""
    return Item(oid, words(oid.lower()), data_type, required, **more)


def codes(oid: str, *values: str) -> CodeList:
    """Give a list of choices."""
    return CodeList(oid, oid, "text", tuple(CodeListItem(value, words(value.lower())) for value in values))


NY = codes("CL_NYX", "N", "Y")
MISSING = codes("CL_NDREAS", "ND", "NA", "UNK")
MISSED = codes("CL_MISSVIS", "PATIENT", "OTHER")
TESTS = codes("CL_TEST", "ALT", "AST")
ROLES = (
    *("CRC", "SUBI", "PI", "PHARM", "LABM", "CPATH", "CREAD", "CRA", "DM", "CODER", "SAFE"),
    *("MEDMON", "STAT", "SPON", "AUD", "ADMIN"),
)


def form(oid: str, *groups: ItemGroup, repeating: Any = "per_event", **more: Any) -> Form:
    """Give a form."""
    return Form(oid, words(oid), "1", repeating, groups, **more)


def section(oid: str, *items: Item, repeating: Any = "no", **more: Any) -> ItemGroup:
    """Give a group of questions."""
    return ItemGroup(oid, words(oid), repeating, items, **more)


def shown_if(rule: str, item: str, yes: str, no: str) -> Rule:
    """Give a condition on one answer with its two cases."""
    cases = ({"given": {item: yes}, "shown": True}, {"given": {item: no}, "shown": False})
    return Rule(rule, cases=cases)


def _visit() -> ItemGroup:
    return section(
        "G_SV",
        item("SVOCCUR", required="hard", codelist="CL_NYX"),
        item("SVREASOC", codelist="CL_MISSVIS", show_if=shown_if("SVOCCUR == 'N'", "SVOCCUR", "N", "Y")),
        item("SVSTDAT", "date", "hard", length=10, show_if=shown_if("SVOCCUR == 'Y'", "SVOCCUR", "Y", "N")),
    )


def _measured() -> ItemGroup:
    done = shown_if("VSPERF == 'Y'", "VSPERF", "Y", "N")
    limits = {"range": Range(("2", "200"), ("6", "120")), "missing_reasons": "CL_NDREAS"}
    return section(
        "G_VS",
        item("VSPERF", required="hard", codelist="CL_NYX"),
        item("WEIGHT", "float", length=7, decimals=2, units=("kg", "g"), show_if=done, **limits),
        item("HEIGHT", "float", length=7, decimals=1, units=("cm",), show_if=done),
        item("BMI", "float", "derived", length=6, decimals=1, method="M_BMI"),
        item("NOTE", required="no", length=40),
        item("SYMPTOMS", required="no", codelist="CL_TEST", multi=True),
        item("SEEN", "partial_date", "no", length=10),
    )


def _forms() -> tuple[Form, ...]:
    dose = section(
        "G_DO",
        item("DODAT", "date", "no", length=10),
        item("DOWEIGHT", "float", "derived", length=7, decimals=2, units=("kg",), method="M_DOWEIGHT"),
        item("DOSE", "integer", "no", length=4),
    )
    rows = tuple(RowDef(code, {"LBTEST": code}) for code in ("ALT", "AST"))
    panel = section(
        "G_LB",
        item("LBTEST", required="prefilled", codelist="CL_TEST"),
        item("LBRES", "float", length=6, decimals=1, missing_reasons="CL_NDREAS"),
        repeating="fixed_rows",
        rows=rows,
    )
    lesions = section(
        "G_TL",
        item("TLID", required="hard", length=3),
        item("TLLOC", required="no", length=20, carry_forward=True),
        item("TLDIAM", "integer", "no", length=3, units=("mm",)),
        repeating="log",
        max_rows=2,
    )
    term = section("G_AE", item("AETERM", required="hard", length=60), item("AESTDAT", "partial_date"))
    return (
        form("F_SV", _visit()),
        form("F_VS", _measured()),
        form("F_DO", dose),
        form("F_LB", panel),
        form("F_TL", lesions),
        form("F_ICR", section("G_ICR", item("ICTRG", required="no", codelist="CL_NYX"))),
        form("F_AE", term, repeating="log"),
        form("F_SIGN", section("G_SIGN", item("SGREV", required="hard", codelist="CL_NYX"))),
    )


def _rights() -> tuple[FormRights, ...]:
    site = ("CRC", "SUBI", "PI")
    blind = ("CPATH", "CREAD", "ADMIN")
    plain = ("F_SV", "F_VS", "F_LB", "F_TL", "F_AE")
    return (
        *(FormRights(oid, site, ("CRA",), ("PI",), blind) for oid in plain),
        FormRights("F_DO", ("SUBI", "PI"), ("CRA",), ("PI",), blind, {"DOSE": ("SAFE",)}),
        FormRights("F_ICR", ("CREAD",), ("DM",), ("CREAD",), ("CPATH", "ADMIN")),
        FormRights("F_SIGN", ("PI",), (), ("PI",), blind),
    )


def _event(oid: str, kind: Any, day: str | None, forms: tuple[str, ...], **more: Any) -> StudyEvent:
    refs = tuple(FormRef(one, "O" if one in {"F_ICR", "F_TL"} else "R") for one in forms)
    values = {"anchor": "SE_C1D1", "window_before": "-3", "window_after": "3", "repeats": "no", **more}
    return StudyEvent(oid, words(oid), kind, day=day, forms=refs, **values)


def _events() -> tuple[StudyEvent, ...]:
    visit = ("F_SV", "F_VS", "F_LB", "F_TL", "F_ICR")
    return (
        _event("SE_SCR", "scheduled", "-1", visit, window_before="-27", window_after="0"),
        _event("SE_C1D1", "scheduled", "1", ("F_SV", "F_VS", "F_DO"), anchor="first dose"),
        _event("SE_CYC", "repeating", "1+28*(n-1)", ("F_SV", "F_VS"), repeats="until treatment ends"),
        _event("SE_EOS", "triggered", "0", ("F_SIGN",), anchor="event"),
        _event("SE_UNS", "unscheduled", None, ("F_SV", "F_VS"), anchor="-", repeats="any number"),
        _event("SE_LOG", "common", None, ("F_AE",), anchor="-", repeats="one"),
    )


def _methods() -> tuple[Method, ...]:
    rule = Rule("kg(WEIGHT) / (cm(HEIGHT) / 100) / (cm(HEIGHT) / 100)")
    here = {"event": "SE_C1D1"}

    def method(oid: str, item: str, rule: Rule, result: str, **given: str) -> Method:
        gives = {"given": given, "here": here, "gives": {item: result}}
        cases = (gives, {"given": {}, "here": here, "gives": {item: None}})
        return Method(oid, oid, "expression", tuple(given), {item: rule}, cases=cases)

    bmi = method("M_BMI", "BMI", rule, "14.9", WEIGHT="18", HEIGHT="110")
    return bmi, method("M_DOWEIGHT", "DOWEIGHT", Rule("WEIGHT"), "18.00", WEIGHT="18")


@cache
def small_book(version: str = "1") -> Book:
    """Give a study of eight forms: skip logic, units, derivations in two forms, a panel, rows, a log."""
    definition = StudyVersion(
        study_oid="SMALL",
        name=words("A small study"),
        version=version,
        cycle_days=28,
        events=_events(),
        forms=_forms(),
        codelists=(NY, MISSING, MISSED, TESTS),
        units=(
            Unit("kg", "mass", "kg", words("kg"), "kg"),
            Unit("g", "mass", "g", words("g"), "kg", "1/1000"),
            Unit("cm", "length", "cm", words("cm"), "cm"),
            Unit("mm", "length", "mm", words("mm"), "cm", "1/10"),
        ),
        methods=_methods(),
        checks=(),
        settings=(),
        roles=tuple(Role(oid, words(oid)) for oid in ROLES),
        rights=_rights(),
        order=tuple(one.oid for one in _events()),
    )
    return publication.read(publication.publish(definition))
