# The portal's commands. `make help` lists them. Every target sets up what it needs, once.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
export UPKI_DEMO ?= 1

.PHONY: help setup demo demo-reset test test-unit test-integration test-services test-services-requests test-services-others test-browser screenshots soak bench check

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: $(STAMP) ## make .venv from requirements.lock (hashes are checked)

$(STAMP): requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python がありません。 There is no $(PYTHON): install Python 3.11 or newer (Debian, Ubuntu: apt install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python が古すぎます。 Python 3.11 or newer is needed, this is $$($(PYTHON) -V); install a newer one and give it: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "venv がありません。 The module venv is missing: apt install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "ライブラリを入れています… Installing libraries (about a minute the first time)…"
	@if command -v uv >/dev/null; then \
	    uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock; \
	else \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	fi
	@touch $(STAMP)

demo: $(STAMP) ## start everything on loopback, with demonstration data (Ctrl-C stops it)
	@exec $(BIN)/python -m demo.run

demo-reset: $(STAMP) ## forget the demonstration's data
	@$(BIN)/python -m demo.reset

test: $(STAMP) ## unit, integration and architecture tests on the embedded default (SQLite)
	@echo "二つの組に分けて並行で実行します（約4分）。 Two groups run side by side; each prints when it is through (about four minutes)."
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-unit test-integration

test-unit: $(STAMP)
	@$(BIN)/python -m pytest tests/unit tests/architecture -m "not services and not soak"

test-integration: $(STAMP)
	@$(BIN)/python -m pytest tests/integration -m "not services and not soak"

test-services: $(STAMP) ## the same on a real PostgreSQL and Redis (DATABASE_URL, CACHE_URL and BROKER_URL, or its own)
	@echo "二つの組に分け、それぞれ自分のサーバで並行して実行します。 Two groups run side by side, each with servers of its own."
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-services-requests test-services-others

test-services-requests: $(STAMP)
	@$(BIN)/python -m tests.services $(BIN)/python -m pytest tests/integration/requests_app -m "not soak and not embedded"

test-services-others: $(STAMP)
	@$(BIN)/python -m tests.services $(BIN)/python -m pytest tests/integration tests/architecture -m "not soak and not embedded" \
	    --ignore=tests/integration/requests_app

test-browser: $(STAMP) ## journeys in headless Chromium, at a real OpenID provider, DNS and mail server
	@$(BIN)/python -m pytest tests/browser

screenshots: $(STAMP) ## make the pictures of README anew (docs/images)
	@mkdir -p docs/images
	@UPKI_SCREENSHOTS=docs/images UPKI_PICTURES="request-approved desk-review" $(BIN)/python -m pytest tests/browser/test_accessibility.py -k "axe and ja"

soak: $(STAMP) ## long runs: mutated files, random walks, 500 requests among kills
	@$(BIN)/python -m pytest tests -m soak

bench: $(STAMP) ## measurements beside named references
	@for bench in bench/[a-z]*.py; do echo "== $$bench"; $(BIN)/python -m "bench.$$(basename "$$bench" .py)"; done

check: $(STAMP) ## static checks: style, types, layers, catalogue, migrations, deployment
	@$(BIN)/python -m tests.static
