"""The invented hospitals and persons of the demo; knows no password and no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Hospital:
    """A site: its code, its name in both languages, its time zone."""

    code: str
    name: str
    name_ru: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person with one role, at one site or (site None) at all."""

    username: str
    name: str
    role: str
    site: str | None = None
    organisation: str = ""
    language: str = "en"

    @property
    def email(self) -> str:
        """Give an address that reaches nobody."""
        return f"{self.username}@demo.example"


SPONSOR: Final = "Demo Sponsor"
ORGANISATION: Final = "IMT-ECRF Demo"

HOSPITALS: Final = (
    Hospital("01", "Demo Children's Hospital, Moscow", "Демо-клиника для детей, Москва", "Europe/Moscow"),
    Hospital(
        "02", "Demo Oncology Centre, Yekaterinburg", "Демо-онкоцентр, Екатеринбург", "Asia/Yekaterinburg"
    ),
    Hospital("03", "Demo Regional Hospital, Vladivostok", "Демо-больница, Владивосток", "Asia/Vladivostok"),
)

_STAFF: Final = {
    "01": ("Anna Belova", "Mikhail Zorin", "Elena Sokolskaya", "Pavel Grachev", "Irina Tulina"),
    "02": ("Olga Ryabova", "Denis Uralov", "Viktor Malakhov", "Yulia Sevina", "Roman Kostin"),
    "03": ("Darya Morskaya", "Timur Akhmin", "Natalia Primova", "Ilya Vostrov", "Sofia Lugova"),
}
_SITE_ROLES: Final = ("CRC", "SUBI", "PI", "PHARM", "LABM")

_CENTRAL: Final = (
    ("CPATH", "Grigory Lapin", "Demo Central Pathology"),
    ("CREAD", "Marta Svetlova", "Demo Central Imaging"),
    ("CRA", "Kirill Dorogin", SPONSOR),
    ("DM", "Vera Tablina", SPONSOR),
    ("CODER", "Nikita Slovin", SPONSOR),
    ("SAFE", "Tatiana Beregova", SPONSOR),
    ("MEDMON", "Andrey Vrachin", SPONSOR),
    ("STAT", "Polina Srednina", SPONSOR),
    ("SPON", "Maxim Zakazov", SPONSOR),
    ("AUD", "Lidia Revizova", "Demo Inspectorate"),
    ("ADMIN", "Stepan Klyuchev", SPONSOR),
)


def username_of(name: str) -> str:
    """Make the user name of a person: first name, dot, last name."""
    return name.lower().replace(" ", ".")


def _people() -> tuple[Person, ...]:
    found = []
    for hospital in HOSPITALS:
        for role, name in zip(_SITE_ROLES, _STAFF[hospital.code], strict=True):
            # one site works in Russian, so that both languages can be tried
            language = "ru" if hospital.code == "02" else "en"
            person = Person(username_of(name), name, role, hospital.code, hospital.name, language)
            found.append(person)
    found += [Person(username_of(name), name, role, None, place) for role, name, place in _CENTRAL]
    return tuple(found)


PEOPLE: Final = _people()
"""Everybody of the demo, at least one person for each role of the study."""


def person(role: str, site: str) -> Person:
    """Find who holds a role at a site."""
    return next(one for one in PEOPLE if one.role == role and one.site in {site, None})
