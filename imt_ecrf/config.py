"""The settings of one installation, from its data folder and the environment; knows no other room."""

import json
import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "settings.toml"
KINDS = ("production", "test", "demo")
LANGUAGES = ("en", "ru")
_PREFIX = "IMT_ECRF_"
# these belong to rooms.py and to the starter, or say where this file is
_NOT_SETTINGS = {f"{_PREFIX}{name}" for name in ("FORMS", "TEMPLATES", "REPORTS", "INSIDE", "DATA")}


class SettingsProblem(Exception):  # noqa: N818 - named as what is the case
    """A setting is missing or wrong; the message names the file (or variable) and the key."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one installation runs: one study, one database, one data folder."""

    data: Path
    kind: str
    """production, test or demo; chosen when the installation is created, never changed afterwards"""
    database_url: str
    secret_key_file: Path
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    """the address users type, when it differs from host and port"""
    trusted_proxies: int = 0
    """how many proxies stand in front and may say which address a request came from"""
    language: str = "en"
    workers: int = 2
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_user: str | None = None
    smtp_password_file: Path | None = None
    smtp_starttls: bool = True
    mail_from: str | None = None
    timestamp_url: str | None = None
    """a time-stamp service (RFC 3161) for the seals of casebooks"""
    timestamp_authority_file: Path | None = None
    """the authority (PEM) the service's stamps must stand under"""

    @property
    def on_sqlite(self) -> bool:
        """Tell whether the study is kept in a file beside the settings."""
        return self.database_url.startswith("sqlite")

    def secret_key(self) -> bytes:
        """Read the installation's key; it seals web sessions and drafts."""
        return _secret(self.secret_key_file, "secret_key_file")

    def smtp_password(self) -> str | None:
        """Read the mail server's password, or None when the server asks for none."""
        if self.smtp_password_file is None:
            return None
        return _secret(self.smtp_password_file, "smtp_password_file").decode().strip()


def load(data: Path, environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Read DATA/settings.toml; variables `IMT_ECRF_…` go before the file, values given here before both."""
    data = data.resolve()
    values: dict[str, Any] = {"database_url": _sqlite(data), "secret_key_file": "secret.key"}
    values |= _from_file(data / FILE)
    values |= _from_environment(os.environ if environ is None else environ)
    values |= {key: _read(key, value, "command line") for key, value in given.items() if value is not None}
    for key in ("secret_key_file", "smtp_password_file", "timestamp_authority_file"):
        if key in values:
            values[key] = data / values[key]
    if ("timestamp_url" in values) != ("timestamp_authority_file" in values):
        raise SettingsProblem(
            f"{data / FILE}: timestamp_url and timestamp_authority_file belong together; one is missing."
        )
    return Settings(data=data, **values)


def create(data: Path, kind: str, **values: object) -> Settings:
    """Make a data folder with its settings file and a new secret key, readable by this user only."""
    file = data.resolve() / FILE
    if file.exists():
        raise SettingsProblem(f"{file}: there is an installation already.")
    known = {"kind": kind} | {key: value for key, value in values.items() if value is not None}
    lines = [f"{key} = {_toml(_read(key, value, str(file)))}\n" for key, value in known.items()]
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_private(file.with_name("secret.key"), secrets.token_hex(32))
    _write_private(file, "# Settings of this installation; `kind` never changes.\n" + "".join(lines))
    return load(data, {})


def _from_file(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        folder = file.parent
        raise SettingsProblem(f"{file}: not found; `imt-ecrf init --data {folder}` makes one.") from None
    except OSError as problem:
        raise SettingsProblem(f"{file}: cannot be read ({problem.strerror}).") from problem
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SettingsProblem(f"{file}: {problem}.") from problem
    if "kind" not in values:
        raise SettingsProblem(f"{file}: the key kind is missing; it is one of {', '.join(KINDS)}.")
    return {key: _read(key, value, str(file)) for key, value in values.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = {name for name in environ if name.startswith(_PREFIX)} - _NOT_SETTINGS
    if f"{_PREFIX}KIND" in names:
        raise SettingsProblem(
            f"{_PREFIX}KIND: the kind of an installation stands in {FILE} and cannot be overridden."
        )
    return {
        name.removeprefix(_PREFIX).lower(): _read(name.removeprefix(_PREFIX).lower(), environ[name], name)
        for name in sorted(names)
    }


def _read(key: str, value: object, where: str) -> object:
    if key not in _KEYS:
        raise SettingsProblem(f"{where}: there is no setting {key}; known are {', '.join(_KEYS)}.")
    try:
        return _KEYS[key](value)
    except ValueError as problem:
        raise SettingsProblem(f"{where}: {key} must be {problem}, not {value!r}.") from None


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("a text")


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
        if isinstance(number, int) and not isinstance(number, bool) and least <= number <= most:
            return number
        raise ValueError(f"a whole number from {least} to {most}")

    return read


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value in choices:
            return str(value)
        raise ValueError(f"one of {', '.join(choices)}")

    return read


def _yes_no(value: object) -> bool:
    answer = {"true": True, "false": False}.get(str(value).lower())
    if answer is None:
        raise ValueError("true or false")
    return answer


def _web_address(value: object) -> str:
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        return value.rstrip("/")
    raise ValueError("a web address with https:// or http://")


_KEYS: dict[str, Callable[[object], object]] = {
    "kind": _one_of(*KINDS),
    "database_url": _text,
    "secret_key_file": _text,
    "host": _text,
    "port": _whole(1, 65535),
    "public_url": _web_address,
    "trusted_proxies": _whole(0, 9),
    "language": _one_of(*LANGUAGES),
    "workers": _whole(1, 64),
    "smtp_host": _text,
    "smtp_port": _whole(1, 65535),
    "smtp_user": _text,
    "smtp_password_file": _text,
    "smtp_starttls": _yes_no,
    "mail_from": _text,
    "timestamp_url": _web_address,
    "timestamp_authority_file": _text,
}


def _sqlite(data: Path) -> str:
    return f"sqlite:///{data / 'study.sqlite3'}"


def _secret(file: Path, key: str) -> bytes:
    try:
        secret = file.read_bytes().strip()
    except OSError as problem:
        raise SettingsProblem(
            f"{file}: cannot be read ({problem.strerror}); the key {key} names it."
        ) from problem
    if not secret:
        raise SettingsProblem(f"{file}: is empty; the key {key} names it.")
    return secret


def _toml(value: object) -> str:
    # a TOML string is written as a JSON one, but for the delete character, which TOML wants escaped
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
