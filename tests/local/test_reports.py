"""Running the reports through Airflow's REST API: what is asked, and what is said when something goes wrong."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from local.demo_error import DemoError
from local.progress import Progress
from local.reports import run_reports
from sancrm_notifications.airflow.rest import Airflow

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
NOW = datetime.now(UTC)
LOG: Json = {
    "content": [
        {"event": "Fetching", "level": "info"},
        {"event": "Task failed.", "level": "error", "error_detail": [{"exc_value": "no such relation"}]},
    ]
}


class FakeAirflow(ThreadingHTTPServer):
    """Answers as Airflow's API does; each DAG's run goes through the states it was given."""

    def __init__(self, **states: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.states = states
        self.parsed_at = NOW + timedelta(seconds=1)
        self.import_errors: list[Json] = []
        self.calls: list[tuple[str, str, Json | None]] = []

    def answer(self, method: str, path: str, body: Json | None) -> Json:
        self.calls.append((method, path, body))
        dag_id = path.removeprefix("/api/v2/dags/").split("/")[0].split("?")[0]
        states = self.states.get(dag_id, [])
        answers: dict[str, Callable[[], Json]] = {
            r"/auth/token": lambda: {"access_token": "token"},
            r".*/importErrors": lambda: {"import_errors": self.import_errors},
            r".*/logs/2": lambda: LOG,
            r".*/taskInstances/compute": lambda: {"try_number": 2},
            r".*/taskInstances": lambda: {"task_instances": [{"task_id": "compute", "state": states[0]}]},
            r".*/dagRuns/manual__1": lambda: {"state": states.pop(0) if len(states) > 1 else states[0]},
            r".*/dagRuns": lambda: {"dag_run_id": "manual__1"},
            r".*": lambda: {"last_parsed_time": self.parsed_at.isoformat() if states else None},
        }
        return next(give() for pattern, give in answers.items() if re.fullmatch(pattern, path))


class Answers(BaseHTTPRequestHandler):
    """Hands each request to the FakeAirflow."""

    server: FakeAirflow

    def __getattr__(self, name: str) -> Callable[[], None]:
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self._answer

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        content = json.dumps(self.server.answer(self.command, self.path, body)).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def airflow():
    servers = []

    def start(**states: list[str]) -> FakeAirflow:
        server = FakeAirflow(**states)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def run(server: FakeAirflow, require_alive=lambda: None) -> None:
    api = Airflow(f"http://127.0.0.1:{server.server_port}", user="admin", password="password")
    run_reports(api, tuple(server.states), NOW, Progress(), require_alive)


def test_every_report_is_unpaused_and_run_once_with_nothing_filled_in(airflow, capsys):
    server = airflow(daily=["queued", "running", "success"], weekly=["success"])

    run(server)

    changes = [call for call in server.calls if call[0] != "GET" and call[1] != "/auth/token"]
    assert changes == [
        ("PATCH", "/api/v2/dags/daily?update_mask=is_paused", {"is_paused": False}),
        ("POST", "/api/v2/dags/daily/dagRuns", {"logical_date": None, "conf": {}}),
        ("PATCH", "/api/v2/dags/weekly?update_mask=is_paused", {"is_paused": False}),
        ("POST", "/api/v2/dags/weekly/dagRuns", {"logical_date": None, "conf": {}}),
    ]
    assert "daily succeeded" in capsys.readouterr().out


def test_a_failed_report_names_the_task_the_page_and_the_error(airflow):
    server = airflow(daily=["failed"], weekly=["success"])

    with pytest.raises(DemoError) as caught:
        run(server)

    assert "daily failed at compute" in str(caught.value)
    assert "/dags/daily/runs/manual__1" in str(caught.value)
    assert "no such relation" in str(caught.value)
    assert "weekly" not in str(caught.value)


def test_a_dag_file_that_cannot_be_read_is_told_instead_of_waited_for(airflow):
    server = airflow(daily=["success"])
    server.parsed_at = NOW - timedelta(days=1)
    server.import_errors = [{"filename": "profitability.py", "stack_trace": "SyntaxError: invalid syntax\n"}]

    with pytest.raises(DemoError, match=r"profitability\.py: SyntaxError: invalid syntax"):
        run(server)


def test_an_airflow_that_died_is_noticed_while_waiting(airflow):
    server = airflow(daily=["running"])

    def require_alive() -> None:
        if any(path.endswith("/dagRuns") for _, path, _ in server.calls):
            raise DemoError("the scheduler has stopped")

    with pytest.raises(DemoError, match="the scheduler has stopped"):
        run(server, require_alive)
