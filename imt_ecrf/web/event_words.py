"""What happened, in words: each act of the log of events; an act without a word is shown by its name."""

from __future__ import annotations

from typing import Final

from flask_babel import lazy_gettext as _

ACTS: Final = {
    "login": _("signed in"),
    "login.failed": _("failed to sign in"),
    "logout": _("signed out"),
    "password.failed": _("gave a wrong password"),
    "password.changed": _("changed the password"),
    "access.refused": _("was refused"),
    "account.created": _("made an account"),
    "account.deactivated": _("closed an account"),
    "account.locked": _("account locked after wrong passwords"),
    "identity.checked": _("recorded an identity check"),
    "training.acknowledged": _("confirmed the guideline of a role"),
    "page.viewed": _("read a page"),
    "statement.accepted": _("accepted the statement on signatures"),
    "role.granted": _("gave a role"),
    "role.revoked": _("ended a role"),
    "signing.delegated": _("delegated signing"),
    "signing.delegation_ended": _("ended a delegation"),
    "site.opened": _("opened a site"),
    "setting.changed": _("changed a setting"),
    "study.published": _("published a version of the study"),
    "subject.screened": _("took a child into screening"),
    "subject.enrolled": _("enrolled a child"),
    "subject.viewed": _("looked at a subject"),
    "event.opened": _("opened a visit"),
    "event.in_progress": _("began a visit"),
    "event.completed": _("completed a visit"),
    "event.missed": _("recorded a visit as missed"),
    "form.opened": _("opened a form to sign it"),
    "form.completed": _("completed a form"),
    "form.reopened": _("opened a form for entry again"),
    "form.signed": _("signed a form"),
    "check.fired": _("a check spoke"),
    "check.confirmed": _("confirmed a value"),
    "rule.failed": _("a rule failed"),
    "checks.nightly": _("ran the checks of the night"),
    "derived.outdated": _("a derived value is outdated"),
    "query.ask": _("asked a query"),
    "query.answer": _("answered a query"),
    "query.close": _("closed a query"),
    "query.reopen": _("opened a query again"),
    "query.cancel": _("cancelled a query"),
    "note.written": _("wrote a note beside a form"),
    "digest.sent": _("wrote a daily message"),
    "digest.chosen": _("chose whether daily messages come"),
    "item.verify": _("verified items against the source"),
    "item.unverify": _("took a verification back"),
    "item.data.verify": _("reviewed items (data management)"),
    "item.data.unverify": _("took a data review back"),
    "item.medical.verify": _("reviewed items medically"),
    "item.medical.unverify": _("took a medical review back"),
    "trail.exported": _("took a history as a file"),
    "casebook.download": _("downloaded a casebook"),
    "calendar.downloaded": _("downloaded the calendar of visits"),
    "casebook.countersigned": _("countersigned a casebook"),
    "copy.checked": _("checked a copy"),
    "certificate.renewed": _("renewed the installation's certificate"),
    "certificate.revoked": _("revoked the installation's certificate"),
    "ranges.registered": _("registered normal ranges"),
    "growth.imported": _("imported a growth reference"),
    "range.added": _("added a normal range"),
    "range.replaced": _("replaced a normal range"),
    "range.withdrawn": _("withdrew a normal range"),
}


def act(name: str) -> str:
    """Say an act of the log."""
    return str(ACTS[name]) if name in ACTS else name
