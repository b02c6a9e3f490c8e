"""A casebook countersigned from the command line by a named person, with the password; signs nothing."""

from pathlib import Path

import click

from imt_ecrf.cli.opened import data_option, opened
from imt_ecrf.cli.outfile import place_for, put


@click.command()
@click.argument("subject")
@data_option
@click.option("--as", "by", required=True, help="Your own user name; the password is asked for.")
@click.option("--lang", type=click.Choice(["en", "ru", "both"]), default="en", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
def countersign(subject: str, data: Path, by: str, lang: str, out: Path) -> None:
    """Sign the present copy of a casebook as investigator or sponsor; make the copy first, and read it."""
    from imt_ecrf import jobs, store
    from imt_ecrf.conduct import accounts, entrance
    from imt_ecrf.reporting import countersign as signing
    from imt_ecrf.reporting import keep
    from imt_ecrf.reporting.options import Options

    place_for(out)  # before anything is signed: what is signed must reach its signer
    password = click.prompt(f"Password of {by}", hide_input=True, err=True)
    with opened(data) as here:
        with store.reading(here.engines) as session:
            actor = entrance.actor_named(session, by)
        if actor is None:
            raise accounts.WrongPassword  # as for a wrong password: which names exist is not told
        house = jobs.house_of(here.engines, here.settings)
        made = signing.countersign(house, actor, subject, Options(lang), password=password)
        content = (house.data / made.path).read_bytes()
    target = put(out, keep.name_of(made), content)
    click.echo(f"{target}: countersigned, SHA-256 {made.sha256}")
