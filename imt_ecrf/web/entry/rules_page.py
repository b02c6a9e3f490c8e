"""What the page of a form is given to run its rules while somebody types; only what that person may read."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from markupsafe import Markup

from imt_ecrf.conduct.findings import OWED, key
from imt_ecrf.policy.permissions import may_act, sees
from imt_ecrf.study.onpage import ABOUT_ALL, ABOUT_COURSE, facts_of, on_page, plain
from imt_ecrf.study.rules.run import Run
from imt_ecrf.web import dates
from imt_ecrf.web.entry.sheet import sheet
from imt_ecrf.web.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import Finding, FormRecord
    from imt_ecrf.study.book import Book
    from imt_ecrf.study.definition import Check, Form
    from imt_ecrf.study.engine import Engine
    from imt_ecrf.study.onpage import OnPage, PageCheck
    from imt_ecrf.study.rules.dictionary import ItemType
    from imt_ecrf.study.rules.rule import CompiledRule

MOST_ROWS: Final = 500
"""A longer table stays on the server, and with it the rules that search it."""

Json = dict[str, Any]


def rules_page(actor: Actor, record: FormRecord, language: str) -> Markup:
    """Give the rules of a form, its answers and what the rules ask of elsewhere, as JSON; "" to readers."""
    if record.sight is None or not record.may_enter or record.state == "not done":
        return Markup()
    engine, subject, seen = record.sight.engine, record.sight.subject, record.sight.record
    roles = frozenset(actor.held(record.subject.site))
    run = Run(subject.with_record(seen), engine.dictionary, seen, book=engine.book)
    chosen, words = prepared(engine, record.address.form, language, roles)
    here = chosen.handover.context(run, MOST_ROWS)
    long = frozenset(name for name, table in here["tables"].items() if table is None)
    if long:
        chosen, words = prepared(engine, record.address.form, language, roles, long)
        here = chosen.handover.context(run)
    here["hidden"] = sorted(record.hidden)
    here["messages"] = messages(record.book, record.warnings, language)
    return Markup(f'{{"words":{words},"here":{_json(here)}}}')  # noqa: S704 - JSON without "<"


def messages(book: Book, findings: Iterable[Finding], language: str) -> list[Json]:
    """Give what checks say, as the script of the page draws it; what is only owed is no message."""
    drafts = draft_texts(book, language)
    return [
        {
            "path": one.path or "", "level": one.level, "text": one.text(language),
            "check": key(one), "confirmed": one.confirmed, "draft": one.check in drafts,
            "said": comment_words(one, language),
        }
        for one in findings
        if not one.check.startswith(OWED)
    ]  # fmt: skip


def comment_words(one: Finding, language: str) -> str:
    """Write why a value was confirmed, by whom and when; nothing where nobody did."""
    comment, name, at = one.said
    if not one.confirmed or not comment:
        return ""
    when = dates.moment(at, language)
    return _("Confirmed: “%(comment)s”. %(name)s, %(when)s", comment=comment, name=name, when=when)


def draft_texts(book: Book, language: str) -> frozenset[str]:
    """Name the checks whose text in a language is a translation that nobody has confirmed yet."""
    if language != "ru" or book.version.translation_reviewed_by:
        return frozenset()
    return _written(book.fingerprint, book)


_of_version: dict[str, frozenset[str]] = {}


def _written(fingerprint: str, book: Book) -> frozenset[str]:
    if fingerprint not in _of_version:
        _of_version[fingerprint] = frozenset(check.oid for check in book.version.checks)
    return _of_version[fingerprint]


@lru_cache(maxsize=1024)
def prepared(
    engine: Engine, form: str, language: str, roles: frozenset[str], long: frozenset[str] = frozenset()
) -> tuple[OnPage, str]:
    """Choose and write down what does not differ from child to child, once."""
    book = engine.book
    shown = frozenset(oid for oid in book.forms if sees(book, roles, oid))

    def may_read(rule: CompiledRule, check: Check | None) -> bool:
        return _may_read(engine, roles, shown, rule, check)

    chosen = on_page(engine, form, may_read, long)
    return chosen, _json(_words(engine, chosen, form, language))


def _may_read(
    engine: Engine, roles: frozenset[str], shown: frozenset[str], rule: CompiledRule, check: Check | None
) -> bool:
    """Tell whether every form a rule reads, and every fact it is given, is for somebody with these roles."""
    facts = facts_of(rule)
    if facts & ABOUT_ALL and shown != engine.book.forms.keys():
        return False
    if facts & ABOUT_COURSE and not may_act(roles, "see_course"):
        return False
    if check is not None and check.shown_to and roles.isdisjoint(check.shown_to):
        return False
    names = (*rule.reads, *(check.items if check else ()))
    return all(_form_of(engine, name) in shown for name in names)


def _form_of(engine: Engine, name: str) -> str:
    known = engine.dictionary
    owner = known.items.get(name) or known.groups.get(name)
    return owner.form if owner else name


def _words(engine: Engine, chosen: OnPage, form: str, language: str) -> Json:
    definition = engine.book.forms[form]
    worked_out = {step.target for step in chosen.steps if step.kind == "value"}
    fixed = [group for group in definition.groups if group.repeating == "fixed_rows"]
    drafts = draft_texts(engine.book, language)
    return {
        **chosen.handover.words,
        "steps": [
            {"kind": step.kind, "target": step.target, "rule": plain(step.rule)} for step in chosen.steps
        ],
        "checks": [
            _check(place, one, engine.dictionary.items, language, drafts)
            for place, one in enumerate(chosen.checks)
        ],
        "fixed": chosen.handover.fixed(form),
        "labels": {group.oid: _labels(engine.book, group, language) for group in fixed},
        "typed": _typed(definition),
        "shown": _shown(engine.book, form, language, worked_out),
        "rows": {group.oid: group.key_item for group in definition.groups if group.repeating == "log"},
        "language": language,
    }


def _check(
    place: int, one: PageCheck, known: Mapping[str, ItemType], language: str, drafts: frozenset[str]
) -> Json:
    """Write a check for the page; two of an item may have one name, so each is known by its place."""
    text = one.ru if language == "ru" else one.en
    if one.item is not None:
        text = f"{{row}}{one.item.question.in_(language)}: {text}"
    at = known.get(one.rule.at or "")
    said = {"oid": place, "key": one.rule.oid, "level": one.level, "text": text}
    if at is not None:
        said |= {"at": at.oid, "group": at.group if at.group == one.rule.rows else None}
    return {**plain(one.rule), **said, **({"draft": True} if one.rule.oid in drafts else {})}


def _labels(book: Book, group: Any, language: str) -> Json:
    codes = book.codelists.get(group.items[0].codelist or "")
    return {row.key: codes.text(row.key, language) if codes else row.key for row in group.rows}


def _typed(form: Form) -> Json:
    """Say how typed answers are read: kind, units that are stored beside them, most signs."""
    return {
        item.oid: {
            "k": "multi" if item.multi else "code" if item.codelist else item.data_type,
            **({"u": item.units} if item.units and not item.units_by_row else {}),
            **({"l": item.length} if item.length and not item.codelist else {}),
        }
        for item in form.items()
        if item.required not in {"derived", "prefilled"}
    }


def _shown(book: Book, form: str, language: str, items: set[str]) -> Json:
    """Say how worked out values are written: the words of their codes, their unit."""
    drawn = sheet(book, form, language).controls
    return {
        oid: {
            **({"c": drawn[oid].codes} if drawn[oid].codes else {}),
            **({"u": drawn[oid].units[0][1]} if len(drawn[oid].units) == 1 else {}),
        }
        for oid in sorted(items)
    }


def _json(value: Json) -> str:
    return msgspec.json.encode(value).decode().replace("<", "\\u003c")
