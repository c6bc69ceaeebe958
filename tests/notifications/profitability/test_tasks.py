"""The task behind the reports' SQL: from rows to a stored batch that may be delivered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException
from airflow.utils.types import DagRunType

from sancrm_notifications import connections, settings
from sancrm_notifications.crm import reading
from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.notifications.profitability import tasks
from tests.notifications.profitability.query_rows import NO_DOUBTS, branch_row
from tests.notifications.profitability.task_contexts import a_run

if TYPE_CHECKING:
    from tests.conftest import Databases

FRIDAY = {
    "kind": "daily",
    "first_on": "2026-11-20",
    "last_on": "2026-11-20",
    "time_zone": "Europe/Moscow",
    "unfinished_as_of": None,
    "only_branch_id": None,
}
HISTORY_SQL = (Path(__file__).parents[3] / "include" / "sql" / "profitability_history.sql").read_text(encoding="utf-8")
ROWS = [
    branch_row(7, "Центр", code_prefix="C"),
    branch_row(8, "Север", code_prefix="N"),
    branch_row(9, "Юг", code_prefix=None),
    branch_row(7, "Центр", "week_before", code_prefix="C"),
]


def days_ago(days: int) -> dict[str, Any]:
    """Return the day so long ago as a period: of what is older than five weeks nothing is corrected unasked."""
    day = (datetime.now(UTC) - timedelta(days=days)).date().isoformat()
    return {**FRIDAY, "first_on": day, "last_on": day}


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
        return tasks.format_reports(FRIDAY, ROWS, [NO_DOUBTS], HISTORY_SQL, context)

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
        context = a_run(DagRunType.MANUAL, branch="север")
        told = tasks.format_reports({**FRIDAY, "only_branch_id": 8}, ROWS, [NO_DOUBTS], HISTORY_SQL, context)
        assert (told["batch"], told["subjects"]) == ("profitability_daily/2026-11-20", ["branch:8"])
        assert self.stored(ledger, "key") == [("profitability_daily/2026-11-20/branch:8/branch:8/1",)]

    @pytest.mark.parametrize("only_branch_id", [10, None])
    def test_a_branch_without_a_report_or_one_not_chosen_yet_stores_nothing(
        self, ledger: str, only_branch_id: int | None
    ) -> None:
        period = {**FRIDAY, "only_branch_id": only_branch_id}
        sentence = "У филиала 10 нет отчёта" if only_branch_id else "clear choose_period of this run"
        with pytest.raises(AirflowFailException, match=sentence):
            tasks.format_reports(period, ROWS, [NO_DOUBTS], HISTORY_SQL, a_run(DagRunType.MANUAL, branch="Запад"))
        with psycopg.connect(ledger) as connection:
            assert connection.execute("select to_regnamespace('notifications')").fetchone() == (None,)

    def test_a_period_that_was_chosen_by_an_earlier_release_is_formatted(self, ledger: str) -> None:
        earlier = {name: value for name, value in FRIDAY.items() if name != "only_branch_id"}
        assert tasks.format_reports(earlier, ROWS, [NO_DOUBTS], HISTORY_SQL, a_run())["stored"] == 4
        assert len(self.stored(ledger, "key")) == 4

    def test_a_wrong_setting_stops_the_run_with_a_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set(monkeypatch, '{"rich": "yes"}')
        with pytest.raises(AirflowFailException, match=r"^Airflow Variable .* rich = 'yes'"):
            self.format_reports(a_run())

    def test_a_backfill_is_silent_and_says_so_to_the_delivery(self, ledger: str) -> None:
        tick = datetime(2026, 11, 21, 6, tzinfo=UTC)
        told = self.format_reports(a_run(DagRunType.BACKFILL_JOB, data_interval_end=tick, run_after=tick))
        assert (told["is_backfill"], told["withheld"]) == (True, None)
        assert {silent for (silent,) in self.stored(ledger, "silent")} == {True}

    @staticmethod
    def lead_to_chats(monkeypatch: pytest.MonkeyPatch, ledger: str) -> None:
        """Let reports go to «Отчёты», those of branch 8 to «Север», those of branch 9 to a chat of no known title."""
        chats = {"8": {"chat_id": "-1002"}, "9": {"chat_id": "-1003"}}
        TestFormatReports.set(monkeypatch, json.dumps({"branch_chats": chats}))
        where = {"conn_type": "telegram", "host": "-1001", "password": "42:TEST"}
        monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps(where))
        with psycopg.connect(ledger) as connection:
            upgrade(connection)
            connection.execute("insert into notifications.chat_titles values ('-1001', 'Отчёты'), ('-1002', 'Север')")

    def test_a_preview_is_withheld_and_apart_from_the_real_messages(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.lead_to_chats(monkeypatch, ledger)
        told = self.format_reports(a_run(DagRunType.MANUAL, preview=True))
        assert told["batch"] == "preview/profitability_daily/2026-11-20/manual__1"
        assert told["batch"] in told["withheld"]
        assert told["withheld"].endswith(". A real run: would send 2 to «Отчёты», 1 to «Север», 1 to the chat -1003")
        assert {state for (state,) in self.stored(ledger, "state")} == {"preview"}

        assert self.format_reports(a_run())["stored"] == 4
        assert {state for (state,) in self.stored(ledger, "state")} == {"preview", "stored"}

    def test_a_preview_of_what_is_in_the_chat_says_that_nothing_is_new(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.lead_to_chats(monkeypatch, ledger)
        self.format_reports(a_run())
        with psycopg.connect(ledger) as connection:
            connection.execute("update notifications.messages set state = 'sent', telegram_message_id = message_id")
        again = self.format_reports(a_run(DagRunType.MANUAL, preview=True))
        assert again["withheld"].endswith(". A real run: nothing new; 4 already in the chat")

    def test_a_preview_of_other_figures_says_what_would_change(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.lead_to_chats(monkeypatch, ledger)
        corrected, _ = self.correct(ledger, preview=True)
        assert corrected["withheld"].endswith(". A real run: would change 2 in «Отчёты»; 2 already in the chat")

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({}, "nothing new; 4 already in the chat"),
            ({"correct_old": True}, "would change 2 in «Отчёты»; 2 already in the chat"),
        ],
    )
    def test_a_preview_of_an_old_period_changes_what_its_form_says(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], words: str
    ) -> None:
        self.lead_to_chats(monkeypatch, ledger)
        told, _ = self.correct(ledger, period=days_ago(40), preview=True, **more)
        assert told["withheld"].endswith(f". A real run: {words}")

    def test_a_preview_that_would_lead_nowhere_says_so_and_is_there(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "telegram_connection", lambda _: None)
        told = self.format_reports(a_run(DagRunType.MANUAL, preview=True))
        assert "1 to no chat, as reports leads nowhere (Airflow connection telegram_default" in told["withheld"]
        assert len(self.stored(ledger, "key")) == 4

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
        tasks.format_reports(unfinished, ROWS, [NO_DOUBTS], HISTORY_SQL, a_run(DagRunType.MANUAL, preview=True))
        texts = [html for (html,) in self.stored(ledger, "html")]
        assert len(texts) == 4
        assert [text for text in texts if "14:05" not in text] == []

    def test_a_history_that_cannot_be_read_costs_the_line_and_not_the_report(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(connections, "source_conninfo", lambda: ledger)  # it has none of the CRM's views
        assert self.format_reports(a_run())["stored"] == 4
        assert "the report says nothing of what is unusual: its history could not be read: the CRM's" in caplog.text

    def test_a_fault_of_our_own_costs_the_line_and_not_the_report(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(connections, "source_conninfo", lambda: ledger)
        monkeypatch.setattr(reading, "rows", lambda *_: [{"period_name": "2026-11-13"}])
        assert self.format_reports(a_run())["stored"] == 4
        assert "could not be read: KeyError, at line" in caplog.text

    def test_what_is_unusual_is_read_of_the_history_and_named_unless_switched_off(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "source_conninfo", lambda: ledger)

        def rows(_conninfo: str, _sql: str, parameters: dict[str, Any], _use: object) -> list[dict[str, Any]]:
            busy: dict[str, Any] = {"repairs_count": 40, "repair_revenue_kopecks": 220_000_00}
            return [branch_row(8, "Север", name, **busy) for name in parameters["period_names"]]

        monkeypatch.setattr(reading, "rows", rows)
        line = "Необычно: выручка 45\u00a0650\u00a0₽, обычно по\u00a0пятницам"
        self.set(monkeypatch, '{"name_unusual": false}')
        self.format_reports(a_run(DagRunType.MANUAL, preview=True, run_id="manual__off"))
        assert not any(line in html for (html,) in self.stored(ledger, "html"))
        self.set(monkeypatch)
        self.format_reports(a_run())
        texts = dict(self.stored(ledger, "subject, html"))
        assert [subject for subject, html in texts.items() if line in html] == ["branch:8"]
        assert "• Север: выручка 45" in texts["network"]

    def test_how_long_a_report_is_worth_sending_is_a_setting(
        self, ledger: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.set(monkeypatch, '{"report_keep_days": 3}')
        self.format_reports(a_run())
        (kept,) = {days for (days,) in self.stored(ledger, "extract(day from expires_at - stored_at + '1 min')::int")}
        assert kept == 3

    def correct(self, ledger: str, **more: Any) -> tuple[dict[str, Any], list[str]]:
        """Format a day again after its reports were sent and a branch's revenue has grown; return the new texts."""
        period = more.pop("period", days_ago(3))
        rows = [row | {"repair_revenue_kopecks": row["repair_revenue_kopecks"] + 2_500_00} for row in ROWS[:1]]
        self.format_reports_of(period, ROWS)
        with psycopg.connect(ledger) as connection:
            connection.execute("update notifications.messages set state = 'sent', telegram_message_id = message_id")
        told = self.format_reports_of(period, [*rows, *ROWS[1:]], **more)
        return told, [html for (html,) in self.stored(ledger, "html") if "Уточнено" in html]

    @staticmethod
    def format_reports_of(period: dict[str, Any], rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        """Format these rows as a run does that was started by hand."""
        return tasks.format_reports(period, rows, [NO_DOUBTS], HISTORY_SQL, a_run(DagRunType.MANUAL, **more))

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
            days_ago(3),
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
        old = days_ago(40)

        told, texts = self.correct(ledger, period=old)
        assert (told["corrected"], texts) == (0, [])
        assert "2 messages in the chat have other figures now" in caplog.text

        told, texts = self.correct(ledger, period=old, correct_old=True)
        assert (told["corrected"], len(texts)) == (2, 2)
