"""The daily messages: one a person and day, counts and links only, written once, handed over until taken."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from imt_ecrf import store
from imt_ecrf.conduct import digest, entrance, runtime
from imt_ecrf.conduct.actor import ServerClock, system
from imt_ecrf.jobs import mail

if TYPE_CHECKING:
    import datetime as dt

    from imt_ecrf.conduct.actor import Clock
    from imt_ecrf.conduct.digest import Counts, Letter
    from imt_ecrf.config import Settings

LOG: Final = logging.getLogger(__name__)
MORNING: Final = 6
"""The hour where a person works from which the worker writes his message."""
_NO_ADDRESS: Final = (ValueError, IndexError, MessageError)
"""What the mail library says of an address it cannot read."""
FEW: Final = range(2, 5)
TEENS: Final = range(11, 15)


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: messages written, handed to the server, still waiting for it, and why."""

    written: int
    sent: int
    waiting: int
    problems: tuple[str, ...] = field(default=())


def run(settings: Settings, engines: store.Engines, clock: Clock | None = None, *, hour: int = 0) -> Done:
    """Write the messages that are due and hand over what waits; running again writes nothing twice."""
    clock = clock or ServerClock()
    with store.reading(engines) as session:
        people = digest.readers(session) if runtime.newest(session) else ()
    written, problems = 0, []
    for user_id in people:
        try:
            written += _write(settings, engines, user_id, clock, hour)
        except _NO_ADDRESS:  # one bad address keeps no other message back
            problems.append(f"The account {user_id} has an e-mail address no message can be sent to.")
    handed = mail.hand_over(settings)
    problems += handed.problems
    for problem in problems:
        LOG.warning("daily messages: %s", problem)
    return Done(written, handed.sent, handed.waiting, tuple(problems))


def _write(settings: Settings, engines: store.Engines, user_id: str, clock: Clock, hour: int) -> bool:
    with store.reading(engines) as session:
        actor = entrance.actor_of(session, user_id, clock=clock)
        if actor is None or digest.local(session, actor).hour < hour:
            return False
        one = digest.letter(session, user_id, clock)
    if one is None:
        return False
    author = system(clock)
    with store.writing(engines, author.who("SYSTEM")) as session:
        if digest.sent(session, one):
            return False
        # the file first: when this act fails after it, the next run writes the same file again
        mail.put(settings, f"{one.day}-{quote(one.username, safe='')}", compose(settings, one, clock.now()))
        digest.note(session, author, one)
    return True


def compose(settings: Settings, one: Letter, now: dt.datetime) -> EmailMessage:
    """Write a message in the person's language: counts and links, nothing of a child."""
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    host = base.split("//", 1)[-1].split("/", 1)[0].split(":", 1)[0]
    message = EmailMessage()
    message["From"] = settings.mail_from or f"imt-ecrf@{host}"
    message["To"] = Mailbox(one.name, addr_spec=one.email)
    russian = one.language == "ru"
    message["Subject"] = subject(one.counts, russian=russian)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{one.day}.{one.user_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body(one, base, russian=russian))
    message["Content-Language"] = one.language  # behind the text: that takes all of its kind away
    return message


def subject(counts: Counts, *, russian: bool) -> str:
    """Say in one line how much waits."""
    number = counts.answer + counts.settle + counts.unanswered
    if russian:
        return f"ИМТ eCRF: {_queries(number, russian=True)} {'ждёт' if _one(number) else 'ждут'} внимания"
    return f"IMT eCRF: {_queries(number, russian=False)} {'waits' if number == 1 else 'wait'} for you"


def body(one: Letter, base: str, *, russian: bool) -> str:
    """Say what waits, each with the list it stands in."""
    pick = int(russian)
    lines = [f"{_GREETING[pick]}\n".format(name=one.name)]
    counts = one.counts
    for number, words, address in (
        (counts.answer, _ANSWER, "/waiting/query"),
        (counts.settle, _SETTLE, "/queries?state=answered"),
        (counts.unanswered, _OLD, f"/queries?state=open&days={digest.OLD}&asked={quote(one.username)}"),
    ):
        if number:
            text = words[pick].format(queries=_queries(number, russian=russian), days=digest.OLD)
            lines.append(f"{text}\n{base}{address}\n")
    lines += [_OLDEST[pick].format(days=counts.oldest), "", _OFF[pick].format(link=f"{base}/account"), ""]
    return "\n".join(lines)


_GREETING: Final = ("Good morning, {name}.", "Доброе утро, {name}.")
_ANSWER: Final = ("To answer: {queries}.", "Нужен ответ: {queries}.")
_SETTLE: Final = ("Answered, to close or re-open: {queries}.", "Есть ответ, закрыть или вернуть: {queries}.")
_OLD: Final = (
    "Asked by you, without an answer for {days} days or more: {queries}.",
    "Заданы вами, без ответа {days} дней или больше: {queries}.",
)
_OLDEST: Final = ("The oldest has waited {days} days.", "Самый старый ждёт {days} дн.")
_OFF: Final = (
    "This message comes once a day when something waits. Switch it off: {link}",
    "Это письмо приходит раз в день, когда что-то ждёт. Отключить: {link}",
)


def _queries(number: int, *, russian: bool) -> str:
    if not russian:
        return f"{number} query" if number == 1 else f"{number} queries"
    if _one(number):
        return f"{number} запрос"
    few = number % 10 in FEW and number % 100 not in TEENS
    return f"{number} {'запроса' if few else 'запросов'}"


def _one(number: int) -> bool:
    return number % 10 == 1 and number % 100 not in TEENS
