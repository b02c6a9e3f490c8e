"""The benches run, check their own rows and give the figures asked of them; no time is judged here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from imt_ecrf.cli import contents
from imt_ecrf.cli.bench import forty, load, reaching, review, save
from imt_ecrf.study.loader import draft_book

if TYPE_CHECKING:
    from tests.postgres import PostgresServer


def figures(name: str) -> dict[str, float]:
    done = CliRunner().invoke(contents, ["bench", name, "--json", "--rounds", "2"], catch_exceptions=False)
    told = json.loads(done.stdout)
    assert (done.exit_code, told["name"]) == (0, name)
    found: dict[str, float] = told["figures"]
    return found


def test_bench_save_gives_its_figures_for_both_databases(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(save, "PAIRS", 4)
    monkeypatch.setattr(save, "REACHED", 4)
    monkeypatch.setattr(reaching, "REACHED", 4)
    found = figures("save")
    assert found["save_reaching_100_forms_cpu_ms"] > 0
    for database in ("sqlite", "postgresql"):
        assert found[f"storage_over_one_row_{database}"] > 0
        assert found[f"storage_cpu_ms_{database}"] > 0
    assert found["fsync_ms"] > 0


@pytest.mark.req("R65")
def test_bench_load_loses_no_acknowledged_save(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "SECONDS", 0.2)
    monkeypatch.setattr(load, "MANY", 8)
    monkeypatch.setattr(load, "UNTIL_KILL", 0.3)
    found = figures("load")
    assert found["lost_acknowledged_saves"] == 0
    assert found["acknowledged_saves_under_kill"] > 0
    assert found["savers_32_over_one"] > 0
    assert found["savers_32_two_processes_over_one"] > 0
    assert found["database_is_locked"] == 0


def test_bench_open_gives_the_cpu_time_of_each_page() -> None:
    found = figures("open")
    assert found["vital_signs_cpu_ms"] > 0
    assert found["page_40_items_cpu_ms"] > 0
    assert found["panel_23_rows_cpu_ms"] > 0
    assert found["page_40_items_changed_cpu_ms"] > 0
    assert found["panel_23_rows_changed_cpu_ms"] > 0
    assert found["page_40_items_kilobytes"] > 10


def test_the_form_of_forty_has_forty_questions_and_an_answer_to_each_that_no_check_speaks_against() -> None:
    version = forty.with_forty(draft_book().version)
    form = next(one for one in version.forms if one.oid == forty.FORM)
    answers = forty.answers(version)
    assert [item.oid for item in form.items()] == list(answers)
    assert len(answers) == forty.ITEMS == 40
    assert next(item for item in form.items() if item.oid == forty.NUMBER).data_type == "float"
    assert all(isinstance(one.value, str) and one.value for one in answers.values())


@pytest.mark.req("R28")
def test_bench_rules_checks_casebooks_of_all_three_sizes() -> None:
    found = figures("rules")
    for forms in (153, 352, 785):
        assert found[f"save_ms_{forms}"] > 0
        assert found[f"busiest_form_ms_{forms}"] > 0
        assert found[f"busiest_form_checks_{forms}"] > 100
        assert found[f"furthest_reach_checks_{forms}"] > 50
    assert found["check_us"] > 0
    assert found["range_check_over_bare"] > 1


@pytest.mark.req("R35")
def test_bench_review_asks_as_much_of_the_database_for_many_children_as_for_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(review, "FEW", 2)
    monkeypatch.setattr(review, "MANY", 6)
    found = figures("review")
    assert (found["subjects"], found["forms"]) == (6, 360)
    for page in ("worklist", "matrix", "open_queries", "sdv_progress", "overview"):
        assert found[f"{page}_cpu_ms"] > 0
    assert found["matrix_statements"] < 20
