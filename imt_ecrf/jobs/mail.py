"""Messages by e-mail: a folder they wait in, and the server they are handed to; knows not what they say."""

from __future__ import annotations

import contextlib
import fcntl
import os
import smtplib
import ssl
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Final

from imt_ecrf.config import SettingsProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from imt_ecrf.config import Settings

FOLDER: Final = "outbox"
WAITING: Final = "waiting"
SENT: Final = "sent"
PATIENCE: Final = 20
"""Seconds a mail server may keep us waiting."""
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
READABLE: Final = (
    "smtp_user is set and smtp_starttls is false: the password would travel readable; nothing was sent."
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the messages that waited: handed over, still waiting, and why."""

    sent: int
    waiting: int
    problems: tuple[str, ...] = ()


def folder(settings: Settings) -> Path:
    """Give where new messages are put: where they wait for the server, or the folder itself without one."""
    outbox = settings.data / FOLDER
    return outbox / WAITING if settings.smtp_host else outbox


def put(settings: Settings, name: str, message: EmailMessage) -> Path:
    """Keep a message as a file, whole or not at all; the same name again is the same message."""
    there = folder(settings)
    there.mkdir(mode=0o700, parents=True, exist_ok=True)
    file, fresh = there / f"{name}.eml", there / f".{name}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(message.as_bytes())
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)
    return file


def waiting(settings: Settings) -> list[Path]:
    """List the messages that wait for the server, oldest first by name."""
    return sorted((settings.data / FOLDER / WAITING).glob("*.eml"))


def hand_over(settings: Settings) -> Sent:
    """Hand what waits to the mail server; what it does not take stays and is tried again the next time."""
    if not settings.smtp_host:
        return Sent(0, len(waiting(settings)))
    with _alone(settings):
        files = waiting(settings)
        if not files:
            return Sent(0, 0)
        done, problems = 0, []
        try:
            with _server(settings) as server:
                for file in files:
                    problem = _hand(server, file)
                    done += not problem
                    problems += [problem] if problem else []
        except (OSError, smtplib.SMTPException, SettingsProblem) as problem:
            problems.append(_why(settings, problem))
        return Sent(done, len(waiting(settings)), tuple(problems))


def _hand(server: smtplib.SMTP, file: Path) -> str:
    """Hand one message over and put it aside; an address the server refuses keeps no other back."""
    message = message_from_bytes(file.read_bytes(), policy=policy.SMTP)
    try:
        server.send_message(message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as problem:
        server.rset()
        return f"{file.name}: the mail server refused it ({type(problem).__name__})."
    kept = file.parent.parent / SENT
    kept.mkdir(mode=0o700, exist_ok=True)
    file.replace(kept / file.name)
    return ""


@contextlib.contextmanager
def _server(settings: Settings) -> Iterator[smtplib.SMTP]:
    host = settings.smtp_host or ""
    if settings.smtp_user and not settings.smtp_starttls and host not in LOOPBACK:
        raise SettingsProblem(READABLE)
    with smtplib.SMTP(host, settings.smtp_port, timeout=PATIENCE) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password() or "")
        yield server


def _why(settings: Settings, problem: Exception) -> str:
    """Say why nothing could be handed over; never what was sent to sign in."""
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    if isinstance(problem, SettingsProblem):
        return str(problem)
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        return f"The mail server {where} refused the user or the password (code {problem.smtp_code})."
    reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else type(problem).__name__
    return f"The mail server {where} could not be used: {reason}."


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Let one program at a time hand messages over: nobody gets one twice."""
    outbox = settings.data / FOLDER
    outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (outbox / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
