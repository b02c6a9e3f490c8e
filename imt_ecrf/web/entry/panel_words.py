"""Why a result on a laboratory panel has no range or no grade, in words; decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask_babel import lazy_gettext

from imt_ecrf.study.panel_notes import notes

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
