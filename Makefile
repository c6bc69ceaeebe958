# Everything a person does here, as one command each; `make help` lists them.

# The first Python of this machine that the lock was made for; `make … PYTHON=…` names another.
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c '$(SUITABLE)' 2>/dev/null && echo "$$name" && exit; done; echo python3)
VENV := .venv/bin
# A compiled file starts twice as fast, whatever the caller's habit is; the tests import the package from plugins.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPATH := plugins

.DEFAULT_GOAL := help
.PHONY: help install demo demo-once demo-reset test lint test-demo test-upgrade test-faults test-oldest test-protections pictures bench backfill parked resend-parked check check-contract airflow clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: ## create .venv from the hashed requirements.lock; instant when nothing changed
	@command -v "$(PYTHON)" >/dev/null || { echo "error: no $(PYTHON) on this machine: install Python 3.11, 3.12 or 3.13." >&2; exit 1; }
	@PYTHONPATH= "$(PYTHON)" local/install.py

demo: install ## start everything, run every DAG, stay up until Ctrl-C [AIRFLOW_PORT= CHAT_PORT= DEMO_LIVES=]
	@$(VENV)/python -m local.demo

demo-once: install ## the same, then stop; the exit status says whether the notifications arrived
	@$(VENV)/python -m local.demo --once

demo-reset: install ## forget the demo's data
	@$(VENV)/python -m local.forget

test: install lint ## lint, types, SQL lint and all tests, the slow ones first; then what was slow and why what was skipped
	@$(VENV)/python -m pytest -n 4 --durations 20 --durations-min 2 -rfEs

lint: install ## ruff, the directions of imports, mypy and sqlfluff
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports --no-logo
	$(VENV)/mypy
	$(VENV)/sqlfluff lint --processes 2 $(wildcard include plugins docs)

test-demo: install ## start the demo twice in a temporary directory and look for what it leaves behind
	@$(VENV)/python -m pytest --timeout 900 -s tests/local/demo_twice.py

test-upgrade: install ## stop an installation of the release before the rooms in the middle of things, start today's on it
	@$(VENV)/python -m pytest tests/installation/upgrading.py $(ARGS)

test-faults: install ## play the table of faults with many seeds at true speed, in a quarter of an hour [ARGS="--seeds 2"]
	@$(VENV)/python -m tests.faults $(ARGS)
	@$(VENV)/python -m tests.bot.listening.hostile
	@$(VENV)/python -m pytest tests/bot/listening/long_plays.py tests/notifications/client_statuses/long_kills.py \
		tests/installation/two_triggerers.py

test-oldest: install ## run the tests on the oldest versions that requirements.txt allows, in an environment of their own
	@$(VENV)/python -m tests.oldest $(ARGS)

test-protections: install ## remove each protection of the delivery in a copy and show which tests turn red
	@$(VENV)/python -m tests.protections $(ARGS)

pictures: install ## take the README's pictures from the running demo
	@$(VENV)/python -m local.in_demo $(VENV)/python -m local.pictures

bench: install ## measure what is claimed about speed
	@$(VENV)/python -m benchmarks $(ARGS)

backfill: install ## send the missed reports of a span of days, while the demo is up: FROM=2026-11-01 TO=2026-11-07
	@test -n "$(FROM)" -a -n "$(TO)" || { echo "error: name the days: make backfill FROM=2026-11-01 TO=2026-11-07" >&2; exit 1; }
	@$(VENV)/python -m local.in_demo $(VENV)/python -m sancrm_notifications.backfill --from "$(FROM)" --to "$(TO)" $(ARGS)

check: install ## look at everything the notifications need, while the demo is up [ARGS="--since 2026-11-01"]
	@$(VENV)/python -m local.in_demo $(VENV)/python -m sancrm_notifications.checks $(ARGS)

parked: install ## list the messages that wait for a person, while the demo is up: ARGS="--message missed_calls"
	@$(VENV)/python -m local.in_demo $(VENV)/python -m sancrm_notifications.resend --list $(ARGS)

resend-parked: install ## send them again, while the demo is up: ARGS="--destination branch:7 --held send"
	@$(VENV)/python -m local.in_demo $(VENV)/python -m sancrm_notifications.resend $(ARGS)

check-contract: install ## hold a database against the source contract: DSN=postgresql://…
	@test -n "$(DSN)" || { echo "error: name the database: make check-contract DSN=postgresql://user@host/database" >&2; exit 1; }
	@$(VENV)/python -m sancrm_notifications.contract "$(DSN)"

airflow: install ## run a command of the demo's Airflow: ARGS="dags list"
	@$(VENV)/python -m local.in_demo $(VENV)/airflow $(ARGS)

clean: demo-reset ## forget the demo's data and what the tools have cached
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
