"""Verification of items against the source, and the reviews that work the same way; changes no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imt_ecrf.conduct import sdv_marks, sdv_plan, sdv_triggers
from imt_ecrf.conduct.entry.merging import at_version
from imt_ecrf.conduct.entry.place import locate
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.sdv_marks import KINDS, LAPSE, SOURCE, UNVERIFY, VERIFY, digest
from imt_ecrf.policy.lifecycle import VERIFICATION, move
from imt_ecrf.policy.permissions import ACTS, may, may_act
from imt_ecrf.policy.refusals import NO_NAMES, NotFound, NotPermitted, Refused
from imt_ecrf.store.tables import moment, stamp
from imt_ecrf.study.book import path as take_apart
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.sdv_marks import Kind, Mark
    from imt_ecrf.conduct.sdv_plan import Asks
    from imt_ecrf.conduct.views import Address, Cell
    from imt_ecrf.study.definition import TranslatedText

REVIEWS: Final[dict[str, str]] = {"data": "review_data", "medical": "review_medically"}
"""The act that each further kind of mark asks; the source asks the table of forms by role."""
LONGEST: Final = 400


class AnswerMoved(Refused):
    """An answer was changed after the page was shown; nothing was marked. Look at it again."""

    ru = "Ответ изменён после показа страницы; ничего не отмечено. Посмотрите его снова."
    status = 409


class MarkedAlready(Refused):
    """Somebody else marked an item of this page meanwhile; nothing was marked. Look at it again."""

    ru = "Показатель этой страницы уже отмечен другим сотрудником; ничего не отмечено. Посмотрите снова."
    status = 409


class OneByOne(Refused):
    """Critical items are verified one by one, never all together."""

    ru = "Критические показатели сверяют по одному, а не все сразу."


class NothingChosen(Refused):
    """Choose what was verified."""

    ru = "Выберите, что сверено."


class NotCompared(Refused):
    """This item is not compared with a source: it is derived, coded or fixed by the study."""

    ru = "Этот показатель не сверяют с источником: он расчётный, кодированный или задан исследованием."


class SayWhy(Refused):
    """Say in a few words why the mark is taken back."""

    ru = "Укажите в нескольких словах, почему отметка снимается."


class NotYourMark(NotPermitted):
    """Your role does not mark items of this form so."""

    ru = "Ваша роль так не отмечает показатели этой формы."

    def __init__(self, names: Iterable[TranslatedText], roles: tuple[str, ...], site: str) -> None:
        self.names = tuple(names)
        super().__init__(roles=roles, site=site)

    def text(self, language: str = "en", names: Mapping[str, str] = NO_NAMES) -> str:
        """Say who marks them, in a language."""
        del names  # the study's names came with it
        sentence = self.ru if language == "ru" else str(self.__doc__)
        who = "Это делают" if language == "ru" else "These roles do"
        return f"{sentence} {who}: {', '.join(name.in_(language) for name in self.names)}."


@dataclass(frozen=True, slots=True)
class ItemMark:
    """One answer with its mark: what the plan asks, the hash to send back, the value verified before."""

    path: str
    cell: Cell | None
    digest: str
    asks: Asks
    critical: bool
    state: str
    mark: Mark | None = None
    before: Cell | None = None

    @property
    def at(self) -> dt.datetime | None:
        """Give the moment of the newest step."""
        return moment(self.mark.at) if self.mark else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form before somebody who verifies or reviews it."""

    kind: Kind
    version: int
    items: dict[str, ItemMark]
    may: bool

    @property
    def due(self) -> tuple[ItemMark, ...]:
        """List what the plan asks of this form."""
        return tuple(one for one in self.items.values() if one.asks.due)

    @property
    def done(self) -> tuple[ItemMark, ...]:
        """List what of that is verified as it stands."""
        return tuple(one for one in self.due if one.state == "verified")


def look(session: Session, actor: Actor, address: Address, kind: Kind = SOURCE) -> Sheet:
    """Give the answers of a form with their marks of one kind; NotFound when it is hidden or not begun."""
    place = locate(session, actor, address)
    if not place.row.version:
        raise NotFound
    asked, marks = _asked(session, place, kind)
    seen = _seen_before(session, place, marks)
    items = {path: _item(place, path, asks, marks.get(path), seen) for path, asks in asked.items()}
    return Sheet(kind, place.row.version, items, bool(_roles(actor, place, kind)))


def verify(
    session: Session,
    actor: Actor,
    address: Address,
    seen: Mapping[str, str],
    *,
    kind: Kind = SOURCE,
    together: bool = False,
) -> int:
    """Mark items of a form as compared with the source, each against the answer seen (path -> digest).

    All or nothing. `together` says that they were marked with one press: no critical item then.
    How many were marked is given; what this person had marked already as it stands is passed over.
    """
    place = locate(session, actor, address, lock=True)
    role = _role(actor, place, kind)
    if not seen:
        raise NothingChosen
    asked, marks = _asked(session, place, kind)
    fresh = {
        path: value
        for path, value in seen.items()
        if _fresh(actor, place, path, value, asked=asked, mark=marks.get(path), together=together)
    }
    if fresh:
        _write(session, actor, place, role, kind=kind, word=VERIFY, values=fresh)
        if kind == SOURCE:
            sdv_triggers.errors(session, place.subject.site, stamp(actor.now()))
    return len(fresh)


