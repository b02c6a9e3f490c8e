"""A look at whether this installation can work: folders, libraries, fonts, guards; it changes nothing."""

import datetime as dt
import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from imt_ecrf import config, rooms

_PAPER = "import weasyprint; assert weasyprint.HTML(string='<p>Да</p>').write_pdf()[:5] == b'%PDF-'"
_FONTS = ("fontpkg_pt_sans", "fontpkg_pt_sans_narrow", "rinoh_typeface_dejavusans")
_OLDEST = (3, 11)
_RENEW = dt.timedelta(days=60)
_DAY = 24 * 60 * 60
_SOON = 10 * 60
"""Seconds after which an alert that waits, for somebody or for the mail server, is a fault."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and what was seen."""

    well: bool
    what: str


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Look at the installation in this folder too.")
def doctor(data: Path | None) -> None:
    """Check that this installation can work; name everything that is wrong."""
    findings = list(_look(data))
    for finding in findings:
        click.echo(f"{'ok    ' if finding.well else 'WRONG '} {finding.what}")
    wrong = sum(not finding.well for finding in findings)
    if wrong:
        click.echo(f"{wrong} of {len(findings)} things are wrong.", err=True)
        sys.exit(1)


def database_faults(settings: config.Settings) -> list[str]:
    """List why the database may not be served (absent, not up to date, unguarded), a sentence each."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from imt_ecrf import store
    from imt_ecrf.store import schema

    file = make_url(settings.database_url).database or ""
    if settings.on_sqlite and not Path(file).is_file():  # opening it would make an empty one
        return [f"The database {file} is not there."]
    opened = store.engines(settings.database_url)
    try:
        with opened.reading.connect() as connection:
            return schema.faults(connection)
    except SQLAlchemyError as problem:
        reason = str(getattr(problem, "orig", problem)).strip().splitlines()[0]
        return [f"The database cannot be opened: {reason}."]
    finally:
        opened.dispose()


def _look(data: Path | None) -> Iterator[Finding]:
    yield Finding(sys.version_info >= _OLDEST, f"Python {sys.version.split()[0]}")
    for find in (rooms.forms, rooms.templates, rooms.migrations, rooms.reports):
        yield _folder(find)
    for font in _FONTS:
        yield Finding(importlib.util.find_spec(font) is not None, f"font package {font}")
    yield _paper()
    if data is not None:
        yield from _installation(data)


def _folder(find: Callable[[], Path]) -> Finding:
    try:
        return Finding(well=True, what=f"folder {find()}")
    except rooms.RoomIsMissing as problem:
        return Finding(well=False, what=str(problem))


def _paper() -> Finding:
    """Make a page of paper in a child process: a missing library would end this one."""
    done = subprocess.run([sys.executable, "-c", _PAPER], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode == 0:
        return Finding(well=True, what="WeasyPrint makes PDF")
    last = done.stderr.strip().splitlines()[-1:]
    return Finding(well=False, what=f"WeasyPrint makes no PDF: {' '.join(last) or 'it ended without a word'}")


def _installation(data: Path) -> Iterator[Finding]:
    try:
        settings = config.load(data)
        settings.secret_key()
    except config.SettingsProblem as problem:
        yield Finding(well=False, what=str(problem))
        return
    yield Finding(well=True, what=f"settings of a {settings.kind} installation in {settings.data}")
    faults = database_faults(settings)
    yield from (Finding(well=False, what=fault) for fault in faults)
    if not faults:
        yield Finding(well=True, what="database up to date, all guards stand")
        yield from _seal(settings)
        yield from _alerts(settings)
    yield from _messages(settings)


def _seal(settings: config.Settings) -> Iterator[Finding]:
    """Look whether the certificate that seals casebooks can be used, and for how long still."""
    from imt_ecrf import store
    from imt_ecrf.reporting.certificate import seal_files
    from imt_ecrf.reporting.custody import held

    opened = store.engines(settings.database_url)
    try:
        with store.reading(opened) as session:
            found = held(session, seal_files(settings.data / "keys"))
    except (OSError, ValueError) as fault:
        yield Finding(well=False, what=f"The seal of casebooks cannot be opened: {fault}")
        return
    finally:
        opened.dispose()
    for one in found[:1]:
        now = dt.datetime.now(dt.UTC)
        state = "ends soon" if one.until - now < _RENEW and one.state(now) == "in force" else one.state(now)
        what = f"seal of casebooks {state}, until {one.until:%Y-%m-%d}"
        well = state == "in force"
        yield Finding(well, what if well else f"{what}; see imt-ecrf certificate")


def _alerts(settings: config.Settings) -> Iterator[Finding]:
    """Look whether alerts wait: for somebody they can go to, or for the mail server."""
    from imt_ecrf import store
    from imt_ecrf.jobs import alerting, mail

    opened = store.engines(settings.database_url)
    try:
        now = dt.datetime.now(dt.UTC)
        since = now - dt.timedelta(seconds=_SOON)
        unheard, lacking = alerting.unheard(opened, since), alerting.lacking(opened, since)
    finally:
        opened.dispose()
    if unheard:
        why = "is the installation served, and does somebody with an address hold the roles they go to?"
        yield Finding(well=False, what=f"{unheard} alerts went to nobody yet: {why}")
    for alert, site, roles in lacking:
        who = f"nobody with an address holds {', '.join(roles)}"
        yield Finding(well=False, what=f"the alert {alert} at site {site}: {who}")
    late = [one for one in mail.waiting(settings) if one.name.startswith(alerting.NAME) and _age(one) > _SOON]
    if late:
        yield Finding(well=False, what=f"{len(late)} alerts wait in {late[0].parent} for the mail server")


def _messages(settings: config.Settings) -> Iterator[Finding]:
    """Look whether daily messages wait for the mail server since yesterday."""
    from imt_ecrf.jobs import alerting, mail

    daily = [one for one in mail.waiting(settings) if not one.name.startswith(alerting.NAME)]
    late = [one for one in daily if _age(one) > _DAY]
    if late:
        what = f"{len(late)} daily messages wait in {late[0].parent} for a day or longer; see imt-ecrf digest"
        yield Finding(well=False, what=what)


def _age(file: Path) -> float:
    return time.time() - file.stat().st_mtime
