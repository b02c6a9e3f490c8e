"""A long casebook shared out over volumes, whole visits where they fit, and the list of all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imt_ecrf.reporting.contents import ROWS, by_event
from imt_ecrf.reporting.manifest import FEWEST
from imt_ecrf.reporting.pages import Both, VolumeLine
from imt_ecrf.reporting.words import UI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imt_ecrf.reporting.pages import Casebook, Grid, Part, Said
    from imt_ecrf.reporting.render import Printed

COVER = 2
NO_SUM = "0" * 64


@dataclass(frozen=True)
class Share:
    """What one volume holds: visits, overviews, and their printed parts in order."""

    parts: tuple[Part, ...]
    grids: tuple[Grid, ...]
    printed: tuple[Printed, ...]

    @property
    def sha256(self) -> str:
        """Give the SHA-256 over the SHA-256 of its printed parts."""
        sums = [hashlib.sha256(one.data).digest() for one in self.printed]
        return hashlib.sha256(b"".join(sums)).hexdigest()


def shares(casebook: Casebook, printed: Mapping[str, Printed], most: int) -> list[Share]:
    """Share the parts out over files of so many pages at most; only a visit that is longer is cut."""
    whole = Share(casebook.parts, casebook.grids, tuple(printed.values()))
    around = _around(casebook)
    if sum(part.pages for part in whole.printed) + around <= most:
        return [whole]
    room = max(most - around, 1)
    held: list[list[Part | Grid]] = [[]]
    pages = 0
    for run in _runs(casebook, printed, room):
        size = sum(printed[one.key].pages for one in run)
        if pages and pages + size > room:
            held.append([])
            pages = 0
        held[-1] += run
        pages += size
    return [_share(casebook, some, printed) for some in held]


def _around(casebook: Casebook) -> int:
    """Guess how many pages cover, contents and manifest take; of the whole casebook, so never too few."""
    rows = sum(len(part.forms) + 1 for part in casebook.parts) + len(casebook.empty)
    return COVER + rows // (ROWS // 2) + 2 + len(casebook.manifest) // FEWEST + 2


def _runs(casebook: Casebook, printed: Mapping[str, Printed], room: int) -> list[list[Part | Grid]]:
    runs: list[list[Part | Grid]] = []
    overviews: list[list[Part | Grid]] = [[grid] for grid in casebook.grids]
    for visit in by_event(casebook.parts):
        fits = sum(printed[part.key].pages for part in visit) <= room
        runs += [list(visit)] if fits else [[part] for part in visit]
    return [*runs, *overviews]


def _share(casebook: Casebook, some: Sequence[Part | Grid], printed: Mapping[str, Printed]) -> Share:
    keys = {one.key for one in some}
    parts = tuple(part for part in casebook.parts if part.key in keys)
    grids = tuple(grid for grid in casebook.grids if grid.key in keys)
    return Share(parts, grids, tuple(printed[one.key] for one in some))


def volume(casebook: Casebook, found: Sequence[Share], number: int, lines: Sequence[VolumeLine]) -> Casebook:
    """Give one volume (from 1) as a casebook of its own, with the list of all volumes on its cover."""
    share, last = found[number - 1], number == len(found)
    return replace(
        casebook,
        parts=share.parts,
        grids=share.grids,
        volume=Both(f"Volume {number} of {len(found)}", f"Том {number} из {len(found)}"),
        volumes=tuple(lines),
        empty=casebook.empty if last else (),
    )


def lines(
    found: Sequence[Share], names: Sequence[str], pages: Sequence[int], done: Sequence[tuple[str, int]]
) -> list[VolumeLine]:
    """List all volumes: name, pages, visits, sum of the pages; of those made before, the sum of the file."""
    listed, first = [], 1
    for place, (share, name) in enumerate(zip(found, names, strict=True)):
        last = first + pages[place] - 1
        sha256, size = done[place] if place < len(done) else ("", 0)
        held: list[Said] = [part.event for part in share.parts] or [UI["overviews"]]
        listed.append(
            VolumeLine(place + 1, name, f"{first}–{last}", held[0], held[-1], share.sha256, sha256, size)
        )
        first = last + 1
    return listed
