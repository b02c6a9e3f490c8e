"""Small studies, people and subjects to test with, made by the same acts as a user's; on either database."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher

from imt_ecrf import store
from imt_ecrf.conduct import (
    accounts,
    entrance,
    entry,
    identity,
    passwords,
    runtime,
    seen,
    sites,
    studies,
    subjects,
    training,
    visits,
)
from imt_ecrf.conduct.actor import Actor, SimulatedClock, system
from imt_ecrf.conduct.views import Address, Answer, FormRecord, Saved
from imt_ecrf.study import publication
from imt_ecrf.study.definition import (
    CodeList,
    CodeListItem,
    Form,
    FormRef,
    FormRights,
    Item,
    ItemGroup,
    Method,
    Range,
    Role,
    RowDef,
    Rule,
    StudyEvent,
    StudyVersion,
    TranslatedText,
    Unit,
)
from imt_ecrf.study.loader import draft_book

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from imt_ecrf.study.book import Book

# what a test's password costs to compare is of no interest to it
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
PASSWORD = "quiet-river-2026-lamp"
SITES = ("01", "02")
SIGNERS = frozenset({"PI", "SUBI", "CPATH", "CREAD", "SAFE"})
HOSPITALS = {"CRC", "SUBI", "PI", "PHARM", "LABM"}
SITE_ROLES = ("CRC", "SUBI", "PI")


def words(en: str, ru: str = "") -> TranslatedText:
    """Give a text in two languages."""
    return TranslatedText(en, ru or f"{en} (ru)")


def item(oid: str, data_type: Any = "text", required: Any = "soft", **more: Any) -> Item:
    """Give a question."""
    return Item(oid, words(oid.lower()), data_type, required, **more)


def codes(oid: str, *values: str) -> CodeList:
    """Give a list of choices."""
    return CodeList(oid, oid, "text", tuple(CodeListItem(value, words(value.lower())) for value in values))


NY = codes("CL_NYX", "N", "Y")
MISSING = codes("CL_NDREAS", "ND", "NA", "UNK")
MISSED = codes("CL_MISSVIS", "PATIENT", "OTHER")
TESTS = codes("CL_TEST", "ALT", "AST")
ROLES = (
    *("CRC", "SUBI", "PI", "PHARM", "LABM", "CPATH", "CREAD", "CRA", "DM", "CODER", "SAFE"),
    *("MEDMON", "STAT", "SPON", "AUD", "ADMIN"),
)


def form(oid: str, *groups: ItemGroup, repeating: Any = "per_event", **more: Any) -> Form:
    """Give a form."""
    return Form(oid, words(oid), "1", repeating, groups, **more)


def section(oid: str, *items: Item, repeating: Any = "no", **more: Any) -> ItemGroup:
    """Give a group of questions."""
    return ItemGroup(oid, words(oid), repeating, items, **more)


def shown_if(rule: str, item: str, yes: str, no: str) -> Rule:
    """Give a condition on one answer with its two cases."""
    cases = ({"given": {item: yes}, "shown": True}, {"given": {item: no}, "shown": False})
    return Rule(rule, cases=cases)


def _visit() -> ItemGroup:
    return section(
        "G_SV",
        item("SVOCCUR", required="hard", codelist="CL_NYX"),
        item("SVREASOC", codelist="CL_MISSVIS", show_if=shown_if("SVOCCUR == 'N'", "SVOCCUR", "N", "Y")),
        item("SVSTDAT", "date", "hard", length=10, show_if=shown_if("SVOCCUR == 'Y'", "SVOCCUR", "Y", "N")),
    )


def _measured() -> ItemGroup:
    done = shown_if("VSPERF == 'Y'", "VSPERF", "Y", "N")
    limits = {"range": Range(("2", "200"), ("6", "120")), "missing_reasons": "CL_NDREAS"}
    return section(
        "G_VS",
        item("VSPERF", required="hard", codelist="CL_NYX"),
        item("WEIGHT", "float", length=7, decimals=2, units=("kg", "g"), show_if=done, **limits),
        item("HEIGHT", "float", length=7, decimals=1, units=("cm",), show_if=done),
        item("BMI", "float", "derived", length=6, decimals=1, method="M_BMI"),
        item("NOTE", required="no", length=40),
        item("SYMPTOMS", required="no", codelist="CL_TEST", multi=True),
        item("SEEN", "partial_date", "no", length=10),
    )


def _forms() -> tuple[Form, ...]:
    dose = section(
        "G_DO",
        item("DODAT", "date", "no", length=10),
        item("DOWEIGHT", "float", "derived", length=7, decimals=2, units=("kg",), method="M_DOWEIGHT"),
        item("DOSE", "integer", "no", length=4),
    )
    rows = tuple(RowDef(code, {"LBTEST": code}) for code in ("ALT", "AST"))
    panel = section(
        "G_LB",
        item("LBTEST", required="prefilled", codelist="CL_TEST"),
        item("LBRES", "float", length=6, decimals=1, missing_reasons="CL_NDREAS"),
        repeating="fixed_rows",
        rows=rows,
    )
    lesions = section(
        "G_TL",
        item("TLID", required="hard", length=3),
        item("TLLOC", required="no", length=20, carry_forward=True),
        item("TLDIAM", "integer", "no", length=3, units=("mm",)),
        repeating="log",
        max_rows=2,
    )
    term = section("G_AE", item("AETERM", required="hard", length=60), item("AESTDAT", "partial_date"))
    return (
        form("F_SV", _visit()),
        form("F_VS", _measured()),
        form("F_DO", dose),
        form("F_LB", panel),
        form("F_TL", lesions),
        form("F_ICR", section("G_ICR", item("ICTRG", required="no", codelist="CL_NYX"))),
        form("F_AE", term, repeating="log"),
        form("F_SIGN", section("G_SIGN", item("SGREV", required="hard", codelist="CL_NYX"))),
    )


def _rights() -> tuple[FormRights, ...]:
    site = ("CRC", "SUBI", "PI")
    blind = ("CPATH", "CREAD", "ADMIN")
    plain = ("F_SV", "F_VS", "F_LB", "F_TL", "F_AE")
    return (
        *(FormRights(oid, site, ("CRA",), ("PI",), blind) for oid in plain),
        FormRights("F_DO", ("SUBI", "PI"), ("CRA",), ("PI",), blind, {"DOSE": ("SAFE",)}),
        FormRights("F_ICR", ("CREAD",), ("DM",), ("CREAD",), ("CPATH", "ADMIN")),
        FormRights("F_SIGN", ("PI",), (), ("PI",), blind),
    )


def _event(oid: str, kind: Any, day: str | None, forms: tuple[str, ...], **more: Any) -> StudyEvent:
    refs = tuple(FormRef(one, "O" if one in {"F_ICR", "F_TL"} else "R") for one in forms)
    values = {"anchor": "SE_C1D1", "window_before": "-3", "window_after": "3", "repeats": "no", **more}
    return StudyEvent(oid, words(oid), kind, day=day, forms=refs, **values)


def _events() -> tuple[StudyEvent, ...]:
    visit = ("F_SV", "F_VS", "F_LB", "F_TL", "F_ICR")
    return (
        _event("SE_SCR", "scheduled", "-1", visit, window_before="-27", window_after="0"),
        _event("SE_C1D1", "scheduled", "1", ("F_SV", "F_VS", "F_DO"), anchor="first dose"),
        _event("SE_CYC", "repeating", "1+28*(n-1)", ("F_SV", "F_VS"), repeats="until treatment ends"),
        _event("SE_EOS", "triggered", "0", ("F_SIGN",), anchor="event"),
        _event("SE_UNS", "unscheduled", None, ("F_SV", "F_VS"), anchor="-", repeats="any number"),
        _event("SE_LOG", "common", None, ("F_AE",), anchor="-", repeats="one"),
    )


def _methods() -> tuple[Method, ...]:
    rule = Rule("kg(WEIGHT) / (cm(HEIGHT) / 100) / (cm(HEIGHT) / 100)")
    here = {"event": "SE_C1D1"}

    def method(oid: str, item: str, rule: Rule, result: str, **given: str) -> Method:
        gives = {"given": given, "here": here, "gives": {item: result}}
        cases = (gives, {"given": {}, "here": here, "gives": {item: None}})
        return Method(oid, oid, "expression", tuple(given), {item: rule}, cases=cases)

    bmi = method("M_BMI", "BMI", rule, "14.9", WEIGHT="18", HEIGHT="110")
    return bmi, method("M_DOWEIGHT", "DOWEIGHT", Rule("WEIGHT"), "18.00", WEIGHT="18")


@cache
def small_book(version: str = "1") -> Book:
    """Give a study of eight forms: skip logic, units, derivations in two forms, a panel, rows, a log."""
    definition = StudyVersion(
        study_oid="SMALL",
        name=words("A small study"),
        version=version,
        cycle_days=28,
        events=_events(),
        forms=_forms(),
        codelists=(NY, MISSING, MISSED, TESTS),
        units=(
            Unit("kg", "mass", "kg", words("kg"), "kg"),
            Unit("g", "mass", "g", words("g"), "kg", "1/1000"),
            Unit("cm", "length", "cm", words("cm"), "cm"),
            Unit("mm", "length", "mm", words("mm"), "cm", "1/10"),
        ),
        methods=_methods(),
        checks=(),
        settings=(),
        roles=tuple(Role(oid, words(oid)) for oid in ROLES),
        rights=_rights(),
        order=tuple(one.oid for one in _events()),
    )
    return publication.read(publication.publish(definition))


@cache
def real_book() -> Book:
    """Give the study of forms/ as publication would give it."""
    return draft_book()


@dataclass
class World:
    """A database with a published study, two sites, and people made when they are first asked for."""

    engines: store.Engines
    book: Book
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(NOON))

    @contextmanager
    def acting(self) -> Iterator[Session]:
        """Give a session for one act."""
        with store.writing(self.engines) as session:
            yield session

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """Give a session to look only."""
        with store.reading(self.engines) as session:
            yield session

    def user(self, role: str, site: str | None = "01") -> Actor:
        """Give somebody with one role, at a site for site roles, at all sites for the others."""
        with self.acting() as session:
            return self.user_in(session, role, site)

    def subject(self, site: str = "01") -> str:
        """Screen a child and give its code."""
        with self.acting() as session:
            return subjects.screen(session, self.user_in(session, "CRC", site), site)

    def user_in(self, session: Session, role: str, site: str | None = "01") -> Actor:
        """Give somebody inside a transaction that has begun."""
        place = site if role in HOSPITALS else None
        username = f"anna.{role.lower()}.{place or 'all'}"
        known = entrance.actor_named(session, username, clock=self.clock, origin="screen")
        if known is None:
            make_user(session, username, role, place, self.clock)
            known = entrance.actor_named(session, username, clock=self.clock, origin="screen")
        assert known is not None
        return known

    def save(
        self,
        actor: Actor,
        address: Address,
        answers: Mapping[str, str | Answer | tuple[str, ...]],
        reasons: Mapping[str, str] | None = None,
        version: int | None = None,
        **more: Any,
    ) -> Saved:
        """Save answers given as plain texts, from the version kept now unless one is named."""
        with self.acting() as session:
            if version is None:
                version = entry.open_form(session, actor, address).version
            return entry.save_form(session, actor, address, plain(answers), reasons or {}, version, **more)

    def open(self, actor: Actor, address: Address) -> FormRecord:
        """Open a form."""
        with self.looking() as session:
            return entry.open_form(session, actor, address)


def plain(answers: Mapping[str, str | Answer | tuple[str, ...]]) -> dict[str, Answer]:
    """Turn plain texts into answers; `12.5 kg` is not split: a unit is given with Answer."""
    return {path: one if isinstance(one, Answer) else Answer(one) for path, one in answers.items()}


def make_study(url: str, book: Book) -> World:
    """Make a migrated database with a published study and two sites."""
    engines = store.engines(url)
    store.migrate(engines)
    world = World(engines, book)
    runtime.know(book)
    actor = system(world.clock)
    with world.acting() as session:
        studies.publish(session, actor, book.version)
        for code in SITES:
            name = {"01": "First Hospital", "02": "Second Hospital"}[code]
            sites.open_site(
                session, actor, code, name=name, timezone="Europe/Moscow", name_ru=f"Центр {code}"
            )
    return world


def make_user(
    session: Session, username: str, role: str, site: str | None, clock: SimulatedClock, *, read: bool = True
) -> str:
    """Make an account with one role that has read its guideline; its password is PASSWORD."""
    actor = system(clock)
    user_id = accounts.create_user(
        session,
        actor,
        username=username,
        name=f"Anna Ivanova-{role.title()}",
        email=f"{username}@example.org",
        password=PASSWORD,
        organisation="First Hospital" if site else "Sponsor",
    )
    accounts.grant(session, actor, username, role, site)
    if role in SIGNERS:
        identified(session, username, clock)
    if read:
        trained(session, username, clock)
    return user_id


def identified(session: Session, username: str, clock: SimulatedClock) -> None:
    """Put somebody's identity check and statement on record, so that forms can be signed."""
    identity.check_identity(session, system(clock), username, "Passport seen", clock.now().date())
    person = entrance.actor_named(session, username, clock=clock)
    assert person is not None
    identity.accept_statement(session, person, PASSWORD)


