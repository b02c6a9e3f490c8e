"""Who does something, as it is written into the trail: names and role of that moment; knows no permission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Origin: TypeAlias = Literal["screen", "import", "cli", "demo", "derivation", "api", "system"]


@dataclass(frozen=True, slots=True)
class Who:
    """A person in a role, or the system (`user_id` None)."""

    user_id: str | None
    username: str
    name: str
    role: str
    organisation: str
    origin: Origin = "screen"
    ip: str = ""


SYSTEM: Final = Who(None, "system", "system", "SYSTEM", "", "system")
DERIVATION: Final = Who(None, "system", "system", "SYSTEM", "", "derivation")
