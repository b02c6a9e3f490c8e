"""The history of signatures of a subject: given, void by which change, given again; signs nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from imt_ecrf.conduct import runtime
from imt_ecrf.conduct.signatures import stands_for, views
from imt_ecrf.conduct.trail import Line
from imt_ecrf.conduct.views import Address
from imt_ecrf.store import documents
from imt_ecrf.store.documents import FormRow
from imt_ecrf.store.tables import ChangeSet, FormData, Signature, User, moment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.views import SignatureView

_BOUND = ("id", "subject_id", "site", "event", "event_repeat", "form", "form_repeat", "study_version")
_LIGHT = (*(getattr(FormData, name) for name in _BOUND), FormData.version, FormData.data_sha256)


@dataclass(frozen=True, slots=True)
class Identified:
    """What is on record of a signer: how, when and by whom checked; when the statement was accepted."""

    check: str | None
    checked_on: str | None
    checked_by: str | None
    accepted_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """One signature: as shown, whose hand it is, the changes that made it void, and the one given after."""

    signature: SignatureView
    signer: Identified
    voided_by: tuple[Line, ...] = ()
    again: SignatureView | None = None


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A form with every signature it ever carried, the newest first."""

    address: Address
    site: str
    given: tuple[Given, ...]

    @property
    def valid(self) -> bool:
        """Tell whether a signature of it stands."""
        return any(one.signature.state == "valid" for one in self.given)


def of_subject(session: Session, actor: Actor, subject: str, only: str = "") -> tuple[SignedForm, ...]:
    """Give the signatures of every form of a subject that a person sees, in five statements.

    `only` names one form, as `SE_SCR.1/F_VS.1`.
    """
    person = runtime.find_subject(session, actor, subject)
    book = runtime.study(session).book
    signatures = _signatures(session, person.id)
    found = session.execute(select(*_LIGHT).where(FormData.id.in_(signatures)).order_by(FormData.created_at))
    forms = {}
    for row in found:
        address = Address(person.code, row.event, row.event_repeat, row.form, row.form_repeat)
        if actor.sees(book, row.form, row.site) and (not only or str(address) == f"{person.code}/{only}"):
            forms[row.id] = (_form(row), address)
    people = identified(session, {one.username for form in forms for one in signatures[form]})
    causes = _causes(session, forms, signatures)
    return tuple(
        SignedForm(address, form.site, _given(form, signatures[form.id], people, causes))
        for form, address in forms.values()
    )


def views_by_form(session: Session, forms: Iterable[str]) -> dict[str, dict[str, SignatureView]]:
    """Show every signature of some forms, by form and by id, in two statements."""
    wanted = set(forms)
    rows = session.execute(select(*_LIGHT).where(FormData.id.in_(wanted))).all()
    signatures: dict[str, list[Signature]] = defaultdict(list)
    for one in session.scalars(
        select(Signature).where(Signature.form_data_id.in_(wanted)).order_by(Signature.seq)
    ):
        signatures[one.form_data_id].append(one)
    return {row.id: {one.id: one for one in views(signatures[row.id], _form(row))} for row in rows}


def _form(row: Any) -> FormRow:
    """Give a form as far as a signature is bound to it, without its document."""
    known = {name: getattr(row, name) for name in _BOUND}
    return FormRow(**known, version=row.version, data_sha256=row.data_sha256)


def _signatures(session: Session, subject_id: str) -> dict[str, list[Signature]]:
    wanted = select(Signature).join(FormData, FormData.id == Signature.form_data_id)
    found: dict[str, list[Signature]] = defaultdict(list)
    for one in session.scalars(wanted.where(FormData.subject_id == subject_id).order_by(Signature.seq)):
        found[one.form_data_id].append(one)
    return found


def identified(session: Session, names: Iterable[str]) -> dict[str, Identified]:
    """Give what is on record of signers, by user name."""
    columns = (User.identity_check, User.identity_checked_at, User.identity_checked_by)
    wanted = select(User.username, *columns, User.statement_accepted_at)
    return {
        row.username: Identified(
            row.identity_check,
            row.identity_checked_at,
            row.identity_checked_by,
            moment(row.statement_accepted_at) if row.statement_accepted_at else None,
        )
        for row in session.execute(wanted.where(User.username.in_(set(names))))
    }


def _causes(
    session: Session,
    forms: Mapping[str, tuple[FormRow, Address]],
    signatures: Mapping[str, list[Signature]],
) -> dict[str, list[Line]]:
    """Give the changes that made signatures void, by change-set."""
    wanted = {one.cause for form in forms for one in signatures[form] if one.cause}
    found: dict[str, list[Line]] = defaultdict(list)
    for change in documents.trail(session.connection(), ChangeSet.id.in_(wanted)):
        form, address = forms[change.form_data_id]
        found[change.change_set].append(Line(address, form.site, change))
    return found


def _given(
    form: FormRow, rows: list[Signature], people: Mapping[str, Identified], causes: Mapping[str, list[Line]]
) -> tuple[Given, ...]:
    shown = views(rows, form)
    by_void = {one.voids: causes.get(one.cause or "", []) for one in rows if one.act == "void"}
    return tuple(
        Given(
            one,
            people.get(one.username, Identified(None, None, None, None)),
            tuple(by_void.get(one.id, ())),
            next(
                (later for later in shown[place + 1 :] if stands_for(later.role) == stands_for(one.role)),
                None,
            ),
        )
        for place, one in reversed(list(enumerate(shown)))
    )
