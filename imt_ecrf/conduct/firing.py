"""What is kept of the checks that fire on a form, beside its counters; writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.conduct.findings import AWAKE, CONFIRMED, FIRES, OWED, check_of, key, mark, stands
from imt_ecrf.store.canonical import dumps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from imt_ecrf.conduct.findings import Judged
    from imt_ecrf.conduct.views import Finding
    from imt_ecrf.store.documents import Caches

NONE_AWAKE: Final = "-"
FAILED: Final = "failed"


def caches_of(judged: Judged, before: Mapping[str, Any]) -> Caches:
    """Give what lists keep of a form: counters, hidden questions, what fires, confirmations that stand."""
    fires = {key(one): [one.level, mark(one)] for one in judged.findings if not one.check.startswith(OWED)}
    state = {
        **before,
        "hidden": sorted(judged.hidden),
        CONFIRMED: _standing(before.get(CONFIRMED, {}), judged.findings),
        FIRES: fires,
        AWAKE: " ".join(judged.awake) or NONE_AWAKE,
        FAILED: dict(judged.failed),
    }
    counters = judged.counters()
    return {
        "item_state": _written(state),
        "owed": counters["owed"],
        "hard": counters["hard"],
        "soft": counters["soft"],
    }


def caches_again(
    before: Mapping[str, Any],
    findings: Iterable[Finding],
    said: Collection[str],
    *,
    failed: Mapping[str, str],
    withheld: Collection[str],
) -> Caches:
    """Give the same after only some checks (`said`) were run again; the others are as they were."""
    findings = tuple(findings)
    fires = {name: word for name, word in before.get(FIRES, {}).items() if check_of(name) not in said}
    fires |= {key(one): [one.level, mark(one)] for one in findings}
    confirmed = {name: word for name, word in before.get(CONFIRMED, {}).items() if check_of(name) not in said}
    confirmed |= _standing(before.get(CONFIRMED, {}), findings)
    lost = {name: why for name, why in before.get(FAILED, {}).items() if name not in said} | dict(failed)
    shown = {name: word[0] for name, word in fires.items() if check_of(name) not in withheld}
    return {
        "item_state": _written({**before, CONFIRMED: confirmed, FIRES: fires, FAILED: lost}),
        "hard": sum(level == "hard" for level in shown.values()),
        "soft": sum(level == "soft" and name not in confirmed for name, level in shown.items()),
    }


def awake(state: Mapping[str, Any]) -> frozenset[str] | None:
    """Name the checks of a form that others may make fire; None when that was never noted."""
    said = state.get(AWAKE)
    return None if said is None else frozenset(said.split())


def _standing(confirmed: Mapping[str, Any], findings: Iterable[Finding]) -> dict[str, Any]:
    firing = {key(one): one for one in findings}
    return {name: word for name, word in confirmed.items() if name in firing and stands(word, firing[name])}


def _written(state: Mapping[str, Any]) -> str:
    return dumps({name: value for name, value in state.items() if value})
