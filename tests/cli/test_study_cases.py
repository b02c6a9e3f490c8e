"""`study cases` and `study vectors`: counts, what is named, exit codes, node."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from imt_ecrf.cli.init import init
from imt_ecrf.cli.study import study

CONFORMANCE = Path(__file__).resolve().parents[1] / "conformance"
ONE_WRONG = {"id": "one", "expr": "1 + 1", "expect": {"value": "3", "type": "number"}, "why": "wrong"}


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(study, [*arguments])
    return done.exit_code, done.output


def _file(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(("file", "count"), [("rule_cases.json", 541), ("worked_cases.json", 863)])
def test_cases_runs_the_conformance_cases_through_both_evaluators(file: str, count: int) -> None:
    said = f"{count} cases, 0 python wrong, 0 javascript wrong.\n"
    assert _run("cases", str(CONFORMANCE / file)) == (0, said)


def test_cases_names_what_comes_out_otherwise_on_either_side(tmp_path: Path) -> None:
    code, said = _run("cases", _file(tmp_path, "cases.json", json.dumps({"cases": [ONE_WRONG]})))
    came = "one: expected {'value': '3', 'type': 'number'}, came {'value': '2', 'type': 'number'}"
    lines = [f"python: {came}", f"javascript: {came}", "1 cases, 1 python wrong, 1 javascript wrong."]
    assert (code, said.splitlines()) == (1, lines)


def test_cases_counts_for_programs(tmp_path: Path) -> None:
    refused = {"id": "two", "expr": "1 +", "expect": {"error": "S01"}, "why": "read by Python only"}
    file = _file(tmp_path, "cases.json", json.dumps({"cases": [ONE_WRONG, refused]}))
    code, said = _run("cases", file, "--json")
    assert code == 1
    assert json.loads(said)["counts"] == {"cases": 2, "python_wrong": 1, "javascript_wrong": 1}


@pytest.mark.parametrize("command", ["cases", "vectors"])
@pytest.mark.parametrize("text", ["", "[]", '{"other": []}', "{", '{"cases": 3, "vectors": 3}', "\t- x: ["])
def test_a_file_of_another_kind_is_refused_in_a_sentence(command: str, text: str, tmp_path: Path) -> None:
    code, said = _run(command, _file(tmp_path, "other.json", text))
    assert code == 1
    assert said.startswith(f"Error: {tmp_path / 'other.json'} is no file of the expected format: ")


def test_a_case_that_cannot_be_read_is_wrong_and_the_others_go_on(tmp_path: Path) -> None:
    broken = {"id": "two", "expr": "A", "types": {"A": 7}, "expect": {"unknown": True}}
    right = {"id": "three", "expr": "1 + 1", "expect": {"value": "2", "type": "number"}}
    code, said = _run("cases", _file(tmp_path, "cases.json", json.dumps({"cases": [broken, right]})))
    assert code == 1
    assert said.splitlines()[-1] == "2 cases, 1 python wrong, 1 javascript wrong."


def test_cases_says_that_node_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _file(tmp_path, "cases.json", json.dumps({"cases": [ONE_WRONG]}))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _run("cases", file) == (
        1,
        "Error: The program node is needed to run the browser's evaluator; install nodejs.\n",
    )


def test_vectors_runs_every_golden_vector_against_the_draft() -> None:
    assert _run("vectors", str(CONFORMANCE / "golden_vectors.yaml")) == (
        0,
        "153 vectors, 0 wrong, 0 unsupported.\n",
    )


def test_vectors_names_what_is_wrong_and_what_is_not_supported(tmp_path: Path) -> None:
    text = (
        "vectors:\n- {id: V1, method: M_CACORR, inputs: {ca: 2.05, alb: 30}, value: 2.26}\n"
        "- {method: M_MOON, inputs: {}, value: 1}\n"
    )
    file = _file(tmp_path, "vectors.yaml", text)
    code, said = _run("vectors", file)
    lines = [
        "V1 M_CACORR: value: expected 113/50, came 9/4",
        "vector 2 M_MOON: not supported: NotSupported: no kind of vector M_MOON",
        "2 vectors, 1 wrong, 1 unsupported.",
    ]
    assert (code, said.splitlines()) == (1, lines)
    assert json.loads(_run("vectors", file, "--json")[1])["counts"] == {
        "vectors": 2,
        "wrong": 1,
        "unsupported": 1,
    }


def test_vectors_are_run_against_what_an_installation_has_published(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    assert CliRunner().invoke(init, ["--data", data, "--kind", "test"]).exit_code == 0
    assert _run("publish", "--data", data)[0] == 0
    golden = str(CONFORMANCE / "golden_vectors.yaml")
    assert _run("vectors", golden, "--data", data) == (0, "153 vectors, 0 wrong, 0 unsupported.\n")
    assert _run("vectors", golden, "--data", data, "--forms", ".")[0] == 2
