# `make` alone lists what there is. Variables: PYTHON, PORT, PYTEST_ARGS, PARALLEL.

PYTHON ?= python3
PORT ?= 8400
PYTEST_ARGS ?=
# A file of tests stays in one process, with the servers that it shares.
PARALLEL ?= --numprocesses auto --maxprocesses 4 --dist loadfile

VENV := .venv
BIN := $(VENV)/bin
BENCH_VENV := .venv-bench
FOREIGN_VENV := .venv-foreign

# An installed environment is named by what it was installed from: a changed lock is a new
# stamp, an unchanged one costs nothing.
key = $(shell cat $(1) | sha256sum | cut -c1-16)
RUNTIME_FROM := requirements/uv.txt requirements/runtime.txt pyproject.toml client/pyproject.toml
RUNTIME := $(VENV)/.runtime-$(call key,$(RUNTIME_FROM))
DEV := $(VENV)/.dev-$(call key,$(RUNTIME_FROM) requirements/dev.txt)
BENCH := $(BENCH_VENV)/.bench-$(call key,requirements/bench.txt)
FOREIGN := $(FOREIGN_VENV)/.foreign-$(call key,requirements/foreign.txt)

PIP := $(BIN)/python -m pip install --quiet --require-hashes
UV := VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --compile-bytecode

# Two distributions, one lock.
PROJECTS := client/pyproject.toml pyproject.toml

# New releases wait a week: most poisoned packages are found within days.
COOL_DOWN ?= 7 days
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --python-platform linux \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --upgrade --no-emit-package satsuma-client
NEWEST = $(shell date --utc --date='-$(COOL_DOWN)' +%Y-%m-%dT00:00:00Z)

.DEFAULT_GOAL := help
.PHONY: help setup run dev test check check-lint check-types check-imports check-house \
	format lock bench soak shots snapshots samples rooms docs clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- environments ----

setup: $(RUNTIME) ## Make .venv/bin/satsuma ready to run
	@:

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Satsuma needs Python 3.11 or newer; name one: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || tools/packages venv
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): | $(BIN)/python
	$(PIP) --requirement requirements/uv.txt
	$(UV) --requirement requirements/runtime.txt
	@# Offline: the build back end came with the lock, and nothing else may come now.
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation \
		--editable client --editable .
	$(BIN)/python -m compileall -q src client/src
	@rm -f $(VENV)/.runtime-* && touch $@

dev: $(DEV) ## Add what checks and tests need to .venv
	@:

$(DEV): $(RUNTIME)
	$(UV) --requirement requirements/dev.txt
	@rm -f $(VENV)/.dev-* && touch $@

$(BENCH): $(RUNTIME)
	$(BIN)/python -m venv --without-pip $(BENCH_VENV)
	VIRTUAL_ENV=$(BENCH_VENV) $(BIN)/uv pip install --quiet --require-hashes --compile-bytecode \
		--requirement requirements/bench.txt
	@rm -f $(BENCH_VENV)/.bench-* && touch $@

$(FOREIGN): $(RUNTIME)
	$(BIN)/python -m venv --without-pip $(FOREIGN_VENV)
	VIRTUAL_ENV=$(FOREIGN_VENV) $(BIN)/uv pip install --quiet --require-hashes --compile-bytecode \
		--requirement requirements/foreign.txt
	@rm -f $(FOREIGN_VENV)/.foreign-* && touch $@

lock: $(RUNTIME) ## Renew requirements/*.txt (COOL_DOWN="0 days" for an urgent fix)
	$(COMPILE) --exclude-newer $(NEWEST) requirements/uv.in --output-file requirements/uv.txt
	$(COMPILE) --exclude-newer $(NEWEST) $(PROJECTS) requirements/build.in \
		--output-file requirements/runtime.txt
	$(COMPILE) --exclude-newer $(NEWEST) --constraint requirements/runtime.txt \
		$(PROJECTS) requirements/build.in requirements/dev.in --output-file requirements/dev.txt
	$(COMPILE) --exclude-newer $(NEWEST) requirements/bench.in --output-file requirements/bench.txt
	$(COMPILE) --exclude-newer $(NEWEST) requirements/foreign.in --output-file requirements/foreign.txt
	COOL_DOWN="$(COOL_DOWN)" tools/peers lock

# ---- run ----

run: setup ## Start the platform with its demo on PORT (8400)
	@mkdir -p var
	@exec $(BIN)/satsuma demo --database sqlite:///var/satsuma.db --port $(PORT)

# ---- check and test ----

check: check-lint check-types check-imports check-house ## Lint, types, directions of import, house rules

check-lint: $(DEV)
	@tools/timed lint $(BIN)/ruff check .
	@tools/timed format $(BIN)/ruff format --check .

check-types: $(DEV)
	@tools/timed types $(BIN)/mypy

check-imports: $(DEV)
	@tools/timed imports $(BIN)/lint-imports --no-logo

check-house: $(DEV)
	@tools/timed house $(BIN)/python -m pytest -q tests/house

test: $(DEV) $(FOREIGN) ## Run every test (PYTEST_ARGS="tests/domain -x" for some)
	@tools/timed services tools/packages test
	@tools/timed peers tools/peers
	@tools/timed test $(BIN)/python -m pytest $(PARALLEL) $(PYTEST_ARGS)

format: $(DEV) ## Format the code and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# ---- measure, write, tidy ----

bench: $(DEV) $(BENCH) ## Measure against the peers and write docs/performance.md (QUICK=1 only prints)
	@tools/packages bench
	@tools/peers
	$(BIN)/python -m bench $(if $(QUICK),quick)

soak: $(DEV) ## A million tokens, thirty days of revocations, fifty kills, every mutant, an hour of hostile bytes (TOKENS=, SECONDS=, KILLS=, FUZZ_SECONDS=)
	@tools/packages bench
	$(BIN)/python -m bench.soak TOKENS=$(TOKENS) SECONDS=$(SECONDS) KILLS=$(KILLS) FUZZ_SECONDS=$(FUZZ_SECONDS)

shots: $(DEV) ## Take a picture of every page in its states, into var/shots (CHOSEN=1: also those in docs/pages)
	@tools/packages shots
	@tools/peers
	$(BIN)/python tools/shots.py
	$(if $(CHOSEN),$(BIN)/python tools/shots.py --chosen)

snapshots: $(DEV) ## Write each page's words, colours and fonts anew, into tests/signin/snapshots
	@tools/packages snapshots
	$(BIN)/python tools/snapshots.py

rooms: $(DEV) ## Print the map of the code: the rooms from top to bottom, with their charters
	@$(BIN)/python tools/rooms.py

samples: $(DEV) ## Run every code sample and write docs/samples.md with what was proved
	@tools/packages test
	@tools/peers
	PROVE=1 SAMPLES_EACH=12 SAMPLES_SEED=$$(date +%s) $(BIN)/python -m pytest -q tests/samples
	$(BIN)/python tools/docs.py

docs: $(DEV) ## Write the pages that are generated from the code
	$(BIN)/python tools/docs.py

clean: ## Remove environments, caches and builds (var/, your data, stays)
	rm -rf $(VENV) $(BENCH_VENV) $(FOREIGN_VENV) build dist client/dist .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis bench/peers/oidc/node_modules \
		tests/foreign/node/node_modules tests/foreign/spring/lib tests/foreign/go/bin \
		tests/samples/node/node_modules tests/samples/java/lib tests/samples/rust/target
	find src client tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +
