"""Why a value of the program is blank, or what to mind of it, in words; decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask_babel import lazy_gettext

from imt_ecrf.study.growth import reference, scored
from imt_ecrf.study.panel_notes import notes, outside_formula
from imt_ecrf.web.i18n import gettext as _

if TYPE_CHECKING:
    from imt_ecrf.conduct.views import FormRecord

WORDS: Final = {
    "no unit": lazy_gettext("no unit"),
    "no day": lazy_gettext("no day of sampling"),
    "no age": lazy_gettext("the age is not known"),
    "which laboratory": lazy_gettext("name the laboratory"),
    "another unit": lazy_gettext("the range is in another unit"),
    "no range": lazy_gettext("no range in force"),
    "not graded": lazy_gettext("not graded"),
    "needs albumin": lazy_gettext("needs albumin"),
    "needs limits": lazy_gettext("needs a range"),
}


def blanks(record: FormRecord) -> dict[str, str]:
    """Give by path the words that stand in place of a blank limit or grade."""
    seen = record.sight
    if seen is None:
        return {}
    return {path: str(WORDS[why]) for path, why in notes(seen.engine, seen.subject, seen.record).items()}


def unscored(record: FormRecord) -> dict[str, str]:
    """Give by item the words that stand in place of a growth score while there is no reference."""
    seen, items = record.sight, scored(record.book).get(record.form.oid, ())
    if not items or seen is None or reference(seen.subject, record.book) is not None:
        return {}
    return dict.fromkeys(items, _("no growth reference imported"))


def remarks(record: FormRecord) -> dict[str, str]:
    """Give by path what stands behind a value that is to be read with care."""
    seen = record.sight
    if seen is None:
        return {}
    items = outside_formula(seen.engine, seen.subject, seen.record)
    if not items:
        return {}
    return dict.fromkeys(items, _("the formula was made for 1 to 16 years"))
