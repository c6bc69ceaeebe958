"""The tasks of the DAG ``check_connections``: a group of checks, each line in the log, the faults in one sentence."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from sancrm_notifications import connections
from sancrm_notifications.checks.groups import groups
from sancrm_notifications.checks.line import Verdict
from sancrm_notifications.checks.running import run
from sancrm_notifications.errors.redaction import kind
from sancrm_notifications.ledger.check_results import CheckResult, keep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.checks.line import Line

log = logging.getLogger(__name__)

# Longer than the longest period a report compares with day by day, and few enough rows to be read in seconds.
RECENT = timedelta(days=70)
_LEVELS = {Verdict.OK: logging.INFO, Verdict.NOTE: logging.WARNING, Verdict.FAIL: logging.ERROR}


def check_group(name: str, run_id: str | None = None) -> None:
    """Run the checks of a group, of the CRM's rows over the recent past only; keep the lines for the page of health.

    :raises AirflowException: something is wrong; the text names each fault and what to do
    """
    lines = list(run(groups(datetime.now(UTC) - RECENT)[name]))
    for line in lines:
        log.log(_LEVELS[line.verdict], "%-4s %s: %s", line.verdict, line.what, line.sentence)
    _keep(name, lines, run_id)
    faults = [line for line in lines if line.verdict is Verdict.FAIL]
    if faults:
        raise AirflowException("; ".join(f"{line.what}: {line.sentence}" for line in faults))


def _keep(name: str, lines: Sequence[Line], run_id: str | None) -> None:
    """Keep the lines; that the ledger is away is a line of its own, and no reason to stop."""
    results = [
        CheckResult(line.what, line.verdict, line.words, line.remedy, line.chat_id, line.chat_title) for line in lines
    ]
    try:
        keep(connections.ledger_conninfo(), name, results, run_id)
    except (psycopg.Error, AirflowNotFoundException) as error:
        log.warning("the lines were not kept for the page of health: %s", kind(error))
