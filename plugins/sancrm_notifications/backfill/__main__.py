"""``python -m sancrm_notifications.backfill --from DAY --to DAY``: has Airflow make and send the missed reports.

Both days are *reported* days.  The runs are Airflow's own backfills, seen and stoppable in its UI; they go one
after the other in order of time, arrive silently and behind anything current, and what is in a chat already is
not sent again: where its figures have changed since, it is edited.  Airflow's REST API is found by
``AIRFLOW_API_URL``, with ``AIRFLOW_API_TOKEN``, or ``AIRFLOW_API_USER`` and ``AIRFLOW_API_PASSWORD``, in the
environment.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sancrm_notifications.airflow.rest import Airflow, AirflowError
from sancrm_notifications.schedule.crons import ScheduleError, next_tick, time_zone
from sancrm_notifications.schedule.periods import calendar_day
from sancrm_notifications.schedule.report_ticks import reports_of_days, segments

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sancrm_notifications.schedule.report_ticks import Segment

_POLL_SECONDS = 1.0
_SILENCE_SECONDS = 10.0
_UNFINISHED = ("queued", "running")
_SUCCESS, _NOT_MADE = "success", "not made"


class BackfillError(Exception):
    """The backfill cannot be made; the text says why and what to do."""


class _Wait:
    """A wait for Airflow, which says every ten seconds what for, and how long already."""

    def __init__(self) -> None:
        self._began_at = self._spoke_at = time.monotonic()

    def go_on(self, what: str) -> None:
        """Sleep until it is worth looking again."""
        now = time.monotonic()
        if now - self._spoke_at >= _SILENCE_SECONDS:
            self._spoke_at = now
            _say(f"… {what}, {now - self._began_at:.0f} s")
        time.sleep(_POLL_SECONDS)


def backfill(airflow: Airflow, first_on: date, last_on: date, form: Mapping[str, object]) -> bool:
    """Make the reports of these days, showing progress; return whether every run succeeded.

    ``form`` are the fields of the runs' form that are filled in.

    :raises BackfillError: nothing is due yet, or a DAG is paused
    :raises AirflowError: Airflow refuses
    """
    reports = reports_of_days(first_on, last_on, time_zone(), next_tick)
    plan = segments([report for report in reports if report.tick_at <= datetime.now(UTC)])
    if not plan:
        raise BackfillError(f"no report of {first_on} – {last_on} is due yet")
    for dag_id in {segment.dag_id for segment in plan}:
        if airflow.is_paused(dag_id):
            raise BackfillError(f"{dag_id} is paused, its backfill would wait for ever: unpause it first")
    # Every segment is run, also after one that failed.
    parts = [(segment, f"part {number} of {len(plan)}") for number, segment in enumerate(plan, start=1)]
    ended = Counter(state for segment, part in parts for state in _run(airflow, segment, part, form))
    _say(f"in all {_counted(ended.total(), 'run')}: {', '.join(f'{count} {state}' for state, count in ended.items())}")
    return set(ended) == {_SUCCESS}


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _run(airflow: Airflow, segment: Segment, part: str, form: Mapping[str, object]) -> list[str]:
    """Run one segment to its end; return how each of its runs ended."""
    _wait_until_free(airflow, segment.dag_id)
    airflow.backfill(segment.dag_id, *segment.span, form)
    wait = _Wait()
    # Its runs exist now.  Airflow notes the end of a whole backfill up to half a minute later than theirs.
    while unfinished := _unfinished(segment, airflow.backfilled(segment.dag_id, *segment.span)):
        ended = len(segment.reports) - len(unfinished)
        wait.go_on(f"{segment.dag_id} {unfinished[0]}: {ended} of {len(segment.reports)} runs have ended, {part}")
    states = airflow.backfilled(segment.dag_id, *segment.span)
    for report in segment.reports:
        state = states.get(report.tick_at, f"{_NOT_MADE}: a run of that tick was under way")
        _say(f"{report.dag_id} {report.period.key}: {state}")
    return [states.get(report.tick_at, _NOT_MADE) for report in segment.reports]


def _unfinished(segment: Segment, states: Mapping[datetime, str]) -> list[str]:
    """Return the periods whose runs are under way, in their order."""
    return [report.period.key for report in segment.reports if states.get(report.tick_at) in _UNFINISHED]


def _wait_until_free(airflow: Airflow, dag_id: str) -> None:
    if airflow.is_backfilling(dag_id):
        _say(f"{dag_id}: waiting for its earlier backfill to end")
    wait = _Wait()
    while airflow.is_backfilling(dag_id):
        wait.go_on(f"{dag_id}: still waiting")


def _say(what: str) -> None:
    print(what, flush=True)  # noqa: T201 - this is a command


def _day(written: str) -> date:
    try:
        return calendar_day(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{written!r} is no day such as 2026-11-20: {error}") from None


def main() -> int:
    """Run the command; the exit status is 0 when every report was made and delivered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first_on", type=_day, required=True, metavar="DAY")
    parser.add_argument("--to", dest="last_on", type=_day, required=True, metavar="DAY")
    parser.add_argument(
        "--correct-old",
        action="store_true",
        help="edit messages in the chat also of periods that ended more than 35 days ago",
    )
    asked = parser.parse_args()
    if asked.last_on < asked.first_on or asked.last_on - asked.first_on > timedelta(days=3660):
        parser.error(f"--from {asked.first_on} must not come after --to {asked.last_on}, nor ten years before it")
    try:
        airflow = Airflow.of_environment(os.environ)
        return 0 if backfill(airflow, asked.first_on, asked.last_on, {"correct_old": asked.correct_old}) else 1
    except (AirflowError, BackfillError, ScheduleError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return 1


if __name__ == "__main__":
    sys.exit(main())
