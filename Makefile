# Needs make and Python 3.11 or later; with several Pythons: make demo PYTHON=python3.13
PYTHON ?= python3
BIN := .venv/bin
# What runs the service is a small part of what tests it.
DEMO := .venv/.installed-demo
DEV := .venv/.installed-dev

.PHONY: help demo up test check module-check bench bench-bulk load chaos last-release conformance chromium clean

help:
	@echo 'make demo    start everything, sync a small fleet, show the outcome, stop everything'
	@echo 'make up      start everything and keep it running, with throw-away credentials'
	@echo 'make test    lint, types and all tests'
	@echo 'make check   lint and types'
	@echo 'make module-check  types of the SpacetimeDB module; make test does it too, where it can'
	@echo 'make bench   the side-by-side measurement'
	@echo 'make bench-bulk  a job of 20,000 Things, and what it does to others'
	@echo 'make load    more POSTs than it can take, and 2,000 clients that wait: is everybody answered?'
	@echo 'make chaos   kill and hurt everything under load, and count what is lost; make chaos CHAOS="--runs 220"'
	@echo 'make last-release  keep the release that is tagged last, for the tests to run beside this tree'
	@echo 'make conformance  the rule SQL beside what its documentation prints, page by page'
	@echo 'make clean   remove what the others made'

demo: $(DEMO)
	@$(BIN)/shadow-sync demo

up: $(DEMO)
	@$(BIN)/shadow-sync up

test: check chromium
	$(BIN)/python pipeline/spacetimedb/check.py --or-skip
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder

# Node comes with the development dependencies, the packages from the registry that npm is configured with. make test
# goes on without them, and says so.
module-check: $(DEV)
	$(BIN)/python pipeline/spacetimedb/check.py

# For the tests of the docs page and of Flower. Without it they are skipped, except in CI. A machine that lacks it may lack
# curl too, which runs its own published sample.
chromium:
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  echo 'Installing Chromium and curl for the tests ...' && apt-get -qq update && \
	  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium curl >/dev/null; } || \
	  echo 'No Chromium here: install the package chromium to run the browser tests too.'

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy bootstrap.py
	$(BIN)/cfn-lint deploy/template.yaml

bench: $(DEV)
	$(BIN)/python -m bench $(BENCH)

bench-bulk: $(DEV)
	$(BIN)/python -m bench.bulk

load: $(DEV)
	$(BIN)/python -m bench.load

# Four minutes for two runs of each fault. A run is repeated by its seed.
chaos: $(DEV)
	$(BIN)/python -m chaos $(CHAOS)

# After a release has been tagged. It is kept in the repository: a clone need not have the tags.
last-release:
	tag=$$(git describe --tags --abbrev=0) && rm -f tests/releases/*.zip && \
	  git archive --format=zip -9 --output="tests/releases/shadow-sync-$${tag#v}.zip" "$$tag" api worker iot_sql gunicorn.conf.py

conformance: $(DEV)
	@$(BIN)/python -m tests.iot_sql.conformance

$(DEMO) $(DEV): bootstrap.py pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { echo 'There is no $(PYTHON) here. Name one: make demo PYTHON=/path/to/python3.11'; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("$(PYTHON) is older than Python 3.11. Name a later one: make demo PYTHON=python3.13")'
	@"$(PYTHON)" bootstrap.py $(@:.venv/.installed-%=%)

clean:
	rm -rf pipeline/spacetimedb/node_modules
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
