"""The DAGs as Airflow reads them: which there are, when they run, what they are made of, what they say."""

from __future__ import annotations

import importlib.machinery
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.checks.groups import groups
from sancrm_notifications.schedule.crons import TIMES

ROOT = Path(__file__).parents[2]
REPORTS = ["profitability_daily", "profitability_monthly", "profitability_weekly"]
MISSED_CALLS = ["missed_calls", "missed_calls_check"]
LEDGER_CARE = ["erase_old_texts", "resend_parked"]
EVENTS = ["client_statuses", "staff_events"]
OTHERS = ["backup_failures", "check_connections", "client_bot", "client_statuses_bulk", "pickup_reminders"]
DAG_IDS = sorted([*REPORTS, *MISSED_CALLS, *EVENTS, *LEDGER_CARE, *OTHERS])
TASK_IDS = [
    "choose_period",
    "check_source.relations",
    "check_source.unique_ids",
    "compute",
    "count_doubts",
    "format",
    "deliver",
]
PLUGINS = ["sancrm_notifications_pages", "sancrm_notifications_timetables"]
PYTHON_FIELDS = {"templates_dict", "op_args", "op_kwargs"}  # of a task that is a function
DAY_SECONDS = 24 * 60 * 60


def local_ticks(findings: dict[str, Any], dag_id: str, zone: str = "Europe/Moscow") -> list[str]:
    ticks = [datetime.fromisoformat(tick).astimezone(ZoneInfo(zone)) for tick in findings["dags"][dag_id]["ticks"]]
    return [f"{tick:%a %Y-%m-%d %H:%M}" for tick in ticks]


def test_these_dags_are_found_and_nothing_fails_to_import(findings):
    assert sorted(findings["dags"]) == DAG_IDS
    assert findings["import_errors"] == {}


def test_the_schedules_are_those_of_the_documents_in_moscow(findings):
    assert local_ticks(findings, "profitability_daily") == [
        "Fri 2026-11-27 09:00",
        "Sat 2026-11-28 09:00",
        "Sun 2026-11-29 09:00",
        "Tue 2026-12-01 09:00",
        "Wed 2026-12-02 09:00",
        "Thu 2026-12-03 09:00",
    ]
    assert local_ticks(findings, "profitability_weekly")[:2] == ["Mon 2026-11-30 09:30", "Mon 2026-12-07 09:30"]
    assert local_ticks(findings, "profitability_monthly")[:2] == ["Tue 2026-12-01 09:30", "Fri 2027-01-01 09:30"]


def test_zone_and_times_are_airflows_configuration(findings_elsewhere):
    def ticks(dag_id: str) -> list[str]:
        return local_ticks(findings_elsewhere, dag_id, "Asia/Vladivostok")[:2]

    assert ticks("profitability_daily") == ["Sat 2026-11-28 07:15", "Sun 2026-11-29 07:15"]
    assert ticks("profitability_weekly") == ["Tue 2026-12-01 10:00", "Tue 2026-12-08 10:00"]
    assert ticks("profitability_monthly") == ["Tue 2026-12-01 09:30", "Fri 2027-01-01 09:30"]


@pytest.mark.parametrize("dag_id", DAG_IDS)
class TestEachDag:
    """What holds for everything."""

    def test_its_page_says_when_what_and_what_to_do(self, findings, dag_id):
        doc = findings["dags"][dag_id]["doc"]
        headings = ("**Когда**", "**Читает**", "**Отправляет**", "**Если не вышло**")
        assert [heading for heading in headings if f"\n\n{heading}\n\n- " not in doc] == []
        assert doc == (ROOT / "include" / "dag_docs" / f"{dag_id}.md").read_text(encoding="utf-8")

    def test_the_list_of_dags_says_in_a_line_what_this_one_does(self, findings, dag_id):
        descriptions = [dag["description"] for dag in findings["dags"].values()]
        assert descriptions.count(findings["dags"][dag_id]["description"]) == 1
        assert findings["dags"][dag_id]["doc"].startswith(f"{findings['dags'][dag_id]['description']}\n\n")

    def test_everything_that_the_ui_shows_of_it_is_russian(self, findings, dag_id):
        dag = findings["dags"][dag_id]
        words = [dag["description"], *dag["form_words"], *(task["doc"] for task in dag["tasks"])]
        assert [text for text in words if not re.search(r"[а-яё]{3}", text or "")] == []

    def test_every_task_that_fails_is_told_and_a_killed_one_by_its_dag(self, findings, dag_id):
        dag = findings["dags"][dag_id]
        assert dag["tells_failures"]
        assert [task["task_id"] for task in dag["tasks"] if not task["tells_failures"]] == []

    def test_rendered_templates_show_what_a_task_asks_and_is_given_and_nothing_that_means_nothing(
        self, findings, dag_id
    ):
        for task in findings["dags"][dag_id]["tasks"]:
            given = {"deliver": ["delivery"], "ask": ["brakes"], "approve": ["subject", "body"]}
            if dag_id == "pickup_reminders":
                given["approve"].append("repair_ids")
            shown = ["sql", "parameters"] if task["sql"] else given.get(task["task_id"], [])
            assert [name for name in task["template_fields"] if name not in PYTHON_FIELDS] == shown

    def test_missed_ticks_are_not_made_up_for_by_themselves(self, findings, dag_id):
        assert findings["dags"][dag_id]["catchup"] is False

    def test_the_check_of_connections_says_when_it_runs_next_if_it_has_a_schedule(self, findings, dag_id):
        # One run of events follows the other: there is no next time to say.
        assert (dag_id in TIMES or dag_id in EVENTS) == bool(findings["dags"][dag_id]["ticks"])


