"""Code lists, units, conversions and methods read from their files; knows no form."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from imt_ecrf.study.definition import CodeList, CodeListItem, Method, Rule, TranslatedText, Unit
from imt_ecrf.study.loader.cases import read_cases
from imt_ecrf.study.loader.source import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imt_ecrf.study.loader.draft import Draft
    from imt_ecrf.study.loader.section import Section


def read_codelists(draft: Draft, section: Section) -> Iterator[CodeList]:
    """Read the code lists."""
    for inner in section.sections("codelists", "code list", needed=True):
        oid = draft.name("code list", inner)
        cdisc = inner.section("cdisc", f"{inner.who}: cdisc")
        codelist = CodeList(
            oid=oid,
            name=inner.text("name"),
            data_type=inner.word("data_type", ("text",), "text"),
            items=tuple(_codes(inner)),
            cdisc=plain(cdisc.source) if cdisc else None,
        )
        inner.done()
        yield codelist


def _codes(section: Section) -> Iterator[CodeListItem]:
    seen: set[str] = set()
    for inner in section.sections("items", f"{section.who}: code", needed=True):
        code = _code(inner)
        if code.value in seen:
            inner.wrong("value", "the code stands twice")
        seen.add(code.value)
        yield code


def _code(section: Section) -> CodeListItem:
    section.who = f"{section.who} {section.source.get('value')}"
    for language, name in (("en", "English"), ("ru", "Russian")):
        if not isinstance(section.raw(language), str) or not section.source[language]:
            section.wrong(language, f"there is no {name} text")
    texts = {language: str(section.source.get(language) or "") for language in ("en", "ru")}
    code = CodeListItem(
        value=section.text("value"),
        text=TranslatedText(**texts),
        nci_code=section.maybe("nci_code"),
        sponsor_extension=section.flag("sponsor_extension"),
        seen_in=section.maybe("seen_in"),
    )
    section.done()
    return code


def read_units(draft: Draft, section: Section) -> Iterator[Unit]:
    """Read the units; one without its canonical unit is converted by laboratory test."""
    for inner in section.sections("units", "unit", needed=True):
        oid = draft.name("unit", inner)
        by_analyte = inner.flag("by_analyte")
        if by_analyte == inner.has("canonical"):
            inner.wrong(None, "a unit has a canonical unit or by_analyte: true")
        unit = Unit(
            oid=oid,
            dimension=inner.text("dimension"),
            ucum=inner.text("ucum"),
            symbol=inner.translated("symbol"),
            canonical=draft.use("unit", inner, "canonical") or oid,
            factor=_exact(inner, "factor", "1"),
            offset=_exact(inner, "offset", "0"),
            nci_code=inner.maybe("nci_code"),
            by_analyte=by_analyte,
        )
        inner.done()
        yield unit


def read_conversions(draft: Draft, section: Section) -> list[dict[str, Any]]:
    """Read the conversions of laboratory tests, which differ by the molar mass of each."""
    found = []
    for inner in section.sections("conversions", "conversion"):
        inner.who = f"conversion {inner.source.get('test')}"
        made = {
            "test": draft.name("conversion", inner, "test"),
            "canonical": inner.text("canonical"),
            "factors": _factors(draft, inner),
        }
        draft.use("unit", inner, "canonical")
        note = inner.maybe("note")
        inner.done()
        found.append(made | ({"note": note} if note else {}))
    return found


def _factors(draft: Draft, section: Section) -> dict[str, str]:
    section.raw("factors", needed=True)
    factors = section.section("factors", section.who)
    return {unit: _exact(factors, unit, "1") for unit in draft.use_keys("unit", factors) if factors}


def _exact(section: Section, key: str, default: str) -> str:
    said = section.said(key)
    if said is None:
        return default
    try:
        Fraction(said)
    except (ValueError, ZeroDivisionError):
        section.wrong(key, f"{key} must be a number or a fraction such as 5/9, not {said}")
        return default
    return said


def read_methods(draft: Draft, section: Section) -> Iterator[Method]:
    """Read the methods; a rule for all items of a method stands under the name "" until items are known."""
    for inner in section.sections("methods", "method", needed=True):
        ways = [way for way in ("rule", "rules", "function", "process") if inner.has(way)]
        if len(ways) != 1:
            inner.wrong(None, "a method has one of rule, rules, function, process")
        rules = inner.section("rules", f"{inner.who}: rules")
        texts = (
            {item: rules.text(item) for item in rules.source} if rules else {"": inner.maybe("rule") or ""}
        )
        function, process = inner.maybe("function"), inner.maybe("process")
        method = Method(
            oid=draft.name("method", inner),
            name=inner.text("name"),
            kind="function" if function else "process" if process else "expression",
            inputs=inner.names("inputs"),
            rules={item: Rule(text) for item, text in texts.items() if text},
            function=function,
            process=process,
            algorithm=inner.maybe("algorithm") or "",
            note=inner.maybe("note") or "",
            cases=read_cases(draft, inner, "gives"),
        )
        inner.done()
        yield method
