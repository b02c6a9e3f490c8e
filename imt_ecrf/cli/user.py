"""Accounts on the command line: list, add, grant, close; the acts ask `policy` whether that is allowed."""

import datetime as dt
import secrets
from pathlib import Path

import click

from imt_ecrf import config
from imt_ecrf.cli.acting import acting, by_option
from imt_ecrf.cli.opened import data_option

_role_options = (
    click.option("--role", required=True, help="A role of the study, such as PI or ADMIN."),
    click.option("--site", help="The site the role is for; without it, all sites."),
)


@click.group()
def user() -> None:
    """List, add and close accounts; grant roles."""


@user.command("list")
@data_option
@by_option
def list_accounts(data: Path, by: str | None) -> None:
    """List every account, also closed ones, with its roles."""
    from imt_ecrf.conduct import accounts

    with acting(data, by) as (session, actor):
        for account in accounts.list_accounts(session, actor):
            roles = ", ".join(f"{held.role}@{held.site or 'all'}" for _, held in account.roles)
            state = "open" if account.active else "closed"
            click.echo(f"{account.username}\t{account.name}\t{account.email}\t{state}\t{roles}")


@user.command()
@click.argument("username")
@data_option
@by_option
@click.option("--name", required=True, help="First and last name of the person.")
@click.option("--email", required=True)
@click.option("--organisation", default="")
@click.option("--language", type=click.Choice(config.LANGUAGES), default="en", show_default=True)
def add(
    *, username: str, data: Path, by: str | None, name: str, email: str, organisation: str, language: str
) -> None:
    """Make the account of one person and print its first password, once."""
    from imt_ecrf.conduct import accounts

    password = secrets.token_urlsafe(15)
    with acting(data, by, first=True) as (session, actor):
        accounts.create_user(
            session,
            actor,
            username=username,
            name=name,
            email=email,
            password=password,
            organisation=organisation,
            language=language,
            must_change_password=True,
        )
        if by is None:  # the first account of all must be able to make the others
            accounts.grant(session, actor, username, "ADMIN")
    click.echo(f"{username} may log in once with the password {password} and then chooses another.")


@user.command()
@click.argument("username")
@data_option
@by_option
@_role_options[0]
@_role_options[1]
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day, in UTC; without it, open.")
def grant(
    *, username: str, data: Path, by: str | None, role: str, site: str | None, until: dt.datetime | None
) -> None:
    """Give a person a role from now on, to a day if one is named."""
    from imt_ecrf.conduct import accounts

    end = until.replace(tzinfo=dt.UTC) + dt.timedelta(days=1) if until else None
    with acting(data, by) as (session, actor):
        accounts.grant(session, actor, username, role, site, until=end)


@user.command()
@click.argument("username")
@data_option
@by_option
@click.option("--name", required=True, help="First and last name of the inspector.")
@click.option("--email", required=True)
@click.option("--organisation", default="", help="The authority or the auditor's company.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The last day, in UTC.")
@click.option("--language", type=click.Choice(config.LANGUAGES), default="en", show_default=True)
def inspector(username: str, data: Path, by: str | None, until: dt.datetime, **person: str) -> None:
    """Make the account of an inspector: it reads everything, writes nothing and ends by itself."""
    from imt_ecrf.conduct import inspectors

    password, end = secrets.token_urlsafe(15), until.replace(tzinfo=dt.UTC) + dt.timedelta(days=1)
    with acting(data, by) as (session, actor):
        inspectors.invite(session, actor, username=username, password=password, until=end, **person)
    click.echo(f"{username} may log in once with the password {password} and then chooses another.")
    click.echo(f"The access ends with {until:%Y-%m-%d}, UTC.")


@user.command()
@click.argument("username")
@data_option
@by_option
@click.option("--reason", required=True)
def close(username: str, data: Path, by: str | None, reason: str) -> None:
    """Close an account for ever; its sessions end at their next request."""
    from imt_ecrf.conduct import accounts

    with acting(data, by) as (session, actor):
        accounts.deactivate(session, actor, username, reason)


@user.command()
@click.argument("username")
@data_option
@by_option
@click.option("--how", required=True, help="How the identity was checked, such as 'Passport seen'.")
@click.option("--day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="On which day.")
def identity(username: str, data: Path, by: str | None, how: str, day: dt.datetime) -> None:
    """Record that a person's identity was checked; nobody signs before that."""
    from imt_ecrf.conduct.identity import check_identity

    with acting(data, by) as (session, actor):
        check_identity(session, actor, username, how, day.date())
