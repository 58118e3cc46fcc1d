# From a clean checkout with only python3 (3.11 or newer, with venv) and make. `make demo` is the place to begin.
# Packages come by pip, so that a mirror in pip.conf counts; with a folder `wheelhouse` nothing is downloaded.

PYTHON ?= python3
PY := .venv/bin/python
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
WITH := $(if $(CHROMIUM),browser,test)
# Several processes, a file of tests always in one of them; each has a PostgreSQL of its own. Races and child programs
# wait more than they compute, so there are more processes than cores; a browser needs a core for itself. Files keep
# the order of tests/conftest.py: the longest first.
MANY := -n 4 --dist loadfile --no-loadscope-reorder
BOTH := -n 2 --dist loadfile --no-loadscope-reorder
OFFLINE := $(if $(wildcard wheelhouse),--no-index --find-links wheelhouse)
# A stamp holds the sum of its lock, so that a changed lock installs again, whatever made the .venv.
stamp = .venv/.ready-$(1)-$(firstword $(shell cksum < requirements/$(1).lock))

# A dozen programs start in a demo and hundreds in the tests: without bytecode each would compile the market anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: strings demo test test-all test-browser check bench wheelhouse lock help

help:
	@echo "make demo          run the market with a fictional city on http://127.0.0.1:8000 (MARKET_PORT, PORT)"
	@echo "make test          all tests but the slow ones and those in a browser"
	@echo "make test-all      the slow ones too, and those in a browser if Chromium is found"
	@echo "make test-browser  only those in a browser; demands Chromium"
	@echo "make check         lint, format, types, imports"
	@echo "make strings       list what the English catalogue lacks or has in vain"
	@echo "make bench         measure against the baselines"
	@echo "make wheelhouse    download every package, for an installation without a network"
	@echo "make lock          compile requirements/*.lock anew (needs uv)"

demo: $(call stamp,local)
	@exec $(PY) -m market demo

test: $(call stamp,test)
	$(PY) -m pytest -q $(MANY) -m "not slow and not browser"

test-all: $(call stamp,$(WITH))
	$(PY) -m pytest -q $(BOTH) $(if $(CHROMIUM),,-m "not browser")

test-browser: $(call stamp,browser)
	@test -n "$(CHROMIUM)" || { echo "No Chromium found: sudo apt install chromium" >&2; exit 1; }
	$(PY) -m pytest -q $(BOTH) -m browser

check: $(call stamp,test)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

strings: $(call stamp,test)
	@$(PY) -m tests.strings

bench: $(call stamp,bench)
	$(PY) -m benchmarks

wheelhouse: $(PY)
	$(PY) -m pip download --quiet --require-hashes -r requirements/browser.lock -d wheelhouse
	$(PY) -m pip download --quiet --require-hashes -r requirements/bench.lock -d wheelhouse

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements/run.lock
	for extra in local test browser bench; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --extra $$extra pyproject.toml \
	    -o requirements/$$extra.lock -c requirements/run.lock || exit 1; \
	done

.venv/.ready-%: | $(PY)
	@echo "installing $(firstword $(subst -, ,$*)) into .venv"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes $(OFFLINE) \
	  -r requirements/$(firstword $(subst -, ,$*)).lock
	@rm -f .venv/.ready-$(firstword $(subst -, ,$*))-*
	@touch $@

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed: sudo apt install python3 python3-venv, or make PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "python3 cannot make a virtual environment: sudo apt install python3-venv" >&2; exit 1; }
