PYTHON ?= python3
PYTHONS ?= python3.11 python3.12 python3.13
VENV ?= .venv
BIN := $(VENV)/bin
# Without bytecode it takes two thirds of the time; what is used is compiled when it is first used.
install = $(BIN)/pip install --quiet --no-compile --constraint constraints.txt --editable
# What is installed as `moss` takes the command, or offers every objective a second time.
without-namesake = rm -rf moss.egg-info; $(BIN)/pip uninstall --quiet --quiet --yes moss

.PHONY: app test test-all check lint types suite browser bench clean same-python

app: $(VENV)/installed
	$(BIN)/streamlit run dashboard/Home.py

# Types are checked beside the tests: the one needs a core, the others seldom both.
test: lint browser
	@$(MAKE) --no-print-directory --jobs 2 types suite
	@$(BIN)/python tests/chromium.py report

# On each Python that the machine has, in a folder of its own (5 GB each).
test-all:
	@tested=; for python in $(PYTHONS); do \
		if $$python -c "" 2>/dev/null; then \
			$(MAKE) test PYTHON=$$python VENV=.venv-$$python || exit 1; \
			tested="$$tested $$python"; \
		fi; \
	done; \
	echo "Tested on:$${tested:- nothing, of $(PYTHONS) none is there}"; test "$$tested"

check: lint types

lint: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/installed-dev
	$(BIN)/mypy

suite: $(VENV)/installed-dev
	$(BIN)/pytest --numprocesses 2 --dist loadfile

browser: $(VENV)/installed-dev
	$(BIN)/python tests/chromium.py install

bench: browser
	$(BIN)/python tests/benchmarks/seen.py
	$(BIN)/python tests/benchmarks/front.py
	$(BIN)/python tests/benchmarks/app.py
	$(BIN)/python tests/benchmarks/browsing.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(BIN)/python pyproject.toml constraints.txt | same-python
	$(without-namesake)
	$(install) .
	touch $@

$(VENV)/installed-dev: $(BIN)/python pyproject.toml constraints.txt | same-python
	$(without-namesake)
	$(install) ".[dev]"
	touch $(VENV)/installed $@

# Who asks for a Python is not given another one that happens to be in the folder.
same-python: $(BIN)/python
ifneq ($(origin PYTHON),file)
	@version='import sys; print(*sys.version_info[:2], sep=".")'; \
	wanted=$$($(PYTHON) -c "$$version") && found=$$($(BIN)/python -c "$$version") && \
	if [ "$$wanted" != "$$found" ]; then \
		echo "$(VENV) holds Python $$found, not $$wanted: name another folder," \
			"such as VENV=.venv-$(PYTHON), or remove this one (make clean)." >&2; \
		exit 1; \
	fi
endif

clean:
	rm -rf $(VENV) build *.egg-info