@pytest.mark.parametrize("dag_id", [*REPORTS, *MISSED_CALLS, "resend_parked"])
def test_delivery_goes_on_through_an_outage_of_a_day(findings, dag_id):
    deliver = findings["dags"][dag_id]["tasks"][-1]
    # Airflow takes something between half of and the whole of each delay, doubled each time.
    least = [
        min(deliver["retry_delay_seconds"] * 2**tried / 2, deliver["max_retry_delay_seconds"])
        for tried in range(deliver["retries"])
    ]
    assert sum(least) >= DAY_SECONDS


@pytest.mark.parametrize("dag_id", REPORTS)
class TestEachReport:
    """What holds for each kind of report."""

    def test_its_tasks_stand_in_the_order_of_the_data(self, findings, dag_id):
        assert [task["task_id"] for task in findings["dags"][dag_id]["tasks"]] == TASK_IDS

    def test_every_query_resolves_to_the_text_of_its_file(self, findings, dag_id):
        queries = [task["sql"] for task in findings["dags"][dag_id]["tasks"] if task["sql"] is not None]
        files = {path.read_text(encoding="utf-8") for path in (ROOT / "include" / "sql").glob("*.sql")}
        assert len(queries) == 4
        assert set(queries) <= files

    def test_it_has_fifteen_minutes_or_what_the_configuration_gives_it(self, findings, findings_elsewhere, dag_id):
        (deadline,) = findings["dags"][dag_id]["deadlines"]
        assert deadline == {
            "reference": "ScheduledTick",
            "seconds": 15 * 60,
            "runs_in": "AsyncCallback",
            "calls": "sancrm_notifications.alerts.notifier.OperatorsNotifier",
            "with": {"report": dag_id.removeprefix("profitability_"), "deadline_minutes": 15},
        }
        (deadline,) = findings_elsewhere["dags"][dag_id]["deadlines"]
        assert deadline["seconds"] == 40 * 60

    def test_its_form_is_empty_until_it_is_filled_in(self, findings, dag_id):
        assert findings["dags"][dag_id]["params"] == {
            "date": None,
            "branch": None,
            "correct_old": False,
            "preview": False,
        }


@pytest.mark.parametrize("dag_id", MISSED_CALLS)
class TestMissedCalls:
    """What holds for the DAG that tells and for the one that only changes."""

    def test_its_tasks_stand_in_the_order_of_the_data(self, findings, dag_id):
        task_ids = [task["task_id"] for task in findings["dags"][dag_id]["tasks"]]
        assert task_ids == ["choose_day", "check_source", "compute", "format", "deliver"]

    def test_every_query_resolves_to_the_text_of_its_file(self, findings, dag_id):
        queries = [task["sql"] for task in findings["dags"][dag_id]["tasks"] if task["sql"] is not None]
        files = [(ROOT / "include" / "sql" / f"{name}.sql") for name in ("check_relations", "missed_calls")]
        assert queries == [file.read_text(encoding="utf-8") for file in files]

    def test_its_form_only_asks_for_a_preview(self, findings, dag_id):
        assert findings["dags"][dag_id]["params"] == {"preview": False}


def test_missed_calls_are_told_on_working_days_and_looked_at_every_hour_after(findings):
    assert local_ticks(findings, "missed_calls")[:2] == ["Fri 2026-11-27 10:00", "Mon 2026-11-30 10:00"]
    assert local_ticks(findings, "missed_calls_check")[:2] == ["Fri 2026-11-27 11:00", "Fri 2026-11-27 12:00"]


def test_backups_are_looked_at_every_ten_minutes_one_look_after_the_other(findings):
    dag = findings["dags"]["backup_failures"]
    assert local_ticks(findings, "backup_failures")[:3] == [
        "Fri 2026-11-27 03:00",
        "Fri 2026-11-27 03:10",
        "Fri 2026-11-27 03:20",
    ]
    tasks = ["compute", "deliver", "deliver_outstanding", "deliver_unrecorded", "format"]
    assert sorted(task["task_id"] for task in dag["tasks"]) == tasks
    assert set(dag["params"]) == {"database", "started_at", "failed_at", "error", "backup_id"}
    assert not any(dag["params"].values())


