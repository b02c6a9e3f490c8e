"""Normal ranges on the command line: listed, added, read from a file whose faulty lines are named."""

import csv
import datetime as dt
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from imt_ecrf.cli.acting import acting, by_option
from imt_ecrf.cli.opened import data_option

if TYPE_CHECKING:
    from imt_ecrf.conduct.range_wish import RangeWish
    from imt_ecrf.conduct.ranges import Kept
    from imt_ecrf.study.book import Book

COLUMNS: Final = (
    *("laboratory", "test", "unit", "sex", "age_from", "age_to", "low", "high", "valid_from", "valid_to"),
)
NEEDED: Final = ("laboratory", "test", "unit", "valid_from")


@click.group()
def ranges() -> None:
    """List, add or import the normal ranges of a site's laboratory."""


@ranges.command("list")
@data_option
@by_option
@click.option("--site", help="Of this site only.")
@click.option("--all", "everything", is_flag=True, help="Also replaced and withdrawn ones.")
def list_ranges(*, data: Path, by: str | None, site: str | None, everything: bool) -> None:
    """List ranges as lines of CSV, in the columns that `import` reads, with id, author and time."""
    from imt_ecrf.conduct import ranges as act
    from imt_ecrf.conduct.range_wish import age_text

    with acting(data, by) as (session, actor):
        known = act.list_ranges(session, actor, site)
    found = [one for one in known if everything or one.holds]
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["site", *COLUMNS, "state", "reason", "entered_at", "entered_by", "id"])
    for one in found:
        wish = one.wish
        end = "" if wish.age_to is None else age_text(wish.age_to)
        state = "withdrawn" if one.withdrawn else "corrected" if one.corrected else "holds"
        out.writerow([
            one.site, wish.laboratory, wish.test, wish.unit, wish.sex or "", age_text(wish.age_from), end,
            wish.low or "", wish.high or "", wish.valid_from, one.until or "", state, one.reason,
            one.entered_at.isoformat(), one.entered_by, one.id,
        ])  # fmt: skip


@ranges.command()
@data_option
@by_option
@click.option("--site", required=True, help="Code of the site.")
@click.option("--laboratory", required=True, help="Its name as written on the sample.")
@click.option("--test", required=True, help="Such as ALT.")
@click.option("--unit", required=True, help="One of the units of the test.")
@click.option("--sex", default="", help="F or M; without it any.")
@click.option("--age-from", default="0y", show_default=True, help="Such as 6y, 18m or 30d.")
@click.option("--age-to", default="", help="The first age without it; without it no end.")
@click.option("--low", default="", help="Lower limit.")
@click.option("--high", default="", help="Upper limit.")
@click.option("--from", "valid_from", required=True, help="First day in force, YYYY-MM-DD.")
@click.option("--to", "valid_to", default="", help="First day no longer in force.")
@click.option("--replaces", default="", help="Id of the range it replaces; needs --reason.")
@click.option("--reason", default="", help="Why.")
def add(*, data: Path, by: str | None, site: str, replaces: str, reason: str, **given: str) -> None:
    """Add a range, or replace one; the results it reaches follow at once."""
    from imt_ecrf.conduct import ranges as act

    wish, fault = _wish(given)
    if wish is None:
        raise click.ClickException(fault)
    with acting(data, by) as (session, actor):
        if replaces:
            kept = act.replace_range(session, actor, replaces, wish, reason)
        else:
            kept = act.add_ranges(session, actor, site, [wish], reason)
    _tell(kept)


