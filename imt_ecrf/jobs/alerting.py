"""The messages of alerts: written at once to who holds the roles, handed over until the server takes them."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from imt_ecrf import store
from imt_ecrf.conduct import alert_letters, runtime
from imt_ecrf.conduct.actor import ServerClock, system
from imt_ecrf.jobs import mail

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor, Clock
    from imt_ecrf.conduct.alert_letters import Raised, Recipient
    from imt_ecrf.config import Settings
    from imt_ecrf.store import Engines

LOG: Final = logging.getLogger(__name__)
NAME: Final = "alert-"
"""The names of these files begin with it."""
EVERY: Final = 10.0
"""Seconds between two looks; an alert goes out within a minute."""
PATIENCE: Final = 300.0
"""The longest time between two tries with a mail server that takes nothing."""
_NOTED: Final[set[str]] = set()
"""The messages this process knows to be noted as taken."""
_NO_ADDRESS: Final = (ValueError, IndexError, MessageError)
"""What the mail library says of an address it cannot read."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: messages written, alerts nobody could be told of, messages that still wait, and why."""

    written: int
    unheard: int
    waiting: int
    problems: tuple[str, ...] = field(default=())


def run(settings: Settings, engines: Engines, clock: Clock | None = None, *, again: bool = True) -> Done:
    """Write the messages of all alerts that wait and hand them over; running again sends nothing twice.

    Without `again` what a mail server did not take before is tried with new messages only.
    """
    author = system(clock or ServerClock())
    with store.reading(engines) as session:
        ready = bool(runtime.newest(session))
        raised = alert_letters.waiting(session) if ready else []
        wanting = alert_letters.lacking(session) if ready else []
        later = [one for one, roles in wanting if _somebody(session, author, one, roles)]
    told = [_tried(settings, engines, author, one) for one in raised]
    written = sum(told) + sum(_tried(settings, engines, author, one) for one in later)
    unheard = told.count(0)
    late = ours(settings)
    tried = settings.smtp_host and late and (again or written)
    handed = mail.hand_over(settings) if tried else mail.Sent(0, len(late))
    _note_handed(settings, engines, author)
    return Done(written, unheard, len(ours(settings)), handed.problems)


def ours(settings: Settings) -> list[str]:
    """Name the messages of alerts that wait for the mail server."""
    return [one.name for one in mail.waiting(settings) if one.name.startswith(NAME)]


def unheard(engines: Engines, since: dt.datetime) -> int:
    """Count the alerts raised before a moment that nobody was written to yet."""
    with store.reading(engines) as session:
        found = alert_letters.waiting(session) if runtime.newest(session) else []
    return sum(one.at < since for one in found)


def lacking(engines: Engines, since: dt.datetime) -> list[tuple[str, str, tuple[str, ...]]]:
    """Name the alerts raised before a moment with roles nobody was written to: alert, site, roles."""
    with store.reading(engines) as session:
        found = alert_letters.lacking(session) if runtime.newest(session) else []
    return [(one.alert, one.site, tuple(sorted(roles))) for one, roles in found if one.at < since]


