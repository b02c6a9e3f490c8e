"""Accounts on the command line: list, add, grant, close; the acts ask `policy` whether that is allowed."""

import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf import config
from imt_ecrf.cli.opened import data_option, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

_by_option = click.option(
    "--as", "by", help="Your own user name; needless only while there is no account at all."
)
_role_options = (
    click.option("--role", required=True, help="A role of the study, such as PI or ADMIN."),
    click.option("--site", help="The site the role is for; without it, all sites."),
)


@click.group()
def user() -> None:
    """List, add and close accounts; grant roles."""


@user.command("list")
@data_option
@_by_option
def list_accounts(data: Path, by: str | None) -> None:
    """List every account, also closed ones, with its roles."""
    from imt_ecrf.conduct import accounts

    with _acting(data, by) as (session, actor):
        for account in accounts.list_accounts(session, actor):
            roles = ", ".join(f"{held.role}@{held.site or 'all'}" for _, held in account.roles)
            state = "open" if account.active else "closed"
            click.echo(f"{account.username}\t{account.name}\t{account.email}\t{state}\t{roles}")


@user.command()
@click.argument("username")
@data_option
@_by_option
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
    with _acting(data, by, first=True) as (session, actor):
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
@_by_option
@_role_options[0]
@_role_options[1]
def grant(username: str, data: Path, by: str | None, role: str, site: str | None) -> None:
    """Give a person a role from now on."""
    from imt_ecrf.conduct import accounts

    with _acting(data, by) as (session, actor):
        accounts.grant(session, actor, username, role, site)


@user.command()
@click.argument("username")
@data_option
@_by_option
@click.option("--reason", required=True)
def close(username: str, data: Path, by: str | None, reason: str) -> None:
    """Close an account for ever; its sessions end at their next request."""
    from imt_ecrf.conduct import accounts

    with _acting(data, by) as (session, actor):
        accounts.deactivate(session, actor, username, reason)


@contextmanager
def _acting(data: Path, by: str | None, *, first: bool = False) -> "Iterator[tuple[Session, Actor]]":
    """Open one transaction for the person named, who gives the password; the first account needs none."""
    from imt_ecrf import store

    password = click.prompt(f"Password of {by}", hide_input=True, err=True) if by else ""
    with opened(data) as installation, store.writing(installation.engines) as session:
        if by:
            yield session, _person(session, by, password)
        elif first and not _any_account(session):
            yield session, _console()
        else:
            raise click.ClickException("Say who you are with --as USERNAME.")


def _person(session: "Session", by: str, password: str) -> "Actor":
    from imt_ecrf.conduct import accounts, entrance

    actor = entrance.actor_named(session, by)
    if actor is None:
        raise accounts.WrongPassword  # as for a wrong password: which names exist is not told
    entrance.confirm_password(session, actor, password)
    return actor


def _console() -> "Actor":
    from imt_ecrf.conduct.actor import system

    return system()


def _any_account(session: "Session") -> bool:
    from sqlalchemy import select

    from imt_ecrf.store.accounts import User

    return session.scalars(select(User.id).limit(1)).first() is not None
