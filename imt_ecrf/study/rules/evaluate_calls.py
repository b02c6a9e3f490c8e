"""Turns the calls in a tree into closures: states, defaults, plain, row and fact functions."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from imt_ecrf.study.rules import dates
from imt_ecrf.study.rules.functions import FACT, FUNCTIONS
from imt_ecrf.study.rules.plain_functions import PLAIN, largest, smallest
from imt_ecrf.study.rules.row_functions import ROW_FUNCTIONS
from imt_ecrf.study.rules.run import BLANK, FILLED, HIDDEN, MISSING, Frame, Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.study.rules.rule import Node

    Walk: TypeAlias = Callable[[Run], Any]
    FrameOf: TypeAlias = Callable[[Run], Frame]
    Build: TypeAlias = Callable[[Node], Walk]


def frame_of(node: Node) -> FrameOf:
    """Say in whose values an item is looked up."""
    scope = node["scope"]
    if scope.startswith("form:"):
        form = scope[5:]
        return lambda run: run.other(form)
    return _FRAMES[scope]


_FRAMES: Final[dict[str, FrameOf]] = {
    "form": operator.attrgetter("form"),
    "row": operator.attrgetter("rows_frame"),
    "agg": operator.attrgetter("agg"),
}


def _below(node: Node, build: Build) -> tuple[Walk, ...]:
    return tuple(build(part) for part in node["a"])


def call(node: Node, build: Build) -> Walk:
    """Turn a call of a B or R function into a closure; an unknown function is refused."""
    name = node["f"]
    if name in _STATES:
        return _STATES[name](node, build)
    if name in _LENIENT:
        return _LENIENT[name](node, build)
    act = ROW_FUNCTIONS.get(name)
    walks = _below(node, build)
    if act is not None:
        return _with_run(walks, act)
    if name in {"min", "max"}:
        choose = smallest if name == "min" else largest
        return _strict(walks, choose)
    if name in PLAIN:
        return _strict(walks, PLAIN[name])
    if name not in FUNCTIONS or FUNCTIONS[name].side == FACT:
        raise ValueError(f"unknown function {name}")
    return _with_run(walks, _asked(name))


def _asked(name: str) -> Callable[..., Any]:
    def ask(run: Run, *values: Any) -> Any:
        return run.computed(name, values)

    return ask


def _strict(walks: tuple[Walk, ...], act: Callable[..., Any]) -> Walk:
    if len(walks) == 1:
        only = walks[0]

        def one(run: Run) -> Any:
            value = only(run)
            return None if value is None else act(value)

        return one

    def all_known(run: Run) -> Any:
        values = [walk(run) for walk in walks]
        return None if None in values else act(*values)

    return all_known


def _with_run(walks: tuple[Walk, ...], act: Callable[..., Any]) -> Walk:
    def all_known(run: Run) -> Any:
        values = [walk(run) for walk in walks]
        return None if None in values else act(run, *values)

    return all_known


def fact(node: Node, build: Build) -> Walk:
    """Turn an F function into a closure: as given, else computed."""
    name, text, type_ = node["f"], node["id"], node["t"]
    if name not in FUNCTIONS:
        raise ValueError(f"unknown function {name}")
    walks = _below(node, build)
    if not walks:
        return lambda run: run.fact(name, text, type_)

    def ask(run: Run) -> Any:
        if text in run.given:
            return run.fact(name, text, type_)
        values = [walk(run) for walk in walks]
        return None if None in values else run.fact(name, text, type_, *values)

    return ask


def _state(wanted: str, *, of_value: bool) -> Callable[[Node, Build], Walk]:
    """Ask the state of an item; of a calculation only whether it has a value."""

    def ask(node: Node, build: Build) -> Walk:
        part = node["a"][0]
        if part["k"] != "item":
            walk = build(part)
            return lambda run: (walk(run) is None) is not of_value
        frame, oid = frame_of(part), part["id"]
        return lambda run: run.state(frame(run), oid) == wanted

    return ask


def _kept(node: Node, build: Build) -> Walk:
    del build
    frame, oid = frame_of(node["a"][0]), node["a"][0]["id"]
    return lambda run: run.kept(frame(run), oid)


def _reason(node: Node, build: Build) -> Walk:
    del build
    frame, oid = frame_of(node["a"][0]), node["a"][0]["id"]
    return lambda run: run.reason(frame(run), oid)


_STATES: Final[dict[str, Callable[[Node, Build], Walk]]] = {
    "filled": _state(FILLED, of_value=True),
    "blank": _state(BLANK, of_value=False),
    "missing": _state(MISSING, of_value=False),
    "hidden": _state(HIDDEN, of_value=False),
    "kept": _kept,
    "reason": _reason,
}


def _coalesce(node: Node, build: Build) -> Walk:
    walks = _below(node, build)

    def first(run: Run) -> Any:
        for walk in walks:
            value = walk(run)
            if value is not None:
                return value
        return None

    return first


def _yes_among(node: Node, build: Build) -> Walk:
    walks, wanted = _below(node, build), node["f"] == "any_yes"
    return lambda run: any(walk(run) == "Y" for walk in walks) is wanted


def _datetime(node: Node, build: Build) -> Walk:
    day, time = _below(node, build)

    def join(run: Run) -> Any:
        found = day(run)
        return None if found is None else PLAIN["datetime"](found, time(run))

    return join


def _age_at(node: Node, build: Build) -> Walk:
    walk = build(node["a"][0])

    def age(run: Run) -> Any:
        day, anchor = walk(run), run.age_anchor()
        return None if day is None or anchor is None else dates.age(day, anchor)

    return age


_LENIENT: Final[dict[str, Callable[[Node, Build], Walk]]] = {
    "coalesce": _coalesce,
    "any_yes": _yes_among,
    "all_no": _yes_among,
    "datetime": _datetime,
    "age_at": _age_at,
}