@ranges.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@by_option
@click.option("--site", required=True, help="Code of the site.")
@click.option("--reason", default="", help="A remark kept with every range.")
def import_file(*, file: Path, data: Path, by: str | None, site: str, reason: str) -> None:
    """Add the ranges of a CSV file, all or none; every faulty line is named.

    Columns: laboratory, test, unit, sex, age_from, age_to, low, high, valid_from, valid_to. Ages such as
    6y, 18m or 30d, the end excluded; days as YYYY-MM-DD. A gap or overlap between ages is a fault.
    """
    from imt_ecrf.conduct import ranges as act
    from imt_ecrf.conduct import runtime

    with acting(data, by) as (session, actor):
        wishes, faults = _read(file, runtime.study(session).book)
        if faults:
            for fault in faults:
                click.echo(f"{file}: {fault}")
            raise click.ClickException(f"{len(faults)} fault{'s' * (len(faults) > 1)}; nothing was added.")
        kept = act.add_ranges(session, actor, site, wishes, reason)
    _tell(kept)


def _read(file: Path, book: "Book") -> tuple[list["RangeWish"], list[str]]:
    """Read the file; faults name the line, or the test for what stands between lines."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return [], ["the file is not text in UTF-8"]
    delimiter = ";" if lines and ";" in lines[0] else ","
    table = csv.DictReader(lines, delimiter=delimiter)
    columns = [name.strip() for name in table.fieldnames or ()]
    missing = [name for name in NEEDED if name not in columns]
    unknown = [name for name in columns if name not in COLUMNS]
    if missing or unknown:
        parts = ["no column " + ", ".join(missing)] if missing else []
        parts += ["unknown column " + ", ".join(unknown)] if unknown else []
        return [], [f"line 1: {'; '.join(parts)}; columns are {', '.join(COLUMNS)}"]
    table.fieldnames = columns
    wishes, faults = _checked(((table.line_num, row) for row in table), book)
    return wishes, faults or _between(wishes)


def _checked(rows: Iterable[tuple[int, dict[str, str]]], book: "Book") -> tuple[list["RangeWish"], list[str]]:
    from imt_ecrf.conduct.range_wish import RangeNotPossible, checked

    wishes: list[RangeWish] = []
    faults: list[str] = []
    for number, row in rows:
        if None in row or None in row.values():
            faults.append(f"line {number}: not as many cells as columns")
            continue
        wish, fault = _wish(row)
        try:
            wishes += [checked(book, wish)] if wish else []
        except RangeNotPossible as problem:
            fault = problem.detail
        faults += [f"line {number}: {fault}"] if fault else []
    if not wishes and not faults:
        faults.append("there is no range in the file")
    return wishes, faults


def _between(wishes: list["RangeWish"]) -> list[str]:
    from imt_ecrf.conduct.range_wish import age_words, table_faults

    return [
        f"{one.test} {one.sex or 'any sex'}: {one.kind} at {age_words(one.age_from, one.age_to)}"
        for one in table_faults(wishes)
    ]


def _wish(row: dict[str, str]) -> tuple["RangeWish | None", str]:
    """Give a range from its texts, or what cannot be read."""
    from imt_ecrf.conduct.range_wish import RangeWish, age_days

    cell = {name: (row.get(name) or "").strip() for name in COLUMNS}
    ages = {name: age_days(cell[name]) for name in ("age_from", "age_to") if cell[name]}
    wrong = [cell[name] for name, days in ages.items() if days is None]
    if wrong:
        return None, f"{wrong[0]}: an age is such as 6y, 18m or 30d."
    try:
        first = dt.date.fromisoformat(cell["valid_from"])
        last = dt.date.fromisoformat(cell["valid_to"]) if cell["valid_to"] else None
    except ValueError:
        return None, f"{cell['valid_from']} {cell['valid_to']}".strip() + ": a day is such as 2026-06-01."
    wish = RangeWish(
        cell["laboratory"], cell["test"], cell["unit"], first, low=cell["low"], high=cell["high"],
        sex=cell["sex"] or None, age_from=ages.get("age_from") or 0, age_to=ages.get("age_to"), valid_to=last,
    )  # fmt: skip
    return wish, ""


def _tell(kept: "Kept") -> None:
    follow, void = len(kept.reached), len(kept.voided)
    click.echo(f"Kept: {len(kept.ids)} ranges; {follow} forms follow, {void} signatures are void.")
    for one in kept.ids:
        click.echo(one)
