# Everything a developer runs. Needs Python 3.11 or newer with venv, and a package index.

PYTHON ?= python3
# Test processes, each with its own PostgreSQL. There is one more than our CI has cores, because one of
# them usually waits; a fourth was no faster. `make test PYTEST_WORKERS=0` runs in one process.
PYTEST_WORKERS ?= 3
SPREAD = -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder
# Arguments of pytest, for example `make test TESTS="tests/registry"`.
TESTS ?=

# Tests sync files and transactions many thousand times, which takes a quarter of the suite's time on a
# disk and none in memory. So temporary files are in memory if there are 8 GB of it.
MEMORY := $(shell test -w /dev/shm && test "$$(df -Pk /dev/shm | awk 'END {print $$4}')" -gt 8000000 \
	&& echo /dev/shm)

BIN := .venv/bin
STAMP := .venv/.complete
UV = $(BIN)/uv
# Packages that exist, because some tools fail for a folder that does not.
PACKAGES := $(wildcard schemas rosters identity registry assets pipelines gateway cli synthetic bench)

# With two `make` at once, the second waits for the first one's lock and finds nothing left to do.
LOCKED := $(PYTHON) -c 'import fcntl, subprocess, sys; \
	lock = open(".setup.lock", "w"); fcntl.flock(lock, fcntl.LOCK_EX); \
	sys.exit(subprocess.call(sys.argv[1:]))'

.DEFAULT_GOAL := help
.PHONY: help setup spark deploy-tools bench-tools run test test-slow test-dates test-large test-image check check-types check-rest docs pictures words format lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install into .venv exactly what requirements.lock names
	@$(LOCKED) $(MAKE) --no-print-directory $(STAMP)

# "compat" puts the checkout on the path, so that a new top-level package is found at once.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12")'
	@rm -f $(STAMP)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(UV) || $(BIN)/python -m pip install --quiet uv
	@# Bytecode is compiled here by all cores, because some machines do not keep it otherwise.
	$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --no-deps --python $(BIN)/python \
		--config-setting editable_mode=compat --editable .
	@# The marts' manifest. If it is out of date, the first start makes it, which takes 8 s.
	$(BIN)/python -W ignore -m pipelines.marts.project
	@touch $(STAMP)

spark: setup ## Install pyspark into .venv too, for sweeps on Spark; needs Java 17
	$(UV) pip install --quiet --python $(BIN)/python --config-setting editable_mode=compat \
		--editable '.[spark]'

deploy-tools: setup ## Install into .venv too what checks deploy/: Helm's engine, schemas, yamllint
	$(UV) pip install --quiet --python $(BIN)/python --config-setting editable_mode=compat \
		--editable '.[deploy]'

bench-tools: setup ## Install into .venv too what bench/ compares with: dlt, pandas; and py-spy
	$(UV) pip install --quiet --python $(BIN)/python --config-setting editable_mode=compat \
		--editable '.[bench]'

run: setup ## Start everything with demonstration data
	$(BIN)/rosterline up --demo

# Bytecode is written even if the environment forbids it; otherwise each worker and each process that
# tests start would compile our code anew.
test: setup ## Run the tests, but for those that are marked slow or large
	PYTHONDONTWRITEBYTECODE= $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest $(SPREAD) $(TESTS)

test-slow: setup ## Run the slow tests: whole installations, browsers, each SFTP client, crashes at each step
	PYTHONDONTWRITEBYTECODE= $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest $(SPREAD) -m "slow and not large" $(TESTS)

test-dates: setup ## Run the tests that deal with dates under other clocks; needs Debian's faketime
	PYTHONDONTWRITEBYTECODE= $(if $(MEMORY),TMPDIR=$(MEMORY)) .ci/dates $(SPREAD)

test-large: setup ## Run a night in the UI with as many partitions as years of nights leave
	PYTHONDONTWRITEBYTECODE= $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest -m large --durations=0 --ignore=tests/deploy

test-image: setup ## Carry out the Dockerfile's steps in a plain root folder; needs root and debootstrap
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -m large --durations=0 tests/deploy

check: setup ## Formatting, rules, types, SQL, import direction, dbt's project, Dagster definitions
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-types check-rest

# It takes as long as all other checks together, on one core.
check-types:
	$(BIN)/mypy $(PACKAGES)

check-rest:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint --disable-progress-bar $(PACKAGES)
	@# dbt's models need another templater, which sqlfluff takes from the folder where it starts.
	cd dbt && ../$(BIN)/sqlfluff lint --disable-progress-bar .
	$(BIN)/pytest -q tests/test_import_direction.py tests/pipelines/marts/test_rules_of_the_project.py
	@# With an empty instance, because ours needs a PostgreSQL and definitions must load without one.
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && touch "$$home/dagster.yaml" && \
		DAGSTER_HOME=$$home ROSTERLINE_HOME=$$home PYTHONWARNINGS=ignore $(BIN)/dagster definitions validate --log-level warning -w workspace.yaml

words: setup ## Collect the portal's texts into its catalogues; new ones are empty there
	$(BIN)/python -W ignore -m cli.translation.collect

format: setup ## Format the code, and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup ## Make the reference pages from the code
	$(BIN)/python -W ignore -m cli.formats.reference

# Without header and index address, so that the file does not say where it was made.
pictures: setup ## Take the pictures of the documentation, in a real browser
	$(BIN)/python -W ignore -m tests.gateway.portal.pictures
	$(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -W ignore -m tests.first_morning.pictures

lock: setup ## Resolve the newest allowed versions into requirements.lock
	$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
		--no-header --python-version 3.11 --extra dev --extra celery \
		--extra kubernetes pyproject.toml --output-file requirements.lock
	@# The image's: the same versions, without what only developers need.
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --no-annotate --constraint requirements.lock --extra celery \
		--extra kubernetes pyproject.toml deploy/build.in --output-file deploy/requirements.lock

clean: ## Remove .venv and caches; the data in .rosterline stays
	rm -rf .venv .setup.lock build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
