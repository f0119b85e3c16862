# `make help` lists what there is. Everything else is in Python: see civitai/services/.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)) python3)
PORT ?= 8000
DATA ?= .data
PY := .venv/bin/python
ON_SERVICES := $(PY) -m civitai.services exec --
ARGS ?=

# DATA_DIR is not passed on to tests: each run has its own.
.PHONY: help run test lint format install constraints bench chaos clean

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-13s %s\n", $$1, $$2 }'
	@echo
	@echo "  PORT=8000       port of the site          DATA=.data      folder of everything it stores"
	@echo "  PUBLIC_HOST=    this machine's address, to use the site from a phone"
	@echo "  TORCH_INDEX=    another package index for torch (builds for the CPU alone, or for one CUDA)"
	@echo "  ARGS=           more arguments for pytest, such as ARGS='tests/services -x'"

run: install ## Start the site: services, demo data once, web, workers, beat
	@PORT="$(PORT)" DATA_DIR="$(DATA)" exec $(PY) -m civitai.services up

test: install ## Run every test on throw-away services
	@$(ON_SERVICES) $(PY) -m pytest $(ARGS)

lint: install ## Check style, layers, house rules, migrations and translations
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/lint-imports
	@$(PY) -m tests.house
	@DJANGO_SETTINGS_MODULE=civitai.settings.test $(ON_SERVICES) sh -c "$(PY) manage.py makemigrations --check --dry-run && $(PY) manage.py translations --check"

format: install ## Put the code in shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

install: ## Make .venv and install the pinned packages
	@$(PYTHON) civitai/services/install.py

constraints: install ## Write constraints.txt from what .venv holds
	@$(PY) civitai/services/install.py --freeze > constraints.new && mv constraints.new constraints.txt

bench: install ## Run the benchmarks
	@$(ON_SERVICES) $(PY) -m benchmarks $(ARGS)

chaos: install ## Kill workers and services under a running site, and look what is left
	@$(ON_SERVICES) $(PY) -m pytest -m chaos -n 0 tests/chaos $(ARGS)

clean: ## Remove the virtual environment (never the data)
	@rm -rf .venv
	@echo "Removed .venv. Data stays in $(DATA); remove it yourself to begin anew."
