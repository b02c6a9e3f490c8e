"""A command done by a named person: one transaction, after the password; the acts ask `policy` the rest."""

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imt_ecrf.cli.opened import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor

by_option = click.option(
    "--as", "by", help="Your own user name; needless only while there is no account at all."
)


@contextmanager
def acting(data: Path, by: str | None, *, first: bool = False) -> "Iterator[tuple[Session, Actor]]":
    """Open one transaction for the person named, who gives the password; the first account needs none."""
    from imt_ecrf import store

    password = _password(by) if by else ""
    with opened(data) as installation, store.writing(installation.engines) as session:
        if by:
            yield session, _person(session, by, password)
        elif first and not _any_account(session):
            yield session, _console()
        else:
            raise click.ClickException("Say who you are with --as USERNAME.")


def _password(by: str) -> str:
    """Ask for the password on a terminal; without one it is one line of the standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(f"Password of {by}", hide_input=True, err=True))
    # what cannot hide the letters must not ask for them
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise click.ClickException(
            f"The password of {by} is needed: run this on a terminal, "
            "or give it as one line of the standard input."
        )
    return given


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
