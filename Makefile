# Two commands: `make demo` and `make test`. Both set up everything, from Python 3.11+ alone.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
BIN := .venv/bin

.PHONY: help setup demo test lint types floors tests reliability conformance differential fuzz bench bench-long bench-http lock clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: .venv/ready  ## make .venv with everything in it

.venv/ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: setup  ## build a workspace of the ALS corpus and serve it
	$(BIN)/stemma demo

test: lint types floors tests  ## lint, types, import floors and tests

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

floors: setup
	$(BIN)/lint-imports

tests: setup
	$(BIN)/pytest -n auto --dist loadfile

SUITE ?= ../shared/suites/rdf-tests/sparql11

conformance: setup  ## the W3C cases of SPARQL, from SUITE=DIR, each over HTTP too
	SPARQL_SUITE=$(abspath $(SUITE)) SPARQL_SHARE=1 $(BIN)/pytest -q -s -p no:xdist tests/conformance tests/api/protocol

fuzz: setup  ## at least 20,000 cases over the whole OpenAPI (CASES per operation)
	$(BIN)/python tests/fuzz/run.py $(or $(CASES),400)

bench: setup  ## gate, commit, load, validation, reading and conflicts beside others, at three sizes: an hour
	$(BIN)/stemma bench $(WHAT) $(foreach n,$(or $(SIZES),1000 10000 100000),--size $(n))

bench-long: setup  ## loading, validating and writing at a million claims: hours
	$(BIN)/stemma bench loading validating writing --size 1000000

differential: setup  ## engines of the gate held to each other by many faults at random
	STEMMA_DIFFERENTIAL=$(or $(TIMES),20) $(BIN)/pytest -q -p no:xdist tests/gate/test_differential.py

reliability: setup  ## all of the reliability harness, or ONLY="kills power"; MINUTES=9 stops it, and it goes on when called again
	$(BIN)/python -m tests.reliability $(ONLY) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(ANEW),--anew)

bench-http: setup  ## requests a second beside oxigraph and rdflib-endpoint
	$(BIN)/python tests/bench/service.py $(or $(SIZE),2000)

lock: setup  ## renew requirements.lock (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra frame --extra mcp --group dev pyproject.toml -o requirements.lock

clean:  ## remove what was built
	rm -rf .venv stemma-demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
