"""Every address × role × site × method: what the guard answers is what the tables of the policy say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from imt_ecrf.policy.permissions import ACTS, may, sees
from imt_ecrf.web import guard
from imt_ecrf.web.asked import addresses
from tests.factories import PASSWORD, ROLES, small_book
from tests.web.clerk import Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from werkzeug.routing import Rule

OWN, OTHER, NOWHERE = "01-001", "02-001", "99-001"
SITE_ROLES = {"CRC", "SUBI", "PI", "PHARM", "LABM"}
THROUGH = 204
BOOK = small_book()
VIEWS = {
    "delegate_signing": "signing.delegate signing.delegation signing.end_delegation",
    "anyone": (
        "checking.check checking.show checking.withdrawn "
        "guide.authority guide.chapter guide.contents guide.language guide.pages guide.rights guide.states "
        "health.show session.log_in"
    ),
    "download_casebook": (
        "casebooks.listing casebooks.make casebooks.show casebooks.state "
        "copies.ask copies.cancel copies.file copies.state copies.watch"
    ),
    "countersign": "countersigning.copy countersigning.show countersigning.sign",
    "enrol": "subjects.enrol",
    "enter": "entry.keep entry.preview visits.save",
    "finish": "entry.complete entry.not_done entry.reopen entry.strike",
    "keep_ranges": "ranges.add ranges.replace ranges.withdraw",
    "manage_accounts": (
        "sites.create users.check_identity users.create users.deactivate users.grant users.invite "
        "users.revoke"
    ),
    "ask_query": "talk.ask talk.ask_visit verifying.ask",
    "mark_items": (
        "verifying.following verifying.mark verifying.overview verifying.take_back verifying.trip"
    ),
    "miss_event": "subjects.miss",
    "open_event": "subjects.add_unscheduled subjects.open_next",
    "oversee": "verifying.coverage verifying.plan verifying.site_plan",
    "plan_verification": "verifying.change_plan verifying.change_site_plan",
    "plan_cut": "signatures.plan_cut",
    "rehearse": "study.dry_run study.dry_run_result",
    "screen": "subjects.screen",
    "see": "history.of_form history.of_form_file talk.show verifying.show visits.show_form visits.show_log",
    "see_accounts": (
        "inspection.delegations inspection.delegations_file inspection.on_day inspection.on_day_file "
        "sites.listing users.listing users.show"
    ),
    "see_ranges": "ranges.listing ranges.show",
    "see_course": (
        "calendar.as_file calendar.show overview.every_site overview.forms overview.one_site "
        "deviations.listing deviations.propose deviations.reconsents deviations.show deviations.take "
        "signatures.due signatures.listing signatures.of_subject subjects.prove"
    ),
    "see_events_log": "inspection.events inspection.events_file",
    "see_subjects": (
        "alerts.follow alerts.listing blanks.listing blanks.show home.following home.listing matrix.show "
        "queries.listing "
        "queries.listing_file queries.show queries.take subjects.find subjects.show visits.show_event"
    ),
    "see_training": "training.people training.people_file",
    "settle_any_query": "queries.rules_failed",
    "settle_query": "queries.plan_together queries.take_together",
    "write_note": "talk.note",
    "see_trail": (
        "changes.listing changes.listing_file history.of_subject history.of_subject_file "
        "inspection.contents inspection.of_subject inspection.of_subject_file"
    ),
    "signed_in": (
        "account.accept_statement account.change_password account.choose_digest account.choose_language "
        "account.show home.show "
        "session.log_out session.stay study.show training.acknowledge training.show"
    ),
    "signs": "signing.batch signing.following signing.overview signing.sign",
}
"""What each view asks, as an inspector would write it down; a new view without a line here fails."""
ASKED = {view: needed for needed, views in VIEWS.items() for view in views.split()}


@dataclass(frozen=True)
class Asked:
    """One request of the table: the address, its method, and whose subject and which form it names."""

    rule: Rule
    method: str
    subject: str
    form: str

    @property
    def path(self) -> str:
        """Write the address with names put in."""
        values = {
            "subject": self.subject, "form": self.form, "event": "SE_SCR", "repeat": "1",
            "form_repeat": "1", "kind": "csv", "chapter": "monitor", "username": "anna",
            "membership": "x", "delegation": "x", "query": "x", "range_id": "x", "job": "x",
            "step": "close", "act": "close", "role": "CRC", "site": "01",
            "proposal": "x", "decision": "accept", "alert": "x",
        }  # fmt: skip
        return re.sub(
            r"<(?:[^:<>]+(?:\([^)]*\))?:)?([a-z_]+)>", lambda found: values[found[1]], self.rule.rule
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Give pages whose views only say that the guard let the request through."""
    made = office(tmp_path_factory.mktemp("routes") / "house", BOOK)
    for site in ("01", "02"):
        made.world.subject(site)
    made.app.config["WTF_CSRF_ENABLED"] = False
    yield made
    made.world.engines.dispose()