def start(settings: Settings, engines: Engines, every: float = EVERY) -> Callable[[], None]:
    """Begin to look every few seconds in a thread; call what is returned to stop."""
    stop = threading.Event()
    thread = threading.Thread(target=_loop, args=(settings, engines, every, stop), name="alerts", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join()

    return end


def _loop(settings: Settings, engines: Engines, every: float, stop: threading.Event) -> None:
    pause, then, said = every, 0.0, ""
    while True:
        again = time.monotonic() >= then
        try:
            told = " ".join(run(settings, engines, again=again).problems)
        except Exception:  # whatever it was, what waits is tried again at the next turn
            LOG.exception("alerts could not be sent")
            told = ""
        if told and told != said:
            LOG.warning("alerts: %s", told)
        if told:
            pause = min(pause * 2, PATIENCE)
            then = time.monotonic() + pause
        elif again:
            pause = every
        said = told or said
        if stop.wait(every):
            return


def _tried(settings: Settings, engines: Engines, author: Actor, one: Raised) -> int:
    try:
        return _write(settings, engines, author, one)
    except Exception:  # one alert that cannot be written keeps no other back
        LOG.exception("the alert %s could not be written", one.id)
        return 0


def _write(settings: Settings, engines: Engines, author: Actor, one: Raised) -> int:
    """Write the messages of one alert and note to whom, in one transaction; 0 when nobody can be told.

    A role nobody reachable held is told later, once, as soon as somebody does.
    """
    with store.reading(engines) as session:
        if not _somebody(session, author, one, alert_letters.roles_of(session, one.alert)):
            return 0
    with store.writing(engines, author.who("SYSTEM")) as session:
        roles = alert_letters.lock(session, one)
        if not roles:
            return 1  # another program wrote them meanwhile
        people = alert_letters.recipients(session, one, author.now(), roles)
        if roles != alert_letters.roles_of(session, one.alert):  # who cannot be reached was noted at first
            people = list(filter(_reachable, people))
        for to in people:
            reached = _reachable(to)
            if reached:
                _put(settings, one, to, now=author.now())
            alert_letters.note(session, author, one, to, refused=not reached)
        return sum(map(_reachable, people))


def _somebody(session: Session, author: Actor, one: Raised, roles: Collection[str]) -> bool:
    """Tell whether somebody who holds one of these roles can be reached now."""
    return any(map(_reachable, alert_letters.recipients(session, one, author.now(), roles)))


def _reachable(to: Recipient) -> bool:
    """Tell whether a message can be sent to an address at all."""
    try:
        Mailbox(to.name, addr_spec=to.email)
    except _NO_ADDRESS:
        return False
    return True


def _put(settings: Settings, one: Raised, to: Recipient, *, now: dt.datetime) -> None:
    """Keep a message as a file, unless the server took it already: a run may end before it can note so."""
    name = f"{NAME}{one.id}-{quote(to.username, safe='')}"
    if not _sent(settings, name):
        mail.put(settings, name, compose(settings, one, to, now))


def _sent(settings: Settings, name: str) -> bool:
    return (settings.data / mail.FOLDER / mail.SENT / f"{name}.eml").exists()


def _note_handed(settings: Settings, engines: Engines, author: Actor) -> None:
    """Note what the mail server took, also in a run that ended right after."""
    taken = (settings.data / mail.FOLDER / mail.SENT).glob(f"{NAME}*.eml")
    names = sorted(one.stem for one in taken)
    if not names:
        return
    if _NOTED.issuperset(names):
        return  # nothing was taken since the last look
    with store.reading(engines) as session:
        known = alert_letters.handed(session)
    length = len(NAME) + len("00000000-0000-0000-0000-000000000000")
    for name in names:
        alert, username = name[len(NAME) : length], unquote(name[length + 1 :])
        if (alert, username) not in known:
            with store.writing(engines, author.who("SYSTEM")) as session:
                alert_letters.note_handed(session, author, alert, username)
    _NOTED.update(names)


def compose(settings: Settings, one: Raised, to: Recipient, now: dt.datetime) -> EmailMessage:
    """Write a message in the person's language: when, where, until when, a link; nothing of a child."""
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    host = base.split("//", 1)[-1].split("/", 1)[0].split(":", 1)[0]
    pick = int(to.language == "ru")
    message = EmailMessage()
    message["From"] = settings.mail_from or f"imt-ecrf@{host}"
    message["To"] = Mailbox(to.name, addr_spec=to.email)
    local = f"{one.due.astimezone(one.zone):%Y-%m-%d %H:%M}" if one.due else ""
    message["Subject"] = _SUBJECT[bool(local)][pick].format(site=one.site, local=local)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{one.id}.{to.user_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Importance"] = "high"
    message.set_content(body(one, to, base))
    message["Content-Language"] = to.language  # behind the text: that takes all of its kind away
    return message


def body(one: Raised, to: Recipient, base: str) -> str:
    """Say when something was recorded and by when it is reported, by the clock of the site and in UTC."""
    pick = int(to.language == "ru")
    lines = [
        _GREETING[pick].format(name=to.name),
        "",
        _WHAT[pick].format(site=one.site, place=one.place[pick]),
        _AT[pick].format(both=_both(one, one.at, pick)),
    ]
    if one.due:
        lines += [_DUE[pick].format(both=_both(one, one.due, pick)), _SINCE[pick]]
    lines += ["", _LINK[pick], f"{base}/alerts/{one.id}", "", _WHY[pick], ""]
    return "\n".join(lines)


def _both(one: Raised, at: dt.datetime, pick: int) -> str:
    local = at.astimezone(one.zone)
    return _BOTH[pick].format(local=f"{local:%Y-%m-%d %H:%M}", zone=one.zone.key, utc=f"{at:%Y-%m-%d %H:%M}")


_SUBJECT: Final = (
    ("IMT eCRF: urgent news at site {site}", "ИМТ eCRF: срочное сообщение, центр {site}"),
    (
        "IMT eCRF: urgent at site {site}, report by {local}",
        "ИМТ eCRF: срочно, центр {site}, сообщить до {local}",
    ),
)
_GREETING: Final = ("{name},", "{name}!")
_WHAT: Final = (
    "something was recorded at site {site} ({place}) of which the study tells you at once.",
    "В центре {site} ({place}) внесены данные, о которых исследование сообщает вам сразу.",
)
_AT: Final = ("Recorded: {both}.", "Внесено: {both}.")
_DUE: Final = ("To be reported by: {both}.", "Сообщить до: {both}.")
_BOTH: Final = (
    "{local} by the clock of the site ({zone}), {utc} UTC",
    "{local} по времени центра ({zone}), {utc} UTC",
)
_SINCE: Final = (
    "The time is counted from this record; where the site knew of it earlier, it began then.",
    "Срок считается от этой записи; если в центре узнали раньше, он начался тогда.",
)
_LINK: Final = ("Open it (after signing in):", "Открыть (после входа в систему):")
_WHY: Final = (
    "You get this because of your role in the study; it cannot be switched off.",
    "Вы получаете это письмо из-за своей роли в исследовании; отключить его нельзя.",
)
