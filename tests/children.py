"""Children of the real study brought to a point of their course by the acts of their site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imt_ecrf.conduct import runtime, settings, signing, subjects
from imt_ecrf.conduct.actor import system
from imt_ecrf.conduct.views import Address
from tests.factories import PASSWORD, World, filled_form, looked_at

if TYPE_CHECKING:
    from imt_ecrf.conduct.actor import Actor


def at(subject: str, event: str, form: str, repeat: int = 1, line: int = 1) -> Address:
    """Give an address."""
    return Address(subject, event, repeat, form, line)


def consent(world: World, subject: str, day: str = "2026-03-01", line: int = 1, **more: str) -> Address:
    """Write a consent of the parents, or one that says something else, and give its address."""
    address = at(subject, "SE_LOG", "F_IC", line=line)
    told = {"ICTYPE": "PARENT CONSENT", "ICVERS": "1.0", "ICDAT": day, "ICSIGNER": "MOTHER", "ICWITH": "N"}
    world.save(world.user("CRC", subject[:2]), address, told | more)
    return address


def criteria(world: World, **wrong: str) -> dict[str, str]:
    """Give an eligibility form in favour of the child, with some criteria answered otherwise."""
    rows = world.book.groups["G_IEROW"][1].rows
    good = {
        f"G_IEROW.{row.key}.IERESP": "Y" if row.prefilled["IECAT"] == "INCLUSION" else "N" for row in rows
    }
    changed = {f"G_IEROW.{key}.IERESP": value for key, value in wrong.items()}
    return {"IEPVERS": "2.0", "IEENROL": "Y", "IEDAT": "2026-03-05", **good, **changed}


def proven(world: World, subject: str) -> None:
    """Write down what the criteria of a child rest on: the fusion, the central review, a lesion."""
    crc = world.user("CRC", subject[:2])
    found = {"F_GF": {"GFRES": "POSITIVE"}, "F_PATH": {"MIREVIEW": "CENTRAL", "MIDX": "IMT"}}
    for form, answers in {**found, "F_NTL": {"G_NTL.1.NTLID": "NT01"}}.items():
        if not world.open(crc, at(subject, "SE_SCR", form)).version:
            world.save(crc, at(subject, "SE_SCR", form), answers)


def eligible(world: World, subject: str, **wrong: str) -> None:
    """Write down that a child is eligible, with what it rests on, and complete the form."""
    proven(world, subject)
    crc = world.user("CRC", subject[:2])
    filled_form(world, crc, at(subject, "SE_SCR", "F_IE"), criteria(world, **wrong))


def enrol(world: World, subject: str) -> None:
    """Enrol a child with consent and all criteria met."""
    crc = world.user("CRC", subject[:2])
    if not world.open(crc, at(subject, "SE_LOG", "F_IC")).version:
        consent(world, subject)
    proven(world, subject)
    filled_form(world, crc, at(subject, "SE_SCR", "F_IE"), criteria(world))
    with world.acting() as session:
        subjects.enrol(session, crc, subject)


def sign(world: World, *addresses: Address) -> None:
    """Let the investigator open and sign forms."""
    site = addresses[0].subject[:2]
    with world.acting() as session:
        pi = world.user_in(session, "PI", site)
        looked_at(session, pi, addresses)
        signing.sign(session, pi, addresses, PASSWORD)


def ready(world: World, subject: str) -> None:
    """Bring a child to the morning of its first dose: enrolled, eligibility signed."""
    enrol(world, subject)
    sign(world, at(subject, "SE_SCR", "F_IE"))


def cleared(world: World, subject: str, day: str) -> None:
    """Let the investigator sign the eligibility of a child that is enrolled already."""
    address = at(subject, "SE_SCR", "F_IE")
    filled_form(world, world.user("CRC", subject[:2]), address, criteria(world) | {"IEDAT": day})
    sign(world, address)


def treated(world: World, subject: str, first: str = "2026-03-10") -> None:
    """Give a child its first dose at the visit of day 1."""
    ready(world, subject)
    crc = world.user("CRC", subject[:2])
    world.save(crc, at(subject, "SE_C1D1", "F_SV"), visit(first))
    world.save(crc, at(subject, "SE_LOG", "F_EX"), {"EXSTDAT": first, "EXDOSE": "250"})


def visit(day: str) -> dict[str, Any]:
    """Answer the form of a visit that took place."""
    return {"SVOCCUR": "Y", "SVCNTMOD": "IN PERSON", "SVSTDAT": day}


def state(world: World, actor: Actor, subject: str) -> str:
    """Give the state of a child."""
    with world.looking() as session:
        return subjects.subject_state(session, actor, subject)


def born(world: World, subject: str, **parts: str) -> None:
    """Write down as much of a child's birth as is given; its site may collect that much."""
    level = "full" if "BRTHDD" in parts else "month" if "BRTHMO" in parts else "year"
    decide(world, "birth_date_level", level, subject[:2])
    world.save(world.user("CRC", subject[:2]), at(subject, "SE_SCR", "F_DM"), {"SEX": "F", **parts})


def decide(world: World, key: str, value: object, site: str = "01") -> None:
    """Decide a setting for a site."""
    with world.acting() as session:
        book = runtime.study(session).book
        settings.set_at_site(session, system(world.clock), book, key, site, value=value, reason="Local rules")
