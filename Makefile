# `make` alone lists what can be made.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help demo test soak style translations lock clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## start a demo trial with invented people on this machine
	@$(PYTHON) -m imt_ecrf demo

test: ## run the whole gate: style, types, rooms, tests
	@$(PYTHON) -m imt_ecrf test

soak: ## compare both evaluators of rules on 1,000,000 random trees
	@RANDOM_TREES=500000 .venv/bin/pytest tests/study/rules_js/test_random_trees.py

style: ## put the code into the house's form
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .

translations: ## gather new texts of pages and code for the Russian words, and compile these
	@mkdir -p build
	@.venv/bin/pybabel -q extract -F imt_ecrf/translations/babel.cfg -k lazy_gettext -k lazy_pgettext:1c,2 -k lazy_ngettext:1,2 \
		--no-location --sort-output -o build/messages.pot .
	@.venv/bin/pybabel -q update -i build/messages.pot -d imt_ecrf/translations -l ru -w 100 --no-fuzzy-matching --ignore-obsolete
	@.venv/bin/pybabel -q compile -d imt_ecrf/translations

lock: ## resolve the dependencies anew for Python 3.11-3.13 (needs uv)
	@uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --upgrade --quiet --output-file .ci/requirements.lock

clean: ## remove the environment and everything that can be made again
	@rm -rf .venv build dist .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
