"""What the command that backfills asks of Airflow, and what it says when it cannot go on."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.airflow.rest import Airflow, AirflowError
from sancrm_notifications.backfill.__main__ import BackfillError, backfill, main

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATES = "POST /api/v2/backfills"


class _Answers(BaseHTTPRequestHandler):
    """Answers as Airflow does to a login and about DAGs and backfills; a backfill that is under way ends soon."""

    paused = False
    refuses = False
    looks_until_free = 0
    looks_until_made = 0
    page = b""
    asked: list[str]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(f"GET {path}")
        if path.endswith("/dagRuns"):
            type(self).looks_until_made -= 1
        if path == "/api/v2/backfills":
            type(self).looks_until_free -= 1
            ended_at = None if self.looks_until_free >= 0 else "2026-11-22T12:00:00Z"
            self._answer(200, {"backfills": [{"completed_at": ended_at}]})
        else:
            self._answer(200, {"is_paused": self.paused, "dag_runs": self._runs()})

    def do_POST(self) -> None:
        self.asked.append(f"POST {self.path}")
        if self.path == "/auth/token":
            wrong = b'"wrong"' in self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(401 if wrong else 201, {"access_token": "token", "detail": "Invalid credentials"})
        elif self.refuses:
            self._answer(409, {"detail": "There is already a running backfill for dag"})
        else:
            self._answer(200, {"id": 1})

    def _runs(self) -> list[dict[str, str]]:
        """Return the runs of 2 and 3 November as long as they are looked for, the second under way."""
        if self.looks_until_made < 0:
            return []
        states = {"2026-11-03T06:00:00Z": "success", "2026-11-04T06:00:00Z": "running"}
        return [{"logical_date": at, "state": state, "run_type": "backfill"} for at, state in states.items()]

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: dict[str, object]) -> None:
        content = self.page or json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Site:
    """A running server: its address as an environment, what was posted to it, and whether its DAGs are paused."""

    def __init__(self, server: ThreadingHTTPServer, answers: type[_Answers]) -> None:
        self.answers = answers
        url = f"http://127.0.0.1:{server.server_port}/"
        self.environment = {"AIRFLOW_API_URL": url, "AIRFLOW_API_USER": "admin", "AIRFLOW_API_PASSWORD": "right"}


@pytest.fixture
def site() -> Iterator[Site]:
    """Run a server that answers like an Airflow."""

    class Answers(_Answers):
        asked: list[str] = []  # noqa: RUF012 - a class of its own for each server

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield Site(server, Answers)
        server.shutdown()


@pytest.mark.parametrize("missing", ["AIRFLOW_API_URL", "AIRFLOW_API_USER", "AIRFLOW_API_PASSWORD"])
def test_without_an_address_or_a_login_it_says_which_variables_to_set(missing):
    whole = {"AIRFLOW_API_URL": "http://x", "AIRFLOW_API_USER": "admin", "AIRFLOW_API_PASSWORD": "right"}
    with pytest.raises(AirflowError, match="AIRFLOW_API_TOKEN or AIRFLOW_API_USER and AIRFLOW_API_PASSWORD"):
        Airflow.of_environment({name: value for name, value in whole.items() if name != missing})


def test_where_no_airflow_answers_it_names_the_address():
    environment = {"AIRFLOW_API_URL": "http://127.0.0.1:1", "AIRFLOW_API_USER": "a", "AIRFLOW_API_PASSWORD": "b"}
    with pytest.raises(AirflowError, match=r"Airflow at http://127\.0\.0\.1:1/? does not answer"):
        Airflow.of_environment(environment)


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><title>Sign in</title>", b"{}", b"[]", b"null", b"\xff"])
def test_a_server_that_is_no_airflow_is_said_with_its_address(site, page):
    site.answers.page = page
    with pytest.raises(AirflowError, match=r"http://127\.0\.0\.1:\d+/? answered POST /auth/token as no Airflow does"):
        Airflow.of_environment(site.environment)


@pytest.mark.parametrize("url", ["http://[x", "127.0.0.1:8080", "http://", "http://host:port", "ftp://host", "x"])
def test_what_is_no_address_is_said_with_what_one_looks_like(url):
    environment = {"AIRFLOW_API_URL": url, "AIRFLOW_API_TOKEN": "token"}
    with pytest.raises(AirflowError, match="AIRFLOW_API_URL must be http:// or https:// and a host, such as"):
        Airflow.of_environment(environment)


def test_an_airflow_on_this_machine_is_reached_past_the_proxy_that_leads_to_the_internet(site, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert not Airflow.of_environment(site.environment).is_paused("profitability_daily")


def test_a_wrong_password_is_airflows_refusal_and_is_not_repeated(site):
    with pytest.raises(AirflowError, match=r"HTTP 401.*Invalid credentials") as refused:
        Airflow.of_environment({**site.environment, "AIRFLOW_API_PASSWORD": "wrong"})
    assert "wrong" not in str(refused.value)


def test_a_paused_dag_is_named_before_anything_is_started(site):
    site.answers.paused = True
    airflow = Airflow.of_environment(site.environment)
    with pytest.raises(BackfillError, match="profitability_daily is paused, its backfill would wait for ever"):
        backfill(airflow, date(2026, 11, 2), date(2026, 11, 3), {})
    assert not [asked for asked in site.answers.asked if asked == CREATES]


def test_a_backfill_that_airflow_refuses_is_told_in_its_words(site):
    site.answers.refuses = True
    airflow = Airflow.of_environment(site.environment)
    with pytest.raises(AirflowError, match=r"HTTP 409.*already a running backfill"):
        backfill(airflow, date(2026, 11, 2), date(2026, 11, 3), {})


def test_days_whose_reports_are_not_due_yet_are_refused(site):
    later = datetime.now(UTC).date() + timedelta(days=2)
    airflow = Airflow.of_environment(site.environment)
    with pytest.raises(BackfillError, match=f"no report of {later} – {later} is due yet"):
        backfill(airflow, later, later, {})


def test_an_earlier_backfill_of_the_dag_is_waited_for(site, monkeypatch, capsys):
    monkeypatch.setattr("sancrm_notifications.backfill.__main__._POLL_SECONDS", 0.01)
    site.answers.looks_until_free = 3
    airflow = Airflow.of_environment(site.environment)
    made = backfill(airflow, date(2026, 11, 2), date(2026, 11, 3), {})
    created = site.answers.asked.index(CREATES)
    assert site.answers.asked[created - 4 : created] == ["GET /api/v2/backfills"] * 4
    assert capsys.readouterr().out.splitlines() == [
        "profitability_daily: waiting for its earlier backfill to end",
        "profitability_daily 2026-11-02: not made: a run of that tick was under way",
        "profitability_daily 2026-11-03: not made: a run of that tick was under way",
        "in all 2 runs: 2 not made",
    ]
    assert not made


def test_runs_that_take_long_are_told_of_while_they_go_on(site, monkeypatch, capsys):
    monkeypatch.setattr("sancrm_notifications.backfill.__main__._POLL_SECONDS", 0.05)
    monkeypatch.setattr("sancrm_notifications.backfill.__main__._SILENCE_SECONDS", 0.2)
    site.answers.looks_until_made = 12
    backfill(Airflow.of_environment(site.environment), date(2026, 11, 2), date(2026, 11, 3), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "in all 2 runs: 2 not made"
    told = [line for line in lines if line.startswith("…")]
    assert 1 <= len(told) <= 4
    assert set(told) <= {
        f"… profitability_daily 2026-11-03: 1 of 2 runs have ended, part 1 of 1, {seconds} s" for seconds in range(10)
    }


def test_a_wrong_time_zone_is_a_sentence_of_the_command(site, monkeypatch, capsys):
    for name, said in {**site.environment, "AIRFLOW__SANCRM_NOTIFICATIONS__TIMEZONE": "Moscow"}.items():
        monkeypatch.setenv(name, said)
    monkeypatch.setattr("sys.argv", ["backfill", "--from", "2026-11-02", "--to", "2026-11-03"])
    assert main() == 1
    assert capsys.readouterr().err.startswith("error: [sancrm_notifications] timezone = 'Moscow'")


@pytest.mark.parametrize("day", ["2026-11-31", "9999-12-31", "0001-01-01", "yesterday"])
def test_what_is_no_day_is_said_with_what_one_looks_like(day, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["backfill", "--from", day, "--to", "2026-11-03"])
    with pytest.raises(SystemExit):
        main()
    assert f"argument --from: '{day}' is no day such as 2026-11-20: " in capsys.readouterr().err


def test_the_last_days_of_the_calendar_are_no_crash(site, monkeypatch, capsys):
    for name, said in site.environment.items():
        monkeypatch.setenv(name, said)
    monkeypatch.setattr("sys.argv", ["backfill", "--from", "2999-12-01", "--to", "2999-12-31"])
    assert main() == 1
    assert capsys.readouterr().err == "error: no report of 2999-12-01 – 2999-12-31 is due yet\n"
