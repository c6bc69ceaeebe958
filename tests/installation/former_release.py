"""``python former_release.py``: an installation of an earlier release at work, then stopped in the middle of things.

It runs inside that release's own tree and uses only what that tree has, so this module is never imported here. Its
last line says as JSON what was left: run ids, and how many messages were in the chats.
"""

from __future__ import annotations

import json
from typing import Any

from local.progress import Progress
from local.reports import REPORTS
from local.telegram_choice import STAND_IN_CHAT_ID
from tests.airflow.days import days_ago  # type: ignore[import-not-found]
from tests.airflow.installation import Installation, SmallServices  # type: ignore[import-not-found]

DAILY, WEEKLY, MONTHLY, CALLS = (*REPORTS, "missed_calls")
WAIT_SECONDS = 20
UNDER_WAY = {"running", "queued", "scheduled"}


def main() -> None:
    """Start it, leave things half done, and stop it."""
    services = SmallServices(Progress())
    services.check()
    try:
        services.start()
        installation = Installation(services)
        api = services.api()
        installation.wait_until(lambda: all(map(api.parsed_at, (*REPORTS, CALLS))), "the DAG files are read")
        left = leave(installation)
    finally:
        services.stop()
    print(json.dumps(left))  # noqa: T201 - this is a command


def leave(installation: Any) -> dict[str, Any]:
    """Make a history, a parked message, a run that waits in the triggerer and one in the middle, a deadline pending."""
    installation.set_settings(report_lateness_hours=1000, longest_wait_seconds=2)
    for dag_id in (MONTHLY, CALLS):
        installation.unpause(dag_id)
    history, calls = scheduled(installation, MONTHLY), scheduled(installation, CALLS)
    assert [history.finished(), calls.finished()] == ["success", "success"]

    installation.chat.kick(int(STAND_IN_CHAT_ID))
    parked = installation.trigger(MONTHLY, date=days_ago(70).isoformat())
    assert parked.finished() == "failed"
    installation.chat.admit(int(STAND_IN_CHAT_ID))

    installation.unpause(WEEKLY)
    weekly = scheduled(installation, WEEKLY)
    installation.call("PATCH", f"/dags/{WEEKLY}", {"is_paused": True}, {"update_mask": "is_paused"})
    installation.wait_until(lambda: not UNDER_WAY & set(weekly.states().values()), "the paused run stands still")
    assert weekly.facts()["state"] == "running"

    second = installation.branches()[1]
    installation.chat.plan_fault("flood", method="sendMessage", text=second, retry_after=WAIT_SECONDS, times=1)
    installation.unpause(DAILY)
    deferred = scheduled(installation, DAILY)
    installation.wait_until(lambda: deferred.states()["deliver"] == "deferred", "the task has left its worker")
    runs = {"history": history, "calls": calls, "parked": parked, "weekly": weekly, "deferred": deferred}
    return {name: [run.dag_id, run.run_id] for name, run in runs.items()} | {"arrived": len(installation.arrived())}


def scheduled(installation: Any, dag_id: str) -> Any:
    """Return the run of the tick that a DAG had missed when it was unpaused."""
    installation.wait_until(lambda: installation.runs(dag_id, "scheduled"), f"{dag_id} has its scheduled run")
    return installation.runs(dag_id, "scheduled")[-1]


if __name__ == "__main__":
    main()
