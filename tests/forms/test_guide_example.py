"""What the guide teaches is what stands in forms/."""

import html
from dataclasses import replace
from typing import Any

import pytest
import yaml

from imt_ecrf import rooms
from imt_ecrf.study.definition import Rule
from imt_ecrf.study.loader import draft_book, publish, read
from imt_ecrf.study.proving import prove

BOOK = draft_book()
CHECKS = {check.oid: check for check in BOOK.version.checks}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_worked_example_of_the_guide_is_the_check_of_the_study(language: str) -> None:
    page = (rooms.templates() / "guide" / language / "write-a-check.html").read_text(encoding="utf-8")
    written = html.unescape(page.partition("<pre>")[2].partition("</pre>")[0])
    taught: dict[str, Any] = yaml.safe_load(written)["checks"][0]
    check = CHECKS[taught["oid"]]
    # the study says `filled` besides, which a blank answer makes needless
    assert check.rule.text.endswith(taught["rule"])
    assert (taught["level"], taught["at"]) == (check.level, check.at)
    assert taught["message"] == {"en": check.message.en, "ru": check.message.ru}
    assert (taught["scope"], taught["condition"]) == (check.scope, check.condition)
    assert taught["cases"] == list(check.cases)
    easier = replace(check, rule=Rule(taught["rule"]))
    book = read(publish(replace(BOOK.version, checks=(easier,))))
    assert [one for one in prove(book).failed if one.kind == "check"] == []
