"""Serving an installation: the web process and the worker of long jobs, started and ended together."""

import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from imt_ecrf import config
from imt_ecrf.cli.doctor import database_faults
from imt_ecrf.cli.together import Part, run_together

if TYPE_CHECKING:
    from flask import Flask

_STOPS = {"web": signal.SIGTERM, "jobs": signal.SIGINT}  # Huey finishes what it is doing on SIGINT only
_THREADS = 8
_LARGEST = 100_000_000  # of any request: the pages refuse sooner, in the reader's language
_TOO_LARGE = (
    "The file is larger than 50 MB, which this page does not take.\r\n\r\n"
    "Файл больше 50 МБ; эта страница таких не принимает.\r\n"
)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), envvar="IMT_ECRF_DATA")
@click.option("--database-url", help="Another database than the settings name.")
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--only", type=click.Choice(list(_STOPS)), help="Run one of the two processes, in this one.")
def serve(data: Path, database_url: str | None, host: str | None, port: int | None, only: str | None) -> None:
    """Serve the installation in a data folder until Ctrl+C or a SIGTERM."""
    settings = config.load(data, database_url=database_url, host=host, port=port)
    if only is None:
        run(settings)
        return
    _refuse_unsafe(settings)
    if only == "web":
        _web(settings)
    else:
        from imt_ecrf import jobs

        jobs.work(settings)


def run(settings: config.Settings) -> None:
    """Serve an installation with all its processes until a signal ends them; refuse when it is not safe."""
    _refuse_unsafe(settings)
    _refuse_taken_port(settings)
    where = settings.public_url or f"http://{settings.host}:{settings.port}/"
    click.echo(f"Serving on {where} (Ctrl+C ends it)")
    work_out(settings)
    ended = run_together([_part(name) for name in _STOPS], {**os.environ, **_environment(settings)})
    if ended:
        raise click.ClickException(f"The process {ended} ended by itself; its last words stand above.")


def application() -> "Flask":
    """Make the web application from the variables the web process was started with, for gunicorn."""
    from imt_ecrf.app import create_app

    return create_app(config.load(Path(os.environ["IMT_ECRF_DATA"])))


def _part(name: str) -> Part:
    return Part(
        name, (sys.executable, "-m", "imt_ecrf", "serve", "--only", name), _STOPS[name], again=name == "jobs"
    )


def _environment(settings: config.Settings) -> dict[str, str]:
    return {
        "IMT_ECRF_DATA": str(settings.data),
        "IMT_ECRF_DATABASE_URL": settings.database_url,
        "IMT_ECRF_HOST": settings.host,
        "IMT_ECRF_PORT": str(settings.port),
    }


def _web(settings: config.Settings) -> None:
    if settings.on_sqlite:
        _waitress(settings)
    else:
        _gunicorn(settings)


def _waitress(settings: config.Settings) -> None:
    """Serve with threads of one process: SQLite's queue of writers is shared by them."""
    import waitress
    from waitress.utilities import RequestEntityTooLarge

    from imt_ecrf.app import create_app

    # what is larger still reaches no page: waitress answers, and not in the words of a programmer
    RequestEntityTooLarge.to_response = _too_large
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # waitress then ends the requests it has begun
    # app.py believes the proxies, as many as the settings say; waitress leaves their headers alone
    waitress.serve(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        threads=_THREADS,
        ident=None,
        clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
        max_request_body_size=_LARGEST,
    )


def _too_large(*_asked: object) -> tuple[str, list[tuple[str, str]], bytes]:
    return "413 Content Too Large", [("Content-Type", "text/plain; charset=utf-8")], _TOO_LARGE.encode()


def _gunicorn(settings: config.Settings) -> NoReturn:
    """Become gunicorn: processes instead of threads, no lock between them but PostgreSQL's own."""
    command = [sys.executable, "-m", "gunicorn", "imt_ecrf.cli.serve:application()"]
    command += ["--bind", f"{settings.host}:{settings.port}", "--workers", str(settings.workers)]
    command += ["--threads", "4", "--log-level", "warning"]
    os.execve(sys.executable, command, {**os.environ, **_environment(settings)})  # noqa: S606


def _refuse_unsafe(settings: config.Settings) -> None:
    behind_tls = (settings.public_url or "").startswith("https://") and settings.trusted_proxies > 0
    if settings.kind == "production" and not behind_tls:
        raise click.ClickException(
            "A production installation is served behind a proxy with TLS only: "
            f"set public_url (https://…) and trusted_proxies in {settings.data / config.FILE}."
        )
    faults = database_faults(settings)
    if faults:
        raise click.ClickException(" ".join(faults))


def work_out(settings: config.Settings) -> None:
    """Work out what is planned and due for a database made by a version that did not keep it."""
    from imt_ecrf import store
    from imt_ecrf.conduct import agenda, due

    engines = store.engines(settings.database_url)
    try:
        agenda.fill(engines)
        due.fill(engines)
    finally:
        engines.dispose()


def _refuse_taken_port(settings: config.Settings) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((settings.host, settings.port))
        except OSError as problem:
            address = f"{settings.host}:{settings.port}"
            raise click.ClickException(f"Cannot listen on {address}: {problem.strerror}.") from None
