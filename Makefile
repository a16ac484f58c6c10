# Two commands on a fresh Debian machine with Python 3.11 or newer: `make demo` and `make test`.
#   make demo    .venv, install, then the main job end to end into ./svta
#   make test    .venv with what the tests need, then the tests
#   make check   formatting, lint and types
#   make test-browser   the pages in a headless Chromium, which must be installed (Debian: apt-get install chromium)
#   make test-slow   what takes many seconds; make test-all: that, the fast ones and those that take minutes
#   make fuzz    mutated files of every kind for ten minutes; another number: make fuzz FUZZ_SECONDS=60
#   make wheel-smoke   the wheel in an empty environment
#   make docs   the pages of docs/ as a site in out/docs; make release-check: whether this tree can be published
# Where pip would pull CUDA builds of torch, name a CPU index: make demo TORCH_INDEX=<PyTorch's own CPU index>

PYTHON ?= python3
VENV ?= .venv
TORCH_INDEX ?=
FUZZ_SECONDS ?= 600
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
      $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile -q
HOUSE := setup.cfg setup.py pyproject.toml constraints.txt

.PHONY: demo test fuzz test-browser test-slow test-all check docs wheel-smoke release-check clean

demo: $(VENV)/.installed
	$(BIN)/svta demo --out svta $(DEMO_ARGS)

test: $(VENV)/.installed-test
	$(PYTEST) -m "not slow and not gpu and not browser" $(TEST_ARGS)

test-slow: $(VENV)/.installed-test
	$(PYTEST) -m "slow and not nightly and not gpu and not browser" $(TEST_ARGS)

test-all: $(VENV)/.installed-test
	$(PYTEST) -m "not gpu and not browser" $(TEST_ARGS)

fuzz: $(VENV)/.installed-test
	SVTA_FUZZ_SECONDS=$(FUZZ_SECONDS) SVTA_FUZZ_EXAMPLES=500 $(BIN)/python -m pytest -q -s tests/fuzz $(TEST_ARGS)

test-browser: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m "browser and not slow" -q $(TEST_ARGS)

check: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd tests && ../$(BIN)/mypy --config-file ../setup.cfg -p svta

docs: $(VENV)/.installed-test
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs out/docs

wheel-smoke: $(VENV)/.installed-test
	bash .ci/wheel-smoke.sh

release-check: $(VENV)/.installed-test
	$(BIN)/python .ci/release_check.py

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "svta needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "no venv module: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.installed: $(BIN)/python $(HOUSE)
	$(PIP) --editable ".[all]"
	@touch $@

$(VENV)/.installed-test: $(BIN)/python $(HOUSE)
	$(PIP) --editable ".[test]"
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .venv-* build dist *.egg-info
