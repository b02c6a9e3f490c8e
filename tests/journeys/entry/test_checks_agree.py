"""The page and the server say the same of the same answers: whole forms filled at random."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest

from imt_ecrf.conduct.views import Address
from tests.children import ready
from tests.factories import real_book
from tests.journeys.entry.conftest import new_child

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.entry.conftest import Desk

pytestmark = [
    pytest.mark.journey,
    # a window that closes drops what it was still loading: the server leaves such a file to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SCREENING: Final = "SV DM IE DH PE VS PS EG CV OE LBH LBC LBK LBU GRW TUI TL NTL"
LOGS: Final = "IC MH PT PR CM AE AESI SAE EX PREG"
PLACES: Final = [
    *(("SE_SCR", f"F_{form}") for form in SCREENING.split()),
    *(("SE_LOG", f"F_{form}") for form in LOGS.split()),
]
FILLINGS: Final = 4
SEED: Final = 20260310
TEXTS: Final = {
    "number": ["", "0", "1", "5", "12.5", "38,2", "74", "150", "999", "-3", "abc", "1.5", "130"],
    "date": [
        "",
        "09.03.2026",
        "2026-02-28",
        "1 Mar 2026",
        "2027-01-01",
        "10 мар 2026",
        "30 Feb 2026",
        "2026",
    ],
    "partial": ["", "UN Feb 2026", "2026", "2026-03-09", "UN.UN.2025", "12 Dec 2027", "foo"],
    "datetime": ["", "2026-03-09 9:05", "2026-03", "10.03.2026 25:00"],
    "time": ["", "9:05", "23:59", "25:00"],
    "": ["", "rash", "Сыпь", "T01", "paracetamol"],
}
CONTROLS: Final = """() => {
  const form = document.querySelector("form[data-entry]");
  const found = {};
  for (const one of form.querySelectorAll("[data-path][name]")) {
    if (one.type === "hidden") continue;
    const entry = found[one.name] ??= {kind: one.dataset.kind ?? "", type: one.type, values: []};
    if (one.tagName === "SELECT") entry.values = [...one.options].map((option) => option.value);
    if (one.type === "radio" || one.type === "checkbox") entry.values.push(one.value);
  }
  return found;
}"""
BOTH: Final = """async (answers) => {
  const form = document.querySelector("form[data-entry]");
  const words = JSON.parse(form.querySelector("script[data-rules]").textContent).words;
  for (const one of form.querySelectorAll("[data-path][name]")) {
    if (!(one.name in answers)) continue;
    const wanted = answers[one.name];
    if (one.type === "radio" || one.type === "checkbox") one.checked = wanted.includes(one.value);
    else one.value = wanted[0];
  }
  form.querySelector("[data-path]").dispatchEvent(new Event("change", {bubbles: true}));
  const last = (path) => path.slice(path.lastIndexOf(".") + 1);
  const own = new Set(words.checks.map((check) => check.key));
  const shown = new Set(words.steps.filter((step) => step.kind === "visible").map((step) => step.target));
  const look = () => ({
    messages: [...form.querySelectorAll(".msg[data-check]:not([hidden])")]
      .filter((one) => own.has(one.dataset.check.split("@")[0]))
      .map((one) => [one.dataset.check, one.className, one.querySelector("[data-text]").textContent]).sort(),
    hidden: [...form.querySelectorAll("[data-item].is-hidden")].map((one) => one.dataset.item)
      .filter((path) => shown.has(last(path))).sort(),
    derived: [...form.querySelectorAll("[data-derived]")]
      .filter((one) => last(one.dataset.derived) in words.shown)
      .map((one) => [one.dataset.derived, one.textContent]).sort(),
  });
  const page = look();
  const answer = await fetch(form.dataset.preview, {method: "POST", body: new FormData(form)});
  const {show} = await import("/static/entry/picture.js");
  show(form, await answer.json());
  return [page, look()];
}"""


def _address(desk: Desk, event: str, form: str) -> Address:
    """Name a form of the child; a dose is given to one that may have it."""
    if form != "F_EX":
        return desk.address(event, form)
    child = new_child(desk.world)
    ready(desk.world, child)
    return Address(child, event, 1, form, 1)


def filling(random: Random, controls: dict[str, Any]) -> dict[str, list[str]]:
    """Answer every question of a form at random; a reason stands in place of a value now and then."""
    found = {}
    for name, one in controls.items():
        if name.endswith(":missing"):
            path = name.removesuffix(":missing")
            if random.random() < 0.1:
                found[name], found[path] = [random.choice(one["values"])], [""]
            continue
        if one["type"] == "checkbox":
            found[name] = [value for value in one["values"] if random.random() < 0.4]
        else:
            found[name] = [random.choice(one["values"] or TEXTS.get(one["kind"], TEXTS[""]))]
    return found


@pytest.fixture(scope="module")
def window(hall: Desk) -> Any:
    """Give the window of an investigator before one child, for the whole file."""
    child = new_child(hall.world)
    desk = type(hall)(hall.url, hall.world, hall.browser, child)
    context = desk.somebody("PI")
    yield desk, context
    context.close()


@pytest.mark.req("R31")
@pytest.mark.parametrize(
    ("place", "language"),
    [*((place, "en") for place in PLACES), (("SE_SCR", "F_VS"), "ru"), (("SE_SCR", "F_EG"), "ru")],
)
def test_page_and_server_agree_on_forms_filled_at_random(
    window: Any, place: tuple[str, str], language: str
) -> None:
    desk, context = window
    page: Page = desk.open(context, _address(desk, *place), f"?lang={language}")
    random = Random(f"{SEED}{place}")  # noqa: S311 - a fixed seed
    controls = page.evaluate(CONTROLS)
    for number in range(FILLINGS):
        answers = filling(random, controls)
        here, there = page.evaluate(BOTH, answers)
        assert here == there, (number, answers)
    page.close()


WORKED: Final = {
    ("SE_SCR", "F_SV"): "C001",
    ("SE_SCR", "F_DM"): "C021 C022 C023",
    ("SE_SCR", "F_DH"): "C044",
    ("SE_SCR", "F_VS"): "C049 C054",
    ("SE_LOG", "F_IC"): "C012 C014 C018 C178",
    ("SE_LOG", "F_AE"): "C130 C131 C132 C136 C143",
    ("SE_LOG", "F_EX"): "C094 C101",
}
"""Checks whose worked cases need nothing but answers of their own page."""


def typed_in(case: dict[str, Any], controls: dict[str, Any], done: str | None) -> dict[str, list[str]]:
    """Answer what a worked case gives, in the first unit of each question; the rest is blank."""
    given = {"": "", **({done: "Y"} if done else {}), **case["given"]}
    found = {}
    for name, one in controls.items():
        path, _, part = name.partition(":")
        value = str(given.get(path, ""))
        if part == "unit":
            found[name] = [one["values"][1] if value else ""]
        elif part == "":
            found[name] = [value]
    return found


@pytest.mark.req("R27")
@pytest.mark.parametrize("place", WORKED)
def test_worked_cases_fire_on_the_page_where_their_author_says(window: Any, place: tuple[str, str]) -> None:
    desk, context = window
    book = real_book()
    page: Page = desk.open(context, _address(desk, *place), "?lang=en")
    controls = page.evaluate(CONTROLS)
    came, wanted = [], []
    for check in book.version.checks:
        for case in check.cases if check.oid in WORKED[place].split() else ():
            answers = typed_in(case, controls, book.forms[place[1]].done_item)
            both = page.evaluate(BOTH, answers)
            came += [(check.oid, any(said[0] == check.oid for said in one["messages"])) for one in both]
            wanted += [(check.oid, case["fires"])] * 2
    assert came == wanted
    page.close()
