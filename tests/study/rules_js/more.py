"""Cases in the format of the conformance file that small mistakes in an evaluator would break."""

from __future__ import annotations

from typing import Any

TRUE = {"value": True, "type": "boolean"}
FALSE = {"value": False, "type": "boolean"}


def _word(name: str, text: str, word: str, expect: dict[str, Any], why: str) -> dict[str, Any]:
    return {
        "id": name,
        "expr": f"contains_word(T, '{word}')",
        "types": {"T": "text"},
        "context": {"values": {"T": text}},
        "expect": expect,
        "why": why,
    }


OLD_RESULT = {
    "id": "old-result",
    "types": {"H": "decimal", "W": "decimal", "BMI": "decimal(1)", "FLAG": "code:CL_NY"},
    "lists": {"CL_NY": ["N", "Y"]},
    "derive": {"BMI": "10000 * W / (H * H)", "FLAG": "'Y' if filled(BMI) else 'N'"},
    "checks": {"STALE": "filled(BMI)"},
    "context": {"values": {"W": "30.5", "BMI": "15.0"}},
    "expect": {"derived": {"BMI": None, "FLAG": "N"}, "fires": []},
    "why": "an old result never stays, not even for the rules that follow",
}
TINY_ROOT = {
    "id": "tiny-root",
    "expr": "cbrt(V) + sqrt(V)",
    "types": {"V": "decimal"},
    "context": {"values": {"V": "0.0"}},
    "expect": {"value": "0", "type": "number"},
    "why": "the root of nothing is nothing",
}
MORE = [
    OLD_RESULT,
    TINY_ROOT,
    _word("word-digit", "rash12", "rash", FALSE, "a digit is a sign of a word"),
    _word("word-times", "12÷rash×", "rash", TRUE, "the signs of multiplication and division are none"),
    _word("word-beyond", "😀rash", "rash", TRUE, "a sign beyond the first plane is none"),
]
