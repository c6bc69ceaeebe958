"""From when on a run's time counts: Airflow's UI calls «Missed» only what people wait for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from airflow.models import DagRun
from airflow.serialization.definitions.deadline import SerializedReferenceModels
from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

from sancrm_notifications.alerts.deadlines import ScheduledTick

if TYPE_CHECKING:
    from collections.abc import Iterator

QUARTER = timedelta(minutes=15)
TICK = datetime(2026, 11, 25, 6, tzinfo=UTC)


@pytest.fixture
def session() -> Iterator[Session]:
    """Return a database with Airflow's table of runs alone."""
    engine = create_engine("sqlite://")
    DagRun.__table__.create(engine)
    with Session(engine) as session:
        yield session


@pytest.mark.parametrize(
    ("run_type", "made_at", "counted_from"),
    [
        ("scheduled", TICK + timedelta(seconds=2), TICK + timedelta(seconds=2)),
        ("scheduled", TICK + timedelta(days=3), TICK + timedelta(days=3)),
        ("scheduled", None, TICK),
        ("manual", TICK + timedelta(seconds=2), None),
        ("backfill", TICK + timedelta(days=3), None),
        ("asset_triggered", TICK + timedelta(seconds=2), None),
    ],
)
def test_a_scheduled_run_has_its_time_from_when_it_was_made_and_no_other_has_any(
    session: Session, run_type: str, made_at: datetime | None, counted_from: datetime | None
) -> None:
    instants = {"logical_date": TICK, "run_after": TICK, "queued_at": made_at}
    session.execute(
        insert(DagRun).values(
            id=1, dag_id="d", run_id="r", run_type=run_type, log_template_id=1, clear_number=0, **instants
        )
    )
    reference = SerializedReferenceModels.SerializedCustomReference(ScheduledTick())  # type: ignore[no-untyped-call]
    due_at = reference.evaluate_with(session=session, interval=QUARTER, dag_id="d", run_id="r")
    assert due_at == (None if counted_from is None else counted_from + QUARTER)
