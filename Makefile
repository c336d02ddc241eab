PYTHON ?= python3
BIN := .venv/bin
# What is installed as `moss` takes the command, or offers every objective a second time.
without-namesake = rm -rf moss.egg-info; $(BIN)/pip uninstall --quiet --quiet --yes moss

.PHONY: app test lint bench clean

app: .venv/installed
	$(BIN)/streamlit run dashboard/Home.py

test: .venv/installed-dev lint
	$(BIN)/pytest --numprocesses 2 --dist loadfile

lint: .venv/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/installed-dev
	$(BIN)/python tests/benchmarks/front.py
	$(BIN)/python tests/benchmarks/app.py
	$(BIN)/python tests/benchmarks/browsing.py

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	$(without-namesake)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml constraints.txt
	$(without-namesake)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch .venv/installed $@

clean:
	rm -rf .venv build *.egg-info