def trained(session: Session, username: str, clock: SimulatedClock) -> None:
    """Let somebody read and confirm the guideline of each role, where the study asks for it."""
    person = entrance.actor_named(session, username, clock=clock)
    fingerprint = runtime.newest(session)
    if person is None or fingerprint is None:
        return
    for one in training.standings(session, person):
        training.acknowledge(session, person, one.role, fingerprint, read=True)


def make_subject(world: World, site: str = "01") -> str:
    """Screen a child and give its code."""
    return world.subject(site)


def enrolled(world: World, site: str = "01") -> str:
    """Give a child that was enrolled without its eligibility form (the small study has none)."""
    from imt_ecrf.conduct import course  # noqa: PLC0415
    from imt_ecrf.store.tables import Subject, stamp  # noqa: PLC0415

    code = world.subject(site)
    with world.acting() as session:
        actor = world.user_in(session, "PI", site)
        session.info["actor"] = actor.who("PI")
        row = session.query(Subject).filter_by(code=code).one()
        row.enrolled_at, row.enrolled_by = stamp(actor.now()), actor.username
        course.refresh(row, runtime.snapshot(session, actor, runtime.study(session), row))
    return code


def filled_form(world: World, actor: Actor, address: Address, answers: Mapping[str, Any]) -> Saved:
    """Save a form and complete it, every soft check confirmed."""
    saved = world.save(actor, address, answers)
    with world.acting() as session:
        return entry.complete_form(session, actor, address, saved.version, {"*": "seen"})


def looked_at(session: Session, actor: Actor, addresses: Iterable[Address]) -> None:
    """Let somebody open forms as they stand, so that they can be signed."""
    for address in addresses:
        seen.see(session, actor, address, entry.open_form(session, actor, address).version)


def opened(world: World, actor: Actor, subject: str, event: str, repeat: int | None = None) -> int:
    """Open a visit."""
    with world.acting() as session:
        return visits.open_event(session, actor, subject, event, repeat)
