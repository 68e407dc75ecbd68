# Everything a developer runs. Needs Python 3.11 or newer with venv, and a package index.

PYTHON ?= python3
# Workers, each with a PostgreSQL of its own; one more than our CI has cores, for one of them waits
# most of the time. A fourth was no faster. `make test PYTEST_WORKERS=0` runs in one process.
PYTEST_WORKERS ?= 3
# What pytest runs; for example `make test TESTS="tests/registry -m 'not slow'"`.
TESTS ?=

# Tests sync files and transactions many thousand times. In memory, where there is plenty, that
# costs nothing: a quarter of the suite's time.
MEMORY := $(shell test -w /dev/shm && test "$$(df -Pk /dev/shm | awk 'END {print $$4}')" -gt 8000000 \
	&& echo /dev/shm)

BIN := .venv/bin
STAMP := .venv/.complete
UV = $(BIN)/uv
# Packages that exist; some tools refuse to be given a folder that does not.
PACKAGES := $(wildcard schemas rosters registry assets pipelines gateway cli synthetic bench)

# Two `make` at once: the second waits for the first one's lock and finds nothing left to do.
LOCKED := $(PYTHON) -c 'import fcntl, subprocess, sys; \
	lock = open(".setup.lock", "w"); fcntl.flock(lock, fcntl.LOCK_EX); \
	sys.exit(subprocess.call(sys.argv[1:]))'

.DEFAULT_GOAL := help
.PHONY: help setup run test test-dates check check-types check-rest docs format lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install into .venv exactly what requirements.lock names
	@$(LOCKED) $(MAKE) --no-print-directory $(STAMP)

# "compat" puts the checkout itself on the path: a new top-level package is found at once.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12")'
	@rm -f $(STAMP)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(UV) || $(BIN)/python -m pip install --quiet uv
	@# Compiled now and by all cores, not by each process: some machines keep no bytecode.
	$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --no-deps --python $(BIN)/python \
		--config-setting editable_mode=compat --editable .
	@# The marts' manifest; where it is out of date, the first start makes it, in 8 s.
	$(BIN)/python -W ignore -m pipelines.marts.project
	@touch $(STAMP)

run: setup ## Start everything with demonstration data
	$(BIN)/rosterline up --demo

# With bytecode, also where the environment wants none: each worker and each of the processes that
# tests start would compile all of ours anew.
test: setup ## Run all tests, the slow ones too
	PYTHONDONTWRITEBYTECODE= $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest -n $(PYTEST_WORKERS) --dist load --maxschedchunk 1 $(TESTS)

test-dates: setup ## Run the tests that deal with dates under other clocks; needs Debian's faketime
	PYTHONDONTWRITEBYTECODE= $(if $(MEMORY),TMPDIR=$(MEMORY)) .ci/dates -n $(PYTEST_WORKERS) --dist load --maxschedchunk 1

check: setup ## Formatting, rules, types, SQL, import direction, Dagster definitions
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-types check-rest

# As long as all others together, and on one core.
check-types:
	$(BIN)/mypy $(PACKAGES)

check-rest:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint --disable-progress-bar $(PACKAGES)
	@# The marts' templates have a templater of their own, which sqlfluff reads from where it starts.
	cd dbt && ../$(BIN)/sqlfluff lint --disable-progress-bar .
	$(BIN)/pytest -q tests/test_import_direction.py
	@# An empty instance: ours wants a PostgreSQL, and definitions must load without one.
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && touch "$$home/dagster.yaml" && \
		DAGSTER_HOME=$$home ROSTERLINE_HOME=$$home PYTHONWARNINGS=ignore $(BIN)/dagster definitions validate --log-level warning -w workspace.yaml

format: setup ## Format the code and mend what rules can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup ## Make the reference pages from the code
	$(BIN)/python -W ignore -m cli.formats.reference

# No header and no index address: the file must not say where it was made.
lock: setup ## Resolve the newest allowed versions into requirements.lock
	$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
		--no-header --python-version 3.11 --extra dev pyproject.toml --output-file requirements.lock

clean: ## Remove .venv and caches; the data in .rosterline stays
	rm -rf .venv .setup.lock build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
