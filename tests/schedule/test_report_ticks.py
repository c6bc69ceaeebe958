"""Which reports a span of days backfills, in which order, and what the command says when it cannot."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Thread
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sancrm_notifications.airflow.rest import Airflow, AirflowError
from sancrm_notifications.backfill.__main__ import BackfillError, backfill, main
from sancrm_notifications.schedule.crons import next_tick
from sancrm_notifications.schedule.periods import Kind
from sancrm_notifications.schedule.report_ticks import Report, Segment, reports_of_days, segments

if TYPE_CHECKING:
    from collections.abc import Iterator

SUNDAY = 6
ZONES = ["Europe/Moscow", "Europe/Berlin", "America/New_York"]


@contextmanager
def configured(**options: str) -> Iterator[None]:
    """Set options of the section ``[sancrm_notifications]`` of Airflow's configuration."""
    with pytest.MonkeyPatch.context() as patch:
        for name, option in options.items():
            patch.setenv(f"AIRFLOW__SANCRM_NOTIFICATIONS__{name.upper()}", option)
        yield


def plan(first_on: date, last_on: date, zone: str = "Europe/Moscow", **crons: str) -> list[Report]:
    """Return what would be made for these days with Airflow's own counting of ticks."""
    with configured(timezone=zone, **crons):
        return reports_of_days(first_on, last_on, zone, next_tick)


def told(reports: list[Report]) -> list[str]:
    return [f"{report.dag_id.removeprefix('profitability_')} {report.period.key}" for report in reports]


def test_a_week_over_the_end_of_a_month():
    assert told(plan(date(2026, 10, 30), date(2026, 11, 2))) == [
        "daily 2026-10-30",
        # On the 1st both are due: the day's report at nine, the month's half an hour later.
        "daily 2026-10-31",
        "monthly 2026-10",
        "weekly 2026-W44",
        "daily 2026-11-02",
    ]


def test_week_and_month_that_are_due_at_the_same_minute_come_week_first():
    reports = plan(date(2026, 5, 31), date(2026, 5, 31))
    assert told(reports) == ["weekly 2026-W22", "monthly 2026-05"]
    assert len({report.tick_at for report in reports}) == 1


def test_with_a_schedule_of_every_day_sundays_have_their_own_report():
    assert told(plan(date(2026, 11, 14), date(2026, 11, 15), profitability_daily_cron="15 7 * * *")) == [
        "daily 2026-11-14",
        "daily 2026-11-15",
        "weekly 2026-W46",
    ]


def test_a_schedule_that_tells_the_week_on_tuesday_tells_the_same_week():
    (report,) = plan(date(2026, 11, 15), date(2026, 11, 15), profitability_weekly_cron="0 10 * * 2")
    assert told([report]) == ["weekly 2026-W46"]
    assert report.tick_at == datetime(2026, 11, 17, 7, tzinfo=UTC)


@settings(max_examples=40, deadline=None)
@given(first_on=st.dates(date(2024, 1, 1), date(2027, 12, 31)), length=st.integers(0, 70), zone=st.sampled_from(ZONES))
def test_every_day_but_sundays_and_every_week_and_month_that_ended_in_the_span_is_there_once(first_on, length, zone):
    days = [first_on + timedelta(days=n) for n in range(length + 1)]
    reports = plan(days[0], days[-1], zone)

    def last_days(kind: Kind) -> list[date]:
        return [report.period.last_on for report in reports if report.period.kind is kind]

    assert last_days(Kind.DAILY) == [day for day in days if day.weekday() != SUNDAY]
    assert last_days(Kind.WEEKLY) == [day for day in days if day.weekday() == SUNDAY]
    assert last_days(Kind.MONTHLY) == [day for day in days if (day + timedelta(days=1)).day == 1]
    assert [report.tick_at for report in reports] == sorted(report.tick_at for report in reports)


@settings(max_examples=6, deadline=None)
@given(first_on=st.dates(date(2024, 1, 1), date(2027, 12, 31)), zone=st.sampled_from(ZONES))
def test_ticks_keep_their_local_time_also_when_the_clocks_change(first_on, zone):
    reports = plan(first_on, first_on + timedelta(days=200), zone)
    local_times = {(r.period.kind, f"{r.tick_at.astimezone(ZoneInfo(zone)):%H:%M}") for r in reports}
    assert local_times == {(Kind.DAILY, "09:00"), (Kind.WEEKLY, "09:30"), (Kind.MONTHLY, "09:30")}


@given(first_on=st.dates(date(2024, 1, 1), date(2027, 12, 31)), length=st.integers(0, 70))
@settings(max_examples=30, deadline=None)
def test_segments_are_the_same_reports_in_the_same_order_as_long_as_they_can_be(first_on, length):
    reports = plan(first_on, first_on + timedelta(days=length))
    parts = segments(reports)
    assert [report for part in parts for report in part.reports] == reports
    assert all({report.dag_id for report in part.reports} == {part.dag_id} for part in parts)
    assert all(left.dag_id != right.dag_id for left, right in pairwise(parts))


CREATES = "POST /api/v2/backfills"

# --- the command, against an Airflow that is only an address


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


def test_a_segment_asks_for_its_first_to_its_last_tick():
    (segment,) = segments(plan(date(2026, 11, 2), date(2026, 11, 4)))
    assert segment == Segment("profitability_daily", segment.reports)
    assert [report.tick_at.hour for report in segment.reports] == [6, 6, 6]


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
    ]
    assert not made


def test_runs_that_take_long_are_told_of_while_they_go_on(site, monkeypatch, capsys):
    monkeypatch.setattr("sancrm_notifications.backfill.__main__._POLL_SECONDS", 0.05)
    monkeypatch.setattr("sancrm_notifications.backfill.__main__._SILENCE_SECONDS", 0.2)
    site.answers.looks_until_made = 12
    backfill(Airflow.of_environment(site.environment), date(2026, 11, 2), date(2026, 11, 3), {})
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("…")]
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
