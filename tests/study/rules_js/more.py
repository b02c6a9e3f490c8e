"""Cases in the format of the conformance file that small mistakes in an evaluator would break."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imt_ecrf.study.rules import cases

CONFORMANCE = Path(__file__).resolve().parents[2] / "conformance"
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


def _many_rows(name: str, rows: int, expect: dict[str, Any], why: str) -> dict[str, Any]:
    """Count rows by a condition of 100 parts."""
    return {
        "id": name,
        "expr": f"count('G', not ({' and '.join(['V > 1'] * 30)} and -V > 1 and -V > 1))",
        "groups": {"G": {"key": "V", "items": {"V": "decimal"}}},
        "context": {"rows": {"G": [{"V": "1"}] * rows}},
        "expect": expect,
        "why": why,
    }


MORE = [
    _many_rows("steps", 1000, {"value": "1000", "type": "number"}, "100,000 steps are done"),
    _many_rows("steps-over", 1001, {"error": "X01"}, "more steps are not"),
    _many_rows("rows-over", 2001, {"error": "X01"}, "nor are more than 2,000 rows"),
    OLD_RESULT,
    TINY_ROOT,
    _word("word-digit", "rash12", "rash", FALSE, "a digit is a sign of a word"),
    _word("word-times", "12÷rash×", "rash", TRUE, "the signs of multiplication and division are none"),
    _word("word-beyond", "😀rash", "rash", TRUE, "a sign beyond the first plane is none"),
]
FILES = {name: cases.load(CONFORMANCE / f"{name}_cases.json") for name in ("rule", "worked")}
CASES = [*(case for found in FILES.values() for case in found), *MORE]
"""All cases of the language."""
