# Every target makes the environment it needs (.ci/environment), from Python 3.11+ alone.
# ARGS goes to the command: make test ARGS="tests/fixity -k digest"; PYTHON names the Python to build on.

ARGS ?=
READY := .venv/.ready
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
# Modules are compiled once, whatever the caller's setting: tests start the command hundreds of times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo demo-distributed test check conformance soak bench serve docs format lock clean

help:  ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 16

demo: $(READY)  ## the whole story on sample records, in a fresh temporary home
	@$(BIN)/luutru demo $(ARGS)

demo-distributed: $(READY)  ## many machines on this one: PostgreSQL, S3, two workers, one of them killed
	@$(BIN)/python tests/demo_distributed.py

test: $(READY)  ## all tests but the long ones, on all cores
	$(BIN)/python -m pytest -n auto --dist worksteal $(if $(ARGS),$(ARGS),--every-rule)

check: $(READY)  ## style, types, and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

conformance: $(READY)  ## the scores on the public conformance corpora, with every miss
	@$(BIN)/python tests/corpora/conformance.py

soak: $(READY)  ## the long tests
	$(BIN)/python -m pytest -m soak $(ARGS)

bench: $(READY)  ## the benchmarks, each against its peer in the same run
	@for benchmark in $$(grep -l __main__ benchmarks/*.py); do \
		echo "== $$benchmark" && $(BIN)/python $$benchmark $(ARGS) || exit 1; done

serve: $(READY)  ## the service, on this machine
	@$(BIN)/luutru serve $(ARGS)

docs: $(READY)  ## write docs/findings.md and docs/profiles/ anew from the data
	$(BIN)/python docs/make_findings.py
	$(BIN)/python docs/make_profiles.py

format: $(READY)  ## put the source in the house's form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(READY)  ## write the locks anew from pyproject.toml; UPGRADE=1 takes the newest versions
	$(COMPILE) --group bootstrap --output-file requirements-bootstrap.txt
	$(COMPILE) pyproject.toml --group dev --output-file requirements-dev.txt
	$(COMPILE) pyproject.toml --constraint requirements-dev.txt --output-file requirements.txt

clean:  ## remove the environment, caches and built files; never a home with holdings
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements-dev.txt requirements-bootstrap.txt pyproject.toml .ci/environment
	@.ci/environment
	@touch $@
