"""Every page a journey stands on is judged by axe, once for each role, language, width and state."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Error, Locator, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    from playwright.sync_api import Keyboard

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# axe leaves the one rule of WCAG 2.2 out unless it is named
RULES: Final = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
# the acts of somebody at a page: what stands before them when they act is a page they came to
ACTS: Final = ("click", "check", "fill", "press", "select_option", "set_input_files")
STATES: Final = [
    "dialog[open]",
    "details[open]",
    ".drawer",
    ".cmp",
    ".notice",
    ".idle",
    ".thread",
    ".msg.stop",
    ".msg.ask",
    "#refused",
    "#draft",
    "[aria-invalid=true]",
    "select[name=reason]",
    "[name=clear]",
    "progress",
]
_KIND: Final = """(states) => ({
    language: document.documentElement.lang,
    quiet: matchMedia("(scripting: none)").matches,
    role: [...document.querySelectorAll("summary.who")].map((one) => one.lastChild.textContent).join(),
    state: states.filter((one) => [...document.querySelectorAll(one)].some((it) => it.checkVisibility())),
})"""
# the whole page, and what is rolled up in a part of it that scrolls by itself
_NEEDED: Final = """() => {
    const rolled = [...document.querySelectorAll(".drawer, .matrix-box")];
    const hidden = Math.max(0, ...rolled.map((one) => one.scrollHeight - one.clientHeight));
    return [scrollY, document.documentElement.scrollHeight + hidden];
}"""
_ONE_OF_MANY: Final = re.compile(r"[0-9]{2}-[0-9]{3}|[0-9a-f-]{20,}|(?<=[./])[0-9]+")
_LEFT: Final = re.compile("context was destroyed|navigat|been closed|Timeout", re.IGNORECASE)
_JUDGED: Final[set[tuple[Any, ...] | None]] = set()


def faults(page: Page) -> list[str]:
    """Name what axe finds against WCAG 2.2 AA on a page as it stands."""
    with _unrolled(page):
        found = Axe().run(page, options=RULES).response["violations"]
        _JUDGED.add(_kind(page))
    return [f"{page.url}: {one['id']}: {it['html'][:160]}" for one in found for it in one["nodes"][:3]]


def overflow(page: Page) -> int:
    """Give by how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def judge(page: Page) -> list[str]:
    """Give the faults of a page whose kind was not judged yet; a page that is on its way out has none."""
    try:
        page.wait_for_load_state("load", timeout=5_000)
        kind = _kind(page)
        if kind is None or kind in _JUDGED:
            return []
        return faults(page)
    except Error as gone:
        if not _LEFT.search(gone.message):
            raise
        return []  # the next page came meanwhile: it is judged at the next act, or where the journey ends


def watch(monkeypatch: pytest.MonkeyPatch, found: list[str]) -> None:
    """Judge each page before somebody acts on it or leaves it: then a journey has seen that it is there."""

    def before(place: type, name: str, page_of: Callable[[Any], Page]) -> None:
        act = getattr(place, name)

        def judged(one: Any, *names: Any, **more: Any) -> Any:
            found.extend(judge(page_of(one)))
            return act(one, *names, **more)

        monkeypatch.setattr(place, name, judged)

    def close(context: BrowserContext, **more: Any) -> None:
        for page in context.pages:
            found.extend(judge(page))
        leave(context, **more)

    def keyboard(page: Page) -> Keyboard:
        found.extend(judge(page))
        return cast("Keyboard", keys(page))

    leave, keys = BrowserContext.close, vars(Page)["keyboard"].fget
    for name in ACTS:
        before(Locator, name, lambda locator: locator.page)
    for name in ("goto", "reload", "close"):
        before(Page, name, lambda page: page)
    monkeypatch.setattr(BrowserContext, "close", close)
    monkeypatch.setattr(Page, "keyboard", property(keyboard))


def _kind(page: Page) -> tuple[Any, ...] | None:
    """Tell kinds of pages apart: which page, for whom, in which state; nothing where none can be judged."""
    said, size = page.evaluate(_KIND, STATES), page.viewport_size
    if not said["language"] or said["quiet"]:  # axe cannot run where scripts are off
        return None
    path = page.url.partition("://")[2].partition("/")[2].partition("?")[0]
    width = size["width"] if size else None
    return _ONE_OF_MANY.sub("N", path), said["language"], said["role"], width, *said["state"]


@contextmanager
def _unrolled(page: Page) -> Iterator[None]:
    """Make the window as tall as the page, so that nothing lies under a bar that sticks to the window's edge.

    axe measures what of a target can be seen at this moment; what a bar half covers is a matter of scrolling.
    That a control in focus is never covered (WCAG 2.4.11) is shown by a journey of its own.
    """
    size = page.viewport_size
    top, height = page.evaluate(_NEEDED)
    if size is None or height <= size["height"]:
        yield
        return
    page.set_viewport_size({"width": size["width"], "height": height})
    try:
        yield
    finally:
        page.set_viewport_size(size)
        page.evaluate("top => scrollTo(0, top)", top)
