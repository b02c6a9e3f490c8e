"""All files of a draft put together as one StudyVersion; knows no rule language."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.study.definition import Rule, StudyVersion
from imt_ecrf.study.loader.alerts import read_alerts
from imt_ecrf.study.loader.checks import read_checks, words
from imt_ecrf.study.loader.draft import WrittenRule
from imt_ecrf.study.loader.forms import read_form
from imt_ecrf.study.loader.gates import read_gates
from imt_ecrf.study.loader.lists import read_codelists, read_conversions, read_methods, read_units
from imt_ecrf.study.loader.medicine import TABLES, read_table
from imt_ecrf.study.loader.milestones import read_milestones
from imt_ecrf.study.loader.mistakes import Mark, Mistakes
from imt_ecrf.study.loader.people import read_people, read_rights
from imt_ecrf.study.loader.plan import read_events, read_settings
from imt_ecrf.study.loader.section import Section
from imt_ecrf.study.loader.source import empty, plain, read

if TYPE_CHECKING:
    from pathlib import Path

    from imt_ecrf.study.definition import Check, Form, Method
    from imt_ecrf.study.loader.draft import Draft

FILES: Final = ("study", "schedule", "codelists", "units", "methods", "roles", "sdv", "subject_checks")
OPTIONAL: Final = ("signing", "alerts")
"""Files a study may do without: then nothing is signed by a date, and nothing is told at once."""
CRF: Final = "crf"
MEDICINE: Final = "medicine"


class Folder:
    """The files of a draft, each read once; a missing file and a file that nobody reads are mistakes."""

    def __init__(self, folder: Path, draft: Draft) -> None:
        self.folder = folder
        self.draft = draft
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml")}
        wanted = {f"{name}.yaml" for name in FILES} | {f"{MEDICINE}/{name}.yaml" for name in TABLES.values()}
        self.crf = sorted(name for name in names if name.startswith(f"{CRF}/") and name.count("/") == 1)
        for name in sorted(wanted - names):
            draft.mistakes.add(Mark(self._shown(name), 1), "the file is missing")
        for name in sorted(names - wanted - {f"{name}.yaml" for name in OPTIONAL} - set(self.crf)):
            draft.mistakes.add(Mark(self._shown(name), 1), "nobody reads this file")
        self.names = names

    def _shown(self, name: str) -> str:
        return f"{self.folder.name}/{name}"

    def section(self, name: str) -> Section:
        """Read a file as one mapping; an absent or unreadable file is empty."""
        shown = self._shown(name)
        source = read(self.folder / name, shown, self.draft.mistakes) if name in self.names else None
        if source is not None:
            return Section(self.draft.mistakes, source, name)
        # that the file is missing or unreadable is said; what it should hold is not asked for key by key
        self.draft.whole = False
        return Section(Mistakes(), empty(Mark(shown, 1)), name)


def assemble(folder: Path, draft: Draft) -> StudyVersion:
    """Read every file; what is wrong is noted and replaced by something harmless."""
    files = Folder(folder, draft)
    heads = {name: files.section(f"{name}.yaml") for name in FILES}
    heads |= {name: files.section(f"{name}.yaml") for name in OPTIONAL if f"{name}.yaml" in files.names}
    study, schedule, units = heads["study"], heads["schedule"], heads["units"]
    people = read_people(draft, heads["roles"])
    rights = tuple(read_rights(draft, heads["roles"], people))
    methods = tuple(read_methods(draft, heads["methods"]))
    forms, checks = _forms(files, draft)
    checks += tuple(read_checks(draft, heads["subject_checks"]))
    items = frozenset(item.oid for form in forms for item in form.items())
    version = StudyVersion(
        study_oid=study.text("oid"),
        translation_reviewed_by=study.maybe("translation_reviewed_by") or "",
        name=study.translated("name"),
        version=study.text("version"),
        cycle_days=schedule.number("cycle_days", 1) or 0,
        events=tuple(read_events(draft, schedule)),
        forms=forms,
        codelists=tuple(read_codelists(draft, heads["codelists"])),
        units=tuple(read_units(draft, units)),
        methods=tuple(_with_rules(draft, method, forms) for method in methods),
        checks=tuple(replace(check, items=words(check.rule.text, items)) for check in checks),
        settings=tuple(read_settings(draft, study)),
        roles=people.roles,
        rights=rights,
        tables=_tables(files, draft, heads),
        built_by=_builders(study),
        milestones=tuple(read_milestones(draft, heads["signing"])) if "signing" in heads else (),
        alerts=tuple(read_alerts(draft, heads["alerts"])) if "alerts" in heads else (),
    )
    for section in heads.values():
        section.done()
    return version


def _builders(study: Section) -> tuple[str, ...]:
    builders = study.names("built_by")
    if not builders:
        study.wrong("built_by", "built_by names who wrote this version: [user.name]")
    return builders


def _forms(files: Folder, draft: Draft) -> tuple[tuple[Form, ...], tuple[Check, ...]]:
    forms, checks = [], []
    for name in files.crf:
        section = files.section(name)
        section.who = f"form {section.source.get('oid', name)}"
        form = read_form(draft, section)
        forms.append(form)
        checks += list(read_checks(draft, section, form.oid))
        section.done()
    return tuple(forms), tuple(checks)


def _tables(files: Folder, draft: Draft, heads: dict[str, Section]) -> dict[str, Any]:
    sdv = heads["sdv"]
    for tier in sdv.sections("tiers", "tier", needed=True):
        tier.number("tier", 1)
        for key in ("what", "rate"):
            tier.text(key)
        tier.done()
    notes = {name: list(section.names("notes")) for name, section in heads.items() if section.has("notes")}
    return {
        "analyte_conversions": read_conversions(draft, heads["units"]),
        "sdv": {key: plain(sdv.raw(key, needed=True)) for key in ("tiers", "triggers", "reset", "figures")},
        "notes": notes,
        "gates": read_gates(draft, heads["schedule"]),
        **{
            table: read_table(draft, table, files.section(f"{MEDICINE}/{file}.yaml"))
            for table, file in TABLES.items()
        },
    }


def _with_rules(draft: Draft, method: Method, forms: tuple[Form, ...]) -> Method:
    """Give every item of a method its rule and note the rules for compilation."""
    if method.kind == "process" or not method.oid:
        return method
    home = {item.oid: form.oid for form in forms for item in form.items() if item.method == method.oid}
    common = method.rules.get("")
    named = list(home) if common or method.function else list(method.rules)
    rules: dict[str, Rule] = {}
    for item in named:
        if item not in home:
            if draft.whole:  # else its form may be the one that could not be read
                draft.wrong("method", method.oid, "rules", f"item {item} does not name this method")
            continue
        text = f"{method.function}()" if method.function else (common or method.rules[item]).text
        rules[item] = _written(draft, method, Rule(text), home[item], item)
    for item in sorted(home.keys() - set(named)):
        draft.wrong("item", item, "method", f"method {method.oid} has no rule for this item")
    if not home and common:
        # a suggestion or a value that exports work out: its home is the form of its first input
        owners = {item.oid: form.oid for form in forms for item in form.items()}
        place = next((owners[name] for name in method.inputs if name in owners), "SUBJECT")
        rules[""] = _written(draft, method, common, place, None)
    return replace(method, rules=rules)


def _written(draft: Draft, method: Method, rule: Rule, home: str, item: str | None) -> Rule:
    section = draft.sections["method", method.oid]
    mark = next(section.mark(key) for key in ("rule", "rules", "function") if section.has(key))
    who = f"method {method.oid}, item {item}" if item else f"method {method.oid}"
    draft.rules.append(WrittenRule(rule, mark, who, "derive", home, item or method.oid, into=item))
    return rule
