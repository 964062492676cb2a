# Everything runs in .venv, which is made here; nothing else on the machine is touched.
# Another Python, another folder with evaluation data:
#     make test PYTHON=python3.12
#     make bench DATA=~/data

PYTHON ?= python3
DATA ?= ../shared/data
SECONDS ?= 3600
VENV := .venv
BIN := $(VENV)/bin
# Python compiles what it imports; to compile all that is installed takes as long as the rest.
PIP := $(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check --constraint constraints.txt
FILES := pyproject.toml constraints.txt

.PHONY: help chat install test test-slow bench fuzz lock sbom clean screenshots

help:
	@echo "make chat     install, build a library of sample articles, open the chat page"
	@echo "make install  install into $(VENV)"
	@echo "make test     format, lint, types, tests with coverage"
	@echo "make test-slow  tests of the measures that start servers (3 minutes)"
	@echo "make bench    measure on DATA ($(DATA))"
	@echo "make fuzz     feed made-up input to all that reads, SECONDS=3600"
	@echo "make lock     requirements.lock: all packages by version and hash"
	@echo "make sbom     sbom.json: what Whosaid stands on, as CycloneDX"
	@echo "make clean    remove $(VENV) and caches; libraries stay"

chat: install library
	$(BIN)/whosaid --library library chat

install: $(VENV)/installed

# Three at once, also on two processors: tests wait for servers, browsers and processes.
test: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --cov --cov-fail-under=90 --numprocesses 3 --dist loadfile --no-loadscope-reorder

test-slow: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m slow

bench: $(VENV)/installed-dev
	$(BIN)/whosaid bench --data $(DATA) --readme README.md

fuzz: $(VENV)/installed-dev
	$(BIN)/python -m assistant.bench.fuzzing $(SECONDS)

lock: $(VENV)/installed
	$(BIN)/python -m assistant.bench.dependencies lock requirements.lock

sbom: $(VENV)/installed
	$(BIN)/python -m assistant.bench.dependencies sbom sbom.json

# Pictures of the page, some of them in the README; look at them when the page changes.
screenshots: library $(VENV)/installed-dev
	$(BIN)/python -m assistant.bench.screenshots library tests/screenshots

clean:
	rm -rf $(VENV) .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

# A library that is there is left as it is, whoever made it.
library: | $(VENV)/installed
	$(BIN)/whosaid --library $@ add tests/articles || { rm -rf $@; exit 1; }

# The stamps make a second run instant; the larger installation stands for the smaller one too.
$(VENV)/installed: $(FILES) | $(BIN)/python
	$(PIP) --editable .
	touch $@

$(VENV)/installed-dev: $(FILES) | $(BIN)/python
	$(PIP) --editable '.[dev]'
	touch $(VENV)/installed $@

# A newer pip than the one that comes with Python 3.11 installs in half the time.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "There is no $(PYTHON). Install Python 3.11 or newer, or name it: make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is $$($(PYTHON) --version 2>&1); Whosaid needs 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
	$(PIP) --upgrade pip
