# mailsink's chores. They need make and a Python of at least 3.11; all else goes into .venv.
# Another Python: make test PYTHON=python3.13. More arguments: make test ARGS="tests/store -x".

PYTHON ?= python3
ARGS ?=
# How many tests run at once: as many as there are cores, and a browser for each of more than four is too much.
JOBS ?= auto

VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m
PIP := $(RUN) pip install --quiet --disable-pip-version-check --constraint constraints.txt
VERSION_OF := -c 'import sys; print(*sys.version_info[:2], sep=".")'

# An environment made by another Python, or copied here with the checkout, must be set up again.
MADE_FOR := $(PYTHON) in $(CURDIR)
ifneq ($(shell cat $(VENV)/made-for 2>/dev/null),$(MADE_FOR))
$(VENV)/made-for: FORCE
endif

.PHONY: help run test check bench soak packages clean FORCE

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile | expand -t 16

run: $(VENV)/for-use ## Start mailsink: SMTP on 127.0.0.1:1025, the inbox on http://127.0.0.1:8025.
	@$(BIN)/mailsink $(ARGS)

test: $(VENV)/for-work $(VENV)/for-examples $(VENV)/for-newest-django $(VENV)/for-peers packages ## Run every test.
	$(RUN) pytest --numprocesses $(JOBS) --maxprocesses 4 --dist worksteal $(ARGS)

check: $(VENV)/for-work ## Format, lint, types, layers, then every test: what a commit must pass.
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) pytest --quiet tests/guards/test_layers.py
	@$(MAKE) --no-print-directory test

bench: $(VENV)/for-work ## Measure against other servers, and write docs/benchmarks/. Wants a quiet machine.
	@$(BIN)/python tests/bench/run.py $(ARGS)

soak: $(VENV)/for-work ## Kill it 200 times under load, then 10 minutes at full load in memory and in a file.
	@$(BIN)/python tests/acceptance/soak.py $(ARGS)

