"""A mail server that keeps what it is given and may fail, on this machine only."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path


class Post(socketserver.StreamRequestHandler):
    """A mail server that keeps what it is given, on this machine only."""

    def handle(self) -> None:
        """Speak as much of SMTP as one client needs."""
        server: Any = self.server
        self.say(server.greeting)
        inside = False
        lines: list[bytes] = []
        for raw in self.rfile:
            if inside and raw == b".\r\n":
                server.taken.append(b"".join(lines))
                inside, lines = False, []
                self.say("250 kept")
            elif inside:
                lines.append(raw.removeprefix(b".") if raw.startswith(b"..") else raw)
            elif not self.answer(raw.decode().strip(), server):
                return
            else:
                inside = raw.upper().startswith(b"DATA")

    def answer(self, line: str, server: Any) -> bool:
        """Answer a command; False ends the conversation."""
        word = line.split(" ", 1)[0].upper()
        if word == "AUTH":
            server.signed.append(line)
            self.say(server.auth)
        elif word == "RCPT" and any(name in line for name in server.refused):
            self.say("550 nobody of that name")
        else:
            self.say(
                {"DATA": "354 go on", "QUIT": "221 bye", "EHLO": "250-here\r\n250 AUTH PLAIN"}.get(
                    word, "250 ok"
                )
            )
        return word != "QUIT"

    def say(self, text: str) -> None:
        """Send a line."""
        self.wfile.write(f"{text}\r\n".encode())


class PostOffice(socketserver.ThreadingTCPServer):
    """Where the server keeps what it took."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.taken: list[bytes] = []
        self.signed: list[str] = []
        self.refused: set[str] = set()
        self.greeting, self.auth = "220 here", "235 welcome"

    @property
    def port(self) -> int:
        """Give the port it listens on."""
        return int(self.server_address[1])

    def letters(self) -> list[EmailMessage]:
        """Read what was taken."""
        return [message_from_bytes(one, policy=policy.default) for one in self.taken]


@pytest.fixture
def post() -> Iterator[PostOffice]:
    """Run a mail server."""
    with PostOffice() as office:
        thread = threading.Thread(target=office.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield office
        office.shutdown()
        thread.join()


def server(office: PostOffice, folder: Path, **more: Any) -> dict[str, Any]:
    """Give the settings of a mail server without TLS on this machine."""
    folder.mkdir(exist_ok=True)
    secret = folder / "smtp.password"
    secret.write_text("river-lamp-77\n", encoding="utf-8")
    given = {"smtp_host": "127.0.0.1", "smtp_port": office.port, "smtp_starttls": False}
    return {**given, "smtp_user": "ecrf", "smtp_password_file": str(secret), **more}