def unverify(
    session: Session, actor: Actor, address: Address, path: str, reason: str, *, kind: Kind = SOURCE
) -> None:
    """Take a mark back, saying why; it stays in the history."""
    place = locate(session, actor, address, lock=True)
    role = _role(actor, place, kind)
    words = said(reason)
    if not words or len(words) > LONGEST:
        raise SayWhy
    mark = sdv_marks.marks_of(session.connection(), place.row.id)[kind].get(path)
    move(VERIFICATION, mark.state if mark else "none", UNVERIFY)
    _write(session, actor, place, role, kind=kind, word=UNVERIFY, values={path: ""}, reason=words)


def change_plan(
    session: Session, actor: Actor, figures: dict[str, int], reason: str, *, new_seed: str = ""
) -> None:
    """Set figures of the plan from now on, and count anew what is due at every site."""
    sdv_plan.decide(session, actor, figures, reason, new_seed=new_seed)
    sdv_marks.recount_all(session)


def may_mark(actor: Actor, place: Place, kind: Kind) -> bool:
    """Tell whether this person may mark items of a form so."""
    return bool(_roles(actor, place, kind))


def _fresh(
    actor: Actor, place: Place, path: str, value: str, *, asked: Mapping[str, Asks],
    mark: Mark | None, together: bool,
) -> bool:  # fmt: skip
    """Tell whether an item is to be marked now; refuse what must not be."""
    asks = asked.get(path)
    if asks is None or asks.why == "not in the plan":
        raise NotCompared
    if together and _critical(place, path):
        raise OneByOne
    if digest(place.row.document.get(path)) != value:
        raise AnswerMoved(path=path)
    state = mark.state if mark else "none"
    if mark is not None and state == "verified":
        if mark.username != actor.username:
            raise MarkedAlready(mark.name, path=path)
        return False
    move(VERIFICATION, state, VERIFY)
    return True


def _write(
    session: Session, actor: Actor, place: Place, role: str, *, kind: Kind, word: str,
    values: Mapping[str, str], reason: str = "",
) -> None:  # fmt: skip
    who, at, row = actor.who(role), stamp(actor.now()), place.row
    session.info["actor"] = who
    sdv_marks.write(session.connection(), row, who, at, kind=kind, word=word, values=values, reason=reason)
    counts = sdv_marks.recount(session, row)
    log(
        session,
        actor,
        f"item.{sdv_marks.act_of(kind, word).replace(' ', '.')}",
        role,
        site=row.site,
        subject_id=row.subject_id,
        form_data_id=row.id,
        form_version=row.version,
        reason=reason,
        details={"items": sorted(values), "verified": counts.verified},
    )


def _asked(session: Session, place: Place, kind: Kind) -> tuple[dict[str, Asks], dict[str, Mark]]:
    """Say what is asked of each answer, and the marks there are; a review asks every entered answer."""
    row, book = place.row, place.book
    marks = sdv_marks.marks_of(session.connection(), row.id)[kind]
    if kind == SOURCE:
        terms = sdv_plan.terms(session, place.subject.site)
        return sdv_marks.asks_of(terms, book, row, place.subject, marks), marks
    lapsed = {path for path, mark in marks.items() if mark.word == LAPSE} if not row.struck else set()
    every = sdv_plan.Asks(due=True, tier=0, why="review")
    return dict.fromkeys(sorted({*sdv_marks.entered(book, row), *lapsed}), every), marks


def _seen_before(session: Session, place: Place, marks: Mapping[str, Mark]) -> dict[str, Cell | None]:
    """Give what was verified of each lapsed item, as it stood then."""
    lapsed = {path: mark.version for path, mark in marks.items() if mark.word == LAPSE}
    then = {version: at_version(session, place.row, version) for version in set(lapsed.values())}
    return {path: then[version].get(path) for path, version in lapsed.items()}


def _item(
    place: Place, path: str, asks: Asks, mark: Mark | None, seen: Mapping[str, Cell | None]
) -> ItemMark:
    cell = place.row.document.get(path)
    state = mark.state if mark else "none"
    return ItemMark(path, cell, digest(cell), asks, _critical(place, path), state, mark, seen.get(path))


def _critical(place: Place, path: str) -> bool:
    return place.book.item(take_apart(path).item).critical


def _roles(actor: Actor, place: Place, kind: Kind) -> list[str]:
    held = actor.held(place.subject.site)
    if kind == SOURCE:
        return [role for role in held if may(place.book, role, place.form.oid, "verify")]
    return [role for role in held if may_act((role,), REVIEWS[kind])]


def _role(actor: Actor, place: Place, kind: Kind) -> str:
    """Name the role that marks; NotPermitted for who sees the form only, NotFound where nothing is kept."""
    if kind not in KINDS or not place.row.version or place.row.struck:
        raise NotFound
    roles = _roles(actor, place, kind)
    if not roles:
        entitled = place.book.rights[place.form.oid].verify if kind == SOURCE else sorted(ACTS[REVIEWS[kind]])
        known = [role for role in entitled if role in place.book.roles]
        names = (place.book.roles[role].name for role in known)
        raise NotYourMark(names, tuple(known), place.subject.site)
    return roles[0]
