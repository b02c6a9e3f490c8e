"""One save in one transaction: the change-set and all that follows from it; decides no permission."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from imt_ecrf.conduct import agenda, alerts, course, deviations, drafts, due, reasons, runtime, visits
from imt_ecrf.conduct.checks import Look, Whole
from imt_ecrf.conduct.entry.editing import Edit, changes_of, item_of, judge_edit
from imt_ecrf.conduct.entry.reach import Wave
from imt_ecrf.conduct.events import log
from imt_ecrf.conduct.findings import key, mark, stands, visible
from imt_ecrf.conduct.firing import caches_of
from imt_ecrf.conduct.refused import CommentTooLong
from imt_ecrf.conduct.views import Saved
from imt_ecrf.conduct.voiding import take_back
from imt_ecrf.store import documents
from imt_ecrf.store.tables import moment, stamp
from imt_ecrf.study.reach import FORMS, STATUS
from imt_ecrf.study.records import STRUCK, VISIT_FORM
from imt_ecrf.study.wording import said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.conduct.actor import Actor
    from imt_ecrf.conduct.entry.place import Place
    from imt_ecrf.conduct.findings import Judged
    from imt_ecrf.conduct.views import Cell
    from imt_ecrf.store.changes import ItemChange
    from imt_ecrf.store.documents import Caches
    from imt_ecrf.study.book import Book

LONGEST_COMMENT: Final = 400


@dataclass(frozen=True)
class Wish:
    """What is to be saved: cells by path (None empties), reasons, confirmations, the number of the save."""

    cells: Mapping[str, Cell | None]
    given: Mapping[str, str] = field(default_factory=dict)
    confirmed_clear: bool = False
    comments: Mapping[str, str] = field(default_factory=dict)
    save_number: str | None = None


def write(session: Session, actor: Actor, place: Place, wish: Wish) -> Saved:
    """Write what a person wishes to a form, and everything that follows; nothing when nothing changed."""
    items = tuple(sorted({item_of(path) for path in wish.cells if "@" not in path}))
    role = actor.role_for_items(place.book, place.form.oid, items, place.subject.site)
    subject = runtime.snapshot(session, actor, place.running, place.subject)
    edit = Edit(place, subject, dict(wish.cells), wish.given)
    judged = judge_edit(actor, edit, confirmed_clear=wish.confirmed_clear)
    changes = changes_of(edit, judged)
    if not changes and not (wish.comments and place.row.version):
        return unchanged(place)
    session.info["actor"] = actor.who(role)
    place.running.engine.look(subject, place.form.oid)
    judged, caches = confirm(session, actor, role, place, judged, comments=wish.comments, changes=changes)
    if not changes:
        documents.set_caches(session.connection(), place.row.id, caches)
        whole = Whole(replace(place.row, **caches), judged, place.row.items, place.running)
        look = Look(session, actor, place.running, place.subject, subject, role, {place.row.id: whole})
        look.follow()
        due.follow(session, actor, place.subject.id, [place.row], moved=look.counted)
        return unchanged(place)
    edit.add(actor, judged)
    saved = _put(session, actor, role, edit, changes=changes, caches=caches, save_number=wish.save_number)
    return _finish(session, actor, role, edit, saved=saved, changes=changes, judged=judged)


def unchanged(place: Place) -> Saved:
    """Say that a save wrote nothing."""
    kept = place.row.id if place.row.version else None
    return Saved(kept, place.row.version, place.row.entry_state, ())


def _put(
    session: Session,
    actor: Actor,
    role: str,
    edit: Edit,
    *,
    changes: tuple[ItemChange, ...],
    caches: Caches,
    save_number: str | None,
) -> documents.Saved:
    if edit.place.row.signature == "valid":
        caches["signature"] = "void"
    return documents.put(
        session.connection(),
        edit.place.row,
        changes,
        actor.who(role),
        at=stamp(actor.now()),
        entry_state=edit.state(),
        caches=caches,
        save_number=save_number,
    )


def _finish(
    session: Session,
    actor: Actor,
    role: str,
    edit: Edit,
    *,
    saved: documents.Saved,
    changes: tuple[ItemChange, ...],
    judged: Judged,
) -> Saved:
    """Take back marks, bring the visit and the other forms of the subject up to date."""
    at, place = stamp(actor.now()), edit.place
    known = place.subject.state, place.subject.facts
    visit = (place.address.event, place.address.event_repeat)
    held = visits.ensure(session, actor, place.subject, visit, role=role, book=place.book)
    paths = (one.path for one in changes)
    voided = take_back(session, place.row, saved, paths, actor.who(role), at=at)
    visits.touch(session, actor, role, held, saved.row)
    subject = runtime.after(edit.subject, held, saved.row, book=place.book, now=actor.now())
    wave = Wave(session, actor, place.running, place.subject, edit.subject, subject, saved.change_set)
    study = runtime.study(session)
    marks = _follow(wave, place, saved, changes, study.book)
    own = Whole(saved.row, judged, place.row.items, place.running)
    whole = {**wave.judged, saved.row.id: wave.judged.get(saved.row.id, own)._replace(before=own.before)}
    alerts.weigh(session, actor, study, wave.subject, whole.values(), role=role, before=place.row)
    look = Look(session, actor, place.running, place.subject, wave.subject, role, whole)
    look.follow(wave.changes, marks)
    look.across(wave.changes)
    if saved.row.struck or saved.row.entry_state in visits.FINISHED:
        visits.settle(session, actor, role, held, running=place.running, subject=wave.subject)
    rows = (place.row, *(one.row for one in whole.values()))
    turned = known != (place.subject.state, place.subject.facts)
    due.follow(session, actor, place.subject.id, rows, moved=look.counted, turned=turned)
    drafts.forget(session, actor, place.subject.id, place.address)
    return Saved(
        saved.row.id,
        saved.row.version,
        saved.row.entry_state,
        tuple(one.path for one in changes if not one.method),
        tuple(one.path for one in changes if one.method),
        tuple(wave.reached),
        visible(actor, place.subject.site, judged.findings, place.running),
        (*voided, *wave.voided),
        moment(at),
    )


def _follow(
    wave: Wave, place: Place, saved: documents.Saved, changes: tuple[ItemChange, ...], book: Book
) -> set[str]:
    """Recompute other forms and the subject's course; name what else has changed."""
    flipped = frozenset(place.row.items.get("hidden", ())) ^ frozenset(saved.row.items.get("hidden", ()))
    paths = [one.path for one in changes]
    if any(item_of(path) == STRUCK for path in paths):  # with a line or a row all that stood in it is gone
        paths.extend(saved.row.document)
    items = frozenset(map(item_of, (*flipped, *paths)))
    record = runtime.record_of(saved.row, place.book, wave.actor.now())
    wave.spread(record, items)
    marks = {FORMS} if saved.row.entry_state != place.row.entry_state else set()
    before = place.subject.state
    moved = course.moved_by(book, {place.form.oid, *wave.forms})
    moved = moved and course.refresh(place.subject, wave.subject, book)
    if moved:
        deviations.weigh_consent(wave.session, wave.actor, place.subject, book)
        agenda.refresh(wave.session, wave.actor, place.subject)
        marks |= {STATUS} if place.subject.state != before else set()
    if moved or place.form.oid == VISIT_FORM:
        deviations.weigh(wave.session, wave.actor, place.subject, book)
    return marks


