"""A ledger to preview into, and an Airflow to read it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.ledger.storing import Batch, Stored, store
from tests.pages.airflow_site import Site, running_site
from tests.pages.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sancrm_notifications.text.message import Message
    from tests.conftest import Databases

DAILY = "profitability_daily"
KEEP = timedelta(days=30)


@dataclass
class Ledger:
    """A ledger of its own for a test."""

    conninfo: str

    def preview(
        self,
        *messages: Message,
        run_id: str = "manual__1",
        dag_id: str = DAILY,
        period: str = "2026-11-20",
        keep: timedelta = KEEP,
    ) -> Stored:
        """Store messages as a run does that was asked for a preview."""
        name = f"preview/{dag_id}/{period}/{run_id}"
        batch = Batch(dag_id, period, name, keep, is_preview=True, dag_id=dag_id, run_id=run_id)
        return store(self.conninfo, batch, messages)

    def texts(self) -> list[tuple[str, str]]:
        """Return run and text of everything stored, in order."""
        with psycopg.connect(self.conninfo) as connection:
            rows = connection.execute("select run_id, html from notifications.messages order by message_id")
            return [(run_id, html) for run_id, html in rows]


def _upgraded(connection: psycopg.Connection) -> None:
    connection.autocommit = True
    upgrade(connection)


def new_ledger(databases: Databases) -> Ledger:
    """Return a fresh, upgraded ledger."""
    return Ledger(databases.create(databases.template("ledger", _upgraded)))


@pytest.fixture
def ledger(databases: Databases) -> Ledger:
    """Return a ledger of this test's own."""
    return new_ledger(databases)


@pytest.fixture
def scene(ledger: Ledger) -> Scene:
    """Return what fills this test's ledger."""
    return Scene(ledger.conninfo)


@pytest.fixture(scope="package")
def started_site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run one Airflow API server for all tests of pages: it takes seconds to start."""
    with running_site(tmp_path_factory.mktemp("airflow"), databases.create(outlives_test=True)) as site:
        yield site


@pytest.fixture(scope="package")
def started_fab_site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run one more, with the auth manager that installations use."""
    with running_site(tmp_path_factory.mktemp("fab"), databases.create(outlives_test=True), "fab") as site:
        yield site


@pytest.fixture
def site(started_site: Site, ledger: Ledger) -> Site:
    """Return Airflow, connected to this test's ledger."""
    started_site.connect_ledger(ledger.conninfo)
    return started_site
