# Everything one does here, in one word.  `make demo` and `make test` need python3 >= 3.11 and nothing else.
# PYTHON=/path/to/python3 chooses the interpreter, VENV=folder the environment.

PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
PIP := "$(PY)" -m pip --quiet --quiet --disable-pip-version-check install

# A folder that is neither empty nor an environment is somebody's own.
REFUSE_FOREIGN = if [ -e "$(VENV)" ] && [ ! -f "$(VENV)/pyvenv.cfg" ] && [ -n "$$(ls -A "$(VENV)")" ]; then \
	echo "$(VENV) is no environment and holds other files: say make VENV=another-folder" >&2; exit 1; fi
REFUSE_OLD = "$(1)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "solve2vec needs Python 3.11 or later; $(1) is $$("$(1)" -V 2>&1): say make $(2)" >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help install demo test test-all check versions docs bench reproduce clean

help:  ## list these words
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

install: $(VENV)/.installed  ## make the environment and install the package into it
	@echo "installed: $(VENV)/bin/solve2vec --help"

demo: $(VENV)/.installed  ## the whole way on text that every Python has; prints what was learned
	@"$(VENV)/bin/solve2vec" demo

test: check  ## style, types and the fast tests
	@"$(PY)" -m pytest -q -m "not slow" -n auto --maxprocesses 4

test-all: check  ## the slow tests too
	@"$(PY)" -m pytest -q -m "not slow" -n auto --maxprocesses 4
	@"$(PY)" -m pytest -q -m slow

check: $(VENV)/.installed-dev  ## style and types only
	@"$(PY)" -m ruff check .
	@"$(PY)" -m ruff format --check .
	@"$(PY)" -m mypy

versions: $(VENV)/.installed-dev  ## tests with the oldest and the newest dependencies on each Python (ARGS=--help)
	@"$(PY)" tests/versions.py $(ARGS)

docs: $(VENV)/.installed-dev  ## write the generated pages and the picture again
	@"$(PY)" docs/generate.py
	@"$(PY)" docs/pictures.py

bench: $(VENV)/.installed-dev  ## run the benchmarks
	@set -- benchmarks/bench_*.py; if [ ! -e "$$1" ]; then echo "there are no benchmarks yet"; fi; \
	for script in "$$@"; do if [ -e "$$script" ]; then echo "== $$script"; "$(PY)" "$$script" || exit 1; fi; done

reproduce: $(VENV)/.installed-dev  ## every claim of the theory, on real text: figures and numbers (half an hour)
	@"$(PY)" reproductions/run.py

clean:  ## remove the environment and what tools left behind
	@$(REFUSE_FOREIGN)
	@rm -rf "$(VENV)" .pytest_cache .mypy_cache .ruff_cache build dist

# An environment that is there and runs is kept as it is, whoever made it; what else a folder holds is never touched.
$(VENV)/.made:
	@$(REFUSE_FOREIGN)
	@if "$(PY)" -c 'import pip' 2>/dev/null; then echo "using the environment in $(VENV)"; else \
	  command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	    echo "there is no $(PYTHON) here: install Python 3.11 or later, or say make PYTHON=/path/to/python3" >&2; exit 1; }; \
	  $(call REFUSE_OLD,$(PYTHON),PYTHON=/path/to/python3); \
	  echo "making the environment in $(VENV)"; \
	  "$(PYTHON)" -m venv "$(VENV)" && "$(PY)" -c 'import pip' || { \
	    echo "the environment in $(VENV) does not run: make clean removes it, then try again" >&2; exit 1; }; \
	fi
	@$(call REFUSE_OLD,$(PY),VENV=another-folder)
	@touch "$@"

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	@echo "installing solve2vec and what it needs"
	@$(PIP) --editable ".[explorer]"
	@touch "$@"

$(VENV)/.installed-dev: $(VENV)/.made pyproject.toml
	@echo "installing solve2vec and what its tests need"
	@$(PIP) --editable ".[dev,explorer,plots]"
	@touch "$@" "$(VENV)/.installed"
