"""A source that breaks its contract stops the run with a sentence, which the operators hear, and sends no report."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.installation.days import days_ago

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.installation.installation import Installation, Run

pytestmark = pytest.mark.timeout(600)

DAILY = "profitability_daily"


@contextmanager
def rentals_missing(installation: Installation) -> Iterator[None]:
    """Take a view away for a while."""
    installation.crm("alter view reporting.rentals rename to hidden_rentals")
    try:
        yield
    finally:
        installation.crm("alter view reporting.hidden_rentals rename to rentals")


@contextmanager
def repairs_doubled(installation: Installation) -> Iterator[None]:
    """Let a view return every row twice for a while."""
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


def test_each_fault_stops_the_run_with_a_sentence_and_the_mended_run_is_delivered(installation):
    before = len(installation.arrived())
    day = days_ago(40)
    with rentals_missing(installation):
        run = installation.trigger(DAILY, date=day.isoformat())
        assert run.finished() == "failed"
    behind = ("check_source.unique_ids", "compute", "count_doubts", "format", "deliver")
    require_stopped(run, "relations", "The source contract is broken: reporting.rentals is missing.", behind)

    with repairs_doubled(installation):
        run.clear("check_source.relations")
        assert run.finished() == "failed"
    # The queries run beside this check; what they have found is written nowhere.
    require_stopped(run, "unique_ids", "Rows are there more than once and would be added twice: ", behind[3:])
    told = [message["text"] for message in installation.arrived()[before:]]
    assert [text.splitlines()[:2] for text in told] == [
        ["Не выполнена задача check_source.relations", f"DAG: {DAILY}"],
        ["Не выполнена задача check_source.unique_ids", f"DAG: {DAILY}"],
    ]
    assert "\n\nThe source contract is broken: reporting.rentals is missing." in told[0]
    assert installation.stored(f"{DAILY}/{day}") == {}

    run.clear("check_source.unique_ids")
    assert run.finished() == "success"
    assert list(installation.stored(f"{DAILY}/{day}").values()) == ["sent"] * 3
    assert len(installation.arrived()) == before + len(told) + 3


def require_stopped(run: Run, check: str, sentence: str, behind: Iterable[str]) -> None:
    """Hold a run against what a failed check means: no retry, its sentence in the log, nothing done behind it."""
    states = run.states()
    assert states[f"check_source.{check}"] == "failed"
    assert {states[task] for task in behind} == {"upstream_failed"}
    assert run.task(f"check_source.{check}")["try_number"] == 1
    assert sentence in run.log(f"check_source.{check}")
