"""The tasks around the reports' SQL: from a run to its period, from rows to a stored batch that may be delivered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException
from airflow.utils.types import DagRunType

from sancrm_notifications import connections, settings
from sancrm_notifications.notifications.profitability import tasks
from sancrm_notifications.schedule.periods import Kind
from tests.notifications.profitability.query_rows import NO_DOUBTS, branch_row

if TYPE_CHECKING:
    from tests.conftest import Databases

FRIDAY = {
    "kind": "daily",
    "first_on": "2026-11-20",
    "last_on": "2026-11-20",
    "time_zone": "Europe/Moscow",
    "unfinished_as_of": None,
}
ROWS = [
    branch_row(7, "Центр", code_prefix="C"),
    branch_row(8, "Север", code_prefix="N"),
    branch_row(9, "Юг", code_prefix=None),
    branch_row(7, "Центр", "week_before", code_prefix="C"),
]


def a_run(run_type: DagRunType = DagRunType.SCHEDULED, **more: Any) -> Any:
    """Return the context of a task, of a run on time unless ``more`` says otherwise."""
    now = datetime.now(UTC)
    run = SimpleNamespace(
        run_type=run_type,
        run_id=more.pop("run_id", f"{run_type.value}__1"),
        run_after=more.pop("run_after", now),
        clear_number=more.pop("clear_number", 0),
    )
    interval_end = more.pop("data_interval_end", None)
    params = {"date": None, "branch": None, "preview": False, "correct_old": False, **more}
    dag = SimpleNamespace(dag_id="profitability_daily")
    return {"dag": dag, "dag_run": run, "params": params, "data_interval_end": interval_end}


class TestChoosePeriod:
    """What the following tasks are given."""

    def test_queries_get_the_same_period_and_everything_is_json(self) -> None:
        tick = datetime(2026, 11, 21, 6, tzinfo=UTC)
        chosen = tasks.choose_period(Kind.DAILY, a_run(data_interval_end=tick, run_after=tick))

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
    def test_a_tick_of_the_past_reports_what_was_complete_then(self, run_type: DagRunType) -> None:
        tick = datetime(2026, 11, 3, 6, tzinfo=UTC)
        context = a_run(run_type, data_interval_end=tick, run_after=tick)
        assert tasks.choose_period(Kind.WEEKLY, context)["period"]["first_on"] == "2026-10-26"

    def test_a_run_without_an_interval_is_for_the_moment_it_runs_after(self) -> None:
        context = a_run(DagRunType.MANUAL, run_after=datetime(2026, 11, 20, 21, 0, 1, tzinfo=UTC))
        assert tasks.choose_period(Kind.DAILY, context)["period"] == FRIDAY

    def test_a_click_is_for_the_moment_of_the_click_and_not_of_the_last_tick(self) -> None:
        # On Monday the last tick of the daily DAG was on Sunday.
        last_tick = datetime(2026, 11, 15, 6, tzinfo=UTC)
        click = datetime(2026, 11, 16, 12, tzinfo=UTC)
        context = a_run(DagRunType.MANUAL, data_interval_end=last_tick, run_after=click)
        assert tasks.choose_period(Kind.DAILY, context)["period"]["first_on"] == "2026-11-15"

    def test_the_zone_is_airflows_configuration(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW__SANCRM_NOTIFICATIONS__TIMEZONE", "Asia/Vladivostok")
        context = a_run(DagRunType.MANUAL, run_after=datetime(2026, 11, 20, 14, 0, tzinfo=UTC))
        chosen = tasks.choose_period(Kind.DAILY, context)
        assert chosen["period"] == {**FRIDAY, "time_zone": "Asia/Vladivostok"}
        assert chosen["checks_parameters"]["period_start"] == "2026-11-19T14:00:00+00:00"

    @pytest.mark.parametrize(("day", "sentence"), [("2999-01-01", "has not ended yet"), ("20.11.2026", "20.11.2026")])
    def test_a_wrong_date_stops_the_run_with_a_sentence(self, day: str, sentence: str) -> None:
        with pytest.raises(AirflowFailException, match=f"^profitability_daily: .*{sentence}"):
            tasks.choose_period(Kind.DAILY, a_run(DagRunType.MANUAL, date=day))

    def test_a_period_that_has_not_ended_may_be_previewed(self) -> None:
        context = a_run(DagRunType.MANUAL, date="2999-01-01", preview=True)
        chosen = tasks.choose_period(Kind.DAILY, context)
        assert chosen["period"]["first_on"] == "2999-01-01"
        assert chosen["period"]["unfinished_as_of"] == chosen["doubts_parameters"]["as_of"]


class TestFormatReports:
    """What is stored, under which name, and whether it may be delivered."""

    @pytest.fixture(autouse=True)
    def ledger(self, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> str:
        """Give the tasks an empty database as their ledger, and the default settings."""
        conninfo = databases.create()
        monkeypatch.setattr(connections, "ledger_conninfo", lambda: conninfo)
        self.set(monkeypatch)
        return conninfo

    @staticmethod
    def set(monkeypatch: pytest.MonkeyPatch, text: str = "{}") -> None:
        """Let the Variable have this text."""
        monkeypatch.setattr(settings, "load", lambda: settings.parse(text))

    @staticmethod
    def format_reports(context: Any) -> dict[str, Any]:
        """Format the rows above as the reports of Friday."""
        return tasks.format_reports(FRIDAY, ROWS, [NO_DOUBTS], context)

    @staticmethod
    def stored(ledger: str, columns: str) -> list[tuple[Any, ...]]:
        """Look into the ledger."""
        with psycopg.connect(ledger) as connection:
            return connection.execute(
                f"select {columns} from notifications.messages order by message_id".encode()
            ).fetchall()

    def test_every_branch_and_the_summary_are_stored_and_only_counts_are_told(self, ledger: str) -> None:
        told = self.format_reports(a_run())

        assert told == {
            "batch": "profitability_daily/2026-11-20",
            "subjects": None,
            "is_backfill": False,
            "withheld": None,
            "stored": 4,
            "already_sent": 0,
            "corrected": 0,
        }
        assert self.stored(ledger, "subject, destination, batch, run_id, closes_batch") == [
            *((f"branch:{n}", f"branch:{n}", told["batch"], "scheduled__1", False) for n in (7, 8, 9)),
            ("network", "reports", told["batch"], "scheduled__1", True),
        ]

    def test_one_branch_alone_is_a_part_of_the_same_batch_with_the_same_keys(self, ledger: str) -> None:
        told = self.format_reports(a_run(DagRunType.MANUAL, branch="север"))
        assert (told["batch"], told["subjects"]) == ("profitability_daily/2026-11-20", ["branch:8"])
        assert self.stored(ledger, "key") == [("profitability_daily/2026-11-20/branch:8/branch:8/1",)]

    def test_an_unknown_branch_stops_the_run_with_a_sentence_and_stores_nothing(self, ledger: str) -> None:
        with pytest.raises(AirflowFailException, match=r"^parameter branch = 'Запад'"):
            self.format_reports(a_run(DagRunType.MANUAL, branch="Запад"))
        with psycopg.connect(ledger) as connection:
            assert connection.execute("select to_regnamespace('notifications')").fetchone() == (None,)

    def test_a_wrong_setting_stops_the_run_with_a_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set(monkeypatch, '{"rich": "yes"}')
        with pytest.raises(AirflowFailException, match=r"^Airflow Variable .* rich = 'yes'"):
            self.format_reports(a_run())

    def test_a_backfill_is_silent_and_says_so_to_the_delivery(self, ledger: str) -> None:
        tick = datetime(2026, 11, 21, 6, tzinfo=UTC)
        told = self.format_reports(a_run(DagRunType.BACKFILL_JOB, data_interval_end=tick, run_after=tick))
        assert (told["is_backfill"], told["withheld"]) == (True, None)
        assert {silent for (silent,) in self.stored(ledger, "silent")} == {True}

    def test_a_preview_is_withheld_and_apart_from_the_real_messages(self, ledger: str) -> None:
        told = self.format_reports(a_run(DagRunType.MANUAL, preview=True))
        assert told["batch"] == "preview/profitability_daily/2026-11-20/manual__1"
        assert told["batch"] in told["withheld"]
        assert {state for (state,) in self.stored(ledger, "state")} == {"preview"}

        assert self.format_reports(a_run())["stored"] == 4
        assert {state for (state,) in self.stored(ledger, "state")} == {"preview", "stored"}

    def test_a_run_long_after_its_time_is_stored_and_withheld_until_it_is_cleared(self, ledger: str) -> None:
        tick = datetime.now(UTC) - timedelta(hours=25)
        told = self.format_reports(a_run(data_interval_end=tick, run_after=tick))
        assert "more than 24 h after its time" in told["withheld"]
        assert "clear this run, or backfill the reported day 2026-11-20" in told["withheld"]
        assert len(self.stored(ledger, "key")) == 4

        assert self.format_reports(a_run(data_interval_end=tick, run_after=tick, clear_number=1))["withheld"] is None

    def test_the_greatest_lateness_is_a_setting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set(monkeypatch, '{"report_lateness_hours": 0.5}')
        tick = datetime.now(UTC) - timedelta(hours=1)
        told = self.format_reports(a_run(data_interval_end=tick, run_after=tick))
        assert "more than 0.5 h after its time" in told["withheld"]

    def test_a_ledger_that_is_away_is_one_sentence_and_worth_a_retry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "ledger_conninfo", lambda: "host=127.0.0.1 port=1 dbname=ledger")
        with pytest.raises(AirflowException, match=r"^the ledger's database \(connection notifications_db\)") as raised:
            self.format_reports(a_run())
        assert not isinstance(raised.value, AirflowFailException)

    def test_a_ledger_connection_that_does_not_exist_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing() -> str:
            raise AirflowNotFoundException("The conn_id `notifications_db` isn't defined")

        monkeypatch.setattr(connections, "ledger_conninfo", missing)
        with pytest.raises(AirflowFailException, match="`notifications_db` isn't defined: make this connection"):
            self.format_reports(a_run())

    def test_the_preview_of_an_unfinished_day_says_so(self, ledger: str) -> None:
        unfinished = {**FRIDAY, "unfinished_as_of": "2026-11-20T11:05:00+00:00"}
        tasks.format_reports(unfinished, ROWS, [NO_DOUBTS], a_run(DagRunType.MANUAL, preview=True))
        texts = [html for (html,) in self.stored(ledger, "html")]
        assert len(texts) == 4
        assert [text for text in texts if "14:05" not in text] == []

    def test_how_long_a_report_is_worth_sending_is_a_setting(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.set(monkeypatch, '{"report_keep_days": 3}')
        self.format_reports(a_run())
        (kept,) = {days for (days,) in self.stored(ledger, "extract(day from expires_at - stored_at + '1 min')::int")}
        assert kept == 3

    def correct(self, ledger: str, **more: Any) -> tuple[dict[str, Any], list[str]]:
        """Format Friday again after its reports were sent and a branch's revenue has grown; return the new texts."""
        period = more.pop("period", FRIDAY)
        rows = [row | {"repair_revenue_kopecks": row["repair_revenue_kopecks"] + 2_500_00} for row in ROWS[:1]]
        self.format_reports_of(period, ROWS)
        with psycopg.connect(ledger) as connection:
            connection.execute("update notifications.messages set state = 'sent', telegram_message_id = message_id")
        told = self.format_reports_of(period, [*rows, *ROWS[1:]], **more)
        return told, [html for (html,) in self.stored(ledger, "html") if "Уточнено" in html]

    @staticmethod
    def format_reports_of(period: dict[str, Any], rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """Format these rows as a run does that was started by hand."""
        return tasks.format_reports(period, rows, [NO_DOUBTS], a_run(DagRunType.MANUAL, **more))

    def test_reports_in_the_chat_whose_figures_have_changed_are_corrected_and_no_others(self, ledger: str) -> None:
        told, texts = self.correct(ledger)

        assert (told["stored"], told["already_sent"], told["corrected"]) == (0, 4, 2)
        assert len(texts) == 2
        assert all("выручка" in text and "→" in text for text in texts)
        columns = "subject, state, revision"
        assert self.stored(ledger, columns)[0] == ("branch:7", "stored", 2)
        assert self.stored(ledger, columns)[1] == ("branch:8", "sent", 1)
        with psycopg.connect(ledger) as connection:
            kept = connection.execute("select figures from notifications.revisions order by message_id").fetchall()
        assert kept[0][0]["repair_revenue_kopecks"] == ROWS[0]["repair_revenue_kopecks"]

    def test_a_correction_is_made_once(self, ledger: str) -> None:
        self.correct(ledger)
        again = self.format_reports_of(
            FRIDAY,
            [
                {**row, "repair_revenue_kopecks": row["repair_revenue_kopecks"] + (2_500_00 if row is ROWS[0] else 0)}
                for row in ROWS
            ],
        )
        assert again["corrected"] == 0
        assert {revision for (revision,) in self.stored(ledger, "revision")} == {1, 2}

    def test_a_preview_corrects_nothing(self, ledger: str) -> None:
        told, texts = self.correct(ledger, preview=True)
        assert (told["corrected"], texts) == (0, [])

    def test_an_old_period_is_corrected_only_when_the_form_says_so(
        self, ledger: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        day = (datetime.now(UTC) - timedelta(days=40)).date().isoformat()
        old = {**FRIDAY, "first_on": day, "last_on": day}

        told, texts = self.correct(ledger, period=old)
        assert (told["corrected"], texts) == (0, [])
        assert "2 messages in the chat have other figures now" in caplog.text

        told, texts = self.correct(ledger, period=old, correct_old=True)
        assert (told["corrected"], len(texts)) == (2, 2)
