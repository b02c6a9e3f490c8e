"""Casebooks of a short, a typical and a long patient against one plain WeasyPrint call; knows no screen."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from imt_ecrf import store
from imt_ecrf.cli.bench.casebook_patient import LONG, SHORT, SIXTY, TYPICAL, change_one, make_patient
from imt_ecrf.cli.bench.hospital import hospital
from imt_ecrf.conduct.actor import system
from imt_ecrf.reporting import keep
from imt_ecrf.reporting.certificate import make_seal, seal_files
from imt_ecrf.reporting.copy import html, make
from imt_ecrf.reporting.gather import gather
from imt_ecrf.reporting.options import Options
from imt_ecrf.reporting.render import waiting_cpu
from imt_ecrf.reporting.seal import genuine, seal
from imt_ecrf.store.documents import forms_of_subject
from imt_ecrf.store.tables import Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from imt_ecrf.reporting.pages import Casebook
    from imt_ecrf.study.book import Book

OPTIONS = Options()


def run(folder: Path, rounds: int = 1) -> dict[str, float]:
    """Measure CPU seconds of this process and its children; ratios are of the same run."""
    house, book = _house(folder)
    sizes = {size.name: (number, size) for number, size in enumerate((SIXTY, SHORT, TYPICAL, LONG), 1)}
    codes = {name: make_patient(house.engines, book, *wanted) for name, wanted in sizes.items()}
    figures = _first_sixty(house, folder, codes[SIXTY.name], rounds)
    for name in (SHORT.name, TYPICAL.name, LONG.name):
        figures |= _alone(folder, name, codes[name])
    share = "cpu_s_per_page"
    figures["page_long_over_page_short"] = figures[f"long_{share}"] / figures[f"short_{share}"]
    figures["peak_mb"] = max(value for name, value in figures.items() if name.endswith("_peak_mb"))
    house.engines.dispose()
    return {name: round(value, 5) for name, value in figures.items()}


def _house(folder: Path) -> tuple[keep.House, Book]:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    engines = store.engines(f"sqlite:///{data / 'study.sqlite3'}")
    store.migrate(engines)
    book = hospital(engines)
    house = keep.House(engines, data, warm=True)
    make_seal(house.keys, "First Hospital")
    return house, book


def cpu() -> float:
    """Give the CPU seconds of this process and of its children, ended or waiting."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used) + waiting_cpu()


def _timed(act: Callable[[], object]) -> float:
    begun = cpu()
    act()
    return cpu() - begun


def _first_sixty(house: keep.House, folder: Path, code: str, rounds: int) -> dict[str, float]:
    def wanted() -> object:
        return keep.make_and_keep(house, system(), code, OPTIONS)

    with store.reading(house.engines) as session:
        casebook = gather(session, system(), code, options=OPTIONS)
    yard, pages = _yardstick(folder, casebook)
    cold = _timed(wanted)
    unchanged = min(_timed(wanted) for _ in range(3))
    copy = _timed(lambda: _copy(house, casebook))
    changed = median(_changed(house, code, place, wanted, "none") for place in range(5 * rounds))
    voided = median(_changed(house, code, place, wanted, "valid") for place in range(5 * rounds))
    return {
        "one_html_cpu_s": yard, "one_html_pages": pages, "cold_cpu_s": cold, "unchanged_cpu_s": unchanged,
        "new_copy_cpu_s": copy, "one_changed_cpu_s": changed,
        "one_signed_changed_cpu_s": voided, "one_signed_changed_over_one_html": voided / yard,
        "cold_over_one_html": cold / yard, "unchanged_over_one_html": unchanged / yard,
        "new_copy_over_one_html": copy / yard, "one_changed_over_one_html": changed / yard,
    }  # fmt: skip


def _copy(house: keep.House, casebook: Casebook) -> None:
    """Make the file of the present state once more, as for another reader: every part is there."""
    with house.printer(OPTIONS) as printer:
        make(casebook, OPTIONS, printer, keys=seal_files(house.keys))


def _changed(house: keep.House, code: str, place: int, wanted: Callable[[], object], signature: str) -> float:
    with store.reading(house.engines) as session:
        subject = session.query(Subject).filter_by(code=code).one()
        rows = forms_of_subject(session.connection(), subject.id)
    filled = [row for row in rows if row.version and row.signature == signature]
    change_one(house.engines, filled[(5 * place + 2) % len(filled)])
    return _timed(wanted)


def _yardstick(folder: Path, casebook: Casebook) -> tuple[float, int]:
    """Print the fragments of all parts as one HTML in one call of WeasyPrint, in a process of its own."""
    pages = [html(casebook, OPTIONS, "part.html", part) for part in casebook.parts]
    body = "".join(
        f'<div class="{part.mark}">{_inside(page)}</div>'
        for part, page in zip(casebook.parts, pages, strict=True)
    )
    head, tag, rest = pages[0].partition("<body")
    whole = folder / "one.html"
    whole.write_text(f"{head}{tag}{rest.partition('>')[0]}>{body}</body></html>", "utf-8")
    command = [sys.executable, "-m", "imt_ecrf.reporting.press", "once", str(whole), str(OPTIONS.sheets[0])]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
    return told["cpu_s"], told["pages"]


def _inside(page: str) -> str:
    return page.partition("<body")[2].partition(">")[2].rpartition("</body>")[0]


def _alone(folder: Path, name: str, code: str) -> dict[str, float]:
    """Make a casebook in a new process: its peak of memory is its own."""
    command = [sys.executable, "-m", __name__, str(folder / "data"), code]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our module
    return {f"{name}_{figure}": value for figure, value in json.loads(said).items()}


def _measure(data: Path, code: str) -> dict[str, float]:
    house = keep.House(store.engines(f"sqlite:///{data / 'study.sqlite3'}"), data)
    with store.reading(house.engines) as session:
        casebook = gather(session, system(), code, options=OPTIONS)
    begun, wall = cpu(), time.perf_counter()
    with house.printer(OPTIONS) as printer:
        made = make(casebook, OPTIONS, printer)
    taken, wall = cpu() - begun, time.perf_counter() - wall
    pages = sum(one.pages for one in made)
    again = _timed(lambda: _copy(house, casebook))
    first = made[0].pdf
    sealed = seal(first, seal_files(house.keys), name=code, reason="bench")
    return {
        "pages": pages, "volumes": len(made), "cpu_s": taken, "wall_s": wall,
        "pages_per_cpu_s": pages / taken,
        "cpu_s_per_page": taken / pages, "new_copy_cpu_s": again, "entries": casebook.entries,
        "seal_cpu_s": _timed(lambda: seal(first, seal_files(house.keys), name=code, reason="bench")),
        "verify_cpu_s": _timed(lambda: genuine(sealed, seal_files(house.keys).authority)),
        "megabytes": sum(len(one.pdf) for one in made) / 1e6, "peak_mb": _peak(printer.most),
    }  # fmt: skip


def _peak(children: int) -> float:
    """Give the most memory this process and its children can have held at one time, in MB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (own + children * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure(Path(sys.argv[1]), sys.argv[2])))
