"""A source that breaks its contract stops the run with a sentence, before anything is computed or sent."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from tests.airflow.days import days_ago

pytestmark = [pytest.mark.xdist_group("airflow"), pytest.mark.timeout(600)]

DAILY = "profitability_daily"


@contextmanager
def rentals_missing(installation):
    installation.crm("alter view reporting.rentals rename to hidden_rentals")
    try:
        yield
    finally:
        installation.crm("alter view reporting.hidden_rentals rename to rentals")


@contextmanager
def repairs_doubled(installation):
    installation.crm(
        "alter view reporting.repairs rename to single_repairs;"
        " create view reporting.repairs as"
        " select * from reporting.single_repairs union all select * from reporting.single_repairs"
    )
    try:
        yield
    finally:
        installation.crm(
            "drop view reporting.repairs; alter view reporting.single_repairs rename to repairs",
        )


@pytest.mark.parametrize(
    ("broken", "days", "check", "sentence"),
    [
        (rentals_missing, 40, "check_source.relations", "The source contract is broken: reporting.rentals is missing"),
        (repairs_doubled, 41, "check_source.unique_ids", "Rows are there more than once and would be added twice: "),
    ],
)
def test_the_check_says_what_is_wrong_and_the_cleared_run_sends_when_it_is_mended(
    installation, broken, days, check, sentence
):
    before = len(installation.arrived())
    day = days_ago(days)
    with broken(installation):
        run = installation.trigger(DAILY, date=day.isoformat())
        assert run.finished() == "failed"
    states = run.states()
    assert states[check] == "failed"
    assert run.task(check)["try_number"] == 1
    assert {states[task] for task in ("compute", "count_doubts", "format", "deliver")} == {"upstream_failed"}
    assert sentence in run.log(check)
    assert installation.arrived()[before:] == []
    assert installation.stored(f"{DAILY}/{day}") == {}

    run.clear(check)
    assert run.finished() == "success"
    assert len(installation.arrived()) == before + 3
