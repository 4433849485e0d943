# SPDX-License-Identifier: GPL-2.0-only
# Two commands: `make verify` and `make test`.  Both set up everything they need: the first installs refcheck in .run as its users
# do; the second works on the source, in .venv.  `make fast` compiles what is in .run, so that it takes half the time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
RUN := .run
INSTALLED := $(RUN)/.ready
COMPILED := $(RUN)/.compiled
PEERS := build/peers
# Where `make peers` puts what tests and benchmarks find on the path
export PATH := $(CURDIR)/$(PEERS)/bin:$(PATH)
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

.PHONY: kernel docs inline helps fuzz judge mutation help verify fast peers test check same update models certify reading statements soak dist bench bench-quick clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11) and "refcheck needs Python 3.11 or newer; set PYTHON=...")

$(STAMP): pyproject.toml
	@$(PYTHON) -c '$(NEW_ENOUGH)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP_INSTALL) --editable '.[dev]'
	@touch $(STAMP)

$(INSTALLED): pyproject.toml $(shell find refcheck specs docs/diagnostics -type f -not -name "*.pyc")
	@$(PYTHON) -c '$(NEW_ENOUGH)'
	$(PYTHON) -m venv $(RUN)
	$(RUN)/bin/python $(PIP_INSTALL) .
	@rm -f $(COMPILED) && touch $(INSTALLED)

$(COMPILED): $(INSTALLED) tools/compiled.py
	@command -v cc >/dev/null || { echo "make fast needs a C compiler, \`cc\`, and the headers of Python" >&2; exit 1; }
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=1 $(RUN)/bin/python $(PIP_INSTALL) --force-reinstall --no-deps .
	@touch $(COMPILED)

verify: $(INSTALLED) ## prove the models of the series
	$(RUN)/bin/refcheck verify --quiet models/

fast: $(COMPILED) ## compile the innermost modules of the installed refcheck (some minutes; needs a C compiler)

same: $(STAMP) $(COMPILED) ## do the compiled modules and their sources say the same of everything?
	$(BIN)/python tools/same.py $(RUN)/bin/refcheck $(BIN)/refcheck verify models corpus tests/litmus
	$(BIN)/python tools/same.py $(RUN)/bin/refcheck $(BIN)/refcheck verify --tree corpus/c $(shell find corpus/c tests/c/verdicts -name '*.c')
	$(BIN)/python tools/same.py $(RUN)/bin/refcheck $(BIN)/refcheck review --tree corpus/series corpus/series/ripple.mbox

test: $(STAMP) check ## static checks and all tests
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(STAMP) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

reading: $(STAMP) ## graphs of generated programs beside an interpreter of the syntax tree (READING="--programs N --first SEED")
	$(BIN)/python tools/reading.py $(READING)

statements: $(STAMP) ## generated statements as graphs, beside the same text compiled by gcc (STATEMENTS="--programs N --first SEED")
	$(BIN)/python tools/statements.py $(STATEMENTS)

certify: $(STAMP) ## confirm every certificate of models/ and corpus/ by the checker, Z3 and cvc5 (minutes)
	rm -rf build/certificates && mkdir -p build
	$(BIN)/refcheck verify --quiet --max-states 20000 --certify build/certificates models/ corpus/ >build/verify.log; \
		s=$$?; test $$s -eq 0 -o $$s -eq 1 -o $$s -eq 3
	$(BIN)/refcheck certify --quiet --solver both --complete models/ build/certificates

peers: ## install SPIN, CBMC, a C compiler, Neovim and Chromium, on Debian; without one of them its tests are skipped
	tools/peers.sh $(PEERS)

fuzz: $(STAMP) ## many cases of every fuzzer; COUNT=, SEED=, TREE= (minutes)
	$(BIN)/python tools/fuzz.py --count $(or $(COUNT),2000) --seed $(or $(SEED),1) $(if $(TREE),--tree $(TREE))

mutation: $(STAMP) ## judge every mutant of the models anew (minutes)
	$(BIN)/python tools/mutation.py

models: $(STAMP) ## write the tables of verdicts anew
	$(BIN)/python tools/tables.py

HELPS ?= --programs 1000
helps: $(STAMP) ## does every help mend its finding? Models, corpus, litmus and generated programs; HELPS="--programs N --first SEED"
	$(BIN)/python tools/helps.py $(HELPS)

JUDGE ?= --programs 2000
judge: $(STAMP) ## does what is proved run? Models, corpus and generated programs in C; JUDGE="--programs N --first SEED --state FILE"
	$(BIN)/python tools/judge.py --files tests/litmus models corpus
	$(BIN)/python tools/judge.py $(JUDGE)

SOAK ?= --programs 2000
soak: $(STAMP) ## do all checkers agree on generated programs? SOAK="--programs N --first SEED --state FILE"
	$(BIN)/python tools/soak.py $(SOAK)
	$(BIN)/python tools/inline.py --callers 100000

docs: $(STAMP) ## build the documentation as a site, build/site/index.html
	$(BIN)/sphinx-build -q -W --keep-going -c tools/site docs build/site

dist: $(STAMP) ## build what would be published, and try it in environments of its own, for each Python that is here
	$(BIN)/python tools/dist.py

inline: $(STAMP) ## is what is proved apart proved with bodies in place of contracts? INLINE="--callers N --first SEED", or models
	$(BIN)/python tools/inline.py $(INLINE)

kernel: $(STAMP) ## verify the tunnels of Debian's kernel source, and compare with what docs/kernel.json has (minutes)
	@if tree=$$(tools/kernel_source.sh build/kernel); then $(BIN)/python tools/kernel.py --tree "$$tree" --check; else echo "$$tree"; fi

update: $(STAMP) ## write everything anew that is made from something else; read the diff
	$(BIN)/python -m refcheck.syntax.grammar
	$(BIN)/python tools/schema.py
	$(BIN)/python tools/editor_words.py
	$(BIN)/python tools/manpage.py
	$(BIN)/python -m pytest --update-golden
	$(BIN)/python tools/tables.py
	$(BIN)/python tools/trust.py
	$(BIN)/python tools/mutation.py --check || $(BIN)/python tools/mutation.py

bench: $(COMPILED) ## time refcheck, CBMC and SPIN on the same programs (half an hour); `make peers` gets those two
	$(RUN)/bin/python $(PIP_INSTALL) 'kernel-refcheck[bench]'
	$(RUN)/bin/python benchmarks/run.py $(BENCH)

bench-quick: $(COMPILED) ## the same with small sizes, into build/bench
	$(RUN)/bin/python benchmarks/run.py --quick --output build/bench $(BENCH)

clean: ## remove the environments
	rm -rf $(VENV) $(RUN)
