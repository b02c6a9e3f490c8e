"""32 savers against one, in one process and in two, and what survives kill -9; knows no page."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median

from imt_ecrf.cli.bench import savers
from imt_ecrf.cli.bench.ground import ITEMS, Ground, fsync_ms, ground, percentile
from imt_ecrf.cli.bench.savers import Times, save_for
from imt_ecrf.cli.bench.server import Server, running, there
from imt_ecrf.store.documents import load_form
from imt_ecrf.store.verify import verify

MANY = 32
SECONDS = 1.5
KILLED_SAVERS = 8
UNTIL_KILL = 1.0
_FIRST = count(1, 1000)


def run(folder: Path, rounds: int = 5) -> dict[str, float]:
    """Measure; ratios are medians of rounds in which one, 32 and 2 x 16 savers follow each other."""
    figures = {"fsync_ms": fsync_ms(folder)}
    with ground(f"sqlite:///{folder / 'load.sqlite3'}") as sqlite:
        figures |= _savers(sqlite, rounds)
    with ground(f"sqlite:///{folder / 'kill.sqlite3'}") as sqlite:
        lost, kept = _killed(sqlite, rounds, None)
    if there():
        with running(folder) as server, ground(server.url) as postgresql:
            lost_there, kept_there = _killed(postgresql, rounds, server)
        lost, kept = lost + lost_there, kept + kept_there
    figures["lost_acknowledged_saves"] = lost
    figures["acknowledged_saves_under_kill"] = kept
    return {name: round(value, 3) for name, value in figures.items()}


def _savers(site: Ground, rounds: int) -> dict[str, float]:
    found: dict[str, list[Times]] = {"one": [], "many": [], "two": []}
    save_for(site, next(_FIRST), MANY, 0.2)  # connections opened, statements compiled
    started = site.count("change_set")
    for _ in range(rounds):
        found["one"].append(save_for(site, next(_FIRST), 1, SECONDS))
        found["many"].append(save_for(site, next(_FIRST), MANY, SECONDS))
        found["two"].append(_two_processes(site))
    errors = [error for times in found.values() for one in times for error in one.errors]
    if errors:
        raise AssertionError(f"{len(errors)} saves failed: {errors[0]}")
    # each saver made its form first, outside the measured time
    wanted = sum(len(one.taken) for times in found.values() for one in times) + rounds * (1 + 2 * MANY)
    if site.count("change_set") - started != wanted:
        raise AssertionError(f"{wanted} saves were acknowledged, the log has another number")
    if site.count("item_change") != site.count("change_set") * ITEMS:
        raise AssertionError("not every save wrote all its items")
    return _ratios(found)


def _ratios(found: dict[str, list[Times]]) -> dict[str, float]:
    pairs = list(zip(found["one"], found["many"], found["two"], strict=True))
    rate = {name: median(len(one.taken) / SECONDS for one in times) for name, times in found.items()}
    return {
        "one_saver_per_second": rate["one"],
        "savers_32_per_second": rate["many"],
        "savers_32_over_one": median(len(many.taken) / len(one.taken) for one, many, _two in pairs),
        "savers_32_two_processes_over_one": median(len(two.taken) / len(one.taken) for one, _m, two in pairs),
        "savers_32_p99_over_p50": median(_tail(many) for _one, many, _two in pairs),
        "savers_32_two_processes_p99_over_p50": median(_tail(two) for _one, _many, two in pairs),
        "savers_32_p99_ms": median(percentile(many.taken, 0.99) for _one, many, _two in pairs) * 1000,
        "database_is_locked": 0,
    }


def _tail(times: Times) -> float:
    return percentile(times.taken, 0.99) / percentile(times.taken, 0.5)


def _two_processes(site: Ground) -> Times:
    found = Times()
    with _process(site, MANY // 2, SECONDS) as first, _process(site, MANY // 2, SECONDS) as second:
        time.sleep(0.5)  # both have started Python
        for child in (first, second):
            _say(child)
        for child in (first, second):
            lines = list(child.stdout or ())
            found.errors += [line for line in lines if line.startswith("error")]
            found.taken += [float(line) for line in lines if not line.startswith("error")]
            if child.wait():
                found.errors.append("a saving process ended badly")
    return found


@contextmanager
def _process(site: Ground, number: int, seconds: float) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", savers.__name__, site.url, site.subject, str(next(_FIRST))]
    command += [str(number), str(seconds)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def _say(child: "subprocess.Popen[str]") -> None:
    if child.stdin is not None:
        child.stdin.write("go\n")
        child.stdin.flush()


def _killed(site: Ground, rounds: int, server: Server | None) -> tuple[int, int]:
    """Kill the savers (on PostgreSQL every other time the server too) and look for what was acknowledged."""
    lost = kept = 0
    for number in range(rounds):
        told = _one_kill(site, server if number % 2 else None)
        site.engines.dispose()
        with site.engines.reading.connect() as connection:
            for form, version in told.items():
                row = load_form(connection, form)
                lost += max(0, version - (row.version if row else 0))
                kept += version
        faults = verify(site.engines)
        if faults:
            raise AssertionError(f"after a kill: {faults[0]}")
    return lost, kept


def _one_kill(site: Ground, server: Server | None) -> dict[str, int]:
    told: dict[str, int] = {}
    with _process(site, KILLED_SAVERS, 0) as child:
        until = time.monotonic() + UNTIL_KILL * (1 + random.random())  # noqa: S311 - any moment will do
        for line in child.stdout or ():
            if line.endswith("\n"):
                form, version = line.split()
                told[form] = int(version)
            if time.monotonic() > until:
                if server is not None:
                    server.kill()
                child.kill()
                until = float("inf")  # read what was said before
    if server is not None:
        server.restart()
    return told
