# Two commands from a fresh clone: `make demo` and `make test`. They need Python 3.11 or later with venv, make and a
# package index; which index is the machine's own configuration.

VENV := .venv
BIN := $(VENV)/bin
# uv has an environment of its own inside: `uv sync` makes $(VENV) equal to the lock file, and would remove itself.
UV_VENV := $(VENV)/.uv
UV := $(UV_VENV)/bin/uv
STAMP := $(VENV)/.synced

# Two of the processes have the tests that start whole installations (tests/conftest.py), which wait for much of the time.
TESTS_AT_ONCE ?= 3

# The first interpreter that is new enough.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in $(PYTHONS); do \
	$$python -c '$(IS_NEW_ENOUGH)' >/dev/null 2>&1 && echo $$python && break; done)

# The tests start hundreds of processes: each would compile every module again where bytecode is not written.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo local unit test image-test storm bench bench-full docs pictures lint format types check clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMP) ## Seven runs on an embedded stack: a failure, a schedule, an answer, a job, a worker that is killed
	@$(BIN)/polysync-sagemaker demo

local: $(STAMP) ## The embedded stack with its Web UI until Ctrl-C
	@$(BIN)/polysync-sagemaker local

unit: $(STAMP) ## The tests that start no process and no server, in less than a minute
	@$(BIN)/pytest --numprocesses=$(TESTS_AT_ONCE) tests/unit

test: $(STAMP) ## All tests
	@$(BIN)/pytest --numprocesses=$(TESTS_AT_ONCE) --dist=loadgroup

image-test: ## Build the images and run the stack in a container engine of its own; needs root on Debian
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed" >&2; exit 1; }
	@$(PYTHON) -m tests.deploy.image

bench: $(STAMP) ## The short form of the benchmarks, about eight minutes
	@$(BIN)/python -m benchmarks.all --short --again

bench-full: $(STAMP) ## All benchmarks, about 90 minutes; goes on where it was broken off
	@$(BIN)/python -m benchmarks.all $(ARGS)

storm: $(STAMP) ## Hundreds of runs while everything breaks; make storm ARGS="--help"
	@$(BIN)/python -m tests.storm $(ARGS)

docs: $(STAMP) ## Write the tables of the documents from the code
	@$(BIN)/python -m tests.docs.reference
	@$(BIN)/python -m tests.docs.definitions
	@$(BIN)/python -m tests.errors.table > docs/errors.md.new && mv docs/errors.md.new docs/errors.md
	@$(BIN)/python -m tests.deploy.terraform_templates

pictures: $(STAMP) ## Make the pictures of the README on the embedded stack; needs chromium
	@$(BIN)/python -m tests.docs.pictures

lint: $(STAMP) ## Lint, and check the formatting
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: $(STAMP) ## Format, and mend what can be mended
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: $(STAMP) ## Check the types
	@$(BIN)/mypy

check: lint types test ## Everything that must hold before a commit

clean: ## Remove what these commands made
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(UV):
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or later is needed; none of these is one: $(PYTHONS). Or name it: make PYTHON=/path" >&2; \
		exit 1; }
	@$(PYTHON) -c '$(IS_NEW_ENOUGH)' || { echo "$(PYTHON) is older than Python 3.11" >&2; exit 1; }
	@echo "Setting up with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) && $(PYTHON) -m venv $(UV_VENV) || { \
		echo "This Python has no venv; on Debian and Ubuntu it is the package python3-venv." >&2; \
		rm -rf $(VENV); exit 1; }
	@$(UV_VENV)/bin/pip install --quiet --disable-pip-version-check uv

$(STAMP): $(UV) pyproject.toml uv.lock
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(UV) sync --locked --extra local --quiet --compile-bytecode
	@touch $@
