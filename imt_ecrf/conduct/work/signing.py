"""Where forms wait for a signature: those nobody signed in a person's place; signs nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import and_, exists, false, func, literal, literal_column, or_, select, text, union_all

from imt_ecrf.conduct.seen import SIGNABLE
from imt_ecrf.conduct.signatures import signing_roles, stands_for
from imt_ecrf.policy.permissions import DELEGATE, INVESTIGATOR
from imt_ecrf.store.data import WAITING
from imt_ecrf.store.tables import FormData, Signature
from imt_ecrf.study.sign_plan import milestone_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from imt_ecrf.conduct.work.scope import Scope
    from imt_ecrf.study.book import Book

Mine: TypeAlias = "tuple[list[ColumnElement[bool]], ColumnElement[bool] | None]"
MOST_KEPT: Final = 256
_MINE: Final[dict[tuple[object, ...], Mine]] = {}
_STATE: Final[dict[str, Any]] = {
    "to sign": and_(text(WAITING["unsigned"]), FormData.signature != "void"),
    "signature void": text(WAITING["void"]),
}
_READY: Final = (
    *(FormData.entry_state.in_(SIGNABLE), FormData.locked_at.is_(None)),
    or_(FormData.owed + FormData.hard == 0, FormData.entry_state == "not done"),
)


def unsigned(scope: Scope, kind: str) -> Any:
    """Find the subjects with forms nobody has signed in this person's place; None for who signs nothing.

    Those whose signature became void are a kind of their own.
    """
    mine = [(sites, *_known(scope, sites[0])) for sites in scope.alike]
    parts = [
        _by_subject(and_(FormData.site.in_(sites), *own, _STATE[kind])) for sites, own, _more in mine if own
    ]
    if not parts:
        return None
    if kind == "to sign":  # signed by one of several who sign it: was it in this person's place?
        parts += [_by_form(sites, more) for sites, _own, more in mine if more is not None]
    found = union_all(*parts).subquery()
    sums = (func.sum(found.c.forms).label("forms"), func.min(found.c.since).label("since"))
    return select(found.c.subject_id, *sums).group_by(found.c.subject_id)


def _by_subject(holds: ColumnElement[bool]) -> Any:
    sums = (func.count().label("forms"), func.min(FormData.updated_at).label("since"))
    found = select(FormData.subject_id, *sums).where(*_READY, holds)
    return found.group_by(FormData.site, FormData.subject_id)


def _by_form(sites: tuple[str, ...], lacks: ColumnElement[bool]) -> Any:
    """Find signed forms by their name: in groups by subject every form would be read."""
    signed = FormData.signature == literal_column("'valid'")
    here = and_(FormData.site.in_(sites), signed, lacks)
    one = literal(1).label("forms")
    return select(FormData.subject_id, one, FormData.updated_at.label("since")).where(*_READY, here)


def _known(scope: Scope, site: str) -> Mine:
    """Say it once for everybody with the same roles and delegations: it is long to work out."""
    actor, now = scope.actor, scope.actor.now()
    delegated = frozenset(
        one.covers for one in actor.delegations if replace(one, covers=frozenset()).holds(now, site)
    )
    key = (scope.book.fingerprint, actor.held(site), delegated)
    if key not in _MINE:
        if len(_MINE) >= MOST_KEPT:
            _MINE.clear()
        _MINE[key] = _mine(scope, site)
    return _MINE[key]


def _mine(scope: Scope, site: str) -> Mine:
    """Say which forms the person signs, and of those that others sign too: that this signature lacks."""
    whole: list[str] = []
    some: list[ColumnElement[bool]] = []
    others_too: dict[str, None] = {}
    places: dict[frozenset[str], list[ColumnElement[bool]]] = {}
    for form in scope.book.forms:
        for roles, events in _roles(scope, form, site).items():
            here = FormData.form == form
            if events is not None:
                here = and_(here, FormData.event.in_(events))
            if roles and events is None:
                whole.append(form)
            elif roles:
                some.append(here)
            if roles and roles != _signers(scope, form):
                others_too[form] = None
                places.setdefault(roles, []).append(here)
    if not whole and not some:
        return [], None
    # said by what is not the person's, where that is less: the index of what waits is then read in order
    others = [form for form in scope.book.forms if form not in whole]
    named = FormData.form.in_(whole) if len(whole) < len(others) else FormData.form.not_in(others)
    lacks = or_(false(), *(and_(or_(*here), _lacks(roles)) for roles, here in places.items()))
    return [or_(named, *some)], and_(FormData.form.in_(list(others_too)), lacks) if others_too else None


def _roles(scope: Scope, form: str, site: str) -> dict[frozenset[str], list[str] | None]:
    """Give for whom the person signs a form, with the visits where that holds; None for all of them."""
    found: dict[frozenset[str], list[str] | None] = {}
    for event in _events(scope.book).get(form, ()):
        milestone = milestone_of(scope.book, event, form)
        mine = signing_roles(scope.actor, scope.book, form, site, milestone)
        at = found.setdefault(frozenset(stands_for(role) for role in mine), [])
        if at is not None:
            at.append(event)
    return found if len(found) > 1 else dict.fromkeys(found)


_EVENTS: Final[dict[str, dict[str, list[str]]]] = {}


def _events(book: Book) -> dict[str, list[str]]:
    """Give the events of each form, worked out once a version."""
    if book.fingerprint not in _EVENTS:
        found: dict[str, list[str]] = {}
        for event in book.version.events:
            for ref in event.forms:
                found.setdefault(ref.form, []).append(event.oid)
        _EVENTS[book.fingerprint] = found
    return _EVENTS[book.fingerprint]


def _signers(scope: Scope, form: str) -> frozenset[str]:
    return frozenset(stands_for(role) for role in scope.book.rights[form].sign)


def _lacks(roles: frozenset[str]) -> ColumnElement[bool]:
    """Tell that in one of these roles no signature of a form stands."""
    return or_(*(~_signed(role) for role in sorted(roles)))


def _signed(role: str) -> ColumnElement[bool]:
    names = [role, DELEGATE] if role == INVESTIGATOR else [role]
    void = Signature.__table__.alias("taken_back")
    taken = exists().where(void.c.voids == Signature.id, void.c.form_data_id == Signature.form_data_id)
    return (
        exists()
        .where(
            Signature.form_data_id == FormData.id, Signature.act == "sign", Signature.role.in_(names), ~taken
        )
        .correlate(FormData)
    )