def test_connections_are_checked_before_the_first_report_and_each_group_by_itself(findings, findings_elsewhere):
    assert local_ticks(findings, "check_connections")[:2] == ["Fri 2026-11-27 08:30", "Sat 2026-11-28 08:30"]
    tick = local_ticks(findings_elsewhere, "check_connections", "Asia/Vladivostok")[0]
    assert tick == "Sat 2026-11-28 08:30"
    tasks = {task["task_id"]: task for task in findings["dags"]["check_connections"]["tasks"]}
    assert set(tasks) == {f"check_{name}" for name in groups(None)} | {"deliver_outstanding"}


def test_old_texts_are_forgotten_at_night_without_being_switched_on(findings, findings_elsewhere):
    assert local_ticks(findings, "erase_old_texts")[:2] == ["Fri 2026-11-27 03:30", "Sat 2026-11-28 03:30"]
    tick = local_ticks(findings_elsewhere, "erase_old_texts", "Asia/Vladivostok")[0]
    assert tick == "Sat 2026-11-28 03:30"
    assert [task["task_id"] for task in findings["dags"]["erase_old_texts"]["tasks"]] == ["erase"]
    assert findings["dags"]["erase_old_texts"]["is_paused_upon_creation"] is False


def test_the_bot_changes_listeners_every_quarter_of_an_hour_and_is_off_until_switched_on(findings):
    dag = findings["dags"]["client_bot"]
    assert local_ticks(findings, "client_bot")[:2] == ["Fri 2026-11-27 03:00", "Fri 2026-11-27 03:15"]
    assert [task["task_id"] for task in dag["tasks"]] == ["listen"]
    assert dag["is_paused_upon_creation"] is True


def test_parked_messages_are_sent_by_hand_only_and_the_form_asks_for_nothing(findings):
    dag = findings["dags"]["resend_parked"]
    assert dag["ticks"] == []
    assert dag["is_paused_upon_creation"] is False
    assert [task["task_id"] for task in dag["tasks"]] == ["find", "deliver"]
    assert dag["params"] == {
        "message": None,
        "destination": None,
        "held": "leave",
        "only_list": False,
        "decision": None,
        "message_ids": None,
    }


def test_reading_the_folder_computes_nothing_and_imports_nothing_heavy(findings):
    # No database was within reach of this process, neither Airflow's nor any connection's.
    assert findings["heavy_modules"] == []


def test_the_telegram_provider_is_not_imported_to_read_the_folder(findings):
    imported = findings["imported_by_each_fork"]
    assert "sancrm_notifications.airflow.operators" in imported
    assert [name for name in imported if name.startswith(("airflow.providers.telegram", "telegram", "httpx"))] == []


def test_the_plugin_loader_executes_only_what_registers_plugins(findings):
    for plugin in PLUGINS:
        assert findings["plugins"]["registered"].count(plugin) == 1
    assert findings["plugins"]["executed"] == PLUGINS


def test_no_plugin_takes_the_name_of_another_module():
    elsewhere = [path for path in sys.path if Path(path).resolve() != ROOT / "plugins"]
    stems = [path.stem for path in (ROOT / "plugins").glob("*.py")]
    assert sorted(stems) == PLUGINS
    for stem in stems:
        assert stem not in sys.stdlib_module_names
        assert importlib.machinery.PathFinder.find_spec(stem, elsewhere) is None


def test_missed_calls_have_a_deadline_and_their_check_has_none(findings):
    (deadline,) = findings["dags"]["missed_calls"]["deadlines"]
    assert (deadline["seconds"], deadline["with"]) == (15 * 60, {"report": None, "deadline_minutes": 15})
    assert findings["dags"]["missed_calls_check"]["deadlines"] == []


@pytest.mark.parametrize("dag_id", EVENTS)
def test_events_are_waited_for_without_a_worker_and_off_until_switched_on(findings, dag_id):
    dag = findings["dags"][dag_id]
    tasks = [task["task_id"] for task in dag["tasks"] if task["task_id"] != "ask"]
    assert tasks == ["wait", "compute", "format", "deliver"]
    assert dag["is_paused_upon_creation"] is True
    assert dag["params"] == {"since": None}


def test_a_person_is_asked_before_very_many_clients_are_told_and_nobody_need_switch_that_on(findings):
    assert "ask" in [task["task_id"] for task in findings["dags"]["client_statuses"]["tasks"]]
    dag = findings["dags"]["client_statuses_bulk"]
    assert [task["task_id"] for task in dag["tasks"]] == ["describe", "approve", "format", "deliver"]
    assert dag["ticks"] == []
    assert dag["is_paused_upon_creation"] is False
    assert dag["params"] == {"brake_ids": []}