clean: ## Remove the environment, caches and what was built.
	rm -rf $(VENV) build dist .mailsink .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find mailsink web pytest_plugin tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made-for:
	@version=$$($(PYTHON) $(VERSION_OF)) || { echo "mailsink: $(PYTHON) cannot be run; name a Python of at least 3.11: make PYTHON=python3.12" >&2; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mailsink: $(PYTHON) is Python $$version and 3.11 or newer is needed; name one: make PYTHON=python3.12" >&2; exit 1; }; \
	if [ "$$version" != "$$($(BIN)/python $(VERSION_OF) 2>/dev/null)" ] || ! $(RUN) pip --version >/dev/null 2>&1; then \
		echo "mailsink: making $(VENV) with Python $$version"; \
		$(PYTHON) -m venv --clear $(VENV) || { echo "mailsink: $(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }; \
	fi
	@$(PIP) 'pip>=25.1'  # the first that knows --group
	@echo "$(MADE_FOR)" > $@

$(VENV)/for-use: $(VENV)/made-for pyproject.toml constraints.txt
	@echo "mailsink: installing it and what it needs into $(VENV)"
	@$(PIP) --editable '.[tls]'
	@touch $@

$(VENV)/for-work: $(VENV)/for-use
	@echo "mailsink: installing what its tests need into $(VENV)"
	@$(PIP) --group dev
	@touch $@

# The sample projects bring pytest plugins, which must not touch our own tests: an environment of their own.
EXAMPLES := $(VENV)/examples
INTO_EXAMPLES := $(RUN) pip --python $(EXAMPLES)/bin/python install --quiet --disable-pip-version-check
$(VENV)/for-examples: $(VENV)/for-use
	@echo "mailsink: installing what the sample projects need into $(EXAMPLES)"
	@$(PYTHON) -m venv --clear --without-pip $(EXAMPLES)
	@$(INTO_EXAMPLES) --constraint constraints.txt --editable '.[tls]' --group examples
	@$(INTO_EXAMPLES) --no-deps --target $(EXAMPLES)/django-5.2 'Django==5.2.*'
	@$(INTO_EXAMPLES) --no-deps --target $(EXAMPLES)/pytest-8 'pytest==8.*'
	@touch $@

# The newest Django wants a newer Python than mailsink does: one that is here, or NEWER_PYTHON. None is no error.
NEWEST := $(VENV)/newest-django
NEWER_PYTHON ?=
$(VENV)/for-newest-django: $(VENV)/for-use
	@for python in $(NEWER_PYTHON) $(PYTHON) python3.13 python3.12 $$HOME/.pyenv/versions/3.1[23].*/bin/python; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || continue; \
		echo "mailsink: installing the newest Django into $(NEWEST), for $$($$python --version)"; \
		$$python -m venv --clear --without-pip $(NEWEST) || exit; \
		$(RUN) pip --python $(NEWEST)/bin/python install --quiet --disable-pip-version-check \
			--constraint constraints.txt --editable '.[tls]' --group examples-django || exit; \
		touch $@; exit; \
	done; \
	echo "mailsink: the sample with the newest Django cannot run: it needs Python 3.12; name one: make test NEWER_PYTHON=python3.13" >&2

# Published clients of other catchers and of the API, as they are: an environment of their own, for what they bring with them.
PEERS := $(VENV)/peers
$(VENV)/for-peers: $(VENV)/for-use
	@echo "mailsink: installing published clients into $(PEERS)"
	@$(PYTHON) -m venv --clear --without-pip $(PEERS)
	@$(RUN) pip --python $(PEERS)/bin/python install --quiet --disable-pip-version-check --constraint constraints.txt --group peers
	@touch $@

# The clients and the browser that the tests drive, by their Debian names. Not having them is no error here:
# the tests that need them say so.
PERL_MODULES := -MNet::SMTP -MAuthen::SASL -MDigest::HMAC_MD5 -MIO::Socket::SSL
NODE := $(VENV)/node
# Cypress itself, which two of them want beside them, is not needed.
NPM := npm install --silent --ignore-scripts --legacy-peer-deps --no-package-lock --no-audit --no-fund --prefix $(NODE)
packages: $(VENV)/made-for
	@wanted=; \
	command -v chromium >/dev/null || wanted="$$wanted chromium fonts-dejavu-core"; \
	for name in curl msmtp swaks; do command -v $$name >/dev/null || wanted="$$wanted $$name"; done; \
	command -v php >/dev/null || wanted="$$wanted php-cli"; \
	[ -e "$$(git --exec-path)/git-send-email" ] && perl -MMail::Address -e1 2>/dev/null || wanted="$$wanted git-email libmailtools-perl"; \
	perl $(PERL_MODULES) -e1 2>/dev/null || wanted="$$wanted perl libauthen-sasl-perl libdigest-hmac-perl libio-socket-ssl-perl"; \
	[ -n "$$wanted" ] || exit 0; \
	PATH="$$PATH:/usr/sbin:/sbin"; \
	if [ "$$(id -u)" = 0 ]; then as_root=env; else as_root="sudo -n"; fi; \
	if command -v apt-get >/dev/null && $$as_root true 2>/dev/null; then \
		echo "mailsink: installing$$wanted"; \
		$$as_root apt-get -qq update && \
		$$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq --no-install-recommends install $$wanted </dev/null >/dev/null && exit 0; \
	fi; \
	echo "mailsink: some tests cannot run until you do: sudo apt-get install$$wanted" >&2
	@if ! cmp -s tests/interop/package.json $(NODE)/package.json || [ ! -d $(NODE)/node_modules ]; then \
		rm -rf $(NODE) && mkdir $(NODE) && cp tests/interop/package.json $(NODE)/ && \
		$(NPM) </dev/null >/dev/null 2>&1 || \
		echo "mailsink: the tests with axe-core and with clients that run in Node cannot run until you do: $(NPM)" >&2; \
	fi
	@if command -v apt-get >/dev/null && [ ! -x $(VENV)/postfix/usr/sbin/postfix ]; then \
		mkdir -p $(VENV)/postfix && cd $(VENV)/postfix && \
		apt-get -qq download postfix >/dev/null 2>&1 && dpkg -x postfix_*.deb . && rm -f postfix_*.deb || \
		echo "mailsink: the tests with Postfix cannot run: its package cannot be downloaded" >&2; \
	fi
