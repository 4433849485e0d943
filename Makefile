# Two commands: `make verify` and `make test`.  Both set up everything they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: fuzz mutation help verify test check update models certify reading soak bench bench-quick clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "refcheck needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)

verify: $(STAMP) ## prove the models of the series
	$(BIN)/refcheck verify --quiet models/

test: $(STAMP) check ## static checks and all tests
	$(BIN)/python -m pytest

check: $(STAMP) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

reading: $(STAMP) ## graphs of generated programs beside an interpreter of the syntax tree (READING="--programs N --first SEED")
	$(BIN)/python tools/reading.py $(READING)

certify: $(STAMP) ## confirm every certificate of models/ and corpus/ by the checker, Z3 and cvc5 (minutes)
	rm -rf build/certificates && mkdir -p build
	$(BIN)/refcheck verify --quiet --max-states 20000 --certify build/certificates models/ corpus/ >build/verify.log; \
		s=$$?; test $$s -eq 0 -o $$s -eq 1 -o $$s -eq 3
	$(BIN)/refcheck certify --quiet --solver both --complete models/ build/certificates

fuzz: $(STAMP) ## many cases of every fuzzer; COUNT=, SEED= (minutes)
	$(BIN)/python tools/fuzz.py --count $(or $(COUNT),2000) --seed $(or $(SEED),1)

mutation: $(STAMP) ## judge every mutant of the models anew (minutes)
	$(BIN)/python tools/mutation.py

models: $(STAMP) ## write the generated tables anew
	$(BIN)/python tools/tables.py

SOAK ?= --programs 2000
soak: $(STAMP) ## do all checkers agree on generated programs? SOAK="--programs N --first SEED --state FILE"
	$(BIN)/python tools/soak.py $(SOAK)

update: $(STAMP) ## rewrite golden files and the parser's tables; read the diff
	$(BIN)/python -m refcheck.syntax.grammar
	$(BIN)/python -m pytest --update-golden

bench: $(STAMP) ## time refcheck, CBMC and SPIN on the same programs (half an hour); PEERS=prefix of cbmc
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python benchmarks/run.py $(if $(PEERS),--peers $(PEERS))

bench-quick: $(STAMP) ## the same with small sizes, into build/bench
	$(BIN)/python benchmarks/run.py --quick --output build/bench $(if $(PEERS),--peers $(PEERS))

clean: ## remove the environment
	rm -rf $(VENV)
