# Every target sets up .venv from uv.lock first, with nothing but Python 3.11+ and make. Nothing is installed elsewhere.
# PYTHON=... chooses the interpreter of a new .venv, ARGS=... is handed to the command behind a target.

BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo dev test lint bench clean

help: ## List these targets
	@echo "orderloom. Each target needs Python 3.11 to 3.13 and make; the rest it sets up in .venv."
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## Run a small kitchen shop for two minutes and print what became of its orders (ARGS=--stay keeps it up)
	@$(BIN)/orderloom demo $(ARGS)

dev: $(READY) ## Run the whole stack in the foreground, sandbox included; Ctrl-C ends it
	@$(BIN)/orderloom dev $(ARGS)

test: $(READY) ## Run all tests, three files at a time; the last line says how long they took
	@$(BIN)/python -m pytest -n 3 --dist loadfile $(ARGS)

lint: $(READY) ## Check style, formatting, types and the layering law
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports --no-logo) || { echo "$$report"; exit 1; }
	@echo "lint: no findings"

bench: $(READY) ## Measure orders per second beside a bare workflow of the same shape
	@$(BIN)/python -m benchmarks.throughput $(ARGS)

clean: ## Remove .venv, the state of demo and dev, and all caches
	@rm -rf .venv .orderloom dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): uv.lock pyproject.toml deploy/venv.sh
	@PYTHON="$(PYTHON)" sh deploy/venv.sh
	@touch $(READY)
