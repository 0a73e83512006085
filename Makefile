# The commands of the project; `make help` lists them.
# A fresh machine needs Python 3.11 or newer, git and make; the rest is set up here.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check docs gen oldest bench wheel clean tools

VENV := .venv
GEN := .venv-gen
CLIENT_STUBS := clients/go/qtasksv1 clients/typescript/src/gen clients/java/src/main/java/io/qtasks/v1
OLDEST := .venv-oldest
TOOLS := $(CURDIR)/.cache/bin
export PATH := $(CURDIR)/$(VENV)/bin:$(TOOLS):$(PATH)

PIP := python -m pip --quiet --disable-pip-version-check
STUBS := qtasks/v1

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/ready ## do real work over gRPC and watch it; FOLDER=... works on another folder
	@qtasks demo $(FOLDER)

# Tests start a thousand processes. Each compiles the packages anew where it may write no
# bytecode (PYTHONDONTWRITEBYTECODE) and there is none; so they are compiled once, before.
test: $(VENV)/ready tools ## run every test; ARGS=... goes to pytest
	@python -m compileall -q qtasks services
	@pytest $(ARGS)

check: $(VENV)/ready $(GEN)/ready ## lint, types, layers, the wire and its stubs
	ruff check
	ruff format --check
	mypy
	lint-imports
	deptry .
	buf lint
	@release=$$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null) || exit 0; \
	  echo "buf breaking against $$release"; \
	  buf breaking --against ".git#tag=$$release"
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	  .ci/stubs $(CURDIR)/$(GEN)/bin "$$fresh" && \
	  diff -r -x __init__.py -x __pycache__ $(STUBS) "$$fresh/$(STUBS)" || \
	  { echo "the stubs in $(STUBS) are not those of proto/: run make gen" >&2; exit 1; }
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	  .ci/client-stubs python $(TOOLS) "$$fresh" && \
	  for stubs in $(CLIENT_STUBS); do \
	    test ! -d "$$fresh/$$stubs" || diff -r "$$stubs" "$$fresh/$$stubs" || \
	    { echo "the stubs in $$stubs are not those of proto/: run make gen" >&2; exit 1; }; \
	  done
	@$(MAKE) --no-print-directory docs

docs: $(VENV)/ready ## build the documentation into docs/_build
	@sphinx-build --quiet --fail-on-warning --keep-going --builder html docs docs/_build

gen: $(VENV)/ready $(GEN)/ready ## write the stubs of every language from proto/
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	  .ci/stubs $(CURDIR)/$(GEN)/bin "$$fresh" && \
	  rm -f $(STUBS)/*_pb2* && cp "$$fresh"/$(STUBS)/* $(STUBS)/
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	  .ci/client-stubs python $(TOOLS) "$$fresh" && \
	  for stubs in $(CLIENT_STUBS); do \
	    test ! -d "$$fresh/$$stubs" || \
	    { rm -rf "$$stubs" && mkdir -p "$$stubs" && cp -R "$$fresh/$$stubs/." "$$stubs/"; }; \
	  done

oldest: $(OLDEST)/ready tools ## run every test with the oldest supported dependencies
	@PATH="$(CURDIR)/$(OLDEST)/bin:$$PATH" pytest $(ARGS)

bench: $(VENV)/ready tools ## measure speed; takes minutes
	@python -m tests.benchmarks $(ARGS)

wheel: $(VENV)/ready ## build the distribution into dist/
	python -m build --outdir dist .

clean: ## remove everything that was set up, built or cached here
	rm -rf $(VENV) $(GEN) $(OLDEST) .cache .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache build dist docs/_build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- what is set up -----------------------------------------------------------------

# `ready` is written last, so that a set-up that was interrupted is done again.
$(VENV)/ready: pyproject.toml constraints.txt
	@python=$$(.ci/python) && echo "setting up $(VENV) with $$python" && \
	  "$$python" -m venv --clear $(VENV)
	@$(PIP) install --upgrade 'pip>=25.1'
	@echo "installing what it needs; the first time this takes a minute or two"
	@$(PIP) install --constraint constraints.txt --group dev --group docs --editable '.[dev,django,pydantic,testing,web]'
	@touch $@

$(GEN)/ready: pyproject.toml
	@python=$$(.ci/python) && echo "setting up $(GEN) with $$python" && \
	  "$$python" -m venv --clear $(GEN)
	@$(GEN)/bin/$(PIP) install --upgrade 'pip>=25.1'
	@$(GEN)/bin/$(PIP) install --group gen
	@touch $@

$(OLDEST)/ready: pyproject.toml constraints.txt .ci/oldest.txt
	@python=$$(.ci/python) && echo "setting up $(OLDEST) with $$python" && \
	  "$$python" -m venv --clear $(OLDEST)
	@$(OLDEST)/bin/$(PIP) install --upgrade 'pip>=25.1'
	@$(OLDEST)/bin/$(PIP) install --constraint .ci/oldest.txt --group dev --editable '.[dev,django,pydantic,testing,web]'
	@touch $@

tools: $(VENV)/ready
	@.ci/redis $(CURDIR)/$(VENV)/bin/python $(TOOLS)
	@.ci/grpcurl $(TOOLS)
