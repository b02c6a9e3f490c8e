"""Blank forms from the command line: one, those of a visit, or all; annotated for who builds data sets."""

from pathlib import Path

import click

from imt_ecrf.cli.opened import data_option, opened
from imt_ecrf.cli.outfile import place_for, put


@click.command()
@click.argument("form", required=False)
@data_option
@click.option("--event", help="Every form of a visit: the pack for the day when the system is down.")
@click.option("--all", "everything", is_flag=True, help="Every form of the study.")
@click.option("--annotated", is_flag=True, help="With item, SDTM and CDASH variables, code list and checks.")
@click.option("--lang", type=click.Choice(["en", "ru", "both"]), default="en", show_default=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The PDF to write."
)
def blank(
    *,
    form: str | None,
    data: Path,
    event: str | None,
    everything: bool,
    annotated: bool,
    lang: str,
    out: Path,
) -> None:
    """Write blank forms of the published version as PDF, to fill by hand."""
    from imt_ecrf import store
    from imt_ecrf.conduct import runtime
    from imt_ecrf.reporting.blank import blank as printed
    from imt_ecrf.reporting.paper import both

    if bool(form) + bool(event) + everything != 1:
        raise click.UsageError("Name one form, or give --event or --all.")
    place_for(out)
    with opened(data) as here, store.reading(here.engines) as session:
        book = runtime.study(session).book
    if (form and form not in book.forms) or (event and event not in book.events):
        raise click.ClickException(f"The study has no {form or event}.")
    forms = [ref.form for ref in book.events[event].forms] if event else [form] if form else list(book.forms)
    title = both(book.events[event].name if event else book.version.name)
    content = printed(book, forms, lang, title, annotated=annotated)
    put(out, out.name, content)
    click.echo(f"{out}: {len(forms)} forms of version {book.version.version}, {book.fingerprint[:12]}")