def confirm(
    session: Session,
    actor: Actor,
    role: str,
    place: Place,
    judged: Judged,
    *,
    comments: Mapping[str, str],
    changes: tuple[ItemChange, ...] = (),
) -> tuple[Judged, Caches]:
    """Note the soft checks a person confirmed; a changed answer takes its confirmation back."""
    if any(len(comment) > LONGEST_COMMENT for comment in comments.values()):
        raise CommentTooLong
    touched = {one.path for one in changes}
    lapsed = {key(one) for one in judged.findings if one.path in touched}
    before: dict[str, Any] = place.row.items
    firing = {key(one): one for one in judged.findings}
    confirmed = {
        name: word
        for name, word in before.get("confirmed", {}).items()
        if name not in lapsed and (name not in firing or stands(word, firing[name]))
    }
    for one in judged.findings:
        comment = said(comments.get(key(one), comments.get(reasons.ALL, "")))
        if one.level == "soft" and comment and key(one) not in confirmed:
            confirmed[key(one)] = {
                "comment": comment,
                "by": actor.name,
                "at": stamp(actor.now()),
                "mark": mark(one),
            }
            log(
                session,
                actor,
                "check.confirmed",
                role,
                site=place.subject.site,
                subject_id=place.subject.id,
                form_data_id=place.row.id,
                form_version=place.row.version + bool(changes),
                object=key(one),
                reason=comment,
                details={"figures": one.figures},
            )
    findings = tuple(replace(one, confirmed=key(one) in confirmed) for one in judged.findings)
    settled = replace(judged, findings=findings)
    return settled, caches_of(settled, {**before, "confirmed": confirmed})
