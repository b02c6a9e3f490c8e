"""Many savers in one process, each with its own form; tells each save that was kept; measures no disk."""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from imt_ecrf import store
from imt_ecrf.cli.bench.ground import Ground, edit, first_save
from imt_ecrf.store.documents import Saved


@dataclass
class Times:
    """How long each acknowledged save took (seconds), and what went wrong."""

    taken: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def save_for(site: Ground, first: int, savers: int, seconds: float) -> Times:
    """Let so many threads save for a while, each its own form; form numbers begin at `first`."""
    found, ready = Times(), threading.Barrier(savers + 1)
    until = [0.0]

    def work(number: int) -> None:
        try:
            row = site.save(site.form(number), first_save()).row
            ready.wait()
            while (begun := time.perf_counter()) < until[0] or not until[0]:
                row = site.save(row, edit(row)).row
                found.taken.append(time.perf_counter() - begun)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted and shown
            found.errors.append(str(error))

    threads = [threading.Thread(target=work, args=(first + number,)) for number in range(savers)]
    for thread in threads:
        thread.start()
    until[0] = time.perf_counter() + 3600
    ready.wait()
    until[0] = time.perf_counter() + seconds
    for thread in threads:
        thread.join()
    return found


def save_for_ever(site: Ground, first: int, savers: int, tell: Callable[[Saved], None]) -> None:
    """Let threads save until the process is killed; tell each save once it is kept."""

    def work(number: int) -> None:
        row = site.form(number)
        for _ in count():
            saved = site.save(row, edit(row) if row.version else first_save())
            tell(saved)
            row = saved.row

    threads = [threading.Thread(target=work, args=(first + number,)) for number in range(savers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(url: str, subject: str, first: str, savers: str, seconds: str) -> None:
    """Run as a process of its own: for some seconds (times, one a line), or for ever when they are 0."""
    site = Ground(store.engines(url, pool_size=40), subject)
    lock = threading.Lock()

    def tell(saved: Saved) -> None:
        with lock:
            sys.stdout.write(f"{saved.row.id} {saved.row.version}\n")
            sys.stdout.flush()

    if float(seconds) == 0:
        save_for_ever(site, int(first), int(savers), tell)
    sys.stdin.readline()  # the other process shall begin at the same moment
    found = save_for(site, int(first), int(savers), float(seconds))
    for error in found.errors:
        sys.stdout.write(f"error {error.splitlines()[0]}\n")
    for taken in found.taken:
        sys.stdout.write(f"{taken}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
