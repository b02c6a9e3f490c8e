"""The storage step of a 40-item save against a one-row commit through the same engine; knows no page."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from sqlalchemy import Column, Integer, MetaData, Table, Text, insert

from imt_ecrf import store
from imt_ecrf.cli.bench import reaching
from imt_ecrf.cli.bench.ground import AT, ITEMS, SAVER, Ground, edit, first_save, fsync_ms, ground
from imt_ecrf.cli.bench.server import running, there
from imt_ecrf.store import documents
from imt_ecrf.store.documents import FormRow, put

_ONE_ROW = Table("one_row", MetaData(), Column("id", Integer, primary_key=True), Column("what", Text))
_INSERT = insert(_ONE_ROW)
PAIRS = 60
REACHED = 100


def run(folder: Path, rounds: int = 7) -> dict[str, float]:
    """Measure both databases; `…_over_one_row_…` is the median of the rounds' time ratios."""
    figures = {"fsync_ms": fsync_ms(folder)}
    with ground(f"sqlite:///{folder / 'bench.sqlite3'}") as sqlite:
        figures |= _measure(sqlite, rounds, "sqlite")
    figures["save_reaching_100_forms_cpu_ms"] = _through_conduct(
        f"sqlite:///{folder / 'study.sqlite3'}", rounds
    )
    if there():
        with running(folder) as server, ground(server.url) as postgresql:
            figures |= _measure(postgresql, rounds, "postgresql")
    return figures


def _through_conduct(url: str, rounds: int) -> float:
    engines = store.engines(url)
    try:
        store.migrate(engines)
        return round(reaching.cpu_ms(engines, rounds), 3)
    finally:
        engines.dispose()


def _measure(site: Ground, rounds: int, name: str) -> dict[str, float]:
    with site.engines.turn(), site.engines.writing.begin() as connection:
        _ONE_ROW.create(connection)
    forms = (site.form(number) for number in range(1, 10**9))
    _round(site, forms, 0)  # statements compiled, connections opened
    news = [_round(site, forms, number) for number in range(1, rounds + 1)]
    edits = [_edits(site, forms) for _ in range(rounds)]
    saves = (rounds + 1) * PAIRS + rounds * (PAIRS + 1)
    _must_be(site.count("change_set"), saves)
    _must_be(site.count("form_data"), (rounds + 1) * PAIRS + rounds)
    _must_be(site.count("item_change"), saves * ITEMS)
    _must_be(site.count("one_row"), (rounds + 1) * PAIRS)
    figures = {
        f"storage_over_one_row_{name}": median(ratio for ratio, _cpu, _one in news),
        f"storage_cpu_ms_{name}": median(cpu for _ratio, cpu, _one in news),
        f"storage_edit_cpu_ms_{name}": median(edits),
        f"one_row_ms_{name}": median(one for _ratio, _cpu, one in news),
        f"storage_reaching_100_forms_cpu_ms_{name}": _reach(site, forms),
    }
    return {key: round(value, 3) for key, value in figures.items()}


def _round(site: Ground, forms: Iterator[FormRow], number: int) -> tuple[float, float, float]:
    """Commit one row and save one form in turn; give time ratio, CPU ms of a save, ms of a one-row commit."""
    ones = saves = cpu = 0.0
    for pair in range(PAIRS):
        row, changes = next(forms), first_save()
        ones += _one_row(site, number * PAIRS + pair)
        begun, begun_cpu = time.perf_counter(), time.thread_time()
        site.save(row, changes)
        saves += time.perf_counter() - begun
        cpu += time.thread_time() - begun_cpu
    return saves / ones, cpu / PAIRS * 1000, ones / PAIRS * 1000


def _one_row(site: Ground, number: int) -> float:
    begun = time.perf_counter()
    with store.writing(site.engines, SAVER) as session:
        session.connection().execute(_INSERT, {"id": number, "what": "x"})
    return time.perf_counter() - begun


def _edits(site: Ground, forms: Iterator[FormRow]) -> float:
    row = site.save(next(forms), first_save()).row
    cpu = 0.0
    for _ in range(PAIRS):
        changes = edit(row)
        begun = time.thread_time()
        row = site.save(row, changes).row
        cpu += time.thread_time() - begun
    return cpu / PAIRS * 1000


def _reach(site: Ground, forms: Iterator[FormRow]) -> float:
    """Save one form and one derived value in each of 100 others, in one transaction; give CPU ms."""
    rows = [site.save(next(forms), first_save()).row for _ in range(REACHED + 1)]
    before = site.count("change_set")
    begun = time.thread_time()
    with store.writing(site.engines, SAVER) as session:
        connection = session.connection()
        cause = put(connection, rows[0], edit(rows[0]), SAVER, at=AT).change_set
        derived = [
            documents.prepare(row, edit(row)[:1], store.DERIVATION, at=AT, cause=cause) for row in rows[1:]
        ]
        documents.put_all(connection, derived)
    taken = time.thread_time() - begun
    _must_be(site.count("change_set"), before + REACHED + 1)
    return taken * 1000


def _must_be(found: int, wanted: int) -> None:
    if found != wanted:
        raise AssertionError(f"{wanted} rows were to be written, {found} were")
