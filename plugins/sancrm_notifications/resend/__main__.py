"""``python -m sancrm_notifications.resend``: has Airflow send again what was parked, or list what waits for a person.

It runs the DAG ``resend_parked`` and says what came of it.  Airflow's REST API is found by ``AIRFLOW_API_URL``, with
``AIRFLOW_API_TOKEN``, or ``AIRFLOW_API_USER`` and ``AIRFLOW_API_PASSWORD``, in the environment.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from sancrm_notifications.airflow.rest import Airflow, AirflowError

DAG_ID, FIND, DELIVER = "resend_parked", "find", "deliver"
_POLL_SECONDS = 1.0
_SILENCE_SECONDS = 10.0
_FINISHED = frozenset({"success", "failed"})


def resend(airflow: Airflow, form: dict[str, object]) -> bool:
    """Run the DAG with these fields of its form, saying what it found and did; return whether it succeeded.

    :raises AirflowError: Airflow refuses, or the DAG is paused
    """
    if airflow.is_paused(DAG_ID):
        raise AirflowError(f"{DAG_ID} is paused, its run would wait for ever: unpause it first")
    run_id = airflow.trigger(DAG_ID, form)
    if _finished(airflow, run_id) != "success":
        failed = DELIVER if airflow.tasks(DAG_ID, run_id)[DELIVER] == "failed" else FIND
        _say(f"{run_id} failed: {airflow.last_error(DAG_ID, run_id, failed) or 'see the logs of its tasks'}")
        return False
    lines = airflow.returned(DAG_ID, run_id, FIND, "lines")
    for line in lines:
        _say(line)
    _say(f"messages that wait for a person: {len(lines)}")
    _say(_outcome(airflow, run_id))
    return True


def _finished(airflow: Airflow, run_id: str) -> str:
    """Wait for the run's end, saying every ten seconds where it stands; return its state."""
    began_at = spoke_at = time.monotonic()
    while (state := airflow.run_state(DAG_ID, run_id)) not in _FINISHED:
        now = time.monotonic()
        if now - spoke_at >= _SILENCE_SECONDS:
            spoke_at = now
            _say(f"… deliver: {airflow.tasks(DAG_ID, run_id)[DELIVER]}, {now - began_at:.0f} s")
        time.sleep(_POLL_SECONDS)
    return state


def _outcome(airflow: Airflow, run_id: str) -> str:
    """Return what became of the messages chosen, or why nothing was delivered."""
    if withheld := airflow.returned(DAG_ID, run_id, FIND, "delivery")["withheld"]:
        return str(withheld)
    if airflow.tasks(DAG_ID, run_id)[DELIVER] == "skipped":
        return "skipped: the setting «sending» is off; switch it on, then run this again"
    states: dict[str, int] = airflow.returned(DAG_ID, run_id, DELIVER, "return_value")
    return f"of those chosen: {', '.join(f'{count} {state}' for state, count in states.items())}"


def _say(what: str) -> None:
    print(what, flush=True)  # noqa: T201 - this is a command


def main() -> int:
    """Run the command; the exit status is 0 when nothing that was asked for is left to send."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", dest="only_list", action="store_true", help="list, send nothing")
    parser.add_argument("--message", metavar="KEY", help="only messages whose key begins so: profitability_daily")
    parser.add_argument(
        "--destination", metavar="NAME", help="only messages to this destination: reports, branch:7, team:7"
    )
    parser.add_argument(
        "--held",
        choices=["leave", "send", "delivered"],
        default="leave",
        help="what becomes of messages of which nobody knows whether they arrived (leave)",
    )
    asked = parser.parse_args()
    try:
        return 0 if resend(Airflow.of_environment(os.environ), vars(asked)) else 1
    except AirflowError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return 1


if __name__ == "__main__":
    sys.exit(main())
