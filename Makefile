# Needs make and Python 3.11 or later; with several Pythons: make demo PYTHON=python3.13
PYTHON ?= python3
BIN := .venv/bin
# What runs the service is a small part of what tests it.
DEMO := .venv/.installed-demo
DEV := .venv/.installed-dev

.PHONY: help demo up test check bench chromium clean

help:
	@echo 'make demo    start everything, sync a small fleet, show the outcome, stop everything'
	@echo 'make up      start everything and keep it running, with throw-away credentials'
	@echo 'make test    lint, types and all tests'
	@echo 'make check   lint and types'
	@echo 'make bench   the side-by-side measurement'
	@echo 'make clean   remove what the others made'

demo: $(DEMO)
	@$(BIN)/shadow-sync demo

up: $(DEMO)
	@$(BIN)/shadow-sync up

test: check chromium
	$(BIN)/pytest

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

bench: $(DEV)
	$(BIN)/python -m bench

$(DEMO) $(DEV): bootstrap.py pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { echo 'There is no $(PYTHON) here. Name one: make demo PYTHON=/path/to/python3.11'; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("$(PYTHON) is older than Python 3.11. Name a later one: make demo PYTHON=python3.13")'
	@"$(PYTHON)" bootstrap.py $(@:.venv/.installed-%=%)

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
