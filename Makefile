# Plain `make` lists the commands. Each first makes the environment, where it has to:
# .venv, with the pins of requirements.lock. The variables TORCH and TORCH_INDEX choose its
# build of PyTorch, as in make lab TORCH=cpu: install.py says what they may be.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-for
PYTHON ?= python3
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help lab test check claims table bench build

help: ## list these commands
	@echo 'The commands; ARGS adds words to one, as in make lab ARGS="--no-browser".'
	@echo 'The first makes .venv; TORCH=cpu or TORCH=cuda says with which PyTorch:'
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' Makefile

lab: $(STAMP) ## open lesson 01 in JupyterLab, on your own copy in work/
	@$(BIN)/course lab $(ARGS)

test: $(STAMP) ## run the whole suite, with the network cut off
	@COURSE_PROFILE=$${COURSE_PROFILE:-smoke} tests/offline.sh $(BIN)/python -m pytest \
	    -n 2 --dist loadfile $(ARGS)

check: $(STAMP) ## name stale notebooks, unformatted code and lint
	@$(BIN)/python -m lessons.build --check
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

claims: $(STAMP) ## measure every empirical statement of the lessons: data/claims.json
	@$(BIN)/python -m lessons.claims $(ARGS)

table: $(STAMP) ## rate every shipped model: README and data/league.csv
	@$(BIN)/python -m course_lib.evaluation.league_table

bench: $(STAMP) ## time the library against named peers: benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks $(ARGS)

build: $(STAMP) ## make both editions of every lesson from its text in lessons/
	@$(BIN)/python -m lessons.build $(ARGS)

export TORCH TORCH_INDEX

# The stamp says for which folder the environment was finished. One that is half made,
# was moved or lost its Python is made anew; one without a stamp is somebody's own, and
# is completed as it is.
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
SOUND := $(shell [ "$$(cat $(STAMP) 2>/dev/null || pwd -P)" = "$$(pwd -P)" ] \
    && $(BIN)/python -c 'import pip; $(SUITABLE)' 2>/dev/null && echo yes)
ifneq ($(SOUND),yes)
.PHONY: $(STAMP)
endif

$(STAMP): pyproject.toml requirements.lock install.py
	@[ '$(SOUND)' = yes ] || { \
	    for python in '$(PYTHON)' python3.13 python3.12 python3.11; do \
	        "$$python" -c 'import ensurepip, venv; $(SUITABLE)' 2>/dev/null \
	            && found=$$python && break; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo 'No Python 3.11, 3.12 or 3.13 with its venv module was found.'; \
	        echo 'On Debian or Ubuntu: apt-get install python3-venv'; \
	        echo 'Elsewhere, name one: make lab PYTHON=/path/to/python3.12'; \
	        exit 1; \
	    fi >&2; \
	    echo "Making $(VENV) with $$("$$found" -V): a few minutes, this once."; \
	    "$$found" -m venv --clear $(VENV); \
	}
	@echo unfinished > $(STAMP)
	@$(BIN)/python install.py $(if $(SOUND),--quiet)
	@pwd -P > $(STAMP)
