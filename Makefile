# Everything a person does with this repository. `make` alone says what there is.
# ARGS passes options on:  make run ARGS="--empty"    make test ARGS="tests/house -x"

BIN := .venv/bin
ARGS ?=
SEEDS ?= 2001-12000

# Tests and the demo start many processes from the same sources; each would compile them anew, for more than half a second.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test check format lock bench bench-peers conformance sim fault-report soak faults fuzz emupos screenshots clean

help:           ## this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## / \t/' | expand -t 16

setup:          ## install into .venv, from the lock; quick when already done
	@./.ci/setup

run: setup      ## the whole of Kontor on this machine: headquarters, two branches, devices, a sample shop
	@exec $(BIN)/kontor up $(ARGS)

test: setup     ## all tests (installs a browser where it may)
	@$(BIN)/python -m tests.tools.ensure_browser
	@$(BIN)/python -m pytest $(ARGS)

check: setup    ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house

format: setup   ## lay the code out and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:           ## pin the newest allowed versions (needs `uv`)
	uv pip compile pyproject.toml --group dev --universal --upgrade --generate-hashes --quiet \
	    --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock

bench: setup    ## speed, beside what this machine can do at most
	@$(BIN)/python -m tests.bench $(ARGS)

bench-peers: setup ## the same against SQLAlchemy, Django + PostgreSQL and PouchDB
	@$(BIN)/python -m tests.bench.peers $(ARGS)

conformance: setup ## codes as GS1's own cases have them: make conformance VECTORS=FILE
	@$(BIN)/python -m tests.conformance $(VECTORS)

sim: setup      ## tell one simulated story again: make sim SEED=42; many: make sim ARGS="--seeds 1-100000"
	@$(BIN)/python -m tests.simulation $(SEED) $(ARGS)

fault-report: setup ## a million simulated events under every fault, written to docs/faults.md
	@$(BIN)/python -m tests.simulation.fault_report $(ARGS)

soak: setup     ## the crash test, then simulated stories, as many as you like: make soak ARGS="--rounds 500" SEEDS=1-100000
	@$(BIN)/python -m tests.crash.soak $(ARGS)
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS)

faults: setup   ## every fault into real parts: make faults ARGS="--report FILE -k power_cut"
	@$(BIN)/python -m tests.faults $(ARGS)

fuzz: setup     ## any bytes at the readers of the wire, steered by coverage: make fuzz ARGS="--seconds 600"
	@$(BIN)/python -m tests.faults.fetch
	@$(BIN)/python -m tests.faults.fuzz $(ARGS)

emupos: setup   ## our devices against a simulator of others, which needs Python 3.13: make emupos ARGS="--python PATH"
	@$(BIN)/python -m tests.emupos $(ARGS)

screenshots: setup ## every page, both languages, both themes, into screenshots/
	@$(BIN)/python -m tests.tools.ensure_browser
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

clean:          ## remove .venv and what the tools remember; never your data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