def through(app_place: Office) -> None:
    """Put in place of every view one that answers 204 and asks the same permission."""
    for endpoint in list(app_place.app.view_functions):
        if endpoint in guard.FILES or endpoint in {"session.log_in", "session.log_out"}:
            continue

        def answer(**_names: object) -> tuple[str, int]:
            return "", THROUGH

        answer.permission = guard.permission(app_place.app, endpoint)  # type: ignore[attr-defined]
        app_place.app.view_functions[endpoint] = answer


def requests(app_place: Office) -> list[Asked]:
    """List every request: each address and method, each sort of subject, plain and hidden forms."""
    listed = []
    for rule in app_place.app.url_map.iter_rules():
        if rule.endpoint in guard.FILES or rule.endpoint in {"session.log_in", "session.log_out"}:
            continue
        codes = (OWN, OTHER, NOWHERE) if "subject" in rule.arguments else ("",)
        forms = ("F_VS", "F_DO", "F_ICR", "F_SIGN", "F_NONE") if "form" in rule.arguments else ("",)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            listed += [Asked(rule, method, code, form) for code in codes for form in forms]
    return listed


def expected(role: str, asked: Asked, needed: str) -> int:
    """Say by the tables of the policy alone what the answer must be."""
    if needed in {"anyone", "signed_in"}:
        return THROUGH
    signs = any(may(BOOK, role, form, "sign") for form in BOOK.forms)
    if (needed in ACTS and role not in ACTS[needed]) or (needed == "signs" and not signs):
        return 403
    if asked.subject == NOWHERE or (asked.subject == OTHER and role in SITE_ROLES):
        return 404
    if needed in guard.VERBS:
        if not sees(BOOK, (role,), asked.form):
            return 404
        return THROUGH if may(BOOK, role, asked.form, needed) else 403  # type: ignore[arg-type]
    return THROUGH


def signed_in(app_place: Office, username: str) -> FlaskClient:
    """Give the browser of somebody who is signed in."""
    client = app_place.app.test_client()
    assert client.post("/login", data={"username": username, "password": PASSWORD}).status_code == 302
    return client


def test_the_views_ask_what_the_table_of_routes_says(place: Office) -> None:
    asks = {
        rule.endpoint: guard.permission(place.app, rule.endpoint) for rule in place.app.url_map.iter_rules()
    }
    assert {name: needed for name, needed in asks.items() if name not in guard.FILES} == ASKED


def test_the_guide_prints_every_address_with_what_it_asks(place: Office) -> None:
    rules = [rule for rule in place.app.url_map.iter_rules() if rule.endpoint not in guard.FILES]
    with place.app.test_request_context("/"):
        told = {(one.path, one.methods): (one.asks, one.roles) for one in addresses()}
    assert len(told) == len(rules)
    for rule in rules:
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        words, roles = told[rule.rule, methods]
        needed = guard.permission(place.app, rule.endpoint)
        assert (roles, words == needed) == (tuple(sorted(ACTS.get(needed, ()))), False)


@pytest.mark.req("R17")
@pytest.mark.req("R18")
@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_address_answers_as_the_tables_say(place: Office, role: str | None) -> None:
    username = place.world.user(role, "01").username if role else ""
    client = signed_in(place, username) if role else place.app.test_client()
    through(place)
    wrong = []
    for asked in requests(place):
        needed = guard.permission(place.app, asked.rule.endpoint)
        if role is None:
            wanted = THROUGH if needed == "anyone" else 302 if asked.method == "GET" else 401
        else:
            wanted = expected(role, asked, needed)
        got = client.open(asked.path, method=asked.method).status_code
        if got != wanted:
            wrong.append((asked.method, asked.path, needed, f"wanted {wanted}, got {got}"))
    assert wrong == []
