# The commands of the README. Python 3.11 or newer with venv is all that has to be there.
PYTHON ?= python3
BIN := .venv/bin
EHR_PORT ?= 9000
APP_PORT ?= 8000
DATA ?=
UPSTREAM ?=
ARGS ?=

.PHONY: demo test quick fuzz lint interop bench mutants lock

demo: .venv/.run
	$(BIN)/python -m app demo --ehr-port $(EHR_PORT) --app-port $(APP_PORT) --data "$(DATA)" --upstream "$(UPSTREAM)"

test: .venv/.test
	$(BIN)/python -m pytest $(ARGS)

# Without browsers, whole servers and fuzzing: for while one works.
quick: .venv/.test
	$(BIN)/python -m pytest -n 2 --hypothesis-profile=quick -m "not (browser or fuzz or interop or server)"

# Other cases each time; SEED=<seed> tries those of one run again.
fuzz: SEED := $(or $(SEED),$(shell date +%s))
fuzz: .venv/.test
	@echo "SEED=$(SEED)"
	ONCOFORM_FUZZ_SEED=$(SEED) $(BIN)/python -m pytest --hypothesis-profile=free --hypothesis-seed=$(SEED) -m "fuzz or hypothesis"

lint: .venv/.test
	$(BIN)/ruff check app tests bench
	$(BIN)/ruff format --check app tests bench
	$(BIN)/mypy
	$(BIN)/djlint --check --quiet templates
	$(BIN)/djlint --lint --quiet templates

interop: .venv/.test interop/hapi/.built interop/medplum/.built interop/oidc/.built interop/examples/.built
	$(BIN)/python -m pytest -m interop

interop/hapi/.built: interop/hapi/pom.xml interop/hapi/Main.java
	rm -rf interop/hapi/lib interop/hapi/out
	mvn -B -q -f interop/hapi dependency:copy-dependencies -DoutputDirectory=lib
	javac -cp 'interop/hapi/lib/*' -d interop/hapi/out interop/hapi/Main.java
	touch $@

interop/medplum/.built interop/oidc/.built interop/examples/.built: %/.built: %/package-lock.json
	npm --prefix $* ci --no-audit --no-fund
	touch $@

bench: .venv/.test
	$(BIN)/python -m bench

# Changes the way in line by line and tells which changes no test notices; takes hours.
mutants: .venv-mutants/.made
	.venv-mutants/bin/mutmut run
	.venv-mutants/bin/mutmut results

.venv-mutants/.made: requirements-test.lock
	$(PYTHON) -m venv .venv-mutants
	.venv-mutants/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-test.lock
	.venv-mutants/bin/pip install --quiet --disable-pip-version-check mutmut==3.8.1
	touch $@

# Locks the dependencies anew from pyproject.toml.
lock: .venv/.test
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --universal --python-version 3.11 --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --universal --python-version 3.11 --extra postgresql --output-file requirements-postgresql.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --universal --python-version 3.11 --extra test --output-file requirements-test.lock pyproject.toml

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Oncoform needs Python 3.11 or newer: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv .venv

.venv/.run: requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	touch $@

.venv/.test: requirements-test.lock | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-test.lock
	touch $@ .venv/.run
