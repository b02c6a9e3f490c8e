"""The installation's certificate from the command line: shown, renewed, revoked; decides nothing itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf.cli.acting import acting, by_option
from imt_ecrf.cli.opened import data_option, opened

if TYPE_CHECKING:
    from datetime import datetime

    from imt_ecrf.reporting.certificate import SealFiles
    from imt_ecrf.reporting.custody import Held


@click.group()
def certificate() -> None:
    """Show, renew or revoke the certificate that seals casebooks."""


@certificate.command("show")
@data_option
def show(data: Path) -> None:
    """List the certificates of the installation, the present one first."""
    from datetime import UTC, datetime

    from imt_ecrf import store
    from imt_ecrf.reporting.certificate import authorities, fingerprint
    from imt_ecrf.reporting.custody import held

    now = datetime.now(UTC)
    with opened(data) as here, store.reading(here.engines) as session:
        files = _files(data)
        for one in held(session, files):
            click.echo(f"{one.state(now)}: {_line(one)}")
        for authority in authorities(files):
            until = _day(authority.not_valid_after_utc)
            click.echo(f"authority: SHA-256 {fingerprint(authority)}, until {until}")


@certificate.command("renew")
@data_option
@by_option
@click.option("--organisation", help="Whose seal stands on casebooks; without it, as before.")
def renew(data: Path, by: str | None, organisation: str | None) -> None:
    """Make a new key and certificate; the old key is destroyed, copies made with it stay genuine."""
    from imt_ecrf.reporting import custody

    with acting(data, by, first=True) as (session, actor):
        made = custody.renew(session, actor, _files(data), organisation)
    click.echo(f"Renewed: {_line(made)}")


@certificate.command("revoke")
@data_option
@by_option
@click.option("--reason", required=True, help="Why, for the log; at most 500 signs.")
def revoke(data: Path, by: str | None, reason: str) -> None:
    """Take the present certificate out of use at once; nothing is sealed until it is renewed."""
    from imt_ecrf.reporting import custody

    with acting(data, by, first=True) as (session, actor):
        done = custody.revoke(session, actor, _files(data), reason)
    click.echo(f"Revoked: {_line(done)}")
    click.echo("Copies on record stay genuine. `imt-ecrf certificate renew` makes a new certificate.")


def _files(data: Path) -> "SealFiles":
    from imt_ecrf import config
    from imt_ecrf.reporting.certificate import seal_files
    from imt_ecrf.reporting.keep import KEYS

    return seal_files(config.load(data).data / KEYS)


def _line(one: "Held") -> str:
    said = f"SHA-256 {one.sha256}, {one.organisation}, {_day(one.since)} to {_day(one.until)}"
    if one.withdrawn is None:
        return said
    out = one.withdrawn
    return f"{said}; revoked {out.at:%Y-%m-%d %H:%M:%S} UTC by {out.by}: {out.reason}"


def _day(moment: "datetime") -> str:
    return f"{moment:%Y-%m-%d}"
