"""Passwords: what may be chosen, how it is kept and compared; knows no account."""

from __future__ import annotations

import re
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from imt_ecrf.policy.refusals import Refused

SHORTEST: Final = 12
LONGEST: Final = 200
_FEWEST_SIGNS: Final = 5
_HASHER = PasswordHasher()

COMMON: Final = frozenset(
    """password passwort пароль qwerty qwertyuiop йцукен йцукенгшщз administrator admin administrador welcome
    letmein iloveyou sunshine princess football baseball superman trustno changeme default master monkey
    dragon secret access
    login hospital clinic oncology trial study medicine doctor research coordinator investigator
    sponsor monitor crizotinib imtecrf ecrf abcdefgh abcdefghijkl asdfghjkl zxcvbnm qazwsxedc onetwothree
    correcthorsebatterystaple passwordpassword adminadmin thisisapassword mypassword testtest letmeinplease
    moscow москва russia россия spartak спартак любовь привет солнышко""".split()  # noqa: SIM905 - words read best as words
)
_SEQUENCES: Final = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
)


class PasswordTooWeak(Refused):
    """Choose a password of at least 12 signs that is not common and does not hold the user name."""

    ru = "Пароль: не короче 12 знаков, не из распространённых и без имени пользователя."


def check(password: str, username: str = "") -> None:
    """Refuse a password that is short, common, a sequence, or holds the user name."""
    folded = password.casefold()
    letters = re.sub(r"[\W\d_]+", "", folded)
    weak = (
        not SHORTEST <= len(password) <= LONGEST
        or len(set(folded)) < _FEWEST_SIGNS
        or letters in COMMON
        or (len(username) > 2 and username.casefold() in folded)  # noqa: PLR2004 - two letters stand in any word
        or any(folded in run or folded[:SHORTEST] in run for run in _SEQUENCES)
    )
    if weak:
        raise PasswordTooWeak


def hashed(password: str) -> str:
    """Give the argon2id hash with its own salt."""
    return _HASHER.hash(password)


def matches(hash_: str, password: str) -> bool:
    """Compare a password with its hash; a hash that cannot be read matches nothing."""
    try:
        return _HASHER.verify(hash_, password)
    except (VerificationError, InvalidHashError):
        return False


NOBODYS: Final = hashed("nobody's password, so that unknown names take as long")
