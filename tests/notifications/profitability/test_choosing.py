"""The first task of the reports: from a run and its form to a period and, where one is named, a branch."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from airflow.utils.types import DagRunType

from sancrm_notifications import connections
from sancrm_notifications.alerts.form_mistakes import FormError
from sancrm_notifications.notifications.profitability.choosing import choose_period
from sancrm_notifications.schedule.periods import Kind
from tests.include.sql.queries import FOLDER, create_tables, insert
from tests.notifications.profitability.task_contexts import a_run

if TYPE_CHECKING:
    from tests.conftest import Databases

BRANCHES_SQL = (FOLDER / "branches.sql").read_text(encoding="utf-8")
FRIDAY = {
    "kind": "daily",
    "first_on": "2026-11-20",
    "last_on": "2026-11-20",
    "time_zone": "Europe/Moscow",
    "unfinished_as_of": None,
    "only_branch_id": None,
}


def choose(context: Any, kind: Kind = Kind.DAILY) -> dict[str, Any]:
    return choose_period(kind, BRANCHES_SQL, context)


def test_queries_get_the_same_period_and_everything_is_json() -> None:
    tick = datetime(2026, 11, 21, 6, tzinfo=UTC)
    chosen = choose(a_run(data_interval_end=tick, run_after=tick))

    assert json.loads(json.dumps(chosen)) == chosen
    assert chosen["period"] == FRIDAY
    figures = chosen["figures_parameters"]
    assert figures["period_names"] == ["reported", "week_before"]
    assert figures["first_days"] == ["2026-11-20", "2026-11-13"]
    assert {len(values) for values in figures.values()} == {2}
    bounds = chosen["checks_parameters"]
    assert bounds["period_start"] == figures["period_starts"][0] == "2026-11-19T21:00:00+00:00"
    assert bounds["period_end"] == figures["period_ends"][0] == "2026-11-20T21:00:00+00:00"
    as_of = datetime.fromisoformat(chosen["doubts_parameters"].pop("as_of"))
    assert abs(datetime.now(UTC) - as_of) < timedelta(minutes=1)
    assert chosen["doubts_parameters"] == bounds


@pytest.mark.parametrize("run_type", [DagRunType.SCHEDULED, DagRunType.BACKFILL_JOB])
def test_a_tick_of_the_past_reports_what_was_complete_then(run_type: DagRunType) -> None:
    tick = datetime(2026, 11, 3, 6, tzinfo=UTC)
    context = a_run(run_type, data_interval_end=tick, run_after=tick)
    assert choose(context, Kind.WEEKLY)["period"]["first_on"] == "2026-10-26"


def test_a_run_without_an_interval_is_for_the_moment_it_runs_after() -> None:
    context = a_run(DagRunType.MANUAL, run_after=datetime(2026, 11, 20, 21, 0, 1, tzinfo=UTC))
    assert choose(context)["period"] == FRIDAY


def test_a_click_is_for_the_moment_of_the_click_and_not_of_the_last_tick() -> None:
    # On Monday the last tick of the daily DAG was on Sunday.
    last_tick = datetime(2026, 11, 15, 6, tzinfo=UTC)
    click = datetime(2026, 11, 16, 12, tzinfo=UTC)
    context = a_run(DagRunType.MANUAL, data_interval_end=last_tick, run_after=click)
    assert choose(context)["period"]["first_on"] == "2026-11-15"


def test_the_zone_is_airflows_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__SANCRM_NOTIFICATIONS__TIMEZONE", "Asia/Vladivostok")
    context = a_run(DagRunType.MANUAL, run_after=datetime(2026, 11, 20, 14, 0, tzinfo=UTC))
    chosen = choose(context)
    assert chosen["period"] == {**FRIDAY, "time_zone": "Asia/Vladivostok"}
    assert chosen["checks_parameters"]["period_start"] == "2026-11-19T14:00:00+00:00"


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2999-01-01", "Период «1\N{NO-BREAK SPACE}января 2999, вт» ещё не закончился"),
        ("20.11.2026", "Поле date = «20.11.2026»: такого дня нет"),
        ("2026-11-31", "Поле date = «2026-11-31»: такого дня нет"),
        ("0001-01-01", "Поле date = «0001-01-01»: такого дня нет"),
        ("9999-12-31", "Поле date = «9999-12-31»: такого дня нет"),
        ("infinity", "Поле date = «infinity»: такого дня нет"),
    ],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_a_wrong_date_is_a_sentence_for_who_has_typed_it(kind: Kind, day: str, sentence: str) -> None:
    with pytest.raises(FormError) as raised:
        choose(a_run(DagRunType.MANUAL, date=day), kind)
    assert str(raised.value).startswith(sentence) or (
        kind is not Kind.DAILY and "ещё не закончился" in str(raised.value)
    )


@pytest.mark.parametrize("day", ["2000-01-01", "2999-12-31"])
@pytest.mark.parametrize("kind", list(Kind))
def test_the_first_and_the_last_day_of_the_calendar_are_days(kind: Kind, day: str) -> None:
    chosen = choose(a_run(DagRunType.MANUAL, date=day, preview=True), kind)
    assert chosen["period"]["first_on"] <= day <= chosen["period"]["last_on"]


def test_a_period_that_has_not_ended_may_be_previewed() -> None:
    context = a_run(DagRunType.MANUAL, date="2999-01-01", preview=True)
    chosen = choose(context)
    assert chosen["period"]["first_on"] == "2999-01-01"
    assert chosen["period"]["unfinished_as_of"] == chosen["doubts_parameters"]["as_of"]


class TestBranch:
    """A branch that the form names is looked up in the CRM, before anything is computed."""

    @pytest.fixture(autouse=True)
    def _crm(self, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
        """Give the CRM two branches."""
        conninfo = databases.create(databases.template("reporting_tables", create_tables))
        with psycopg.connect(conninfo) as connection:
            for branch_id, name in ((7, "Центр"), (8, "Север")):
                insert(connection, "branches", {"branch_id": branch_id, "name": name})
        monkeypatch.setattr(connections, "source_conninfo", lambda: conninfo)

    def test_a_beginning_of_its_name_is_enough(self) -> None:
        assert choose(a_run(DagRunType.MANUAL, branch="сев"))["period"]["only_branch_id"] == 8

    @pytest.mark.parametrize("branch", [None, "", "  "])
    def test_nothing_asked_is_every_branch(self, branch: str | None) -> None:
        assert choose(a_run(DagRunType.MANUAL, branch=branch))["period"]["only_branch_id"] is None

    def test_one_that_there_is_not_is_a_sentence_with_those_that_there_are(self) -> None:
        with pytest.raises(FormError, match=r"^Поле branch = «Запад»: такого филиала нет.* 8 \(Север\), 7 \(Центр\)"):
            choose(a_run(DagRunType.MANUAL, branch="Запад"))

    def test_a_crm_that_is_away_is_no_mistake_of_the_form_and_worth_a_retry(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "source_conninfo", lambda: "host=127.0.0.1 port=1 dbname=crm")
        with pytest.raises(AirflowException, match=r"^the CRM's database \(connection sancrm_db\)") as raised:
            choose(a_run(DagRunType.MANUAL, branch="Север"))
        assert not isinstance(raised.value, AirflowFailException)
