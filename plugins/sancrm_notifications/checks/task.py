"""The tasks of the DAG ``check_connections``: a group of checks, each line in the log, the faults in one sentence."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk.exceptions import AirflowException

from sancrm_notifications.checks.groups import groups
from sancrm_notifications.checks.line import Verdict
from sancrm_notifications.checks.running import run

log = logging.getLogger(__name__)

# Longer than the longest period a report compares with day by day, and few enough rows to be read in seconds.
RECENT = timedelta(days=70)
_LEVELS = {Verdict.OK: logging.INFO, Verdict.NOTE: logging.WARNING, Verdict.FAIL: logging.ERROR}


def check_group(name: str) -> None:
    """Run the checks of a group, of the CRM's rows over the recent past only.

    :raises AirflowException: something is wrong; the text names each fault and what to do
    """
    lines = list(run(groups(datetime.now(UTC) - RECENT)[name]))
    for line in lines:
        log.log(_LEVELS[line.verdict], "%-4s %s: %s", line.verdict, line.what, line.sentence)
    faults = [line for line in lines if line.verdict is Verdict.FAIL]
    if faults:
        raise AirflowException("; ".join(f"{line.what}: {line.sentence}" for line in faults))
